"""Why a line stands on the document, for the customer: what was done, by whom, who approved it, which price and VAT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from foundation.templatetags.formatting import format_day, format_percent
from invoicing.confirmation import CONFIRMED_BY, HIDES_NAMES
from invoicing.documents.facts import Line
from invoicing.documents.printed.page import Fact


def why_of(line: Line, source: Mapping[str, Any], language: str) -> tuple[Fact, ...]:
    """What the frozen source of the line tells, in the words of the page; names only where the seller shows them."""
    return tuple(Fact(label=label, value=value) for label, value in _told(line, source, language) if value)


def _told(line: Line, source: Mapping[str, Any], language: str) -> Iterator[tuple[str, str]]:
    yield _("Comes from"), str(source.get("label", ""))
    yield _("Work"), str(source.get("work", ""))
    yield _("Done on"), _day(source.get("day"), language)
    if not source.get(HIDES_NAMES):
        yield _("Done by"), str(source.get("person", ""))
        yield _("Approved by"), str(source.get("approved_by", ""))
        yield _("Confirmed by"), str(source.get(CONFIRMED_BY, ""))
    yield _("Order"), " ".join(filter(None, (str(source.get("order", "")), str(source.get("line", "")))))
    yield _("Price by"), str(source.get("price_rule", ""))
    yield _("Why another price"), str(source.get("reason", ""))
    if line.vat_category != "O":
        rate = format_percent(line.vat_rate_percent, language)
        yield _("VAT"), _("%(rate)s, the rate of the day of delivery") % {"rate": rate}


def _day(text: Any, language: str) -> str:
    try:
        return format_day(date.fromisoformat(str(text)), language)
    except ValueError:
        return ""
