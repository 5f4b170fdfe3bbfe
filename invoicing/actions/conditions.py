"""What must hold beside the content before documents are finalized or taken back: approvals, halves, money, sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from foundation.errors import DomainError
from foundation.templatetags.formatting import format_amount, language_of_page
from invoicing import corrections
from invoicing.confirmation import CONFIRMED_BY, SUBSCRIPTIONS
from invoicing.drafting import approvals
from invoicing.errors import NotFinalized
from invoicing.models import ApprovalVerdict, Invoice, InvoiceKind, InvoiceLine, InvoiceStatus, WaitsFor
from invoicing.sale import ReadyDocument
from payments import queries as ledger
from payments.actions.attempts import call_off_attempts
from tenants.models import Organization

BACKLOG = "backlog"  # the kind of source of a line that bills work of the room above
SIGNED_BY = ("approved_by", "ready_by", CONFIRMED_BY)
SUBSCRIPTION = "subscription"  # the kind of source of a line that a subscription has made


class ApprovalIsMissing(DomainError):
    """A document of this amount needs a second person."""

    def __init__(self, message: Any, *, invoice: Invoice) -> None:
        super().__init__(message)
        self.invoice = invoice


class DraftWaits(DomainError):
    """The draft waits for somebody or for a day, and is not to be finalized before."""

    def __init__(self, message: Any, *, invoice: Invoice) -> None:
        super().__init__(message)
        self.invoice = invoice


class BelongsToCorrection(DomainError):
    """The draft is one half of a correction and cannot go its own way."""

    def __init__(self, message: Any, *, draft_id: UUID) -> None:
        super().__init__(message)
        self.draft_id = draft_id


class MoneyStands(DomainError):
    """Money stands in the way; the payments of the invoice are where to go."""


class MoneyIsApplied(MoneyStands):
    """The invoice was paid, wholly or in part."""


class PaidOnline(MoneyStands):
    """The invoice was paid online once, even if the money went back."""


class MadeBySubscription(DomainError):
    """A subscription made the invoice and would make the same mistake again."""


class LineHasNoSource(DomainError):
    """A line does not say where it comes from, and whoever makes such lines should have said so."""

    def __init__(self, message: Any, *, invoice: Invoice) -> None:
        super().__init__(message, field="lines")
        self.invoice = invoice


class NotAnInvoice(NotFinalized):
    """Only an issued invoice can be taken back."""


def refuse_waiting(invoices: Iterable[Invoice]) -> None:
    """No draft is finalized before whoever made it wait has let it go."""
    for invoice in invoices:
        if invoice.waits_for == WaitsFor.CONFIRMATION:
            raise DraftWaits(
                _("The draft for %(customer)s waits for the project manager. It can be finalized once it is confirmed.")
                % {"customer": invoice.customer.name},
                invoice=invoice,
            )
        if invoice.waits_for == WaitsFor.WORK_DAY:
            raise DraftWaits(
                _("The draft for %(customer)s is finalized by itself when the day of the work begins.")
                % {"customer": invoice.customer.name},
                invoice=invoice,
            )


def refuse_unsigned(ready: Iterable[ReadyDocument]) -> None:
    """On a document that bills a backlog each line says what it bills and who has approved it, or who has added it."""
    for item in ready:
        if not any(line.source.get("kind") == BACKLOG for line in item.lines):
            continue
        for line in item.lines:
            if line.credits_line_id is None and not _tells_source(line):
                raise LineHasNoSource(
                    _(
                        "Line %(position)s of the draft for %(customer)s does not say what it bills. Take it off, and "
                        "take the work from the backlog again."
                    )
                    % {"position": line.position, "customer": item.invoice.customer.name},
                    invoice=item.invoice,
                )


def _tells_source(line: InvoiceLine) -> bool:
    told = line.source
    if told.get("kind") != BACKLOG:
        return bool(told.get("kind")) and line.source_id is None
    return str(line.source_id) == told.get("id") and any(told.get(name) for name in SIGNED_BY)


def refuse_unapproved(
    organization: Organization, ready: Sequence[ReadyDocument], as_stored: Mapping[UUID, Decimal]
) -> None:
    """Every document that needs a second person has one, for this version and for what it comes to."""
    if organization.approval_from_amount is None:
        return
    wanting = [item.invoice for item in ready if approvals.is_needed_for(organization, _in_books(item))]
    said = approvals.verdicts_on(organization, [(invoice.pk, invoice.version) for invoice in wanting])
    for invoice in wanting:
        facts = {
            "customer": invoice.customer.name,
            "amount": format_amount(as_stored[invoice.pk], language_of_page()),
            "now": format_amount(invoice.payable_amount, language_of_page()),
        }
        if said.get(invoice.pk) != ApprovalVerdict.APPROVED:
            raise ApprovalIsMissing(
                _("The draft for %(customer)s, %(amount)s, needs a second person. Ask for approval on the draft.")
                % facts,
                invoice=invoice,
            )
        if invoice.payable_amount != as_stored[invoice.pk]:
            raise ApprovalIsMissing(
                _(
                    "The draft for %(customer)s was approved at %(amount)s and comes to %(now)s today. "
                    "Save it and ask again."
                )
                % facts,
                invoice=invoice,
            )


def _in_books(item: ReadyDocument) -> Decimal:
    exchange = item.composed.body.exchange
    return exchange.payable if exchange else item.composed.body.totals.payable


def refuse_half_corrections(
    organization: Organization, invoices: Sequence[Invoice], credited: Mapping[UUID, Invoice]
) -> None:
    """The halves of a correction come together, and nobody has paid the wrong invoice meanwhile.

    Asked under the lock of the credited receivables.
    """
    ids = {invoice.pk for invoice in invoices}
    found = corrections.halves_of(organization, ids)
    for original_id, note_id, replacement_id in found:
        for half, other in ((note_id, replacement_id), (replacement_id, note_id)):
            if half in ids and other not in ids:
                raise BelongsToCorrection(
                    _("This draft is one half of a correction. Finalize both on the page of the correction."),
                    draft_id=half,
                )
        refuse_money(organization, [credited[original_id]])
        close_checkouts(organization, credited[original_id])


def refuse_money(organization: Organization, invoices: Iterable[Invoice]) -> None:
    """Refuse to take back what somebody has paid; the sentence says what can be done instead."""
    for invoice in invoices:
        money = _money_on(organization, invoice)
        if money is not None and money.was_paid_online:
            raise PaidOnline(
                _("Invoice %(number)s was paid online. It cannot be corrected: credit what is left and refund it.")
                % {"number": invoice.number}
            )
        if money is not None and money.applied:
            raise MoneyIsApplied(
                _(
                    "%(amount)s is paid on invoice %(number)s. It cannot be corrected: credit what is left, "
                    "or detach the payment first."
                )
                % {"number": invoice.number, "amount": format_amount(money.applied, language_of_page())}
            )


def refuse_money_on_void(organization: Organization, invoice: Invoice) -> None:
    """Refuse to void what was ever paid online, or what a payment is attached to."""
    money = _money_on(organization, invoice)
    if money is not None and money.was_paid_online:
        raise PaidOnline(
            _(
                "Invoice %(number)s was paid online, and is never voided after that, refunded or not. "
                "Credit what is left and refund it."
            )
            % {"number": invoice.number}
        )
    if money is not None and money.applied:
        raise MoneyIsApplied(
            _("%(amount)s is paid on invoice %(number)s. Detach the payment first, or credit what is left.")
            % {"number": invoice.number, "amount": format_amount(money.applied, language_of_page())}
        )


def close_checkouts(organization: Organization, invoice: Invoice) -> None:
    """Close the pages on which a customer could still pay what is about to be taken back; the receivable is locked.

    Refuses where the customer has done their part and the money has not come yet.
    """
    if invoice.receivable_id is not None:
        call_off_attempts(organization, [invoice.receivable_id])


def _money_on(organization: Organization, invoice: Invoice) -> ledger.MoneyOnReceivable | None:
    if invoice.receivable_id is None:
        return None
    return ledger.money_on(organization.pk, [invoice.receivable_id])[invoice.receivable_id]


def refuse_subscription(invoice: Invoice, lines: Iterable[InvoiceLine]) -> None:
    """Refuse to correct what a subscription made: the next invoice would be wrong again."""
    if any(line.source.get("kind") == SUBSCRIPTION or line.source.get("system") == SUBSCRIPTIONS for line in lines):
        raise MadeBySubscription(
            _(
                "A subscription made invoice %(number)s. It cannot be corrected by hand: credit it, and change the "
                "subscription."
            )
            % {"number": invoice.number}
        )


def refuse_all_but_invoices(document: Invoice, *, takes_requests: bool = False) -> None:
    """Only a finalized invoice can be taken back; the sentence says what to do with everything else.

    A request for an advance is withdrawn as an invoice is voided, and is never corrected line by line.
    """
    if document.status != InvoiceStatus.FINALIZED:
        raise NotAnInvoice(_("This is a draft. Change it or delete it."))
    if document.kind == InvoiceKind.PAYMENT_REQUEST:
        if takes_requests:
            return
        raise NotAnInvoice(_("A payment request is withdrawn as a whole. Withdraw it and ask anew."))
    if document.kind != InvoiceKind.INVOICE:
        raise NotAnInvoice(_("A credit note is final. Make a new invoice instead."))
