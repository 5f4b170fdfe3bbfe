"""Rows of work out of the cells of a table: each cell read by its field, each fault by line and field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing_backlog.finance_files.faults import Fault, FaultCode
from billing_backlog.source_files.rows import Payer, SourceRow
from payments.bank_files.csv_file import DATE_FORMATS, parse_amount, parse_day

LENGTHS = {"order": 60, "order_line": 60, "text": 500, "internal_text": 500, "performed_by": 120, "approved_by": 120,
           "price_reason": 300, "customer_name": 160}  # fmt: skip
NUMBERS = ("quantity", "unit_price", "amount")
DAYS = ("day", "period_from")
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
LOOKED_AT_ROWS = 200
SHOWN_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of a file without its header, each row with its line, and which column fills which field."""

    rows: Sequence[Sequence[str]]
    lines: Sequence[int]
    mapping: Mapping[str, int]
    decimal_mark: str = "."


@dataclass(frozen=True, slots=True)
class Habits:
    """How this file writes figures and days."""

    decimal_mark: str
    date_format: str


def habits_of(table: Table) -> Habits:
    """The decimal mark and the form of days by which most of the first rows can be read."""
    looked_at = table.rows[:LOOKED_AT_ROWS]

    def cells(names: Sequence[str]) -> list[str]:
        places = [table.mapping[name] for name in names if name in table.mapping]
        return [row[place] for row in looked_at for place in places if row[place].strip()]

    figures, days = cells(NUMBERS), cells(DAYS)

    def readable(mark: str) -> tuple[int, bool]:
        return sum(parse_amount(cell, mark) is not None for cell in figures), mark == table.decimal_mark

    return Habits(
        decimal_mark=max((".", ","), key=readable),
        date_format=max(DATE_FORMATS, key=lambda form: sum(parse_day(cell, form) is not None for cell in days)),
    )


def read_rows(table: Table) -> tuple[list[SourceRow], list[Fault]]:
    """The rows whose cells can be read, and the faults of the others."""
    habits = habits_of(table)
    rows: list[SourceRow] = []
    faults: list[Fault] = []
    for line, cells in zip(table.lines, table.rows, strict=True):
        told = {name: cells[place].strip() for name, place in table.mapping.items()}
        reader = _Reader(line, told, habits, [])
        row = reader.row()
        if row is None:
            faults += reader.faults
        else:
            rows.append(row)
    return rows, faults


@dataclass(slots=True)
class _Reader:
    line: int
    cells: Mapping[str, str]
    habits: Habits
    faults: list[Fault]

    def row(self) -> SourceRow | None:
        """The row, or None with every fault of its cells."""
        for name in ("order", "text"):
            if not self.cells.get(name):
                self._fault(FaultCode.MISSING, name)
        for name, text in self.cells.items():
            self._look_at(name, text)
        quantity, price, amount = (self._number(name) for name in NUMBERS)
        day, period_from = self._day("day"), self._day("period_from")
        if day is None and not self.cells.get("day"):
            self._fault(FaultCode.MISSING, "day")
        if quantity is None and not self.cells.get("quantity"):
            self._fault(FaultCode.MISSING, "quantity")
        if self.faults or day is None or quantity is None:
            return None
        cell = self.cells.get
        return SourceRow(
            line=self.line,
            order=cell("order", ""),
            order_line=cell("order_line", ""),
            kind=cell("kind", ""),
            day=day,
            period_from=period_from,
            quantity=quantity,
            unit=cell("unit", ""),
            unit_price=price,
            amount=amount,
            text=cell("text", ""),
            internal_text=cell("internal_text", ""),
            payer=Payer(
                number=cell("customer_number", ""),
                organization_number=_compact(cell("organization_number", "")),
                resource_number=cell("resource_number", ""),
                national_id=_compact(cell("national_id", "")),
                name=cell("customer_name", ""),
            ),
            product=cell("product", ""),
            project=cell("project", ""),
            contract=cell("contract", ""),
            facility=cell("facility", ""),
            currency=cell("currency", "").upper(),
            vat=cell("vat", ""),
            performed_by=cell("performed_by", ""),
            approved_by=cell("approved_by", ""),
            price_reason=cell("price_reason", ""),
            charge=cell("charge", ""),
            dimensions={name: text for name, text in self.cells.items() if name.startswith("dim_") and text},
        )

    def _fault(self, code: FaultCode, name: str, **values: str | int) -> None:
        self.faults.append(Fault(code, name, line=self.line, order=self.cells.get("order", ""), values=values))

    def _look_at(self, name: str, text: str) -> None:
        if CONTROL.search(text):
            self._fault(FaultCode.LETTERS, name, found=f"U+{ord(CONTROL.search(text)[0]):04X}")  # type: ignore[index]
        most = LENGTHS.get(name, 120)
        if len(text) > most:
            self._fault(FaultCode.TOO_LONG, name, length=len(text), most=most)

    def _number(self, name: str) -> Decimal | None:
        text = self.cells.get(name, "")
        if not text:
            return None
        number = parse_amount(text, self.habits.decimal_mark)
        if number is None:
            self._fault(FaultCode.NUMBER, name, found=text[:SHOWN_LENGTH])
        return number

    def _day(self, name: str) -> date | None:
        text = self.cells.get(name, "")
        if not text:
            return None
        day = parse_day(text, self.habits.date_format)
        if day is None:
            self._fault(FaultCode.DATE, name, found=text[:SHOWN_LENGTH])
        return day


def _compact(number: str) -> str:
    """A number without the blanks and the letters that people write around it."""
    return re.sub(r"[\s.\-]|MVA$|^NO", "", number, flags=re.IGNORECASE)
