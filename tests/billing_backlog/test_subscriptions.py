"""What a subscription charges: periods, prices, pauses and stops by tables, and that no day is lost by chance."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from billing_backlog.subscriptions import (
    Charge,
    Charged,
    Pause,
    Price,
    State,
    Terms,
    TimeUnit,
    Timing,
    charged_through,
    charges,
    coming_charges,
    period_number,
    price_on,
    state_on,
    wanted_stretches,
)
from tests.builders import scaled

D = Decimal


def terms(start: str = "2026-01-31", price: str = "499.00", **changes: Any) -> Terms:
    day = date.fromisoformat(start)
    usual = {"starts_on": day, "periods_from": day, "every": 1, "unit": TimeUnit.MONTH, "timing": Timing.ADVANCE,
             "prices": (Price(day, D(price)),)}  # fmt: skip
    return Terms(**{**usual, **changes})


def told(found: Sequence[Charge]) -> list[Charged]:
    """The charges as they are remembered."""
    return [Charged(each.period.first, each.first, each.last, each.is_given_back) for each in found]


def rows(found: Sequence[Charge]) -> list[str]:
    """The charges in words."""
    return [f"{each.first:%m-%d}–{each.last:%m-%d} {each.quantity.normalize():f} {each.amount}" for each in found]


@pytest.mark.parametrize(
    ("start", "every", "unit", "firsts"),
    [
        ("2026-01-31", 1, "month", ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
        ("2027-12-31", 1, "month", ["2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31"]),
        ("2028-02-29", 12, "month", ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]),
        ("2026-11-30", 3, "month", ["2026-11-30", "2027-02-28", "2027-05-30"]),
        ("2026-12-28", 2, "week", ["2026-12-28", "2027-01-11", "2027-01-25"]),
    ],
)
def test_periods_begin_on_the_day_of_the_start_or_at_the_end_of_a_shorter_month(
    start: str, every: int, unit: str, firsts: list[str]
) -> None:
    agreed = terms(start, every=every, unit=TimeUnit(unit))
    found = [period_number(agreed, number) for number in range(len(firsts))]
    assert [period.first.isoformat() for period in found] == firsts
    assert all(one.last + timedelta(days=1) == other.first for one, other in pairwise(found))


def test_a_month_is_charged_on_its_first_day_and_once() -> None:
    agreed = terms()
    assert rows(charges(agreed, [], date(2026, 1, 30))) == []
    first = charges(agreed, [], date(2026, 1, 31))
    assert rows(first) == ["01-31–02-27 1 499.00"]
    assert charges(agreed, told(first), date(2026, 2, 27)) == []
    caught_up = charges(agreed, told(first), date(2026, 4, 1))
    assert rows(caught_up) == ["02-28–03-30 1 499.00", "03-31–04-29 1 499.00"]


def test_in_arrears_a_period_is_charged_when_it_is_over() -> None:
    agreed = terms("2026-11-01", timing=Timing.ARREARS)
    assert charges(agreed, [], date(2026, 11, 30)) == []
    assert rows(charges(agreed, [], date(2026, 12, 1))) == ["11-01–11-30 1 499.00"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"periods_from": date(2026, 11, 1)}, ["11-16–11-30 0.5 249.50"]),
        (
            {"prices": (Price(date(2026, 11, 16), D(499)), Price(date(2026, 12, 1), D(599)))},
            ["11-16–11-30 0.5 249.50", "12-01–12-15 0.5 299.50"],
        ),
        ({"pauses": (Pause(date(2026, 11, 21), date(2026, 12, 2)),)}, ["11-16–11-20 0.166667 83.17",
                                                                     "12-03–12-15 0.433333 216.23"]),
        ({"pauses": (Pause(date(2026, 11, 19)),)}, ["11-16–11-18 0.1 49.90"]),
        ({"stops_on": date(2026, 11, 30)}, ["11-16–11-30 0.5 249.50"]),
        ({"stops_on": date(2026, 11, 15)}, []),
        ({"prices": (Price(date(2026, 11, 16), D(100)), Price(date(2026, 11, 26), D(0)),
                     Price(date(2026, 12, 6), D(100)))},
         ["11-16–11-25 0.3334 33.34", "11-26–12-05 0.333333 0.00", "12-06–12-15 0.333333 33.33"]),
        # Two thirds of a high price cannot be told as a share of six decimals: the amount is told as one.
        ({"prices": (Price(date(2026, 11, 16), D("1000000")),), "stops_on": date(2026, 12, 5)},
         ["11-16–12-05 1 666666.67"]),
    ],
)  # fmt: skip
def test_a_part_of_a_period_costs_its_share_by_days(changes: dict[str, Any], expected: list[str]) -> None:
    found = charges(terms("2026-11-16", **changes), [], date(2026, 11, 16))
    assert rows(found) == expected
    assert all((each.quantity * each.unit_price).quantize(D("0.01"), "ROUND_HALF_UP") == each.amount for each in found)


def test_what_was_charged_ahead_is_given_back_when_it_stops_or_pauses() -> None:
    agreed = terms("2026-11-01", "300")
    charged = told(charges(agreed, [], date(2026, 11, 1)))

    stopped = replace(agreed, stops_on=date(2026, 11, 10))
    back = charges(stopped, charged, date(2026, 11, 11))
    assert rows(back) == ["11-11–11-30 -0.666667 -200.00"]
    assert charges(stopped, charged + told(back), date(2027, 5, 1)) == []
    assert charged_through(charged + told(back)) == date(2026, 11, 10)

    paused = replace(agreed, pauses=(Pause(date(2026, 11, 11)),))
    back = charges(paused, charged, date(2026, 11, 11))
    resumed = replace(agreed, pauses=(Pause(date(2026, 11, 11), date(2026, 11, 20)),))
    assert rows(charges(resumed, charged + told(back), date(2026, 11, 21))) == ["11-21–11-30 0.333333 100.00"]


def test_m_118_the_coming_charges_are_known_as_far_as_anybody_knows() -> None:
    agreed = terms("2026-12-31", stops_on=date(2027, 4, 14))
    coming = coming_charges(agreed, [], date(2026, 11, 22))
    assert [each.due_on.isoformat() for each in coming] == ["2026-12-31", "2027-01-31", "2027-02-28", "2027-03-31"]
    assert rows(coming)[-1] == "03-31–04-14 0.5 249.50"
    assert (
        coming_charges(replace(agreed, stops_on=None, pauses=(Pause(date(2026, 12, 31)),)), [], date(2027, 1, 5)) == []
    )
    assert len(coming_charges(terms("2026-11-01"), [], date(2026, 11, 22))) == 5


@pytest.mark.parametrize(
    ("day", "changes", "expected"),
    [
        ("2026-10-31", {}, State.SCHEDULED),
        ("2026-11-01", {}, State.RUNNING),
        ("2026-11-05", {"pauses": (Pause(date(2026, 11, 5), date(2026, 11, 6)),)}, State.PAUSED),
        ("2026-11-07", {"pauses": (Pause(date(2026, 11, 5), date(2026, 11, 6)),)}, State.RUNNING),
        ("2026-11-09", {"stops_on": date(2026, 11, 9)}, State.RUNNING),
        ("2026-11-10", {"stops_on": date(2026, 11, 9)}, State.STOPPED),
        ("2026-10-01", {"stops_on": date(2026, 10, 31)}, State.STOPPED),  # taken back before it began
    ],
)
def test_how_it_stands_on_a_day(day: str, changes: dict[str, Any], expected: State) -> None:
    assert state_on(terms("2026-11-01", **changes), date.fromisoformat(day)) == expected


@pytest.mark.parametrize("seed", range(scaled(400, quick=40)))
def test_however_time_is_cut_each_day_is_charged_once_at_its_price(seed: int) -> None:
    """Prices to come, pauses, resumptions and a stop, told at random days: what is charged is what the days cost."""
    chance = random.Random(seed)
    start = date(2026, 1, 1) + timedelta(days=chance.randrange(400))
    unit = chance.choice(list(TimeUnit))
    price = Price(start, D(chance.randint(1, 999_999_999)) / 100, D(chance.randint(1, 50)) / 10)
    timing = chance.choice(list(Timing))
    agreed = terms(start.isoformat(), every=chance.randint(1, 4), unit=unit, timing=timing, prices=(price,))
    agreed = replace(agreed, periods_from=start - timedelta(days=chance.randrange(7)))
    made: list[Charge] = []
    today = start - timedelta(days=10)
    for _step in range(14):
        today += timedelta(days=chance.randrange(1, 40))
        agreed = _something_happens(chance, agreed, made, today)
        made += charges(agreed, told(made), today)
        assert charges(agreed, told(made), today) == [], seed

    times: dict[date, int] = {}
    for each in made:
        for place in range(each.days):
            day = each.first + timedelta(days=place)
            times[day] = times.get(day, 0) + (-1 if each.is_given_back else 1)
        assert (each.quantity * each.unit_price).quantize(D("0.01"), "ROUND_HALF_UP") == each.amount, seed
    by_period: dict[date, Decimal] = {}
    for each in made:
        by_period[each.period.first] = by_period.get(each.period.first, D(0)) + each.amount
    for first, amount in by_period.items():
        period = next(each.period for each in made if each.period.first == first)
        stretches = wanted_stretches(agreed, period)
        wanted = {each.first + timedelta(days=place) for each in stretches for place in range(each.days)}
        assert {day for day, count in times.items() if count == 1 and day in period} == wanted, seed
        exact = sum((each.price.unit_price * each.price.quantity * each.days for each in stretches), D(0)) / period.days
        assert abs(amount - exact) <= D("0.005"), seed
        assert all(each.price == price_on(agreed, each.first) for each in stretches)
    assert set(times.values()) <= {0, 1}, seed
    # Whoever charges all at once, with what is known at the end, comes to the same sum.
    at_once = charges(agreed, [], today)
    assert sum(each.amount for each in at_once) == sum(each.amount for each in made), seed


def _something_happens(chance: random.Random, agreed: Terms, made: list[Charge], today: date) -> Terms:
    event = chance.choice(["price", "pause", "resume", "stop", "nothing", "nothing"])
    reached = max(charged_through(told(made)) or agreed.starts_on, agreed.starts_on)
    if event == "price":
        since = max(reached, today) + timedelta(days=chance.randrange(1, 60))
        return replace(agreed, prices=(*agreed.prices, Price(since, D(chance.randint(0, 99_999)) / 100, D(1))))
    is_open = agreed.pauses_from is not None
    if event == "pause" and not is_open:
        first = max(today + timedelta(days=chance.randrange(-20, 30)), agreed.starts_on)
        last = first + timedelta(days=chance.randrange(40)) if chance.random() < 0.5 else None
        return replace(agreed, pauses=(*agreed.pauses, Pause(first, last)))
    if event == "resume" and is_open:
        *others, last_pause = sorted(agreed.pauses, key=lambda pause: pause.last is None)
        return replace(agreed, pauses=(*others, Pause(last_pause.first, max(last_pause.first, today))))
    if event == "stop" and agreed.stops_on is None and chance.random() < 0.3:
        return replace(agreed, stops_on=today + timedelta(days=chance.randrange(-15, 45)))
    return agreed
