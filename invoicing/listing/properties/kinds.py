"""Kinds of values, what may be asked of each, and how typed values are read. No database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.dates import PeriodLength, period_of
from foundation.errors import DomainError

TEXT_LENGTH_MAX = 120
CHOICES_MAX = 30
DAYS_MAX = 3_660
DIGITS_MAX = 16
DECIMALS_MAX = 6
ME = "me"


class FilterRefused(DomainError):
    """A condition asks for what its property cannot answer."""


class Kind(StrEnum):
    """What a property holds."""

    TEXT = "text"
    NUMBER = "number"
    AMOUNT = "amount"
    DATE = "date"
    MOMENT = "moment"  # asked by its day in the organization's zone
    CHOICE = "choice"
    PERSON = "person"
    CHECK = "check"  # yes or no


class Operator(models.TextChoices):
    """What a condition asks; the code stands in addresses, the words on chips."""

    IS = "is", gettext_lazy("is")
    IS_NOT = "not", gettext_lazy("is not")
    ANY = "any", gettext_lazy("is any of")
    NONE = "none", gettext_lazy("is none of")
    CONTAINS = "has", gettext_lazy("contains")
    LACKS = "lacks", gettext_lazy("does not contain")
    BEGINS = "begins", gettext_lazy("begins with")
    UNDER = "lt", gettext_lazy("is under")
    AT_MOST = "le", gettext_lazy("is at most")
    OVER = "gt", gettext_lazy("is over")
    AT_LEAST = "ge", gettext_lazy("is at least")
    BETWEEN = "between", gettext_lazy("is between")
    BEFORE = "before", gettext_lazy("before")
    UNTIL = "until", gettext_lazy("on or before")
    AFTER = "after", gettext_lazy("after")
    SINCE = "since", gettext_lazy("on or after")
    LAST = "last", gettext_lazy("in the last days")
    NEXT = "next", gettext_lazy("in the next days")
    WITHIN = "in", gettext_lazy("within")
    EMPTY = "empty", gettext_lazy("is empty")
    FILLED = "filled", gettext_lazy("is not empty")


class Within(models.TextChoices):
    """Stretches of days that move with the calendar."""

    TODAY = "today", gettext_lazy("today")
    THIS_MONTH = "this-month", gettext_lazy("this month")
    LAST_MONTH = "last-month", gettext_lazy("last month")
    NEXT_MONTH = "next-month", gettext_lazy("next month")
    THIS_QUARTER = "this-quarter", gettext_lazy("this quarter")
    LAST_QUARTER = "last-quarter", gettext_lazy("last quarter")
    THIS_YEAR = "this-year", gettext_lazy("this year")
    LAST_YEAR = "last-year", gettext_lazy("last year")


class Takes(StrEnum):
    """How many values an operator takes, and of what sort."""

    NOTHING = "nothing"
    ONE = "one"
    TWO = "two"
    MANY = "many"
    DAYS = "days"
    STRETCH = "stretch"


O = Operator  # noqa: E741 - the table below is read by column
_TAKES = {
    O.EMPTY: Takes.NOTHING,
    O.FILLED: Takes.NOTHING,
    O.ANY: Takes.MANY,
    O.NONE: Takes.MANY,
    O.BETWEEN: Takes.TWO,
    O.LAST: Takes.DAYS,
    O.NEXT: Takes.DAYS,
    O.WITHIN: Takes.STRETCH,
}
_NUMBERS = (O.IS, O.IS_NOT, O.UNDER, O.AT_MOST, O.OVER, O.AT_LEAST, O.BETWEEN, O.EMPTY, O.FILLED)
_DAYS = (
    O.IS, O.IS_NOT, O.BEFORE, O.UNTIL, O.AFTER, O.SINCE, O.BETWEEN, O.LAST, O.NEXT, O.WITHIN, O.EMPTY, O.FILLED,
)  # fmt: skip
_CHOICES = (O.ANY, O.NONE, O.IS, O.IS_NOT, O.EMPTY, O.FILLED)
OPERATORS: dict[Kind, tuple[Operator, ...]] = {
    Kind.TEXT: (O.CONTAINS, O.LACKS, O.IS, O.IS_NOT, O.BEGINS, O.EMPTY, O.FILLED),
    Kind.NUMBER: _NUMBERS,
    Kind.AMOUNT: _NUMBERS,
    Kind.DATE: _DAYS,
    Kind.MOMENT: _DAYS,
    Kind.CHOICE: _CHOICES,
    Kind.PERSON: _CHOICES,
    Kind.CHECK: (O.IS,),
}
# What is the opposite of another: true of every row, also the empty ones, of which the other is not.
OPPOSITES = {O.IS_NOT: O.IS, O.NONE: O.ANY, O.LACKS: O.CONTAINS, O.EMPTY: O.FILLED}
CHECKS = (("yes", gettext_lazy("yes")), ("no", gettext_lazy("no")))


def takes(operator: Operator) -> Takes:
    """What values the operator needs."""
    return _TAKES.get(operator, Takes.ONE)


def read_values(kind: Kind, operator: Operator, texts: Sequence[str], known: Sequence[str] = ()) -> tuple[Any, ...]:
    """The values of a condition; refused with a sentence where they make no sense. `known` are a choice's codes."""
    if operator not in OPERATORS[kind]:
        raise FilterRefused(_("This cannot be asked of this property. Choose another condition."))
    wanted = takes(operator)
    if wanted == Takes.NOTHING:
        return ()
    given = [text.strip() for text in texts if text.strip()]
    if not given:
        raise FilterRefused(_("Write what the condition compares with."))
    if wanted == Takes.DAYS:
        return (_days(given[0]),)
    if wanted == Takes.STRETCH:
        return (_one_of(given[0], Within.values),)
    if wanted == Takes.TWO:
        return _two([_value(kind, text, known) for text in given])
    if wanted == Takes.MANY:
        return tuple(dict.fromkeys(_value(kind, text, known) for text in given[:CHOICES_MAX]))
    return (_value(kind, given[0], known),)


