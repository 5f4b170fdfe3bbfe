"""Every open claim and what the plan says of it on a day: one pass over the ledger, with little memory."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from payments.reports.reading import stream
from payments.standing_sql import standing_ctes, values_of
from reminders.policy.deciding import ClaimFacts, Decision, History, decide, upcoming
from reminders.policy.law import DebtorKind, Law, Reason, Step
from reminders.policy.plans import Plan, PlanLevel
from reminders.queries.plans import DEBTOR_OF, Plans, plans_of, settings_of
from tenants.models import Organization

NEVER_ASKED: Final = "never_asked"
ALIKE_MAX: Final = 10_000

_COLUMNS = """s.receivable_id, s.customer_id, s.currency, s.due_date, s.open, s.held, s.is_wholly_held, s.hold_kinds,
       s.has_pending, s.credit, r.document_number, r.issue_date, c.kind, c.country, c.name,
       of_customer.plan_id, of_customer.is_stopped, of_customer.consolidates,
       of_claim.plan_id, of_claim.is_stopped, coalesce(of_claim.round, 1), past.steps, past.reached_nobody,
       in_collection.receivable_id IS NOT NULL"""

_FROM = """FROM standing s
JOIN payments_receivable r ON r.organization_id = %(organization)s AND r.id = s.receivable_id
  AND r.kind IN ('invoice', 'opening')
JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = s.customer_id
LEFT JOIN reminders_planchoice of_customer
  ON of_customer.organization_id = %(organization)s AND of_customer.customer_id = s.customer_id
LEFT JOIN reminders_planchoice of_claim
  ON of_claim.organization_id = %(organization)s AND of_claim.receivable_id = s.receivable_id
LEFT JOIN (
  SELECT receivable_id,
         jsonb_agg(jsonb_build_array(position, step, round, day, fee, compensation, deadline,
                                     state = 'removed' OR withdrawn_at IS NOT NULL) ORDER BY day, position) AS steps,
         bool_or(state = 'sent' AND withdrawn_at IS NOT NULL) AS reached_nobody
  FROM reminders_reminder
  WHERE organization_id = %(organization)s AND state IN ('sent', 'removed') AND step <> 'interest_note'
  GROUP BY receivable_id) past ON past.receivable_id = s.receivable_id
LEFT JOIN (
  SELECT DISTINCT claim.receivable_id
  FROM reminders_collectionclaim claim
  JOIN reminders_collectioncase cases ON cases.organization_id = claim.organization_id AND cases.id = claim.case_id
  WHERE claim.organization_id = %(organization)s AND cases.closed_at IS NULL
) in_collection ON in_collection.receivable_id = s.receivable_id"""

_ALL = f"""WITH {standing_ctes(of_few=False)} SELECT {_COLUMNS} {_FROM}
WHERE s.open > 0 AND s.due_date <= %(through)s ORDER BY s.due_date, s.receivable_id"""
_FEW = f"""WITH {standing_ctes(of_few=True)} SELECT {_COLUMNS} {_FROM}
WHERE s.receivable_id = ANY(%(receivables)s::uuid[])"""


class OpenClaim(NamedTuple):
    """An open claim with everything that decides about reminders; made by the hundred thousand."""

    receivable_id: UUID
    customer_id: UUID
    currency: str
    due_date: date
    open: Decimal
    held: Decimal
    credit: Decimal
    number: str
    issue_date: date
    customer_name: str
    country: str
    debtor: DebtorKind | None
    plan_id: UUID | None  # chosen for the claim or its customer
    consolidates: bool | None
    round: int
    stops: tuple[str, ...]
    past: str | None = None  # what was sent or removed, as the statement gives it

    @property
    def history(self) -> tuple[History, ...]:
        """What was sent or removed, the oldest first."""
        return _history(self.past) if self.past else ()

    @property
    def asked(self) -> Decimal:
        """What of the principal a letter asks for now."""
        return max(self.open - self.held - self.credit, Decimal(0))

    @property
    def facts(self) -> ClaimFacts:
        """What the policy reads."""
        return ClaimFacts(
            due=self.due_date,
            open=self.open,
            held=self.held + self.credit,
            stops=self.stops,
            history=self.history,
            round=self.round,
        )


class Decided(NamedTuple):
    """A claim, the plan that holds for it, and what is to be done."""

    claim: OpenClaim
    plan_id: UUID | None
    plan: Plan
    decision: Decision


@dataclass(frozen=True, slots=True)
class Deciding:
    """What every decision of a day rests on, read once."""

    plans: Plans
    law: Law
    minimum: Decimal
    day: date
    # Claims that were due on one day and went the same way are decided alike.
    alike: dict[Hashable, Decision] = field(default_factory=dict, repr=False, compare=False)

    def about(self, claim: OpenClaim) -> Decided:
        """What is to be done about the claim on the day."""
        debtor = claim.debtor or DebtorKind.BUSINESS
        plan_id, plan = self.plans.plan_for(claim.plan_id, claim.country, debtor)
        if claim.open - claim.held - claim.credit < max(self.minimum, plan.minimum):
            return Decided(claim, plan_id, plan, self._decide(claim, plan, debtor))  # the amount decides too
        key = (plan.key, claim.country, debtor, claim.due_date, claim.round, claim.stops, claim.past)
        decision = self.alike.get(key)
        if decision is None:
            if len(self.alike) >= ALIKE_MAX:
                self.alike.clear()
            decision = self.alike[key] = self._decide(claim, plan, debtor)
        return Decided(claim, plan_id, plan, decision)

    def _decide(self, claim: OpenClaim, plan: Plan, debtor: DebtorKind) -> Decision:
        return decide(
            claim.facts, plan, country=claim.country, debtor=debtor, law=self.law, day=self.day, minimum=self.minimum
        )

    def next_of(self, claim: OpenClaim) -> Decided:
        """The next thing that will be done about the claim, if nothing is paid."""
        debtor = claim.debtor or DebtorKind.BUSINESS
        plan_id, plan = self.plans.plan_for(claim.plan_id, claim.country, debtor)
        decision = upcoming(
            claim.facts, plan, country=claim.country, debtor=debtor, law=self.law, day=self.day, minimum=self.minimum
        )
        return Decided(claim, plan_id, plan, decision)


def deciding_on(organization: Organization, day: date, law: Law) -> Deciding:
    """What the decisions of a day rest on; three statements."""
    return Deciding(plans_of(organization), law, settings_of(organization).minimum, day)


def stream_open(organization: Organization, *, day: date, through: date) -> Iterator[OpenClaim]:
    """Every open claim that is due by a day, the longest due first, as it stands on `day`; in the open transaction."""
    for row in stream(_ALL, {**values_of(organization.pk, day), "through": through}):
        yield _claim(row)


def open_claims_by_id(organization: Organization, ids: Iterable[UUID], *, day: date) -> dict[UUID, OpenClaim]:
    """These claims where they are open, in one statement; asked under their locks, nothing changes before commit."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    found = stream(_FEW, values_of(organization.pk, day, receivables=wanted))
    return {claim.receivable_id: claim for claim in map(_claim, found) if claim.open > 0}


