"""A plan as it is typed, and what of it the law forbids, today or from a day that is known. Values in, values out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from reminders.law_words import FIELD_OF, KINDS, sentence_of_breach
from reminders.policy.interest import DayCount
from reminders.policy.law import DebtorKind, Law, Step
from reminders.policy.plans import Breach, Plan, PlanLevel, check_plan

LEVELS_MAX: Final = 12
HEAD: Final = ("name", "country", "debtor", "is_default", "spacing_days", "fee_is_agreed", "agreed_rate", "day_count")
LEVEL: Final = (
    "step",
    "days",
    "wants_fee",
    "agreed_fee",
    "wants_compensation",
    "wants_interest",
    "deadline_days",
    "needs_approval",
    "minimum",
)
CHANGES_LOOKED_AT: Final = 12  # days on which a figure changes, of one kind
FIRST: Final = 1


@dataclass(frozen=True, slots=True)
class LevelTerms:
    """One step as typed: the stored one that it changes, if any, and the key of its row on the form."""

    level_id: UUID | None
    values: Mapping[str, Any]
    key: str = ""


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """A whole plan as typed."""

    values: Mapping[str, Any]
    levels: Sequence[LevelTerms]

    @property
    def in_order(self) -> list[LevelTerms]:
        """The steps by their days; of two on one day the one that was written first."""
        return sorted(self.levels, key=lambda each: int(each.values["days"]))


@dataclass(frozen=True, slots=True)
class Fault:
    """What a plan breaks: the number of its step from the first (None: the whole plan), the field, the sentence."""

    place: int | None
    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a plan breaks from a day on that is known already."""

    day: date
    sentences: tuple[str, ...]


def plain_plan(terms: PlanTerms) -> Plan:
    """The typed plan as the policy reads it; its steps stand on 1, 2, 3."""
    said = terms.values
    return Plan(
        key="",
        levels=tuple(_plain_level(place, each.values) for place, each in enumerate(terms.in_order, FIRST)),
        spacing_days=int(said["spacing_days"]),
        fee_is_agreed=bool(said["fee_is_agreed"]),
        agreed_rate=said["agreed_rate"],
        day_count=DayCount(said["day_count"]),
    )


def _plain_level(place: int, said: Mapping[str, Any]) -> PlanLevel:
    return PlanLevel(
        key=str(place),
        position=place,
        step=Step(said["step"]),
        days=int(said["days"]),
        wants_fee=bool(said["wants_fee"]),
        wants_compensation=bool(said["wants_compensation"]),
        wants_interest=bool(said["wants_interest"]),
        agreed_fee=said["agreed_fee"],
        deadline_days=int(said["deadline_days"]),
        needs_approval=bool(said["needs_approval"]),
        minimum=said["minimum"] or Decimal(0),
    )


def faults_of(plan: Plan, *, country: str, debtor: str, law: Law, day: date) -> list[Fault]:
    """Everything that the plan would break if it ran on the day."""
    breaches = check_plan(plan, country=country, debtor=DebtorKind(debtor), law=law, day=day)
    places = {level.position: place for place, level in enumerate(plan.levels)}
    return [_fault(breach, places) for breach in breaches]


def _fault(breach: Breach, places: Mapping[int, int]) -> Fault:
    place = None if breach.position is None else places[breach.position]
    return Fault(place, FIELD_OF.get(breach.code, ""), sentence_of_breach(breach))


def breaks_later(plan: Plan, *, country: str, debtor: str, law: Law, day: date) -> Ahead | None:
    """What the plan breaks from the first known day on which the law changes against it; None where it stands.

    A figure that ends without a successor breaks nothing: nothing is charged by it, and the operator is asked for it.
    """
    kind = DebtorKind(debtor)
    now = {_key(each) for each in check_plan(plan, country=country, debtor=kind, law=law, day=day)}
    for change in _changes(law, country, day):
        later = check_plan(plan, country=country, debtor=kind, law=law, day=change)
        new = [each for each in later if each.code != "no_figure" and _key(each) not in now]
        if new:
            return Ahead(change, tuple(dict.fromkeys(sentence_of_breach(each) for each in new)))
    return None


def _key(breach: Breach) -> tuple[str, int | None]:
    return breach.code, breach.position


def _changes(law: Law, country: str, day: date) -> list[date]:
    """The known days after this one on which any figure of the country changes."""
    found: set[date] = set()
    for kind in KINDS:
        change = law.next_change(country, kind, day)
        for _number in range(CHANGES_LOOKED_AT):
            if change is None:
                break
            found.add(change)
            change = law.next_change(country, kind, change)
    return sorted(found)


def places_for(kept: Sequence[int | None]) -> list[int]:
    """Where the steps of a changed plan stand, given where each stood before (None: a new step).

    A step that was there before never moves up: a claim that has passed it must not come to it once more. Only where
    there is no room below do all move up by the same number.
    """
    last_kept = max((index for index, place in enumerate(kept) if place is not None), default=None)
    if last_kept is None:
        return list(range(FIRST, FIRST + len(kept)))
    places = [0] * len(kept)
    highest = max(place for place in kept if place is not None)
    for number, index in enumerate(range(last_kept + 1, len(kept)), 1):
        places[index] = highest + number
    above = highest + 1
    for index in range(last_kept, -1, -1):
        stood = kept[index]
        above = above - 1 if stood is None else min(stood, above - 1)
        places[index] = above
    lift = max(0, -min(places))
    return [place + lift for place in places]
