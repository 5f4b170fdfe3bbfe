"""Plans of reminders: what a level asks for, where a plan breaks the law, and lawful ones to begin with. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Final

from foundation.money import ZERO
from reminders.policy import figures
from reminders.policy.fees import (
    COMPENSATED_BY,
    COMPENSATION_PARAGRAPHS,
    DEMAND_PARAGRAPH,
    FEE_PARAGRAPHS,
    FEE_STEPS,
    minimum_deadline,
)
from reminders.policy.interest import DayCount
from reminders.policy.law import AGENCY_STEPS, NEW_ACT_PARAGRAPH, STEP_ORDER, DebtorKind, Law, Step

RATE_PARAGRAPHS: Final = {"NO": "forsinkelsesrenteloven § 4", "DK": "renteloven § 5", "SE": "räntelagen § 6"}
DEADLINE_PARAGRAPHS: Final = {
    ("NO", Step.REMINDER): "inkassoforskriften § 1-2",
    ("NO", Step.COLLECTION_NOTICE): "inkassoloven § 9",
    ("NO", Step.PAYMENT_DEMAND): DEMAND_PARAGRAPH,
    ("DK", Step.COLLECTION_NOTICE): "inkassoloven § 10 (3)",
    ("SE", Step.COLLECTION_NOTICE): "inkassolagen",
}
# Steps that a claim must be late for, and those whose deadline the next step waits out.
LATE_STEPS: Final = frozenset(Step) - {Step.NOTICE}
DEADLINE_STEPS: Final = frozenset({Step.REMINDER, Step.COLLECTION_NOTICE, Step.PAYMENT_DEMAND})


@dataclass(frozen=True, slots=True)
class PlanLevel:
    """One step of a plan: when it is due, counted from the due date, and what it asks for."""

    key: str
    position: int
    step: Step
    days: int  # negative: before the due date
    wants_fee: bool = False
    wants_compensation: bool = False
    wants_interest: bool = False
    agreed_fee: Decimal | None = None
    deadline_days: int = 0
    needs_approval: bool = False
    minimum: Decimal = ZERO  # a claim of less is passed over by this level


@dataclass(frozen=True, slots=True)
class Plan:
    """The levels in their order, and what was agreed with the customers it holds for."""

    key: str
    levels: tuple[PlanLevel, ...]
    spacing_days: int = 7
    fee_is_agreed: bool = False
    agreed_rate: Decimal | None = None
    day_count: DayCount = DayCount.ACTUAL_365

    @property
    def minimum(self) -> Decimal:
        """The amount from which every level of the plan is sent."""
        return max((level.minimum for level in self.levels), default=ZERO)


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that a plan breaks: at which level (None: the plan as a whole), by which paragraph, with which figures."""

    code: str
    paragraph: str = ""
    position: int | None = None
    figures: dict[str, object] = field(default_factory=dict)


def check_plan(plan: Plan, *, country: str, debtor: DebtorKind, law: Law, day: date) -> tuple[Breach, ...]:
    """Every rule that the plan would break if it ran on the day; empty when it may be saved."""
    setting = _Setting(country, debtor, law, day)
    return (
        *_check_shape(plan),
        *(breach for level in plan.levels for breach in _check_level(plan, level, setting)),
        *_check_fees(plan, setting),
        *_check_waiting(plan, setting),
        *_check_rate(plan, setting),
    )


@dataclass(frozen=True, slots=True)
class _Setting:
    country: str
    debtor: DebtorKind
    law: Law
    day: date

    def find(self, kind: str) -> Decimal | None:
        figure = self.law.find(self.country, kind, self.day, self.debtor)
        return figure.value if figure else None

    @property
    def is_new_act(self) -> bool:
        return self.country == "NO" and self.law.is_new_act(self.day)

    @property
    def fee_paragraph(self) -> str:
        return NEW_ACT_PARAGRAPH if self.is_new_act else FEE_PARAGRAPHS.get(self.country, "")


def _check_shape(plan: Plan) -> Iterator[Breach]:
    """Is there a road at all, and do its levels follow each other?"""
    if not plan.levels:
        yield Breach("no_levels")
    if plan.spacing_days < 1:
        yield Breach("spacing_too_small", figures={"days": 1})
    for before, level in pairwise(plan.levels):
        if level.position <= before.position:
            yield Breach("positions_out_of_order", position=level.position)
        if level.days == before.days:
            yield Breach("two_levels_on_one_day", position=level.position, figures={"days": level.days})
        elif level.days < before.days:
            yield Breach("days_out_of_order", position=level.position, figures={"days": level.days})
        if STEP_ORDER[level.step] < STEP_ORDER[before.step]:
            yield Breach("steps_out_of_order", position=level.position, figures={"step": str(level.step)})


