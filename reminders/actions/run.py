"""The morning's decision: every open claim is looked at once, and what is due is planned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from uuid import UUID

from django.db import transaction

from foundation import rows
from foundation.ids import uuid7
from reminders.law import current_law
from reminders.models import DunningRun, Reminder, ReminderSettings, ReminderState
from reminders.policy.law import Step
from reminders.queries.due import Decided, decide_all, deciding_on, reason_as_kept
from reminders.queries.plans import lock_settings, waits_for_bank
from reminders.queries.reminders import run_of
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

CHUNK = 1_000

# What was held back may be planned again; what was removed, sent or stands planned already stays as it is.
_PLAN = """
    INSERT INTO reminders_reminder
      (id, organization_id, receivable_id, customer_id, plan_id, run_id, letter_id, round, position, step, state, day,
       reason, owed, held, fee, compensation, interest, deadline, additions, decided_by, approved_by, approved_at,
       removed_by, removed_reason, sent_at, withdrawn_at, changed_at)
    SELECT fresh.id, %s::uuid, receivable_id, customer_id, plan_id, run_id, NULL, round, position, step, state, day,
           reason, 0, 0, 0, 0, 0, NULL, '[]', decided_by, '', NULL, '', '', NULL, NULL, %s
    FROM jsonb_to_recordset(%s::jsonb) AS fresh
         (id uuid, receivable_id uuid, customer_id uuid, plan_id uuid, run_id uuid, round int, position int, step text,
          state text, day date, reason jsonb, decided_by text)
    ON CONFLICT (organization_id, receivable_id, round, position) DO UPDATE
      SET state = excluded.state, day = excluded.day, run_id = excluded.run_id, plan_id = excluded.plan_id,
          step = excluded.step, reason = excluded.reason, decided_by = excluded.decided_by, approved_by = '',
          approved_at = NULL, letter_id = NULL, sent_at = NULL, withdrawn_at = NULL, fee = 0, compensation = 0,
          interest = 0, owed = 0, held = 0, deadline = NULL, additions = '[]', changed_at = excluded.changed_at
      WHERE reminders_reminder.state = 'withheld'
    RETURNING id
"""


@dataclass(slots=True)
class Looked:
    """What one pass over the open claims came to."""

    claims: int = 0
    planned: int = 0


@transaction.atomic
def open_run(organization: Organization, *, actor: Actor, today: date, now: datetime) -> DunningRun | None:
    """Decide for every open claim and plan what is due today: once a local day, whoever asks and how often.

    None where reminders are off or paused or wait for the bank, or where the day was decided already. One pass, whose
    memory does not grow with the claims, and one transaction: a run that dies leaves nothing.
    """
    settings = lock_settings(organization)
    if settings is None or not settings.is_on or settings.is_paused:
        return None
    if waits_for_bank(organization, settings, today=today):
        return None
    if run_of(organization, today) is not None:
        return None
    run = DunningRun.objects.create(organization=organization, day=today, decided_at=now, made_by=actor.name)
    looked = Looked()
    due = _due(organization, today, looked)
    while chunk := list(islice(due, CHUNK)):
        looked.planned += plan_decided(organization, chunk, settings, run_id=run.pk, actor=actor, now=now)
    run.looked_at, run.planned = looked.claims, looked.planned
    run.save(update_fields=["looked_at", "planned"])
    audit.record(actor, "reminders.decided", run, count=looked.planned, claims=looked.claims)
    return run


def plan_decided(
    organization: Organization,
    due: Iterable[Decided],
    settings: ReminderSettings,
    *,
    run_id: UUID | None,
    actor: Actor,
    now: datetime,
) -> int:
    """Write what is due as planned, or as waiting for approval, in the caller's transaction; how many are new."""
    planned = [_row(each, settings, run_id, actor) for each in due]
    return len(rows.fetch_all(_PLAN, [organization.pk, now, rows.to_json(planned)])) if planned else 0


def _due(organization: Organization, today: date, looked: Looked) -> Iterator[Decided]:
    deciding = deciding_on(organization, today, current_law())
    for decided in decide_all(organization, deciding):
        looked.claims += 1
        if decided.decision.kind == "send":
            yield decided


def _row(decided: Decided, settings: ReminderSettings, run_id: UUID | None, actor: Actor) -> dict[str, object]:
    level, claim = decided.decision.level, decided.claim
    assert level is not None
    # Collection never begins by itself: it waits for somebody who hands the claim over.
    waits = settings.needs_approval or level.needs_approval or level.step == Step.COLLECTION
    return {
        "id": uuid7(),
        "receivable_id": claim.receivable_id,
        "customer_id": claim.customer_id,
        "plan_id": decided.plan_id,
        "run_id": run_id,
        "round": decided.decision.round,
        "position": level.position,
        "step": level.step.value,
        "state": (ReminderState.WAITING if waits else ReminderState.PLANNED).value,
        "day": decided.decision.on,
        "reason": reason_as_kept(decided.decision.reason),
        "decided_by": actor.name,
    }


def planned_ids(organization: Organization, *, through: date) -> list[UUID]:
    """What is to be sent by a day, in the order in which it was decided."""
    wanted = Reminder.objects.of(organization).filter(state=ReminderState.PLANNED, day__lte=through)
    return list(wanted.order_by("id").values_list("pk", flat=True))
