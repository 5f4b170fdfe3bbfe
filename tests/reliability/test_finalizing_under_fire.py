"""Many clients finalize on one series while they are killed and the database is stopped at once, again and again."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

from invoicing.actions import checks
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders
from tests.reliability import invariants
from tests.reliability.servers import OwnServer

CLIENTS = builders.scaled(64, 8)
DRAFTS = builders.scaled(1_280, 40)
RESTARTS = builders.scaled(3, 1)
KILLS = builders.scaled(60, 6)
DRAFTS_PER_JOB_MAX = 4
SHARED_JOB_EVERY = 5  # each so-manieth job is given to two clients: a double click, or two people
CREW_SECONDS_MAX = 660


def test_nothing_acknowledged_is_lost_and_no_number_is_missing(server: OwnServer, tmp_path: Path) -> None:
    organization = builders.make_organization("ildprove", "Ildprøve AS", owner_email="owner@ildprove.example")
    other = builders.make_organization("naboen", "Naboen AS", owner_email="owner@naboen.example")
    builders.make_finalized_invoice(other)
    drafts = _make_drafts(organization, DRAFTS)
    before = invariants.state_of(server, other.pk)
    acknowledged = _finalize_under_fire(server, organization, drafts, tmp_path)

    stored = invariants.stored_numbers(server, organization.pk)
    assert set(acknowledged) == set(drafts)
    invariants.assert_acknowledged_is_stored(acknowledged, stored)
    invariants.assert_numbers_without_gap(server, organization.pk, DRAFTS)
    invariants.assert_ledger_balances(server, organization.pk)
    invariants.assert_whole(organization)
    assert invariants.state_of(server, other.pk) == before
    assert _rendering_due(server, organization) == DRAFTS


def _make_drafts(organization: Organization, count: int) -> list[str]:
    customer = builders.make_customer(organization)
    drafts = [builders.make_draft(organization, customer).pk for _ in range(count)]
    with organization_context(organization.pk):
        kept = checks.check_drafts(organization, drafts, today=builders.TODAY)
    assert [check.findings for check in kept if any(finding["is_fatal"] for finding in check.findings)] == []
    return [str(draft) for draft in drafts]


def _finalize_under_fire(
    server: OwnServer, organization: Organization, drafts: list[str], folder: Path
) -> dict[str, int]:
    """Let the crew work, restart the database meanwhile, and return what the clients were told."""
    jobs = _jobs(drafts)
    plan = {
        "organization": str(organization.pk),
        "today": builders.TODAY.isoformat(),
        "seed": builders.SEED,
        "clients": CLIENTS,
        "kills": KILLS,
        "jobs": jobs,
    }
    notes = folder / "acknowledged"
    notes.mkdir()
    (folder / "plan.json").write_text(json.dumps(plan))
    command = [sys.executable, "-m", "tests.reliability.finalizing_crew", str(folder)]
    with (folder / "said").open("wb") as said:
        crew = subprocess.Popen(command, env=server.environment, stdout=said, stderr=said)
    try:
        total = sum(map(len, jobs))
        for restart in range(1, RESTARTS + 1):
            _wait_for(notes, total * restart // (RESTARTS + 1), crew)
            server.restart_at_once()
        crew.wait(CREW_SECONDS_MAX)
    finally:
        crew.kill()
        crew.wait()
    assert crew.returncode == 0, (folder / "said").read_text()
    assert int((folder / "killed").read_text()) > 0
    return _told(notes, total)


def _jobs(drafts: list[str]) -> list[list[list[str]]]:
    """For each client the selections that it finalizes; some are given to two."""
    dice = random.Random(builders.SEED)
    jobs: list[list[list[str]]] = [[] for _ in range(CLIENTS)]
    start, count = 0, 0
    while start < len(drafts):
        job = drafts[start : start + dice.randint(1, DRAFTS_PER_JOB_MAX)]
        start, count = start + len(job), count + 1
        jobs[count % CLIENTS].append(job)
        if count % SHARED_JOB_EVERY == 0:
            jobs[(count + 1) % CLIENTS].append(list(reversed(job)))
    return jobs


def _wait_for(notes: Path, count: int, crew: subprocess.Popen[bytes]) -> None:
    """Wait until so many jobs are acknowledged, or the crew is done."""
    give_up = time.monotonic() + CREW_SECONDS_MAX
    while crew.poll() is None and time.monotonic() < give_up and len(list(notes.glob("*.json"))) < count:
        time.sleep(0.01)


def _told(notes: Path, total: int) -> dict[str, int]:
    """What every client was told; two who asked for the same draft were told the same."""
    told: dict[str, int] = {}
    files = sorted(notes.glob("*.json"))
    assert len(files) == total
    for file in files:
        for draft, number in json.loads(file.read_text()).items():
            assert told.setdefault(draft, number) == number
    return told


def _rendering_due(server: OwnServer, organization: Organization) -> int:
    query = "SELECT count(DISTINCT subject_id), count(*) FROM tenants_outboxrow WHERE organization_id = %s"
    with server.superuser() as session:
        row = session.execute(query, [organization.pk]).fetchone()
    assert row is not None
    assert row[0] == row[1]
    return int(str(row[0]))
