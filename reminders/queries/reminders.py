"""Questions about what was decided and sent: by run, claim, customer and letter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import Http404

from reminders.models import DunningRun, Reminder, ReminderLetter, ReminderState
from tenants.models import Organization

OF_ONE_CUSTOMER_MAX = 200  # claims of one customer in one letter


def run_of(organization: Organization, day: date) -> DunningRun | None:
    """The day's run, where it was decided."""
    return DunningRun.objects.of(organization).filter(day=day).first()


def list_runs(organization: Organization) -> QuerySet[DunningRun]:
    """The runs with what became of them, the newest first."""
    counts = {
        state.value: Count("reminders", filter=Q(reminders__state=state.value))
        for state in (ReminderState.WAITING, ReminderState.PLANNED, ReminderState.SENT, ReminderState.WITHHELD)
    }
    return DunningRun.objects.of(organization).annotate(**counts).order_by("-day")


def lock_to_send(organization: Organization, ids: Iterable[UUID]) -> list[Reminder]:
    """Those of these that are planned, locked; what another worker has in hand is left to it."""
    wanted = Reminder.objects.of(organization).filter(pk__in=list(ids), state=ReminderState.PLANNED)
    return list(wanted.select_for_update(skip_locked=True).order_by("id"))


def lock_reminders(organization: Organization, ids: Iterable[UUID]) -> list[Reminder]:
    """These rows, locked in the order of their ids."""
    return list(Reminder.objects.of(organization).filter(pk__in=list(ids)).select_for_update().order_by("id"))


def lock_reminder(organization: Organization, reminder_id: UUID) -> Reminder:
    """One row, locked, or 404."""
    found = lock_reminders(organization, [reminder_id])
    if not found:
        raise Http404
    return found[0]


def get_reminder(organization: Organization, reminder_id: UUID) -> Reminder:
    """One reminder with its claim and customer, or 404."""
    rows = Reminder.objects.of(organization).select_related("receivable", "customer", "letter")
    found = rows.filter(pk=reminder_id).first()
    if found is None:
        raise Http404
    return found


def next_to_send(organization: Organization, *, through: date, most: int, by_hand_only: bool = False) -> list[UUID]:
    """The next reminders to be sent by a day: about so many, and all of one customer together."""
    wanted = Reminder.objects.of(organization).filter(state=ReminderState.PLANNED, day__lte=through)
    wanted = wanted.filter(run=None) if by_hand_only else wanted
    found = list(wanted.order_by("customer_id", "id").values_list("pk", "customer_id")[: most + OF_ONE_CUSTOMER_MAX])
    chosen: list[UUID] = []
    for place, (reminder_id, customer_id) in enumerate(found):
        if place >= most and customer_id != found[place - 1][1]:
            break
        chosen.append(reminder_id)
    return chosen


def count_by_state(organization: Organization, *, day: date) -> dict[str, int]:
    """How many of what was decided for a day stand in each state."""
    found = Reminder.objects.of(organization).filter(day=day).values("state").annotate(count=Count("id"))
    return {row["state"]: row["count"] for row in found.order_by()}


def reminders_of_claim(organization: Organization, receivable_id: UUID) -> list[Reminder]:
    """Everything that was decided about one claim, in its order."""
    rows = Reminder.objects.of(organization).filter(receivable_id=receivable_id)
    return list(rows.select_related("letter").order_by("round", "position"))


def steps_sent(organization: Organization, receivable_ids: Iterable[UUID]) -> dict[UUID, list[Reminder]]:
    """What was sent for each of these claims and reached somebody, or was removed, the oldest first."""
    found: dict[UUID, list[Reminder]] = {}
    rows = Reminder.objects.of(organization).filter(
        receivable_id__in=list(receivable_ids), state__in=[ReminderState.SENT, ReminderState.REMOVED]
    )
    for reminder in rows.order_by("day", "position"):
        found.setdefault(reminder.receivable_id, []).append(reminder)
    return found


def open_letters(organization: Organization, *, most: int) -> list[ReminderLetter]:
    """Letters of which it is not known yet whether they reached somebody, the oldest first."""
    rows = ReminderLetter.objects.of(organization).filter(withdrawn_at=None, settled_at=None)
    return list(rows.order_by("sent_at", "id")[:most])


def lock_letter(organization: Organization, letter_id: UUID) -> ReminderLetter:
    """One letter, locked, or 404."""
    found = ReminderLetter.objects.of(organization).filter(pk=letter_id).select_for_update().first()
    if found is None:
        raise Http404
    return found


def reminder_at(organization: Organization, receivable_id: UUID, round_: int, position: int) -> Reminder | None:
    """The row of one step of a claim's round, locked, where there is one."""
    rows = Reminder.objects.of(organization).filter(receivable_id=receivable_id, round=round_, position=position)
    return rows.select_for_update().first()
