"""Making, changing, cloning and deleting drafts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer, Product
from customers.vat import VatTreatment
from foundation.errors import DomainError
from foundation.ids import uuid7
from invoicing import composition, queries
from invoicing.calculation import DocumentTotals
from invoicing.errors import InvoiceAlreadyFinalized, StaleDraft
from invoicing.frozen import line_content
from invoicing.models import Invoice, InvoiceFollowUp, InvoiceKind, InvoiceLine
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

LINES_MAX = 10_000

HEADER_FIELDS = frozenset(
    {
        "issue_date", "due_date", "has_own_due_date", "accounting_date", "payment_terms_days", "delivery_date",
        "period_from", "period_to", "delivery_name", "delivery_street", "delivery_postal_code", "delivery_city",
        "delivery_country", "currency", "fixed_exchange_rate", "language", "prices_include_vat", "discount_percent",
        "discount_amount", "discount_reason", "buyer_reference", "order_reference", "our_reference",
        "contract_reference", "project_reference", "note", "internal_note", "credit_reason",
    }
)  # fmt: skip

LINE_FIELDS = frozenset(
    {
        "product_id", "product_number", "gtin", "description", "detail", "internal_text", "quantity", "unit_code",
        "unit_price", "discount_percent", "discount_amount", "charge_kind", "vat_treatment", "vat_reason",
        "delivery_date", "period_from", "period_to", "revenue_account", "dimensions", "section",
    }
)  # fmt: skip


class TooManyLines(DomainError):
    """A document holds a limited number of lines."""


class LineIsLocked(DomainError):
    """A field that the line's source has decided may not be changed on the draft."""


@transaction.atomic
def create_draft(
    organization: Organization,
    *,
    customer: Customer,
    header: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    actor: Actor,
    today: date,
) -> Invoice:
    """A new draft for the customer, with the customer's terms where the header says nothing else."""
    invoice = Invoice(organization=organization, customer=customer, kind=InvoiceKind.INVOICE)
    _take_terms(invoice, organization, customer)
    _set_fields(invoice, header, HEADER_FIELDS)
    new_lines = [new_line(invoice, position, content) for position, content in enumerate(lines, start=1)]
    total_draft(invoice, new_lines, organization, today)
    invoice.save(force_insert=True)
    InvoiceLine.objects.bulk_create(new_lines)
    InvoiceFollowUp.objects.create(organization=organization, invoice=invoice, owner_id=actor.id)
    audit.record(actor, "draft.created", invoice, customer=customer.name, payable=str(invoice.payable_amount))
    return invoice


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

    Refuses a save that was begun on an older version, so that nobody's work is overwritten unseen.
    """
    invoice = queries.lock_invoice(organization, invoice_id)
    refuse_finalized(invoice)
    refuse_stale(invoice, version)
    before = _summary(invoice)
    issue_date_before = invoice.issue_date
    _set_fields(invoice, header, HEADER_FIELDS)
    if invoice.issue_date != issue_date_before and invoice.due_date == header.get("due_date"):
        # A new invoice date counts the due date anew and drops the typed one.
        invoice.has_own_due_date = bool(header.get("has_own_due_date")) and header.get("due_date") is not None
    stored = {line.pk: line for line in queries.list_lines(invoice)}
    contents = {pk: line_content(line) for pk, line in stored.items()}
    kept = _merge_lines(invoice, stored, lines)
    total_draft(invoice, kept, organization, today)
    store_lines(invoice, contents, kept)
    invoice.version += 1
    invoice.updated_at = timezone.now()
    invoice.save()
    audit.record(actor, "draft.changed", invoice, changes=audit.changes(before, _summary(invoice)))
    return invoice


@transaction.atomic
def change_customer(
    organization: Organization, invoice_id: UUID, *, customer: Customer, actor: Actor, today: date
) -> Invoice:
    """Bill somebody else: the draft takes over the new customer's terms and language."""
    invoice = queries.lock_invoice(organization, invoice_id)
    refuse_finalized(invoice)
    if invoice.is_credit_note:
        raise LineIsLocked(_("A credit note stays with the customer of the invoice that it credits."), field="customer")
    before = invoice.customer.name
    invoice.customer = customer
    _take_terms(invoice, organization, customer)
    lines = queries.list_lines(invoice)
    total_draft(invoice, lines, organization, today)
    InvoiceLine.objects.bulk_update(lines, ["vat_rate_percent", "net_amount"])
    invoice.version += 1
    invoice.updated_at = timezone.now()
    invoice.save()
    audit.record(actor, "draft.changed", invoice, changes={"customer": [before, customer.name]})
    return invoice


@transaction.atomic
def clone_invoice(organization: Organization, invoice_id: UUID, *, actor: Actor, today: date) -> Invoice:
    """A new draft with the same customer, texts and lines; dates and references of the old one are left behind."""
    original = queries.get_invoice(organization, invoice_id)
    if original.is_credit_note:
        raise DomainError(_("A credit note cannot be cloned. Clone the invoice that it credits."))
    header = {name: getattr(original, name) for name in HEADER_FIELDS}
    for name in ("issue_date", "due_date", "accounting_date", "delivery_date", "period_from", "period_to"):
        header[name] = None
    header |= {"has_own_due_date": False, "credit_reason": "", "fixed_exchange_rate": None}
    lines = [
        {name: getattr(line, name) for name in LINE_FIELDS}
        | {"delivery_date": None, "period_from": None, "period_to": None}
        for line in queries.list_lines(original)
    ]
    draft = create_draft(organization, customer=original.customer, header=header, lines=lines, actor=actor, today=today)
    audit.record(actor, "invoice.cloned", original, draft=str(draft.pk))
    return draft


