"""Letting drafts go that wait for somebody, and making them wait again."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from foundation import rows
from invoicing import queries
from invoicing.actions.drafts import refuse_finalized
from invoicing.models import Invoice, WaitsFor
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


@transaction.atomic
def release_drafts(organization: Organization, draft_ids: Sequence[UUID], *, actor: Actor) -> list[Invoice]:
    """Let drafts go that waited, all or none; those that wait for nothing stay as they are."""
    return _set_waiting(organization, draft_ids, WaitsFor.NOTHING, "draft.released", actor)


@transaction.atomic
def hold_drafts(
    organization: Organization, draft_ids: Sequence[UUID], waits_for: WaitsFor, *, actor: Actor
) -> list[Invoice]:
    """Make drafts wait, all or none; none of them can be finalized before it is released."""
    return _set_waiting(organization, draft_ids, waits_for, "draft.held", actor)


def _set_waiting(
    organization: Organization, draft_ids: Sequence[UUID], waits_for: WaitsFor, verb: str, actor: Actor
) -> list[Invoice]:
    invoices = queries.lock_drafts(organization, draft_ids)
    for invoice in invoices:
        refuse_finalized(invoice)
    changed = [invoice for invoice in invoices if invoice.waits_for != waits_for]
    facts = {invoice.pk: {"waits_for": str(waits_for or invoice.waits_for)} for invoice in changed}
    for invoice in changed:
        invoice.waits_for = waits_for
    rows.update(organization.pk, changed, ["waits_for"])
    audit.record_each(actor, verb, [(invoice, facts[invoice.pk]) for invoice in changed])
    return invoices
