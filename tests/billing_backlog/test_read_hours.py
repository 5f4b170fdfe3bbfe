"""Hours are read as people write them, and written so that reading them again gives the same."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from billing_backlog.hours import days_of, monday_of, name_of_week, read_hours, read_week, write_hours

HOURS = [
    ("7,5", "nb", "7.5", "7,5"),
    ("7.5", "nb", "7.5", "7,5"),
    ("7:30", "nb", "7.5", "7,5"),
    ("7t30", "nb", "7.5", "7,5"),
    ("7h", "en", "7", "7"),
    ("7.25", "en", "7.25", "7.25"),
    ("7:20", "nb", "7.333333", "7:20"),
    (":45", "nb", "0.75", "0,75"),
    (",5", "sv", "0.5", "0,5"),
    (" 8 ", "da", "8", "8"),
    ("-2:30", "nb", "-2.5", "\u22122,5"),
    ("\u22121,25", "nb", "-1.25", "\u22121,25"),
    ("0:01", "nb", "0.016667", "0:01"),
    ("24", "nb", "24", "24"),
]


@pytest.mark.parametrize(("typed", "language", "hours", "shown"), HOURS)
def test_hours_are_read_and_written_back(typed: str, language: str, hours: str, shown: str) -> None:
    value = read_hours(typed, language)

    assert value == Decimal(hours)
    assert write_hours(value, language) == shown
    assert read_hours(shown, language) == value


@pytest.mark.parametrize("typed", ["", ":", "7:60", "7:5:1", "sju", "7,5 t igjen", "1e3", "\u0667", "--3", "7;30"])
def test_what_is_no_hours_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_hours(typed, "nb")


def test_every_minute_of_a_day_is_written_back() -> None:
    for minute in range(24 * 60 + 1):
        value = read_hours(f"{minute // 60}:{minute % 60:02}", "nb")
        assert read_hours(write_hours(value, "nb"), "nb") == value


@pytest.mark.parametrize(
    ("asked", "monday"),
    [
        ("2026-W47", date(2026, 11, 16)),
        ("2026-11-22", date(2026, 11, 16)),
        ("2026-W53", date(2026, 12, 28)),
        ("2027-01-01", date(2026, 12, 28)),
    ],
)
def test_a_week_is_asked_for_by_its_number_or_by_a_day(asked: str, monday: date) -> None:
    assert read_week(asked) == monday == monday_of(days_of(monday)[6])
    assert read_week(name_of_week(monday)) == monday


@pytest.mark.parametrize("asked", ["", "2026-W54", "2025-W53", "47", "1926-11-22", "9999-12-31", "2026-W"])
def test_what_is_no_week_is_refused(asked: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_week(asked)
