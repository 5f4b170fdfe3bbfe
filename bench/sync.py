"""Ten thousand documents pushed to an accounting system that checks its contract and counts its limits.

Five hundred invoices go to each of twenty companies, one after the other, in one process: to the engine each is new.

The system is a process of its own. What is measured is what the engine costs beyond the calls themselves: the processor
time of this process and of its database backend, less what carrying the calls took here.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounting_sync.actions.passages import choose_items
from accounting_sync.models import Connection, SyncItem, SyncState
from accounting_sync.providers.base import Rate
from accounting_sync.providers.fiken import Fiken
from accounting_sync.providers.transport import Carrier
from accounting_sync.talking import talking_to
from accounting_sync.tasks.pushing import push_due
from bench import measure, world
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders
from tests.accounting_sync.connected import connect_by
from tests.ledgers.systems.fiken import Ledger

DOCUMENTS = 500
COMPANIES, COMPANIES_QUICK = 20, 2
DOCUMENTS_QUICK = 150
CALLS_PER_SECOND = 300  # fast enough to measure, slow enough that the limiter has to hold us back
OVERHEAD_MS_MAX = 5.0
GROWTH_MB_MAX = 20.0
TURN_SECONDS = 3_600.0


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Milliseconds of processor time for each document, growth of memory, and what the system counted."""
    documents, companies = (DOCUMENTS_QUICK, COMPANIES_QUICK) if quick else (DOCUMENTS, COMPANIES)
    limits = Fiken.limits
    Fiken.limits = (Rate(CALLS_PER_SECOND, 1.0),)
    try:
        with world.fresh_database(), _system() as system:
            organization = _invoiced(documents, system)
            _push(organization, _connected(organization, system, "warm"))
            world.refresh_statistics()  # before that no item was ever stored
            Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here on
            before = _status_kb("VmRSS")
            with measure.spending(world.backend_pid()) as spent, _carrying() as carried:
                for company in range(companies):
                    _push(organization, _connected(organization, system, str(company)))
            grown = (_status_kb("VmHWM") - before) / 1024
            seen = system.end()
    finally:
        Fiken.limits = limits
    if seen["documents"] != (companies + 1) * documents or seen["violations"] or seen["most_at_once"] > 1:
        raise RuntimeError(f"The accounting system did not see what it should: {seen}")
    count = companies * documents
    overhead = (spent.processor - carried["seconds"]) * 1000 / count
    calls = carried["calls"] / count
    return [
        measure.limit_row(f"sync: {count:,} documents, {calls:.1f} calls each", overhead, OVERHEAD_MS_MAX, "ms CPU"),
        measure.limit_row(f"sync: {count:,}, memory on top", grown, GROWTH_MB_MAX, "MB", decimals=1),
        measure.limit_row("sync: limits exceeded", float(len(seen["exceeded"])), 0.5, "times", decimals=0),
    ]


class _System:
    """The accounting system beside us."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        self.told = json.loads(process.stdout.readline())

    def end(self) -> dict[str, Any]:
        """What it has seen; it goes away."""
        said, _errors = self.process.communicate()
        seen: dict[str, Any] = json.loads(said)
        return seen


@contextmanager
def _system() -> Iterator[_System]:
    command = [sys.executable, "-m", "bench.sync_server", str(CALLS_PER_SECOND)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield _System(process)
    finally:
        process.kill()
        process.wait()


def _invoiced(documents: int, system: _System) -> Organization:
    settings.LEDGER_HOSTS = system.told["hosts"]
    organization = world.make_organization(1)
    drafts = world.make_drafts(organization, documents)
    for place in range(0, documents, 50):
        builders.finalize_drafts(organization, drafts[place : place + 50])
    world.refresh_statistics()
    return organization


def _connected(organization: Organization, system: _System, name: str) -> Connection:
    """One more company, with everything chosen that is to be pushed to it."""
    connection = connect_by(organization, Ledger, system.told["secrets"], name=name)
    with organization_context(organization.pk):
        while choose_items(organization, connection.pk, now=timezone.now(), today=builders.TODAY, hour=23):
            pass
    return connection


def _push(organization: Organization, connection: Connection) -> None:
    with organization_context(organization.pk), talking_to(organization, connection) as talk:
        assert talk is not None
        push_due(talk, seconds=TURN_SECONDS)
    with builders.in_organization(organization):
        left = SyncItem.objects.of(organization).exclude(state=SyncState.CONFIRMED).count()
    if left:
        raise RuntimeError(f"{left} documents did not arrive.")
    time.sleep(1.0)  # each company has a limit of its own, and the system counts all calls together


@contextmanager
def _carrying() -> Iterator[dict[str, float]]:
    """Adds up the processor time that carrying the calls takes in this process."""
    carried = {"seconds": 0.0, "calls": 0.0}
    send = Carrier.send

    def timed(carrier: Carrier, *values: Any) -> Any:
        began = time.process_time()
        try:
            return send(carrier, *values)
        finally:
            carried["seconds"] += time.process_time() - began
            carried["calls"] += 1

    Carrier.send = timed  # type: ignore[assignment,method-assign]
    try:
        yield carried
    finally:
        Carrier.send = send  # type: ignore[method-assign]


def _status_kb(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])
