"""Past claims walked once more by a plan: which letters would have gone, and who had paid before each. Pure.

It is asked with the claims as they were (what was owed and held on each day) and with the law of each day. Whether
anybody would have paid earlier or later for another plan it cannot know: everybody pays on the day on which they did.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from foundation.money import ZERO
from reminders.policy.deciding import ClaimFacts, History, charge_of, decide
from reminders.policy.fees import deadline_of
from reminders.policy.law import DebtorKind, Law, Step
from reminders.policy.plans import Plan, PlanLevel

_DAY: Final = timedelta(days=1)
_HELD: Final = ("held",)
NO_STEP: Final = ""  # before the first letter


class Held(NamedTuple):
    """What nobody asked for from one day through another; without an amount it is the whole claim."""

    first: date
    last: date | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class PastClaim:
    """A claim as it was, day by day: what was booked on it, and when it was held."""

    due: date
    country: str
    debtor: DebtorKind
    bears_fees: bool  # it is in the money of the country whose law it is
    moves: tuple[tuple[date, Decimal], ...]  # by day, the claim itself first
    holds: tuple[Held, ...] = ()

    def open_on(self, day: date) -> Decimal:
        """What was owed when everything of the day was known."""
        return sum((amount for moved, amount in self.moves if moved <= day), ZERO)

    def facts_on(self, day: date, history: tuple[History, ...]) -> ClaimFacts:
        """What the policy reads of the claim on the day."""
        standing = [held for held in self.holds if held.first <= day and (held.last is None or day <= held.last)]
        owed, held_part = self.open_on(day), sum((held.amount for held in standing if held.amount is not None), ZERO)
        is_stopped = any(held.amount is None for held in standing) or 0 < owed <= held_part
        return ClaimFacts(
            due=self.due,
            open=max(owed - held_part, ZERO) if not is_stopped else owed,
            stops=_HELD if is_stopped else (),
            history=history,
        )

    def next_change(self, day: date) -> date | None:
        """The first later day on which something about the claim is another."""
        days = [moved for moved, _amount in self.moves]
        days += [held.first for held in self.holds]
        days += [held.last + _DAY for held in self.holds if held.last is not None]
        return min((change for change in days if change > day), default=None)

    @property
    def settled_on(self) -> date | None:
        """The day on which nothing was owed any more, or None where something still is."""
        if sum((amount for _day, amount in self.moves), ZERO) > 0:
            return None
        return max(moved for moved, _amount in self.moves)


class Letter(NamedTuple):
    """A step that would have gone for a claim on a day, with what it might have charged."""

    step: Step
    day: date
    fee: Decimal
    compensation: Decimal


@dataclass(slots=True)
class StepOutcome:
    """What one step comes to over all claims."""

    letters: int = 0
    fees: Decimal = ZERO
    compensation: Decimal = ZERO
    settled: int = 0  # claims that were paid after it and before the next


@dataclass(slots=True)
class Outcome:
    """What a plan comes to over all claims; claims that were settled before the first letter stand at no step."""

    claims: int = 0
    open: int = 0  # not settled to this day
    steps: dict[str, StepOutcome] = field(default_factory=dict)

    def at(self, step: str) -> StepOutcome:
        """The step's own sums; nothing where it never came."""
        return self.steps.setdefault(step, StepOutcome())

    def paid_before(self, step: str, order: Iterable[str]) -> int:
        """How many claims had been settled before the step could come."""
        count = self.steps[NO_STEP].settled if NO_STEP in self.steps else 0
        for earlier in order:
            if earlier == step:
                break
            count += self.steps[earlier].settled if earlier in self.steps else 0
        return count

    @property
    def letters(self) -> int:
        """All letters."""
        return sum(each.letters for each in self.steps.values())

    @property
    def fees(self) -> Decimal:
        """All fees."""
        return sum((each.fees for each in self.steps.values()), ZERO)

    @property
    def compensation(self) -> Decimal:
        """All compensation."""
        return sum((each.compensation for each in self.steps.values()), ZERO)


def add_claim(outcome: Outcome, claim: PastClaim, letters: Iterable[Letter]) -> None:
    """Count a walked claim in."""
    outcome.claims += 1
    last, settled = NO_STEP, claim.settled_on
    for letter in letters:
        step = outcome.at(letter.step.value)
        step.letters += 1
        step.fees += letter.fee
        step.compensation += letter.compensation
        last = letter.step.value
    if settled is None:
        outcome.open += 1
    else:
        outcome.at(last).settled += 1


def walk(claim: PastClaim, plan: Plan, *, law: Law, last: date, minimum: Decimal = ZERO) -> list[Letter]:
    """The letters that the plan would have sent through a day, as if the run had looked at the claim every morning.

    Days on which nothing can happen are passed over; what somebody approves is taken as approved on its day.
    """
    letters: list[Letter] = []
    history: tuple[History, ...] = ()
    day: date | None = claim.moves[0][0] if claim.moves else None
    while day is not None and day <= last:
        facts = claim.facts_on(day, history)
        decision = decide(facts, plan, country=claim.country, debtor=claim.debtor, law=law, day=day, minimum=minimum)
        if decision.kind == "send" and decision.level is not None:
            done = _sent(claim, facts, decision.level, plan, law=law, day=day)
            history = (*history, done)
            letters.append(Letter(done.step, day, done.fee, done.compensation))
            day += _DAY
            continue
        change = claim.next_change(day)
        waits = decision.on if decision.kind == "wait" else None
        day = min((each for each in (change, waits) if each is not None and each > day), default=None)
    return letters


def _sent(claim: PastClaim, facts: ClaimFacts, level: PlanLevel, plan: Plan, *, law: Law, day: date) -> History:
    """The step as it would stand in the claim's history."""
    fee = compensation = ZERO
    if claim.bears_fees:
        charge = charge_of(facts, level, plan, country=claim.country, debtor=claim.debtor, law=law, day=day)
        fee, compensation = charge.fee, charge.compensation
    deadline = None
    if level.step is not Step.NOTICE:
        deadline = deadline_of(level.step, day, level.deadline_days, claim.country, law)
    return History(level.position, level.step, facts.round, day, fee, compensation, deadline)
