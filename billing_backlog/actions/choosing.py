"""Drafts of what somebody has chosen: at once or as a job; the same form sent twice makes them once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.proformas import ITEMS_MAX, Making, group_items, make_proformas
from billing_backlog.actions.pulling import add_items_to_draft
from billing_backlog.errors import NotReady
from billing_backlog.models import BacklogItem, MadeBy
from billing_backlog.queries.items import lock_items
from billing_backlog.queries.proformas import GroupKey, open_drafts_for, ready_items
from invoicing import queries as invoices
from tenants import jobs
from tenants.audit import Actor
from tenants.models import Job, JobItem, JobState, Organization

MAKE = "billing_backlog.make_proformas"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is to be drafted: these items, through a day of work, onto open drafts of the same contract or new ones."""

    item_ids: Sequence[UUID]
    adds_to_open: bool = True
    key: str = ""


def make_chosen(organization: Organization, choice: Choice, *, actor: Actor, today: date, now: datetime) -> Job:
    """Draft what is chosen: a thousand items at once, more of them in a job that tells what became of each draft.

    All or none at once; sent again under the same key, the job of the first time is answered.
    """
    if len(choice.item_ids) > ITEMS_MAX:
        return _start_job(organization, choice, actor=actor)
    return _make_at_once(organization, choice, actor=actor, today=today, now=now)


@transaction.atomic
def _make_at_once(organization: Organization, choice: Choice, *, actor: Actor, today: date, now: datetime) -> Job:
    items = lock_items(organization, choice.item_ids)  # two sendings of one form meet here
    before = jobs.job_under_key(organization, MAKE, actor, choice.key) if choice.key else None
    if before is not None:
        return before
    if not items:
        raise NotReady(_("Nothing is chosen that is ready for billing. Mark work ready first."))
    done = []
    for plan in _plans(organization, items, choice):
        draft_items(organization, plan, actor=actor, today=today, now=now)
        done.append(JobItem(subject_id=plan.invoice_id, label=plan.label, state=JobState.COMPLETE, reason=plan.words))
    return jobs.keep_finished(organization, MAKE, actor=actor, parameters={}, items=done, key=choice.key)


@transaction.atomic
def _start_job(organization: Organization, choice: Choice, *, actor: Actor) -> Job:
    items = [each.item for each in ready_items(organization, None, ids=choice.item_ids)]
    plans = _plans(organization, items, choice)
    parameters = {"groups": {plan.invoice_id.hex: [key.hex for key in plan.item_ids] for plan in plans}}
    labels = [(plan.invoice_id, plan.label) for plan in plans]
    return jobs.start(organization, MAKE, actor=actor, parameters=parameters, items=labels, key=choice.key)


@dataclass(frozen=True, slots=True)
class Plan:
    """One draft that is to be: its id, what goes on it, and whether it is there already."""

    invoice_id: UUID
    item_ids: Sequence[UUID]
    label: str = ""
    is_there: bool = False

    @property
    def words(self) -> str:
        """What became of the draft, as the job tells."""
        return _("Added to an open draft") if self.is_there else _("New draft")


def _plans(organization: Organization, items: Sequence[BacklogItem], choice: Choice) -> list[Plan]:
    groups = group_items(items)
    there = open_drafts_for(organization, groups) if choice.adds_to_open else {}
    plans = []
    for key, group in groups.items():
        known = there.get(key)
        invoice_id = known.pk if known is not None else _id_of(organization, choice, key, group)
        label = _("Draft for %(customer)s") % {"customer": group[0].customer.name}
        plans.append(Plan(invoice_id, [item.pk for item in group], label[:160], known is not None))
    return plans


def _id_of(organization: Organization, choice: Choice, key: GroupKey, group: Sequence[BacklogItem]) -> UUID:
    """The id of the draft that this form makes of the group: the same each time it is sent."""
    said = choice.key or ",".join(item.pk.hex for item in group)
    return uuid5(organization.pk, f"proforma:{said}:{key}")


@transaction.atomic
def draft_items(
    organization: Organization,
    plan: Plan,
    *,
    actor: Actor,
    today: date,
    now: datetime,
    made_by: MadeBy = MadeBy.HAND,
    cut_off: date | None = None,
) -> UUID:
    """Put the items of one draft on it, a thousand at a time, making it where it is not there; safe to do twice."""
    left: Collection[UUID] = list(plan.item_ids)
    if not invoices.is_stored(organization, plan.invoice_id):
        first, left = plan.item_ids[:ITEMS_MAX], plan.item_ids[ITEMS_MAX:]
        [key] = group_items(lock_items(organization, first))
        making = Making(made_by=made_by, cut_off=cut_off, ids={key: plan.invoice_id})
        make_proformas(organization, first, making=making, actor=actor, today=today, now=now)
    rest = list(left)
    while rest:
        add_items_to_draft(organization, plan.invoice_id, rest[:ITEMS_MAX], actor=actor, today=today, now=now)
        rest = rest[ITEMS_MAX:]
    return plan.invoice_id


def plan_of(job: Job, invoice_id: UUID) -> Plan:
    """What a job puts on one of its drafts."""
    return Plan(invoice_id, [UUID(hex=key) for key in job.parameters["groups"][invoice_id.hex]])
