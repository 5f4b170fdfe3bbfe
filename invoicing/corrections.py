"""Questions about corrections: which one is under way, what was, what becomes, and what the customer owes after it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import translation
from django.utils.translation import gettext as _

from foundation import rows
from foundation.templatetags.formatting import format_amount, format_day, format_quantity
from invoicing import queries
from invoicing.models import Correction, DocumentText, Invoice, InvoiceLine, InvoiceStatus, TextPlace
from payments import queries as ledger
from tenants.models import Organization

REPLACES = "replaces"  # in a line's source: the line of the wrong invoice in whose place it stands
CHANGES_TOLD_MAX = 20
COMPARED = ("description", "detail", "quantity", "unit_code", "unit_price", "discount_percent", "vat_rate_percent")


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """One line as it was invoiced and as it will stand; one of the two may be missing."""

    was: InvoiceLine | None
    becomes: InvoiceLine | None

    @property
    def difference(self) -> Decimal:
        """What the line comes to now, less what it came to; without VAT."""
        old = self.was.net_amount if self.was else Decimal("0.00")
        new = self.becomes.net_amount if self.becomes else Decimal("0.00")
        return new - old

    @property
    def is_changed(self) -> bool:
        """Whether the customer will see something else."""
        if self.was is None or self.becomes is None:
            return True
        return any(getattr(self.was, name) != getattr(self.becomes, name) for name in COMPARED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Old and new side by side: the lines, the sums of the three documents, and what the customer owes."""

    lines: Sequence[ComparedLine]
    original_amount: Decimal
    credited_amount: Decimal
    new_amount: Decimal
    owed_before: Decimal
    owed_after: Decimal
    is_for_somebody_else: bool  # the replacement bills another customer, or in another currency

    @property
    def difference(self) -> Decimal:
        """What the three documents come to together, less what the first came to."""
        return self.new_amount - self.credited_amount


def get_correction(organization: Organization, correction_id: UUID) -> Correction:
    """One correction with its three documents, or 404."""
    found = _with_documents(organization).filter(pk=correction_id).first()
    if found is None:
        raise Http404
    return found


def correction_of_half(organization: Organization, invoice_id: UUID) -> Correction | None:
    """The correction in which a document is the credit note or the replacement."""
    return _with_documents(organization).filter(Q(credit_note_id=invoice_id) | Q(replacement_id=invoice_id)).first()


def running_of(organization: Organization, original_id: UUID) -> Correction | None:
    """The correction of an invoice that is begun and not finished."""
    return _with_documents(organization).filter(original_id=original_id, replacement__status="draft").first()


def corrections_around(organization: Organization, invoice_id: UUID) -> list[Correction]:
    """Every correction that a document stands in, as the wrong one, the credit note or the replacement."""
    own = Q(original_id=invoice_id) | Q(credit_note_id=invoice_id) | Q(replacement_id=invoice_id)
    return list(_with_documents(organization).filter(own))


def _with_documents(organization: Organization) -> QuerySet[Correction]:
    return (
        Correction.objects.of(organization)
        .select_related("original__customer", "credit_note__customer", "replacement__customer")
        .order_by("started_at", "id")
    )


def halves_of(organization: Organization, invoice_ids: Iterable[UUID]) -> list[tuple[UUID, ...]]:
    """The original, credit note and replacement of each correction that one of these documents stands in."""
    wanted = list(invoice_ids)
    return rows.fetch_all(
        """SELECT original_id, credit_note_id, replacement_id FROM invoicing_correction
           WHERE organization_id = %s AND (credit_note_id = ANY(%s::uuid[]) OR replacement_id = ANY(%s::uuid[]))
           ORDER BY id""",
        [organization.pk, wanted, wanted],
    )


