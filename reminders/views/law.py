"""The door to the figures of the law: what holds today by which source, what is coming, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from foundation.countries import country_name
from foundation.templatetags.formatting import format_amount, format_day, language_of_page
from reminders.law import current_law
from reminders.law_words import KINDS, kind_word
from reminders.missing import COUNTRIES, MissingRate, ending_rates, missing_rates
from reminders.models import Debtor
from reminders.policy.figures import LATE_INTEREST, NEW_ACT
from tenants import queries as tenants
from tenants.clock import local_today
from tenants.models import LawFigure
from tenants.permissions import OrganizationRequest, Permission, organization_view

COMMAND = "bin/manage enter_law_figure"


@dataclass(frozen=True, slots=True)
class FigureShown:
    """One figure that holds, or that will."""

    label: str
    value: str
    since: date
    until: date | None
    source: str
    entered_by: str
    is_coming: bool


@dataclass(frozen=True, slots=True)
class CountryShown:
    """The figures of one country, and what is missing of them."""

    name: str
    rows: list[FigureShown]
    notes: list[tuple[str, str]]  # what is missing, and the command that enters it
    is_first: bool


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def list_law_figures(request: OrganizationRequest) -> HttpResponse:
    """What the law says today about interest, fees and deadlines, and what the operator is asked for."""
    today, law = local_today(request.organization), current_law()
    figures = [row for row in tenants.list_law_figures() if row.kind in KINDS]
    missing = [*missing_rates(law, COUNTRIES, today), *ending_rates(law, today)]
    codes = sorted(COUNTRIES, key=lambda code: code != request.organization.country)
    countries = [
        CountryShown(
            country_name(code),
            _rows((row for row in figures if row.country == code and row.kind != NEW_ACT), today),
            [_note(rate) for rate in missing if rate.country == code],
            is_first=number == 0,
        )
        for number, code in enumerate(codes)
    ]
    act = law.find("NO", NEW_ACT, today)
    context = {
        "countries": countries,
        "act_since": act.valid_from if act else None,
        "act_from": None if act else law.next_change("NO", NEW_ACT, today),
        "act_command": f'{COMMAND} --country NO --kind {NEW_ACT} --from … --value 1 --unit "" --source "…"',
    }
    return render(request, "reminders/list_law_figures.html", context)


def _rows(figures: Iterable[LawFigure], today: date) -> list[FigureShown]:
    """What holds today and what is coming, by what it is called."""
    found = [row for row in figures if row.valid_to is None or row.valid_to > today]
    shown = [
        FigureShown(
            label=_label(row),
            value=_value(row),
            since=row.valid_from,
            until=row.valid_to,
            source=row.source,
            entered_by=row.entered_by,
            is_coming=row.valid_from > today,
        )
        for row in found
    ]
    return sorted(shown, key=lambda each: (each.label, each.since))


def _label(row: LawFigure) -> str:
    word = kind_word(row.kind)
    return f"{word} · {Debtor(row.variant).label}" if row.variant in Debtor.values else word


def _value(row: LawFigure) -> str:
    """The figure with its unit, as one reads it."""
    number = int(row.value)
    if row.unit == "days":
        return ngettext("%(count)s day", "%(count)s days", number) % {"count": number}
    if row.unit == "months":
        return ngettext("%(count)s month", "%(count)s months", number) % {"count": number}
    if row.unit == "notices":
        return str(number)
    amount = format_amount(row.value, language_of_page())
    return f"{amount} %" if row.unit.startswith("percent") else f"{amount} {row.unit}".strip()


def _note(rate: MissingRate) -> tuple[str, str]:
    told: dict[str, Any] = {
        "country": country_name(rate.country),
        "day": format_day(rate.since, language_of_page()),
    }
    if rate.is_over:
        sentence = _(
            "%(country)s: no rate of interest is known from %(day)s. Reminders go out without interest until the "
            "operator has entered it with its source:"
        )
    else:
        sentence = _(
            "%(country)s: the rate of interest ends on %(day)s, and the next one is not known yet. The operator "
            "enters it with its source:"
        )
    command = (
        f"{COMMAND} --country {rate.country} --kind {LATE_INTEREST} --from {rate.since} --to {rate.until} "
        f'--value … --unit "percent p.a." --source "…"'
    )
    return sentence % told, command
