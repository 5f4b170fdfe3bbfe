"""The day sheets of a day as one PDF: a page of its own for each worker, with a box to tick beside each visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from django.template import Context, Engine, Template
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing_backlog.day_sheets import DaySheet
from foundation.templatetags.formatting import format_day
from invoicing.documents import fonts
from invoicing.documents.pdf import TEMPLATE_FOLDER, exclusive_renderer
from invoicing.papers.words import paper_words
from tenants.models import Organization

SHEET_TEMPLATES = TEMPLATE_FOLDER / "billing_backlog/day_sheets"


@dataclass(frozen=True, slots=True)
class _Printed:
    """One sheet with its day in words."""

    sheet: DaySheet
    day: str


def render_day_sheets(organization: Organization, sheets: Sequence[DaySheet], *, moment: datetime) -> bytes:
    """The sheets as an archive PDF in the organization's language; the same bytes for the same visits and moment."""
    language = organization.language
    with translation.override(language):
        printed = [
            _Printed(sheet, f"{date_format(sheet.day, 'l')} {format_day(sheet.day, language)}") for sheet in sheets
        ]
        context = {
            "language": language,
            "seller": organization.name,
            "title": _("Day sheets"),
            "word": paper_words(language),
            "moment": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "printed": printed,
            "heads": (_("Time"), _("Customer"), _("Where"), _("What"), _("Done")),
            "heading": _("Day sheet"),
            "number": _("Customer number"),
        }
        markup = fonts.printable(_template().render(Context(context)))
    with exclusive_renderer() as renderer:
        return renderer.write_paper(markup, (renderer.style_of(_style()),), None)


@cache
def _style() -> str:
    return (SHEET_TEMPLATES / "day_sheets.css").read_text()


@cache
def _template() -> Template:
    # An engine of its own: the project's context processors and builtins have no business on paper.
    return Engine(dirs=[str(TEMPLATE_FOLDER)]).get_template("billing_backlog/day_sheets/day_sheets.html")
