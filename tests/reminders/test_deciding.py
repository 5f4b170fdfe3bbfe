"""Random roads of random plans: one level at a time, in order, at its distance, and never a fee above the law."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from foundation.dates import add_months
from reminders.policy.deciding import ClaimFacts, Decision, History, charge_of, decide, upcoming
from reminders.policy.fees import Charged, Sending, deadline_of, lawful_charge
from reminders.policy.law import AGENCY_STEPS, STEP_ORDER, DebtorKind, Law, Step
from reminders.policy.plans import DEADLINE_STEPS, Plan, PlanLevel, lawful_plan
from tests.builders import scaled
from tests.reminders.cases import NEW_ACT_WITH_FEE
from tests.reminders.product_law import PRODUCT_LAW

SEED = 20261120
DAY = timedelta(days=1)
FIRST_DAY_OF_ACT = date(2027, 1, 1)
COUNTRIES = ("NO", "NO", "DK", "SE", "FI")


def random_plan(dice: random.Random) -> Plan:
    """Levels in order, with anything else that somebody may have set."""
    steps = sorted((dice.choice(list(Step)) for _ in range(dice.randrange(1, 7))), key=STEP_ORDER.__getitem__)
    day, levels = dice.randrange(-20, 5), []
    for position, step in enumerate(steps, 1):
        levels.append(
            PlanLevel(
                f"{position}",
                position * 10,
                step,
                day,
                wants_fee=dice.random() < 0.8,
                wants_compensation=dice.random() < 0.3,
                agreed_fee=dice.choice((None, None, Decimal(20), Decimal(5000))),
                deadline_days=dice.choice((0, 5, 10, 14, 20)),
                minimum=Decimal(dice.choice((0, 0, 0, 2000))),
            )
        )
        day += dice.randrange(1, 20)
    return Plan("random", tuple(levels), spacing_days=dice.randrange(1, 12), fee_is_agreed=dice.random() < 0.5)


def walk(dice: random.Random, plan: Plan, country: str, law: Law, due: date) -> list[History]:
    """A claim's road for a year, with standstills, removed levels, a new round and a change of the debtor's kind."""
    facts = ClaimFacts(due, Decimal(1000))
    debtor = dice.choice(list(DebtorKind))
    day = due - timedelta(days=30)
    for _ in range(300):
        day += timedelta(days=dice.choice((1, 1, 1, 1, 1, 40)))
        if dice.random() < 0.01:
            debtor = dice.choice(list(DebtorKind))
        decision = decide(facts, plan, country=country, debtor=debtor, law=law, day=day)
        check_upcoming(facts, plan, decision, country=country, debtor=debtor, law=law, day=day)
        if decision.kind == "never" and dice.random() < 0.05:
            facts = replace(facts, round=facts.round + 1)
        if decision.kind != "send" or decision.level is None:
            continue
        done = do(
            facts, decision.level, plan, country=country, debtor=debtor, law=law, day=day, removes=dice.random() < 0.2
        )
        facts = replace(facts, history=(*facts.history, done))
        assert decide(facts, plan, country=country, debtor=debtor, law=law, day=day).kind != "send"
    return list(facts.history)


def do(facts: ClaimFacts, level: PlanLevel, plan: Plan, *, removes: bool, **setting) -> History:  # type: ignore[no-untyped-def]
    """The level is sent with what the law lets it charge, or removed."""
    day = setting["day"]
    if removes:
        return History(level.position, level.step, facts.round, day, is_removed=True)
    charge = charge_of(facts, level, plan, **setting)
    deadline = deadline_of(level.step, day, level.deadline_days, setting["country"], setting["law"])
    return History(level.position, level.step, facts.round, day, charge.fee, charge.compensation, deadline)


def check_upcoming(facts: ClaimFacts, plan: Plan, decision: Decision, *, day: date, **setting) -> None:  # type: ignore[no-untyped-def]
    """What is foreseen is what is decided on that day, and nothing before it; asked twice, answered alike."""
    foreseen = upcoming(facts, plan, day=day, **setting)
    assert decide(facts, plan, day=day, **setting) == decision
    if decision.kind != "wait":
        assert foreseen == decision
        return
    assert decision.on is not None
    assert decision.on > day
    assert (foreseen.kind, foreseen.level, foreseen.on) == ("send", decision.level, decision.on)
    assert decide(facts, plan, day=decision.on, **setting) == foreseen
    before = day + (decision.on - day) // 2
    assert decide(facts, plan, day=before, **setting) == decision
    assert decide(facts, plan, day=decision.on - DAY, **setting) == decision


def check_road(history: list[History], plan: Plan, due: date, law: Law) -> None:
    """In order, at its distance, notices only before due, and what the act forbids not at all."""
    levels = {each.position: each for each in plan.levels}
    for before, after in pairwise(history):
        assert (after.day - before.day).days >= plan.spacing_days
        if before.round == after.round:
            assert after.position > before.position
    for index, each in enumerate(history):
        assert each.day >= due + timedelta(days=levels[each.position].days)
        assert each.step is not Step.NOTICE or each.day <= due
        asked = [past for past in history[:index] if past.step in DEADLINE_STEPS and not past.is_removed]
        assert all(past.deadline is not None and past.deadline < each.day for past in asked)


def check_fees(history: list[Charged], due: date, country: str) -> None:
    """The oracle: what three countries let a creditor charge for one claim, counted over again from the history."""
    charged = [each for each in history if each.fee > 0]
    compensations = [each.compensation for each in history if each.compensation > 0]
    letters = [each for each in charged if each.step is not Step.PAYMENT_DEMAND]
    demands = [each for each in charged if each.step is Step.PAYMENT_DEMAND]
    assert len(compensations) <= 1
    assert all(each.day > due for each in history if each.fee > 0 or each.compensation > 0)
    assert all(each.step not in {Step.NOTICE, Step.FRIENDLY, Step.COLLECTION} for each in charged)
    if country == "NO":
        for each in letters:
            limit = 50 if each.day >= FIRST_DAY_OF_ACT else 38 if each.day.year == 2026 else 35
            assert each.fee <= limit
            assert (each.day - due).days >= 14
        assert all(each.fee <= (113 if each.day.year >= 2026 else 105) for each in demands)
        for index, each in enumerate(charged):
            near = [other for other in charged[:index] if add_months(other.day, 6) > each.day]
            # Two letters and one demand in any chain without a pause of six months.
            assert len([other for other in near if other.step is not Step.PAYMENT_DEMAND]) <= 2
            assert not any(other.step is Step.PAYMENT_DEMAND for other in near)
            if near and each in letters:
                assert near[-1].deadline is not None
                assert (near[-1].deadline - near[-1].day).days >= 14
                assert near[-1].deadline < each.day
        for each in demands:
            assert any(
                other.step is Step.COLLECTION_NOTICE and other.deadline is not None and other.deadline < each.day
                for other in history
            )
        if compensations:
            fees = sum((each.fee for each in charged), Decimal(0))
            assert fees + compensations[0] <= max(fees, Decimal(470))
    elif country == "DK":
        assert len(charged) <= 3
        assert all(each.fee <= 100 for each in charged)
        assert all((after.day - before.day).days >= 10 for before, after in pairwise(charged))
        assert sum(compensations) in {0, 310}
    elif country == "SE":
        assert [each.step for each in charged].count(Step.REMINDER) <= 1
        assert [each.step for each in charged].count(Step.COLLECTION_NOTICE) <= 1
        assert all(each.fee <= (60 if each.step is Step.REMINDER else 180) for each in charged)
        assert not (charged and compensations)
    else:
        assert (charged, compensations) == ([], [])


def as_charged(history: list[History]) -> list[Charged]:
    """What was really sent."""
    return [
        Charged(each.step, each.day, each.fee, each.compensation, each.deadline)
        for each in history
        if not each.is_removed
    ]


def test_random_roads_keep_their_order_and_the_law() -> None:
    print("seed", SEED)
    dice = random.Random(SEED)
    sent = 0
    for _ in range(scaled(2000, 150)):
        plan = random_plan(dice)
        country = dice.choice(COUNTRIES)
        due = date(2025, 1, 1) + timedelta(days=dice.randrange(700))
        history = walk(dice, plan, country, NEW_ACT_WITH_FEE, due)

        check_road(history, plan, due, NEW_ACT_WITH_FEE)
        check_fees(as_charged(history), due, country)
        if country == "NO":
            assert not any(
                each.step in AGENCY_STEPS and each.day >= FIRST_DAY_OF_ACT and not each.is_removed for each in history
            )
        sent += len(history)
    assert sent > 150


def test_no_order_of_sending_by_hand_charges_more_than_the_law() -> None:
    print("seed", SEED)
    dice = random.Random(SEED)
    fees = 0
    for _ in range(scaled(20_000, 2000)):
        country = dice.choice(COUNTRIES)
        due = date(2024, 6, 1) + timedelta(days=dice.randrange(800))
        day, history = due + timedelta(days=dice.randrange(-5, 20)), list[Charged]()
        for _ in range(dice.randrange(1, 12)):
            step = dice.choice(list(Step))
            sending = Sending(
                step,
                due,
                day,
                tuple(history),
                wants_fee=dice.random() < 0.9,
                wants_compensation=dice.random() < 0.3,
                agreed_fee=dice.choice((None, None, Decimal(10), Decimal(900), Decimal(-3))),
                fee_is_agreed=dice.random() < 0.5,
            )
            debtor = dice.choice(list(DebtorKind))
            charge = lawful_charge(sending, country=country, debtor=debtor, law=NEW_ACT_WITH_FEE)
            assert min(charge.fee, charge.compensation) >= 0
            assert debtor is not DebtorKind.CONSUMER or charge.compensation == 0
            deadline = dice.choice((None, day + timedelta(days=dice.randrange(30))))
            history.append(Charged(step, day, charge.fee, charge.compensation, deadline))
            day += timedelta(days=dice.choice((0, 1, 9, 10, 14, 15, 16, 30, 190)))
        check_fees(history, due, country)
        fees += sum(each.fee > 0 for each in history)
    assert fees > 500


def test_a_level_with_a_minimum_passes_small_claims_over() -> None:
    plan = lawful_plan("NO", DebtorKind.BUSINESS)
    picky = replace(plan, levels=(replace(plan.levels[0], minimum=Decimal(50_000)), *plan.levels[1:]))

    def decided(amount: int, minimum: int = 0) -> Decision:
        facts = ClaimFacts(date(2026, 3, 2), Decimal(amount))
        return decide(
            facts,
            picky,
            country="NO",
            debtor=DebtorKind.BUSINESS,
            law=PRODUCT_LAW,
            day=date(2026, 2, 27),
            minimum=Decimal(minimum),
        )

    assert decided(50_000).level == picky.levels[0]
    assert (decided(49_999).kind, decided(49_999).level) == ("wait", picky.levels[1])
    assert (decided(99, 100).kind, decided(99, 100).on, decided(99, 100).reason.code) == ("wait", None, "below_minimum")


@pytest.mark.parametrize("country", ["NO", "DK", "SE"])
def test_a_long_standstill_is_caught_up_one_level_at_a_time(country: str) -> None:
    """Three levels were passed over: each goes out once, at its distance, and the notice before due not at all."""
    plan = lawful_plan(country, DebtorKind.CONSUMER)
    facts = ClaimFacts(date(2026, 3, 2), Decimal(1000))
    setting = {"country": country, "debtor": DebtorKind.CONSUMER, "law": PRODUCT_LAW}
    day, steps = date(2026, 6, 1), list[tuple[Step, date]]()
    for _ in range(60):
        decision = decide(facts, plan, day=day, **setting)  # type: ignore[arg-type]
        if decision.kind == "send" and decision.level is not None:
            done = do(facts, decision.level, plan, removes=False, day=day, **setting)
            facts = replace(facts, history=(*facts.history, done))
            steps.append((decision.level.step, day))
        day += DAY

    given = plan.levels[2].deadline_days
    assert steps == [
        (Step.FRIENDLY, date(2026, 6, 1)),
        (Step.REMINDER, date(2026, 6, 8)),
        (Step.COLLECTION_NOTICE, date(2026, 6, 9) + timedelta(days=given)),
        (Step.COLLECTION, date(2026, 6, 10) + timedelta(days=2 * given)),
    ]
