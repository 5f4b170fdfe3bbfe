from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.dates import (
    Period,
    PeriodLength,
    add_banking_days,
    add_months,
    add_working_days,
    bank_holidays,
    due_date,
    easter_sunday,
    is_banking_day,
    is_working_day,
    month_end,
    next_banking_day,
    period_of,
    periods_between,
    public_holidays,
    working_day_of_month,
)

days = st.dates(min_value=date(2005, 1, 1), max_value=date(2090, 12, 31))
countries = st.sampled_from(["NO", "DK", "SE"])


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (1818, date(1818, 3, 22)),  # the earliest that Easter can be
        (1943, date(1943, 4, 25)),  # the latest
        (1954, date(1954, 4, 18)),
        (1981, date(1981, 4, 19)),
        (2000, date(2000, 4, 23)),
        (2024, date(2024, 3, 31)),
        (2025, date(2025, 4, 20)),
        (2026, date(2026, 4, 5)),
        (2027, date(2027, 3, 28)),
        (2038, date(2038, 4, 25)),
        (2049, date(2049, 4, 18)),
    ],
)
def test_easter_falls_on_known_sundays(year: int, expected: date) -> None:
    assert easter_sunday(year) == expected


@given(st.integers(min_value=1583, max_value=4000))
def test_easter_is_a_sunday_between_22_march_and_25_april(year: int) -> None:
    easter = easter_sunday(year)
    assert easter.weekday() == 6
    assert date(year, 3, 22) <= easter <= date(year, 4, 25)


@pytest.mark.parametrize(
    ("country", "day", "is_banking"),
    [
        ("NO", date(2026, 4, 2), False),  # Maundy Thursday
        ("NO", date(2026, 4, 6), False),  # Easter Monday
        ("NO", date(2026, 5, 14), False),  # Ascension
        ("NO", date(2026, 5, 25), False),  # Whit Monday
        ("NO", date(2027, 5, 17), False),
        ("NO", date(2026, 12, 24), False),
        ("NO", date(2026, 12, 31), True),
        ("NO", date(2026, 11, 21), False),  # a Saturday
        ("NO", date(2026, 11, 20), True),
        ("DK", date(2026, 5, 15), False),  # the day after Ascension
        ("DK", date(2026, 6, 5), False),
        ("DK", date(2026, 12, 31), False),
        ("DK", date(2023, 5, 5), False),  # store bededag, for the last time
        ("DK", date(2024, 4, 26), True),
        ("DK", date(2026, 5, 1), True),
        ("SE", date(2026, 4, 2), True),  # Maundy Thursday
        ("SE", date(2026, 1, 6), False),
        ("SE", date(2026, 6, 19), False),  # midsommarafton
        ("SE", date(2025, 6, 6), False),
        ("SE", date(2026, 5, 25), True),  # Whit Monday, a working day since 2005
        ("SE", date(2026, 12, 31), False),
    ],
)
def test_banks_close_on_their_own_holidays(country: str, day: date, *, is_banking: bool) -> None:
    assert is_banking_day(day, country) is is_banking


def test_swedish_saints_and_midsummer_are_saturdays() -> None:
    assert {date(2026, 6, 20), date(2026, 10, 31)} <= public_holidays("SE", 2026)
    assert {date(2025, 6, 21), date(2025, 11, 1)} <= public_holidays("SE", 2025)


def test_an_unknown_country_is_refused() -> None:
    with pytest.raises(ValueError, match="No calendar"):
        is_banking_day(date(2026, 11, 20), "FI")
    with pytest.raises(ValueError, match="No calendar"):
        is_working_day(date(2026, 11, 20), "FI")


@given(days, countries)
def test_every_public_holiday_closes_the_banks(day: date, country: str) -> None:
    assert public_holidays(country, day.year) <= bank_holidays(country, day.year)
    found = next_banking_day(day, country)
    assert is_banking_day(found, country)
    assert not any(is_banking_day(day + timedelta(n), country) for n in range((found - day).days))


def test_banking_days_are_counted_over_easter() -> None:
    wednesday = date(2026, 4, 1)
    assert add_banking_days(wednesday, 1, "NO") == date(2026, 4, 7)
    assert add_banking_days(wednesday, 1, "SE") == date(2026, 4, 2)
    assert add_banking_days(date(2026, 4, 7), -1, "NO") == wednesday
    assert add_banking_days(date(2026, 4, 4), 0, "NO") == date(2026, 4, 7)


@given(days, countries, st.integers(min_value=1, max_value=60))
def test_counting_banking_days_there_and_back_ends_where_it_began(day: date, country: str, count: int) -> None:
    start = next_banking_day(day, country)
    assert add_banking_days(add_banking_days(start, count, country), -count, country) == start