def _check_level(plan: Plan, level: PlanLevel, setting: _Setting) -> Iterator[Breach]:
    """What can be said of one level without looking at the others."""
    country, position = setting.country, level.position
    if level.step in LATE_STEPS and level.days <= 0:
        paragraph = DEADLINE_PARAGRAPHS.get((country, level.step), "")
        yield Breach("before_due", paragraph, position, {"days": level.days})
    if level.step is Step.NOTICE and level.days > 0:
        yield Breach("notice_after_due", "", position, {"days": level.days})
    if level.step in AGENCY_STEPS and setting.is_new_act:
        yield Breach("only_by_agency", NEW_ACT_PARAGRAPH, position)
    wants_deadline = level.step is not Step.REMINDER or level.wants_fee
    least = minimum_deadline(level.step, setting.day, country, setting.law) if wants_deadline else 0
    if level.deadline_days < least:
        yield Breach("deadline_too_short", DEADLINE_PARAGRAPHS[country, level.step], position, {"days": least})
    if level.wants_fee:
        yield from _check_fee(plan, level, setting)
    if level.wants_compensation:
        yield from _check_compensation(level, setting)


def _check_fee(plan: Plan, level: PlanLevel, setting: _Setting) -> Iterator[Breach]:
    country, position, paragraph = setting.country, level.position, setting.fee_paragraph
    if country not in FEE_STEPS:
        yield Breach("no_law", "", position, {"country": country})
        return
    if level.step not in FEE_STEPS[country]:
        yield Breach("step_bears_no_fee", paragraph, position, {"step": str(level.step)})
        return
    earliest = setting.find(figures.REMINDER_FEE_MIN_DAYS)
    if earliest is not None and 0 < level.days < earliest:
        yield Breach("fee_too_early", paragraph, position, {"days": int(earliest)})
    if country == "SE" and level.step is Step.REMINDER and not plan.fee_is_agreed:
        yield Breach("fee_not_agreed", paragraph, position)
    most = setting.find(_fee_kind(level.step, setting))
    if most is None and not (setting.is_new_act and level.step in AGENCY_STEPS):
        yield Breach("no_figure", paragraph, position, {"kind": _fee_kind(level.step, setting), "day": setting.day})
    if most is not None and level.agreed_fee is not None and level.agreed_fee > most:
        yield Breach("fee_too_high", paragraph, position, {"limit": most, "fee": level.agreed_fee})
    if level.agreed_fee is not None and level.agreed_fee < 0:
        yield Breach("fee_below_zero", "", position, {"fee": level.agreed_fee})


def _fee_kind(step: Step, setting: _Setting) -> str:
    if step is Step.PAYMENT_DEMAND:
        return figures.DEMAND_FEE
    if setting.is_new_act:
        return figures.FEE_LETTER_FEE
    if setting.country == "SE" and step is Step.COLLECTION_NOTICE:
        return figures.COLLECTION_DEMAND_FEE
    return figures.REMINDER_FEE


def _check_compensation(level: PlanLevel, setting: _Setting) -> Iterator[Breach]:
    country, position = setting.country, level.position
    if country not in COMPENSATED_BY:
        yield Breach("no_law", "", position, {"country": country})
        return
    paragraph = COMPENSATION_PARAGRAPHS[country]
    if setting.debtor not in COMPENSATED_BY[country]:
        yield Breach("debtor_owes_no_compensation", paragraph, position, {"debtor": str(setting.debtor)})
    if level.step in {Step.NOTICE, Step.COLLECTION}:
        yield Breach("step_bears_no_compensation", paragraph, position, {"step": str(level.step)})


def _check_fees(plan: Plan, setting: _Setting) -> Iterator[Breach]:
    """No more fees than the law allows, none before the deadline of the one before, and far enough apart."""
    bearing = [each for each in plan.levels if each.wants_fee and each.step in FEE_STEPS.get(setting.country, ())]
    demands = [each for each in bearing if each.step is Step.PAYMENT_DEMAND]
    letters = [each for each in bearing if each.step is not Step.PAYMENT_DEMAND]
    for level in demands[1:]:
        yield Breach("too_many_fees", DEMAND_PARAGRAPH, level.position, {"count": 1})
    if setting.country == "SE":
        for before, level in pairwise(letters):
            if level.step is before.step:
                yield Breach("too_many_fees", setting.fee_paragraph, level.position, {"count": 1})
        return
    most = setting.find(figures.REMINDER_FEE_COUNT)
    for level in letters[int(most) :] if most is not None else ():
        yield Breach("too_many_fees", setting.fee_paragraph, level.position, {"count": int(most or 0)})
    apart = setting.find(figures.REMINDER_MIN_DAYS_BETWEEN)
    for before, level in pairwise(letters):
        if apart is not None and level.days - before.days < apart:
            yield Breach("fees_too_close", setting.fee_paragraph, level.position, {"days": int(apart)})


