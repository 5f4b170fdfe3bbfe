"""What a run would do, found by reading alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from billing_backlog.models import BillingRun
from billing_backlog.queries import runs as queries
from billing_backlog.runs.basis import BasisRow, ControlSheet, control_sheet
from billing_backlog.runs.differences import Difference, differences
from tenants.models import Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What a run would do, and what it would leave out and tell of."""

    rows: list[BasisRow]
    sheet: ControlSheet
    obstacles: list[queries.Candidate]
    differences: list[Difference]
    unanswered: list[Difference] = field(default_factory=list)


def rehearse_run(organization: Organization, run: BillingRun) -> Rehearsal:
    """What the run would bill, leave out and tell of; writes nothing."""
    found = queries.candidates(organization, run)
    billed = [each.row for each in found if not each.obstacle]
    told = differences(billed, queries.past_of(organization, run), change_percent=run.change_percent)
    answered = queries.answered_keys(organization, run)
    return Rehearsal(
        rows=billed,
        sheet=control_sheet(billed),
        obstacles=[each for each in found if each.obstacle],
        differences=told,
        unanswered=[each for each in told if each.key not in answered],
    )
