"""Taking back what was billed for a visit or a booking that does not take place: off its draft, or credited (C8)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from billing_backlog.actions.collecting import take_off_draft
from billing_backlog.actions.finalizing import finalize_by_itself
from billing_backlog.actions.pulling import take_confirmation_back
from billing_backlog.actions.write_offs import store_cancelled
from billing_backlog.errors import ItemIsUnclear, StandsOnDocument
from billing_backlog.queries.automation import automation_of
from billing_backlog.queries.by_itself import (
    customers_of_items,
    is_credited_on_draft,
    lines_that_bill,
    lock_customers,
)
from billing_backlog.queries.items import lock_items
from invoicing import queries as invoices
from invoicing.actions.credit import credit_invoice, creditable_quantities
from invoicing.actions.drafts import remove_draft
from invoicing.confirmation import is_confirmed
from invoicing.corrections import REPLACES
from invoicing.dispatching.queries import sent_among
from invoicing.models import Invoice, InvoiceLine
from tenants.audit import Actor
from tenants.models import Organization


@transaction.atomic
def withdraw_work(
    organization: Organization,
    item_ids: Collection[UUID],
    *,
    reason: str,
    actor: Actor,
    today: date,
    now: datetime,
) -> None:
    """Take back all that was billed of these items, and cancel them; all or none, twice is as good as once.

    Their lines leave drafts, and a draft of nothing else is deleted. What is issued is credited by its whole line; the
    credit note is sent where the customer is sent invoices or got this one. One that cannot be finalized stays a draft,
    and who can mend it is told.
    """
    if not reason.strip():
        raise ItemIsUnclear(_("Write why it is cancelled."), field="reason")
    pairs = customers_of_items(organization, item_ids)
    lock_customers(organization, {customer_id for _item, customer_id in pairs})
    ids = [item_id for item_id, _customer in pairs]
    documents = {line.invoice_id for line in lines_that_bill(organization, ids)}
    invoices.lock_existing(organization, sorted(documents))
    items = [item for item in lock_items(organization, ids) if not item.is_cancelled]
    lines = lines_that_bill(organization, [item.pk for item in items])
    _refuse_half_corrected(lines)
    _leave_drafts(organization, [line for line in lines if line.invoice.is_draft], actor=actor, today=today)
    issued = [line for line in lines if not line.invoice.is_draft]
    notes = _credit(organization, issued, reason=reason.strip(), actor=actor, today=today)
    store_cancelled(organization, items, reason=reason.strip(), actor=actor, now=now)
    with translation.override(organization.language):
        _issue(organization, notes, actor=actor, today=today)


def _refuse_half_corrected(lines: Iterable[InvoiceLine]) -> None:
    for line in lines:
        if line.invoice.is_draft and REPLACES in line.source:
            raise StandsOnDocument(
                _("The invoice of %(line)s is being corrected. Finish or abandon the correction first.")
                % {"line": line.description}
            )


def _leave_drafts(organization: Organization, lines: Iterable[InvoiceLine], *, actor: Actor, today: date) -> None:
    leaving: dict[UUID, set[UUID]] = {}
    for line in lines:
        leaving.setdefault(line.invoice_id, set()).add(line.pk)
    stored = invoices.lines_by_invoice(organization, leaving)
    for invoice_id, gone in leaving.items():
        if all(line.pk in gone for line in stored[invoice_id]):
            remove_draft(organization, invoice_id, actor=actor)
            continue
        invoice = invoices.lock_invoice(organization, invoice_id)
        was_confirmed = is_confirmed(stored[invoice_id])
        take_off_draft(organization, invoice, gone, actor=actor, today=today)
        if was_confirmed:  # a confirmation holds for the work that was confirmed (M-050)
            take_confirmation_back(organization, invoice, actor=actor)


def _credit(
    organization: Organization, lines: Sequence[InvoiceLine], *, reason: str, actor: Actor, today: date
) -> list[Invoice]:
    """A credit note for each invoice: of what is left of these lines, but what a note takes back already."""
    begun = is_credited_on_draft(organization, lines)
    wanted: dict[UUID, list[InvoiceLine]] = {}
    for line in lines:
        if line.pk not in begun:
            wanted.setdefault(line.invoice_id, []).append(line)
    notes = []
    for invoice_id, chosen in wanted.items():
        left = creditable_quantities(organization, chosen[0].invoice, chosen)
        quantities = {key: quantity for key, quantity in left.items() if quantity}
        if quantities:
            notes.append(
                credit_invoice(organization, invoice_id, quantities=quantities, reason=reason, actor=actor, today=today)
            )
    return notes


def _issue(organization: Organization, notes: Sequence[Invoice], *, actor: Actor, today: date) -> None:
    ways = automation_of(organization, {note.customer_id for note in notes})
    got = sent_among(organization, [note.credits_id for note in notes if note.credits_id])
    sends = {note.pk for note in notes if ways[note.customer_id].sends or note.credits_id in got}
    finalize_by_itself(organization, notes, sends=sends, actor=actor, today=today)