def compare(organization: Organization, correction: Correction) -> Comparison:
    """Old and new as they stand now."""
    note, replacement = correction.credit_note, correction.replacement
    by_document = queries.lines_by_invoice(organization, [note.pk, replacement.pk])
    original = correction.original
    receivables = [document.receivable_id for document in (original, note, replacement) if document.receivable_id]
    balances = ledger.balances(organization.pk, receivables)
    owed = balances[original.receivable_id].currency_amount if original.receivable_id else Decimal("0.00")
    is_elsewhere = (replacement.customer_id, replacement.currency) != (original.customer_id, original.currency)
    is_done = not replacement.is_draft
    new_debt = Decimal("0.00") if is_elsewhere else replacement.payable_amount
    if is_done:
        after = sum((balances[pk].currency_amount for pk in receivables), Decimal("0.00"))
        before = after + note.payable_amount - replacement.payable_amount
        if is_elsewhere and replacement.receivable_id:
            after -= balances[replacement.receivable_id].currency_amount
            before = after + note.payable_amount
    else:
        before, after = owed, owed - note.payable_amount + new_debt
    return Comparison(
        lines=_compared(by_document[note.pk], by_document[replacement.pk]),
        original_amount=original.payable_amount,
        credited_amount=note.payable_amount,
        new_amount=replacement.payable_amount,
        owed_before=before,
        owed_after=after,
        is_for_somebody_else=is_elsewhere,
    )


def _compared(taken_back: Sequence[InvoiceLine], new: Sequence[InvoiceLine]) -> list[ComparedLine]:
    """Each line that is taken back beside the one in its place; lines that are wholly new stand last."""
    in_place = {str(line.source.get(REPLACES)): line for line in new if line.source.get(REPLACES)}
    pairs = [ComparedLine(line, in_place.pop(str(line.credits_line_id), None)) for line in taken_back]
    paired = {pair.becomes.pk for pair in pairs if pair.becomes is not None}
    return [*pairs, *(ComparedLine(None, line) for line in new if line.pk not in paired)]


def standing_sentence(original: Invoice, language: str) -> str:
    """What the replacement says of the invoice that it stands in for, in the language of the document."""
    assert original.issue_date is not None
    with translation.override(language):
        return _("Replaces invoice %(number)s of %(day)s.") % {
            "number": original.number,
            "day": format_day(original.issue_date, language),
        }


def proposed_message(organization: Organization, correction: Correction, comparison: Comparison) -> str:
    """The message to the customer, in the customer's language: our own text, and what has changed."""
    language = correction.replacement.language
    own = DocumentText.objects.of(organization).filter(place=TextPlace.CORRECTION, language=language).first()
    with translation.override(language):
        if own is not None and own.text.strip():
            text = own.text.strip()
        else:
            text = _(
                "Invoice %(number)s was wrong. We have taken it back by a credit note and send a new invoice. "
                "Please pay the new one only."
            ) % {"number": correction.original.number}
        changes = [_change(line, language) for line in comparison.lines if line.is_changed]
        if len(changes) > CHANGES_TOLD_MAX:
            more = len(changes) - CHANGES_TOLD_MAX
            changes = [*changes[:CHANGES_TOLD_MAX], _("and %(count)s more") % {"count": more}]
        sums = _("To pay: %(before)s before, %(after)s now.") % {
            "before": format_amount(comparison.owed_before, language),
            "after": format_amount(comparison.owed_after, language),
        }
        listed = "\n".join(f"– {change}" for change in changes)
    return "\n\n".join(part for part in (text, listed, "" if comparison.is_for_somebody_else else sums) if part)


def _change(line: ComparedLine, language: str) -> str:
    if line.becomes is None:
        assert line.was is not None
        return _("%(line)s: left out") % {"line": line.was.description}
    if line.was is None:
        return _("%(line)s: added, %(amount)s") % {
            "line": line.becomes.description,
            "amount": format_amount(line.becomes.net_amount, language),
        }
    return _("%(line)s: %(before)s → %(after)s") % {
        "line": line.becomes.description,
        "before": _spoken(line.was, language),
        "after": _spoken(line.becomes, language),
    }


def _spoken(line: InvoiceLine, language: str) -> str:
    return _("%(quantity)s à %(price)s, together %(amount)s") % {
        "quantity": format_quantity(line.quantity.normalize(), language),
        "price": format_amount(line.unit_price, language),
        "amount": format_amount(line.net_amount, language),
    }


def voided_by(original: Invoice, notes: Iterable[Invoice]) -> Invoice | None:
    """The credit note that took back the whole invoice, when a single one did."""
    if original.is_credit_note or original.is_draft:
        return None
    whole = [note for note in notes if note.status == InvoiceStatus.FINALIZED]
    if len(whole) != 1 or whole[0].net_amount != original.net_amount:
        return None
    return whole[0] if whole[0].payable_amount == original.payable_amount else None
