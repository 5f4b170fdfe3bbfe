"""From a quote and its lines to the paper that the customer reads, with the sums of the one arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from billing_backlog.models import Quote, QuoteLine
from billing_backlog.quoting.papers import ORDER, QUOTE, QuotePaper
from customers.models import Customer, Product
from invoicing.calculation import DocumentTotals
from invoicing.documents.facts import DocumentBody
from invoicing.drafting.composition import Surroundings, compose, compute, set_vat_rates
from invoicing.models import Invoice, InvoiceLine
from tenants.models import Organization


@dataclass(frozen=True, slots=True)
class Summed:
    """What a quote comes to, in all and line by line."""

    totals: DocumentTotals
    lines: tuple[InvoiceLine, ...]


def sum_quote(quote: Quote, lines: Sequence[QuoteLine], customer: Customer, around: Surroundings) -> Summed:
    """The amounts of a quote by the VAT rates of its delivery, or of today."""
    document, rows = _as_document(quote, lines, customer, around, names_products=False)
    return Summed(compute(document, rows), tuple(rows))


def paper_of(
    organization: Organization,
    quote: Quote,
    lines: Sequence[QuoteLine],
    around: Surroundings,
    *,
    version: int,
) -> QuotePaper:
    """The quote as its customer reads it from today."""
    document, rows = _as_document(quote, lines, quote.customer, around, names_products=True)
    composed = compose(document, rows, quote.customer, around, None)
    return QuotePaper(
        kind=QUOTE,
        number=quote.number,
        version=version,
        title=quote.title,
        text=quote.text,
        valid_until=quote.valid_until,
        contact_name=str(quote.responsible) if quote.responsible else organization.name,
        contact_email=quote.responsible.email if quote.responsible else organization.email,
        body=_body(composed.body, quote),
    )


def _body(body: DocumentBody, quote: Quote) -> DocumentBody:
    """Nothing is booked of a quote: it needs no amounts in the currency of the books."""
    vat = tuple(replace(part, base_currency_vat_amount=None) for part in body.vat)
    buyer = replace(body.buyer, contact_name=quote.contact_name or body.buyer.contact_name)
    return replace(body, kind=QUOTE, exchange=None, vat=vat, due_date=None, buyer=buyer)


def _as_document(
    quote: Quote, lines: Sequence[QuoteLine], customer: Customer, around: Surroundings, *, names_products: bool
) -> tuple[Invoice, list[InvoiceLine]]:
    """The quote in the shape that documents are computed and composed in; it is never stored."""
    document = Invoice(
        organization=around.organization,
        customer=customer,
        currency=quote.currency,
        language=quote.language,
        prices_include_vat=quote.prices_include_vat,
        delivery_date=quote.delivery_date,
        buyer_reference=quote.buyer_reference,
        our_reference=str(quote.responsible or "")[:80],
        project_reference=quote.project.number if quote.project else "",
        fixed_exchange_rate=None if quote.currency == around.organization.base_currency else Decimal(1),
    )
    rows = [_as_line(document, line, line.product if names_products else None) for line in lines]
    set_vat_rates(document, rows, around.rates, around.today)
    return document, rows


def _as_line(document: Invoice, line: QuoteLine, product: Product | None) -> InvoiceLine:
    return InvoiceLine(
        id=line.pk,
        organization=document.organization,
        invoice=document,
        position=line.position,
        product_number=product.number if product else "",
        gtin=product.gtin if product else "",
        description=line.description,
        detail=line.detail,
        quantity=line.quantity,
        unit_code=line.unit_code,
        unit_price=line.unit_price,
        discount_percent=line.discount_percent,
        vat_treatment=line.vat_treatment,
    )


def confirmed_paper(paper: QuotePaper, *, number: int, accepted_by: str, accepted_on: date) -> QuotePaper:
    """The same words and sums as an order confirmation, with who has agreed and when."""
    body = replace(paper.body, kind=ORDER, issue_date=accepted_on)
    return replace(
        paper,
        kind=ORDER,
        number=number,
        version=1,
        quote_number=paper.number,
        valid_until=None,
        accepted_by=accepted_by,
        accepted_on=accepted_on,
        body=body,
    )
