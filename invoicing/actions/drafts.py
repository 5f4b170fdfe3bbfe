"""Making, changing, cloning and deleting drafts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer
from foundation import rows
from foundation.errors import DomainError
from foundation.ids import uuid7
from invoicing import corrections, queries
from invoicing.actions import spells
from invoicing.actions.beginnings import UNTOLD, Beginning, tell_beginnings
from invoicing.actions.draft_lines import (
    AMOUNT_FIELDS,
    ONE_AMOUNT,
    LineIsLocked,
    merge_lines,
    new_line,
    refuse_other_customer,
    set_fields,
    store_lines,
    total_draft,
    total_lines,
)
from invoicing.confirmation import is_confirmed, work_on
from invoicing.drafting.arranging import lay_out, layout_for
from invoicing.drafting.content import HEADER_FIELDS, LINE_FIELDS, changes_between, content_of
from invoicing.drafting.surroundings import surroundings
from invoicing.errors import InvoiceAlreadyFinalized, StaleDraft
from invoicing.frozen import line_content
from invoicing.layouts import Layout
from invoicing.models import Invoice, InvoiceFollowUp, InvoiceKind, InvoiceLine, TextPlace, WaitsFor
from invoicing.texts import layout_defaults, texts_at
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization
from tenants.switches import is_open_to

LINES_AT_ONCE = 1_000


class DraftIsMade(DomainError):
    """The draft that is to be made was made by an earlier sending of the same form."""


class DeletionIsClosed(DomainError):
    """The organization does not let this person delete drafts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDraft:
    """What a draft is made of; its id, if its beginning gives one, makes it once.

    The header may say its "layout" (a Layout, or what its `to_json` gives); else it is the customer's usual one.
    """

    customer: Customer
    header: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]
    beginning: Beginning = UNTOLD
    waits_for: str = WaitsFor.NOTHING
    kind: str = InvoiceKind.INVOICE


def create_draft(
    organization: Organization,
    *,
    customer: Customer,
    header: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    actor: Actor,
    today: date,
    beginning: Beginning = UNTOLD,
) -> Invoice:
    """A new draft for the customer, with the customer's terms where the header says nothing else.

    With an id it is made once, however often the same form is sent.
    """
    new = NewDraft(customer=customer, header=header, lines=lines, beginning=beginning)
    [invoice] = create_drafts(organization, [new], actor=actor, today=today)
    return invoice


@transaction.atomic
def create_drafts(organization: Organization, new: Sequence[NewDraft], *, actor: Actor, today: date) -> list[Invoice]:
    """New drafts in their order, all or none, in as many statements as one takes.

    Raises DraftIsMade when one of them was made by an earlier sending of the same.
    """
    messages = texts_at(organization, TextPlace.INVOICE_NOTE)
    layouts = layout_defaults(organization, {each.customer.pk for each in new})
    made = [(_begin(organization, each, messages, layouts), each) for each in new]
    lines = {
        invoice.pk: [new_line(invoice, position, content) for position, content in enumerate(each.lines, start=1)]
        for invoice, each in made
    }
    invoices = [invoice for invoice, _each in made]
    around = surroundings(
        organization, currencies={invoice.currency for invoice in invoices}, today=today, with_footers=False
    )
    for invoice in invoices:
        total_lines(invoice, lines[invoice.pk], around)
        if any(line.source for line in lines[invoice.pk]):  # what is typed by hand stands as it was typed
            lines[invoice.pk] = lay_out(invoice, lines[invoice.pk], Layout.from_json(invoice.layout))
    _insert_once(invoices)
    every_line = [line for invoice in invoices for line in lines[invoice.pk]]
    _sign(every_line, actor, today)
    InvoiceLine.objects.bulk_create(every_line, LINES_AT_ONCE)
    InvoiceFollowUp.objects.bulk_create(
        InvoiceFollowUp(organization=organization, invoice=invoice, owner_id=actor.id) for invoice in invoices
    )
    tell_beginnings([(invoice, each.beginning) for invoice, each in made], actor=actor)
    spells.keep_first([(invoice, lines[invoice.pk]) for invoice in invoices], actor=actor)
    return invoices


def _begin(
    organization: Organization,
    new: NewDraft,
    messages: Mapping[str, str],
    layouts: Mapping[UUID | None, Layout],
) -> Invoice:
    key = new.beginning.invoice_id or uuid7()
    invoice = Invoice(id=key, organization=organization, customer=new.customer, kind=new.kind)
    invoice.waits_for = new.waits_for
    _take_terms(invoice, organization, new.customer, messages)
    invoice.layout = layout_for(layouts, new.customer.pk).to_json()
    set_fields(invoice, new.header, HEADER_FIELDS)
    if isinstance(invoice.layout, Layout):
        invoice.layout = invoice.layout.to_json()
    return invoice


def _insert_once(invoices: Sequence[Invoice]) -> None:
    try:
        with transaction.atomic():
            Invoice.objects.bulk_create(invoices)
    except IntegrityError as error:
        keys = [invoice.pk for invoice in invoices]
        if not Invoice.objects.of(invoices[0].organization_id).filter(pk__in=keys).exists():
            raise
        raise DraftIsMade(_("This draft is stored already.")) from error


