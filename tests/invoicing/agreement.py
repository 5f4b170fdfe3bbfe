"""One document from four sides: its rows, its EHF, its voucher, and an arithmetic that shares no line with ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import connection
from lxml import etree

from customers.vat import rule_of
from foundation.xml import parse_xml
from invoicing.calculation import DocumentInput, LineInput
from invoicing.documents.facts import DocumentBody
from invoicing.models import Invoice, InvoiceLine
from tests.invoicing import vat_oracle

CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
VOUCHERS = """
    SELECT p.voucher_id, sum(p.amount), sum(p.currency_amount),
           coalesce(sum(p.currency_amount) FILTER (WHERE a.purpose = 'receivables'), 0),
           coalesce(sum(p.currency_amount) FILTER (WHERE a.purpose LIKE 'vat%%'), 0)
    FROM payments_posting p JOIN payments_account a ON a.organization_id = p.organization_id AND a.id = p.account_id
    WHERE p.organization_id = %s AND p.voucher_id = ANY(%s) GROUP BY p.voucher_id
"""
Rows = dict[tuple[str, Fraction], tuple[Fraction, Fraction]]


@dataclass(frozen=True, slots=True)
class VoucherSums:
    """What a voucher adds up to, in the currency of the document but for the first."""

    total: Decimal
    currency_total: Decimal
    receivable: Decimal
    vat: Decimal


def voucher_sums(organization_id: UUID, invoices: Sequence[Invoice]) -> dict[UUID, VoucherSums]:
    """The sums of the documents' vouchers, asked of the postings themselves."""
    with connection.cursor() as cursor:
        cursor.execute(VOUCHERS, [organization_id, [invoice.voucher_id for invoice in invoices if invoice.voucher_id]])
        return {row[0]: VoucherSums(*row[1:]) for row in cursor.fetchall()}


def oracle_amounts(invoice: Invoice, lines: Sequence[InvoiceLine]) -> vat_oracle.OracleAmounts:
    """What the stored draft must come to by the second arithmetic."""
    return vat_oracle.amounts_of_input(
        DocumentInput(
            lines=tuple(
                LineInput(
                    quantity=line.quantity,
                    unit_price=line.unit_price,
                    vat_category=rule_of(line.vat_treatment).category.value,
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
        )
    )


def disagreements(
    invoice: Invoice, lines: Sequence[InvoiceLine], *, xml: bytes, sums: Mapping[UUID, VoucherSums]
) -> list[str]:
    """Every amount that is not the same in the rows, the snapshot, the EHF, the voucher and the second arithmetic."""
    expected = oracle_amounts(invoice, lines)
    body = DocumentBody.from_json(invoice.snapshot or {})
    found = [*vat_oracle.mistakes(body)]
    claims = [
        *_stored(invoice, body, expected),
        *_sent(parse_xml(xml), invoice, expected),
        *_posted(invoice, sums),
    ]
    return [*found, *(f"{name}: {ours}, should be {right}" for name, ours, right in claims if ours != right)]


def _stored(invoice: Invoice, body: DocumentBody, expected: vat_oracle.OracleAmounts) -> Iterator[tuple[str, Any, Any]]:
    vat = {
        (row.vat_category, Fraction(row.vat_rate_percent)): (Fraction(row.base_amount), Fraction(row.vat_amount))
        for row in body.vat
    }
    shown = tuple(Fraction(line.shown_amount) for line in body.lines)
    yield "VAT by category and rate", vat, expected.vat
    yield "amounts of the lines", shown, expected.lines
    yield "payable of the row", Fraction(invoice.payable_amount), expected.payable
    yield "payable of the snapshot", Fraction(body.totals.payable), expected.payable
    yield (
        "VAT of the row",
        Fraction(invoice.vat_amount),
        sum((tax for _base, tax in expected.vat.values()), Fraction(0)),
    )
    yield (
        "net of the row",
        Fraction(invoice.net_amount),
        sum((base for base, _tax in expected.vat.values()), Fraction(0)),
    )
    yield "rounding of the row", Fraction(invoice.rounding_amount), expected.rounding


def _sent(root: etree._Element, invoice: Invoice, expected: vat_oracle.OracleAmounts) -> Iterator[tuple[str, Any, Any]]:
    vat: Rows = {}
    for subtotal in root.iter(f"{CAC}TaxSubtotal"):
        category = subtotal.find(f"{CAC}TaxCategory")
        assert category is not None
        key = (str(category.findtext(f"{CBC}ID")), Fraction(category.findtext(f"{CBC}Percent") or "0"))
        vat[key] = (_amount(subtotal, "TaxableAmount"), _amount(subtotal, "TaxAmount"))
    total = root.find(f"{CAC}LegalMonetaryTotal")
    assert total is not None
    yield "VAT in the EHF", vat, expected.vat
    yield "payable in the EHF", _amount(total, "PayableAmount"), expected.payable
    yield "net in the EHF", _amount(total, "TaxExclusiveAmount"), Fraction(invoice.net_amount)
    yield "gross in the EHF", _amount(total, "TaxInclusiveAmount"), expected.gross
    yield "currency in the EHF", root.findtext(f"{CBC}DocumentCurrencyCode"), invoice.currency
    yield "number in the EHF", root.findtext(f"{CBC}ID"), str(invoice.number)


def _posted(invoice: Invoice, sums: Mapping[UUID, VoucherSums]) -> Iterator[tuple[str, Any, Any]]:
    if invoice.voucher_id is None:
        yield (
            "no voucher, for a document of",
            (invoice.payable_amount, invoice.net_amount, invoice.vat_amount),
            (0, 0, 0),
        )
        return
    posted = sums[invoice.voucher_id]
    sign = -1 if invoice.is_credit_note else 1
    yield "sum of the voucher", (posted.total, posted.currency_total), (0, 0)
    yield "posted on the receivable", posted.receivable, sign * invoice.payable_amount
    yield "posted as VAT", posted.vat, -sign * invoice.vat_amount


def _amount(element: etree._Element, name: str) -> Fraction:
    text = element.findtext(f"{CBC}{name}")
    assert text is not None, name
    return Fraction(text)
