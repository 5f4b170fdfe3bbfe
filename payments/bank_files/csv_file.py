"""Account movements from a bank's web page as CSV, read by a saved mapping of its columns."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from foundation.money import minor_units
from payments.bank_files.faults import FaultCode, FaultList
from payments.bank_files.lines import (
    LINES_MAX,
    BankFileContent,
    BankFileFormat,
    BankFileLine,
    BankFileStatement,
    LineKind,
    sum_of,
)
from payments.bank_files.references import classify_reference, plain_account

CSV_BYTES_MAX = 20 * 1024 * 1024
COLUMNS_MAX = 100
CELL_LENGTH_MAX = 4000
ENCODINGS = ("utf-8", "windows-1252", "iso-8859-1")
DELIMITERS = (";", ",", "\t", "|")
DATE_FORMATS = ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%Y%m%d", "%d.%m.%y", "%Y/%m/%d", "%Y.%m.%d")

_AMOUNT = re.compile(r"(?P<sign>[+-]?)(?P<digits>[0-9]{1,15})(?:\.(?P<decimals>[0-9]*))?(?P<after>-?)\Z")
_THOUSANDS = {
    ",": re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]*)?-?\Z"),
    ".": re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?-?\Z"),
}
_BLANKS = dict.fromkeys(map(ord, " \u00a0\u2009\u202f'\u2019"))
_MINUS = str.maketrans("\u2212\u2013", "--")


class SignRule(StrEnum):
    """How the file says which way the money went."""

    SIGNED = "signed"  # one column, negative for money out
    IN_AND_OUT = "in_and_out"  # a column for each


class CsvField(StrEnum):
    """What a column can hold."""

    DAY = "day"
    VALUE_DAY = "value_day"
    AMOUNT = "amount"
    AMOUNT_IN = "amount_in"
    AMOUNT_OUT = "amount_out"
    CURRENCY = "currency"
    ACCOUNT = "account"
    REFERENCE = "reference"
    TEXT = "text"
    PAYER_NAME = "payer_name"
    PAYER_ACCOUNT = "payer_account"
    ARCHIVE_REFERENCE = "archive_reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvMapping:
    """Which column is which, named by its header; account and currency hold where no column tells them."""

    columns: Mapping[CsvField, str]
    delimiter: str = ";"
    encoding: str = "utf-8"
    decimal_mark: str = ","
    date_format: str = "%d.%m.%Y"
    sign_rule: SignRule = SignRule.SIGNED
    header_line: int = 1
    account: str = ""
    currency: str = "NOK"

    def __post_init__(self) -> None:
        if self.delimiter not in DELIMITERS or self.encoding not in ENCODINGS or self.decimal_mark not in {",", "."}:
            raise ValueError("The delimiter, the encoding or the decimal mark of the mapping is not one that is read.")
        amounts = {CsvField.AMOUNT} if self.sign_rule == SignRule.SIGNED else {CsvField.AMOUNT_IN, CsvField.AMOUNT_OUT}
        if missing := ({CsvField.DAY} | amounts) - set(self.columns):
            raise ValueError(f"The mapping does not say which column holds {', '.join(sorted(missing))}.")


@dataclass(slots=True)
class _Row:
    line: int
    cells: dict[CsvField, str] = field(default_factory=dict)

    def get(self, name: CsvField) -> str:
        return self.cells.get(name, "")


def read_csv(data: bytes, mapping: CsvMapping) -> BankFileContent:
    """Every row with an amount under the header, or `BankFileRefused` with everything that is wrong."""
    faults = FaultList()
    if len(data) > CSV_BYTES_MAX:
        raise faults.refuse(0, FaultCode.TOO_LARGE, most=CSV_BYTES_MAX // (1024 * 1024))
    lines: list[BankFileLine] = []
    for row in _rows(_decoded(data, mapping.encoding, faults), mapping, faults):
        line = _line_of(row, mapping, faults, position=len(lines) + 1)
        if line is not None:
            lines.append(line)
        if len(lines) > LINES_MAX:
            raise faults.refuse(row.line, FaultCode.TOO_MANY_LINES, most=LINES_MAX)
    if not lines:
        faults.add(0, FaultCode.NO_LINES)
    faults.raise_if_any()
    return BankFileContent(
        format=BankFileFormat.CSV,
        message_id="",
        sender="",
        statements=tuple(_statements(lines)),
        lines=tuple(lines),
        source=mapping,
    )


def _statements(lines: list[BankFileLine]) -> Iterator[BankFileStatement]:
    by_account: dict[tuple[str, str], list[BankFileLine]] = {}
    for line in lines:
        by_account.setdefault((line.account, line.currency), []).append(line)
    for (account, currency), found in by_account.items():
        yield BankFileStatement(account=account, currency=currency, count=len(found), total=sum_of(found))


def _decoded(data: bytes, encoding: str, faults: FaultList) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in data:
        raise faults.refuse(1, FaultCode.ENCODING, expected=encoding)
    try:
        return data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise faults.refuse(line, FaultCode.ENCODING, expected=encoding) from error


def _rows(text: str, mapping: CsvMapping, faults: FaultList) -> Iterator[_Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mapping.delimiter, strict=True)
    places: dict[CsvField, int] = {}
    width = 0
    try:
        for cells in reader:
            line = reader.line_num
            if not any(cell.strip() for cell in cells) or (line < mapping.header_line and not places):
                continue
            if not places:
                places, width = _places(cells, mapping, line, faults), len(cells)
                continue
            if (len(cells) > width and any(cell.strip() for cell in cells[width:])) or len(cells) <= max(
                places.values()
            ):
                faults.add(line, FaultCode.CELLS_DIFFER, told=width, found=len(cells))
                continue
            yield _Row(line, {name: cells[place].strip()[:CELL_LENGTH_MAX] for name, place in places.items()})
    except csv.Error as error:
        raise faults.refuse(reader.line_num, FaultCode.QUOTATION) from error
    if not places:
        raise faults.refuse(0, FaultCode.EMPTY)


def _places(cells: list[str], mapping: CsvMapping, line: int, faults: FaultList) -> dict[CsvField, int]:
    header = [_plain(cell) for cell in cells[:COLUMNS_MAX]]
    places = {}
    for name, column in mapping.columns.items():
        if _plain(column) not in header:
            raise faults.refuse(line, FaultCode.COLUMN_MISSING, column=column)
        places[name] = header.index(_plain(column))
    return places


def _line_of(row: _Row, mapping: CsvMapping, faults: FaultList, *, position: int) -> BankFileLine | None:
    currency = row.get(CsvField.CURRENCY).upper() or mapping.currency
    if not re.fullmatch(r"[A-Z]{3}", currency):
        faults.add(row.line, FaultCode.CURRENCY, found=currency[:40])
        return None
    amount = _signed_amount(row, mapping, currency, faults)
    day = _day(row, CsvField.DAY, mapping, faults)
    value_day = _day(row, CsvField.VALUE_DAY, mapping, faults) if row.get(CsvField.VALUE_DAY) else None
    if not amount or day is None:
        return None
    reference = row.get(CsvField.REFERENCE)
    kind, is_valid = classify_reference(reference, currency) if reference else (None, True)
    return BankFileLine(
        position=position,
        line=row.line,
        day=day,
        value_day=value_day,
        amount=abs(amount),
        currency=currency,
        account=plain_account(row.get(CsvField.ACCOUNT) or mapping.account),
        kind=LineKind.DEBIT if amount < 0 else LineKind.CREDIT,
        is_out=amount < 0,
        reference=reference,
        reference_kind=kind,
        is_reference_valid=is_valid,
        text=row.get(CsvField.TEXT),
        payer_name=row.get(CsvField.PAYER_NAME),
        payer_account=plain_account(row.get(CsvField.PAYER_ACCOUNT)),
        archive_reference=row.get(CsvField.ARCHIVE_REFERENCE),
    )


def _signed_amount(row: _Row, mapping: CsvMapping, currency: str, faults: FaultList) -> Decimal:
    if mapping.sign_rule == SignRule.SIGNED:
        return _amount(row, CsvField.AMOUNT, mapping, currency, faults)
    money_in = _amount(row, CsvField.AMOUNT_IN, mapping, currency, faults)
    money_out = _amount(row, CsvField.AMOUNT_OUT, mapping, currency, faults)
    return money_in - abs(money_out)


def _amount(row: _Row, name: CsvField, mapping: CsvMapping, currency: str, faults: FaultList) -> Decimal:
    text = row.get(name)
    if not text:
        return Decimal(0)
    amount = parse_amount(text, mapping.decimal_mark)
    if amount is None:
        faults.add(row.line, FaultCode.FIELD, field="amount", found=text[:40], first=0, last=0)
        return Decimal(0)
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > max(2, minor_units(currency)):
        faults.add(row.line, FaultCode.DECIMALS, found=text[:40], currency=currency, allowed=minor_units(currency))
        return Decimal(0)
    return amount


def parse_amount(text: str, decimal_mark: str) -> Decimal | None:
    """The number in a cell, with blanks or the other mark between thousands and a minus on either side, or None."""
    plain = text.translate(_BLANKS).translate(_MINUS)
    other = "." if decimal_mark == "," else ","
    if other in plain and not _THOUSANDS[decimal_mark].match(plain):
        return None
    match = _AMOUNT.match(plain.replace(other, "").replace(decimal_mark, "."))
    if not match or (match["sign"] and match["after"]):
        return None
    number = Decimal(f"{match['digits']}.{match['decimals'] or '0'}")
    return -number if "-" in (match["sign"], match["after"]) else number


def _day(row: _Row, name: CsvField, mapping: CsvMapping, faults: FaultList) -> date | None:
    day = parse_day(row.get(name), mapping.date_format)
    if day is None:
        faults.add(row.line, FaultCode.DATE, found=row.get(name)[:40])
    return day


def parse_day(text: str, date_format: str) -> date | None:
    """The day in a cell, without the time that may stand after it; None when it is none."""
    try:
        return datetime.strptime(text.split(" ", maxsplit=1)[0].split("T", maxsplit=1)[0], date_format).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def _plain(text: str) -> str:
    return " ".join(text.replace("\ufeff", "").split()).casefold()
