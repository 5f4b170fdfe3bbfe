"""The grid of a week as it is typed and as it is shown again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from billing_backlog.forms.work import Target, target_key
from billing_backlog.hours import read_hours, write_hours
from billing_backlog.models import WorkEntry
from billing_backlog.queries.work import lines_by_id, projects_by_id
from billing_backlog.week import ROWS_MAX, TEXT_MAX, Row, RowKey, TypedCell, TypedRow, base_of, is_open
from foundation.templatetags.formatting import language_of_page
from foundation.text import clean_line
from tenants.models import Organization

NOTE_MAX = 500
HOURS_TEXT_MAX = 20


@dataclass(slots=True)
class Typed:
    """What was typed into a grid: the rows, the words of each field, and what is wrong with them."""

    rows: list[TypedRow] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class ShownCell:
    """One day of a row on the page."""

    day: date
    name: str
    value: str
    note: str
    base: str
    fault: str
    stored: str  # what stands there where something else is typed over it
    entries: Sequence[WorkEntry]
    is_open: bool
    returned: str

    @property
    def state(self) -> str:
        """What the entries of a closed cell wait for."""
        return "approved" if all(entry.is_approved for entry in self.entries) else "waiting"


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row on the page; its place begins the names of its fields."""

    place: str
    row: Row
    target: str
    cells: Sequence[ShownCell]
    hours: str
    notes: int


def read_grid(post: Mapping[str, str], organization: Organization, days: Sequence[date]) -> Typed:
    """The grid as it was sent; a row of something that is not here is left out, and a grid is not endless."""
    typed = Typed()
    targets = targets_named(organization, [post.get(f"r{place}-target", "") for place in range(ROWS_MAX)])
    for place in range(ROWS_MAX):
        target = targets.get(post.get(f"r{place}-target", ""))
        if target is None:
            continue
        text = clean_line(post.get(f"r{place}-text", ""))[:TEXT_MAX]
        cells = []
        for number, day in enumerate(days):
            name = f"r{place}-{number}"
            if name in post:
                cells.append(_read_cell(post, name, day, typed))
        typed.rows.append(TypedRow(target[0], target[1], text or text_of(target), tuple(cells)))
    return typed


def _read_cell(post: Mapping[str, str], name: str, day: date, typed: Typed) -> TypedCell:
    words = post[name].strip()[:HOURS_TEXT_MAX]
    typed.words[name] = words
    hours: Decimal | None = None
    if words:
        try:
            hours = read_hours(words, language_of_page())
        except ValueError:
            typed.faults[name] = _("Write hours such as 7.5 or 7:30.")
    note = clean_line(post.get(f"{name}-note", ""))[:NOTE_MAX]
    return TypedCell(day, hours or None, note, post.get(f"{name}-base", ""), name)


def targets_named(organization: Organization, keys: Sequence[str]) -> dict[str, Target]:
    """The contract lines and projects that these keys name."""
    ids: dict[str, list[UUID]] = {"l": [], "p": []}
    for key in keys:
        kind, _colon, text = key.partition(":")
        try:
            ids.get(kind, []).append(UUID(text))
        except ValueError:
            continue
    lines = lines_by_id(organization, ids["l"])
    projects = projects_by_id(organization, ids["p"])
    found: list[Target] = [(line.contract.project, line) for line in lines.values()]
    found += [(project, None) for project in projects.values()]
    return {target_key(*target): target for target in found}


def text_of(target: Target) -> str:
    """The text of hours where none was typed."""
    project, line = target
    return line.name if line else project.name


def show_rows(stored: Sequence[Row], typed: Typed | None) -> list[ShownRow]:
    """The stored rows and the typed ones beside them, each day with what was typed, else with what is stored."""
    said = _said(typed)
    by_key = {row.key: row for row in stored}
    rows = [*stored, *(row for key, (row, _cells) in said.items() if key not in by_key)]
    shown = []
    for place, row in enumerate(rows[:ROWS_MAX]):
        cells = said[row.key][1] if row.key in said else {}
        shown.append(_show_row(f"r{place}", row, cells, typed))
    return shown


def _said(typed: Typed | None) -> dict[RowKey, tuple[Row, dict[date, TypedCell]]]:
    said: dict[RowKey, tuple[Row, dict[date, TypedCell]]] = {}
    for row in typed.rows if typed else []:
        key = (row.project.pk, row.line.pk if row.line else None, row.text)
        empty = Row(row.project, row.line, row.text, [])
        said.setdefault(key, (empty, {}))[1].update({cell.day: cell for cell in row.cells})
    return said


def _show_row(place: str, row: Row, said: Mapping[date, TypedCell], typed: Typed | None) -> ShownRow:
    stored = {cell.day: cell.entries for cell in row.cells}
    days = sorted({*stored, *said})
    cells = [
        _show_cell(f"{place}-{number}", day, stored.get(day, []), said.get(day), typed)
        for number, day in enumerate(days)
    ]
    hours = write_hours(row.hours, language_of_page()) if row.hours else ""
    notes = sum(bool(cell.note) for cell in cells)
    return ShownRow(place, row, target_key(row.project, row.line), cells, hours, notes)


def _show_cell(
    name: str, day: date, entries: Sequence[WorkEntry], said: TypedCell | None, typed: Typed | None
) -> ShownCell:
    entry = entries[0] if len(entries) == 1 and is_open(entries[0]) else None
    may_type = not entries or entry is not None
    hours = sum((one.quantity for one in entries), Decimal(0))
    stored = write_hours(hours, language_of_page()) if entries else ""
    value, note, base = stored, entry.internal_text if entry else "", base_of(entry)
    fault = differs = ""
    if said is not None and typed is not None:
        value, note, fault = typed.words.get(said.field, ""), said.note, typed.faults.get(said.field, "")
        is_stale = said.field in typed.stale
        base = base if is_stale else said.base
        differs = (stored or _("nothing")) if is_stale else ""
    returned = entry.returned_reason if entry else ""
    return ShownCell(day, name, value, note, base, fault, differs, entries, may_type, returned)
