"""The table of dated cases, worked out by hand, and the figures held beside the source they were typed from."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from reminders.policy.deciding import ClaimFacts, decide
from reminders.policy.fees import Sending, deadline_of, lawful_charge
from reminders.policy.figures import LATE_INTEREST, NEW_ACT, Figure
from reminders.policy.interest import Owed, interest_of
from reminders.policy.law import Law, NoFigure, Step
from reminders.policy.plans import lawful_plan
from tests.reminders.cases import CHARGES, CONSUMER, DEADLINES, NEW_ACT_ONLY, WARNING, ChargeCase
from tests.reminders.level_cases import INTEREST, LEVELS, InterestCase, LevelCase
from tests.reminders.product_law import PRODUCT_FIGURES, PRODUCT_LAW

ROOT = Path(__file__).resolve().parents[2]
RATES = ROOT.parent / "shared" / "nordic" / "rates.json"
CSV = ROOT / "tenants" / "data" / "law_figures.csv"
CASES_MIN = 130
day_of = date.fromisoformat


def test_the_table_is_as_long_as_promised() -> None:
    assert len(CHARGES) + len(DEADLINES) + len(INTEREST) + len(LEVELS) >= CASES_MIN


@pytest.mark.parametrize("case", CHARGES, ids=lambda case: f"{case.rule} {case.debtor} {case.day}")
def test_a_reminder_charges_what_its_law_allows(case: ChargeCase) -> None:
    sending = Sending(
        case.step,
        day_of(case.due),
        day_of(case.day),
        case.history,
        wants_fee="f" in case.wants,
        wants_compensation="c" in case.wants,
        agreed_fee=Decimal(case.agreed_fee) if case.agreed_fee else None,
        fee_is_agreed=case.is_agreed,
    )

    charge = lawful_charge(sending, country=case.country, debtor=case.debtor, law=case.law)

    assert (charge.fee, charge.compensation) == (Decimal(case.fee), Decimal(case.compensation)), charge.reasons
    assert not case.code or case.code in {reason.code for reason in charge.reasons}
    assert bool(charge.reasons) == bool(case.wants)


@pytest.mark.parametrize("case", DEADLINES, ids=lambda case: f"{case[1]} {case[0]}")
def test_a_deadline_is_at_least_the_lawful_one(case: tuple[str, str, Step, str, int, str]) -> None:
    _, country, step, day, wanted, last = case

    assert deadline_of(step, day_of(day), wanted, country, PRODUCT_LAW) == day_of(last)


@pytest.mark.parametrize("case", INTEREST, ids=lambda case: f"{case.country} {case.rule}")
def test_interest_is_what_was_worked_out_by_hand(case: InterestCase) -> None:
    owed = [Owed(day_of(first), Decimal(principal)) for first, principal in case.owed]

    def ask() -> Decimal:
        return interest_of(
            owed,
            through=day_of(case.through),
            law=PRODUCT_LAW,
            country=case.country,
            debtor=case.debtor,
            day_count=case.day_count,
            agreed_rate=Decimal(case.agreed) if case.agreed else None,
        ).amount

    if case.amount is None:
        with pytest.raises(NoFigure) as refused:
            ask()
        assert (refused.value.country, refused.value.kind) == (case.country, LATE_INTEREST)
        assert refused.value.day == day_of(case.working)
    else:
        assert ask() == Decimal(case.amount), case.working


@pytest.mark.parametrize("case", LEVELS, ids=lambda case: f"{case.country} {case.rule} {case.day}")
def test_the_level_that_is_due(case: LevelCase) -> None:
    facts = ClaimFacts(
        day_of(case.due), Decimal(case.open), Decimal(case.held), case.stops, case.history, round=case.round
    )

    decision = decide(
        facts,
        lawful_plan(case.country, case.debtor),
        country=case.country,
        debtor=case.debtor,
        law=case.law,
        day=day_of(case.day),
    )

    assert decision.kind == case.kind
    assert (decision.level.key if decision.level else "") == case.key
    assert (decision.on.isoformat() if decision.on else "") == case.on
    assert decision.reason.code == case.code
    assert decision.round == case.round


def test_figures_are_those_of_the_source() -> None:
    if not RATES.exists():
        pytest.skip("The table of rates lies outside the repository and is not here.")
    rows = json.loads(RATES.read_text())["rows"]
    source = {
        (row["country"], row["kind"], row["valid_from"], row["valid_to"], row["value"],
         row.get("debtor") or "any")
        for row in rows
        if "vat" not in row["kind"] and row["value"] is not None
    }  # fmt: skip

    assert {
        (each.country, each.kind, each.valid_from.isoformat(), each.valid_to and each.valid_to.isoformat(),
         str(each.value), each.debtor)
        for each in PRODUCT_FIGURES
    } == source  # fmt: skip
    assert all(each.source for each in PRODUCT_FIGURES)


def test_the_product_has_no_date_for_the_new_act() -> None:
    assert not any(each.kind == NEW_ACT for each in PRODUCT_FIGURES)
    assert not PRODUCT_LAW.is_new_act(date(2040, 1, 1))
    assert not NEW_ACT_ONLY.is_new_act(date(2026, 12, 31))
    assert NEW_ACT_ONLY.is_new_act(date(2027, 1, 1))


def test_an_own_figure_wins_and_ends_with_its_last_day() -> None:
    typed = Figure("NO", LATE_INTEREST, date(2027, 1, 1), date(2027, 7, 1), Decimal("11.75"), "letter of 2026-12-18")
    law = Law(
        PRODUCT_FIGURES, own=[typed, Figure("NO", LATE_INTEREST, date(2026, 7, 1), None, Decimal(13), "corrected")]
    )

    assert law.figure("NO", LATE_INTEREST, date(2027, 1, 1), CONSUMER) is typed
    assert law.value("NO", LATE_INTEREST, date(2026, 7, 1)) == Decimal(13)
    assert law.value("NO", LATE_INTEREST, date(2026, 6, 30)) == Decimal(12)
    assert Law(PRODUCT_FIGURES, own=[typed]).has("NO", LATE_INTEREST, date(2027, 6, 30))
    with pytest.raises(NoFigure, match="NO on 2027-07-01"):
        Law(PRODUCT_FIGURES, own=[typed]).figure("NO", LATE_INTEREST, date(2027, 7, 1))


def test_a_row_inside_a_longer_one_holds_for_its_days() -> None:
    longer = Figure("NO", "x", date(2026, 1, 1), None, Decimal(1), "s")
    inside = Figure("NO", "x", date(2026, 3, 1), date(2026, 4, 1), Decimal(2), "s")
    law = Law([longer, inside])

    values = [law.value("NO", "x", date(2026, month, 15)) for month in (2, 3, 4)]

    assert values == [1, 2, 1]
    assert law.next_change("NO", "x", date(2026, 1, 15)) == date(2026, 3, 1)
    assert law.next_change("NO", "x", date(2026, 4, 1)) is None


def test_under_the_new_act_a_plan_that_ends_with_the_notice_has_no_step_left() -> None:
    plan = lawful_plan("NO", CONSUMER)
    short = type(plan)(plan.key, tuple(level for level in plan.levels if level.step is WARNING))

    decision = decide(
        ClaimFacts(date(2026, 12, 1), Decimal(10)),
        short,
        country="NO",
        debtor=CONSUMER,
        law=NEW_ACT_ONLY,
        day=date(2027, 1, 4),
    )

    assert (decision.kind, decision.reason.code, decision.reason.paragraph) == (
        "never",
        "only_by_agency",
        "LOV-2026-05-22-19",
    )
