"""The table of the document list: its columns with their headings, its rows with their cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from invoicing.dispatching.wording import STANDING_TONES
from invoicing.listing.address import address_of
from invoicing.listing.page import ListRequest, ListRow
from invoicing.listing.properties.kinds import Kind
from invoicing.listing.properties.registry import Book, Property
from invoicing.listing.properties.showing import cell_of, properties_named
from invoicing.listing.sums import Sums
from invoicing.models import InvoiceKind
from invoicing.standing import Standing
from tenants.models import Organization

ALWAYS = "number"  # every row needs a link
DEFAULT_COLUMNS = ("number", "customer", "standing", "owner", "issued", "due", "amount", "open")
# What remains on a narrow screen: where each stands in the two lines of a row.
PLACES = {"number": "a3 nw", "customer": "a1 t2 cut", "standing": "a4"}
LARGEST_FIRST = {Kind.NUMBER, Kind.AMOUNT, Kind.DATE, Kind.MOMENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The head of a column, and the address that sorts by it."""

    name: str
    label: str
    css: str
    url: str
    sorted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell as it is shown."""

    name: str
    text: str
    css: str
    note: str = ""
    tone: str = ""  # the colour of a pill; empty where it is none


@dataclass(frozen=True, slots=True)
class Row:
    """One document and its cells."""

    document: ListRow
    cells: tuple[Cell, ...]


def shown_properties(book: Book, names: Sequence[str]) -> list[Property]:
    """The columns asked for, or the usual ones; the number always leads to the document."""
    found = properties_named(book, names or DEFAULT_COLUMNS)
    if not any(each.name == ALWAYS for each in found):
        found = [*properties_named(book, [ALWAYS]), *found]
    return found


def headings_of(
    organization: Organization, shown: Sequence[Property], wanted: ListRequest, extra: dict[str, str]
) -> list[Heading]:
    """The heads of the columns; a second choice of the same column turns the order around."""
    headings = []
    for each in shown:
        is_sorted = wanted.order_name == each.name
        first = f"-{each.name}" if each.kind in LARGEST_FIRST and each.name != "due" else each.name
        turned = each.name if wanted.is_descending else f"-{each.name}"
        unit = f" {organization.base_currency}" if each.kind == Kind.AMOUNT else ""
        headings.append(
            Heading(
                name=each.name,
                label=f"{each.label}{unit}",
                css=css_of(each, shown),
                url=address_of(wanted, extra, sort=turned if is_sorted else first) if each.is_sortable else "",
                sorted=("descending" if wanted.is_descending else "ascending") if is_sorted else "",
            )
        )
    return headings


def css_of(each: Property, shown: Sequence[Property]) -> str:
    """The classes of a column: figures to the right, and what a narrow screen keeps."""
    if each.name in PLACES:
        return PLACES[each.name]
    names = {column.name for column in shown}
    main_amount = next((name for name in ("open", "amount") if name in names), "")
    if each.name == main_amount:
        return "num a2"
    side = "num" if each.is_amount else "nw" if each.kind in {Kind.DATE, Kind.MOMENT} else "soft clip-cell"
    return side if each.name == "due" else f"{side} lo"


def rows_of(organization: Organization, documents: Sequence[ListRow], shown: Sequence[Property]) -> list[Row]:
    """The rows with their cells."""
    zone = ZoneInfo(organization.time_zone)
    base = organization.base_currency
    css = {each.name: css_of(each, shown) for each in shown}
    names = {each.name for each in shown}
    return [
        Row(document, _told_narrow([_cell(each, document, zone, css[each.name], (base, names)) for each in shown]))
        for document in documents
    ]


def _told_narrow(cells: list[Cell]) -> tuple[Cell, ...]:
    """A draft owes nothing yet: on a narrow screen its amount stands where others show what is open."""
    places = {cell.name: place for place, cell in enumerate(cells)}
    owed, amount = places.get("open"), places.get("amount")
    if owed is not None and amount is not None and not cells[owed].text:
        cells[owed] = replace(cells[owed], css=cells[owed].css.replace(" a2", ""))
        cells[amount] = replace(cells[amount], css=f"{cells[amount].css} a2")
    return tuple(cells)


def _cell(each: Property, document: ListRow, zone: ZoneInfo, css: str, page: tuple[str, set[str]]) -> Cell:
    base, names = page
    text = cell_of(each, document.values, zone)
    note = ""
    if each.name == "due" and document.standing == Standing.OVERDUE:
        css += " bad m"
    elif each.name == "open" and not document.values.get("open_amount"):
        css += " mute"
    elif each.name == "customer" and "kind" not in names and document.kind != InvoiceKind.INVOICE:
        note = document.kind_label
    if each.kind == Kind.AMOUNT and text and document.currency != base and "currency" not in names:
        note = document.currency
    tone = STANDING_TONES.get(str(document.values.get(each.key)), "") if each.name == "delivery" else ""
    return Cell(name=each.name, text=text, css=css, note=note, tone=tone)


def sum_rows(sums: Sequence[Sums], shown: Sequence[Property]) -> list[dict[str, Any]]:
    """The foot of the table: one row for each currency, a sum under each column of amounts."""
    rows = []
    for each in sums:
        cells = [{"css": css_of(column, shown), "amount": each.amounts.get(column.name)} for column in shown[1:]]
        lead = next((place for place, cell in enumerate(cells) if cell["amount"] is not None), len(cells))
        rows.append({"sums": each, "lead": lead + 1, "cells": cells[lead:]})
    return rows