def _two(values: list[Any]) -> tuple[Any, Any]:
    if len(values) < 2:
        raise FilterRefused(_("Write both ends."))
    low, high = values[:2]
    if high < low:
        raise FilterRefused(_("The second value is before the first. Turn them around."))
    return low, high


def _value(kind: Kind, text: str, known: Sequence[str]) -> Any:
    if kind in {Kind.NUMBER, Kind.AMOUNT}:
        return read_number(text)
    if kind in {Kind.DATE, Kind.MOMENT}:
        return read_day(text)
    if kind == Kind.CHECK:
        return _one_of(text, [code for code, _label in CHECKS]) == "yes"
    if kind == Kind.PERSON:
        return text if text == ME else _person(text)
    if kind == Kind.CHOICE and known:
        return _one_of(text, known)
    if "\x00" in text:
        raise FilterRefused(_("This text holds a character that cannot be shown."))
    return text[:TEXT_LENGTH_MAX]


def read_number(text: str) -> Decimal:
    """A number with a point, a comma for it, and spaces between thousands."""
    plain = "".join(text.split()).replace("−", "-").replace(",", ".")
    try:
        number = Decimal(plain)
    except InvalidOperation:
        number = Decimal("NaN")
    if not plain.isascii() or not number.is_finite():
        raise FilterRefused(_("%(text)s is not a number. Write digits, such as 12500.50.") % {"text": text[:40]})
    digits, exponent = number.as_tuple().digits, int(number.as_tuple().exponent)
    if exponent > DIGITS_MAX or len(digits) + exponent > DIGITS_MAX or -exponent > DECIMALS_MAX:
        raise FilterRefused(_("Write a number of at most 16 digits and 6 decimals."))
    return number


def read_day(text: str) -> date:
    """A calendar day as year-month-day."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = _("%(text)s is not a date. Write it as 2026-11-21.") % {"text": text[:40]}
        raise FilterRefused(message) from error


def _days(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and int(text) <= DAYS_MAX):
        raise FilterRefused(_("Write a number of days, at most %(most)s.") % {"most": DAYS_MAX})
    return int(text)


def _person(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise FilterRefused(_("Choose a person.")) from error


def _one_of(text: str, known: Sequence[str]) -> str:
    if text not in known:
        raise FilterRefused(_("%(text)s is not one of the choices any more. Choose again.") % {"text": text[:40]})
    return text


def days_asked(operator: Operator, values: Sequence[Any], today: date) -> tuple[date | None, date | None] | None:
    """First and last day that a condition on days lets through; None for one that is not about a stretch of days."""
    if operator in {O.LAST, O.NEXT}:
        far = timedelta(days=values[0])
        return (today - far, today) if operator == O.LAST else (today, today + far)
    if operator == O.WITHIN:
        return stretch(Within(values[0]), today)
    if operator == O.BETWEEN:
        return values[0], values[1]
    day, one = (values[0], timedelta(days=1)) if values else (today, timedelta())
    # The first and the last day that there is have none beyond them; the ends of the calendar stay as they are.
    before = day - one if day > date.min else day
    beyond = day + one if day < date.max else day
    return {
        O.IS: (day, day),
        O.BEFORE: (None, before),
        O.UNTIL: (None, day),
        O.AFTER: (beyond, None),
        O.SINCE: (day, None),
    }.get(operator)


def stretch(within: Within, today: date) -> tuple[date, date]:
    """The days of a calendar stretch, seen from today."""
    if within == Within.TODAY:
        return today, today
    which, _dash, unit = within.value.partition("-")
    length = {"month": PeriodLength.MONTH, "quarter": PeriodLength.QUARTER, "year": PeriodLength.YEAR}[unit]
    period = period_of(today, length)
    if which == "last":
        period = period_of(period.first - timedelta(days=1), length)
    elif which == "next":
        period = period_of(period.last + timedelta(days=1), length)
    return period.first, period.last
