"""What may be written down as work: on which days, how much, and what it costs the customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from billing_backlog.errors import WorkIsUnclear
from billing_backlog.hours import DAY_HOURS
from billing_backlog.models import BillingMethod, ContractLine, Project, WorkEntry, WorkKind
from foundation.money import HUNDRED, round_amount
from foundation.templatetags.formatting import (
    format_amount,
    format_day,
    format_percent,
    format_quantity,
    language_of_page,
)

AHEAD_MAX = timedelta(days=7)
BEHIND_MAX = timedelta(days=3660)
HOUR = "HUR"


@dataclass(frozen=True, slots=True)
class PriceOfWork:
    """The price by the rule and the rule in words; None where the contract line or its product decides."""

    rule_price: Decimal | None = None
    rule: str = ""
    includes_vat: bool | None = None


def refuse_day(day: date, project: Project, line: ContractLine | None, *, today: date) -> None:
    """Refuse a day that is too far off, or that the contract or the project does not cover."""
    language = language_of_page()
    if day > today + AHEAD_MAX:
        raise WorkIsUnclear(
            _("%(day)s is more than a week ahead. Write work down when it is done.")
            % {"day": format_day(day, language)},
            field="day",
        )
    if day < today - BEHIND_MAX:
        raise WorkIsUnclear(
            _("%(day)s is more than ten years ago. Check the year.") % {"day": format_day(day, language)}, field="day"
        )
    if project.closed_on is not None and day > project.closed_on:
        raise WorkIsUnclear(
            _("The project %(project)s was closed on %(day)s. Choose an earlier day or another project.")
            % {"project": project, "day": format_day(project.closed_on, language)},
            field="day",
        )
    if line is not None:
        _refuse_outside_contract(day, line, language)


def _refuse_outside_contract(day: date, line: ContractLine, language: str) -> None:
    begins = line.contract.starts_on
    if day < begins:
        raise WorkIsUnclear(
            _("The contract %(contract)s begins on %(day)s. Choose a later day or another contract.")
            % {"contract": line.contract.number, "day": format_day(begins, language)},
            field="day",
        )
    end = end_of(line)
    if end is not None and day > end:
        raise WorkIsUnclear(
            _("The contract %(contract)s ended on %(day)s. Choose an earlier day or another contract.")
            % {"contract": line.contract.number, "day": format_day(end, language)},
            field="day",
        )


def end_of(line: ContractLine) -> date | None:
    """The last day of work under a contract line; None while it runs on."""
    return min((day for day in (line.ended_on, line.contract.ends_on) if day), default=None)


def refuse_hours(hours: Decimal) -> None:
    """Refuse what nobody works in one day; less than nothing is written as a correction."""
    if hours < 0:
        raise WorkIsUnclear(_("Hours are not negative. Correct approved hours on their own page."), field="quantity")
    if hours > DAY_HOURS:
        raise WorkIsUnclear(_("A day has 24 hours. Write fewer."), field="quantity")


def refuse_long_day(day: date, hours: Decimal) -> None:
    """Refuse a day whose work is longer than a day."""
    if hours > DAY_HOURS:
        language = language_of_page()
        raise WorkIsUnclear(
            _("%(day)s would have %(hours)s hours in all. A day has 24.")
            % {"day": format_day(day, language), "hours": format_quantity(round_amount(hours), language)},
            field="quantity",
        )


def is_billed_by_work(line: ContractLine | None) -> bool:
    """Whether work under the line is billed as it is done; a fixed price, a subscription or no contract bills none."""
    return line is not None and line.billing_method == BillingMethod.TIME_AND_MATERIAL


def price_of(entry: WorkEntry) -> PriceOfWork:
    """The price rule of an entry: the product's, or what was paid with the mark-up. Hours: the contract's."""
    if entry.product is not None:
        words = _("Product %(number)s") % {"number": entry.product.number}
        return PriceOfWork(entry.product.unit_price, words, entry.product.price_includes_vat)
    if entry.kind == WorkKind.TIME or entry.unit_price is None:
        return PriceOfWork()
    language = language_of_page()
    paid = format_amount(entry.unit_price, language)
    if not entry.markup_percent:
        words = _("Fee %(amount)s") if entry.kind == WorkKind.FEE else _("Paid %(amount)s")
        return PriceOfWork(entry.unit_price, words % {"amount": paid}, False)
    words = _("Paid %(amount)s and %(percent)s on top") % {
        "amount": paid,
        "percent": format_percent(entry.markup_percent, language),
    }
    price = round_amount(entry.unit_price * (HUNDRED + entry.markup_percent) / HUNDRED)
    return PriceOfWork(price, words, False)
