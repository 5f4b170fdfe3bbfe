"""Exporting an approved run for a finance system: its rows are billed elsewhere from then on, and await their file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.runs import refuse_moved
from billing_backlog.errors import RunIsNotReady, RunIsOver
from billing_backlog.models import BacklogItem, BillingRun, RunFileRow, RunRow
from billing_backlog.queries import runs as queries
from billing_backlog.queries.items import lock_items
from billing_backlog.runs.basis import BasisRow
from billing_backlog.runs.filing import vat_of
from billing_backlog.runs.stored import stored_row
from customers.vat import VatTreatment, rule_of
from foundation import rows
from foundation.money import round_amount
from invoicing.drafting.surroundings import surroundings
from invoicing.vat_rates import RateTable
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

LINES_MAX = 20_000  # of one file: some forty megabytes in the widest layout


@transaction.atomic
def export_run(
    organization: Organization, run_id: UUID, *, actor: Actor, today: date, now: datetime
) -> list[RunFileRow]:
    """Take what was frozen out of the backlog and lay it ready for generation (M-144); twice is as good as once.

    One altered row, and RunHasMoved stops it.
    """
    run = queries.lock_run(organization, run_id)
    if run.undone_at is not None:
        raise RunIsOver(_("“%(name)s” was undone.") % {"name": run.name})
    if run.approved_at is None:
        raise RunIsNotReady(_("“%(name)s” is not approved.") % {"name": run.name})
    if run.generated_at is not None:
        return []
    frozen = refuse_moved(organization, run)
    if len(frozen) > LINES_MAX:
        raise RunIsNotReady(_("A file holds at most %(most)s lines. Choose an earlier day.") % {"most": LINES_MAX})
    exported = _rows(organization, run, frozen, today=today)
    rows.insert(organization.pk, exported)
    run.generated_at = now
    run.save(update_fields=["generated_at"])
    audit.record(actor, "billing_run.exported", run, basis=run.basis_sha256, **run.control["total"])
    return exported


def _rows(organization: Organization, run: BillingRun, frozen: Sequence[RunRow], *, today: date) -> list[RunFileRow]:
    items = {item.pk: item for item in lock_items(organization, [row.item_id for row in frozen])}
    rates = surroundings(organization, currencies=[], today=today, with_footers=False).rates
    return [_row(run, items[row.item_id], stored_row(row.content), rates) for row in frozen]


def _row(run: BillingRun, item: BacklogItem, basis: BasisRow, rates: RateTable) -> RunFileRow:
    treatment = item.vat_treatment
    if item.customer.vat_treatment and treatment == VatTreatment.STANDARD:
        treatment = item.customer.vat_treatment
    percent = rates.percent(treatment, item.day) or Decimal(0)
    whole = basis.quantity == item.quantity
    amount = item.amount if whole else round_amount(basis.quantity * item.unit_price)
    net, vat = vat_of(amount if basis.is_charged else Decimal("0.00"), percent, includes_vat=item.price_includes_vat)
    return RunFileRow(
        organization_id=run.organization_id,
        run=run,
        item=item,
        customer_id=basis.customer_id,
        quantity=basis.quantity,
        net_amount=net,
        vat_amount=vat,
        vat_code=rule_of(treatment).standard_tax_code,
        is_charged=basis.is_charged,
    )


@transaction.atomic
def undo_export(organization: Organization, run: BillingRun, *, now: datetime) -> int:
    """Let what a run has exported be unbilled again, in the caller's transaction; refused once a file holds it."""
    found = RunFileRow.objects.of(organization).filter(run=run, taken_back_at=None)
    held = found.filter(order__isnull=False).select_related("order__file").first()
    if held is not None and held.order is not None:
        raise RunIsOver(
            _("“%(name)s” is in the file %(file)s. Take the file back first; what was handed over stays.")
            % {"name": run.name, "file": held.order.file}
        )
    items = list(found.values_list("item_id", flat=True))
    count = found.update(taken_back_at=now)
    BacklogItem.objects.of(organization).filter(pk__in=items, settled_at__isnull=False).update(settled_at=None)
    return count
