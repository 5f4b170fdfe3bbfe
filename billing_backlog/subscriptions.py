"""What a subscription charges: its periods, and the charges that make what is billed what the time costs.

One law holds whatever happens in between: what was charged for a period, less what was given back, is what the days of
that period cost by the prices, pauses and the stop that are known. Each day is charged once or not at all. Pure: values
in, values out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from enum import StrEnum

from foundation.dates import Period, add_months
from foundation.money import EXACT, round_amount, round_to_sum

QUANTITY_DECIMALS = 6
PERIODS_MAX = 1_200  # a hundred years of months: further nobody looks
_DAY = timedelta(days=1)


class TimeUnit(StrEnum):
    """In what a period is counted."""

    WEEK = "week"
    MONTH = "month"


class Timing(StrEnum):
    """When a period is charged."""

    ADVANCE = "advance"  # on its first day
    ARREARS = "arrears"  # when it is over


class State(StrEnum):
    """How a subscription stands on a day."""

    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Price:
    """What a whole period costs from a day on: so many at so much."""

    valid_from: date
    unit_price: Decimal
    quantity: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Pause:
    """Days that are not charged; without a last day until somebody resumes."""

    first: date
    last: date | None = None

    def covers(self, day: date) -> bool:
        """Whether the day is not charged."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What was agreed: of two prices from the same day the later one in the sequence holds."""

    starts_on: date
    periods_from: date  # the first day of the period in which it starts, usually the same day
    every: int
    unit: TimeUnit
    timing: Timing
    prices: tuple[Price, ...]
    pauses: tuple[Pause, ...] = ()
    stops_on: date | None = None  # the last day that is charged

    @property
    def pauses_from(self) -> date | None:
        """Since when nobody knows whether it is ever resumed."""
        return min((pause.first for pause in self.pauses if pause.last is None), default=None)


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """Days in a row, both ends included, at one price."""

    first: date
    last: date
    price: Price

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Charged:
    """Days of a period that were charged, or that were given back."""

    period_first: date
    first: date
    last: date
    is_given_back: bool = False


@dataclass(frozen=True, slots=True)
class Charge:
    """A part of a period to be billed; with a negative quantity one that is given back.

    Quantity times price, rounded once, is the amount: the line of an invoice says the same.
    """

    period: Period
    first: date
    last: date
    unit_price: Decimal
    quantity: Decimal
    amount: Decimal
    due_on: date

    @property
    def is_given_back(self) -> bool:
        """Whether it takes a charge back."""
        return self.quantity < 0

    @property
    def days(self) -> int:
        """How many days of the period it is for."""
        return (self.last - self.first).days + 1

    @property
    def is_whole(self) -> bool:
        """Whether it is for the whole period."""
        return self.days == self.period.days


def period_number(terms: Terms, number: int) -> Period:
    """A period by its number from nought; one that begins on the 31st begins on the last day of shorter months."""
    return _period(terms.periods_from, terms.every, terms.unit, number)


def first_period(periods_from: date, every: int, unit: TimeUnit) -> Period:
    """The period in which a subscription has to start."""
    return _period(periods_from, every, unit, 0)


def _period(periods_from: date, every: int, unit: TimeUnit, number: int) -> Period:
    def first_day(place: int) -> date:
        if unit == TimeUnit.WEEK:
            return periods_from + timedelta(weeks=place * every)
        return add_months(periods_from, place * every, day_of_month=periods_from.day)

    return Period(first_day(number), first_day(number + 1) - _DAY)


def periods(terms: Terms, *, beyond: date | None = None) -> Iterator[Period]:
    """The periods from the one in which it starts, in order, through its stop or a later day; at most a century."""
    ends = None if terms.stops_on is None else max(terms.stops_on, beyond or terms.stops_on)
    for number in range(PERIODS_MAX):
        period = period_number(terms, number)
        if ends is not None and period.first > ends:
            return
        if period.last >= terms.starts_on:
            yield period


def price_on(terms: Terms, day: date) -> Price:
    """The price in force on a day; before the first one the first holds."""
    prices = sorted(terms.prices, key=lambda price: price.valid_from)  # stable: the later word of a day comes last
    if not prices:
        raise ValueError("A subscription has a price.")
    return next((price for price in reversed(prices) if price.valid_from <= day), prices[0])


