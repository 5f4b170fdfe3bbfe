"""The value of a property in a row: as a value for sums and exports, as words for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from foundation.templatetags.formatting import format_amount, format_day, format_quantity, language_of_page
from invoicing.listing.properties.kinds import CHECKS, Kind
from invoicing.listing.properties.registry import Book, Property
from tenants.models import Organization

NOTE_SHOWN_MAX = 80


def columns_of(organization: Organization, properties: Sequence[Property]) -> dict[str, Any]:
    """What rows must be given so that they carry these properties, beside the columns that each row has anyway."""
    return {each.key: each.source.expression(organization) for each in properties if not each.row_key}


def properties_named(book: Book, names: Sequence[str]) -> list[Property]:
    """The properties of these names that exist, each once, in the given order."""
    found = [book.get(name) for name in dict.fromkeys(names)]
    return [each for each in found if each is not None]


def value_of(each: Property, row: Mapping[str, Any], zone: ZoneInfo) -> Any:
    """Text, Decimal, date, datetime, bool or None: the value as a file may keep it; moments in the given zone."""
    value = row.get(each.key)
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.astimezone(zone)
    if each.is_text_day:
        return _day(value)
    return value.normalize() if each.kind == Kind.NUMBER and isinstance(value, Decimal) else value


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def words_of(each: Property, row: Mapping[str, Any], zone: ZoneInfo) -> str:
    """The value in the words of the page's language: choices by their names, yes and no; "" for nothing."""
    value = value_of(each, row, zone)
    if value is None:
        return ""
    if each.kind == Kind.CHECK:
        return str(dict(CHECKS)["yes" if value else "no"])
    if each.choices is not None:
        return str(dict(each.choices()).get(str(value), value))
    return str(value)


def cell_of(each: Property, row: Mapping[str, Any], zone: ZoneInfo) -> str:
    """The value as a cell of the list shows it: figures and days in the page's language, long texts cut."""
    value = value_of(each, row, zone)
    language = language_of_page()
    if value is None or isinstance(value, bool) or each.choices is not None:
        return words_of(each, row, zone)
    if each.kind == Kind.AMOUNT:
        return format_amount(value, language)
    if isinstance(value, Decimal):
        return format_quantity(value, language)
    if isinstance(value, date):
        return format_day(value, language)
    text = str(value)
    return text if len(text) <= NOTE_SHOWN_MAX else f"{text[:NOTE_SHOWN_MAX].rstrip()}…"
