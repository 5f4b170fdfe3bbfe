"""Amounts, quantities, days and numbers as text: what a person reads, never what is stored.

Each filter writes in the language of the page; its `format_…` function takes the language, for mail and files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.translation import get_language

register = template.Library()

NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"
NOTHING = "\u2013"
ENGLISH_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
AMOUNT_DECIMALS = 2


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How a language writes numbers."""

    decimal_mark: str
    group_mark: str
    percent_gap: str


STYLES = {
    "nb": NumberStyle(",", NO_BREAK_SPACE, NO_BREAK_SPACE),
    "sv": NumberStyle(",", NO_BREAK_SPACE, NO_BREAK_SPACE),
    "da": NumberStyle(",", ".", NO_BREAK_SPACE),
    "en": NumberStyle(".", ",", ""),
}


def language_of_page() -> str:
    """The language that the page is written in: nb, da, sv or en."""
    code = (get_language() or "nb").split("-")[0]
    return code if code in STYLES else "nb"


def format_amount(value: Decimal, language: str) -> str:
    """Money with at least two decimals, grouped by thousands; further decimals are shown, never rounded away."""
    return _number(value, language, decimals_min=AMOUNT_DECIMALS)


def format_quantity(value: Decimal, language: str) -> str:
    """A quantity with the decimals it has and no trailing zeros."""
    return _number(value, language, decimals_min=0)


def format_percent(value: Decimal, language: str) -> str:
    """A percentage with its sign, spaced as the language does."""
    return _number(value, language, decimals_min=0) + STYLES[language].percent_gap + "%"


def format_for_input(value: Decimal, language: str) -> str:
    """A number as it stands in a field: with the language's decimal mark and no grouping."""
    return format(value, "f").replace(".", STYLES[language].decimal_mark)


def format_day(value: date, language: str) -> str:
    """A calendar day."""
    if language == "sv":
        return value.isoformat()[:10]
    if language == "en":
        return f"{value.day}{NO_BREAK_SPACE}{ENGLISH_MONTHS[value.month - 1]}{NO_BREAK_SPACE}{value.year}"
    return f"{value.day:02}.{value.month:02}.{value.year}"


def format_moment(value: datetime, language: str) -> str:
    """A day and a time of day, in the time zone in force."""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{format_day(local.date(), language)}{NO_BREAK_SPACE}{local.hour:02}:{local.minute:02}"


def _number(value: Decimal, language: str, *, decimals_min: int) -> str:
    whole, _, fraction = format(abs(value), "f").partition(".")
    fraction = fraction.rstrip("0").ljust(decimals_min, "0")
    style = STYLES[language]
    sign = MINUS if value < 0 else ""
    return sign + _grouped(whole, style.group_mark) + (style.decimal_mark + fraction if fraction else "")


def _grouped(digits: str, mark: str) -> str:
    return f"{int(digits):,}".replace(",", mark)


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        raise TypeError("An amount is a Decimal, never a float.")
    return None


def _shown(value: object, form: Callable[[Decimal, str], str]) -> str:
    number = _decimal(value)
    return "" if number is None else form(number, language_of_page())


@register.filter
def amount(value: object) -> str:
    """12 450,00 in the page's language; empty when there is no value."""
    return _shown(value, format_amount)


@register.filter
def amount_in(value: object, currency: str) -> str:
    """12 450,00 NOK: an amount that must stand on its own, with its currency."""
    shown = amount(value)
    return f"{shown}{NO_BREAK_SPACE}{currency}" if shown else ""


@register.filter
def round_amount(value: object) -> str:
    """An amount on a scale: whole, and in thousands (k) or millions (M) where it is long; never a sum on its own."""
    number = _decimal(value)
    if number is None:
        return ""
    for size, mark in ((Decimal(1_000_000), "M"), (Decimal(1_000), "k")):
        if abs(number) >= size:
            return (
                f"{format_quantity((number / size).quantize(Decimal('0.1')).normalize() + 0, language_of_page())}{mark}"
            )
    return format_quantity(number.quantize(Decimal("0.1")).normalize() + 0, language_of_page())


@register.filter
def quantity(value: object) -> str:
    """2,5 in the page's language, without trailing zeros."""
    return _shown(value, format_quantity)


@register.filter
def percent(value: object) -> str:
    """25 % in the page's language."""
    return _shown(value, format_percent)


@register.filter
def day(value: object) -> str:
    """17.11.2026 in the page's language; a dash when there is no day."""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return format_day(value, language_of_page()) if isinstance(value, date) else NOTHING


@register.filter
def moment(value: object) -> str:
    """17.11.2026 14:02 in the page's language and the time zone in force; a dash when there is none."""
    return format_moment(value, language_of_page()) if isinstance(value, datetime) else NOTHING


@register.filter
def machine_time(value: date | datetime) -> str:
    """The moment or day for a <time datetime> attribute."""
    return value.isoformat()


@register.filter
def organization_number(value: object) -> str:
    """A Norwegian 974 760 673, a Danish 12 34 56 78 or a Swedish 556000-0000, told apart by its length."""
    digits = str(value or "")
    if not digits.isdecimal():
        return digits
    if len(digits) == 9:
        return _in_parts(digits, 3, 3, 3)
    if len(digits) == 8:
        return _in_parts(digits, 2, 2, 2, 2)
    return f"{digits[:6]}-{digits[6:]}" if len(digits) == 10 else digits


@register.filter
def account_number(value: object) -> str:
    """A Norwegian account as banks write it, 1234 56 78903; anything else unchanged."""
    digits = str(value or "")
    return _in_parts(digits, 4, 2, 5) if digits.isdecimal() and len(digits) == 11 else digits


@register.filter
def iban(value: object) -> str:
    """An IBAN in groups of four."""
    text = "".join(str(value or "").split())
    return NO_BREAK_SPACE.join(text[start : start + 4] for start in range(0, len(text), 4))


@register.filter
def fingerprint(value: object) -> str:
    """The first characters of a hash, enough to tell two apart by eye."""
    return str(value or "")[:12]


def _in_parts(digits: str, *sizes: int) -> str:
    parts, start = [], 0
    for size in sizes:
        parts.append(digits[start : start + size])
        start += size
    return NO_BREAK_SPACE.join(parts)
