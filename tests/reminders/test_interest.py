"""Interest equals an independent oracle that walks day by day, to the øre, over ten years of rates."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest

from reminders.policy.figures import LATE_INTEREST, Figure
from reminders.policy.interest import DayCount, Owed, days_between, interest_of
from reminders.policy.law import DebtorKind, Law, NoFigure
from tests.builders import scaled
from tests.reminders.product_law import PRODUCT_LAW

DAY = timedelta(days=1)
SEED = 20261122
FIRST_YEAR, LAST_YEAR = 2017, 2026


def ten_years_of_rates(dice: random.Random) -> tuple[Law, dict[tuple[int, int], Decimal]]:
    """A rate for each half-year, as a law and as a plain table."""
    table = {
        (year, half): Decimal(dice.randrange(200, 1500, 25)) / 100
        for year in range(FIRST_YEAR, LAST_YEAR + 1)
        for half in (1, 2)
    }
    figures = [
        Figure(
            "NO",
            LATE_INTEREST,
            date(year, 1 if half == 1 else 7, 1),
            date(year, 7, 1) if half == 1 else date(year + 1, 1, 1),
            rate,
            "drawn",
        )
        for (year, half), rate in table.items()
    ]
    return Law(figures), table


def day_by_day(
    owed: list[Owed], through: date, rate_on: Callable[[date], Fraction], *, months: bool = False
) -> Decimal:
    """The oracle: every day by itself, as a fraction, rounded once at the end."""
    balances = {segment.from_day: segment.principal for segment in owed}
    total, balance = Fraction(0), Fraction(0)
    day = owed[0].from_day
    while day <= through:
        if day in balances:
            balance = Fraction(balances[day])
        weight = 1
        if months:
            if day.day == 31:
                weight = 0
            elif (day.month, day.day) == (3, 1):
                weight = 31 - (day - DAY).day  # the short February is filled up
        if balance > 0 and weight:
            total += balance * rate_on(day) / 100 * Fraction(weight, 360 if months else 365)
        day += DAY
    ore = total * 100
    return Decimal((ore.numerator * 2 + ore.denominator) // (ore.denominator * 2)) / 100


def random_ledger(dice: random.Random) -> tuple[list[Owed], date]:
    """A claim that is paid, credited and raised now and then, and a day to ask for."""
    day = date(FIRST_YEAR, 1, 1) + timedelta(days=dice.randrange(3000))
    balance = Decimal(dice.randrange(1, 10_000_000)) / 100
    owed = [Owed(day, balance)]
    for _ in range(dice.randrange(6)):
        day += timedelta(days=dice.randrange(1, 400))
        balance -= Decimal(dice.randrange(-200_000, 3_000_000)) / 100
        owed.append(Owed(day, balance))
    end = date(LAST_YEAR, 12, 31)
    owed = [segment for segment in owed if segment.from_day <= end]
    return owed, min(owed[0].from_day + timedelta(days=dice.randrange(3600)), end)


@pytest.mark.parametrize("day_count", DayCount)
def test_interest_equals_the_days_one_by_one(day_count: DayCount) -> None:
    print("seed", SEED)
    dice = random.Random(SEED)
    law, table = ten_years_of_rates(dice)

    def statutory(day: date) -> Fraction:
        return Fraction(table[day.year, 1 if day.month < 7 else 2])

    for number in range(scaled(400, 40)):
        owed, through = random_ledger(dice)
        debtor = dice.choice(list(DebtorKind))
        agreed = dice.choice((None, None, Decimal("7.5"), Decimal(18)))

        def rate_on(day: date, debtor: DebtorKind = debtor, agreed: Decimal | None = agreed) -> Fraction:
            if agreed is None:
                return statutory(day)
            return min(Fraction(agreed), statutory(day)) if debtor is DebtorKind.CONSUMER else Fraction(agreed)

        interest = interest_of(
            owed, through=through, law=law, country="NO", debtor=debtor, day_count=day_count, agreed_rate=agreed
        )

        expected = day_by_day(owed, through, rate_on, months=day_count is DayCount.THIRTY_360)
        assert interest.amount == expected, (number, owed, through, debtor, agreed)
        assert sum(interest.rounded_parts(), Decimal(0)) == interest.amount
        assert all(before.last < after.first for before, after in pairwise(interest.parts))
        assert all(
            (before.rate, before.principal) != (after.rate, after.principal) or before.last + DAY < after.first
            for before, after in pairwise(interest.parts)
        )


@pytest.mark.parametrize(
    ("country", "end"), [("NO", date(2026, 12, 31)), ("DK", date(2026, 6, 30)), ("SE", date(2026, 12, 31))]
)
def test_interest_of_the_law_equals_the_days_one_by_one(country: str, end: date) -> None:
    owed = [Owed(date(2020, 1, 1), Decimal("12345.67")), Owed(date(2023, 8, 16), Decimal("1000.01"))]

    amount = interest_of(owed, through=end, law=PRODUCT_LAW, country=country, debtor=DebtorKind.PUBLIC).amount

    assert amount == day_by_day(owed, end, lambda day: Fraction(PRODUCT_LAW.value(country, LATE_INTEREST, day)))
    with pytest.raises(NoFigure):
        interest_of(owed, through=end + DAY, law=PRODUCT_LAW, country=country, debtor=DebtorKind.PUBLIC)


def test_parts_split_at_rates_and_at_balances() -> None:
    owed = [Owed(date(2025, 6, 1), Decimal(1000)), Owed(date(2025, 8, 11), Decimal(400))]

    interest = interest_of(owed, through=date(2025, 12, 31), law=PRODUCT_LAW, country="NO", debtor=DebtorKind.CONSUMER)

    assert [(part.first, part.last, part.days, part.rate, part.principal) for part in interest.parts] == [
        (date(2025, 6, 1), date(2025, 6, 30), 30, Decimal("12.50"), Decimal(1000)),
        (date(2025, 7, 1), date(2025, 8, 10), 41, Decimal("12.25"), Decimal(1000)),
        (date(2025, 8, 11), date(2025, 12, 31), 143, Decimal("12.25"), Decimal(400)),
    ]
    # 10.2740 + 13.7603 + 19.1973 = 43.2315
    assert interest.amount == Decimal("43.23")
    assert interest.rounded_parts() == [Decimal("10.27"), Decimal("13.76"), Decimal("19.20")]


def test_months_of_thirty_days_add_up_wherever_they_are_cut() -> None:
    first, last = date(2024, 1, 1), date(2025, 12, 31)
    whole = days_between(first, last, DayCount.THIRTY_360)
    cuts = [first + timedelta(days=days) for days in range((last - first).days)]

    assert whole == 720
    assert {
        days_between(first, cut, DayCount.THIRTY_360) + days_between(cut + DAY, last, DayCount.THIRTY_360)
        for cut in cuts
    } == {720}


def test_segments_out_of_order_are_a_mistake() -> None:
    owed = [Owed(date(2026, 3, 2), Decimal(1)), Owed(date(2026, 3, 1), Decimal(1))]

    with pytest.raises(ValueError, match="order"):
        interest_of(owed, through=date(2026, 4, 1), law=PRODUCT_LAW, country="NO", debtor=DebtorKind.CONSUMER)
