"""From a draft and what stands around it to the body of a document: the one place where a draft is read into words.

Nothing here asks the database or the clock: the caller brings the rows and the day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from customers.models import Customer
from customers.vat import category_of, default_reason, rule_of
from foundation.errors import DomainError
from foundation.ids import id_text
from foundation.money import convert_amount
from invoicing import calculation, prepaying
from invoicing.attachments import attached_files
from invoicing.documents.facts import (
    Address,
    CreditedDocument,
    Delivery,
    DiscountPart,
    DocumentBody,
    DocumentDiscount,
    ExchangeRate,
    Line,
    PaymentAccount,
    References,
    Totals,
    VatSubtotal,
)
from invoicing.drafting.arranging import printed_layout
from invoicing.models import Attachment, Invoice, InvoiceLine
from invoicing.parties import buyer_of, seller_of
from invoicing.vat_rates import RateTable
from tenants.models import BankAccount, Organization

AMOUNT_MAX = Decimal(10) ** 12  # what every file, column and bank takes


class NoVatRate(DomainError):
    """No VAT rate holds for the date of delivery."""


class PeriodCrossesRateChange(DomainError):
    """The VAT rate changed within the period of delivery; each part stands on a line of its own."""


class AmountOutOfRange(DomainError):
    """What was typed cannot be computed into a document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a draft is read against: the seller, the rates, the account and the currency of the day."""

    organization: Organization
    rates: RateTable
    accounts: dict[str, BankAccount]  # in use, by currency
    exchange: dict[str, list[tuple[Decimal, date, str]]]  # rate, its day and source by currency, newest first
    footers: Mapping[str, str]  # of documents, by language
    today: date


@dataclass(frozen=True, slots=True)
class Credited:
    """The document that a credit note corrects, with what is left of it."""

    document: Invoice
    left: calculation.Left
    prepaid: list[dict[str, str]] = field(default_factory=list)  # the parts that no note has given back yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A draft read in full: its body and the amounts behind it."""

    body: DocumentBody
    totals: calculation.DocumentTotals
    account: BankAccount | None
    exchange_rate: Decimal  # units of the base currency for one of the document's


def issue_date_of(invoice: Invoice, today: date) -> date:
    """The date that the document will carry: its own, or today."""
    return invoice.issue_date or today


def due_date_of(invoice: Invoice, today: date) -> date | None:
    """Payable by: typed, or counted from the issue date; credit notes have none."""
    if invoice.is_credit_note:
        return None
    if invoice.has_own_due_date and invoice.due_date:
        return invoice.due_date
    return issue_date_of(invoice, today) + timedelta(days=invoice.payment_terms_days)


def delivery_day_of(line: InvoiceLine, invoice: Invoice, today: date) -> date:
    """The day that decides a line's VAT rate: the delivery, else the end of its period, else the issue date."""
    return (
        line.delivery_date
        or line.period_to
        or invoice.delivery_date
        or invoice.period_to
        or issue_date_of(invoice, today)
    )


def set_vat_rates(invoice: Invoice, lines: Sequence[InvoiceLine], rates: RateTable, today: date) -> list[InvoiceLine]:
    """Give each line the rate of its delivery date; returns the lines whose rate changed."""
    changed = []
    for line in lines:
        day = delivery_day_of(line, invoice, today)
        percent = rates.percent(line.vat_treatment, day)
        if percent is None:
            raise NoVatRate(
                _("No VAT rate is known for %(treatment)s on %(day)s. Choose another treatment or date.")
                % {"treatment": line.get_vat_treatment_display(), "day": day.isoformat()},
                field="vat_treatment",
            )
        dated = line if line.delivery_date or line.period_to else invoice
        begins = day if dated.delivery_date else dated.period_from or day
        if begins < day and rates.crosses_change(line.vat_treatment, begins, day):
            raise PeriodCrossesRateChange(
                _("The VAT rate changed between %(first)s and %(last)s. Split the line in two, one for each rate.")
                % {"first": begins.isoformat(), "last": day.isoformat()},
                field="period_to",
            )
        if percent != line.vat_rate_percent:
            line.vat_rate_percent = percent
            changed.append(line)
    return changed


def document_input(
    invoice: Invoice, lines: Sequence[InvoiceLine], credited: Credited | None = None
) -> calculation.DocumentInput:
    """The draft as the one arithmetic reads it."""
    return calculation.DocumentInput(
        lines=tuple(
            calculation.LineInput(
                quantity=line.quantity,
                unit_price=line.unit_price,
                vat_category=category_of(line.vat_treatment),
                vat_rate_percent=line.vat_rate_percent,
                discount_percent=line.discount_percent,
                discount_amount=line.discount_amount,
                charge_kind=line.charge_kind,
            )
            for line in lines
        ),
        prices_include_vat=invoice.prices_include_vat,
        discount_percent=invoice.discount_percent,
        discount_amount=invoice.discount_amount,
        prepaid=Decimal(0) if invoice.is_credit_note else prepaying.sum_of(invoice.prepaid),
        left=credited.left if credited else None,
    )


