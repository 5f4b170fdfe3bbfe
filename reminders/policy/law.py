"""Which figure of the law holds for a country, a kind of debtor and a day; what is not known is refused. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from reminders.policy.figures import NEW_ACT, Figure

ANY_DEBTOR: Final = "any"
NEW_ACT_PARAGRAPH: Final = "LOV-2026-05-22-19"


class DebtorKind(StrEnum):
    """Whom the law protects how far."""

    CONSUMER = "consumer"
    BUSINESS = "business"
    PUBLIC = "public"

    __hash__ = str.__hash__  # an enum's own is written in Python, and this is looked up for every claim


class Step(StrEnum):
    """The steps of the road from the due date to collection, in their order."""

    NOTICE = "notice"
    FRIENDLY = "friendly"
    REMINDER = "reminder"
    COLLECTION_NOTICE = "collection_notice"
    PAYMENT_DEMAND = "payment_demand"
    COLLECTION = "collection"

    __hash__ = str.__hash__


STEP_ORDER: Final = {step: order for order, step in enumerate(Step)}
# What the new Norwegian act leaves to licensed agencies.
AGENCY_STEPS: Final = frozenset({Step.COLLECTION_NOTICE, Step.PAYMENT_DEMAND})


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is so: a code for the words made elsewhere, the paragraph it rests on, the figures in it."""

    code: str
    paragraph: str = ""
    figures: dict[str, object] = field(default_factory=dict)


class NoFigure(Exception):
    """No figure of this kind holds in this country on this day: the operator is asked for it with its source."""

    def __init__(self, country: str, kind: str, day: date) -> None:
        super().__init__(f"No figure {kind} is known for {country} on {day}.")
        self.country = country
        self.kind = kind
        self.day = day


_Series = tuple[list[date], list[Figure]]


class Law:
    """The figures that came with the product and those entered since, of which the entered win; asked very often."""

    def __init__(self, figures: Iterable[Figure], own: Iterable[Figure] = ()) -> None:
        product, mine = list(figures), list(own)
        self._layers: tuple[dict[tuple[str, str, str], _Series], ...] = (_by_kind(mine), _by_kind(product))
        changes: defaultdict[tuple[str, str], set[date]] = defaultdict(set)
        for figure in (*product, *mine):
            changes[figure.country, figure.kind].update(filter(None, (figure.valid_from, figure.valid_to)))
        self._changes = {key: sorted(days) for key, days in changes.items()}

    def find(self, country: str, kind: str, day: date, debtor: str = ANY_DEBTOR) -> Figure | None:
        """The figure that holds on the day, an own one before the product's, one for this debtor before one for any."""
        for layer in self._layers:
            for whom in (debtor, ANY_DEBTOR) if debtor != ANY_DEBTOR else (ANY_DEBTOR,):
                series = layer.get((country, kind, whom))
                if series is None:
                    continue
                starts, figures = series
                # Backwards, since a short row may lie inside a longer one.
                for index in range(bisect_right(starts, day) - 1, -1, -1):
                    ends = figures[index].valid_to
                    if ends is None or day < ends:
                        return figures[index]
        return None

    def figure(self, country: str, kind: str, day: date, debtor: str = ANY_DEBTOR) -> Figure:
        """The figure that holds on the day; NoFigure when none does."""
        found = self.find(country, kind, day, debtor)
        if found is None:
            raise NoFigure(country, kind, day)
        return found

    def value(self, country: str, kind: str, day: date, debtor: str = ANY_DEBTOR) -> Decimal:
        """The value of the figure that holds on the day; NoFigure when none does."""
        found = self.find(country, kind, day, debtor)
        if found is None or found.value is None:
            raise NoFigure(country, kind, day)
        return found.value

    def number(self, country: str, kind: str, day: date) -> int:
        """A figure that counts days, months or notices, as a whole number."""
        return int(self.value(country, kind, day))

    def has(self, country: str, kind: str, day: date, debtor: str = ANY_DEBTOR) -> bool:
        """Does a figure of this kind hold on the day?"""
        return self.find(country, kind, day, debtor) is not None

    def next_change(self, country: str, kind: str, day: date) -> date | None:
        """The first day after this one on which a figure of the kind begins or ends, or None."""
        days = self._changes.get((country, kind), [])
        index = bisect_right(days, day)
        return days[index] if index < len(days) else None

    def is_new_act(self, day: date) -> bool:
        """Does the Norwegian debt collection act of 2026 apply on the day?"""
        if ("NO", NEW_ACT) not in self._changes:
            return False
        found = self.find("NO", NEW_ACT, day)
        return found is not None and bool(found.value)


def _by_kind(figures: Iterable[Figure]) -> dict[tuple[str, str, str], _Series]:
    """The figures per country, kind and debtor by their first day; a row without a value says nothing and is left."""
    series: dict[tuple[str, str, str], _Series] = {}
    for figure in sorted(figures, key=lambda each: each.valid_from):
        if figure.value is not None:
            starts, rows = series.setdefault((figure.country, figure.kind, figure.debtor), ([], []))
            starts.append(figure.valid_from)
            rows.append(figure)
    return series
