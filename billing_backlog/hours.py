"""Hours as people write them: 7,5 and 7:30 are the same; values in, values out."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

from foundation.forms import read_number
from foundation.money import round_amount
from foundation.templatetags.formatting import MINUS, format_quantity

CLOCK = re.compile(r"(-?)(\d{0,3})[:ht]([0-5]?\d)?", re.ASCII)
DECIMALS = 6
MINUTES = Decimal(60)
DAY_HOURS = Decimal(24)
WEEK_DAYS = 7
YEAR_MIN, YEAR_MAX = 2000, 2100


def read_hours(text: str, language: str) -> Decimal:
    """The typed hours: a decimal as the language writes it, or hours and minutes; ValueError when neither."""
    typed = "".join(text.split()).replace(MINUS, "-").casefold()
    clock = CLOCK.fullmatch(typed)
    if clock:
        sign, hours, minutes = clock.groups()
        if not hours and not minutes:
            raise ValueError("neither hours nor minutes")
        value = Decimal(hours or 0) + Decimal(minutes or 0) / MINUTES
        return round_amount(-value if sign else value, DECIMALS)
    if typed[:1] in {",", "."}:
        typed = f"0{typed}"
    return round_amount(read_number(typed, language), DECIMALS)


def write_hours(value: Decimal, language: str) -> str:
    """The hours so that reading them again gives the same: decimals, or minutes where decimals would not end."""
    minutes = round_amount(abs(value) * MINUTES, 0)
    exact = round_amount(minutes / MINUTES, DECIMALS)
    has_two_decimals = value == round_amount(value)
    if has_two_decimals or exact != abs(value):
        return format_quantity(value, language)
    hours, rest = divmod(int(minutes), int(MINUTES))
    return f"{MINUS if value < 0 else ''}{hours}:{rest:02}"


def read_week(text: str) -> date:
    """The Monday of a week such as 2026-W47, or of the week that a day lies in; ValueError when it is neither."""
    if re.fullmatch(r"\d{4}-W\d{1,2}", text, re.ASCII):
        year, week = text.split("-W")
        day = date.fromisocalendar(int(year), int(week), 1)
    else:
        day = date.fromisoformat(text)
    if not YEAR_MIN <= day.year <= YEAR_MAX:
        raise ValueError("a week of another century")
    return monday_of(day)


def monday_of(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def days_of(monday: date) -> list[date]:
    """The seven days of the week."""
    return [monday + timedelta(days=place) for place in range(WEEK_DAYS)]


def name_of_week(monday: date) -> str:
    """2026-W47: the week as addresses and week inputs write it."""
    year, week, _day = monday.isocalendar()
    return f"{year}-W{week:02}"
