"""Orders of the document list, and the cursors that say where in an order a page begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.db.models import Func, TextField, Value
from django.db.models.functions import Cast, Collate, NullIf

from foundation.alphabet import alphabet_of, name_key
from invoicing.listing.properties.kinds import Kind
from invoicing.listing.properties.registry import Book, Property
from tenants.models import Organization

NO_KEY = "-"  # stands in a cursor for an empty key
TEXT_MARK = "="  # stands in a cursor before a key that is text
CURSOR_LENGTH_MAX = 1_200


@dataclass(frozen=True, slots=True)
class Order:
    """A column to sort by: where it stands, how a cursor's text becomes its value, whether it may be empty."""

    column: str
    read: Callable[[str], Any]
    may_be_empty: bool = False
    is_unique: bool = False
    expression: Any = None  # what the column is worked out from, where the table has none


# Orders that an index can read; every other sortable property becomes an order by `order_of`.
ORDERS = {
    "number": Order("number", int, may_be_empty=True, is_unique=True),
    "issued": Order("issue_date", date.fromisoformat, may_be_empty=True),
    "due": Order("due_date", date.fromisoformat, may_be_empty=True),
    "amount": Order("payable_amount", Decimal),
    "updated": Order("updated_at", datetime.fromisoformat),
}
SORT_KEY = "sort_key"


def order_of(book: Book, name: str) -> Order:
    """How to sort by the property asked for; by number where it is none that sorts."""
    if name in ORDERS:
        return ORDERS[name]
    each = book.get(name)
    return ORDERS["number"] if each is None or not each.is_sortable else _computed_order(book.organization, each)


def _computed_order(organization: Organization, each: Property) -> Order:
    if each.name == "customer":
        return Order(SORT_KEY, _read_text, expression=name_key("customer__name", organization.language))
    readers: dict[Kind, Callable[[str], Any]] = {
        Kind.NUMBER: int if each.is_whole else Decimal,
        Kind.AMOUNT: Decimal,
        Kind.DATE: _read_text if each.is_text_day else date.fromisoformat,
        Kind.MOMENT: datetime.fromisoformat,
    }
    expression = each.source.expression(organization)
    read = readers.get(each.kind, _read_text)
    if read is _read_text and not each.is_text_day:
        expression = _text_key(expression, organization.language)
    return Order(SORT_KEY, read, may_be_empty=True, expression=expression)


def _text_key(expression: Any, language: str) -> Any:
    """The Nordic order of a text; an empty one is nothing."""
    text = NullIf(Cast(expression, TextField()), Value("", output_field=TextField()))
    return Collate(Func(text, Value(alphabet_of(language)), function="sort_key", output_field=TextField()), "C")


def _read_text(shown: str) -> str:
    if not shown.startswith(TEXT_MARK) or "\x00" in shown:
        raise ValueError(shown)
    return shown.removeprefix(TEXT_MARK)


def write_cursor(order: Order, row: Mapping[str, Any]) -> str:
    """The row's place in the order, as text for an address."""
    value = row[order.column]
    shown = value.isoformat() if isinstance(value, date) else f"{TEXT_MARK if isinstance(value, str) else ''}{value}"
    return f"{NO_KEY if value is None else shown}~{row['id']}"


def read_cursor(order: Order, cursor: str) -> tuple[Any, UUID] | None:
    """The key and id in a cursor; one that somebody made up is ignored."""
    key, _mark, row_id = cursor[:CURSOR_LENGTH_MAX].rpartition("~")
    try:
        if key == NO_KEY:
            return (None, UUID(row_id)) if order.may_be_empty else None
        value = order.read(key)
        is_odd = isinstance(value, Decimal) and not value.is_finite()
        is_naive = isinstance(value, datetime) and value.tzinfo is None
        is_large = isinstance(value, int) and abs(value) >= 2**63
        return None if is_odd or is_naive or is_large else (value, UUID(row_id))
    except (ValueError, InvalidOperation):
        return None
