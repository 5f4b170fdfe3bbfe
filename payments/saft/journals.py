"""The vouchers of a SAF-T file: each a transaction with its lines, the tax of each sale, and references both ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Decimal

from django.utils import timezone

from payments.models import VoucherKind
from payments.reports.vat_codes import percent_of
from payments.saft.elements import LONG, LONG_MIDDLE, MIDDLE, SHORT, Element, amount, day, money, node, text
from payments.saft.reading import Line
from payments.saft.taxes import tax_of
from tenants.queries import DatedRate


@dataclass(frozen=True, slots=True)
class Journal:
    """A part of the vouchers under a name of its own."""

    code: str
    name: str
    kinds: tuple[VoucherKind, ...]


_SALES = (VoucherKind.SALE, VoucherKind.CREDIT)
_MONEY = (VoucherKind.PAYMENT, VoucherKind.ONLINE_PAYMENT, VoucherKind.REFUND, VoucherKind.PAYOUT)
JOURNALS = (
    Journal("SALG", "Salg og kreditnotaer", _SALES),
    Journal("BANK", "Inn- og utbetalinger", _MONEY),
    Journal("DIV", "Andre bilag", tuple(kind for kind in VoucherKind if kind not in {*_SALES, *_MONEY})),
)
VOUCHER_TYPES = {
    VoucherKind.SALE: "Faktura",
    VoucherKind.CREDIT: "Kreditnota",
    VoucherKind.SETTLEMENT: "Motregning",
    VoucherKind.PAYMENT: "Innbetaling",
    VoucherKind.ONLINE_PAYMENT: "Betaling på nett",
    VoucherKind.REFUND: "Tilbakebetaling",
    VoucherKind.REVERSAL: "Tilbakeføring",
    VoucherKind.APPLICATION: "Fordeling av innbetaling",
    VoucherKind.WRITE_OFF: "Tap på fordring",
    VoucherKind.PAYOUT: "Utbetaling fra betalingsformidler",
    VoucherKind.ADVANCE: "Betalingsanmodning",
    VoucherKind.FEE: "Gebyr",
    VoucherKind.INTEREST: "Forsinkelsesrente",
    VoucherKind.OPENING: "Inngående balanse",
}
LOST_CLAIM = "Tap på krav"


@dataclass(slots=True)
class Written:
    """What has been written of the vouchers: it must be what the head of the file says."""

    transactions: int = 0
    debit: Decimal = field(default_factory=lambda: Decimal("0.00"))
    credit: Decimal = field(default_factory=lambda: Decimal("0.00"))

    def count(self, lines: Sequence[Line]) -> None:
        """One more voucher."""
        self.transactions += 1
        for line in lines:
            if line.amount > 0:
                self.debit += line.amount
            else:
                self.credit -= line.amount


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What lines are written against."""

    country: str
    base_currency: str
    zone: tzinfo
    rates: Sequence[DatedRate]


def transaction(lines: Sequence[Line], around: Surroundings) -> Element:
    """One voucher with all its lines."""
    voucher = lines[0]
    kind = VoucherKind(voucher.kind)
    issued = next((line.issue_date for line in lines if line.issue_date), None)
    is_document = kind in JOURNALS[0].kinds
    document = next((line.document_number for line in lines if line.document_number), "") if is_document else ""
    customers = {line.customer_number for line in lines if line.customer_number is not None}
    tax = tax_of(lines)
    return node(
        "Transaction",
        ("TransactionID", f"{voucher.year}-{voucher.number:05d}"),
        ("Period", str(voucher.day.month)),
        ("PeriodYear", str(voucher.day.year)),
        ("TransactionDate", day(issued if is_document and issued else voucher.day)),
        ("VoucherType", VOUCHER_TYPES[kind]),
        ("Description", text(voucher.text, LONG) or VOUCHER_TYPES[kind]),
        ("SystemEntryDate", day(timezone.localtime(voucher.posted_at, around.zone).date())),
        ("GLPostingDate", day(voucher.day)),
        ("CustomerID", str(customers.pop()) if len(customers) == 1 else ""),
        *(_line(line, document, tax.get(line.position), around) for line in lines),
    )


def _line(line: Line, document: str, tax: Decimal | None, around: Surroundings) -> Element:
    currency = line.currency if line.currency != around.base_currency and line.currency_amount else ""
    own = line.document_number or ""
    return node(
        "Line",
        ("RecordID", text(line.position, SHORT)),
        ("AccountID", text(line.account, LONG_MIDDLE)),
        ("SourceDocumentID", text(own or document, MIDDLE)),
        ("CustomerID", "" if line.customer_number is None else str(line.customer_number)),
        ("Description", text(line.text, LONG) or VOUCHER_TYPES[VoucherKind(line.kind)]),
        amount("Amount", line.amount, currency, line.currency_amount),
        None if tax is None else _tax(line, tax, around),
        ("ReferenceNumber", text(own, MIDDLE)),
        ("CID", text(line.kid, MIDDLE)),
        ("DueDate", day(line.due_date)),
    )


def _tax(line: Line, tax: Decimal, around: Surroundings) -> Element:
    percent = percent_of(line.vat_code, line.day, around.rates)
    side = "Debit" if tax > 0 or (not tax and line.amount > 0) else "Credit"
    return node(
        "TaxInformation",
        ("TaxType", "MVA"),
        ("TaxCode", text(line.vat_code, LONG_MIDDLE)),
        ("TaxPercentage", "" if percent is None else f"{percent.normalize():f}"),
        ("Country", around.country),
        ("TaxBase", "" if line.is_vat else money(abs(line.amount))),
        ("TaxBaseDescription", LOST_CLAIM if line.is_vat else ""),
        node(f"{side}TaxAmount", ("Amount", money(abs(tax)))),
    )
