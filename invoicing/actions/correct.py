"""Correct and reissue: the wrong lines are taken back and invoiced anew, both in one transaction, both or neither."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from foundation.money import round_amount
from invoicing import corrections, queries
from invoicing.actions import conditions, credit, spells
from invoicing.actions.attachments import carry_over
from invoicing.actions.beginnings import Beginning, tell_beginnings
from invoicing.actions.draft_lines import new_line, total_draft
from invoicing.actions.drafts import remove_draft
from invoicing.actions.finalize import finalize_invoices
from invoicing.drafting.content import HEADER_FIELDS, LINE_FIELDS
from invoicing.models import Correction, Invoice, InvoiceFollowUp, InvoiceKind, InvoiceLine
from payments import queries as ledger
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization
from tenants.switches import is_open_to

# The replacement is dated, numbered and explained anew.
LEFT_BEHIND = frozenset({"issue_date", "due_date", "has_own_due_date", "accounting_date", "credit_reason"})


class CorrectionIsClosed(DomainError):
    """The organization does not let this person correct issued invoices."""


class CorrectionIsRunning(DomainError):
    """A correction of the invoice is begun already; it carries that one."""

    def __init__(self, message: Any, *, correction: Correction) -> None:
        super().__init__(message)
        self.correction = correction


class CorrectionIsFinished(DomainError):
    """The correction was finalized and stands."""


@transaction.atomic
def correct_invoice(
    organization: Organization,
    invoice_id: UUID,
    *,
    line_ids: Collection[UUID] | None,
    reason: str,
    actor: Actor,
    today: date,
) -> Correction:
    """Begin a correction: a draft credit note for what is left of the lines, and a draft with the same lines to edit.

    None takes every line. The replacement takes the files over, as it is the same sale. Nothing is issued before both
    are finalized together.
    """
    refuse_closed(organization, actor=actor)
    original = queries.lock_invoice(organization, invoice_id)
    lines = queries.list_lines(original)
    _refuse(organization, original, lines)
    left = credit.creditable_quantities(organization, original)
    wanted = {pk: quantity for pk, quantity in left.items() if quantity and (line_ids is None or pk in line_ids)}
    note = credit.credit_invoice(organization, original.pk, quantities=wanted, reason=reason, actor=actor, today=today)
    replacement = _replace(organization, original, lines, wanted, today)
    InvoiceFollowUp.objects.create(organization=organization, invoice=replacement, owner_id=actor.id)
    correction = Correction.objects.create(
        organization=organization,
        original=original,
        credit_note=note,
        replacement=replacement,
        reason=reason,
        started_by=actor.name,
    )
    tell_beginnings([(replacement, Beginning(origin="correction"))], actor=actor)
    carry_over(original, replacement, actor=actor)
    spells.keep_first([(replacement, queries.list_lines(replacement))], actor=actor)
    audit.record(actor, "correction.started", original, reason=reason, lines=len(wanted))
    return correction


def refuse_closed(organization: Organization, *, actor: Actor) -> None:
    """Refuse whom the organization's switch does not let correct issued invoices."""
    if not is_open_to(organization, organization.corrections_by, actor):
        raise CorrectionIsClosed(
            _("Your company lets only few correct issued invoices. Ask an owner, or make a credit note.")
        )


def refuse_uncorrectable(organization: Organization, original: Invoice, lines: list[InvoiceLine]) -> None:
    """Refuse an invoice that cannot be corrected: no invoice, made by a subscription, or paid."""
    conditions.refuse_all_but_invoices(original)
    conditions.refuse_subscription(original, lines)
    conditions.refuse_money(organization, [original])


def _refuse(organization: Organization, original: Invoice, lines: list[InvoiceLine]) -> None:
    conditions.refuse_all_but_invoices(original)
    running = corrections.running_of(organization, original.pk)
    if running is not None:
        raise CorrectionIsRunning(
            _("%(actor)s has begun a correction of invoice %(number)s. Here it is.")
            % {"actor": running.started_by, "number": original.number},
            correction=running,
        )
    if original.receivable_id is not None:
        ledger.lock_receivables(organization.pk, [original.receivable_id])
    refuse_uncorrectable(organization, original, lines)
    conditions.close_checkouts(organization, original)


