"""A week of somebody's hours as a grid: what is stored, what was typed, and what saving it would change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from billing_backlog.models import ContractLine, Project, WorkEntry

ROWS_MAX = 30
TEXT_MAX = 500

RowKey = tuple[UUID, UUID | None, str]


@dataclass(slots=True)
class Cell:
    """One day of one row, and what stands there."""

    day: date
    entries: list[WorkEntry] = field(default_factory=list)

    @property
    def hours(self) -> Decimal:
        """What is stored here."""
        return sum((entry.quantity for entry in self.entries), Decimal(0))


@dataclass(slots=True)
class Row:
    """Hours on one contract line or project with one text."""

    project: Project
    line: ContractLine | None
    text: str
    cells: list[Cell]

    @property
    def key(self) -> RowKey:
        """What makes two rows the same row."""
        return (self.project.pk, self.line.pk if self.line else None, self.text)

    @property
    def hours(self) -> Decimal:
        """What is stored in the row."""
        return sum((cell.hours for cell in self.cells), Decimal(0))


@dataclass(frozen=True, slots=True)
class TypedCell:
    """What was typed for one day of a row: None leaves the day empty."""

    day: date
    hours: Decimal | None
    note: str
    base: str
    field: str


@dataclass(frozen=True, slots=True)
class TypedRow:
    """A row as it was typed."""

    project: Project
    line: ContractLine | None
    text: str
    cells: tuple[TypedCell, ...]


def is_open(entry: WorkEntry) -> bool:
    """Whether its maker may still change the entry as it stands."""
    return entry.submitted_at is None and entry.corrects_id is None


def base_of(entry: WorkEntry | None) -> str:
    """What a cell remembers of the entry that it shows."""
    return f"{entry.pk}:{entry.version}" if entry else ""


def rows_of(entries: Iterable[WorkEntry], days: Sequence[date]) -> list[Row]:
    """The stored hours as rows, by project, contract line and text."""
    rows: dict[RowKey, Row] = {}
    places = {day: place for place, day in enumerate(days)}
    for entry in entries:
        row = rows.setdefault(
            (entry.project_id, entry.line_id, entry.text), empty_row(entry.project, entry.line, entry.text, days)
        )
        row.cells[places[entry.day]].entries.append(entry)
    return sorted(rows.values(), key=lambda row: (row.project.number, row.line.position if row.line else 0, row.text))


def empty_row(project: Project, line: ContractLine | None, text: str, days: Sequence[date]) -> Row:
    """A row in which nothing stands yet."""
    return Row(project, line, text, [Cell(day) for day in days])


def sums_by_day(rows: Sequence[Row], days: Sequence[date]) -> list[Decimal]:
    """What is stored on each day."""
    return [sum((row.cells[place].hours for row in rows), Decimal(0)) for place in range(len(days))]
