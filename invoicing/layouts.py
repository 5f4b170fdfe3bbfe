"""How the lines of a document are laid out: what they are grouped by, which sections are printed as one row. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

NAMES_MAX = 200  # sections that may be told apart by hand


class Grouping(StrEnum):
    """By what the lines of a draft stand in sections."""

    AS_TYPED = ""
    NOTHING = "nothing"
    PERSON = "person"
    WORK = "work"
    PROJECT = "project"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Showing(StrEnum):
    """How a section is printed: every line, or one row for all of them."""

    LINES = "lines"
    SUMMARY = "summary"


class SectionOrder(StrEnum):
    """In which order the sections stand."""

    AS_IT_COMES = ""
    NAME = "name"
    AMOUNT = "amount"


BY_TIME = frozenset({Grouping.DAY, Grouping.WEEK, Grouping.MONTH})


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one document is laid out; what is left out of `to_json` is as usual."""

    group_by: str = Grouping.AS_TYPED
    shows: str = Showing.LINES
    order: str = SectionOrder.AS_IT_COMES
    otherwise: tuple[str, ...] = ()  # names of the sections that are shown the other way
    hides_headings: bool = False
    omits_specification: bool = False  # the lines behind the rows are not listed at the end of the PDF

    def to_json(self) -> dict[str, Any]:
        """What differs from the usual layout, as plain JSON values."""
        told: dict[str, Any] = {}
        for name, usual in USUAL.items():
            value = getattr(self, name)
            if value != usual:
                told[name] = list(value) if isinstance(value, tuple) else value
        return told

    @classmethod
    def from_json(cls, told: Mapping[str, Any] | None) -> Self:
        """The layout read back; what is not told, or not understood, is as usual."""
        if not told:
            return cls()
        known = {name: told[name] for name in USUAL if name in told}
        return cls(**known | {"otherwise": tuple(known.get("otherwise", ()))})

    def sums_up(self, section: str) -> bool:
        """Whether a section is printed as one row; lines outside every section never are."""
        return bool(section) and (self.shows == Showing.SUMMARY) != (section in self.otherwise)

    def showing(self, section: str, showing: str) -> Self:
        """The same layout with one section printed that way."""
        others = [name for name in self.otherwise if name != section]
        if section and showing != self.shows:
            others.append(section)
        return replace(self, otherwise=tuple(others[-NAMES_MAX:]))

    def only_for(self, sections: tuple[str, ...]) -> Self:
        """The same layout without what it says of sections that are not there."""
        return replace(self, otherwise=tuple(name for name in self.otherwise if name in sections))

    def codes(self) -> str:
        """The choices that differ from the usual ones, as the trail keeps them."""
        said = [self.group_by, self.shows if self.shows != Showing.LINES or self.otherwise else ""]
        said += [f"order_{self.order}" if self.order else "", "no_headings" if self.hides_headings else ""]
        said += ["no_specification" if self.omits_specification else ""]
        return ", ".join([*filter(None, said), *(name.replace(",", " ") for name in self.otherwise)])


USUAL: dict[str, Any] = {name: getattr(Layout(), name) for name in Layout.__slots__}
