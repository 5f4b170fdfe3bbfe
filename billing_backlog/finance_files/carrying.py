"""What a layout can tell of a basis, and the basis with that and nothing else: what is read back equals it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from billing_backlog.finance_files.records import (
    BasisCustomer,
    BasisFile,
    BasisHeader,
    BasisLine,
    BasisOrder,
    plain_text,
    without_empty_end,
    wrapped,
)

Record = TypeVar("Record", BasisHeader, BasisCustomer, BasisOrder, BasisLine)
FREE_TEXTS = frozenset({"name", "street", "city", "head_text", "extra_text", "their_reference", "text"})
BETWEEN_JOINED_TEXTS = "; "


@dataclass(frozen=True, slots=True, kw_only=True)
class Carries:
    """The fields of the records that a layout has room for."""

    header: frozenset[str]
    customer: frozenset[str]
    order: frozenset[str]
    line: frozenset[str]
    includes_vat: bool = False
    text_width: int = 0  # of a line's own text; 0 where it has to be one of the texts below it
    texts_width: int = 0  # of each text below a line; 0 where they are joined into one
    has_negative_quantities: bool = True
    numeric: frozenset[str] = frozenset()  # fields in which a zero before a number says nothing


def words(names: str) -> frozenset[str]:
    """The names in a text."""
    return frozenset(names.split())


def prepared(basis: BasisFile, carries: Carries) -> BasisFile:
    """The basis as the layout can tell it: texts on lines of its width with every word kept, signs where it wants them.

    Fields that the layout has no room for are empty; what does not fit where there is room stays, to be refused.
    """
    orders = tuple(
        replace(
            _only(order, carries.order | {"customer", "lines"}, carries.numeric),
            customer=_only(order.customer, carries.customer | {"kind", "identifier"}, carries.numeric),
            lines=tuple(_prepared_line(line, carries) for line in order.lines),
            dimensions=without_empty_end(order.dimensions) if "dimensions" in carries.order else (),
        )
        for order in basis.orders
    )
    header = _only(basis.header, carries.header, carries.numeric)
    header = replace(header, dimension_kinds=without_empty_end(header.dimension_kinds))
    return replace(basis, header=header, orders=orders)


def _only(record: Record, names: frozenset[str], numeric: frozenset[str]) -> Record:
    """The record with these fields; the others as they are when nothing is said."""
    kept: dict[str, Any] = {}
    for field in dataclasses.fields(record):
        if field.name in names:
            value = getattr(record, field.name)
            kept[field.name] = plain_text(value) if field.name in FREE_TEXTS else value
        if field.name in names & numeric:
            kept[field.name] = kept[field.name].lstrip("0")
    return type(record)(**kept)


def _prepared_line(line: BasisLine, carries: Carries) -> BasisLine:
    text, texts = _prepared_texts(line, carries)
    quantity, price = line.quantity, line.unit_price
    if quantity is not None and quantity < 0 and not carries.has_negative_quantities:
        quantity, price = -quantity, None if price is None else -price
    moved = replace(
        line,
        text=text,
        texts=texts,
        quantity=quantity,
        unit_price=price,
        dimensions=without_empty_end(line.dimensions),
    )
    return _only(moved, carries.line, carries.numeric)


def _prepared_texts(line: BasisLine, carries: Carries) -> tuple[str, tuple[str, ...]]:
    first: tuple[str, ...] = (line.text,) if line.text else ()
    if carries.text_width:
        first = wrapped(line.text, carries.text_width)
    text, rest = (first[0] if first else "", first[1:]) if carries.text_width else ("", first)
    below = [*rest, *line.texts]
    if not carries.texts_width:
        joined = BETWEEN_JOINED_TEXTS.join(plain_text(part) for part in below if part)
        return text, (joined,) if joined else ()
    return text, tuple(piece for part in below for piece in wrapped(part, carries.texts_width))
