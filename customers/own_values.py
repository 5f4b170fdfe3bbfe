"""The values of an organization's own properties: how each kind is read, and kept as text under the property's id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from customers.models import CustomProperty, PropertyKind
from foundation.errors import DomainError
from foundation.forms import read_number
from foundation.templatetags.formatting import format_day, format_for_input, format_quantity
from foundation.text import UnprintableText, clean_line

TEXT_LENGTH_MAX = 200
DIGITS_MAX = 18
DECIMALS_MAX = 8


class OwnValueRefused(DomainError):
    """A value does not fit what its property holds."""


def stored_value(row: CustomProperty, typed: str, language: str) -> str:
    """The value as it is kept: a number with a point, a day as year-month-day, a word as it stands; "" for none."""
    try:
        text = clean_line(typed)
    except UnprintableText as error:
        raise _refusal(row, _("%(name)s holds a character that cannot be shown.")) from error
    if not text:
        return ""
    if row.kind == PropertyKind.NUMBER:
        return _number(row, text, language)
    if row.kind == PropertyKind.DATE:
        return _day(row, text)
    if row.kind == PropertyKind.CHOICE and text not in row.choices:
        raise _refusal(row, _("%(name)s: choose one of the words."))
    if len(text) > TEXT_LENGTH_MAX:
        raise _refusal(row, _("%(name)s holds at most 200 characters. Make it shorter."))
    return text


def checked_values(definitions: Iterable[CustomProperty], values: Mapping[str, str], language: str) -> dict[str, str]:
    """Every value that belongs to one of the definitions, read by its kind; others are left out."""
    return {
        str(row.pk): stored_value(row, str(values[str(row.pk)]), language)
        for row in definitions
        if str(row.pk) in values
    }


def merged(before: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """The values kept before with the new ones in their place; an empty one is gone, the others stay."""
    return {key: value for key, value in {**before, **values}.items() if value != ""}


def named_changes(
    definitions: Iterable[CustomProperty], before: Mapping[str, str], after: Mapping[str, str]
) -> dict[str, list[str]]:
    """What has changed, by the names of the properties, for the audit trail."""
    return {
        row.name: [str(before.get(str(row.pk), "")), str(after.get(str(row.pk), ""))]
        for row in definitions
        if before.get(str(row.pk), "") != after.get(str(row.pk), "")
    }


def shown_value(row: CustomProperty, stored: str, language: str) -> str:
    """The value as a person reads it; what is no number or day is shown as it stands."""
    try:
        if stored and row.kind == PropertyKind.NUMBER:
            return format_quantity(Decimal(stored), language)
        if stored and row.kind == PropertyKind.DATE:
            return format_day(date.fromisoformat(stored), language)
    except (ValueError, ArithmeticError):
        return stored
    return stored


def typed_value(row: CustomProperty, stored: str, language: str) -> str:
    """The value as it stands in its field."""
    if stored and row.kind == PropertyKind.NUMBER:
        try:
            return format_for_input(Decimal(stored), language)
        except ArithmeticError:
            return stored
    return stored


def _number(row: CustomProperty, text: str, language: str) -> str:
    try:
        number = read_number(text, language)
    except (ValidationError, ValueError, ArithmeticError) as error:
        raise _refusal(row, _("%(name)s holds a number. Write digits, such as 12,5.")) from error
    whole, _point, decimals = format(number, "f").lstrip("-").partition(".")
    if not number.is_finite() or len(whole) + len(decimals) > DIGITS_MAX or len(decimals) > DECIMALS_MAX:
        raise _refusal(row, _("%(name)s holds a number of at most 18 digits, 8 of them decimals."))
    return format(number, "f")


def _day(row: CustomProperty, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise _refusal(row, _("%(name)s holds a date. Write it as 2026-11-21.")) from error


def _refusal(row: CustomProperty, sentence: str) -> OwnValueRefused:
    return OwnValueRefused(sentence % {"name": row.name}, field=f"own-{row.pk}")
