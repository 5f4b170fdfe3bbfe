"""What people do with single steps: take one out, approve, send by hand, pause; and what a sweep takes back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from invoicing.models import Dispatch
from payments.additions import additions_of
from payments.models import BankFile
from reminders.actions.pausing import ReasonIsMissing, pause_all, resume_all
from reminders.actions.run import open_run
from reminders.actions.steps import (
    NothingToRemove,
    StepHasHappened,
    approve_steps,
    put_back,
    remove_step,
    send_now,
    start_round,
)
from reminders.actions.withdrawing import plan_again, settle_letters
from reminders.law import current_law
from reminders.models import Reminder, ReminderLetter, ReminderState
from reminders.queries.due import deciding_on, look_ahead, open_claims_by_id
from reminders.tasks.dunning import send_planned
from tenants.clock import local_today
from tests import databases
from tests.builders import in_organization
from tests.committed_world import database_name
from tests.reminders.dunning_rows import (
    DUE,
    ROBOT,
    at,
    claim,
    decide,
    hand_over,
    morning,
    owing,
    pay,
    send,
    steps,
    turn_on,
    walk,
)
from tests.reminders.plan_rows import own_plan

pytestmark = pytest.mark.django_db

REMINDED = DUE + timedelta(days=14)


def test_m_087_an_upcoming_step_is_seen_the_day_before_and_taken_out_for_one_invoice(organization: Any) -> None:
    turn_on(organization)
    kept, left_out = owing(organization), owing(organization)
    morning(organization, DUE + timedelta(days=7))
    day_before = REMINDED - timedelta(days=1)
    with in_organization(organization):
        seen = look_ahead(organization, today=day_before, days=1, law=current_law())
        assert {(one.claim.receivable_id, one.on, one.level.step.value) for one in seen} == {
            (claim(invoice), REMINDED, "reminder") for invoice in (kept, left_out)
        }
        position = seen[0].level.position
        taken_out = remove_step(
            organization,
            claim(left_out),
            position=position,
            reason="Avtalt på telefon",
            actor=ROBOT,
            day=REMINDED,
            now=at(day_before),
        )
        assert len(look_ahead(organization, today=day_before, days=1, law=current_law())) == 1
    assert morning(organization, REMINDED).sent == 1
    assert [step.state for step in steps(organization, claim(left_out))] == ["sent", "removed"]
    with in_organization(organization):
        with pytest.raises(StepHasHappened):
            remove_step(
                organization,
                claim(kept),
                position=position,
                reason="For sent",
                actor=ROBOT,
                day=REMINDED,
                now=at(REMINDED),
            )
        with pytest.raises(NothingToRemove):
            remove_step(
                organization,
                claim(left_out),
                position=99,
                reason="Finnes ikke",
                actor=ROBOT,
                day=REMINDED,
                now=at(REMINDED),
            )
        put_back(organization, taken_out.pk, actor=ROBOT, now=at(REMINDED))
    assert morning(organization, REMINDED + timedelta(days=1)).sent == 1


def test_what_needs_approval_waits_for_it(organization: Any) -> None:
    turn_on(organization, needs_approval=True)
    invoice = owing(organization)
    assert morning(organization, DUE + timedelta(days=7)).sent == 0
    [step] = steps(organization, claim(invoice))
    assert step.state == ReminderState.WAITING.value
    with in_organization(organization):
        assert approve_steps(organization, [step.pk], actor=ROBOT, now=at(DUE)) == 1
        assert approve_steps(organization, [step.pk], actor=ROBOT, now=at(DUE)) == 0
    assert send(organization, DUE + timedelta(days=7)).sent == 1


def test_everything_waits_while_it_is_paused_and_each_step_is_caught_up_once(organization: Any) -> None:
    turn_on(organization)
    invoice = owing(organization)
    with in_organization(organization):
        with pytest.raises(ReasonIsMissing):
            pause_all(organization, reason=" ", actor=ROBOT, now=at(DUE))
        pause_all(organization, reason="Ny bankavtale", actor=ROBOT, now=at(DUE))
    assert walk(organization, DUE, DUE + timedelta(days=30)) == []
    with in_organization(organization):
        resume_all(organization, actor=ROBOT, now=at(DUE))
    back = DUE + timedelta(days=31)
    # The friendly one first, and the next at its distance from the day it was really sent.
    assert walk(organization, back, back + timedelta(days=9)) == [back, back + timedelta(days=7)]
    assert [step.step for step in steps(organization, claim(invoice))] == ["friendly", "reminder"]


def test_nothing_goes_out_while_the_bank_has_not_been_read(organization: Any) -> None:
    turn_on(organization, bank_days_max=3)
    owing(organization)
    assert decide(organization, DUE + timedelta(days=7)) is None
    with in_organization(organization):
        read = BankFile(organization=organization, state="done", finished_at=at(DUE + timedelta(days=5)))
        read.format, read.name, read.sha256, read.size = "camt", "bank.xml", "b" * 64, 1
        read.save()
    assert decide(organization, DUE + timedelta(days=7)) is not None
    assert decide(organization, DUE + timedelta(days=9)) is None


def test_by_hand_a_step_comes_before_its_day_but_never_before_what_the_law_gives(organization: Any) -> None:
    turn_on(organization)
    first, second = owing(organization), owing(organization)
    pay(organization, second, "2500.00", day=DUE)
    early = DUE + timedelta(days=3)
    with in_organization(organization):
        told = send_now(organization, [claim(first), claim(second)], actor=ROBOT, today=early, now=at(early))
        assert (told.planned, [key for key, _sentence in told.refused]) == (1, [claim(second)])
    assert send(organization, early).sent == 1
    for days in (3, 17):  # the reminder with its fee comes by the plan; its deadline runs for 14 days
        day = early + timedelta(days=days)
        morning(organization, day)
    sent = [step for step in steps(organization, claim(first)) if step.state == ReminderState.SENT.value]
    assert [step.step for step in sent] == ["friendly", "reminder"]
    hurried = sent[-1].day + timedelta(days=2)
    with in_organization(organization):
        told = send_now(organization, [claim(first)], actor=ROBOT, today=hurried, now=at(hurried))
        assert (told.planned, len(told.refused)) == (0, 1)


def test_what_was_paid_before_it_left_is_taken_back_with_its_fee(organization: Any) -> None:
    turn_on(organization)
    invoice = owing(organization)
    walk(organization, DUE + timedelta(days=1), DUE + timedelta(days=7))
    assert hand_over(organization, DUE + timedelta(days=7)) == 1
    assert morning(organization, REMINDED).sent == 1
    pay(organization, invoice, "100.00", day=REMINDED)  # while its letter waits in the queue
    assert hand_over(organization, REMINDED) == 0
    with in_organization(organization):
        settled = settle_letters(organization, actor=ROBOT, today=REMINDED, now=at(REMINDED))
        assert settled == 2
        added = additions_of(organization.pk, [claim(invoice)])[claim(invoice)]
        assert [one.open for one in added] == [0, 0]
        letter = ReminderLetter.objects.filter(withdrawn_at__isnull=False).latest("sent_at")
        assert letter.withdrawn_reason == "claim_changed"
    step = steps(organization, claim(invoice))[-1]
    assert step.state == ReminderState.WITHHELD.value
    # It is looked at anew: the same step comes with what is owed now, and with its fee.
    assert morning(organization, REMINDED + timedelta(days=1)).sent == 1
    step = steps(organization, claim(invoice))[-1]
    assert step.state == ReminderState.SENT
    assert [step.owed, step.fee] == [2400, 38]


def test_one_letter_that_cannot_be_made_keeps_no_other_back(organization: Any) -> None:
    turn_on(organization)
    good, broken = owing(organization), owing(organization, kind="business")
    plan = own_plan(organization, debtor="business")
    with in_organization(organization):
        plan.levels.update(texts={"nb": "no words, but a word"})
    today = local_today(organization)
    with in_organization(organization):
        assert open_run(organization, actor=ROBOT, today=today, now=at(today)) is not None
        assert send_planned(organization) == 2
    [sent], [held] = steps(organization, claim(good)), steps(organization, claim(broken))
    assert (sent.state, held.state) == ("sent", "withheld")
    assert held.reason["code"] == "stumbled"


def test_a_new_round_begins_the_plan_again_and_fees_of_the_old_one_count(organization: Any) -> None:
    turn_on(organization)
    invoice = owing(organization)
    walk(organization, DUE + timedelta(days=1), REMINDED)
    with in_organization(organization):
        start_round(organization, claim(invoice), reason="Avtalen brast", actor=ROBOT, now=at(REMINDED))
    walk(organization, REMINDED + timedelta(days=1), REMINDED + timedelta(days=40))
    second = [step for step in steps(organization, claim(invoice)) if step.round == 2]
    assert [step.step for step in second][:2] == ["friendly", "reminder"]
    fees = [step.fee for step in steps(organization, claim(invoice)) if step.state == ReminderState.SENT.value]
    assert sum(fee > 0 for fee in fees) <= 2


def test_the_switch_date_takes_the_notice_before_collection_away_from_the_creditor(organization: Any) -> None:
    turn_on(organization)
    invoice = owing(organization)
    walk(organization, DUE + timedelta(days=1), REMINDED)
    later = REMINDED + timedelta(days=15)
    with in_organization(organization):
        stands = open_claims_by_id(organization, [claim(invoice)], day=later)[claim(invoice)]
        before = deciding_on(organization, later, current_law()).about(stands).decision
    with new_act_from(later), in_organization(organization):
        after = deciding_on(organization, later, current_law()).about(stands).decision
    assert (before.kind, before.level and before.level.step.value) == ("send", "collection_notice")
    # The creditor asks once more by agencies alone: what is left of the plan is handing the claim over.
    assert (after.kind, after.level and after.level.step.value) == ("wait", "collection")
    with in_organization(organization):
        assert deciding_on(organization, later, current_law()).about(stands).decision == before


@contextmanager
def new_act_from(day: date) -> Iterator[None]:
    """The operator has entered the day on which the act of 2026 takes force."""
    with databases.superuser(database_name()) as session:
        session.execute(
            """INSERT INTO tenants_lawfigure
                 (id, country, kind, variant, valid_from, valid_to, value, unit, source, entered_by)
               VALUES (gen_random_uuid(), 'NO', 'new_debt_collection_act', '', %s, NULL, 1, '', 'Kgl. res.', '')""",
            [day],
        )
        try:
            yield
        finally:
            session.execute("DELETE FROM tenants_lawfigure WHERE kind = 'new_debt_collection_act'")


@pytest.mark.django_db(transaction=True, databases=["default", "backup"])
def test_the_command_tells_decides_and_sends(organization: Any) -> None:
    owing(organization)
    told = StringIO()
    day = REMINDED.isoformat()
    call_command("dunning_run", organization=organization.slug, rehearse=True, day=REMINDED, json=True, stdout=told)
    answer = json.loads(told.getvalue())
    assert (answer["day"], [each["step"] for each in answer["due"]]) == (day, ["friendly"])
    with pytest.raises(CommandError):
        call_command("dunning_run", organization=organization.slug, stdout=StringIO())
    with in_organization(organization):
        assert Reminder.objects.count() == 0
    turn_on(organization)
    told = StringIO()
    call_command("dunning_run", organization=organization.slug, json=True, stdout=told)
    assert json.loads(told.getvalue())["states"] == {"sent": 1}
    call_command("dunning_run", organization=organization.slug, stdout=StringIO())
    with in_organization(organization):
        assert Dispatch.objects.count() == 1
        assert plan_again(organization, [], actor=ROBOT, now=at(DUE)) == 0
