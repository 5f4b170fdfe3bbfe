"""Which one level of its plan a claim has come to today, why, or until when it waits. Pure.

The first level that was not sent yet goes out when its days after due have passed. What a standstill has passed over is
caught up once and in order: each next level keeps its distance from the day on which the one before was really sent,
and from the deadline which that one gave. A notice before due is left out when its time is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from foundation.money import ZERO
from reminders.policy import figures
from reminders.policy.fees import FEE_STEPS, Charge, Charged, Sending, lawful_charge, lawful_step
from reminders.policy.law import AGENCY_STEPS, STEP_ORDER, DebtorKind, Law, Reason, Step
from reminders.policy.plans import DEADLINE_STEPS, Plan, PlanLevel


@dataclass(frozen=True, slots=True)
class History:
    """One level that was sent for a claim, or removed by hand: then it counts as done and charged nothing."""

    position: int
    step: Step
    round: int
    day: date
    fee: Decimal = ZERO
    compensation: Decimal = ZERO
    deadline: date | None = None
    is_removed: bool = False


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """What is known of one open claim: what is owed, how much of it is held, what stops it, what was sent before."""

    due: date
    open: Decimal
    held: Decimal = ZERO
    stops: tuple[str, ...] = ()
    history: tuple[History, ...] = ()  # oldest first, of all rounds
    round: int = 1


class Decision(NamedTuple):
    """What happens to the claim: a level to send, a day to wait for, a stop, or nothing any more."""

    kind: Literal["send", "wait", "stop", "never"]
    level: PlanLevel | None
    round: int
    on: date | None
    reason: Reason


POSITION_MIN: Final = -1_000_000  # below every level's
_SETTLED: Final = Reason("settled")
_HELD: Final = Reason("held")
_DONE: Final = Reason("plan_done")
_DAY: Final = timedelta(days=1)


def decide(
    facts: ClaimFacts, plan: Plan, *, country: str, debtor: DebtorKind, law: Law, day: date, minimum: Decimal = ZERO
) -> Decision:
    """The one level that is due on the day, or the level and the day that the claim waits for, or why nothing comes.

    For less than the minimum nobody is asked.
    """
    free = facts.open - facts.held
    if facts.open <= 0:
        return Decision("never", None, facts.round, None, _SETTLED)
    if facts.stops:
        return Decision("stop", None, facts.round, None, Reason(facts.stops[0]))
    if free <= 0:
        return Decision("stop", None, facts.round, None, _HELD)
    if free < minimum:
        return Decision("wait", None, facts.round, None, Reason("below_minimum", "", {"minimum": minimum}))

    left_out = _DONE
    last, furthest = _last_done(facts)
    for level in plan.levels:
        if level.position <= last or STEP_ORDER[level.step] < furthest or free < level.minimum:
            continue
        on, why = _earliest(level, facts, plan, country=country, debtor=debtor, law=law)
        goes = max(on, day)
        if level.step is Step.NOTICE and goes > facts.due:
            continue
        refusal = _refusal(level, facts, goes, country=country, law=law)
        if refusal is not None:
            left_out = refusal
            continue
        if on <= day:
            reason = Reason("level_reached", "", {"days": (day - facts.due).days, "reached": on})
            return Decision("send", level, facts.round, day, reason)
        return Decision("wait", level, facts.round, on, Reason(why, "", {"on": on}))
    return Decision("never", None, facts.round, None, left_out)


def upcoming(
    facts: ClaimFacts, plan: Plan, *, country: str, debtor: DebtorKind, law: Law, day: date, minimum: Decimal = ZERO
) -> Decision:
    """What will be decided on the next day on which something goes out, if nothing is paid until then."""
    decision = decide(facts, plan, country=country, debtor=debtor, law=law, day=day, minimum=minimum)
    if decision.kind == "wait" and decision.on is not None:
        return decide(facts, plan, country=country, debtor=debtor, law=law, day=decision.on, minimum=minimum)
    return decision


def charge_of(
    facts: ClaimFacts, level: PlanLevel, plan: Plan, *, country: str, debtor: DebtorKind, law: Law, day: date
) -> Charge:
    """What the level may charge when it is sent for the claim on the day."""
    sending = Sending(
        level.step,
        facts.due,
        day,
        charged(facts.history),
        wants_fee=level.wants_fee,
        wants_compensation=level.wants_compensation,
        agreed_fee=level.agreed_fee,
        fee_is_agreed=plan.fee_is_agreed,
    )
    return lawful_charge(sending, country=country, debtor=debtor, law=law)


def charged(history: Sequence[History]) -> tuple[Charged, ...]:
    """What the law looks at of a history: the levels that were really sent, in all rounds."""
    return tuple(
        Charged(each.step, each.day, each.fee, each.compensation, each.deadline)
        for each in history
        if not each.is_removed
    )


def _last_done(facts: ClaimFacts) -> tuple[int, int]:
    """The highest position and the furthest step of this round that are done."""
    position, furthest = POSITION_MIN, 0
    for each in facts.history:
        if each.round == facts.round:
            position = max(position, each.position)
            furthest = max(furthest, STEP_ORDER[each.step])
    return position, furthest


def _earliest(
    level: PlanLevel, facts: ClaimFacts, plan: Plan, *, country: str, debtor: DebtorKind, law: Law
) -> tuple[date, str]:
    """The first day on which the level may go out, and what decides it."""
    on, why = facts.due + timedelta(days=level.days), "days_after_due"
    for each in facts.history:
        spaced = each.day + timedelta(days=max(plan.spacing_days, 1))
        if spaced > on:
            on, why = spaced, "spacing"
        if each.is_removed:
            continue
        if each.deadline is not None and each.step in DEADLINE_STEPS and each.deadline >= on:
            on, why = each.deadline + _DAY, "deadline"
        if each.fee > 0 and level.wants_fee and level.step in FEE_STEPS.get(country, ()):
            apart = law.find(country, figures.REMINDER_MIN_DAYS_BETWEEN, each.day, debtor)
            after = each.day + timedelta(days=int(apart.value)) if apart and apart.value else on
            if after > on:
                on, why = after, "fee_spacing"
    return on, why


def _refusal(level: PlanLevel, facts: ClaimFacts, day: date, *, country: str, law: Law) -> Reason | None:
    """Why the creditor may not send this step at all on the day: it is left out of the road."""
    if level.step not in AGENCY_STEPS or country != "NO":
        return None
    return lawful_step(level.step, day, charged(facts.history), country, law)
