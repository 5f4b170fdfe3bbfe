"""How long a facility is used, which uses meet, and the days of a series.

Pure: values in, values out. Times are those of the clock on the wall; midnight as an end is the end of the day.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, time, timedelta
from decimal import Decimal

from billing_backlog.price_lists import HOUR

DAY_MINUTES = 24 * 60
MIDNIGHT = time(0)
WEEK = timedelta(days=7)


def minutes_between(starts_at: time, ends_at: time) -> int:
    """The minutes from one time to the other on the same day; not positive where it ends before it begins."""
    end = DAY_MINUTES if ends_at == MIDNIGHT else ends_at.hour * 60 + ends_at.minute
    return end - starts_at.hour * 60 - starts_at.minute


def quantity_of(unit_code: str, starts_at: time | None, ends_at: time | None) -> Decimal:
    """How much is billed: the hours between the times, else one day or one use."""
    if unit_code != HOUR or starts_at is None or ends_at is None:
        return Decimal(1)
    return (Decimal(minutes_between(starts_at, ends_at)) / 60).quantize(Decimal("0.000001"))


def meet(one: tuple[time | None, time | None], other: tuple[time | None, time | None]) -> bool:
    """Whether two uses of one day are there at the same moment; one without times takes the whole day."""
    first, second = _span(one), _span(other)
    return first[0] < second[1] and second[0] < first[1]


def _span(times: tuple[time | None, time | None]) -> tuple[int, int]:
    starts_at, ends_at = times
    if starts_at is None or ends_at is None:
        return 0, DAY_MINUTES
    start = starts_at.hour * 60 + starts_at.minute
    return start, start + minutes_between(starts_at, ends_at)


def weekly_days(first: date, until: date | None, without: Collection[date] = ()) -> list[date]:
    """The first day and the same day of every week until a day, leaving some out."""
    days, day = [], first
    while day <= (until or first):
        if day not in without:
            days.append(day)
        day += WEEK
    return days
