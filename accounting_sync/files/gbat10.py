"""GBAT10: the voucher file that most Norwegian accounting systems read. Pure.

Thirty fields a line, a semicolon between them, no header; lines end as on Windows. A line carries a net amount and a
gross one, and each sums to nothing per voucher. Lines of VAT are marked F: a receiver that reckons VAT from the gross
amounts passes over them, one that takes the lines as they are reads the net amounts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from accounting_sync.files.vouchers import NOTHING, ExportLine, ExportVoucher
from foundation.money import round_amount
from payments.saft.taxes import tax_of

FIELDS = 30
LINE_END = "\r\n"
ACCOUNT_DIGITS, VOUCHER_DIGITS, CUSTOMER_DIGITS = 4, 8, 9
PROJECT_LENGTH, DEPARTMENT_LENGTH, VAT_CODE_LENGTH, AMOUNT_LENGTH = 6, 4, 5, 15
NAME_LENGTH, STREET_LENGTH, PLACE_LENGTH, NUMBER_LENGTH, KID_LENGTH, TEXT_LENGTH = 30, 200, 30, 25, 30, 100
FAULTS_MAX = 10  # that are named
SALES = frozenset({"sale", "credit"})
MONEY = frozenset({"payment", "online", "refund", "payout"})


class Fault(StrEnum):
    """Why something cannot stand in the file."""

    ACCOUNT = "account"
    CHARACTER = "character"
    PROJECT = "project"
    DEPARTMENT = "department"
    VOUCHER_NUMBER = "voucher_number"
    CUSTOMER_NUMBER = "customer_number"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that cannot stand in the file, and where it was met first."""

    fault: Fault
    value: str
    voucher: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the receiver calls things."""

    vat_codes: Mapping[str, str] = field(default_factory=dict)
    no_vat_code: str = "0"
    sales_type: int = 10
    payments_type: int = 20
    other_type: int = 30
    number_offset: int = 0
    encoding: str = "cp1252"
    with_dimensions: bool = True

    def type_of(self, kind: str) -> int:
        """The voucher type of a kind of ours."""
        if kind in SALES:
            return self.sales_type
        return self.payments_type if kind in MONEY else self.other_type

    def code_of(self, vat_code: str) -> str:
        """Their VAT code for ours."""
        return self.vat_codes.get(vat_code, vat_code) if vat_code else self.no_vat_code


class Gbat10File:
    """A file being written; what cannot be written is gathered, so that all of it can be named at once."""

    def __init__(self, path: Path, terms: Terms) -> None:
        self._file = path.open("wb")
        self._terms = terms
        self.faults: dict[tuple[Fault, str], Found] = {}
        self.odd_lines = 0  # where VAT reckoned from the gross alone would be another amount

    def write(self, voucher: ExportVoucher) -> None:
        """All lines of one voucher."""
        taxes = tax_of(voucher.lines)
        has_sales = {line.vat_code for line in voucher.lines if line.vat_code and not line.is_vat}
        for line in voucher.lines:
            is_reckoned = line.is_vat and line.vat_code in has_sales
            tax = NOTHING if line.is_vat else taxes.get(line.position, NOTHING)
            fields = self._fields(voucher, line, tax)
            self.odd_lines += _is_odd(line, tax)
            fields[26] = "F" if is_reckoned else "T"
            if is_reckoned:
                fields[27] = f"{NOTHING:.2f}"
            elif line.is_vat:
                fields[7] = self._terms.no_vat_code  # it stands alone and is VAT itself: none is reckoned of it
            self._file.write((";".join(fields) + LINE_END).encode(self._terms.encoding, "replace"))

    def close(self) -> None:
        """The file is whole."""
        self._file.close()

    def _fields(self, voucher: ExportVoucher, line: ExportLine, tax: Decimal) -> list[str]:
        terms, fields = self._terms, [""] * FIELDS
        number = f"{voucher.number + terms.number_offset}"
        fields[0] = "GBAT10"
        fields[1] = self._digits(number, VOUCHER_DIGITS, Fault.VOUCHER_NUMBER, voucher)
        fields[2] = f"{voucher.day:%Y%m%d}"
        fields[3] = str(terms.type_of(voucher.kind))
        fields[4], fields[5] = str(voucher.day.month), str(voucher.day.year)
        fields[6] = self._digits(line.account, ACCOUNT_DIGITS, Fault.ACCOUNT, voucher)
        fields[7] = terms.code_of(line.vat_code)
        fields[8] = self._amount(line.amount, voucher)
        if line.is_receivable:
            self._claim(fields, voucher, line)
        text = self._text(voucher.text or voucher.label, TEXT_LENGTH, voucher)
        fields[20], fields[21] = text, text if line.is_receivable else ""
        if terms.with_dimensions:
            fields[23] = self._whole(line.project, PROJECT_LENGTH, Fault.PROJECT, voucher)
            fields[24] = self._whole(line.department, DEPARTMENT_LENGTH, Fault.DEPARTMENT, voucher)
        fields[27] = self._amount(line.amount + tax, voucher)
        return fields

    def _claim(self, fields: list[str], voucher: ExportVoucher, line: ExportLine) -> None:
        """Whose claim it is, and how it is known."""
        customer = line.customer
        if customer is not None:
            fields[9] = self._digits(customer.number, CUSTOMER_DIGITS, Fault.CUSTOMER_NUMBER, voucher)
            fields[11] = self._text(customer.name, NAME_LENGTH, voucher)
            fields[12] = self._text(customer.street, STREET_LENGTH, voucher)
            fields[13] = self._text(customer.postal_code, PLACE_LENGTH, voucher)
            fields[14] = self._text(customer.city, PLACE_LENGTH, voucher)
        fields[15] = self._text(line.document_number or voucher.document_number, NUMBER_LENGTH, voucher)
        fields[16] = self._text(line.kid, KID_LENGTH, voucher)
        fields[17] = _day(line.due_date)

    def _text(self, value: str, most: int, voucher: ExportVoucher) -> str:
        """One line without the sign that parts fields, cut to what there is room for."""
        line = " ".join(unicodedata.normalize("NFC", value).replace(";", ",").replace('"', "'").split())[:most].rstrip()
        try:
            line.encode(self._terms.encoding)
        except UnicodeEncodeError:
            self._note(Found(Fault.CHARACTER, line, voucher.label))
        return line

    def _whole(self, value: str, most: int, fault: Fault, voucher: ExportVoucher) -> str:
        """A code that must not be cut."""
        written = self._text(value, len(value), voucher)
        if len(written) > most:
            self._note(Found(fault, written, voucher.label))
        return written

    def _digits(self, value: str, most: int, fault: Fault, voucher: ExportVoucher) -> str:
        is_number = value.isascii() and value.isdigit() and len(value) <= most
        if not is_number or (fault is Fault.ACCOUNT and len(value) != most):
            self._note(Found(fault, value, voucher.label))
        return value

    def _amount(self, value: Decimal, voucher: ExportVoucher) -> str:
        written = f"{value:.2f}"
        if len(written) > AMOUNT_LENGTH:
            self._note(Found(Fault.AMOUNT, written, voucher.label))
        return written

    def _note(self, found: Found) -> None:
        if len(self.faults) < FAULTS_MAX:
            self.faults.setdefault((found.fault, found.value), found)


def _is_odd(line: ExportLine, tax: Decimal) -> bool:
    """Whether a receiver that reckons VAT from the gross alone comes to another amount than the document."""
    percent = line.vat_rate_percent
    if line.is_vat or not line.vat_code or percent is None:
        return False
    return round_amount((line.amount + tax) * percent / (100 + percent)) != tax


def _day(value: date | None) -> str:
    return f"{value:%Y%m%d}" if value else ""
