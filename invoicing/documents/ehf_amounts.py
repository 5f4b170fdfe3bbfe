"""The part of an EHF that adds up: discounts, VAT rows, totals and lines.

The figures are those of the document; nothing is computed here but the sign and the form that EN 16931 wants them in.

**Lines that are not charged** (complimentary, or shown only) keep their quantity and price and carry a discount of
100 % with the word as its reason, so that the buyer's system shows what was given; price x quantity less discount is
the line's 0.00 (PEPPOL-EN16931-R120). Where the value is not positive there is nothing to discount, and the price is 0.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from invoicing.documents.facts import DocumentBody, Line, VatSubtotal
from invoicing.documents.ubl import amount_element, day_text, decimal_text, element, joined, leaf
from invoicing.documents.words import words_in

DISCOUNT = "95"  # UNCL5189
SLACK = Decimal("0.02")  # what PEPPOL-EN16931-R040 allows between amount and base x percent
ZERO = Decimal("0.00")
HUNDRED = Decimal(100)


def document_discount(body: DocumentBody) -> str:
    """One allowance for each VAT category and rate, since each carries exactly one of them (BR-32)."""
    discount = body.document_discount
    parts = (
        _allowance(
            body,
            part.amount,
            base=part.base_amount,
            percent=discount.percent,
            reason=discount.reason,
            tax=_tax_category("cac:TaxCategory", part.vat_category, part.vat_rate_percent),
        )
        for part in discount.parts
    )
    return joined(*parts)


def tax_totals(body: DocumentBody) -> str:
    """The VAT with one subtotal for each category and rate; in a foreign currency its sum in the base currency too."""
    subtotals = (_tax_subtotal(body, row) for row in body.vat)
    total = element("cac:TaxTotal", amount_element("cbc:TaxAmount", body.totals.vat, body.currency), *subtotals)
    exchange = body.exchange
    if exchange is None or exchange.base_currency == body.currency:
        return total
    # bokføringsforskriften § 5-1-1: VAT is stated in NOK too; R053, R054: a second total without subtotals
    return total + element("cac:TaxTotal", amount_element("cbc:TaxAmount", exchange.vat, exchange.base_currency))


def _tax_subtotal(body: DocumentBody, row: VatSubtotal) -> str:
    exemption = ""
    if row.vat_category not in ("S", "Z"):  # BR-S-10, BR-Z-10 forbid a reason
        code = leaf("cbc:TaxExemptionReasonCode", row.reason_code)
        exemption = code + leaf("cbc:TaxExemptionReason", row.reason)
    return element(
        "cac:TaxSubtotal",
        amount_element("cbc:TaxableAmount", row.base_amount, body.currency),
        amount_element("cbc:TaxAmount", row.vat_amount, body.currency),
        _tax_category("cac:TaxCategory", row.vat_category, row.vat_rate_percent, exemption),
    )


def monetary_total(body: DocumentBody) -> str:
    """The sums in the order that UBL wants; those that are zero and may be missing are left out."""
    totals = body.totals
    parts = [part.amount for part in body.document_discount.parts]
    amounts = (
        ("cbc:LineExtensionAmount", totals.lines_net),
        ("cbc:TaxExclusiveAmount", totals.net),
        ("cbc:TaxInclusiveAmount", totals.gross),
        ("cbc:AllowanceTotalAmount", sum((amount for amount in parts if amount > ZERO), ZERO) or None),
        ("cbc:ChargeTotalAmount", -sum((amount for amount in parts if amount < ZERO), ZERO) or None),
        ("cbc:PrepaidAmount", totals.prepaid or None),
        ("cbc:PayableRoundingAmount", totals.rounding or None),
        ("cbc:PayableAmount", totals.payable),
    )
    written = (amount_element(name, amount, body.currency) for name, amount in amounts if amount is not None)
    return element("cac:LegalMonetaryTotal", *written)


def document_lines(body: DocumentBody) -> str:
    """Every line, with the names that invoices and credit notes have for them."""
    is_credit = body.kind == "credit_note"
    names = ("cac:CreditNoteLine", "cbc:CreditedQuantity") if is_credit else ("cac:InvoiceLine", "cbc:InvoicedQuantity")
    return joined(*(_line(body, line, *names) for line in body.lines))


def _line(body: DocumentBody, line: Line, name: str, quantity_name: str) -> str:
    note, discount, price = _line_terms(body, line)
    return element(
        name,
        leaf("cbc:ID", str(line.position)),
        leaf("cbc:Note", "; ".join(text for text in (line.section, note) if text)),  # BT-127: Peppol has no sections
        leaf(quantity_name, decimal_text(line.quantity), unitCode=line.unit_code),
        amount_element("cbc:LineExtensionAmount", line.net_amount, body.currency),
        period("cac:InvoicePeriod", *line_period(line)),
        element("cac:OrderLineReference", leaf("cbc:LineID", line.order_line_reference)),
        discount,
        _item(line),
        element("cac:Price", leaf("cbc:PriceAmount", decimal_text(price), currencyID=body.currency)),
    )


def _line_terms(body: DocumentBody, line: Line) -> tuple[str, str, Decimal]:
    """Note, discount and price of a line, by whether it is charged."""
    if line.charge_kind == "chargeable":
        value = line.net_amount + line.discount_amount
        amount, percent = line.discount_amount, line.discount_percent
        return "", _allowance(body, amount, base=value, percent=percent), line.net_unit_price
    word = words_in(body.language)[line.charge_kind]
    value = (line.quantity * line.net_unit_price).quantize(ZERO, ROUND_HALF_UP)
    if value <= ZERO:
        return word, "", ZERO
    return word, _allowance(body, value, base=value, percent=HUNDRED, reason=word), line.net_unit_price


def _item(line: Line) -> str:
    return element(
        "cac:Item",
        leaf("cbc:Description", line.detail),
        leaf("cbc:Name", line.description),
        element("cac:SellersItemIdentification", leaf("cbc:ID", line.product_number)),
        element("cac:StandardItemIdentification", leaf("cbc:ID", line.gtin, schemeID="0160")),
        _tax_category("cac:ClassifiedTaxCategory", line.vat_category, line.vat_rate_percent),
    )


def _tax_category(name: str, category: str, rate: Decimal, exemption: str = "") -> str:
    return element(
        name,
        leaf("cbc:ID", category),
        leaf("cbc:Percent", "" if category == "O" else decimal_text(rate)),  # BR-O-05
        exemption,
        element("cac:TaxScheme", leaf("cbc:ID", "VAT")),
    )


def _allowance(
    body: DocumentBody, amount: Decimal, *, base: Decimal, percent: Decimal, reason: str = "", tax: str = ""
) -> str:
    """A discount; one that would raise the sum (on returned goods) is written as a charge, so no amount is negative."""
    if not amount:
        return ""
    is_charge = amount < ZERO
    word = words_in(body.language)["surcharge" if is_charge else "discount"]
    sign = -1 if is_charge else 1
    # R041, R042: percent and base together or not at all; R040: the amount must be what they say
    is_exact = bool(percent) and abs(base * percent / HUNDRED - amount) <= SLACK
    return element(
        "cac:AllowanceCharge",
        leaf("cbc:ChargeIndicator", "true" if is_charge else "false"),
        leaf("cbc:AllowanceChargeReasonCode", "" if is_charge else DISCOUNT),
        leaf("cbc:AllowanceChargeReason", reason.strip() or word),
        leaf("cbc:MultiplierFactorNumeric", decimal_text(percent) if is_exact else ""),
        amount_element("cbc:Amount", sign * amount, body.currency),
        amount_element("cbc:BaseAmount", sign * base, body.currency) if is_exact else "",
        tax,
    )


def line_period(line: Line) -> tuple[date | None, date | None]:
    """The line's own period; a day is a period of one, since EN 16931 has no delivery date on lines."""
    if line.period_from or line.period_to:
        return line.period_from, line.period_to
    return line.delivery_day, line.delivery_day


def period(name: str, first: date | None, last: date | None) -> str:
    """A period; half open where one end is missing, nothing where both are."""
    return element(name, leaf("cbc:StartDate", day_text(first)), leaf("cbc:EndDate", day_text(last)))