def _replace(
    organization: Organization,
    original: Invoice,
    lines: list[InvoiceLine],
    wanted: dict[UUID, Decimal],
    today: date,
) -> Invoice:
    """The draft with what was taken back, each line with its source and the line that it stands in for."""
    replacement = Invoice(organization=organization, customer=original.customer, kind=InvoiceKind.INVOICE)
    for name in HEADER_FIELDS - LEFT_BEHIND:
        setattr(replacement, name, getattr(original, name))
    chosen = [line for line in lines if line.pk in wanted]
    replacement.discount_amount = credit.discount_share(original, lines, chosen, wanted)
    replacement.note = _with_sentence(original, replacement)
    fresh = [_line(replacement, place, line, wanted[line.pk]) for place, line in enumerate(chosen, start=1)]
    total_draft(replacement, fresh, organization, today)
    replacement.save(force_insert=True)
    InvoiceLine.objects.bulk_create(fresh)
    return replacement


def _line(replacement: Invoice, position: int, line: InvoiceLine, quantity: Decimal) -> InvoiceLine:
    content = {name: getattr(line, name) for name in LINE_FIELDS}
    content["quantity"] = quantity
    if line.discount_amount and line.quantity:
        content["discount_amount"] = round_amount(line.discount_amount * quantity / line.quantity)
    content["source"] = {**line.source, corrections.REPLACES: str(line.pk)}
    content["source_id"] = line.source_id
    content["locked_fields"] = line.locked_fields
    fresh = new_line(replacement, position, content)
    fresh.vat_treatment = line.vat_treatment
    return fresh


def _with_sentence(original: Invoice, replacement: Invoice) -> str:
    """The replacement's message with what it replaces said first; said once, in the language that it has now."""
    sentence = corrections.standing_sentence(original, replacement.language)
    if sentence in replacement.note:
        return replacement.note
    note = replacement.note
    for language, _name in settings.LANGUAGES:
        note = note.replace(corrections.standing_sentence(original, language), "")
    return f"{sentence}\n\n{note.strip()}".strip()


@transaction.atomic
def tell_customer(
    organization: Organization, correction_id: UUID, *, message: str, actor: Actor, now: datetime
) -> Correction:
    """Keep the message that goes to the customer with both documents, and see that the replacement names the old one.

    The sentence about the replaced invoice stands on the paper whoever has edited the message there.
    """
    correction = _lock_running(organization, correction_id)
    correction.message = message.strip()
    correction.save(update_fields=["message"])
    replacement = queries.lock_invoice(organization, correction.replacement_id)
    note = _with_sentence(correction.original, replacement)
    if note != replacement.note:
        before, replacement.note = replacement.note, note
        replacement.version += 1
        replacement.updated_at = now
        replacement.save(update_fields=["note", "version", "updated_at"])
        audit.record(actor, "draft.changed", replacement, changes={"note": [before, note]})
    return correction


@transaction.atomic
def finalize_correction(
    organization: Organization, correction_id: UUID, *, actor: Actor, today: date, sends: bool = False
) -> tuple[Invoice, Invoice]:
    """Number and freeze the credit note and the replacement in one stroke: both or neither, one number after the other.

    Both must have been checked as they stand now. With `sends` both go to the customer, who reads what has changed.
    """
    refuse_closed(organization, actor=actor)
    correction = _lock_running(organization, correction_id)
    halves = [correction.credit_note_id, correction.replacement_id]
    note, replacement = finalize_invoices(organization, halves, actor=actor, today=today, sends=sends)
    audit.record(
        actor,
        "correction.finished",
        correction.original,
        credit_note=str(note.number),
        replacement=str(replacement.number),
    )
    return note, replacement


@transaction.atomic
def abandon_correction(organization: Organization, correction_id: UUID, *, actor: Actor) -> Invoice:
    """Delete both drafts; the wrong invoice stands as it stood, and is returned."""
    refuse_closed(organization, actor=actor)
    correction = _lock_running(organization, correction_id)
    remove_draft(organization, correction.replacement_id, actor=actor)
    original: Invoice = correction.original
    return original


def _lock_running(organization: Organization, correction_id: UUID) -> Correction:
    """The correction with both its drafts locked; refuses one that is finished."""
    correction = corrections.get_correction(organization, correction_id)
    halves = queries.lock_drafts(organization, [correction.credit_note_id, correction.replacement_id])
    if not all(half.is_draft for half in halves):
        raise CorrectionIsFinished(
            _("This correction is finished: credit note %(note)s and invoice %(number)s.")
            % {"note": halves[0].number, "number": halves[1].number}
        )
    return correction
