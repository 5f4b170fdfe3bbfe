"""What becomes of letters: handed over, or never; then their fees and interest are taken back."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from foundation import rows
from invoicing.papers.demand_queries import DemandOutcome, demand_outcomes
from payments.actions.additions import waive_additions
from reminders.models import Reminder, ReminderLetter, ReminderState
from reminders.queries.reminders import lock_letter, open_letters
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

LETTERS_AT_ONCE = 200
CLAIM_CHANGED, REACHED_NOBODY = "claim_changed", "reached_nobody"


def settle_letters(organization: Organization, *, actor: Actor, today: date, now: datetime) -> int:
    """Look what became of the letters that are under way; how many are settled. Each in a transaction of its own."""
    with transaction.atomic():
        letters = open_letters(organization, most=LETTERS_AT_ONCE)
        outcomes = demand_outcomes(organization, [letter.paper_id for letter in letters])
    settled = 0
    for letter in letters:
        outcome = outcomes.get(letter.paper_id)
        if outcome is not None and settle_letter(organization, letter.pk, outcome, actor=actor, today=today, now=now):
            settled += 1
    return settled


@transaction.atomic
def settle_letter(
    organization: Organization, letter_id: UUID, outcome: DemandOutcome, *, actor: Actor, today: date, now: datetime
) -> bool:
    """Write down that a letter left us, or that it reached nobody, and then take its fee and interest back.

    A letter of which nobody knows whether it left keeps its fee and is not sent again by itself: rather none than two.
    """
    if not (outcome.withheld or outcome.failed or outcome.handed_over_at is not None or outcome.may_have_left):
        return False
    letter = lock_letter(organization, letter_id)
    if letter.settled_at is not None:
        return False
    letter.settled_at = now
    if outcome.withheld or outcome.failed:
        reason = CLAIM_CHANGED if outcome.withheld else REACHED_NOBODY
        _withdraw(organization, letter, reason, actor=actor, today=today, now=now)
    letter.save(update_fields=["settled_at", "withdrawn_at", "withdrawn_reason"])
    return True


def _withdraw(
    organization: Organization, letter: ReminderLetter, reason: str, *, actor: Actor, today: date, now: datetime
) -> None:
    """Take back what the letter added. A claim that had changed is looked at anew; a lost letter waits for a person."""
    letter.withdrawn_at, letter.withdrawn_reason = now, reason
    steps = list(Reminder.objects.of(organization).filter(letter=letter, state=ReminderState.SENT).select_for_update())
    added = [UUID(addition) for step in steps for addition in step.additions]
    if added:
        words = {
            CLAIM_CHANGED: _("The claim had changed when the reminder was handed over."),
            REACHED_NOBODY: _("The reminder reached nobody."),
        }
        waive_additions(organization, added, reason=words[reason], actor=actor, day=today, now=now)
    for step in steps:
        step.withdrawn_at = step.changed_at = now
        if reason == CLAIM_CHANGED:
            step.state = ReminderState.WITHHELD
            step.reason = {"code": CLAIM_CHANGED, "paragraph": "", "figures": {}}
    rows.update(organization.pk, steps, ["state", "reason", "withdrawn_at", "changed_at"])
    audit.record_each(
        actor,
        "reminder.withdrawn",
        [(step.receivable, {"about": step.step, "reason": reason}) for step in steps],
        now=now,
    )


@transaction.atomic
def plan_again(organization: Organization, reminder_ids: list[UUID], *, actor: Actor, now: datetime) -> int:
    """Let steps whose letters reached nobody be sent once more, now that the customer can be reached; how many."""
    wanted = Reminder.objects.of(organization).filter(
        pk__in=reminder_ids, state=ReminderState.SENT, withdrawn_at__isnull=False
    )
    steps = list(wanted.select_related("receivable").select_for_update(of=("self",)).order_by("id"))
    for step in steps:
        step.state, step.changed_at = ReminderState.WITHHELD, now
        step.reason = {"code": REACHED_NOBODY, "paragraph": "", "figures": {}}
    rows.update(organization.pk, steps, ["state", "reason", "changed_at"])
    audit.record_each(
        actor, "reminder.planned_again", [(step.receivable, {"about": step.step}) for step in steps], now=now
    )
    return len(steps)
