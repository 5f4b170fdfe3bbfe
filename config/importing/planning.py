"""What an import would do with each row: create, change, leave as it is, skip, or refuse with the reason.

Planning writes nothing. The same rows planned again on the same records have the same digests; by them an import knows
that it does what was rehearsed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from django.utils.translation import gettext as _

from config.importing.columns import Column, typed_cells
from customers.actions.importing import Incoming
from foundation.canonical import digest
from foundation.spreadsheet_reading import TableRead

LABEL_LENGTH_MAX = 100


class Outcome(StrEnum):
    """What becomes of a row."""

    CREATE = "create"
    CHANGE = "change"
    SAME = "same"
    SKIP = "skip"
    REFUSE = "refuse"


class Existing(StrEnum):
    """What to do with a row whose record is there already."""

    UPDATE = "update"
    SKIP = "skip"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file with its line and its mapped cells."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What would become of one row."""

    line: int
    label: str
    outcome: Outcome
    incoming: Incoming | None = None
    problems: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The same for the same plan on the same record."""
        values = {} if self.incoming is None else {name: str(value) for name, value in self.incoming.values.items()}
        changes = {} if self.incoming is None else {name: list(pair) for name, pair in self.incoming.changes.items()}
        contacts = [] if self.incoming is None else [dict(contact) for contact in self.incoming.contacts]
        record = "" if self.incoming is None else str(self.incoming.record_id or "")
        return digest([self.line, self.outcome.value, record, values, changes, contacts, list(self.problems)])[:16]


@dataclass(slots=True)
class Seen:
    """The keys that earlier rows of the file have named, so that none is named twice."""

    lines: dict[str, int] = field(default_factory=dict)

    def first_line(self, key: str, line: int) -> int | None:
        """The line that named the key before, if one did."""
        before = self.lines.setdefault(key, line)
        return None if before == line else before


class Kind(Protocol):
    """What differs between customers and products."""

    @property
    def name(self) -> str:
        """As addresses and jobs call it."""

    @property
    def columns(self) -> Sequence[Column]:
        """The columns that a file may have."""

    @property
    def required(self) -> Sequence[str]:
        """The columns that a file must have."""

    def stored(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """The record of each row, None where there is none; every row of a batch in the same few questions."""

    def key(self, typed: Mapping[str, Any]) -> str:
        """What no two rows of a file may share; empty where the row has nothing of its own."""

    def label(self, typed: Mapping[str, Any]) -> str:
        """What a row is called in the results."""

    def incoming(self, typed: Mapping[str, Any], record: Any) -> tuple[Incoming | None, list[str]]:
        """What would be written, or why not."""


def rows_of(table: TableRead, mapping: Mapping[str, int]) -> list[Row]:
    """The mapped cells of every row of the file."""
    return [
        Row(line, {name: cells[place] for name, place in mapping.items() if place < len(cells)})
        for line, cells in zip(table.lines, table.rows, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Rules:
    """How the rows of one file are read and what is done with records that are there already."""

    kind: Kind
    existing: Existing
    decimal_mark: str


def plan(rules: Rules, rows: Sequence[Row], seen: Seen) -> list[Planned]:
    """What would become of each row of a batch."""
    typed = [typed_cells(rules.kind.columns, row.cells, rules.decimal_mark) for row in rows]
    records = rules.kind.stored(typed)
    return [_plan_row(rules, row, cells, record, seen) for row, cells, record in zip(rows, typed, records, strict=True)]


def _plan_row(rules: Rules, row: Row, typed: Mapping[str, Any], record: Any, seen: Seen) -> Planned:
    kind = rules.kind
    label = _("Row %(line)s: %(name)s") % {"line": row.line, "name": kind.label(typed)[:LABEL_LENGTH_MAX]}

    def refused(*problems: str) -> Planned:
        return Planned(line=row.line, label=label, outcome=Outcome.REFUSE, problems=problems)

    if isinstance(record, str):
        return refused(record)
    key = kind.key(typed)
    before = seen.first_line(key, row.line) if key else None
    if before is not None:
        return refused(_("The same record stands on row %(line)s of the file.") % {"line": before})
    if record is not None and rules.existing is Existing.SKIP:
        return Planned(line=row.line, label=label, outcome=Outcome.SKIP)
    if record is not None and rules.existing is Existing.REFUSE:
        return refused(_("It is registered already."))
    incoming, problems = kind.incoming(typed, record)
    if incoming is None:
        return refused(*problems)
    outcome = Outcome.CREATE
    if record is not None:
        outcome = Outcome.CHANGE if incoming.changes or incoming.contacts else Outcome.SAME
    return Planned(line=row.line, label=label, outcome=outcome, incoming=incoming)


def refusals_of(form: Any) -> list[str]:
    """The sentences of a form's errors, each with the name of its field."""
    found = []
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        found += [f"{label}: {error}" if label else str(error) for error in errors]
    return found


def told_by_the_batch(exclude: object = None) -> None:
    """In place of a record's own questions to the database, which would be asked for every row."""