def compute(
    invoice: Invoice, lines: Sequence[InvoiceLine], credited: Credited | None = None
) -> calculation.DocumentTotals:
    """Every amount of the document, by the one arithmetic; refuses what no document can carry."""
    return fit_prepaid(document_input(invoice, lines, credited))[1]


def fit_prepaid(given: calculation.DocumentInput) -> tuple[calculation.DocumentInput, calculation.DocumentTotals]:
    """Every amount of what was read; an advance that would pay more than there is comes down to that."""
    totals = compute_input(given)
    if given.prepaid and totals.payable < 0:
        given = replace(given, prepaid=max(totals.payable + totals.prepaid, Decimal(0)))
        totals = compute_input(given)
    return given, totals


def compute_input(given: calculation.DocumentInput) -> calculation.DocumentTotals:
    """Every amount of what the arithmetic has read; refuses what no document can carry."""
    try:
        totals = calculation.totals(given)
    except ValueError as error:
        raise AmountOutOfRange(_(str(error)), field=getattr(error, "field", "")) from error
    amounts = [totals.lines_net, totals.gross, totals.payable]
    if max(map(abs, [*amounts, *(line.net_amount for line in totals.lines)])) >= AMOUNT_MAX:
        raise AmountOutOfRange(
            _("The amount is too large: a document stays below 1,000,000,000,000. Lower a quantity or a price."),
            field="lines",
        )
    return totals


def compose(
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    customer: Customer,
    around: Surroundings,
    credited: Credited | None,
    *,
    attachments: Sequence[Attachment] = (),
) -> Composed:
    """The body of the document as it would be finalized today, with the files that go with it."""
    organization = around.organization
    totals = compute(invoice, lines, credited)
    account = around.accounts.get(invoice.currency) or around.accounts.get(organization.base_currency)
    rate, exchange = _exchange(invoice, totals, around, credited)
    issue_date = issue_date_of(invoice, around.today)
    body = DocumentBody(
        kind=invoice.kind,
        language=invoice.language,
        currency=invoice.currency,
        issue_date=issue_date,
        due_date=due_date_of(invoice, around.today),
        note=invoice.note.strip(),
        prices_include_vat=invoice.prices_include_vat,
        seller=seller_of(organization, invoice, footer=around.footers.get(invoice.language, "")),
        payment=_payment(account, invoice),
        buyer=buyer_of(customer),
        references=References(
            buyer=invoice.buyer_reference,
            order=invoice.order_reference,
            our=invoice.our_reference,
            contract=invoice.contract_reference,
            project=invoice.project_reference,
        ),
        delivery=_delivery(invoice, lines),
        credits=_credited(credited, invoice),
        lines=tuple(_line(line, amounts) for line, amounts in zip(lines, totals.lines, strict=True)),
        document_discount=_discount(invoice, totals),
        vat=_vat(lines, totals, rate if exchange else None, invoice.language),
        totals=Totals(
            lines_net=totals.lines_net,
            discount=totals.discount,
            net=totals.net,
            vat=totals.vat_total,
            gross=totals.gross,
            rounding=totals.rounding,
            prepaid=totals.prepaid,
            payable=totals.payable,
        ),
        exchange=exchange,
        attachments=attached_files(attachments),
        **printed_layout(invoice, lines),
    )
    return Composed(body=body, totals=totals, account=account, exchange_rate=rate)


def _payment(account: BankAccount | None, invoice: Invoice) -> PaymentAccount:
    if account is None or invoice.is_credit_note:
        return PaymentAccount()
    return PaymentAccount(account_number=account.account_number, iban=account.iban, bic=account.bic)


def _delivery(invoice: Invoice, lines: Sequence[InvoiceLine]) -> Delivery:
    place = None
    if invoice.delivery_street or invoice.delivery_city or invoice.delivery_name:
        place = Address(
            name=invoice.delivery_name,
            street=invoice.delivery_street,
            postal_code=invoice.delivery_postal_code,
            city=invoice.delivery_city,
            country=invoice.delivery_country or invoice.customer.country,
        )
    starts = [line.period_from for line in lines if line.period_from]
    ends = [line.period_to for line in lines if line.period_to]
    period_from, period_to = invoice.period_from, invoice.period_to
    if starts and ends:
        # EN 16931: the document's period is the union of its lines' (PEPPOL-EN16931-R110, -R111).
        period_from = min([*starts, *([period_from] if period_from else [])])
        period_to = max([*ends, *([period_to] if period_to else [])])
    day = invoice.delivery_date
    if day is None and period_from is None:
        days = [line.delivery_date for line in lines if line.delivery_date]
        day = max(days) if days else None
    return Delivery(day=day, period_from=period_from, period_to=period_to, place=place)