def test_working_days_count_saturdays_but_no_sundays_and_holidays() -> None:
    assert is_working_day(date(2026, 11, 21), "NO")
    assert not is_working_day(date(2026, 11, 22), "NO")
    assert not is_working_day(date(2027, 5, 17), "NO")
    assert add_working_days(date(2026, 4, 1), 1, "NO") == date(2026, 4, 4)
    assert add_working_days(date(2026, 4, 1), 0, "NO") == date(2026, 4, 1)


@pytest.mark.parametrize(
    ("day", "number", "expected"),
    [
        (date(2026, 11, 20), 15, date(2026, 11, 18)),
        (date(2026, 12, 5), 15, date(2026, 12, 17)),
        (date(2026, 4, 30), 15, date(2026, 4, 21)),
        (date(2026, 5, 4), 1, date(2026, 5, 2)),
        (date(2026, 1, 20), 1, date(2026, 1, 2)),
    ],
)
def test_the_fifteenth_working_day_of_a_month(day: date, number: int, expected: date) -> None:
    assert working_day_of_month(day, number, "NO") == expected


def test_working_days_of_a_month_are_counted_from_one() -> None:
    with pytest.raises(ValueError, match="from one"):
        working_day_of_month(date(2026, 11, 1), 0, "NO")
    with pytest.raises(ValueError, match="out of reach"):
        add_working_days(date(2026, 11, 1), 100_000, "NO")


@pytest.mark.parametrize(
    ("issued", "term", "from_end_of_month", "expected"),
    [
        (date(2026, 11, 21), 14, False, date(2026, 12, 5)),
        (date(2026, 11, 21), 0, False, date(2026, 11, 21)),
        (date(2026, 1, 31), 30, False, date(2026, 3, 2)),
        (date(2028, 1, 31), 30, False, date(2028, 3, 1)),
        (date(2026, 11, 3), 30, True, date(2026, 12, 30)),
    ],
)
def test_due_dates(issued: date, term: int, *, from_end_of_month: bool, expected: date) -> None:
    assert due_date(issued, term, from_end_of_month=from_end_of_month) == expected


@pytest.mark.parametrize("term", [-1, 3651])
def test_terms_out_of_range_are_refused(term: int) -> None:
    with pytest.raises(ValueError, match="term of payment"):
        due_date(date(2026, 11, 21), term)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 3, 31), -13, date(2025, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
    ],
)
def test_adding_months_keeps_to_the_month(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@pytest.mark.parametrize("day_of_month", [1, 28, 29, 30, 31])
def test_a_monthly_schedule_never_drifts(day_of_month: int) -> None:
    day = date(2026, 1, day_of_month)
    for month in range(1, 61):
        day = add_months(day, 1, day_of_month=day_of_month)
        assert day == add_months(date(2026, 1, day_of_month), month)
        assert day.day == min(day_of_month, month_end(day).day)


def test_months_out_of_reach_are_refused() -> None:
    with pytest.raises(ValueError, match="out of reach"):
        add_months(date(2026, 1, 1), 5000)


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (PeriodLength.MONTH, Period(date(2026, 11, 1), date(2026, 11, 30))),
        (PeriodLength.TWO_MONTHS, Period(date(2026, 11, 1), date(2026, 12, 31))),
        (PeriodLength.QUARTER, Period(date(2026, 10, 1), date(2026, 12, 31))),
        (PeriodLength.HALF_YEAR, Period(date(2026, 7, 1), date(2026, 12, 31))),
        (PeriodLength.YEAR, Period(date(2026, 1, 1), date(2026, 12, 31))),
    ],
)
def test_the_period_in_which_a_day_lies(length: PeriodLength, expected: Period) -> None:
    assert period_of(date(2026, 11, 21), length) == expected


@given(days, st.integers(min_value=0, max_value=1500), st.sampled_from(PeriodLength))
def test_periods_cover_every_day_once(first: date, more: int, length: PeriodLength) -> None:
    last = first + timedelta(days=more)
    periods = list(periods_between(first, last, length))
    assert periods[0].first == first
    assert periods[-1].last == last
    assert all(after.first - before.last == timedelta(days=1) for before, after in pairwise(periods))
    assert sum(period.days for period in periods) == more + 1


def test_periods_overlap_or_do_not() -> None:
    november = Period(date(2026, 11, 1), date(2026, 11, 30))
    assert november.overlap(Period(date(2026, 11, 20), date(2026, 12, 5))) == Period(
        date(2026, 11, 20), date(2026, 11, 30)
    )
    assert november.overlap(Period(date(2026, 12, 1), date(2026, 12, 5))) is None
    assert date(2026, 11, 30) in november
    assert date(2026, 12, 1) not in november
    with pytest.raises(ValueError, match="before it begins"):
        Period(date(2026, 11, 2), date(2026, 11, 1))
