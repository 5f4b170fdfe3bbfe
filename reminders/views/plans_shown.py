"""Plans as their page shows them: by country, the own ones and the lawful ones, each as a row of steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from foundation.countries import country_name
from reminders.forms.plans import COUNTRIES
from reminders.models import Debtor, ReminderPlan
from reminders.plan_terms import Ahead, breaks_later
from reminders.policy.law import DebtorKind, Law
from reminders.policy.plans import lawful_plan
from reminders.queries.planning import customers_by_law, holds_for
from reminders.queries.plans import list_plans, plain_plan, plans_of
from reminders.step_words import StepShown, plan_line
from tenants.models import Organization


@dataclass(frozen=True, slots=True)
class OwnShown:
    """A plan of the organization's own."""

    plan: ReminderPlan
    label: str
    steps: Sequence[StepShown]
    count: int
    ahead: Ahead | None


@dataclass(frozen=True, slots=True)
class LawfulShown:
    """A built-in plan, which follows the law, with the kinds of customers for which it is the same."""

    debtors: Sequence[Debtor]
    label: str
    steps: Sequence[StepShown]
    count: int


@dataclass(frozen=True, slots=True)
class CountryShown:
    """The plans of one country; empty code: all others."""

    code: str
    name: str
    own: Sequence[OwnShown]
    lawful: Sequence[LawfulShown]
    falls_back: Sequence[str]  # kinds for which the plan of all other countries holds
    is_used: bool


def plans_by_country(organization: Organization, *, law: Law, day: date) -> list[CountryShown]:
    """Every country whose law is known, any other that has a plan, and all others at the end."""
    stored, plans = list(list_plans(organization)), plans_of(organization)
    counted = holds_for(organization, plans)
    customers: Counter[str] = Counter()
    for (country, _debtor), count in customers_by_law(organization).items():
        customers[country] += count
    first = [organization.country] if organization.country in COUNTRIES else []
    codes = dict.fromkeys([*first, *COUNTRIES, *(plan.country for plan in stored if plan.country), ""])
    shown = []
    for code in codes:
        own = [_own(plan, counted, law=law, day=day) for plan in stored if plan.country == code]
        lawful, falls_back = _lawful(code, plans.by_default, counted)
        of_others = sum(count for country, count in customers.items() if country not in codes)
        is_used = bool(own) or code == organization.country or bool(customers[code] if code else of_others)
        shown.append(CountryShown(code, name_of_country(code), own, lawful, falls_back, is_used))
    return shown


def name_of_country(code: str) -> str:
    """The country, or all others."""
    return country_name(code) if code else pgettext("countries", "All others")


def name_of_copy(country: str, debtor: Debtor) -> str:
    """What an adopted plan is called at first."""
    return _("%(country)s, %(customers)s") % {
        "country": name_of_country(country),
        "customers": str(debtor.label).lower(),
    }


def _own(plan: ReminderPlan, counted: Counter[Any], *, law: Law, day: date) -> OwnShown:
    plain = plain_plan(plan)
    ahead = breaks_later(plain, country=plan.country, debtor=plan.debtor, law=law, day=day)
    return OwnShown(plan, str(Debtor(plan.debtor).label), plan_line(plain), counted[plan.pk], ahead)


def _lawful(
    country: str, by_default: dict[tuple[str, str], Any], counted: Counter[Any]
) -> tuple[list[LawfulShown], list[str]]:
    """The built-in plans that hold, alike ones together, and the kinds for which another country's plan holds."""
    alike: dict[tuple[Any, ...], list[Debtor]] = {}
    falls_back = []
    for debtor in Debtor:
        if (country, debtor.value) in by_default:
            continue
        if ("", debtor.value) in by_default:
            falls_back.append(str(debtor.label))
            continue
        alike.setdefault(lawful_plan(country, DebtorKind(debtor.value)).levels, []).append(debtor)
    lawful = []
    for debtors in alike.values():
        steps = plan_line(lawful_plan(country, DebtorKind(debtors[0].value)))
        count = sum(
            held
            for key, held in counted.items()
            if isinstance(key, tuple) and key[1].value in debtors and _is_of(key[0], country)
        )
        lawful.append(LawfulShown(debtors, ", ".join(str(each.label) for each in debtors), steps, count))
    return lawful, falls_back


def _is_of(country: str, shown: str) -> bool:
    return country == shown if shown else country not in COUNTRIES
