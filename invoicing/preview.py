"""What a draft comes to as it is typed: the one arithmetic, asked before anything is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from customers.models import Customer
from foundation.errors import DomainError
from foundation.templatetags.formatting import format_percent, language_of_page
from invoicing import composition, queries
from invoicing.actions.drafts import new_line
from invoicing.documents.facts import Document
from invoicing.documents.printed.page import Page, page_of
from invoicing.forms.lines import LineEntry
from invoicing.models import Invoice, InvoiceLine
from tenants.models import Organization

LINES_PRINTED_MAX = 10_000


@dataclass(frozen=True, slots=True)
class VatShare:
    """One row of the VAT summary."""

    label: str
    base: Decimal
    vat: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSums:
    """The totals under the lines; a refusal in place of them where the lines make no document."""

    currency: str
    net: Decimal = Decimal("0.00")
    discount: Decimal = Decimal("0.00")
    vat: Sequence[VatShare] = field(default_factory=tuple)
    rounding: Decimal = Decimal("0.00")
    payable: Decimal = Decimal("0.00")
    left_out: int = 0
    refusal: str = ""
    due_date: date | None = None


def sums_as_typed(
    customer: Customer, header: Mapping[str, Any], entries: Sequence[LineEntry], around: composition.Surroundings
) -> DraftSums:
    """The totals of what is typed; rows that were refused are left out and counted. Amounts are put on the rows."""
    organization = around.organization
    invoice = Invoice(organization=organization, customer=customer)
    invoice.currency = customer.currency
    invoice.payment_terms_days = organization.payment_terms_days
    for name, value in header.items():
        setattr(invoice, name, value)
    told = [entry for entry in entries if not entry.is_blank]
    sound = [entry for entry in told if not entry.errors]
    lines = [new_line(invoice, position, entry.cleaned) for position, entry in enumerate(sound, start=1)]
    sums = sums_of(invoice, lines, around)
    if not sums.refusal:
        put_amounts(sound, invoice, lines)
    return replace(sums, left_out=len(told) - len(sound))


def sums_of(invoice: Invoice, lines: Sequence[InvoiceLine], around: composition.Surroundings) -> DraftSums:
    """The totals of a draft, stored or not."""
    due_date = composition.due_date_of(invoice, around.today)
    try:
        composition.set_vat_rates(invoice, lines, around.rates, around.today)
        totals = composition.compute(invoice, lines)
    except DomainError as refusal:
        return DraftSums(currency=invoice.currency, refusal=str(refusal), due_date=due_date)
    language = language_of_page()
    return DraftSums(
        currency=invoice.currency,
        net=totals.net,
        discount=totals.discount,
        vat=tuple(
            VatShare(format_percent(part.vat_rate_percent, language), part.base_amount, part.vat_amount)
            for part in totals.vat
        ),
        rounding=totals.rounding,
        payable=totals.payable,
        due_date=due_date,
    )


def put_amounts(entries: Sequence[LineEntry], invoice: Invoice, lines: Sequence[InvoiceLine]) -> None:
    """Give each row of the form the amount that its line comes to."""
    for entry, amounts in zip(entries, composition.compute(invoice, lines).lines, strict=True):
        entry.amount = amounts.shown_amount
        entry.value = None if entry.is_charged else amounts.shown_value


def page_of_draft(organization: Organization, invoice: Invoice, today: date) -> Page:
    """The draft as it would be printed today, without a number; refuses what cannot be composed."""
    lines = queries.list_lines(invoice)
    around = queries.surroundings(organization, currencies=[invoice.currency], today=today)
    composition.set_vat_rates(invoice, lines, around.rates, today)
    credited = queries.credited_of(organization, invoice, lines)
    composed = composition.compose(invoice, lines, invoice.customer, around, credited)
    moment = datetime.combine(today, time(12), UTC)
    document = Document(number="", kid="", finalized_at=moment, body=composed.body)
    return page_of(document, lines_max=LINES_PRINTED_MAX)
