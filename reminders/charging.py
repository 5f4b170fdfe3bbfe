"""What one step asks of one claim on the day it is sent: fee, compensation, interest, deadline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from foundation.money import ZERO
from reminders.policy.deciding import charge_of
from reminders.policy.fees import deadline_of
from reminders.policy.interest import Interest, Owed, interest_of
from reminders.policy.law import DebtorKind, Law, NoFigure, Step
from reminders.policy.plans import Plan, PlanLevel
from reminders.queries.due import OpenClaim

# Fees are sums of a country's own money: they are added to claims in that money alone.
CURRENCY_OF: Final = {"NO": "NOK", "DK": "DKK", "SE": "SEK"}
NO_INTEREST: Final = Interest(ZERO, ())


@dataclass(frozen=True, slots=True)
class Ready:
    """A step that goes today: its claim, its plan and the step as the plan has it now."""

    claim: OpenClaim
    plan: Plan
    level: PlanLevel


@dataclass(frozen=True, slots=True)
class Asked:
    """What the letter asks for one claim beside its principal."""

    fee: Decimal
    compensation: Decimal
    interest: Decimal  # that no earlier letter has asked for
    parts: Interest
    deadline: date | None
    missing: NoFigure | None  # the rate that the interest waits for

    @property
    def added(self) -> Decimal:
        """Everything beside the principal."""
        return self.fee + self.compensation + self.interest


def asked_of(
    ready: Ready,
    *,
    owed: Sequence[Owed],
    interest_before: Decimal,
    law: Law,
    day: date,
    extra_days: int = 0,
    may_charge: bool = True,
) -> Asked:
    """What may be asked on the day; without `may_charge` (a letter has one fee) neither fee nor compensation.

    `extra_days` are those that the letter takes to leave: its deadline is longer by them.
    """
    claim, level, plan = ready.claim, ready.level, ready.plan
    debtor = claim.debtor or DebtorKind.BUSINESS
    fee = compensation = ZERO
    if may_charge and CURRENCY_OF.get(claim.country) == claim.currency:
        charge = charge_of(claim.facts, level, plan, country=claim.country, debtor=debtor, law=law, day=day)
        fee, compensation = charge.fee, charge.compensation
    interest, missing = NO_INTEREST, None
    if level.wants_interest and day > claim.due_date:
        try:
            interest = interest_of(
                owed,
                through=day,
                law=law,
                country=claim.country,
                debtor=debtor,
                day_count=plan.day_count,
                agreed_rate=plan.agreed_rate,
            )
        except NoFigure as unknown:
            missing = unknown
    deadline = None
    if level.step != Step.NOTICE:
        latest = deadline_of(level.step, day, level.deadline_days, claim.country, law)
        deadline = latest + timedelta(days=extra_days) if latest > day else None
    return Asked(
        fee=fee,
        compensation=compensation,
        interest=max(interest.amount - interest_before, ZERO),
        parts=interest,
        deadline=deadline,
        missing=missing,
    )


def owed_since_due(due: date, postings: Iterable[tuple[date, Decimal]], *, held: Decimal = ZERO) -> list[Owed]:
    """What of the principal was owed from the day after it was due, day by day, less what is disputed.

    `postings` are what was booked on the claim by accounting date. What comes in on a day counts from the next one on.
    """
    first = due + timedelta(days=1)
    by_day: dict[date, Decimal] = {}
    for day, amount in postings:
        from_day = max(day + timedelta(days=1), first) if amount < 0 else first
        by_day[from_day] = by_day.get(from_day, ZERO) + amount
    balance, segments = -held, []
    for from_day in sorted(by_day):
        balance += by_day[from_day]
        segments.append(Owed(from_day, max(balance, ZERO)))
    return segments
