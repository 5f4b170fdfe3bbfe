"""What receivers answer: a receipt with count and total, and a list of rows that could not be invoiced. Pure.

Receivers write both in many ways; what is read is the figures, whatever stands around them.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from decimal import Decimal

from billing_backlog.finance_files.faults import Fault, FaultCode, FileRefused

BYTES_MAX = 2_000_000
ROWS_MAX = 20_000
ERROR_MAX = 300
_COUNT = re.compile(r"[0-9]{1,7}\Z")
_AMOUNT = re.compile(r"-?[0-9]{1,3}(?:[ .\u00a0][0-9]{3})*,[0-9]{2}\Z|-?[0-9]+[.,][0-9]{2}\Z")
_ORDER = re.compile(r"0*[1-9][0-9]{0,8}\Z")


@dataclass(frozen=True, slots=True)
class ToldReceipt:
    """How many lines the receiver has got, and what they come to."""

    lines: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ToldError:
    """An order that was not invoiced, or one line of it, and why."""

    order: int
    line: int  # 0: all of its lines
    text: str


def read_receipt(data: bytes) -> ToldReceipt:
    """The first row that holds a count and, after it, an amount with two decimals."""
    for cells in _rows(data):
        for place, cell in enumerate(cells):
            amount = next((each for each in cells[place + 1 :] if _AMOUNT.match(each)), None)
            if _COUNT.match(cell) and amount is not None:
                return ToldReceipt(int(cell), read_amount(amount))
    raise FileRefused([Fault(FaultCode.MISSING, "amount")])


def read_errors(data: bytes) -> list[ToldError]:
    """Each row that begins with an order's number: the line beside it if there is one, and what the rest says."""
    found = []
    for number, cells in enumerate(_rows(data), start=1):
        if not cells or not _ORDER.match(cells[0]):
            continue
        rest = cells[1:]
        line = int(rest.pop(0)) if rest and _COUNT.match(rest[0]) else 0
        text = " ".join(cell for cell in rest if cell)[:ERROR_MAX]
        if not text:
            raise FileRefused([Fault(FaultCode.MISSING, "text", line=number)])
        found.append(ToldError(int(cells[0]), line, text))
    if not found:
        raise FileRefused([Fault(FaultCode.NO_ORDERS)])
    return found


def read_amount(text: str) -> Decimal:
    """The amount, whichever mark stands before its two decimals."""
    whole, decimals = text[:-3], text[-2:]
    return Decimal(f"{re.sub(r'[^0-9-]', '', whole)}.{decimals}")


def _rows(data: bytes) -> list[list[str]]:
    if len(data) > BYTES_MAX:
        raise FileRefused([Fault(FaultCode.TOO_LARGE, values={"most": BYTES_MAX // 1_000_000})])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("iso-8859-1")
    if not text.strip() or "\x00" in text:
        raise FileRefused([Fault(FaultCode.EMPTY)])
    mark = max(";\t|", key=text.count)
    try:
        found = [
            [cell.strip() for cell in row]
            for row in csv.reader(io.StringIO(text), delimiter=mark if mark in text else ",")
        ]
    except csv.Error as error:
        raise FileRefused([Fault(FaultCode.UNREADABLE, values={"reason": str(error)})]) from error
    if len(found) > ROWS_MAX:
        raise FileRefused([Fault(FaultCode.TOO_MANY_ROWS, values={"most": ROWS_MAX})])
    return found
