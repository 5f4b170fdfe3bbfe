"""The simple CSV: one row for each rental, with the columns for dimensions that the receiver has asked for."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing_backlog.finance_files.carrying import Carries, words
from billing_backlog.finance_files.dialect import Dialect
from billing_backlog.finance_files.faults import FaultCode, FaultList, Place
from billing_backlog.finance_files.fixed_width import ENCODING, text_fault
from billing_backlog.finance_files.records import (
    BasisCustomer,
    BasisFile,
    BasisHeader,
    BasisLine,
    BasisOrder,
    kind_of,
    without_empty_end,
)
from foundation.money import round_amount
from foundation.spreadsheets import defuse, undefuse

AMOUNT_DIGITS = 17
DIMENSIONS_MAX = 5
AMOUNT = re.compile(r"-?[0-9]+\Z")
BEFORE_DIMENSIONS = ("amount", "art_descr", "article")
AFTER_DIMENSIONS = ("ext_ord_ref", "invoice_instruction", "order_id", "period", "short_info")
CARRIES = Carries(
    header=words("period"),
    customer=frozenset(),
    order=words("number extra_text dimensions"),
    line=words("article text amount dimensions texts"),
    text_width=255,
)


def columns_of(dialect: Dialect) -> tuple[str, ...]:
    """The columns in their order, alphabetic as the receiver lists them."""
    return (*BEFORE_DIMENSIONS, *sorted(dialect.csv_dimensions), *AFTER_DIMENSIONS)


def written(basis: BasisFile, dialect: Dialect, faults: FaultList) -> bytes:
    """The file with the names of its columns on top; faults are noted by order, line and field."""
    columns = columns_of(dialect)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=",", lineterminator=dialect.line_end.value)
    writer.writerow(columns)
    for order in basis.orders:
        for position, line in enumerate(order.lines, start=1):
            place = Place(order=order.number, position=position)
            values = _values(basis.header, order, line, place, faults)
            for name in values.keys() - set(columns):
                if values[name]:
                    faults.add(FaultCode.NOT_CARRIED, name, place=place)
            writer.writerow([_cell(name, values.get(name, ""), place, faults) for name in columns])
    return out.getvalue().encode(ENCODING, "replace")


def _values(header: BasisHeader, order: BasisOrder, line: BasisLine, place: Place, faults: FaultList) -> dict[str, str]:
    values = {
        "amount": _amount(line.amount, place, faults),
        "art_descr": line.text,
        "article": line.article,
        "ext_ord_ref": order.customer.identifier,
        "invoice_instruction": order.extra_text,
        "order_id": order.number,
        "period": f"{header.period:%Y%m}" if header.period else "",
        "short_info": line.texts[0] if line.texts else "",
    }
    values |= {f"dim_{number}": value for number, value in enumerate(line.dimensions, start=1)}
    return values | {f"dim_value_{number}": value for number, value in enumerate(order.dimensions, start=1)}


def _amount(amount: Decimal, place: Place, faults: FaultList) -> str:
    if amount != round_amount(amount):
        faults.add(FaultCode.DECIMALS, "amount", place=place, found=f"{amount:f}", most=2)
        return ""
    digits = f"{abs(round_amount(amount)).scaleb(2):.0f}"
    most = AMOUNT_DIGITS - (amount < 0)
    if len(digits) > most:
        faults.add(FaultCode.TOO_LONG, "amount", place=place, length=len(digits), most=most)
        return ""
    return ("-" if amount < 0 else "") + digits.rjust(most, "0")


def _cell(name: str, text: str, place: Place, faults: FaultList) -> str:
    code = text_fault(text)
    if code is not None:
        faults.add(code, name, place=place, found="")
        return ""
    return text if name == "amount" else defuse(text)


def read(data: bytes, dialect: Dialect | None = None) -> tuple[BasisFile, FaultList]:
    """The basis in a file, as far as it can be read, and what is wrong with it, line by line."""
    del dialect  # the names on top tell which dimensions the file has
    faults = FaultList()
    found: list[tuple[dict[str, str], list[BasisLine]]] = []
    period: date | None = None
    for line_number, row in _rows(data, faults):
        place = Place(line=line_number)
        if not found:
            period = _period(row["period"], place, faults)
        elif row["period"] != found[0][0]["period"]:
            differs = {"found": row["period"], "expected": found[0][0]["period"]}
            faults.add(FaultCode.DIFFERS, "period", place=place, **differs)
        line = _line_of(row, place, faults)
        same = ("order_id", "ext_ord_ref")
        if found and all(row[name] == found[-1][0][name] for name in same):
            found[-1][1].append(line)
        else:
            found.append((row, [line]))
    if not found and not faults.count:
        faults.add(FaultCode.NO_ORDERS)
    orders = tuple(_order_of(row, lines) for row, lines in found)
    return BasisFile(header=BasisHeader(period=period), orders=orders), faults


def _rows(data: bytes, faults: FaultList) -> Iterator[tuple[int, dict[str, str]]]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")) or b"\x00" in data:
        faults.add(FaultCode.ENCODING, expected="ISO 8859-1")
        return
    reader = csv.reader(io.StringIO(data.decode(ENCODING), newline=""), delimiter=",", strict=True)
    header: list[str] = []
    try:
        for cells in reader:
            if not header:
                header = cells
                for missing in {*BEFORE_DIMENSIONS, *AFTER_DIMENSIONS} - set(header):
                    faults.add(FaultCode.COLUMN_MISSING, missing, place=Place(line=1))
                if faults.count:
                    return
            elif len(cells) != len(header):
                faults.add(
                    FaultCode.RECORD_LENGTH, place=Place(line=reader.line_num), length=len(cells), expected=len(header)
                )
            else:
                yield reader.line_num, dict(zip(header, map(undefuse, cells), strict=True))
    except csv.Error as error:
        faults.add(FaultCode.UNREADABLE, place=Place(line=reader.line_num), reason=str(error))
    if not header:
        faults.add(FaultCode.EMPTY)


def _period(text: str, place: Place, faults: FaultList) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m").date() if text else None  # noqa: DTZ007 - a month has no zone
    except ValueError:
        faults.add(FaultCode.DATE, "period", place=place, found=text[:40])
        return None


def _line_of(row: dict[str, str], place: Place, faults: FaultList) -> BasisLine:
    amount = Decimal(0)
    if AMOUNT.match(row["amount"]):
        amount = Decimal(row["amount"]).scaleb(-2)
    else:
        faults.add(FaultCode.NUMBER, "amount", place=place, found=row["amount"][:40])
    return BasisLine(
        article=row["article"],
        text=row["art_descr"],
        amount=amount,
        dimensions=_dimensions(row, "dim"),
        texts=(row["short_info"],) if row["short_info"] else (),
    )


def _order_of(row: dict[str, str], lines: list[BasisLine]) -> BasisOrder:
    identifier = row["ext_ord_ref"]
    return BasisOrder(
        number=row["order_id"],
        customer=BasisCustomer(kind=kind_of(identifier), identifier=identifier),
        lines=tuple(lines),
        extra_text=row["invoice_instruction"],
        dimensions=_dimensions(row, "dim_value"),
    )


def _dimensions(row: dict[str, Any], name: str) -> tuple[str, ...]:
    return without_empty_end(row.get(f"{name}_{number}", "") for number in range(1, DIMENSIONS_MAX + 1))
