"""Credit notes: drafts that take back chosen lines of a finalized invoice, never more than what is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from foundation.money import round_amount
from invoicing import corrections, queries
from invoicing.actions import spells
from invoicing.actions.conditions import BelongsToCorrection
from invoicing.actions.draft_lines import new_line, store_lines, total_draft
from invoicing.actions.drafts import refuse_finalized, refuse_stale
from invoicing.confirmation import WHOLE
from invoicing.drafting.content import HEADER_FIELDS, LINE_FIELDS
from invoicing.errors import NotFinalized
from invoicing.frozen import line_content
from invoicing.models import Invoice, InvoiceFollowUp, InvoiceKind, InvoiceLine, InvoiceStatus, TextPlace
from invoicing.texts import texts_at
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

# Everything but the quantity stands as it was invoiced.
LOCKED_ON_CREDIT = sorted(LINE_FIELDS - {"quantity", "internal_text", "discount_amount"})


class NothingLeftToCredit(DomainError):
    """Every line is credited already, or none was chosen."""


class QuantityExceedsRest(DomainError):
    """More is to be credited than what is left of a line."""


class CreditedWhole(DomainError):
    """What the line bills is taken back wholly or not at all."""


def creditable_quantities(
    organization: Organization, invoice: Invoice, lines: Sequence[InvoiceLine] | None = None
) -> dict[UUID, Decimal]:
    """What is left of each line of a finalized invoice; negative for lines that took something back."""
    credited = queries.credited_quantities(organization, invoice.pk)
    lines = queries.list_lines(invoice) if lines is None else lines
    return {line.pk: line.quantity - credited.get(line.pk, Decimal(0)) for line in lines}


@transaction.atomic
def credit_invoice(
    organization: Organization,
    invoice_id: UUID,
    *,
    quantities: Mapping[UUID, Decimal] | None,
    reason: str,
    actor: Actor,
    today: date,
) -> Invoice:
    """A draft credit note for the given quantities by line id, or for all that is left; linked both ways."""
    original = queries.lock_invoice(organization, invoice_id)
    _refuse_uncreditable(original)
    if original.is_about_advance and quantities is not None:
        raise NotFinalized(_("A payment request is withdrawn as a whole. Withdraw it and ask anew."))
    left = creditable_quantities(organization, original)
    wanted = {pk: quantity for pk, quantity in (left if quantities is None else quantities).items() if quantity}
    _refuse_excess(wanted, left)
    _refuse_parts(queries.list_lines(original), wanted, left)
    note, lines = compose_note(organization, original, wanted, reason=reason, today=today)
    note.save(force_insert=True)
    InvoiceLine.objects.bulk_create(lines)
    InvoiceFollowUp.objects.create(organization=organization, invoice=note, owner_id=actor.id)
    audit.record(
        actor,
        "credit_note.started",
        original,
        credit_note=str(note.pk),
        payable=str(note.payable_amount),
        reason=reason,
    )
    audit.record(actor, "draft.created", note, customer=original.customer.name, payable=str(note.payable_amount))
    spells.keep_first([(note, lines)], actor=actor)
    return note


@transaction.atomic
def update_credit_note(
    organization: Organization,
    note_id: UUID,
    *,
    version: int,
    quantities: Mapping[UUID, Decimal],
    reason: str,
    actor: Actor,
    today: date,
) -> Invoice:
    """Credit other quantities, by line id of the invoice; refuses a save that was begun on an older version."""
    note = queries.lock_invoice(organization, note_id)
    refuse_finalized(note)
    refuse_stale(note, version)
    if note.credits_id is None:
        raise NotFinalized(_("This draft credits no invoice."))
    if corrections.halves_of(organization, [note.pk]):
        raise BelongsToCorrection(
            _("This credit note is one half of a correction. To credit other lines, abandon it and begin again."),
            draft_id=note.pk,
        )
    original = queries.lock_invoice(organization, note.credits_id)
    wanted = {pk: quantity for pk, quantity in quantities.items() if quantity}
    left = creditable_quantities(organization, original)
    _refuse_excess(wanted, left)
    _refuse_parts(queries.list_lines(original), wanted, left)
    before = {"payable_amount": note.payable_amount, "credit_reason": note.credit_reason}
    stored = {line.pk: line for line in queries.list_lines(note)}
    contents = {pk: line_content(line) for pk, line in stored.items()}
    kept = _lines_of_note(note, original, queries.list_lines(original), wanted, stored)
    note.credit_reason = reason
    total_draft(note, kept, organization, today)
    store_lines(note, contents, kept)
    note.version += 1
    note.updated_at = timezone.now()
    note.save()
    after = {"payable_amount": note.payable_amount, "credit_reason": reason}
    audit.record(actor, "draft.changed", note, changes=audit.changes(before, after))
    return note


def compose_note(
    organization: Organization, original: Invoice, wanted: Mapping[UUID, Decimal], *, reason: str, today: date
) -> tuple[Invoice, list[InvoiceLine]]:
    """The credit note for these quantities with its amounts; nothing is stored."""
    kind = InvoiceKind.WITHDRAWAL if original.is_about_advance else InvoiceKind.CREDIT_NOTE
    note = Invoice(organization=organization, customer=original.customer, kind=kind, credits=original)
    for name in HEADER_FIELDS - {"issue_date", "due_date", "accounting_date", "has_own_due_date"}:
        setattr(note, name, getattr(original, name))
    own = {} if original.is_about_advance else texts_at(organization, TextPlace.CREDIT_NOTE)
    note.note = own.get(note.language) or original.note
    note.credit_reason = reason
    lines = _lines_of_note(note, original, queries.list_lines(original), wanted, {})
    total_draft(note, lines, organization, today)
    return note, lines


def _lines_of_note(
    note: Invoice,
    original: Invoice,
    invoiced: list[InvoiceLine],
    wanted: Mapping[UUID, Decimal],
    stored: Mapping[UUID, InvoiceLine],
) -> list[InvoiceLine]:
    """The chosen lines with their share of the discounts; lines that the note has already keep their ids."""
    present = {line.credits_line_id: line for line in stored.values()}
    chosen = [line for line in invoiced if line.pk in wanted]
    note.discount_amount = discount_share(original, invoiced, chosen, wanted)
    kept = []
    for position, line in enumerate(chosen, start=1):
        content = _content(original, line, wanted[line.pk])
        new = present.get(line.pk)
        if new is None:
            new = new_line(note, position, content)
            new.vat_treatment = line.vat_treatment
        new.position = position
        new.quantity = content["quantity"]
        new.discount_amount = content["discount_amount"]
        kept.append(new)
    return kept


def _refuse_uncreditable(original: Invoice) -> None:
    if original.status != InvoiceStatus.FINALIZED:
        raise NotFinalized(_("Only a finalized invoice can be credited. A draft can be changed or deleted."))
    if original.is_credit_note:
        raise NotFinalized(_("A credit note is not credited. Make a new invoice instead."))


def _refuse_excess(wanted: Mapping[UUID, Decimal], left: Mapping[UUID, Decimal]) -> None:
    if not wanted:
        raise NothingLeftToCredit(_("There is nothing to credit. Choose a line that is not credited yet."))
    for pk, quantity in wanted.items():
        rest = left.get(pk, Decimal(0))
        if quantity * rest <= 0 or abs(quantity) > abs(rest):
            raise QuantityExceedsRest(
                _("Only %(rest)s is left of that line. Lower the quantity.") % {"rest": rest.normalize()},
                field=f"quantity_{pk}",
            )


def _refuse_parts(lines: Sequence[InvoiceLine], wanted: Mapping[UUID, Decimal], left: Mapping[UUID, Decimal]) -> None:
    for line in lines:
        quantity = wanted.get(line.pk)
        if quantity is not None and line.source.get("credit") == WHOLE and quantity != left[line.pk]:
            raise CreditedWhole(
                _("Line %(position)s, %(description)s, is credited wholly or not at all: it is a milestone.")
                % {"position": line.position, "description": line.description},
                field=f"quantity_{line.pk}",
            )


def _content(original: Invoice, line: InvoiceLine, quantity: Decimal) -> dict[str, Any]:
    content = {name: getattr(line, name) for name in LINE_FIELDS}
    content["quantity"] = quantity
    if line.discount_amount and line.quantity:
        content["discount_amount"] = round_amount(line.discount_amount * quantity / line.quantity)
    if content["delivery_date"] is None and line.period_to is None:
        content["delivery_date"] = original.delivery_date if not original.period_to else None
    content["source"] = {"kind": "invoice", "id": str(original.pk), "label": str(original.number)}
    content["source_id"] = line.source_id
    content["locked_fields"] = LOCKED_ON_CREDIT
    content["credits_line_id"] = line.pk
    return content


def discount_share(
    original: Invoice, invoiced: list[InvoiceLine], chosen: list[InvoiceLine], wanted: Mapping[UUID, Decimal]
) -> Decimal:
    """The document discount in proportion to what is credited; all of it when everything is."""
    if not original.discount_amount:
        return Decimal(0)
    part = sum((line.net_amount * wanted[line.pk] / line.quantity for line in chosen if line.quantity), Decimal(0))
    whole = sum((line.net_amount for line in invoiced), Decimal(0))
    return round_amount(original.discount_amount * part / whole) if whole else Decimal(0)
