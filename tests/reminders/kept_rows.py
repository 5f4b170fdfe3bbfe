"""One row of each table of reminders, for tests that try every table."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from invoicing.models import CustomerPaper
from reminders.models import (
    DunningRun,
    PlanChoice,
    Reminder,
    ReminderLetter,
    ReminderLevel,
    ReminderPlan,
    ReminderSettings,
    ReminderState,
)
from tests.reminders.dunning_rows import DUE, at

SENT = DUE + timedelta(days=14)


def keep_reminders(organization: Any, receivable_id: UUID, customer_id: UUID) -> None:
    """A plan with a step, two choices, a run, a letter and the step that it was sent for; in the open context."""
    ReminderSettings.objects.get_or_create(organization=organization)
    plan = ReminderPlan.objects.create(organization=organization, name="Kort", country="FI", debtor="consumer")
    ReminderLevel.objects.create(organization=organization, plan=plan, position=1, step="reminder", days=15)
    PlanChoice.objects.create(organization=organization, customer_id=customer_id, plan=plan, made_by="Olga")
    PlanChoice.objects.create(organization=organization, receivable_id=receivable_id, is_stopped=True, made_by="Olga")
    run = DunningRun.objects.create(organization=organization, day=SENT, made_by="Bilag")
    paper = CustomerPaper.objects.create(
        organization=organization,
        kind="reminder",
        customer_id=customer_id,
        day=SENT,
        language="nb",
        snapshot={"words": "a reminder"},
        snapshot_sha256="5" * 64,
        made_by="Bilag",
        made_at=at(SENT),
    )
    letter = ReminderLetter.objects.create(
        organization=organization,
        customer_id=customer_id,
        step="reminder",
        paper=paper,
        currency="NOK",
        total=Decimal(2538),
        sent_by="Bilag",
        sent_at=at(SENT),
    )
    Reminder.objects.create(
        organization=organization,
        receivable_id=receivable_id,
        customer_id=customer_id,
        plan=plan,
        run=run,
        letter=letter,
        position=1,
        step="reminder",
        state=ReminderState.SENT,
        day=SENT,
        owed=Decimal(2500),
        fee=Decimal(38),
        decided_by="Bilag",
        sent_at=at(SENT),
    )
