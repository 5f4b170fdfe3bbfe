"""Dates: due dates, banking days, working days, month ends and periods.

Business dates are dates in the organization's zone, never moments. Pure: the clock is read at the doors and passed in.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

_DAY = timedelta(days=1)
SATURDAY, SUNDAY = 5, 6

DUE_DAYS_MAX = 3650
MONTHS_MAX = 12 * 400
SEARCH_DAYS_MAX = 4000


class PeriodLength(StrEnum):
    """The lengths in which the house reports and bills; the ordinary VAT term in Norway is two months."""

    MONTH = "month"
    TWO_MONTHS = "two_months"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


_MONTHS = {
    PeriodLength.MONTH: 1,
    PeriodLength.TWO_MONTHS: 2,
    PeriodLength.QUARTER: 3,
    PeriodLength.HALF_YEAR: 6,
    PeriodLength.YEAR: 12,
}


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days from first to last, both included; ValueError when last comes before first."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"The period ends ({self.last}) before it begins ({self.first}).")

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def overlap(self, other: Period) -> Period | None:
        """The days that both have, or None."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Period(first, last) if first <= last else None


def due_date(issue_date: date, days: int, *, from_end_of_month: bool = False) -> date:
    """The day payable by: so many days after the issue date, or after the end of its month ("løbende måned + 30")."""
    if not 0 <= days <= DUE_DAYS_MAX:
        raise ValueError(f"A term of payment has 0 to {DUE_DAYS_MAX} days.")
    return (month_end(issue_date) if from_end_of_month else issue_date) + timedelta(days=days)


def month_end(day: date) -> date:
    """The last day of the day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def add_months(day: date, months: int, *, day_of_month: int | None = None) -> date:
    """The same day so many months later, or the month's last when it has no such day.

    A schedule passes its `day_of_month` on each step: from 31 January by way of 28 February it comes back to 31 March,
    and one on the first stays on the first.
    """
    if abs(months) > MONTHS_MAX:
        raise ValueError(f"{months} months lie out of reach.")
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day_of_month or day.day, monthrange(year, month + 1)[1]))


def period_of(day: date, length: PeriodLength) -> Period:
    """The calendar period of that length in which the day lies."""
    months = _MONTHS[length]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return Period(first, add_months(first, months) - _DAY)


def periods_between(first: date, last: date, length: PeriodLength) -> Iterator[Period]:
    """The calendar periods of that length from first to last, the outer ones cut to these days, in order."""
    day = first
    while day <= last:
        period = period_of(day, length)
        yield Period(day, min(period.last, last))
        day = period.last + _DAY


@cache
def easter_sunday(year: int) -> date:
    """Easter Sunday of a Gregorian year, by the arithmetic of the ecclesiastical moon."""
    golden = year % 19
    century = year // 100
    # Days after 21 March of the paschal full moon, and from it to the Sunday after.
    epact = (century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15) % 30
    epact -= (epact // 28) * (1 - (29 // (epact + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + epact + 2 - century + century // 4) % 7
    days = epact - weekday
    month = 3 + (days + 40) // 44
    return date(year, month, days + 28 - 31 * (month // 4))


@cache
def public_holidays(country: str, year: int) -> frozenset[date]:
    """The public holidays of NO, DK or SE, as the laws stand since 2005; ordinary Sundays are not among them."""
    easter = easter_sunday(year)
    offsets, fixed = _PUBLIC_HOLIDAYS[_known(country)]
    days = {easter + timedelta(days=offset) for offset in offsets}
    days.update(date(year, month, day) for month, day in fixed)
    if country == "DK" and year < 2024:
        days.add(easter + timedelta(days=26))  # store bededag, a working day since 2024
    if country == "SE":
        days.add(_weekday_on_or_after(date(year, 6, 20), SATURDAY))  # midsommardagen
        days.add(_weekday_on_or_after(date(year, 10, 31), SATURDAY))  # alla helgons dag
    return frozenset(days)


@cache
def bank_holidays(country: str, year: int) -> frozenset[date]:
    """The days, weekends aside, on which the banks of NO, DK or SE settle nothing."""
    days = set(public_holidays(country, year))
    days.update(date(year, month, day) for month, day in _BANK_HOLIDAYS[country])
    if country == "DK":
        days.add(easter_sunday(year) + timedelta(days=40))  # the day after Ascension
    if country == "SE":
        days.add(_weekday_on_or_after(date(year, 6, 20), SATURDAY) - _DAY)  # midsommarafton
    return frozenset(days)


# First days from Easter Sunday (Maundy Thursday -3, Good Friday -2, Easter Monday 1, Ascension 39, Whit Sunday 49, Whit
# Monday 50), then (month, day).
_PUBLIC_HOLIDAYS: dict[str, tuple[tuple[int, ...], tuple[tuple[int, int], ...]]] = {
    "NO": ((-3, -2, 0, 1, 39, 49, 50), ((1, 1), (5, 1), (5, 17), (12, 25), (12, 26))),
    "DK": ((-3, -2, 0, 1, 39, 49, 50), ((1, 1), (12, 25), (12, 26))),
    "SE": ((-2, 0, 1, 39, 49), ((1, 1), (1, 6), (5, 1), (6, 6), (12, 25), (12, 26))),
}
# Norges Bank's settlement system is closed on Christmas Eve and open on New Year's Eve.
_BANK_HOLIDAYS: dict[str, tuple[tuple[int, int], ...]] = {
    "NO": ((12, 24),),
    "DK": ((6, 5), (12, 24), (12, 31)),
    "SE": ((12, 24), (12, 31)),
}


def _known(country: str) -> str:
    if country not in _PUBLIC_HOLIDAYS:
        raise ValueError(f"No calendar of holidays is known for {country}.")
    return country


def _weekday_on_or_after(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def is_banking_day(day: date, country: str) -> bool:
    """Do the country's banks settle payments on this day: Monday to Friday, bank holidays left out?"""
    return day.weekday() < SATURDAY and day not in bank_holidays(_known(country), day.year)