@transaction.atomic
def delete_draft(organization: Organization, invoice_id: UUID, *, actor: Actor) -> None:
    """Remove a draft for good; it had no number, so no gap can arise."""
    invoice = queries.lock_invoice(organization, invoice_id)
    refuse_finalized(invoice)
    audit.record(actor, "draft.deleted", invoice, customer=invoice.customer.name, payable=str(invoice.payable_amount))
    invoice.delete()


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


def line_of_product(product: Product, language: str) -> dict[str, Any]:
    """What a line takes over from a product."""
    return {
        "product_id": product.pk,
        "product_number": product.number,
        "gtin": product.gtin,
        "description": product.name,
        "detail": product.description,
        "unit_code": product.unit_code,
        "unit_price": product.unit_price,
        "vat_treatment": product.vat_treatment,
        "revenue_account": product.revenue_account,
    }


def _take_terms(invoice: Invoice, organization: Organization, customer: Customer) -> None:
    terms = customer.payment_terms_days
    invoice.payment_terms_days = organization.payment_terms_days if terms is None else terms
    invoice.currency = customer.currency
    invoice.language = customer.language
    invoice.buyer_reference = customer.buyer_reference
    invoice.prices_include_vat = invoice.prices_include_vat or customer.kind == "consumer"


def _set_fields(target: Any, values: Mapping[str, Any], allowed: frozenset[str]) -> None:
    for name, value in values.items():
        if name in allowed:
            setattr(target, name, value)


def new_line(invoice: Invoice, position: int, content: Mapping[str, Any]) -> InvoiceLine:
    """A line of the draft, not stored yet; a customer with one VAT treatment for all lines decides it."""
    line = InvoiceLine(id=uuid7(), organization_id=invoice.organization_id, invoice_id=invoice.pk, position=position)
    _set_fields(line, content, LINE_FIELDS)
    line.source = dict(content.get("source", {}))
    line.locked_fields = list(content.get("locked_fields", []))
    line.credits_line_id = content.get("credits_line_id")
    if invoice.customer.vat_treatment and line.vat_treatment == VatTreatment.STANDARD:
        line.vat_treatment = invoice.customer.vat_treatment
    return line


def _merge_lines(
    invoice: Invoice, stored: Mapping[UUID, InvoiceLine], contents: Sequence[Mapping[str, Any]]
) -> list[InvoiceLine]:
    kept: list[InvoiceLine] = []
    for position, content in enumerate(contents, start=1):
        line = stored.get(content["id"]) if content.get("id") else None
        if line is None:
            if invoice.is_credit_note:
                raise LineIsLocked(_("A credit note holds only lines of the invoice that it credits."), field="lines")
            kept.append(new_line(invoice, position, content))
            continue
        _refuse_locked(line, content)
        _set_fields(line, content, LINE_FIELDS)
        line.position = position
        kept.append(line)
    return kept


def _refuse_locked(line: InvoiceLine, content: Mapping[str, Any]) -> None:
    for name in line.locked_fields:
        if name in content and content[name] != getattr(line, name):
            raise LineIsLocked(
                _("Line %(position)s comes from %(source)s, which decides its %(field)s.")
                % {
                    "position": line.position,
                    "source": line.source.get("label", _("elsewhere")),
                    "field": _field_words(name),
                },
                field=f"lines.{line.pk}.{name}",
            )


def _field_words(name: str) -> str:
    field: Any = InvoiceLine._meta.get_field(name)
    return str(field.verbose_name)


def total_draft(invoice: Invoice, lines: list[InvoiceLine], organization: Organization, today: date) -> None:
    """Set rates and amounts on the document and its lines; refuses more lines than a document holds."""
    if len(lines) > LINES_MAX:
        raise TooManyLines(
            _("A document holds at most %(most)s lines. Split it into two.") % {"most": LINES_MAX}, field="lines"
        )
    around = queries.surroundings(organization, currencies=[invoice.currency], today=today)
    composition.set_vat_rates(invoice, lines, around.rates, today)
    set_amounts(invoice, lines, composition.compute(invoice, lines, queries.credited_of(organization, invoice, lines)))


def set_amounts(invoice: Invoice, lines: Sequence[InvoiceLine], totals: DocumentTotals) -> bool:
    """Put the computed amounts on the document and its lines; returns whether a line's amount changed."""
    changed = False
    for line, amounts in zip(lines, totals.lines, strict=True):
        if line.net_amount != amounts.net_amount:
            line.net_amount = amounts.net_amount
            changed = True
    invoice.net_amount = totals.net
    invoice.vat_amount = totals.vat_total
    invoice.rounding_amount = totals.rounding
    invoice.payable_amount = totals.payable
    return changed


def store_lines(invoice: Invoice, stored: Mapping[UUID, Sequence[Any]], kept: Sequence[InvoiceLine]) -> None:
    """Write the lines that say something else than is stored, and remove those that are not kept any more."""
    keep = {line.pk for line in kept}
    gone = [pk for pk in stored if pk not in keep]
    if gone:
        InvoiceLine.objects.of(invoice.organization_id).filter(invoice_id=invoice.pk, pk__in=gone).delete()
    InvoiceLine.objects.bulk_create([line for line in kept if line.pk not in stored])
    changed = [line for line in kept if line.pk in stored and line_content(line) != stored[line.pk]]
    if changed:
        InvoiceLine.objects.bulk_update(
            changed, ["position", "vat_rate_percent", "net_amount", *sorted(LINE_FIELDS)], batch_size=500
        )


def _summary(invoice: Invoice) -> dict[str, Any]:
    names = sorted(HEADER_FIELDS | {"net_amount", "vat_amount", "payable_amount"})
    return {name: getattr(invoice, name) for name in names}
