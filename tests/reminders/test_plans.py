"""A plan that breaks the law is named with its paragraph, and the plans to begin with break none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from reminders.policy.deciding import ClaimFacts, History, charge_of, decide
from reminders.policy.fees import deadline_of
from reminders.policy.law import DebtorKind, Law
from reminders.policy.plans import Plan, PlanLevel, check_plan, lawful_plan
from tests.reminders.cases import (
    BUSINESS,
    COLLECTION,
    CONSUMER,
    DEMAND,
    FRIENDLY,
    NEW_ACT_ONLY,
    NEW_ACT_WITH_FEE,
    NOTICE,
    PUBLIC,
    REMINDER,
    WARNING,
)
from tests.reminders.product_law import PRODUCT_LAW

DAY = date(2026, 11, 20)
FEE = {"wants_fee": True}


def level(step, days, deadline=14, **more) -> PlanLevel:  # type: ignore[no-untyped-def]  # keywords of the level
    """One level; its place is given by the plan."""
    return PlanLevel(str(step), 0, step, days, deadline_days=deadline, **more)


def plan(*levels: PlanLevel, **more) -> Plan:  # type: ignore[no-untyped-def]  # keywords of the plan
    """The levels in the order in which they stand."""
    return Plan("p", tuple(replace(each, position=place) for place, each in enumerate(levels, 1)), **more)


def sent(facts: ClaimFacts, each: PlanLevel, on: date, country: str, fee: Decimal) -> ClaimFacts:
    """The claim after the level went out with the deadline that the law asks for."""
    deadline = deadline_of(each.step, on, each.deadline_days, country, PRODUCT_LAW) if each.deadline_days else None
    done = History(each.position, each.step, 1, on, fee, Decimal(0), deadline)
    return replace(facts, history=(*facts.history, done))


# Each breach with its paragraph and place, then whose law it breaks, then the plan.
BREACHES = [
    ("no_levels", "", None, "NO", CONSUMER, plan()),
    ("spacing_too_small", "", None, "NO", CONSUMER, plan(level(FRIENDLY, 7), spacing_days=0)),
    ("two_levels_on_one_day", "", 2, "NO", CONSUMER, plan(level(FRIENDLY, 7), level(REMINDER, 7))),
    ("days_out_of_order", "", 2, "NO", CONSUMER, plan(level(FRIENDLY, 9), level(REMINDER, 7))),
    ("steps_out_of_order", "", 2, "NO", CONSUMER, plan(level(REMINDER, 14, 0), level(FRIENDLY, 20))),
    ("positions_out_of_order", "", 1, "NO", CONSUMER,
     Plan("p", (PlanLevel("a", 2, FRIENDLY, 7), PlanLevel("b", 1, REMINDER, 14)))),
    ("notice_after_due", "", 1, "NO", CONSUMER, plan(level(NOTICE, 1))),
    ("before_due", "", 1, "NO", CONSUMER, plan(level(FRIENDLY, 0))),
    ("before_due", "inkassoloven § 9", 1, "NO", CONSUMER, plan(level(WARNING, 0))),
    ("before_due", "inkassoloven § 10 (3)", 1, "DK", CONSUMER, plan(level(WARNING, -2))),
    ("step_bears_no_fee", "inkassoforskriften § 1-2", 1, "NO", CONSUMER, plan(level(NOTICE, -3, **FEE))),
    ("step_bears_no_fee", "inkassoforskriften § 1-2", 1, "NO", BUSINESS, plan(level(FRIENDLY, 14, **FEE))),
    ("step_bears_no_fee", "renteloven § 9 b", 1, "DK", CONSUMER, plan(level(FRIENDLY, 7, **FEE))),
    ("step_bears_no_fee", "lag (1981:739)", 1, "SE", CONSUMER, plan(level(DEMAND, 30, **FEE))),
    ("fee_too_early", "inkassoforskriften § 1-2", 1, "NO", CONSUMER, plan(level(REMINDER, 13, **FEE))),
    ("fee_too_early", "inkassoforskriften § 1-2", 1, "NO", PUBLIC, plan(level(WARNING, 7, **FEE))),
    ("fee_too_high", "inkassoforskriften § 1-2", 1, "NO", CONSUMER,
     plan(level(REMINDER, 14, **FEE, agreed_fee=Decimal("38.01")))),
    ("fee_too_high", "renteloven § 9 b", 1, "DK", CONSUMER,
     plan(level(REMINDER, 14, **FEE, agreed_fee=Decimal(101)))),
    ("fee_too_high", "lag (1981:739)", 1, "SE", CONSUMER,
     plan(level(REMINDER, 14, **FEE, agreed_fee=Decimal(61)), fee_is_agreed=True)),
    ("fee_too_high", "lag (1981:739)", 1, "SE", CONSUMER,
     plan(level(WARNING, 14, **FEE, agreed_fee=Decimal(181)))),
    ("fee_below_zero", "", 1, "NO", CONSUMER, plan(level(REMINDER, 14, **FEE, agreed_fee=Decimal(-1)))),
    ("fee_not_agreed", "lag (1981:739)", 1, "SE", CONSUMER, plan(level(REMINDER, 14, **FEE))),
    ("too_many_fees", "inkassoforskriften § 1-2", 3, "NO", CONSUMER,
     plan(level(REMINDER, 14, **FEE), level(REMINDER, 29, **FEE), level(WARNING, 44, **FEE))),
    ("too_many_fees", "inkassoloven § 10", 3, "NO", CONSUMER,
     plan(level(WARNING, 14, **FEE), level(DEMAND, 29, **FEE), level(DEMAND, 44, **FEE))),
    ("too_many_fees", "renteloven § 9 b", 4, "DK", CONSUMER,
     plan(*(level(REMINDER, days, 10, **FEE) for days in (14, 25, 36, 47)))),
    ("too_many_fees", "lag (1981:739)", 2, "SE", CONSUMER,
     plan(level(REMINDER, 14, **FEE), level(REMINDER, 29, **FEE), fee_is_agreed=True)),
    ("fees_too_close", "renteloven § 9 b", 2, "DK", CONSUMER,
     plan(level(REMINDER, 14, 5, **FEE), level(REMINDER, 23, 10, **FEE))),
    ("deadline_too_short", "inkassoforskriften § 1-2", 1, "NO", CONSUMER, plan(level(REMINDER, 14, 13, **FEE))),
    ("deadline_too_short", "inkassoloven § 9", 1, "NO", CONSUMER, plan(level(WARNING, 14, 10))),
    ("deadline_too_short", "inkassoloven § 10", 2, "NO", BUSINESS, plan(level(WARNING, 14), level(DEMAND, 29, 13))),
    ("deadline_too_short", "inkassoloven § 10 (3)", 1, "DK", CONSUMER, plan(level(WARNING, 14, 9))),
    ("deadline_too_short", "inkassolagen", 1, "SE", CONSUMER, plan(level(WARNING, 14, 7))),
    ("before_deadline", "inkassoforskriften § 1-2", 2, "NO", CONSUMER,
     plan(level(REMINDER, 14, **FEE), level(WARNING, 28, **FEE))),
    ("before_deadline", "inkassoloven § 9", 2, "NO", CONSUMER, plan(level(WARNING, 14), level(COLLECTION, 28))),
    ("demand_without_notice", "inkassoloven § 10", 1, "NO", CONSUMER, plan(level(DEMAND, 30))),
    ("debtor_owes_no_compensation", "forsinkelsesrenteloven § 3 a", 1, "NO", CONSUMER,
     plan(level(REMINDER, 14, wants_compensation=True))),
    ("debtor_owes_no_compensation", "renteloven § 9 a (3)", 1, "DK", CONSUMER,
     plan(level(REMINDER, 14, wants_compensation=True))),
    ("debtor_owes_no_compensation", "lag (1981:739)", 1, "SE", CONSUMER,
     plan(level(REMINDER, 14, wants_compensation=True))),
    ("step_bears_no_compensation", "forsinkelsesrenteloven § 3 a", 1, "NO", BUSINESS,
     plan(level(NOTICE, -3, wants_compensation=True))),
    ("rate_too_high", "forsinkelsesrenteloven § 4", None, "NO", CONSUMER,
     plan(level(REMINDER, 14), agreed_rate=Decimal("12.26"))),
    ("rate_too_high", "räntelagen § 6", None, "SE", CONSUMER,
     plan(level(REMINDER, 14), agreed_rate=Decimal("10.01"))),
    ("no_figure", "renteloven § 5", None, "DK", CONSUMER, plan(level(REMINDER, 14), agreed_rate=Decimal(5))),
    ("rate_below_zero", "", None, "NO", BUSINESS, plan(level(REMINDER, 14), agreed_rate=Decimal(-1))),
    ("no_law", "", 1, "FI", BUSINESS, plan(level(REMINDER, 14, **FEE))),
    ("no_law", "", 1, "FI", BUSINESS, plan(level(REMINDER, 14, wants_compensation=True))),
]  # fmt: skip


@pytest.mark.parametrize("case", BREACHES, ids=lambda case: f"{case[0]} {case[3]} {case[1]}")
def test_a_breach_is_named_with_its_paragraph_and_place(case) -> None:  # type: ignore[no-untyped-def]
    code, paragraph, position, country, debtor, broken = case

    found = check_plan(broken, country=country, debtor=debtor, law=PRODUCT_LAW, day=DAY)

    assert [(each.code, each.paragraph, each.position) for each in found] == [(code, paragraph, position)]


def test_what_the_law_allows_is_no_breach() -> None:
    allowed = [
        ("NO", BUSINESS, plan(level(REMINDER, 14, wants_compensation=True, **FEE), agreed_rate=Decimal(18))),
        ("NO", CONSUMER, plan(level(REMINDER, 14, **FEE, agreed_fee=Decimal(38)), agreed_rate=Decimal("12.25"))),
        ("NO", CONSUMER, plan(level(NOTICE, -30), level(NOTICE, 0), level(REMINDER, 5, 0))),
        ("NO", CONSUMER,
         plan(level(REMINDER, 14, **FEE), level(WARNING, 29, **FEE), level(DEMAND, 44, **FEE), level(COLLECTION, 59))),
        ("DK", BUSINESS, plan(*(level(REMINDER, days, 9, wants_compensation=True, **FEE) for days in (1, 11, 21)))),
        ("SE", CONSUMER, plan(level(REMINDER, 1, 0, **FEE), level(WARNING, 14, 8, **FEE), fee_is_agreed=True)),
    ]  # fmt: skip

    for country, debtor, lawful in allowed:
        assert check_plan(lawful, country=country, debtor=debtor, law=PRODUCT_LAW, day=DAY) == ()


def test_the_new_act_takes_notices_and_fees_from_the_creditor() -> None:
    """The switch is a dated figure: one day the plan stands, the next it does not, without a change of code."""
    old = lawful_plan("NO", CONSUMER)

    def codes(law: Law, day: date) -> set[tuple[str, str]]:
        return {
            (breach.code, breach.paragraph)
            for breach in check_plan(old, country="NO", debtor=CONSUMER, law=law, day=day)
        }

    agency = ("only_by_agency", "LOV-2026-05-22-19")
    assert codes(NEW_ACT_ONLY, date(2026, 12, 31)) == set()
    assert codes(NEW_ACT_ONLY, date(2027, 1, 1)) == {agency, ("no_figure", "LOV-2026-05-22-19")}
    assert codes(NEW_ACT_WITH_FEE, date(2027, 1, 1)) == {agency}
    new = lawful_plan("NO", CONSUMER, is_new_act=True)
    for law in (PRODUCT_LAW, NEW_ACT_ONLY, NEW_ACT_WITH_FEE):
        assert check_plan(new, country="NO", debtor=CONSUMER, law=law, day=date(2027, 1, 1)) == ()


@pytest.mark.parametrize("country", ["NO", "DK", "SE", "FI"])
@pytest.mark.parametrize("debtor", DebtorKind)
def test_the_plans_to_begin_with_are_lawful_on_every_day(country: str, debtor: DebtorKind) -> None:
    """And they keep their days when they run: no level is pushed by the one before it, each wanted fee is granted."""
    lawful = lawful_plan(country, debtor)
    day, end = date(2020, 10, 1), date(2027, 12, 31)

    while day <= end:
        assert check_plan(lawful, country=country, debtor=debtor, law=PRODUCT_LAW, day=day) == ()
        day += timedelta(days=1)

    assert all(after.days - before.days >= lawful.spacing_days for before, after in pairwise(lawful.levels))
    late = [each for each in lawful.levels if each.days > 0]
    due = date(2026, 3, 2)
    facts = ClaimFacts(due, Decimal(1000))
    for each in late:
        on = due + timedelta(days=each.days)
        assert decide(facts, lawful, country=country, debtor=debtor, law=PRODUCT_LAW, day=on).level == each
        charge = charge_of(facts, each, lawful, country=country, debtor=debtor, law=PRODUCT_LAW, day=on)
        assert bool(charge.fee) == each.wants_fee
        facts = sent(facts, each, on, country, charge.fee)
