"""Voiding: a full credit note, finalized at once; the invoice, its number and its history remain."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from invoicing import corrections, queries
from invoicing.actions import checks, conditions, credit
from invoicing.actions.conditions import ApprovalIsMissing
from invoicing.actions.finalize import finalize_invoices
from invoicing.actions.links import revoke_links
from invoicing.drafting import approvals
from invoicing.errors import DraftIsIncomplete
from invoicing.models import Invoice, InvoiceStatus
from payments import queries as ledger
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


class IsVoidAlready(DomainError):
    """Nothing is left of the invoice to take back."""


class IsBeingCorrected(DomainError):
    """A correction of the invoice is under way."""


@transaction.atomic
def void_invoice(
    organization: Organization,
    invoice_id: UUID,
    *,
    reason: str,
    actor: Actor,
    today: date,
    closes_links_at: datetime | None = None,
) -> Invoice:
    """Take back all that is left of an invoice by one finalized credit note, which is returned; never undone.

    With a moment in `closes_links_at` every link to its page is taken back as well: whoever has it was the wrong one.
    """
    original = queries.lock_invoice(organization, invoice_id)
    if original.receivable_id is not None:
        ledger.lock_receivables(organization.pk, [original.receivable_id])
    refuse_unvoidable(organization, original)
    conditions.close_checkouts(organization, original)
    note = credit.credit_invoice(organization, original.pk, quantities=None, reason=reason, actor=actor, today=today)
    _refuse_without_approval(organization, original, note, today)
    [check] = checks.check_within(organization, [note.pk], today=today)
    fatal = [finding for finding in check.findings if finding["is_fatal"]]
    if fatal:
        raise DraftIsIncomplete(" ".join(finding["sentence"] for finding in fatal[:5]), invoice=note, findings=fatal)
    [note] = finalize_invoices(organization, [note.pk], actor=actor, today=today)
    audit.record(actor, "invoice.voided", original, credit_note=str(note.number), reason=reason)
    if closes_links_at is not None:
        revoke_links(organization, original.pk, actor=actor, now=closes_links_at)
    return note


def refuse_unvoidable(organization: Organization, original: Invoice) -> None:
    """Refuse what cannot be voided; each sentence says what can be done instead."""
    conditions.refuse_all_but_invoices(original, takes_requests=True)
    if not any(credit.creditable_quantities(organization, original).values()):
        raise IsVoidAlready(_already(organization, original))
    if corrections.running_of(organization, original.pk) is not None:
        raise IsBeingCorrected(
            _("A correction of invoice %(number)s is under way. Finish it or abandon it first.")
            % {"number": original.number}
        )
    conditions.refuse_money_on_void(organization, original)


def _already(organization: Organization, original: Invoice) -> str:
    notes = queries.list_credit_notes(organization, original.pk).filter(status=InvoiceStatus.FINALIZED)
    numbers = ", ".join(str(note.number) for note in notes)
    return _("Invoice %(number)s is taken back already, by credit note %(notes)s. It cannot be voided again.") % {
        "number": original.number,
        "notes": numbers,
    }


def _refuse_without_approval(organization: Organization, original: Invoice, note: Invoice, today: date) -> None:
    if approvals.is_needed_for(organization, approvals.amount_in_books(organization, note, today)):
        raise ApprovalIsMissing(
            _(
                "A credit note of this amount needs a second person. Make a credit note of all that is left of "
                "invoice %(number)s and ask for approval."
            )
            % {"number": original.number},
            invoice=original,
        )
