"""The night before: tomorrow's visits on drafts that wait, and at the start of the day what becomes of them (M-129)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import translation

from billing_backlog.actions.billing_by_itself import bill_by_itself
from billing_backlog.actions.collecting import Telling, gather_draft
from billing_backlog.actions.finalizing import finalize_by_itself
from billing_backlog.actions.items import take_items
from billing_backlog.actions.stuck_news import Stuck, tell_stuck
from billing_backlog.automation import Automation, Posting, days_to_bill_beforehand
from billing_backlog.intake.plain import Outcome
from billing_backlog.models import BacklogItem, MadeBy, Visit
from billing_backlog.queries.automation import automation_of
from billing_backlog.queries.by_itself import (
    collecting_drafts,
    lock_customers,
    planned_visits,
    proformas_by_document,
    waiting_for_their_day,
)
from billing_backlog.queries.standing import standing_of
from billing_backlog.queries.visits import items_of_visits, lock_visits
from billing_backlog.visiting import work_of
from foundation import rows
from foundation.transactions import read_only
from invoicing import queries as invoices
from invoicing.actions.finalize import BATCH_SIZE
from invoicing.actions.waiting import release_drafts
from invoicing.models import Invoice, WaitsFor
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

BATCHES_MAX = 200  # of drafts, in one round; the next round takes the rest


def bill_beforehand(organization: Organization, *, now: datetime) -> int:
    """What an organization's own clock says is to be done: begin the day, and bill the next one; how many documents.

    Whoever does it twice, beside another, or after hours that were missed does it once.
    """
    local = now.astimezone(ZoneInfo(organization.time_zone))
    today = local.date()
    with translation.override(organization.language):
        done = begin_day(organization, today=today, now=now)
        for day in days_to_bill_beforehand(local):
            done += bill_day(organization, day, today=today, now=now)
    return done


def bill_day(organization: Organization, day: date, *, today: date, now: datetime) -> int:
    """Bill the visits that are planned for a day, of customers whose documents are formed beforehand; how many visits.

    Some customers at a time, each batch in a transaction of its own: what is killed in the middle goes on where it was.
    """
    with read_only():
        planned = planned_visits(organization, day)
        ways = automation_of(organization, {customer_id for _visit, customer_id in planned})
    done = 0
    for batch in _batches(planned, ways):
        done += _bill_visits(organization, batch, day, today=today, now=now)
    return done


def _batches(planned: Sequence[tuple[UUID, UUID]], ways: Mapping[UUID, Automation]) -> Iterator[list[UUID]]:
    """The visits of some customers at a time, a customer's together."""
    of_customer: dict[UUID, list[UUID]] = {}
    for visit_id, customer_id in planned:
        if ways[customer_id].bills_beforehand:
            of_customer.setdefault(customer_id, []).append(visit_id)
    batch: list[UUID] = []
    for ids in of_customer.values():
        if batch and len(batch) + len(ids) > BATCH_SIZE:
            yield batch
            batch = []
        batch += ids
    if batch:
        yield batch


@transaction.atomic
def _bill_visits(
    organization: Organization, visit_ids: Sequence[UUID], day: date, *, today: date, now: datetime
) -> int:
    actor = Actor.system()
    visits = [visit for visit in lock_visits(organization, visit_ids) if visit.is_planned and visit.planned_on == day]
    known = items_of_visits(organization, [visit.pk for visit in visits])
    fresh = [visit for visit in visits if visit.pk not in known]
    ids = _unbilled(organization, [item for each in known.values() for item in each])
    ids += _take(organization, fresh, actor=actor, now=now)
    if ids:
        bill_by_itself(organization, ids, made_by=MadeBy.NIGHT_BEFORE, actor=actor, today=today, now=now, work_day=day)
    return len(ids)


def _unbilled(organization: Organization, items: Sequence[BacklogItem]) -> list[UUID]:
    standing = standing_of(organization, items)
    return [item.pk for item in items if not item.is_cancelled and standing[item.pk].unbilled]


