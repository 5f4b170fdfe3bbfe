"""Billing by itself: what becomes of work is decided for its customer, and done in one stroke (M-122)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import translation

from billing_backlog.actions.collecting import Telling, collect_items
from billing_backlog.actions.finalizing import finalize_by_itself
from billing_backlog.actions.proformas import ITEMS_MAX, Making, make_proformas
from billing_backlog.actions.ready import mark_ready
from billing_backlog.actions.stuck_news import Stuck, tell_stuck
from billing_backlog.automation import Automation, Posting
from billing_backlog.errors import NothingLeft
from billing_backlog.models import BacklogItem, MadeBy
from billing_backlog.queries.automation import automation_of
from billing_backlog.queries.by_itself import collecting_drafts, customers_of_items, lock_customers
from billing_backlog.queries.items import items_by_id, lock_items
from billing_backlog.queries.standing import standing_of
from foundation.errors import DomainError
from invoicing import queries as invoices
from invoicing.actions.finalize import BATCH_SIZE
from invoicing.models import WaitsFor
from tenants.audit import Actor
from tenants.models import Organization


def bill_by_itself(
    organization: Organization,
    item_ids: Collection[UUID],
    *,
    made_by: MadeBy,
    actor: Actor,
    today: date,
    now: datetime,
    work_day: date | None = None,
) -> None:
    """Do with each item what is decided for its customer: nothing, collect it on a draft, or draft and finalize it.

    Told beforehand, with a `work_day` to come, the drafts wait for that day and are dated on it. Customers are taken in
    batches, each in a transaction of its own; told twice, everything is billed once. What cannot be billed is told to
    those who can mend it and keeps no other back.
    """
    told = Telling(made_by=made_by, actor=actor, today=today, now=now, work_day=work_day)
    with transaction.atomic():  # outside of one, every table of an organization looks empty
        pairs = customers_of_items(organization, item_ids)
    with translation.override(organization.language):  # the reasons are read by many
        for batch in _batches(pairs):
            try:
                _bill(organization, batch, told)
            except DomainError:
                _bill_one_by_one(organization, batch, told)


def _batches(pairs: Sequence[tuple[UUID, UUID]]) -> Iterator[list[UUID]]:
    """The items of some customers at a time, whole customers where that is possible."""
    batch: list[UUID] = []
    customers: set[UUID] = set()
    for item_id, customer_id in pairs:
        is_new = customer_id not in customers
        if batch and (len(batch) == ITEMS_MAX or (is_new and len(customers) == BATCH_SIZE)):
            yield batch
            batch, customers = [], set()
        batch.append(item_id)
        customers.add(customer_id)
    if batch:
        yield batch


def _bill_one_by_one(organization: Organization, item_ids: Sequence[UUID], told: Telling) -> None:
    """Each customer alone, so that one refusal keeps no other back; it is told to those who can mend it."""
    of_customer: dict[UUID, list[UUID]] = {}
    for item_id, customer_id in customers_of_items(organization, item_ids):
        of_customer.setdefault(customer_id, []).append(item_id)
    for ids in of_customer.values():
        try:
            _bill(organization, ids, told)
        except DomainError as refusal:
            with transaction.atomic():
                item = next(iter(items_by_id(organization, ids[:1]).values()))
                key = f"billing-stuck:{item.pk}:{told.today}"
                tell_stuck(organization, [Stuck(item.customer.name, str(refusal), f"backlog/{item.pk}/", key)])


@transaction.atomic
def _bill(organization: Organization, item_ids: Sequence[UUID], told: Telling) -> None:
    pairs = customers_of_items(organization, item_ids)
    ways = automation_of(organization, {customer_id for _item, customer_id in pairs})
    wanted = {key: way for key, way in ways.items() if _is_billed(way, told)}
    ids = [item_id for item_id, customer_id in pairs if customer_id in wanted]
    if not ids:
        return
    lock_customers(organization, wanted)
    # Drafts before items, as whoever works on a draft takes them.
    collecting = [key for key, way in wanted.items() if way.posting == Posting.COLLECT and not told.waits]
    invoices.lock_existing(organization, [row.invoice_id for row in collecting_drafts(organization, collecting)])
    open_drafts = collecting_drafts(organization, collecting)
    items = _ready(organization, ids, told)
    if told.waits:
        _draft_for_the_day(organization, items, told)
        return
    collect_items(
        organization,
        [item for item in items if wanted[item.customer_id].posting == Posting.COLLECT],
        wanted,
        open_drafts,
        told,
    )
    at_once = [item.pk for item in items if wanted[item.customer_id].posting == Posting.FINALIZE]
    if at_once:
        making = Making(
            made_by=told.made_by, cut_off=told.work_day, waits_for=WaitsFor.NOTHING.value, issue_date=told.work_day
        )
        made = make_proformas(organization, at_once, making=making, actor=told.actor, today=told.today, now=told.now)
        drafts = [proforma.invoice for proforma in made]
        sends = {draft.pk for draft in drafts if wanted[draft.customer_id].sends}
        finalize_by_itself(organization, drafts, sends=sends, actor=told.actor, today=told.today)


def _is_billed(way: Automation, told: Telling) -> bool:
    return way.bills_beforehand if told.made_by == MadeBy.NIGHT_BEFORE else way.bills


def _ready(organization: Organization, item_ids: Sequence[UUID], told: Telling) -> list[BacklogItem]:
    """Those of the items that are ready and have something left to bill; what stands in the others' way is told."""
    marked = mark_ready(organization, item_ids, actor=told.actor, now=told.now)
    tell_stuck(
        organization,
        [
            Stuck(item.customer.name, str(refusal), f"backlog/{item.pk}/", f"billing-stuck:{item.pk}:{told.today}")
            for item, refusal in marked.refused
            if not isinstance(refusal, NothingLeft) and not item.is_cancelled
        ],
    )
    items = lock_items(organization, item_ids)
    standing = standing_of(organization, items)
    refused = {item.pk for item, _refusal in marked.refused}
    return [item for item in items if item.pk not in refused and item.is_ready and standing[item.pk].unbilled]


def _draft_for_the_day(organization: Organization, items: Sequence[BacklogItem], told: Telling) -> None:
    """Drafts that are dated on the day of the work and wait for it (C8)."""
    if not items:
        return
    making = Making(
        made_by=told.made_by,
        cut_off=told.work_day,
        waits_for=WaitsFor.WORK_DAY.value,
        issue_date=told.work_day,
    )
    make_proformas(
        organization,
        [item.pk for item in items],
        making=making,
        actor=told.actor,
        today=told.today,
        now=told.now,
    )
