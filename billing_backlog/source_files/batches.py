"""Rows of work out of LG04 and Visma FL, the layouts in which planning systems write their invoice basis."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from billing_backlog.finance_files import lg04, visma_fl
from billing_backlog.finance_files.dialect import Dialect
from billing_backlog.finance_files.faults import Fault, FaultCode
from billing_backlog.finance_files.records import (
    BasisCustomer,
    BasisFile,
    BasisLine,
    BasisOrder,
    IdentifierKind,
)
from billing_backlog.source_files.rows import Payer, SourceRow

BYTES_MAX = 64 * 1024 * 1024
LINES_MAX = 60_000  # ten thousand rows with their headers and texts
TEXT_MAX = 500
ORDER_MAX = 60
DAY_IN_TEXT = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(20\d{2})\b")
# What is wrong with one row alone. Everything else shows that the file was damaged or cut on its way.
OF_ONE_ROW = frozenset({FaultCode.NUMBER, FaultCode.DIGITS, FaultCode.DATE, FaultCode.MISSING})


def looks_like_lg04(data: bytes) -> bool:
    """Are the first records as long as LG04's, and is the first a header?"""
    first = data[: lg04.RECORD_LENGTH + 2].split(b"\n")[0].rstrip(b"\r")
    return len(first) == lg04.RECORD_LENGTH and first[:1] in {b"0", b"1"}


def looks_like_visma_fl(data: bytes) -> bool:
    """Does it begin with the record that opens a group of the extended form?"""
    first = data[: visma_fl.BEGIN.length + 2].split(b"\n")[0].rstrip(b"\r")
    return first.startswith(b"ST") and len(first) == visma_fl.BEGIN.length


def read_lg04(data: bytes) -> tuple[list[SourceRow], list[Fault], list[Fault]]:
    """The rows of a batch, the faults of single rows, and those for which the whole file is refused."""
    too_large = _too_large(data)
    if too_large:
        return [], [], too_large
    basis, faults = lg04.read(data)
    return _rows(basis, faults.found)


def read_visma_fl(
    data: bytes, *, quantity_has_decimals: bool = True
) -> tuple[list[SourceRow], list[Fault], list[Fault]]:
    """The rows of a file, the faults of single rows, and those for which the whole file is refused."""
    too_large = _too_large(data)
    if too_large:
        return [], [], too_large
    basis, faults = visma_fl.read(data, Dialect(quantity_has_decimals=quantity_has_decimals))
    return _rows(basis, faults.found)


def _too_large(data: bytes) -> list[Fault]:
    if len(data) > BYTES_MAX:
        return [Fault(FaultCode.TOO_LARGE, values={"most": BYTES_MAX >> 20})]
    return [Fault(FaultCode.TOO_MANY_ROWS, values={"most": LINES_MAX})] if data.count(b"\n") > LINES_MAX else []


def _rows(basis: BasisFile, faults: tuple[Fault, ...]) -> tuple[list[SourceRow], list[Fault], list[Fault]]:
    refusal = [fault for fault in faults if fault.code not in OF_ONE_ROW]
    bad = [fault for fault in faults if fault.code in OF_ONE_ROW]
    lines = {fault.line for fault in bad}
    rows: list[SourceRow] = []
    for order in basis.orders:
        for row in _rows_of(basis, order):
            if isinstance(row, Fault):
                bad.append(row)
            elif row.line not in lines:
                rows.append(row)
    return rows, bad, refusal


def _rows_of(basis: BasisFile, order: BasisOrder) -> Iterator[SourceRow | Fault]:
    """An order's rows; where the layout has no order number, the batch and the place in it stand for one."""
    for position, line in enumerate(order.lines, start=1):
        day = _day_of(basis, order, line)
        text = " – ".join(part for part in (line.text, *line.texts) if part) or line.article
        number = _order_number(basis, order, line)
        fault = _fault_of(day, line, text, number)
        if fault is not None or day is None or line.quantity is None:
            yield fault or Fault(FaultCode.MISSING, "quantity", line=line.line, order=order.number)
            continue
        yield SourceRow(
            line=line.line,
            order=number,
            order_line=str(position),
            day=day,
            quantity=line.quantity,
            unit_price=line.unit_price,
            amount=line.amount,
            price_includes_vat=basis.includes_vat,
            text=text,
            payer=_payer_of(order.customer),
            product=line.article,
            currency=basis.header.currency,
            vat=line.vat_code,
            dimensions={f"dim_{number}": value for number, value in enumerate(line.dimensions, start=1) if value},
        )


def _order_number(basis: BasisFile, order: BasisOrder, line: BasisLine) -> str:
    """The order's number; where the layout has none, the batch and the payer in it, but never a national id."""
    if order.number:
        return order.number
    is_person = order.customer.kind is IdentifierKind.NATIONAL_ID
    return f"{basis.header.reference} {line.line if is_person else order.customer.identifier}".strip()


def _fault_of(day: date | None, line: BasisLine, text: str, number: str) -> Fault | None:
    if day is None or line.quantity is None:
        return Fault(FaultCode.MISSING, "day" if day is None else "quantity", line=line.line, order=number)
    for name, told, most in (("text", text, TEXT_MAX), ("order", number, ORDER_MAX)):
        if len(told) > most:
            values = {"length": len(told), "most": most}
            return Fault(FaultCode.TOO_LONG, name, line=line.line, order=number[:ORDER_MAX], values=values)
    return None


def _payer_of(customer: BasisCustomer) -> Payer:
    field = {
        IdentifierKind.ORGANIZATION_NUMBER: "organization_number",
        IdentifierKind.NATIONAL_ID: "national_id",
        IdentifierKind.RESOURCE_NUMBER: "resource_number",
        IdentifierKind.CUSTOMER_NUMBER: "number",
    }[customer.kind]
    return Payer(**{field: customer.identifier, "name": customer.name})


def _day_of(basis: BasisFile, order: BasisOrder, line: BasisLine) -> date | None:
    """The day in the line's own text, else of the order, else of the batch or of the reference of its first record."""
    for text in (*line.texts, line.text):
        day = _first_day(text)
        if day is not None:
            return day
    if order.delivery_date or basis.header.day:
        return order.delivery_date or basis.header.day
    iso = re.search(r"\b(20\d{2})-(\d{2})-(\d{2})\b", basis.header.reference)
    return _first_day(f"{iso[3]}.{iso[2]}.{iso[1]}" if iso else basis.header.reference)


def _first_day(text: str) -> date | None:
    found = DAY_IN_TEXT.search(text)
    if found is None:
        return None
    try:
        return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return None
