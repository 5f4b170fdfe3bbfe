"""The neutral journal: one row per posting, which programs read and people open in a spreadsheet. Pure.

Amounts have a point and no thousands, days are ISO, debit is positive; the rows of a voucher are zero in sum. Text that
a spreadsheet would take for a formula begins with an apostrophe, as in every CSV file of ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from accounting_sync.files.vouchers import ExportLine, ExportVoucher
from foundation.spreadsheets import Cell, CsvStyle, CsvTable
from payments.saft.taxes import tax_of

STYLE = CsvStyle(delimiter=";", decimal_mark=".")
COLUMNS = (
    "voucher_key", "document_type", "document_number", "document_date", "posting_date", "due_date", "line", "account",
    "customer_number", "customer_name", "customer_org_number", "vat_code", "vat_rate", "net_amount", "vat_amount",
    "currency", "currency_amount", "exchange_rate", "kid", "project", "department", "text", "attachment",
)  # fmt: skip
# Whatever has no word here is called as our ledger calls it: settlement, write_off, reversal, …
DOCUMENT_TYPES = {
    "sale": "invoice",
    "credit": "credit_note",
    "payment": "payment",
    "online": "payment",
    "refund": "payment",
    "payout": "payment",
    "fee": "reminder_fee",
}
_RATE_STEP = Decimal("0.00000001")
ONE = Decimal(1)


class JournalCsv:
    """A journal being written."""

    def __init__(self, path: Path, base_currency: str) -> None:
        self._table = CsvTable(path, STYLE)
        self._table.write_header(COLUMNS)
        self._base_currency = base_currency

    def write(self, voucher: ExportVoucher) -> None:
        """All rows of one voucher."""
        for row in rows_of(voucher, self._base_currency):
            self._table.write(row)

    def close(self) -> None:
        """The file is whole."""
        self._table.close()


def rows_of(voucher: ExportVoucher, base_currency: str) -> Iterator[list[Cell]]:
    """The rows of a voucher, in the order of its postings.

    VAT is posted on lines of its own; beside a sale stands how much of it belongs to that line.
    """
    taxes = tax_of(voucher.lines)
    for line in voucher.lines:
        customer = line.customer
        tax = None if line.is_vat else taxes.get(line.position)
        yield [
            voucher.label,
            DOCUMENT_TYPES.get(voucher.kind, voucher.kind),
            line.document_number or voucher.document_number or voucher.label,
            voucher.issue_date or voucher.day,
            voucher.day,
            line.due_date,
            line.position,
            line.account,
            customer.number if customer else "",
            customer.name if customer else "",
            customer.organization_number if customer else "",
            line.vat_code,
            _plain(line.vat_rate_percent) if line.vat_code else None,
            line.amount,
            tax,
            voucher.currency,
            line.currency_amount,
            _rate(line, is_foreign=voucher.currency != base_currency),
            line.kid,
            line.project,
            line.department,
            voucher.text or voucher.label,
            voucher.attachment,
        ]


def _plain(value: Decimal | None) -> Decimal | None:
    """Without the noughts at its end."""
    return None if value is None else Decimal(f"{value.normalize():f}")


def _rate(line: ExportLine, *, is_foreign: bool) -> Decimal | None:
    """What one unit of the document's currency is worth in the books, as this line has it."""
    if not is_foreign:
        return ONE
    if not line.amount or not line.currency_amount:
        return None
    return abs(line.amount / line.currency_amount).quantize(_RATE_STEP)
