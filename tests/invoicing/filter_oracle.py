"""What a filter finds, said once more in plain Python over plain rows: the other opinion in the tests of the list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

Row = Mapping[str, Any]  # by the names of the properties; None for nothing
ZONE = ZoneInfo("Europe/Oslo")


@dataclass(frozen=True)
class Question:
    """One condition over plain values."""

    name: str
    operator: str
    values: tuple[str, ...]


def fits(row: Row, groups: Sequence[Sequence[Question]], kinds: Mapping[str, str], today: date, me: str) -> bool:
    """Whether every condition of at least one group holds; without groups every row fits."""
    return not groups or any(all(_holds(row, each, kinds, today, me) for each in group) for group in groups)


def _holds(row: Row, asked: Question, kinds: Mapping[str, str], today: date, me: str) -> bool:
    value = row[asked.name]
    opposites = {"not": "is", "none": "any", "lacks": "has", "empty": "filled"}
    if asked.operator in opposites:
        return not _holds(row, Question(asked.name, opposites[asked.operator], asked.values), kinds, today, me)
    if asked.operator == "filled":
        return value is not None
    if value is None:
        return False
    kind = kinds[asked.name]
    if kind == "text":
        return _text(str(value).upper(), asked.operator, asked.values[0].upper())
    if kind in {"number", "amount"}:
        return _ordered(Decimal(value), asked.operator, [Decimal(text) for text in asked.values])
    if kind in {"date", "moment"}:
        day = value.astimezone(ZONE).date() if isinstance(value, datetime) else value
        return _day(day, asked.operator, asked.values, today)
    if kind == "check":
        return bool(value) == (asked.values[0] == "yes")
    return str(value) in {me if text == "me" else text for text in asked.values}


def _text(value: str, operator: str, typed: str) -> bool:
    return {"is": value == typed, "has": typed in value, "begins": value.startswith(typed)}[operator]


def _ordered(value: Any, operator: str, typed: Sequence[Any]) -> bool:
    first = typed[0]
    checks: dict[str, Callable[[], bool]] = {
        "is": lambda: value == first,
        "lt": lambda: value < first,
        "le": lambda: value <= first,
        "gt": lambda: value > first,
        "ge": lambda: value >= first,
        "between": lambda: first <= value <= typed[1],
    }
    return checks[operator]()


def _day(day: date, operator: str, texts: Sequence[str], today: date) -> bool:
    if operator == "last":
        return today - timedelta(days=int(texts[0])) <= day <= today
    if operator == "next":
        return today <= day <= today + timedelta(days=int(texts[0]))
    if operator == "in":
        return _within(day, texts[0], today)
    same = {"before": "lt", "until": "le", "after": "gt", "since": "ge"}
    return _ordered(day, same.get(operator, operator), [date.fromisoformat(text) for text in texts])


def _within(day: date, which: str, today: date) -> bool:
    if which == "today":
        return day == today
    way, unit = which.split("-")
    size = {"month": 1, "quarter": 3, "year": 12}[unit]
    step = {"this": 0, "last": -1, "next": 1}[way]
    return (day.year * 12 + day.month - 1) // size == (today.year * 12 + today.month - 1) // size + step