def _take(organization: Organization, visits: Sequence[Visit], *, actor: Actor, now: datetime) -> list[UUID]:
    """Put the work of planned visits into the backlog; what cannot be is told to those who can mend it."""
    if not visits:
        return []
    answers = take_items(organization, [work_of(visit) for visit in visits], actor=actor, now=now)
    told = list(zip(visits, answers, strict=True))
    refused = [(visit, answer) for visit, answer in told if answer.outcome is Outcome.REFUSED]
    tell_stuck(
        organization,
        [
            Stuck(visit.customer.name, answer.sentence, f"visits/{visit.pk}/", f"billing-stuck:{visit.pk}")
            for visit, answer in refused
        ],
    )
    return [key for _visit, answer in told for key in answer.item_ids]


def begin_day(organization: Organization, *, today: date, now: datetime) -> int:
    """Let go what waited for a day that has come: finalized and dated that day, or an ordinary draft; how many.

    What a day without power has missed is dated today: a document carries the day on which it is issued.
    """
    done = 0
    for _batch in range(BATCHES_MAX):
        with read_only():
            ids = waiting_for_their_day(organization, today, BATCH_SIZE)
        if not ids:
            break
        done += _begin(organization, ids, today=today, now=now)
    return done


@transaction.atomic
def _begin(organization: Organization, draft_ids: Sequence[UUID], *, today: date, now: datetime) -> int:
    actor = Actor.system()
    customers = {row.customer_id for row in invoices.invoices_by_id(organization, draft_ids).values()}
    lock_customers(organization, customers)
    ways = automation_of(organization, customers)
    collecting = [key for key, way in ways.items() if way.posting == Posting.COLLECT]
    open_ids = [row.invoice_id for row in collecting_drafts(organization, collecting)]
    locked = invoices.lock_existing(organization, sorted({*draft_ids, *open_ids}))
    due = [
        locked[key]
        for key in draft_ids
        if key in locked and locked[key].is_draft and locked[key].waits_for == WaitsFor.WORK_DAY
    ]
    if not due:
        return 0
    finalizing = [draft for draft in due if ways[draft.customer_id].posting == Posting.FINALIZE]
    _redate(organization, due, {draft.pk for draft in finalizing}, actor=actor, today=today, now=now)
    released = {draft.pk: draft for draft in release_drafts(organization, [draft.pk for draft in due], actor=actor)}
    sends = {draft.pk for draft in finalizing if ways[draft.customer_id].sends}
    finalize_by_itself(organization, finalizing, sends=sends, actor=actor, today=today)
    told = Telling(made_by=MadeBy.NIGHT_BEFORE, actor=actor, today=today, now=now)
    formed = proformas_by_document(organization, released)
    for draft in due:
        if ways[draft.customer_id].posting == Posting.COLLECT:
            gather_draft(organization, formed[draft.pk], released[draft.pk], ways[draft.customer_id].period, told)
    return len(due)


def _redate(
    organization: Organization,
    drafts: Sequence[Invoice],
    finalizing: set[UUID],
    *,
    actor: Actor,
    today: date,
    now: datetime,
) -> None:
    """Issued today, they are dated today; what is not issued yet has no date."""
    changed = []
    for draft in drafts:
        wanted = today if draft.pk in finalizing else None
        if draft.issue_date != wanted:
            changed.append(
                (draft, {"changes": audit.changes({"issue_date": draft.issue_date}, {"issue_date": wanted})})
            )
            draft.issue_date, draft.updated_at = wanted, now
            draft.due_date = draft.due_date if draft.has_own_due_date else None
            draft.version += 1
    rows.update(
        organization.pk, [draft for draft, _facts in changed], ["issue_date", "due_date", "updated_at", "version"]
    )
    audit.record_each(actor, "draft.changed", changed, now=now)