def state_on(terms: Terms, day: date) -> State:
    """How it stands on a day."""
    if terms.stops_on is not None and terms.stops_on < max(day, terms.starts_on):
        return State.STOPPED
    if day < terms.starts_on:
        return State.SCHEDULED
    return State.PAUSED if any(pause.covers(day) for pause in terms.pauses) else State.RUNNING


def wanted_stretches(terms: Terms, period: Period) -> list[Stretch]:
    """The days of a period that are to be paid for, cut where the price changes."""
    first = max(period.first, terms.starts_on)
    last = period.last if terms.stops_on is None else min(period.last, terms.stops_on)
    edges = {price.valid_from for price in terms.prices} | {pause.first for pause in terms.pauses}
    edges |= {pause.last + _DAY for pause in terms.pauses if pause.last is not None}
    starts = sorted({first, *(edge for edge in edges if first < edge <= last)}) if first <= last else []
    found: list[Stretch] = []
    for start, end in zip(starts, [*(day - _DAY for day in starts[1:]), last], strict=False):
        if not any(pause.covers(start) for pause in terms.pauses):
            _append(found, Stretch(start, end, price_on(terms, start)))
    return found


def charges(terms: Terms, charged: Iterable[Charged], through: date) -> list[Charge]:
    """What is to be charged now, through a day: what is due and not charged yet, and what is to be given back."""
    return [charge for charge in _every_charge(terms, charged, through) if charge.due_on <= through]


def coming_charges(terms: Terms, charged: Iterable[Charged], today: date, most: int = 5) -> list[Charge]:
    """The next charges after today, as far as anybody knows today; nothing beyond a pause that has no end."""
    found: list[Charge] = []
    for charge in _every_charge(terms, charged, None):
        if charge.due_on > today:
            found.append(charge)
        if len({each.period for each in found}) > most:
            break
    shown = sorted({charge.period.first for charge in found})[:most]
    return [charge for charge in found if charge.period.first in shown]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is to be charged now, and next."""

    due: list[Charge]
    coming: list[Charge]

    @property
    def next_day(self) -> date | None:
        """The next day after today on which something is charged."""
        return min((charge.due_on for charge in self.coming), default=None)


def outlook(terms: Terms, charged: Sequence[Charged], today: date, most: int = 5) -> Outlook:
    """Today's charges and the coming ones, as far as anybody knows today (M-118)."""
    return Outlook(charges(terms, charged, today), coming_charges(terms, charged, today, most))


def with_price(terms: Terms, price: Price) -> Terms:
    """The terms with another price from its day on."""
    return replace(terms, prices=(*terms.prices, price))


def with_pause(terms: Terms, pause: Pause) -> Terms:
    """The terms with days that are not charged."""
    return replace(terms, pauses=(*terms.pauses, pause))


def resumed(terms: Terms, pause: Pause, from_day: date) -> Terms:
    """The terms with a pause that ends before a day; one that has not begun by then is no pause at all."""
    others = tuple(each for each in terms.pauses if each != pause)
    ended = () if from_day <= pause.first else (Pause(pause.first, from_day - _DAY),)
    return replace(terms, pauses=(*others, *ended))


def stopped(terms: Terms, last_day: date | None, today: date) -> Terms:
    """The terms with a last day: the one given, or that of the running period; before the start it never begins."""
    never = terms.starts_on - _DAY
    if last_day is None:
        goes_on = (period.last for period in periods(replace(terms, stops_on=None)) if today <= period.last)
        last_day = next(goes_on, today) if terms.starts_on <= today else never
    return replace(terms, stops_on=max(last_day, never))


def charged_through(charged: Iterable[Charged]) -> date | None:
    """The last day that is charged and was not given back."""
    days = [max(left) for left in _days_by_period(charged).values() if left]
    return max(days, default=None)