def next_banking_day(day: date, country: str) -> date:
    """The day itself when it is a banking day, else the first one after it."""
    while not is_banking_day(day, country):
        day += _DAY
    return day


def add_banking_days(day: date, count: int, country: str) -> date:
    """The banking day so many after the day, or before it when the count is negative; for 0 as `next_banking_day`."""
    if count == 0:
        return next_banking_day(day, country)
    return _walk(day, count, lambda candidate: is_banking_day(candidate, country))


def is_working_day(day: date, country: str) -> bool:
    """Is it a working day in the sense of statutory terms (virkedag, hverdag, vardag): no Sunday, no public holiday?

    Saturday counts. It is the wide reading of the word and so the earlier end of a term of so many working days.
    """
    return day.weekday() != SUNDAY and day not in public_holidays(_known(country), day.year)


def add_working_days(day: date, count: int, country: str) -> date:
    """The working day so many after the day, or before it when the count is negative; the day itself for 0."""
    if count == 0:
        return day
    return _walk(day, count, lambda candidate: is_working_day(candidate, country))


def working_day_of_month(day: date, number: int, country: str) -> date:
    """The so manieth working day of the day's month: the fifteenth ends bokføringsforskriften § 5-1-3 and § 5-2-3."""
    if number < 1:
        raise ValueError("Working days of a month are counted from one.")
    return add_working_days(day.replace(day=1) - _DAY, number, country)


def _walk(day: date, count: int, counts: Callable[[date], bool]) -> date:
    step = _DAY if count > 0 else -_DAY
    left = abs(count)
    for _ in range(SEARCH_DAYS_MAX):
        day += step
        if counts(day):
            left -= 1
            if left == 0:
                return day
    raise ValueError(f"{count} days lie out of reach.")