def _sign(lines: Sequence[InvoiceLine], actor: Actor, today: date) -> None:
    """Say on lines that come from nowhere else who has added them."""
    for line in lines:
        line.source = line.source or {"kind": "added", "by": actor.name, "on": today.isoformat()}


@transaction.atomic
def update_draft(
    organization: Organization,
    invoice_id: UUID,
    *,
    version: int,
    header: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    actor: Actor,
    today: date,
) -> Invoice:
    """Store the draft as typed: lines with an id keep it, lines that are not given any more go.

    Refuses a save that was begun on an older version, so that nobody's work is overwritten unseen. What the same
    person has autosaved before is told in the same line of the audit trail.
    """
    invoice = _lock_for(organization, invoice_id, version)
    spells.close_spells(organization, [invoice], unless_by=actor)
    before, after = _take_typed(invoice, header, lines, actor=actor, today=today)
    spell = queries.open_spells(organization, [invoice.pk]).get(invoice.pk)
    changes = changes_between(spell.before if spell else before, after)
    if changes:
        audit.record(actor, "draft.changed", invoice, changes=changes)
        spells.keep_versions([spells.version_of(invoice, after, actor.name)])
    if spell is not None:
        spells.end_spells([spell])
    return invoice


@transaction.atomic
def autosave_draft(
    organization: Organization,
    invoice_id: UUID,
    *,
    version: int,
    header: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    actor: Actor,
    today: date,
) -> Invoice:
    """Store what is typed meanwhile, as `update_draft` does; the audit trail is told when the editing spell ends."""
    invoice = _lock_for(organization, invoice_id, version)
    spells.close_spells(organization, [invoice], unless_by=actor)
    before, after = _take_typed(invoice, header, lines, actor=actor, today=today)
    if before != after:
        spells.keep_spell(invoice, before, actor=actor, now=timezone.now())
    return invoice


def _lock_for(organization: Organization, invoice_id: UUID, version: int) -> Invoice:
    invoice = queries.lock_invoice(organization, invoice_id)
    refuse_finalized(invoice)
    refuse_stale(invoice, version)
    return invoice


def _take_typed(
    invoice: Invoice, header: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], *, actor: Actor, today: date
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write what is typed where it says something new, as the next version; what the draft said before and says now."""
    stored = {line.pk: line for line in queries.list_lines(invoice)}
    before = content_of(invoice, list(stored.values()))
    contents = {pk: line_content(line) for pk, line in stored.items()}
    confirmed = work_on(stored.values()) if is_confirmed(stored.values()) else None
    issue_date_before, currency_before = invoice.issue_date, invoice.currency
    set_fields(invoice, header, HEADER_FIELDS)
    if invoice.currency != currency_before:
        invoice.prepaid = []  # an advance is of one currency
    if invoice.issue_date != issue_date_before and invoice.due_date == header.get("due_date"):
        # A new invoice date counts the due date anew and drops the typed one.
        invoice.has_own_due_date = bool(header.get("has_own_due_date")) and header.get("due_date") is not None
    kept = merge_lines(invoice, stored, lines)
    if invoice.is_about_advance:
        _refuse_other_request(before["header"], invoice, kept, list(stored.values()))
    _sign([line for line in kept if line.pk not in stored], actor, today)
    total_draft(invoice, kept, invoice.organization, today)
    after = content_of(invoice, kept)
    if before != after:
        store_lines(invoice, contents, kept)
        if confirmed is not None and confirmed != work_on(kept):
            _wait_again(invoice, actor)
        invoice.version += 1
        invoice.updated_at = timezone.now()
        invoice.save()
    return before, after


def _refuse_other_request(
    before: Mapping[str, Any], invoice: Invoice, kept: Sequence[InvoiceLine], stored: Sequence[InvoiceLine]
) -> None:
    """Of a payment request only dates, texts and references are changed: what is asked for is decided elsewhere."""
    asks_otherwise = invoice.discount_percent or invoice.discount_amount or invoice.currency != before["currency"]
    if asks_otherwise or {line.pk for line in kept} != {line.pk for line in stored}:
        raise LineIsLocked(ONE_AMOUNT, field="lines")


def _wait_again(invoice: Invoice, actor: Actor) -> None:
    """A confirmation holds for the work that was confirmed: what is changed after it is confirmed anew (M-050)."""
    if not invoice.waits_for:
        invoice.waits_for = WaitsFor.CONFIRMATION
        audit.record(actor, "draft.held", invoice, waits_for=str(invoice.waits_for))


@transaction.atomic
def change_customer(
    organization: Organization, invoice_id: UUID, *, customer: Customer, actor: Actor, today: date
) -> Invoice:
    """Bill somebody else: the draft takes over the new customer's terms and language."""
    invoice = queries.lock_invoice(organization, invoice_id)
    refuse_finalized(invoice)
    if invoice.is_about_advance:
        raise LineIsLocked(ONE_AMOUNT, field="customer")
    if invoice.is_credit_note:
        raise LineIsLocked(_("A credit note stays with the customer of the invoice that it credits."), field="customer")
    spells.close_spells(organization, [invoice])
    lines = queries.list_lines(invoice)
    refuse_other_customer(invoice, lines)
    before = invoice.customer.name
    invoice.customer = customer
    invoice.prepaid = []  # an advance belongs to whoever has paid it
    _take_terms(invoice, organization, customer, texts_at(organization, TextPlace.INVOICE_NOTE))
    total_draft(invoice, lines, organization, today)
    rows.update(organization.pk, lines, AMOUNT_FIELDS)
    invoice.version += 1
    invoice.updated_at = timezone.now()
    invoice.save()
    audit.record(actor, "draft.changed", invoice, changes={"customer": [before, customer.name]})
    return invoice


