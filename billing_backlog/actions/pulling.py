"""Putting work on a draft that is there already: what came late, or what belongs with it (M-047, M-048)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.ready import refuse_unbillable
from billing_backlog.drafting.content import line_content, unconfirmed_source
from billing_backlog.errors import DoesNotFit, NotReady
from billing_backlog.models import BacklogItem, Proforma
from billing_backlog.queries.intake import backlog_settings
from billing_backlog.queries.items import lock_items
from billing_backlog.queries.proformas import GroupKey, items_on, key_of, lock_proforma
from billing_backlog.queries.standing import standing_of
from invoicing import queries as invoices
from invoicing.actions.confirmed import Signature, append_lines, sign_lines
from invoicing.actions.waiting import hold_drafts
from invoicing.confirmation import is_confirmed
from invoicing.models import Invoice, InvoiceLine, WaitsFor
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


@transaction.atomic
def add_items_to_draft(
    organization: Organization,
    invoice_id: UUID,
    item_ids: Collection[UUID],
    *,
    version: int | None = None,
    actor: Actor,
    today: date,
    now: datetime,
) -> list[InvoiceLine]:
    """Put what is unbilled of these ready items on a draft, in the order of their days; all or none.

    What stands wholly on this draft already is passed over, so that the same form sent twice adds once. A confirmation
    falls, and the draft waits for a new one.
    """
    invoice = invoices.lock_invoice(organization, invoice_id)
    proforma = lock_proforma(organization, invoice_id)
    proforma.invoice = invoice
    stored = invoices.list_lines(invoice)
    there = {line.source_id for line in stored}
    found = lock_items(organization, item_ids)
    standing = standing_of(organization, found)
    wanted = [item for item in found if item.pk not in there or standing[item.pk].unbilled]
    items = sorted(wanted, key=lambda item: (item.day, item.pk))
    if not items:
        return []
    _refuse_foreign(organization, proforma, stored, items)
    for item in items:
        refuse_unbillable(item, standing[item.pk])
        if not item.is_ready:
            raise NotReady(_("%(item)s is not marked ready for billing.") % {"item": item})
    hides_names = backlog_settings(organization).hides_names
    contents = [line_content(item, standing[item.pk].unbilled, hides_names=hides_names) for item in items]
    invoice.organization = organization
    fresh = append_lines(invoice, contents, version=version, actor=actor, today=today)
    audit.record_each(actor, "backlog.drafted", [(item, {"draft": str(invoice_id)}) for item in items], now=now)
    if is_confirmed(stored):
        take_confirmation_back(organization, invoice, actor=actor)
    return fresh


def take_confirmation_back(organization: Organization, invoice: Invoice, *, actor: Actor) -> None:
    """Let the locked draft wait for a confirmation anew; its lines are signed by nobody."""
    lines = invoices.list_lines(invoice)
    signatures = {
        line.pk: Signature(unconfirmed_source(line.source), line.source_id, line.locked_fields) for line in lines
    }
    sign_lines(invoice, lines, signatures)
    hold_drafts(organization, [invoice.pk], WaitsFor.CONFIRMATION, actor=actor)


def _refuse_foreign(
    organization: Organization, proforma: Proforma, lines: Sequence[InvoiceLine], items: Sequence[BacklogItem]
) -> None:
    """A draft holds one customer's work, of one contract or of the projects that it bills already, in one currency."""
    key = key_of(proforma)
    projects = {item.project_id for item in items_on(organization, lines).values()} if not key.contract_id else set()
    for item in items:
        own = GroupKey.of(item)
        is_same = (own.customer_id, own.contract_id, own.currency, own.price_includes_vat) == (
            key.customer_id,
            key.contract_id,
            key.currency,
            key.price_includes_vat,
        )
        if not is_same or (not key.contract_id and own.project_id not in projects):
            raise DoesNotFit(
                _("%(item)s belongs on a draft of its own: its customer, contract or currency is another.")
                % {"item": item}
            )