def _every_charge(terms: Terms, charged: Iterable[Charged], through: date | None) -> Iterator[Charge]:
    """All that is missing from what was charged, period by period; with a day only of periods begun by then."""
    had_by_period = _days_by_period(charged)
    last_told = max(had_by_period, default=None)
    for period in periods(terms, beyond=last_told):
        is_told = last_told is not None and period.first <= last_told
        if not is_told and (_is_after(period, through) or _is_after(period, terms.pauses_from)):
            return
        wanted = {day for stretch in wanted_stretches(terms, period) for day in _days_of(stretch.first, stretch.last)}
        had = had_by_period.get(period.first, set())
        kept = had & wanted
        if kept != had:
            yield from _parts(terms, period, had, kept, through or min(had))
        if wanted != kept:
            yield from _parts(terms, period, kept, wanted, _due_day(terms, period, min(wanted - kept)))


def _is_after(period: Period, day: date | None) -> bool:
    return day is not None and period.first > day


def _due_day(terms: Terms, period: Period, first_day: date) -> date:
    if terms.timing == Timing.ADVANCE:
        return first_day
    return (period.last if terms.stops_on is None else min(period.last, terms.stops_on)) + _DAY


def _parts(terms: Terms, period: Period, before: set[date], after: set[date], due_on: date) -> list[Charge]:
    """What leads from the days that are paid for to those that are to be: added, or taken away.

    The amounts sum to the difference of what both cost, so that all charges of a period sum to what it costs.
    """
    sign = 1 if len(after) > len(before) else -1
    stretches = _stretches_of(terms, before ^ after)
    shares = [sign * stretch.days * stretch.price.quantity for stretch in stretches]
    with localcontext(EXACT):
        values = [share * stretch.price.unit_price for share, stretch in zip(shares, stretches, strict=True)]
        whole = round_amount(sum(shares, Decimal(0)) / period.days, QUANTITY_DECIMALS)
    amounts = round_to_sum(values, _cost(terms, period, after) - _cost(terms, period, before), divisor=_days(period))
    quantities = round_to_sum(shares, whole, divisor=_days(period), decimals=QUANTITY_DECIMALS)
    return [
        Charge(period, stretch.first, stretch.last, *_line(stretch.price.unit_price, quantity, amount), amount, due_on)
        for stretch, quantity, amount in zip(stretches, quantities, amounts, strict=True)
    ]


def _line(unit_price: Decimal, quantity: Decimal, amount: Decimal) -> tuple[Decimal, Decimal]:
    """Price and quantity of a line that comes to the amount exactly.

    Six decimals of a high price can miss it: then the share is told as one at the amount.
    """
    near = [quantity] + ([round_amount(amount / unit_price, QUANTITY_DECIMALS)] if unit_price else [])
    for each in near:
        if each and round_amount(EXACT.multiply(each, unit_price)) == amount:
            return unit_price, each
    return abs(amount), Decimal(1 if quantity > 0 else -1)


def _cost(terms: Terms, period: Period, days: set[date]) -> Decimal:
    """What some days of a period cost, rounded once."""
    with localcontext(EXACT):
        parts = (each.price.unit_price * each.price.quantity * each.days for each in _stretches_of(terms, days))
        return round_amount(sum(parts, Decimal(0)) / period.days)


def _stretches_of(terms: Terms, days: set[date]) -> list[Stretch]:
    found: list[Stretch] = []
    for day in sorted(days):
        _append(found, Stretch(day, day, price_on(terms, day)))
    return found


def _append(found: list[Stretch], stretch: Stretch) -> None:
    """Put a stretch behind the others, as one with the last where nothing changes between them."""
    before = found[-1] if found else None
    if before is not None and before.last + _DAY == stretch.first and _same_price(before.price, stretch.price):
        found[-1] = Stretch(before.first, stretch.last, before.price)
    else:
        found.append(stretch)


def _same_price(one: Price, other: Price) -> bool:
    return (one.unit_price, one.quantity) == (other.unit_price, other.quantity)


def _days_by_period(charged: Iterable[Charged]) -> dict[date, set[date]]:
    """The days that are charged and were not given back, by the first day of their period."""
    found: dict[date, set[date]] = {}
    for each in charged:
        days = found.setdefault(each.period_first, set())
        if each.is_given_back:
            days.difference_update(_days_of(each.first, each.last))
        else:
            days.update(_days_of(each.first, each.last))
    return found


def _days_of(first: date, last: date) -> Sequence[date]:
    return [first + timedelta(days=place) for place in range((last - first).days + 1)]


def _days(period: Period) -> Decimal:
    return Decimal(period.days)