@transaction.atomic
def clone_invoice(organization: Organization, invoice_id: UUID, *, actor: Actor, today: date) -> Invoice:
    """A new draft with the same customer, texts and lines; dates, references and files of the old one are left behind.

    Receipts and time sheets prove the sale that they were attached to, not the next one.
    """
    original = queries.get_invoice(organization, invoice_id)
    if original.is_credit_note:
        raise DomainError(_("A credit note cannot be cloned. Clone the invoice that it credits."))
    if original.is_about_advance:
        raise DomainError(_("A payment request cannot be cloned. Ask for another advance under Advances."))
    header = {name: getattr(original, name) for name in HEADER_FIELDS}
    for name in ("issue_date", "due_date", "accounting_date", "delivery_date", "period_from", "period_to"):
        header[name] = None
    header |= {"has_own_due_date": False, "credit_reason": "", "fixed_exchange_rate": None}
    lines = [
        {name: getattr(line, name) for name in LINE_FIELDS}
        | {"delivery_date": None, "period_from": None, "period_to": None}
        for line in queries.list_lines(original)
    ]
    draft = create_draft(
        organization,
        customer=original.customer,
        header=header,
        lines=lines,
        actor=actor,
        today=today,
        beginning=Beginning(origin="copy"),
    )
    audit.record(actor, "invoice.cloned", original, draft=str(draft.pk))
    audit.record(actor, "draft.copied", draft, origin=str(original.pk), number=str(original.number or ""))
    return draft


@transaction.atomic
def delete_draft(organization: Organization, invoice_id: UUID, *, actor: Actor) -> list[Invoice]:
    """Remove a draft for good; it had no number, so no gap can arise. One half of a correction takes the other along.

    Returns what was deleted.
    """
    if not is_open_to(organization, organization.draft_deletion_by, actor):
        raise DeletionIsClosed(
            _("Your company lets only few delete drafts. Ask an owner, or leave the draft as it is.")
        )
    return remove_draft(organization, invoice_id, actor=actor)


def remove_draft(organization: Organization, invoice_id: UUID, *, actor: Actor) -> list[Invoice]:
    """Take a draft away in the caller's transaction, with the other half where it belongs to a correction."""
    halves = {pk for ids in corrections.halves_of(organization, [invoice_id]) for pk in ids[1:]}
    gone = queries.lock_drafts(organization, sorted(halves | {invoice_id}))
    for invoice in gone:
        refuse_finalized(invoice)
    spells.close_spells(organization, gone)
    for invoice in gone:
        audit.record(
            actor, "draft.deleted", invoice, customer=invoice.customer.name, payable=str(invoice.payable_amount)
        )
    if halves:
        [original] = {invoice.credits for invoice in gone if invoice.credits}
        audit.record(actor, "correction.abandoned", original)
    for invoice in gone:
        invoice.delete()
    return gone


def refuse_finalized(invoice: Invoice) -> None:
    """Only drafts may be changed; the sentence says what became of this one."""
    if not invoice.is_draft:
        raise InvoiceAlreadyFinalized.of(invoice)


def refuse_stale(invoice: Invoice, version: int) -> None:
    """A save that was begun on an older version overwrites nothing."""
    if invoice.version != version:
        raise StaleDraft(
            _("Somebody else has saved this draft since you opened it. Your text is kept; compare and save again.")
        )


def _take_terms(invoice: Invoice, organization: Organization, customer: Customer, messages: Mapping[str, str]) -> None:
    terms = customer.payment_terms_days
    invoice.payment_terms_days = organization.payment_terms_days if terms is None else terms
    invoice.currency = customer.currency
    _take_note(invoice, customer.language, messages)
    invoice.language = customer.language
    invoice.buyer_reference = customer.buyer_reference
    invoice.prices_include_vat = invoice.prices_include_vat or customer.kind == "consumer"


def _take_note(invoice: Invoice, language: str, messages: Mapping[str, str]) -> None:
    """The organization's own message in the customer's language, in place of nothing or of the same in another one."""
    if invoice._state.adding or (invoice.note and invoice.note == messages.get(invoice.language)):
        invoice.note = messages.get(language, "")
