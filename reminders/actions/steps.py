"""What people do with single steps: take one out, put it back, approve, send by hand, begin anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from foundation import rows
from foundation.errors import DomainError
from payments import queries as ledger
from reminders.actions.pausing import ReasonIsMissing, lock_or_make_settings
from reminders.actions.run import plan_decided
from reminders.actions.sending import LAWFUL_WAITS
from reminders.law import current_law
from reminders.law_words import sentence_of
from reminders.models import PlanChoice, Reminder, ReminderState, StepChoice
from reminders.policy.deciding import Decision
from reminders.policy.law import Reason, Step
from reminders.queries.due import Decided, deciding_on, open_claims_by_id
from reminders.queries.reminders import lock_reminder, lock_reminders, reminder_at
from tenants import audit, outbox
from tenants.audit import Actor
from tenants.models import Organization

SEND_PLANNED = "reminders.send_planned"
REASON_LENGTH = 300
BY_HAND_MAX = 500


class StepHasHappened(DomainError):
    """What was sent cannot be taken out any more."""


class NothingToRemove(DomainError):
    """The claim has no such step before it."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What of several claims is planned, and why the others are not."""

    planned: int
    refused: Sequence[tuple[UUID, str]]  # receivable id, sentence


@transaction.atomic
def remove_step(
    organization: Organization,
    receivable_id: UUID,
    *,
    position: int,
    reason: str,
    actor: Actor,
    day: date,
    now: datetime,
) -> Reminder:
    """Take one step of one claim's plan out, before it is sent; the plan goes on with the next one (M-087)."""
    if not reason.strip():
        raise ReasonIsMissing(_("Say why the step is left out."), field="reason")
    _lock_claim(organization, receivable_id)
    claim = open_claims_by_id(organization, [receivable_id], day=day).get(receivable_id)
    if claim is None:
        raise NothingToRemove(_("The claim is settled: there is nothing to remind of."))
    decided = deciding_on(organization, day, current_law()).next_of(claim)
    level = next((one for one in decided.plan.levels if one.position == position), None)
    if level is None:
        raise NothingToRemove(_("The plan has no such step any more. Look at the list again."))
    row = reminder_at(organization, receivable_id, claim.round, position)
    if row is not None and row.state == ReminderState.SENT:
        raise StepHasHappened(_("This step was sent already."))
    if row is None:
        row = Reminder(
            organization=organization,
            receivable_id=receivable_id,
            customer_id=claim.customer_id,
            plan_id=decided.plan_id,
            round=claim.round,
            position=position,
            step=level.step.value,
            decided_by=actor.name,
        )
    row.state, row.day, row.changed_at = ReminderState.REMOVED, day, now
    row.removed_by, row.removed_reason = actor.name, reason.strip()[:REASON_LENGTH]
    row.save()
    audit.record(actor, "reminder.removed", row.receivable, about=row.step, reason=row.removed_reason)
    return row


@transaction.atomic
def put_back(organization: Organization, reminder_id: UUID, *, actor: Actor, now: datetime) -> Reminder:
    """Let a step that was taken out come after all, when the plan comes to it again."""
    row = lock_reminder(organization, reminder_id)
    if row.state != ReminderState.REMOVED:
        return row
    row.state, row.removed_by, row.removed_reason, row.changed_at = ReminderState.WITHHELD, "", "", now
    row.reason = {"code": "put_back", "paragraph": "", "figures": {}}
    row.save(update_fields=["state", "removed_by", "removed_reason", "reason", "changed_at"])
    audit.record(actor, "reminder.put_back", row.receivable, about=row.step)
    return row


@transaction.atomic
def approve_steps(organization: Organization, reminder_ids: Iterable[UUID], *, actor: Actor, now: datetime) -> int:
    """Let what waits for approval go; how many. Collection is not approved here: somebody hands the claim over."""
    found = [
        row
        for row in lock_reminders(organization, reminder_ids)
        if row.state == ReminderState.WAITING and row.step != StepChoice.COLLECTION
    ]
    for row in found:
        row.state, row.approved_by, row.approved_at, row.changed_at = ReminderState.PLANNED, actor.name, now, now
    rows.update(organization.pk, found, ["state", "approved_by", "approved_at", "changed_at"])
    audit.record_each(actor, "reminder.approved", [(row.receivable, {"about": row.step}) for row in found], now=now)
    if found:
        ask_to_send(organization)
    return len(found)


