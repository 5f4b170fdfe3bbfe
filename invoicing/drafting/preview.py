"""What a draft comes to as it is typed: the one arithmetic, asked before anything is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from customers.models import Customer
from foundation.errors import DomainError
from foundation.templatetags.formatting import format_percent, language_of_page
from invoicing.actions.draft_lines import new_line
from invoicing.calculation import DocumentInput, DocumentTotals
from invoicing.drafting import composition
from invoicing.explanation_words import ExplainedDocument, Said, explained_document, explained_line
from invoicing.forms.drafts import TypedDraft
from invoicing.forms.lines import LineEntry
from invoicing.models import Invoice, InvoiceLine

LINES_PRINTED_MAX = 10_000


@dataclass(frozen=True, slots=True)
class VatShare:
    """One row of the VAT summary."""

    label: str
    base: Decimal
    vat: Decimal
    said: list[Said]  # how it was made


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSums:
    """The totals under the lines; a refusal in place of them where the lines make no document."""

    currency: str
    net: Decimal = Decimal("0.00")
    discount: Decimal = Decimal("0.00")
    vat: Sequence[VatShare] = field(default_factory=tuple)
    rounding: Decimal = Decimal("0.00")
    prepaid: Decimal = Decimal("0.00")
    payable: Decimal = Decimal("0.00")
    left_out: int = 0
    refusal: str = ""
    due_date: date | None = None
    given: DocumentInput | None = None
    totals: DocumentTotals | None = None
    explained: ExplainedDocument | None = None


def sums_as_typed(
    customer: Customer, header: Mapping[str, Any], typed: TypedDraft, around: composition.Surroundings
) -> DraftSums:
    """The totals of what is typed; rows that were refused are left out and counted. Amounts are put on the rows."""
    organization = around.organization
    invoice = Invoice(organization=organization, customer=customer)
    invoice.currency = customer.currency
    invoice.payment_terms_days = organization.payment_terms_days
    for name, value in header.items():
        setattr(invoice, name, value)
    told = typed.told
    sound = [entry for entry in told if not entry.errors]
    lines = [new_line(invoice, position, entry.cleaned) for position, entry in enumerate(sound, start=1)]
    window = typed.window
    sums = sums_of(invoice, [*window.before, *lines, *window.after], around)
    put_amounts(sound, typed, sums)
    return replace(sums, left_out=len(told) - len(sound))


def sums_of(invoice: Invoice, lines: Sequence[InvoiceLine], around: composition.Surroundings) -> DraftSums:
    """The totals of a draft, stored or not."""
    due_date = composition.due_date_of(invoice, around.today)
    try:
        composition.set_vat_rates(invoice, lines, around.rates, around.today)
        given, totals = composition.fit_prepaid(composition.document_input(invoice, lines))
    except DomainError as refusal:
        return DraftSums(currency=invoice.currency, refusal=str(refusal), due_date=due_date)
    language = language_of_page()
    explained = explained_document(given, totals)
    return DraftSums(
        currency=invoice.currency,
        net=totals.net,
        discount=totals.discount,
        vat=tuple(
            VatShare(format_percent(part.vat_rate_percent, language), part.base_amount, part.vat_amount, steps)
            for part, steps in zip(totals.vat, explained.vat, strict=True)
        ),
        rounding=totals.rounding,
        prepaid=totals.prepaid,
        payable=totals.payable,
        due_date=due_date,
        given=given,
        totals=totals,
        explained=explained,
    )


def put_amounts(sound: Sequence[LineEntry], typed: TypedDraft, sums: DraftSums) -> None:
    """Give each row of the form the amount that its line comes to, and each heading what its section comes to."""
    if sums.totals is None:
        return
    window, amounts = typed.window, sums.totals.lines
    first = len(window.before)
    for place, entry in enumerate(sound, start=first):
        entry.amount = amounts[place].shown_amount
        entry.value = None if entry.is_charged else amounts[place].shown_value
        entry.place = place
        if entry.is_open and sums.given is not None:
            entry.how = explained_line(sums.given, sums.totals, place)
    sections = [*(line.section for line in window.before), *(entry.section for entry in sound)]
    sections += [line.section for line in window.after]
    shares = section_amounts(sections, [line.shown_amount for line in amounts])
    for heading, entry in zip(typed.entries, typed.entries[1:], strict=False):
        if heading.is_heading and not entry.is_heading and entry.place is not None:
            heading.amount = shares[entry.place]


def section_amounts(sections: Sequence[str], amounts: Sequence[Decimal]) -> list[Decimal]:
    """For each line what the section that it stands in comes to: neighbours of one name form one."""
    shares: list[Decimal] = []
    for _name, run in groupby(zip(sections, amounts, strict=True), key=lambda pair: pair[0]):
        of_run = [amount for _section, amount in run]
        shares += [sum(of_run, Decimal("0.00"))] * len(of_run)
    return shares
