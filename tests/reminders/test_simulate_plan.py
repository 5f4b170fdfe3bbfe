"""A plan tried on past claims: walked as every morning would have done it, beside the present plans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from payments.holds import place_hold
from reminders.policy.deciding import History, charge_of, decide
from reminders.policy.fees import deadline_of
from reminders.policy.law import DebtorKind, Step
from reminders.policy.plans import Plan, lawful_plan
from reminders.queries import trying
from reminders.simulation import Held, Letter, Outcome, PastClaim, add_claim, walk
from tests import builders
from tests.builders import in_organization
from tests.reminders.dunning_rows import DUE, ROBOT, at, owing, pay
from tests.reminders.product_law import PRODUCT_LAW

CASES = builders.scaled(2_000, 150)
TODAY = date(2026, 6, 30)
EASTER = date(2026, 4, 6)


def _every_morning(claim: PastClaim, plan: Plan, *, last: date) -> list[Letter]:
    """The plain walk: each day is asked, and nothing is passed over."""
    letters: list[Letter] = []
    history: tuple[History, ...] = ()
    day = claim.moves[0][0]
    while day <= last:
        facts = claim.facts_on(day, history)
        said = decide(facts, plan, country=claim.country, debtor=claim.debtor, law=PRODUCT_LAW, day=day)
        if said.kind == "send" and said.level is not None:
            level = said.level
            charge = charge_of(facts, level, plan, country=claim.country, debtor=claim.debtor, law=PRODUCT_LAW, day=day)
            fee = charge.fee if claim.bears_fees else Decimal(0)
            compensation = charge.compensation if claim.bears_fees else Decimal(0)
            deadline = deadline_of(level.step, day, level.deadline_days, claim.country, PRODUCT_LAW)
            kept = None if level.step is Step.NOTICE else deadline
            history = (*history, History(level.position, level.step, 1, day, fee, compensation, kept))
            letters.append(Letter(level.step, day, fee, compensation))
        day += timedelta(days=1)
    return letters


def test_days_that_are_passed_over_change_nothing() -> None:
    random = Random(builders.SEED)
    seen = 0
    for _case in range(CASES):
        claim, plan = _some_claim(random), _some_plan(random)
        found = walk(claim, plan, law=PRODUCT_LAW, last=TODAY)
        assert found == _every_morning(claim, plan, last=TODAY), (builders.SEED, claim, plan)
        seen += len(found)
    print(f"seed {builders.SEED}: {CASES} claims, {seen} letters")
    assert seen > CASES


def test_fees_are_those_of_their_day_and_claims_count_where_they_were_paid() -> None:
    due = date(2025, 12, 10)
    claim = PastClaim(due, "NO", DebtorKind.CONSUMER, True, ((date(2025, 11, 26), Decimal(1000)),))
    paid = replace(claim, moves=(*claim.moves, (date(2026, 1, 12), Decimal(-1000))))
    held = replace(claim, holds=(Held(date(2025, 12, 12), None, None),))
    plan, outcome = lawful_plan("NO", DebtorKind.CONSUMER), Outcome()
    letters = walk(claim, plan, law=PRODUCT_LAW, last=TODAY)
    # Before 2026 the fee is 35, from 2026-01-01 it is 38 (inkassoforskriften § 1-2).
    found: list[Any] = [(letter.step.value, letter.fee) for letter in letters]
    assert found == [
        ("notice", 0),
        ("friendly", 0),
        ("reminder", 35),
        ("collection_notice", 38),
        ("collection", 0),
    ]
    for each in (claim, paid, held):
        add_claim(outcome, each, walk(each, plan, law=PRODUCT_LAW, last=TODAY))
    assert (outcome.claims, outcome.open, outcome.letters) == (3, 2, 5 + 4 + 1)
    assert outcome.fees == 35 + 38 + 35 + 38
    order = [step.value for step in Step]
    assert outcome.paid_before("collection_notice", order) == 0
    assert outcome.paid_before("collection", order) == 1


@pytest.mark.django_db
def test_a_stored_plan_stands_beside_the_present_ones(
    organization: Any, auditor: Any, stranger: Any, client_of: Callable[[Any], Client]
) -> None:
    _open, paid, disputed = owing(organization), owing(organization), owing(organization)
    owing(organization, kind="business")
    pay(organization, paid, "2500.00", day=DUE + timedelta(days=10))
    assert disputed.receivable_id is not None
    with in_organization(organization):
        place_hold(organization, disputed.receivable_id, kind="dispute", reason="Feil", actor=ROBOT, now=at(DUE))
        found = {each.key: each for each in trying.list_candidates(organization)}
        shorter = replace(found["NO-consumer"], plan=replace(found["NO-consumer"].plan, levels=_only_reminders()))
        tried = trying.try_plan(organization, shorter, today=TODAY, most=100)
        of_two = trying.try_plan(organization, shorter, today=TODAY, most=2)
    assert (tried.total, tried.present.claims, tried.changed.claims, tried.is_part) == (3, 3, 3, False)
    beside = {row.step: (row.present.letters, row.changed.letters) for row in trying.steps_beside(tried)}
    # Three were told before they were due; then one was disputed, and one paid ten days late.
    assert beside == {
        "notice": (3, 0),
        "friendly": (2, 0),
        "reminder": (1, 1),
        "collection_notice": (1, 0),
        "collection": (1, 0),
    }
    assert tried.present.fees == 76
    assert tried.changed.fees == 38
    assert (of_two.total, of_two.changed.claims, of_two.is_part) == (3, 2, True)

    reader, path = client_of(auditor), "/nordlys/reminders/effect/simulation/"
    with CaptureQueriesContext(connection) as captured:
        page = reader.get(path, {"plan": "NO-consumer"})
    assert page.status_code == 200
    assert len(captured) < 30
    assert reader.get(path, {"plan": "another"}).status_code == 422
    assert client_of(stranger).get(path).status_code == 404


def _only_reminders() -> Any:
    return tuple(level for level in lawful_plan("NO", DebtorKind.CONSUMER).levels if level.step is Step.REMINDER)


def _some_plan(random: Random) -> Plan:
    country, debtor = random.choice(["NO", "DK", "SE", "FI"]), random.choice(list(DebtorKind))
    plan = lawful_plan(country, debtor)
    levels = tuple(level for level in plan.levels if random.random() < 0.8)
    return replace(plan, levels=levels, spacing_days=random.choice([1, 7, 14]), fee_is_agreed=random.random() < 0.5)


def _some_claim(random: Random) -> PastClaim:
    due = EASTER + timedelta(days=random.randint(-120, 40))
    moves = [(due - timedelta(days=14), Decimal(1000))]
    moves += [
        (due + timedelta(days=random.randint(-10, 70)), Decimal(random.choice([-1000, -400, -600, 150])))
        for _part in range(random.choice([0, 0, 1, 2]))
    ]
    holds = [
        Held(first, None if random.random() < 0.2 else first + timedelta(days=random.randint(0, 30)), amount)
        for first in [due + timedelta(days=random.randint(-5, 40)) for _hold in range(random.choice([0, 0, 1, 2]))]
        for amount in [random.choice([None, Decimal(300), Decimal(2000)])]
    ]
    country, debtor = random.choice(["NO", "DK", "SE"]), random.choice(list(DebtorKind))
    return PastClaim(due, country, debtor, random.random() < 0.8, tuple(sorted(moves)), tuple(holds))