@transaction.atomic
def send_now(
    organization: Organization,
    receivable_ids: Sequence[UUID],
    *,
    actor: Actor,
    today: date,
    now: datetime,
    position: int | None = None,
) -> Planned:
    """Send the next step of these claims today, before its day where the plan alone says to wait.

    What the law, a hold or a payment under way forbids is refused with its sentence, claim by claim.
    """
    wanted = list(dict.fromkeys(receivable_ids))[:BY_HAND_MAX]
    settings = lock_or_make_settings(organization)
    ledger.lock_receivables(organization.pk, wanted)
    deciding = deciding_on(organization, today, current_law())
    claims = open_claims_by_id(organization, wanted, day=today)
    due: list[Decided] = []
    refused: list[tuple[UUID, str]] = []
    for receivable_id in wanted:
        claim = claims.get(receivable_id)
        decided = deciding.about(claim) if claim else None
        refusal = refusal_of(decided, position)
        if refusal is not None or decided is None:
            refused.append((receivable_id, refusal or ""))
            continue
        due.append(_for_today(decided, today))
    planned = plan_decided(organization, due, settings, run_id=None, actor=actor, now=now)
    mine = [
        row
        for row in _rows_of(organization, due)
        if row.state == ReminderState.WAITING and row.step != StepChoice.COLLECTION
    ]
    for row in mine:  # who sends by hand approves
        row.state, row.approved_by, row.approved_at = ReminderState.PLANNED, actor.name, now
    rows.update(organization.pk, mine, ["state", "approved_by", "approved_at"])
    if due:
        ask_to_send(organization)
    return Planned(planned, refused)


@transaction.atomic
def start_round(
    organization: Organization, receivable_id: UUID, *, reason: str, actor: Actor, now: datetime
) -> PlanChoice:
    """Begin the plan from its first step again for one claim; what was charged before still counts by the law."""
    if not reason.strip():
        raise ReasonIsMissing(_("Say why the plan begins again."), field="reason")
    _lock_claim(organization, receivable_id)
    choice = PlanChoice.objects.of(organization).filter(receivable_id=receivable_id).first()
    if choice is None:
        choice = PlanChoice(organization=organization, receivable_id=receivable_id)
    choice.round += 1
    choice.reason, choice.made_by, choice.made_at = reason.strip()[:REASON_LENGTH], actor.name, now
    choice.save()
    assert choice.receivable is not None
    audit.record(actor, "reminders.round_started", choice.receivable, reason=choice.reason, count=choice.round)
    return choice


def ask_to_send(organization: Organization) -> None:
    """Have a worker send what is planned, after the commit."""
    key = f"reminders:{uuid4()}"
    outbox.put_each(organization.pk, [outbox.Effect(SEND_PLANNED, organization.pk, key, {}, leaves_house=False)])


def refusal_of(decided: Decided | None, position: int | None = None) -> str | None:
    """Why nothing is sent for the claim by hand either, as a sentence; None where it may go."""
    if decided is None:
        return _("The claim is settled: there is nothing to remind of.")
    decision = decided.decision
    if decision.kind in {"stop", "never"} or decision.level is None:
        return sentence_of(decision.reason)
    if decision.level.step == Step.COLLECTION:
        return sentence_of(Reason("hand_over_instead"))
    if decision.kind == "wait" and decision.reason.code in LAWFUL_WAITS:
        return sentence_of(decision.reason)
    if position is not None and position != decision.level.position:
        return _("Another step comes before this one. Look at the list again.")
    return None


def _for_today(decided: Decided, today: date) -> Decided:
    came = decided.decision
    decision = Decision(came.kind, came.level, came.round, today, came.reason)
    return Decided(decided.claim, decided.plan_id, decided.plan, decision)


def _rows_of(organization: Organization, due: Sequence[Decided]) -> list[Reminder]:
    wanted = {(each.claim.receivable_id, each.decision.round, _position(each)) for each in due}
    found = Reminder.objects.of(organization).filter(receivable_id__in=[key[0] for key in wanted])
    return [row for row in found if (row.receivable_id, row.round, row.position) in wanted]


def _position(decided: Decided) -> int:
    assert decided.decision.level is not None
    return decided.decision.level.position


def _lock_claim(organization: Organization, receivable_id: UUID) -> None:
    """In line with whoever sends: the settings' row first, then the claim."""
    lock_or_make_settings(organization)
    if receivable_id not in ledger.lock_receivables(organization.pk, [receivable_id]):
        raise Http404
