"""The timesheet of a draft: what was done on which day and by whom, behind the hours that it bills; as PDF and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext as _

from customers.units import unit_word
from foundation import files
from foundation.spreadsheets import csv_style_of, defuse
from foundation.templatetags.formatting import format_day, format_quantity
from invoicing.documents.printed.page import Fact
from invoicing.documents.printed.sums import SumRow
from invoicing.models import Invoice, InvoiceLine
from invoicing.papers.page import Head, OwnPaper, Row, Table, own_page
from invoicing.papers.pdf import render_page
from invoicing.parties import seller_today
from tenants.models import Organization

HOURS = "HUR"
NOTHING = "–"
ROWS_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timesheet."""

    day: date | None
    person: str
    work: str
    text: str
    hours: Decimal


def entries_of(lines: Iterable[InvoiceLine], *, hides_names: bool = False) -> list[Entry]:
    """The hours that the lines of a draft bill, by day; what is not counted in hours is left out."""
    found = [
        Entry(
            line.delivery_date or line.period_to,
            "" if hides_names else str(line.source.get("person", "")),
            str(line.source.get("work", "")),
            line.description,
            line.quantity,
        )
        for line in lines
        if line.unit_code == HOURS
    ]
    return sorted(found, key=lambda entry: (entry.day or date.max, entry.person, entry.text))[:ROWS_MAX]


def write_csv(entries: Sequence[Entry], language: str) -> bytes:
    """The timesheet as a table for spreadsheets in the language's way; no cell of it is ever a formula."""
    style = csv_style_of(language)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=style.delimiter, lineterminator="\r\n")
    with translation.override(language):
        writer.writerow([_("Date"), _("Person"), _("Work"), _("Description"), _("Hours")])
        for entry in entries:
            hours = format_quantity(entry.hours, language)
            day = entry.day.isoformat() if entry.day else ""
            writer.writerow([day, defuse(entry.person), defuse(entry.work), defuse(entry.text), hours])
    return text.getvalue().encode("utf-8-sig")


def render_timesheet(
    organization: Organization, invoice: Invoice, entries: Sequence[Entry], *, moment: datetime
) -> bytes:
    """The timesheet as an archive PDF in the customer's language; the same bytes for the same hours."""
    language = invoice.language
    seller = seller_today(organization, footer="")
    with translation.override(language):
        paper = OwnPaper(
            heading=_("Timesheet"),
            facts=tuple(_facts(invoice, entries, language)),
            tables=(_table(entries, language),),
            sums=tuple(_sums(entries, language)),
        )
        page = own_page(seller, language, paper, moment)
    logo = files.load(str(organization.pk), seller.logo_sha256) if seller.logo_sha256 else None
    return render_page(page, logo=logo)


def file_name(language: str, ending: str) -> str:
    """What the file is called, in the customer's language."""
    with translation.override(language):
        return f"{_('Timesheet')}.{ending}"


def _facts(invoice: Invoice, entries: Sequence[Entry], language: str) -> list[Fact]:
    told = [(_("Customer"), invoice.customer.name)]
    told += [(_("Project"), invoice.project_reference), (_("Contract"), invoice.contract_reference)]
    days = [entry.day for entry in entries if entry.day]
    if days:
        told.append((_("Period"), f"{format_day(min(days), language)}–{format_day(max(days), language)}"))
    return [Fact(label=label, value=value) for label, value in told if value]


def _table(entries: Sequence[Entry], language: str) -> Table:
    has_people = any(entry.person for entry in entries)
    return Table(
        heading=_("Hours"),
        heads=(
            Head(label=_("Date")),
            *([Head(label=_("Person"))] if has_people else []),
            Head(label=_("Description")),
            Head(label=_("Hours"), is_figure=True),
        ),
        rows=tuple(
            Row(
                cells=(
                    format_day(entry.day, language) if entry.day else NOTHING,
                    *([entry.person or NOTHING] if has_people else []),
                    entry.text,
                    format_quantity(entry.hours, language),
                )
            )
            for entry in entries
        ),
    )


def _sums(entries: Sequence[Entry], language: str) -> list[SumRow]:
    people: dict[str, Decimal] = {}
    for entry in entries:
        people[entry.person] = people.get(entry.person, Decimal(0)) + entry.hours
    rows = [SumRow(label=person, amount=_hours(hours, language)) for person, hours in sorted(people.items()) if person]
    whole = sum(people.values(), Decimal(0))
    return [*(rows if len(rows) > 1 else []), SumRow(label=_("Sum"), amount=_hours(whole, language), is_total=True)]


def _hours(quantity: Decimal, language: str) -> str:
    return f"{format_quantity(quantity, language)} {unit_word(HOURS, quantity, language)}"