def decide_all(organization: Organization, deciding: Deciding) -> Iterator[Decided]:
    """What is to be done about every open claim on the day."""
    through = deciding.day + timedelta(days=deciding.plans.longest_ahead)
    for claim in stream_open(organization, day=deciding.day, through=through):
        yield deciding.about(claim)


def _claim(row: tuple[Any, ...]) -> OpenClaim:
    (
        receivable_id, customer_id, currency, due, open_now, held, is_held, kinds, has_pending, credit, number, issued,
        kind, country, name, customer_plan, customer_stops, consolidates, claim_plan, claim_stops, round_, steps,
        reached_nobody, is_in_collection,
    ) = row  # fmt: skip
    debtor = DEBTOR_OF.get(kind)
    stops = []
    if debtor is None:
        stops.append("own_unit")
    if is_in_collection:
        stops.append("in_collection")
    if is_held:
        stops.extend(f"held_{each}" for each in sorted(kinds))
    if customer_stops:
        stops.append("customer_is_stopped")
    if claim_stops:
        stops.append("claim_is_stopped")
    if has_pending:
        stops.append("payment_is_pending")
    if open_now - held - credit <= 0 and not is_held:
        stops.append("covered_by_credit" if credit else "wholly_held")
    if reached_nobody:
        stops.append("reached_nobody")
    return OpenClaim(
        receivable_id, customer_id, currency, due, open_now, held, credit, number, issued, name, country, debtor,
        claim_plan or customer_plan, consolidates, round_, tuple(stops), steps,
    )  # fmt: skip


@lru_cache(maxsize=4_096)
def _history(past: str) -> tuple[History, ...]:
    """Read once for all claims that went the same way on the same days."""
    return tuple(_past(step) for step in json.loads(past))


def _past(step: list[Any]) -> History:
    position, name, round_, day, fee, compensation, deadline, is_removed = step
    return History(
        position=position,
        step=Step(name),
        round=round_,
        day=date.fromisoformat(day),
        fee=Decimal(str(fee)),
        compensation=Decimal(str(compensation)),
        deadline=date.fromisoformat(deadline) if deadline else None,
        is_removed=is_removed,
    )


def reason_as_kept(reason: Reason) -> dict[str, Any]:
    """A reason as a row keeps it."""
    return {
        "code": reason.code,
        "paragraph": reason.paragraph,
        "figures": {name: str(value) for name, value in reason.figures.items()},
    }


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A claim whose next step is near, if nothing is paid."""

    claim: OpenClaim
    plan: Plan
    level: PlanLevel
    on: date
    round: int
    reason: Reason
    needs_approval: bool


def look_ahead(organization: Organization, *, today: date, days: int, law: Law) -> list[Upcoming]:
    """What will go within so many days from today on, if nothing is paid: the soonest first."""
    deciding = deciding_on(organization, today, law)
    settings = settings_of(organization)
    last = today + timedelta(days=days)
    through = last + timedelta(days=deciding.plans.longest_ahead)
    found = []
    for claim in stream_open(organization, day=today, through=through):
        decided = deciding.next_of(claim)
        decision = decided.decision
        if decision.kind != "send" or decision.level is None or decision.on is None or decision.on > last:
            continue
        waits = settings.needs_approval or decision.level.needs_approval or decision.level.step == Step.COLLECTION
        found.append(Upcoming(claim, decided.plan, decision.level, decision.on, decision.round, decision.reason, waits))
    return sorted(found, key=lambda each: (each.on, each.claim.due_date, each.claim.receivable_id))
