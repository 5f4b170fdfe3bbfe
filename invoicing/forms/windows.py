"""A long draft is edited a page of lines at a time: the form holds the lines of one window, the others stay as stored.

The form names the line before its first row and the line after its last, so that what it says takes the place of
exactly the lines between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import QueryDict

from invoicing.models import InvoiceLine

LINES_IN_WINDOW = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The stored lines that the form shows, with those before and after it."""

    before: Sequence[InvoiceLine] = ()
    shown: Sequence[InvoiceLine] = ()
    after: Sequence[InvoiceLine] = ()

    @property
    def is_part(self) -> bool:
        """Whether the draft has lines that the form does not show."""
        return bool(self.before or self.after)

    @property
    def section_before(self) -> str:
        """The section that the line before the window stands in."""
        return self.before[-1].section if self.before else ""

    @property
    def begins_after(self) -> str:
        """The key of the line before the first row; empty at the beginning."""
        return self.before[-1].pk.hex if self.before else ""

    @property
    def ends_before(self) -> str:
        """The key of the line after the last row; empty at the end."""
        return self.after[0].pk.hex if self.after else ""

    @property
    def page(self) -> int:
        """Which page of lines this is, from 1."""
        return len(self.before) // LINES_IN_WINDOW + 1

    @property
    def pages(self) -> list[tuple[int, int, int]]:
        """Every page with the numbers of its first and last line."""
        count = len(self.before) + len(self.shown) + len(self.after)
        starts = range(0, count, LINES_IN_WINDOW)
        return [(place, start + 1, min(start + LINES_IN_WINDOW, count)) for place, start in enumerate(starts, start=1)]

    @property
    def first(self) -> int:
        """The number of the first line shown."""
        return len(self.before) + 1

    def wider(self, step: int) -> Window:
        """The same window with the line before it (-1) or after it (1) taken in."""
        if step < 0:
            return Window(before=self.before[:-1], shown=[self.before[-1], *self.shown], after=self.after)
        return Window(before=self.before, shown=[*self.shown, self.after[0]], after=self.after[1:])


def window_of(lines: Sequence[InvoiceLine], page: int) -> Window:
    """That page of the lines; the last one when there are not so many."""
    last = max(0, len(lines) - 1) // LINES_IN_WINDOW
    start = min(max(page - 1, 0), last) * LINES_IN_WINDOW
    return _cut(lines, start, start + LINES_IN_WINDOW)


def window_sent(lines: Sequence[InvoiceLine], data: QueryDict) -> Window:
    """The lines in whose place the sent rows stand: all of them, unless the form says that it shows a part."""
    if "window" not in data:
        return Window(shown=lines)
    places = {line.pk.hex: place for place, line in enumerate(lines)}
    begins_after, ends_before = data.get("begins_after", ""), data.get("ends_before", "")
    start = places.get(begins_after, -1) + 1
    end = places.get(ends_before, len(lines))
    if (begins_after and begins_after not in places) or (ends_before and ends_before not in places):
        # A neighbour is gone: take the place of lines that the form names, and of no others.
        named = [places[key] for key in data.getlist("line") if key in places]
        start, end = (min(named), max(named) + 1) if named else (len(lines), len(lines))
    return _cut(lines, start, max(start, end))


def page_of_line(lines: Sequence[InvoiceLine], line_id: UUID) -> int | None:
    """On which page of lines one of them stands."""
    place = next((place for place, line in enumerate(lines) if line.pk == line_id), None)
    return None if place is None else place // LINES_IN_WINDOW + 1


def _cut(lines: Sequence[InvoiceLine], start: int, end: int) -> Window:
    return Window(before=lines[:start], shown=lines[start:end], after=lines[end:])
