"""What `verify` asks of billing runs: what was frozen is still what was frozen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from billing_backlog.models import BillingRun, RunRow
from billing_backlog.queries.runs import frozen_rows
from billing_backlog.runs.basis import basis_hash
from billing_backlog.runs.stored import stored_row
from tenants.models import Organization


def run_problems(organization: Organization) -> Iterator[str]:
    """Every frozen run whose rows, order or basis hash are not what they were, each with the row's place and id."""
    frozen_runs = BillingRun.objects.of(organization).filter(frozen_at__isnull=False).order_by("until", "id")
    for run in frozen_runs.iterator():
        yield from basis_problems(run, frozen_rows(organization, run))


def basis_problems(run: BillingRun, rows: Sequence[RunRow]) -> Iterator[str]:
    """What of these rows of a run is not what was frozen."""
    for place, row in enumerate(rows, start=1):
        if row.position != place or not _is_whole(row):
            yield f"Billing run {run.pk}: row {row.position} ({row.pk}) is not what was frozen."
    if basis_hash([row.sha256 for row in rows]) != run.basis_sha256:
        yield f"Billing run {run.pk}: its rows are not those of its basis, or stand in another order."


def _is_whole(row: RunRow) -> bool:
    try:
        told = stored_row(row.content)
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return False
    return told.digest == row.sha256 and (told.item_id, told.customer_id) == (row.item_id, row.customer_id)
