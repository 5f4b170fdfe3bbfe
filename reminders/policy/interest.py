"""Late interest: simple, day by day on what was still owed, each half-year at its own rate. Pure.

The first day that counts is the day after the due date (forsinkelsesrenteloven § 2), and the day through which it is
asked counts too: due on the 1st and paid on the 2nd is one day. So a payment counts from the day AFTER it came in: its
segment begins then. A year has 365 days, in leap years too; by 360/30 each month has 30 and the 31st counts nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from enum import StrEnum

from foundation.money import EXACT, round_amount, round_to_sum
from reminders.policy.figures import LATE_INTEREST
from reminders.policy.law import DebtorKind, Law

_DAY = timedelta(days=1)


class DayCount(StrEnum):
    """How the days of interest are counted; Danish sources differ, so it is a setting."""

    ACTUAL_365 = "actual/365"
    THIRTY_360 = "30/360"


_YEAR_DAYS = {DayCount.ACTUAL_365: 365, DayCount.THIRTY_360: 360}


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed of the principal from a day on, that day included, until the next segment begins."""

    from_day: date
    principal: Decimal


@dataclass(frozen=True, slots=True)
class InterestPart:
    """The interest of the days first to last at one rate on one balance; the amount is not rounded."""

    first: date
    last: date
    days: int
    rate: Decimal
    principal: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Interest:
    """Interest rounded once, and the parts it is made of."""

    amount: Decimal
    parts: tuple[InterestPart, ...]

    def rounded_parts(self) -> list[Decimal]:
        """The amounts of the parts as a document shows them: rounded, and adding up to the amount."""
        return round_to_sum([part.amount for part in self.parts], self.amount)


def interest_of(
    owed: Sequence[Owed],
    *,
    through: date,
    law: Law,
    country: str,
    debtor: DebtorKind,
    day_count: DayCount = DayCount.ACTUAL_365,
    agreed_rate: Decimal | None = None,
) -> Interest:
    """The interest of all segments through the day; NoFigure names the first day for which no rate is known.

    From a consumer an agreed rate is taken only up to the statutory one; between others it replaces it.
    """
    parts: list[InterestPart] = []
    numerator = Decimal(0)
    divisor = Decimal(_YEAR_DAYS[day_count] * 100)
    with localcontext(EXACT):
        for first, last, principal in _segments(owed, through):
            for start, end, rate in _rates(first, last, law=law, country=country, debtor=debtor, agreed=agreed_rate):
                days = days_between(start, end, day_count)
                exact = principal * rate * days
                numerator += exact
                _append(parts, InterestPart(start, end, days, rate, principal, exact / divisor))
        # One division and one rounding of the exact sum: no øre is lost between the parts.
        return Interest(round_amount(numerator / divisor), tuple(parts))


def days_between(first: date, last: date, day_count: DayCount) -> int:
    """The days of interest from first to last, both counted; parts of a span always add up to it."""
    if day_count is DayCount.ACTUAL_365:
        return (last - first).days + 1
    return _serial(last) - _serial(first - _DAY)


def _segments(owed: Sequence[Owed], through: date) -> Iterator[tuple[date, date, Decimal]]:
    """First day, last day and balance of each stretch on which something is owed."""
    for index, segment in enumerate(owed):
        after = owed[index + 1].from_day if index + 1 < len(owed) else through + _DAY
        if index + 1 < len(owed) and after < segment.from_day:
            raise ValueError("The segments of what is owed stand in the order of their days.")
        last = min(after - _DAY, through)
        if segment.from_day <= last and segment.principal > 0:
            yield segment.from_day, last, segment.principal


def _rates(
    first: date, last: date, *, law: Law, country: str, debtor: DebtorKind, agreed: Decimal | None
) -> Iterator[tuple[date, date, Decimal]]:
    """The stretches of one rate from first to last (§ 3: the rate of each half-year applies to old claims too)."""
    if agreed is not None and (debtor is not DebtorKind.CONSUMER or not agreed):
        yield first, last, agreed
        return
    day = first
    while day <= last:
        rate = law.value(country, LATE_INTEREST, day, debtor)
        change = law.next_change(country, LATE_INTEREST, day)
        end = min(last, change - _DAY) if change else last
        # § 4: never to the consumer's harm.
        yield day, end, rate if agreed is None else min(rate, agreed)
        day = end + _DAY


def _append(parts: list[InterestPart], part: InterestPart) -> None:
    """Add the part, or lengthen the one before it when neither the rate nor the balance changed."""
    before = parts[-1] if parts else None
    if before and (before.rate, before.principal, before.last + _DAY) == (part.rate, part.principal, part.first):
        days, amount = before.days + part.days, before.amount + part.amount
        parts[-1] = InterestPart(before.first, part.last, days, part.rate, part.principal, amount)
    elif part.days:
        parts.append(part)


def _serial(day: date) -> int:
    """The day's number in a calendar of 360 days, where the 31st is the 30th."""
    return day.year * 360 + day.month * 30 + min(day.day, 30)
