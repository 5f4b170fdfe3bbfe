"""Reminders: a hundred thousand open claims decided in one pass, and ten thousand letters written, queued and drawn."""

from __future__ import annotations

import statistics
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench import dunning_sending, dunning_world, measure, world
from bench.dunning_world import TODAY
from foundation.transactions import read_only
from payments.reports.reading import stream
from reminders.law import current_law
from reminders.queries.due import decide_all, deciding_on
from tenants.context import organization_context
from tenants.models import Organization

DECIDE_BAR = 3.0
GROWTH_MB_MAX = 20.0
ROUNDS = 3


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Each figure against a floor that was taken in the same run."""
    claims = dunning_world.QUICK if quick else dunning_world.FULL
    with dunning_world.kept_world(claims) as organization:
        rows = [_decided(organization, claims)]
    growth = _growth_mb(claims)
    rows.append(measure.limit_row(f"dunning: memory over {claims} claims", growth, GROWTH_MB_MAX, "MB", decimals=1))
    return rows + dunning_sending.run(quick=quick)


def _decided(organization: Organization, claims: int) -> dict[str, Any]:
    """All open claims read and decided, beside the same rows read and laid down."""
    ours, floor = [], []
    for _round in range(ROUNDS + 1):
        with organization_context(organization.pk), measure.spending(world.backend_pid()) as spent, read_only():
            seen, due = decide(organization)
        ours.append(spent.processor)
        with organization_context(organization.pk), measure.spending(world.backend_pid()) as spent, read_only():
            through = TODAY + timedelta(days=3)
            read = sum(1 for _row in stream(dunning_world.FLOOR, {"organization": organization.pk, "through": through}))
        floor.append(spent.processor)
        assert 0 < due < seen == read, (due, seen, read)
    best = statistics.median(ours[1:]), statistics.median(floor[1:])
    return measure.row(f"dunning: {seen} open claims decided", *best, "s CPU", bar=DECIDE_BAR)


def decide(organization: Organization) -> tuple[int, int]:
    """One pass over the open claims: how many there are, and for how many something is to be sent."""
    seen = due = 0
    for decided in decide_all(organization, deciding_on(organization, TODAY, current_law())):
        seen += 1
        due += decided.decision.kind == "send"
    return seen, due


def _growth_mb(claims: int) -> float:
    """How far a process of its own grows over one pass; one that has done other work would hide it."""
    command = [sys.executable, "-m", "bench.dunning_memory", str(claims)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(answer.stdout.split()[-1])


def growth_mb(claims: int) -> float:
    """By how many megabytes the peak of memory lay above what was held before the pass."""
    with dunning_world.kept_world(claims) as organization, organization_context(organization.pk):
        with read_only():
            deciding = deciding_on(organization, TODAY, current_law())
            next(iter(decide_all(organization, deciding)))
        before = _status_kb("VmRSS")
        with read_only():
            decide(organization)
        return (_status_kb("VmHWM") - before) / 1024


def _status_kb(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])
