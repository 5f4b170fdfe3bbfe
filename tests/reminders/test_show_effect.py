"""What reminders bring: sums by the step before the money, what was added and paid, few questions, and a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.translation import gettext

from invoicing.dispatching.states import Standing
from invoicing.papers.demand_queries import DemandOutcome
from payments.additions import additions_of
from reminders.actions import effect as actions
from reminders.actions.withdrawing import REACHED_NOBODY, settle_letter
from reminders.models import ReminderLetter
from reminders.queries import effect
from tenants.models import Job, JobState, OutboxRow
from tests import builders
from tests.builders import in_organization
from tests.payments import by_hand
from tests.reminders.dunning_rows import DUE, ROBOT, at, morning, owing, pay, turn_on

pytestmark = pytest.mark.django_db

SignIn = Callable[[Any], Client]
FRIENDLY, REMINDED = DUE + timedelta(days=7), DUE + timedelta(days=14)
TODAY = DUE + timedelta(days=40)
PATH = "/nordlys/reminders/effect/"


@pytest.fixture
def world(organization: Any) -> Any:
    """One paid in time, one late before any letter, one after the friendly letter, one after the reminder with all of
    it, one whose reminder reached nobody."""
    turn_on(organization)
    early, late, friendly, reminded, lost = (
        owing(organization, amount=amount) for amount in (1000, 500, 2000, 4000, 2500)
    )
    morning(organization, DUE - timedelta(days=3))
    for invoice, amount, day in ((early, "1000", DUE - timedelta(days=3)), (late, "500", DUE - timedelta(days=2))):
        pay(organization, invoice, f"{amount}.00", day=day)
    morning(organization, FRIENDLY)
    pay(organization, friendly, "500.00", day=FRIENDLY)  # on the day of the letter: not because of it
    pay(organization, friendly, "1500.00", day=FRIENDLY + timedelta(days=2))
    morning(organization, REMINDED)
    assert reminded.receivable_id is not None
    assert lost.receivable_id is not None
    with in_organization(organization):
        [letter] = ReminderLetter.objects.filter(reminders__receivable_id=lost.receivable_id, step="reminder")
        added = additions_of(organization.pk, [reminded.receivable_id])[reminded.receivable_id]
        lost_on_its_way = DemandOutcome(Standing.NOBODY, failed=True)
        settle_letter(organization, letter.pk, lost_on_its_way, actor=ROBOT, today=REMINDED, now=at(REMINDED))
    claims = [reminded.receivable_id, *(each.receivable_id for each in added)]
    total = 4000 + sum(each.open for each in added)
    by_hand.pay(organization, str(total), *claims, day=REMINDED + timedelta(days=9))
    return organization


def test_each_krone_belongs_to_the_last_step_before_it_on_page_and_in_file(
    world: Any, auditor: Any, stranger: Any, client_of: SignIn
) -> None:
    _money_belongs_to_the_last_step_on_an_earlier_day(world)
    _what_was_added_is_told_with_what_became_of_it(world)
    _the_months_are_a_file(world, client_of(auditor))
    reader, counts = client_of(auditor), []
    for _turn in range(3):  # the first one begins a session, too
        with CaptureQueriesContext(connection) as captured:
            page = reader.get(f"{PATH}?days=365")
        counts.append(len(captured))
        assert page.status_code == 200
        pay(world, owing(world, amount=900), "900.00", day=builders.TODAY)
    assert counts[1] == counts[2] < counts[0] < 30
    assert len(page.content) < 100_000
    with translation.override("nb"):
        assert gettext("Fees and interest") in page.content.decode()
    assert client_of(stranger).get(PATH).status_code == 404


def _money_belongs_to_the_last_step_on_an_earlier_day(world: Any) -> None:
    with in_organization(world):
        shares = effect.paid_after_step(world, today=TODAY, days=90)
        nobody = effect.paid_after_step(world, today=DUE - timedelta(days=10), days=90)
    found: list[Any] = [(share.step, share.amount, share.percent, share.claims) for share in shares]
    assert found == [
        ("before_due", 1000, 14, 1),
        ("notice", 1000, 13, 1),  # the late payer's 500, and 500 that came with the friendly letter
        ("friendly", 1500, 20, 1),
        ("reminder", 4000, 53, 1),
    ]
    assert sum(share.claims_percent for share in shares) == 100
    assert nobody == []


def _what_was_added_is_told_with_what_became_of_it(world: Any) -> None:
    with in_organization(world):
        fee, interest = effect.additions_in(world, today=TODAY, days=90)
        steps = {row.step: row for row in effect.steps_in(world, today=TODAY, days=90)}
        reasons = effect.withdrawn_in(world, today=TODAY, days=90)
        waited = effect.waiting_days(world, today=TODAY)
    # 38 each: one paid, one taken back with the letter that reached nobody.
    of_fees: Any = (fee.count, fee.earned, fee.paid, fee.waived, fee.open)
    assert of_fees == (2, 76, 38, 38, 0)
    # 4 000 and 2 500 at 12.00 % for 14 days.
    assert (interest.paid, interest.waived) == (Decimal("18.41"), Decimal("11.51"))
    assert (steps["reminder"].sent, steps["reminder"].withdrawn) == (2, 1)
    assert steps["reminder"].added == Decimal("56.41")
    assert reasons == [(REACHED_NOBODY, 1)]
    assert waited.since == DUE - timedelta(days=3)
    assert len(waited.months) == 24


def _the_months_are_a_file(world: Any, reader: Client) -> None:
    sent = reader.post(f"{PATH}export/", {"report": "effect", "file_format": "csv", "key": "one"})
    assert sent.status_code == 302
    with in_organization(world):
        [job] = Job.objects.filter(kind=actions.EXPORT)
        # The letters stay where they are: only the job is worked on.
        OutboxRow.objects.exclude(subject_id=job.pk).update(not_before=at(date(2099, 1, 1)))
        rows = list(effect.month_steps(world, today=TODAY))
    builders.run_background()
    with in_organization(world):
        job.refresh_from_db()
    assert job.state == JobState.COMPLETE, job.problem
    march: list[Any] = [(row.step, row.sent, row.amount) for row in rows if row.month == date(2026, 3, 1)]
    assert march == [("before_due", 0, 1000), ("notice", 5, 1000), ("friendly", 3, 1500), ("reminder", 2, 0)]
