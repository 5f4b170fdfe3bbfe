"""Interest on what was paid late is asked for once, in a letter of its own."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from invoicing.models import CustomerPaper
from payments.additions import additions_of
from reminders.actions.interest_notes import send_interest_notes
from reminders.law import current_law
from reminders.models import ReminderLetter
from reminders.queries.interest import list_late
from tests.builders import in_organization
from tests.reminders.dunning_rows import DUE, ROBOT, at, claim, morning, owing, pay, turn_on

pytestmark = pytest.mark.django_db

PAID = DUE + timedelta(days=30)
LATER = PAID + timedelta(days=10)


def test_interest_until_the_day_of_payment_is_asked_for_once(organization: Any) -> None:
    late, in_time = owing(organization), owing(organization)
    pay(organization, late, "2500.00", day=PAID)
    pay(organization, in_time, "2500.00", day=DUE)
    with in_organization(organization):
        [found] = list_late(organization, today=LATER, law=current_law())
        # 2 500 at 12.00 % from 17 March through 15 April, 30 days: 24.657…
        assert (found.receivable.pk, found.days_late, found.amount) == (claim(late), 30, Decimal("24.66"))
        both = [claim(late), claim(in_time)]
        assert send_interest_notes(organization, both, actor=ROBOT, today=LATER, now=at(LATER)) == 1
        assert send_interest_notes(organization, both, actor=ROBOT, today=LATER, now=at(LATER)) == 0
        assert list_late(organization, today=LATER, law=current_law()) == []
        [added] = additions_of(organization.pk, [claim(late)])[claim(late)]
        assert (added.kind, added.open) == ("interest", Decimal("24.66"))
        letter = ReminderLetter.objects.get()
        assert (letter.step, letter.total, letter.deadline) == ("interest_note", added.open, LATER + timedelta(days=14))
        assert CustomerPaper.objects.get().kind == "interest_note"


def test_what_a_reminder_has_asked_for_is_not_asked_for_again(organization: Any) -> None:
    turn_on(organization)
    invoice = owing(organization)
    for days in (7, 14):
        morning(organization, DUE + timedelta(days=days))
    pay(organization, invoice, "2500.00", day=PAID)
    with in_organization(organization):
        [found] = list_late(organization, today=LATER, law=current_law())
        assert (found.interest.amount, found.asked_before, found.amount) == (
            Decimal("24.66"),
            Decimal("11.51"),
            Decimal("13.15"),
        )


def test_the_page_lists_and_sends(client_of: Any, owner: Any, auditor: Any, organization: Any) -> None:
    invoice = owing(organization)
    pay(organization, invoice, "2500.00", day=PAID)
    address = f"/{organization.slug}/reminders/interest/"
    reader: Client = client_of(auditor)
    answer = reader.get(address)
    assert answer.status_code == 200
    assert "24,66" in answer.content.decode()
    assert 'name="id"' not in answer.content.decode()
    assert reader.post(address + "send/", {"id": str(claim(invoice))}).status_code == 403
    sender: Client = client_of(owner)
    assert sender.post(address + "send/", {"id": [str(claim(invoice)), "no id"]}).status_code == 302
    assert sender.post(address + "send/").status_code == 302
    with in_organization(organization):
        assert ReminderLetter.objects.count() == 1
