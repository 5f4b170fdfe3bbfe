"""Letters as they would be if they were sent now: read without a lock, written nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from foundation.money import ZERO
from invoicing.papers.demand import Demand
from payments.additions import additions_of
from payments.models import Receivable
from reminders.charging import Asked, Ready, asked_of, owed_since_due
from reminders.letters import Desk, Item, demand_of
from reminders.models import Reminder
from reminders.policy.law import Law
from reminders.queries import sending as facts
from reminders.queries.due import Decided, deciding_on, open_claims_by_id
from reminders.queries.plans import levels_by_id
from tenants.models import Organization


@dataclass(frozen=True, slots=True)
class Preview:
    """What would go out for one claim: its next step with what it adds; or nothing, where something forbids it."""

    receivable_id: UUID
    decided: Decided | None
    asked: Asked | None = None
    letter: Demand | None = None

    @property
    def step(self) -> str:
        """The next step, where there is one."""
        level = self.decided.decision.level if self.decided else None
        return level.step.value if level else ""

    @property
    def charged(self) -> Decimal:
        """Fee and compensation."""
        return self.asked.fee + self.asked.compensation if self.asked else ZERO


def preview_letters(
    organization: Organization, receivable_ids: Sequence[UUID], *, today: date, law: Law
) -> list[Preview]:
    """What each of these claims would be sent today by itself, the letter's words included; few questions for many."""
    claims = open_claims_by_id(organization, receivable_ids, day=today)
    deciding = deciding_on(organization, today, law)
    postings = facts.postings_of(organization, claims)
    before = facts.interest_before(organization, claims)
    additions = additions_of(organization.pk, claims)
    receivables = {row.pk: row for row in Receivable.objects.of(organization).filter(pk__in=list(claims))}
    customers = facts.customers_by_id(organization, {claim.customer_id for claim in claims.values()})
    levels = levels_by_id(organization)
    desk = Desk.of(organization, today)
    found = []
    for receivable_id in receivable_ids:
        claim = claims.get(receivable_id)
        decided = deciding.about(claim) if claim else None
        level = decided.decision.level if decided else None
        if claim is None or decided is None or level is None:
            found.append(Preview(receivable_id, decided))
            continue
        booked = postings.get(receivable_id, [])
        owed = owed_since_due(claim.due_date, booked, held=claim.held)
        asked = asked_of(
            Ready(claim, decided.plan, level),
            owed=owed,
            interest_before=before.get(receivable_id, ZERO),
            law=law,
            day=today,
        )
        item = Item(
            reminder=Reminder(step=level.step.value, position=level.position),
            claim=claim,
            receivable=receivables[receivable_id],
            asked=asked,
            original=sum((amount for _day, amount in booked if amount > 0), ZERO),
            additions=additions.get(receivable_id, ()),
            level=levels.get(level.key),
        )
        is_letter = level.step.value in LETTERS
        letter = demand_of(desk, customers[claim.customer_id], [item]) if is_letter else None
        found.append(Preview(receivable_id, decided, asked, letter))
    return found


# Handing a claim to an agency is no letter.
LETTERS = frozenset({"notice", "friendly", "reminder", "collection_notice", "payment_demand"})
