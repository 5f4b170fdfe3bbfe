"""Which figures of the law are not known: rates that have ended without a successor, or soon will. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from reminders.policy.figures import LATE_INTEREST
from reminders.policy.law import Law

COUNTRIES: Final = ("NO", "DK", "SE")
WARNED_BEFORE: Final = timedelta(days=30)
HALF_YEARS_LOOKED_AT: Final = 40  # back, for the day on which a rate ended


@dataclass(frozen=True, slots=True)
class MissingRate:
    """A country whose rate of interest is not known from a day on."""

    country: str
    since: date
    is_over: bool  # already, and not only soon

    @property
    def until(self) -> date:
        """The end of the half-year, from which another figure holds."""
        return next_half_year(self.since)


def missing_rates(law: Law, countries: Iterable[str], day: date) -> list[MissingRate]:
    """The countries of known law that have no rate of interest on the day."""
    return [
        MissingRate(country, _ended(law, country, day), is_over=True)
        for country in COUNTRIES
        if country in set(countries) and not law.has(country, LATE_INTEREST, day)
    ]


def ending_rates(law: Law, day: date) -> list[MissingRate]:
    """The countries whose rate ends within a month without a successor."""
    found = []
    for country in COUNTRIES:
        figure = law.find(country, LATE_INTEREST, day)
        if figure is None or figure.valid_to is None or figure.valid_to - day > WARNED_BEFORE:
            continue
        if not law.has(country, LATE_INTEREST, figure.valid_to):
            found.append(MissingRate(country, figure.valid_to, is_over=False))
    return found


def next_half_year(day: date) -> date:
    """The next 1 January or 1 July after a day."""
    return date(day.year, 7, 1) if day.month < 7 else date(day.year + 1, 1, 1)


def _ended(law: Law, country: str, day: date) -> date:
    """The first day without a rate: the half-year after the last one that has."""
    first = date(day.year, 7, 1) if day.month >= 7 else date(day.year, 1, 1)
    for _number in range(HALF_YEARS_LOOKED_AT):
        before = first - timedelta(days=1)
        if law.has(country, LATE_INTEREST, before):
            break
        first = date(before.year, 7, 1) if before.month >= 7 else date(before.year, 1, 1)
    return first