def _credited(credited: Credited | None, invoice: Invoice) -> CreditedDocument | None:
    if credited is None or credited.document.issue_date is None:
        return None
    return CreditedDocument(
        number=str(credited.document.number),
        issue_date=credited.document.issue_date,
        reason=invoice.credit_reason,
    )


def _line(line: InvoiceLine, amounts: calculation.LineTotals) -> Line:
    return Line(
        id=id_text(line.id),
        position=line.position,
        description=line.description,
        detail=line.detail,
        product_number=line.product_number,
        gtin=line.gtin,
        quantity=line.quantity,
        unit_code=line.unit_code,
        unit_price=line.unit_price,
        net_unit_price=amounts.net_unit_price,
        discount_percent=line.discount_percent,
        discount_amount=amounts.discount_amount,
        charge_kind=line.charge_kind,
        vat_treatment=line.vat_treatment,
        vat_category=category_of(line.vat_treatment),
        vat_rate_percent=line.vat_rate_percent,
        net_amount=amounts.net_amount,
        vat_amount=amounts.vat_amount,
        shown_amount=amounts.shown_amount,
        shown_value=amounts.shown_value,
        delivery_day=line.delivery_date,
        period_from=line.period_from,
        period_to=line.period_to,
        section=line.section,
    )


def _discount(invoice: Invoice, totals: calculation.DocumentTotals) -> DocumentDiscount:
    return DocumentDiscount(
        percent=invoice.discount_percent,
        amount=totals.discount,
        shown_amount=totals.discount_shown,
        reason=invoice.discount_reason,
        parts=tuple(
            DiscountPart(
                vat_category=part.vat_category,
                vat_rate_percent=part.vat_rate_percent,
                amount=part.amount,
                base_amount=part.base_amount,
            )
            for part in totals.discount_parts
        ),
    )


def _vat(
    lines: Sequence[InvoiceLine], totals: calculation.DocumentTotals, rate: Decimal | None, language: str
) -> tuple[VatSubtotal, ...]:
    reasons: dict[str, list[str]] = {}
    codes: dict[str, str] = {}
    for line in lines:
        rule = rule_of(line.vat_treatment)
        if rule.needs_reason:
            known = reasons.setdefault(rule.category_code, [])
            reason = line.vat_reason.strip() or default_reason(line.vat_treatment, language)
            if reason not in known:
                known.append(reason)
            codes[rule.category_code] = rule.reason_code
    return tuple(
        VatSubtotal(
            vat_category=part.vat_category,
            vat_rate_percent=part.vat_rate_percent,
            reason="; ".join(reasons.get(part.vat_category, ())),
            reason_code=codes.get(part.vat_category, ""),
            base_amount=part.base_amount,
            vat_amount=part.vat_amount,
            base_currency_vat_amount=None if rate is None else convert_amount(part.vat_amount, rate),
        )
        for part in totals.vat
    )


def _exchange(
    invoice: Invoice, totals: calculation.DocumentTotals, around: Surroundings, credited: Credited | None
) -> tuple[Decimal, ExchangeRate | None]:
    base = around.organization.base_currency
    if invoice.currency == base:
        return Decimal(1), None
    found = _rate_of(invoice, around, credited)
    if found is None:
        raise DomainError(
            _("No exchange rate for %(currency)s is known on or before the invoice date. Enter one under Settings.")
            % {"currency": invoice.currency},
            field="currency",
        )
    rate, day, source = found
    # bokføringsforskriften § 5-1-1: the VAT is stated in the currency of the books.
    vat = sum((convert_amount(part.vat_amount, rate) for part in totals.vat), Decimal("0.00"))
    return rate, ExchangeRate(
        rate=rate,
        day=day,
        source=source,
        base_currency=base,
        vat=vat,
        payable=convert_amount(totals.payable, rate),
    )


def _rate_of(invoice: Invoice, around: Surroundings, credited: Credited | None) -> tuple[Decimal, date, str] | None:
    snapshot = credited.document.snapshot if credited else None
    if snapshot and snapshot.get("exchange"):
        # A credit note reverses the sale at the rate it was booked at.
        exchange = snapshot["exchange"]
        return Decimal(exchange["rate"]), date.fromisoformat(exchange["day"]), exchange["source"]
    if invoice.fixed_exchange_rate:
        return invoice.fixed_exchange_rate, issue_date_of(invoice, around.today), _("Agreed rate")
    # bokføringsforskriften §§ 4-2, 5-1-1: the rate of the invoice date, not of the day of writing.
    issued = issue_date_of(invoice, around.today)
    return next((known for known in around.exchange.get(invoice.currency, ()) if known[1] <= issued), None)
