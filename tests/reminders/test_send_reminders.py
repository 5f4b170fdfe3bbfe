"""From the morning's decision to the letter: planned once, read again under lock, and sent or held back (M-011)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from invoicing.models import CustomerPaper, Dispatch, Invoice
from payments.additions import additions_of
from payments.holds import place_hold
from payments.models import Receivable
from reminders.actions.sending import send_chunk
from reminders.models import Reminder, ReminderLetter, ReminderPlan, ReminderState
from reminders.queries.reminders import next_to_send
from tests import builders
from tests.builders import in_organization
from tests.payments import by_hand
from tests.reminders.dunning_rows import DUE, ROBOT, at, claim, decide, morning, owing, pay, send, steps, turn_on, walk

pytestmark = pytest.mark.django_db

REMINDED = DUE + timedelta(days=14)  # the first step with a fee by the lawful plan


def test_m_011_a_claim_walks_its_plan_each_step_once_with_its_fee_and_interest(organization: Any) -> None:
    turn_on(organization)
    invoice = owing(organization)
    days = walk(organization, DUE - timedelta(days=6), DUE + timedelta(days=60))
    # Three days before, a week after, two weeks after; the notice before collection waits for somebody.
    assert days == [DUE - timedelta(days=3), DUE + timedelta(days=7), REMINDED]
    notice, friendly, reminder, collection = steps(organization, claim(invoice))
    assert {notice.fee, notice.interest, friendly.fee, friendly.interest} == {0}
    # 38 kr from 2026-01-01 (inkassoforskriften § 1-2); 2 500 at 12.00 % for 14 days: 11.506….
    assert (reminder.fee, reminder.interest) == (Decimal(38), Decimal("11.51"))
    assert reminder.deadline == REMINDED + timedelta(days=14)
    assert (collection.step, collection.state, collection.day) == (
        "collection_notice",
        ReminderState.WAITING.value,
        REMINDED + timedelta(days=15),
    )
    with in_organization(organization):
        added = additions_of(organization.pk, [claim(invoice)])[claim(invoice)]
        assert [(one.kind, one.open) for one in added] == [("fee", 38), ("interest", Decimal("11.51"))]
        assert [str(one.receivable_id) for one in added] == reminder.additions
        letter = ReminderLetter.objects.get(reminders=reminder)
        assert (letter.total, letter.deadline) == (Decimal("2549.51"), reminder.deadline)
        stands = Receivable.objects.get(pk=claim(invoice))
        assert (stands.reminder_step, stands.reminded_at) == ("reminder", at(REMINDED))
        assert CustomerPaper.objects.filter(kind="reminder").count() == Dispatch.objects.count() == 3


def test_the_day_is_decided_once_however_often_it_is_asked(organization: Any) -> None:
    turn_on(organization)
    owing(organization)
    run = decide(organization, REMINDED)
    assert run is not None
    assert (run.looked_at, run.planned) == (1, 1)
    assert decide(organization, REMINDED) is None
    with in_organization(organization):
        ids = next_to_send(organization, through=REMINDED, most=50)
        first = send_chunk(organization, ids, actor=ROBOT, today=REMINDED, now=at(REMINDED))
        again = send_chunk(organization, ids, actor=ROBOT, today=REMINDED, now=at(REMINDED))
        assert (first.sent, again.sent, again.withheld) == (1, 0, 0)
        assert Dispatch.objects.count() == ReminderLetter.objects.count() == 1


def _paid(organization: Any, invoice: Invoice) -> None:
    pay(organization, invoice, "2500.00", day=REMINDED)


def _disputed(organization: Any, invoice: Invoice) -> None:
    with in_organization(organization):
        place_hold(organization, claim(invoice), kind="dispute", reason="Feil vare", actor=ROBOT, now=at(REMINDED))


def _in_credit(organization: Any, invoice: Invoice) -> None:
    by_hand.pay(organization, "2600.00", customer_id=invoice.customer_id, day=REMINDED)


def _in_part(organization: Any, invoice: Invoice) -> None:
    pay(organization, invoice, "2470.00", day=REMINDED)


def _paused(organization: Any, invoice: Invoice) -> None:
    with in_organization(organization):
        ReminderPlan.objects.create(organization=organization, name="Kort", debtor="consumer", country="NO")


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (_paid, "settled"),
        (_disputed, "held_dispute"),
        (_in_credit, "covered_by_credit"),
        (_in_part, "below_minimum"),
        (_paused, "plan_done"),
    ],
)
def test_m_010_what_has_changed_since_it_was_planned_is_held_back_with_its_reason(
    organization: Any, happens: Callable[[Any, Invoice], None], code: str
) -> None:
    turn_on(organization)
    invoice = owing(organization)
    decide(organization, REMINDED)
    happens(organization, invoice)
    assert send(organization, REMINDED).withheld == 1
    [step] = steps(organization, claim(invoice))
    assert (step.state, step.reason["code"]) == (ReminderState.WITHHELD.value, code)
    with in_organization(organization):
        assert Dispatch.objects.count() == 0
        assert additions_of(organization.pk, [claim(invoice)])[claim(invoice)] == []


def test_what_was_held_back_comes_when_nothing_stands_in_its_way_any_more(organization: Any) -> None:
    turn_on(organization)
    invoice = owing(organization)
    decide(organization, REMINDED)
    with in_organization(organization):
        place_hold(
            organization,
            claim(invoice),
            kind="promise",
            reason="Betaler fredag",
            until=REMINDED + timedelta(days=3),
            actor=ROBOT,
            now=at(REMINDED),
        )
    assert send(organization, REMINDED).withheld == 1
    assert walk(organization, REMINDED + timedelta(days=1), REMINDED + timedelta(days=6)) == [
        REMINDED + timedelta(days=4)
    ]
    [step] = steps(organization, claim(invoice))
    # The friendly one comes first, and is caught up.
    assert (step.state, step.fee) == (ReminderState.SENT.value, Decimal(0))


def test_a_part_that_is_disputed_is_not_asked_for(organization: Any) -> None:
    turn_on(organization)
    invoice = owing(organization)
    with in_organization(organization):
        place_hold(
            organization,
            claim(invoice),
            kind="dispute",
            reason="Befaringen",
            amount=Decimal(1000),
            actor=ROBOT,
            now=at(DUE),
        )
    walk(organization, DUE, REMINDED)
    reminder = steps(organization, claim(invoice))[-1]
    # 1 500 at 12.00 % for 14 days: 6.904…
    assert [reminder.owed, reminder.held, reminder.interest] == [1500, 1000, Decimal("6.90")]


def test_one_letter_for_everything_bears_one_fee(organization: Any) -> None:
    turn_on(organization, consolidates=True)
    first = owing(organization)
    with in_organization(organization):
        customer = first.customer
    second = owing(organization, customer=customer, amount=1000)
    walk(organization, DUE + timedelta(days=1), REMINDED)
    with in_organization(organization):
        letters = list(ReminderLetter.objects.order_by("sent_at"))
        reminders = list(Reminder.objects.filter(letter=letters[-1]))
    assert len(letters) == 2
    assert sorted(one.receivable_id for one in reminders) == sorted([claim(first), claim(second)])
    assert sorted(one.fee for one in reminders) == [0, 38]
    assert letters[-1].total == 2500 + 1000 + 38 + sum(one.interest for one in reminders)


def test_without_a_rate_for_the_day_interest_waits_and_the_letter_goes(organization: Any) -> None:
    turn_on(organization)
    invoice = owing(organization, country="DK", language="da", currency="NOK")
    late = date(2026, 8, 1)  # no Danish rate is known from 2026-07-01
    morning(organization, late)
    for days in (7, 14, 21, 28):
        morning(organization, late + timedelta(days=days))
    sent = [one for one in steps(organization, claim(invoice)) if one.state == ReminderState.SENT.value]
    assert sent
    assert {one.interest for one in sent} == {0}


def test_other_organizations_claims_are_never_looked_at(organization: Any, other_organization: Any) -> None:
    turn_on(organization)
    owing(other_organization)
    run = decide(organization, REMINDED)
    assert run is not None
    assert (run.looked_at, run.planned) == (0, 0)


def test_many_letters_take_as_many_statements_as_one(organization: Any, django_assert_max_num_queries: Any) -> None:
    turn_on(organization)
    for number in range(12):
        owing(organization, customer=builders.make_customer(organization, email=f"k{number}@example.com"))
    decide(organization, REMINDED)
    with in_organization(organization), django_assert_max_num_queries(60):
        ids = next_to_send(organization, through=REMINDED, most=50)
        assert send_chunk(organization, ids, actor=ROBOT, today=REMINDED, now=at(REMINDED)).sent == 12
