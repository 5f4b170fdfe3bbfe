"""One of everything that the desk of reminders names, for tests that try every address and every table."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from reminders.actions.steps import remove_step
from reminders.models import Reminder, ReminderLetter, ReminderSettings
from tests.builders import actor_of, in_organization
from tests.reminders.dunning_rows import DUE, at, morning, owing, turn_on

FRIENDLY, REMINDED = DUE + timedelta(days=7), DUE + timedelta(days=14)


def desk_things(organization: Any) -> dict[str, Any]:
    """A claim that was reminded of once and whose next step was taken out."""
    with in_organization(organization):
        is_on = ReminderSettings.objects.of(organization).exists()
    if not is_on:
        turn_on(organization)
    invoice = owing(organization, name="Sen Betaler AS", kind="business")
    morning(organization, FRIENDLY)
    assert invoice.receivable_id is not None
    with in_organization(organization):
        removed = remove_step(
            organization,
            invoice.receivable_id,
            position=3,
            reason="Avtalt på telefon",
            actor=actor_of(organization),
            day=REMINDED,
            now=at(REMINDED),
        )
        sent = Reminder.objects.of(organization).get(receivable_id=invoice.receivable_id, state="sent")
        assert sent.letter_id is not None
        letter = ReminderLetter.objects.of(organization).get(pk=sent.letter_id)
    return {
        "reminded_claim": invoice.receivable_id,
        "reminded_step": 4,
        "removed_reminder": removed.pk,
        "reminder_letter": letter.pk,
    }
