"""The lines of a draft in their sections: what each is grouped under, in which order, and how that is printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.dates import format_date

from foundation.alphabet import sort_key
from foundation.templatetags.formatting import format_day
from invoicing.documents.words import words_in
from invoicing.layouts import BY_TIME, Grouping, Layout, SectionOrder
from invoicing.models import Invoice, InvoiceLine

SECTION_LENGTH = 120
# What whoever makes the lines tells of them in `source`, in the words that a document may carry.
TOLD_BY_SOURCE = {Grouping.PERSON: "person", Grouping.WORK: "work", Grouping.PROJECT: "project"}


def printed_layout(invoice: Invoice, lines: Iterable[InvoiceLine]) -> dict[str, Any]:
    """What the body of a document says of its layout: nothing where every line is printed as usual."""
    if not invoice.layout:
        return {}
    layout = Layout.from_json(invoice.layout)
    sections = sections_of(lines)
    summed = tuple(section for section in sections if layout.sums_up(section))
    return {
        "summed_sections": summed,
        "hides_headings": bool(sections) and layout.hides_headings,
        "omits_specification": bool(summed) and layout.omits_specification,
    }


def sections_of(lines: Iterable[InvoiceLine]) -> tuple[str, ...]:
    """The names of the sections in the order in which they begin."""
    return tuple(dict.fromkeys(line.section for line in lines if line.section))


def lay_out(invoice: Invoice, lines: Sequence[InvoiceLine], layout: Layout) -> list[InvoiceLine]:
    """The lines in the sections and the order that the layout wants, numbered anew; nothing is stored.

    Lines that do not tell what they are grouped by stand after the sections; those whose section is decided keep it.
    """
    if layout.group_by != Grouping.AS_TYPED:
        for line in lines:
            if "section" not in line.locked_fields:
                line.section = section_for(line, layout.group_by, invoice.language)
    ordered = _ordered(lines, layout, invoice.language)
    for position, line in enumerate(ordered, start=1):
        line.position = position
    return ordered


def section_for(line: InvoiceLine, group_by: str, language: str) -> str:
    """The section that a line belongs in, named in the language of the document; empty where it does not tell."""
    if group_by in BY_TIME:
        day = day_of(line)
        return _time_name(day, group_by, language) if day else ""
    if group_by == Grouping.NOTHING:
        return ""
    told = line.source.get(TOLD_BY_SOURCE[Grouping(group_by)], "")
    if not told and group_by == Grouping.PROJECT:
        told = line.dimensions.get("project", "")
    return " ".join(str(told).split())[:SECTION_LENGTH]


def day_of(line: InvoiceLine) -> date | None:
    """The day on which what the line is about was done, or began."""
    return line.delivery_date or line.period_from


def _time_name(day: date, group_by: str, language: str) -> str:
    if group_by == Grouping.DAY:
        return format_day(day, language)
    if group_by == Grouping.WEEK:
        year, week, _weekday = day.isocalendar()
        return words_in(language)["week"].format(week=week, year=year)
    name = format_date(day, "LLLL y", locale=Locale.parse(language))
    return name[:1].upper() + name[1:]


def _ordered(lines: Sequence[InvoiceLine], layout: Layout, language: str) -> list[InvoiceLine]:
    """Neighbours of one section together, the sections as the layout orders them, the rest last."""
    if layout == Layout():
        return list(lines)
    groups: dict[str, list[InvoiceLine]] = {}
    for line in lines:
        groups.setdefault(line.section, []).append(line)
    if layout.group_by == Grouping.AS_TYPED and not layout.order:
        return [line for group in groups.values() for line in group]
    rest = groups.pop("", [])
    names = list(groups)
    if layout.order == SectionOrder.NAME:
        names.sort(key=lambda name: sort_key(name, language))
    elif layout.order == SectionOrder.AMOUNT:
        names.sort(key=lambda name: -sum((line.net_amount for line in groups[name]), Decimal(0)))
    elif layout.group_by in BY_TIME:
        names.sort(key=lambda name: min(filter(None, map(day_of, groups[name]))))
    return [line for name in names for line in groups[name]] + rest


def moved(lines: Sequence[InvoiceLine], section: str, step: int) -> list[InvoiceLine]:
    """The lines with one section moved up (-1) or down (1) among the others; at the end it stays."""
    groups: dict[str, list[InvoiceLine]] = {}
    for line in lines:
        groups.setdefault(line.section, []).append(line)
    names = list(groups)
    if section not in groups:
        return list(lines)
    place = names.index(section)
    names.insert(max(0, min(len(names) - 1, place + step)), names.pop(place))
    ordered = [line for name in names for line in groups[name]]
    for position, line in enumerate(ordered, start=1):
        line.position = position
    return ordered


def layout_for(defaults: Mapping[Any, Layout], customer_id: Any) -> Layout:
    """The layout that a new draft begins with: the customer's, else the organization's, else the usual one."""
    return defaults.get(customer_id) or defaults.get(None) or Layout()