def _check_waiting(plan: Plan, setting: _Setting) -> Iterator[Breach]:
    """A step waits until the deadline before it has passed, and a demand stands on a notice before it."""
    previous: PlanLevel | None = None
    has_notice = False
    for level in plan.levels:
        if previous is not None and level.days <= previous.days + previous.deadline_days and level.days > previous.days:
            paragraph = DEADLINE_PARAGRAPHS.get((setting.country, previous.step), "")
            earliest = previous.days + previous.deadline_days + 1
            yield Breach("before_deadline", paragraph, level.position, {"days": earliest})
        if level.step is Step.PAYMENT_DEMAND and setting.country == "NO" and not has_notice:
            yield Breach("demand_without_notice", DEMAND_PARAGRAPH, level.position)
        has_notice = has_notice or level.step is Step.COLLECTION_NOTICE
        if level.step in DEADLINE_STEPS:
            previous = level


def _check_rate(plan: Plan, setting: _Setting) -> Iterator[Breach]:
    """A consumer never owes more than the statutory rate (N2)."""
    if plan.agreed_rate is None:
        return
    if plan.agreed_rate < 0:
        yield Breach("rate_below_zero", figures={"rate": plan.agreed_rate})
    if setting.debtor is not DebtorKind.CONSUMER or plan.agreed_rate <= 0:
        return
    paragraph = RATE_PARAGRAPHS.get(setting.country, "")
    statutory = setting.find(figures.LATE_INTEREST)
    if statutory is None:
        yield Breach("no_figure", paragraph, figures={"kind": figures.LATE_INTEREST, "day": setting.day})
    elif plan.agreed_rate > statutory:
        yield Breach("rate_too_high", paragraph, figures={"limit": statutory, "rate": plan.agreed_rate})


@cache
def lawful_plan(country: str, debtor: DebtorKind, *, is_new_act: bool = False) -> Plan:
    """A plan to begin with that the country's law allows; under the new Norwegian act the agency does the rest."""
    key = f"{country.lower()}_{debtor}"
    start = (
        PlanLevel("notice", 1, Step.NOTICE, -3),
        PlanLevel("friendly", 2, Step.FRIENDLY, 7),
    )
    if country == "NO" and not is_new_act:
        return Plan(key, (*start, *_NORWEGIAN))
    if country == "DK":
        return Plan(key, (*start, *_DANISH))
    if country == "SE":
        return Plan(key, (*start, *_SWEDISH))
    # Where no figure of a fee or a rate is known, nothing is charged.
    end = (
        PlanLevel("reminder", 3, Step.REMINDER, 14, wants_interest=country in FEE_STEPS, deadline_days=14),
        PlanLevel("collection", 4, Step.COLLECTION, 29, wants_interest=country in FEE_STEPS, needs_approval=True),
    )
    return Plan(key, (*start, *end))


def _road(
    reminder: tuple[int, int], notice: tuple[int, int], collection: int, *, has_fees: bool
) -> tuple[PlanLevel, ...]:
    """Reminder, notice before collection and collection, each as (days after due, days to pay)."""
    (reminder_days, reminder_deadline), (notice_days, notice_deadline) = reminder, notice
    return (
        PlanLevel(
            "reminder",
            3,
            Step.REMINDER,
            reminder_days,
            wants_fee=has_fees,
            wants_interest=True,
            deadline_days=reminder_deadline,
        ),
        PlanLevel(
            "collection_notice",
            4,
            Step.COLLECTION_NOTICE,
            notice_days,
            wants_fee=has_fees,
            wants_interest=True,
            deadline_days=notice_deadline,
            needs_approval=True,
        ),
        PlanLevel("collection", 5, Step.COLLECTION, collection, wants_interest=True, needs_approval=True),
    )


# The deadline is the last day to pay by, so the next step comes the day after it: 14 + 14 + 1 = 29, 29 + 14 + 1 = 44.
_NORWEGIAN: Final = _road((14, 14), (29, 14), 44, has_fees=True)
_DANISH: Final = _road((14, 10), (25, 10), 36, has_fees=True)
_SWEDISH: Final = _road((14, 10), (25, 10), 36, has_fees=False)
