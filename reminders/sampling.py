"""A letter of a step with made-up sums, for whoever writes its words: nobody owes it and nothing of it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from foundation.money import ZERO
from invoicing.documents.facts import Address, Buyer
from invoicing.papers.demand import FOLLOWED_BY_COLLECTION, KIND_OF_STEP, Demand, DemandedClaim
from invoicing.papers.demand import Step as LetterStep
from reminders.charging import CURRENCY_OF
from reminders.letters import Desk, in_words
from reminders.models import ReminderLevel
from reminders.policy.fees import Sending, deadline_of, lawful_charge
from reminders.policy.law import DebtorKind, Law, Step
from tenants.models import Organization

AMOUNT: Final = Decimal(12500)
INVOICED_BEFORE: Final = 14
NO_LETTER: Final = frozenset({Step.COLLECTION.value})


def sample_letter(
    organization: Organization,
    level: ReminderLevel,
    own: Mapping[str, str],
    *,
    language: str,
    buyer_name: str,
    day: date,
    law: Law,
) -> Demand:
    """The letter of the step as it would be sent on the day for one invoice, in these words of its own."""
    plan, desk = level.plan, Desk.of(organization, day)
    country = plan.country or organization.country
    currency = CURRENCY_OF.get(country, organization.base_currency)
    due = day - timedelta(days=level.days)
    step = Step(level.step)
    has_deadline = bool(level.deadline_days) or level.step in FOLLOWED_BY_COLLECTION
    sending = Sending(
        step,
        due,
        day,
        wants_fee=level.wants_fee,
        wants_compensation=level.wants_compensation,
        agreed_fee=level.agreed_fee,
        fee_is_agreed=plan.fee_is_agreed,
    )
    charge = lawful_charge(sending, country=plan.country, debtor=DebtorKind(plan.debtor), law=law)
    claim = DemandedClaim(
        receivable_id="",
        document_number="10001",
        issue_date=due - timedelta(days=INVOICED_BEFORE),
        due_date=due,
        original=AMOUNT,
        paid=ZERO,
        open=AMOUNT,
        fee=charge.fee,
        compensation=charge.compensation,
        reference="10001",
    )
    demand = Demand(
        language=language,
        kind=KIND_OF_STEP[LetterStep(level.step)],
        step=level.step,
        day=day,
        currency=currency,
        deadline=deadline_of(step, day, level.deadline_days, country, law) if has_deadline else None,
        claims=(claim,),
        account=desk.account(currency),
        seller=desk.seller(language),
        buyer=Buyer(
            kind="consumer" if plan.debtor == DebtorKind.CONSUMER else "business",
            number="1",
            name=buyer_name,
            address=Address(country=country),
        ),
    )
    return in_words(demand, own)
