"""Plans that may be tried on the claims of the year that has passed, and what each comes to beside the present ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from reminders.law import current_law
from reminders.models import Debtor, ReminderPlan, StepChoice
from reminders.policy.law import DebtorKind, Step
from reminders.policy.plans import Plan, lawful_plan
from reminders.queries.past_claims import Wanted, count_past_claims, stream_past_claims
from reminders.queries.plans import list_plans, plain_plan, plans_of, settings_of
from reminders.simulation import Outcome, StepOutcome, add_claim, walk
from tenants.models import Organization

CLAIMS_SHOWN: Final = 1_000  # walked while somebody waits; a file walks all
CLAIMS_MAX: Final = 100_000
YEAR: Final = timedelta(days=365)
LAWFUL_COUNTRIES: Final = ("NO", "DK", "SE")
_LAWFUL = _("lawful plan")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plan that may be tried, and on whose claims."""

    key: str
    name: str | Promise
    country: str
    debtor: DebtorKind
    plan: Plan


@dataclass(frozen=True, slots=True)
class Tried:
    """One plan beside the present ones, on the same claims."""

    candidate: Candidate
    first: date
    last: date
    total: int  # claims of the year
    present: Outcome
    changed: Outcome

    @property
    def is_part(self) -> bool:
        """Whether only the newest claims were walked."""
        return self.changed.claims < self.total


@dataclass(frozen=True, slots=True)
class StepBeside:
    """One step as the present plans have it and as the tried plan has it."""

    step: str
    label: str | Promise
    present: StepOutcome
    changed: StepOutcome
    paid_before_present: int
    paid_before_changed: int


def list_candidates(organization: Organization) -> list[Candidate]:
    """The organization's own plans, and what the law of each country allows; two statements."""
    own = [_own(plan) for plan in list_plans(organization)]
    lawful = [
        Candidate(
            key=f"{country}-{kind.value}",
            name=format_lazy("{country}: {debtor}, {plan}", country=country, debtor=Debtor(kind).label, plan=_LAWFUL),
            country=country,
            debtor=kind,
            plan=lawful_plan(country, kind),
        )
        for country in LAWFUL_COUNTRIES
        for kind in DebtorKind
    ]
    return own + lawful


def _own(plan: ReminderPlan) -> Candidate:
    return Candidate(str(plan.pk), plan.name, plan.country, DebtorKind(plan.debtor), plain_plan(plan))


def try_plan(organization: Organization, candidate: Candidate, *, today: date, most: int) -> Tried:
    """Walk the claims that were due in the last year by the present plans and by this one; in the open transaction."""
    wanted = Wanted(candidate.country, candidate.debtor, today - YEAR, today, most)
    plans, law, minimum = plans_of(organization), current_law(), settings_of(organization).minimum
    present, changed = Outcome(), Outcome()
    for chosen, claim in stream_past_claims(organization, wanted):
        _id, plan = plans.plan_for(chosen, claim.country, claim.debtor)
        add_claim(present, claim, walk(claim, plan, law=law, last=today, minimum=minimum))
        add_claim(changed, claim, walk(claim, candidate.plan, law=law, last=today, minimum=minimum))
    total = changed.claims if changed.claims < most else count_past_claims(organization, wanted)
    return Tried(candidate, wanted.first, today, total, present, changed)


def steps_beside(tried: Tried) -> list[StepBeside]:
    """The steps that either side came to, in the order of the road."""
    order = [step.value for step in Step]
    return [
        StepBeside(
            step,
            StepChoice(step).label,
            tried.present.at(step),
            tried.changed.at(step),
            tried.present.paid_before(step, order),
            tried.changed.paid_before(step, order),
        )
        for step in order
        if tried.present.at(step).letters or tried.changed.at(step).letters
    ]
