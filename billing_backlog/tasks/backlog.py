"""The background doors of the list: acts on many items, its export, its hint of what is done with, and notices."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from billing_backlog.actions import exporting
from billing_backlog.actions.acting import BATCH, act_on_items
from billing_backlog.actions.cut_off_news import tell_managers
from billing_backlog.actions.settling import settle_items as settle
from billing_backlog.acts import Act
from foundation.errors import DomainError
from tenants import jobs
from tenants.clock import local_today
from tenants.jobs import ItemResult, Work
from tenants.models import JobItem, JobState
from tenants.sweeps import sweep_organizations


@shared_task(name="billing_backlog.settle_items")
def settle_items() -> int:
    """Say of items everywhere that nothing is left of them, or that something is again; how many changed."""
    return sweep_organizations("Settling backlog", lambda organization: settle(organization, now=timezone.now()))


@shared_task(name="billing_backlog.tell_of_cut_off")
def tell_of_cut_off() -> int:
    """Tell managers of work that they have not judged before its contract is billed; how many were told."""
    return sweep_organizations(
        "Telling of cut-off",
        lambda organization: tell_managers(organization, today=local_today(organization)),
    )


@shared_task(name="billing_backlog.act_on_items")
def act_on_many(organization_id: str, outbox_id: str) -> None:
    """Do one thing to many items, batch by batch."""
    jobs.run(organization_id, outbox_id, _act)


def _act(work: Work) -> None:
    organization, actor = work.job.organization, jobs.actor_of(work.job)
    act = Act.from_json(work.job.parameters)
    while items := jobs.next_items(work, BATCH):
        ids = [item.subject_id for item in items if item.subject_id is not None]
        try:
            with transaction.atomic():
                marked = act_on_items(organization, ids, act, actor=actor, now=timezone.now())
            refusals = {item.pk: str(refusal) for item, refusal in marked.refused}
        except DomainError as refusal:
            refusals = dict.fromkeys(ids, str(refusal))
        jobs.mark(work, [_result(item, refusals) for item in items])
        if not work.has_time:
            jobs.hand_back(work)
            return
    jobs.complete(work)


def _result(item: JobItem, refusals: dict[UUID, str]) -> ItemResult:
    reason = refusals.get(item.subject_id, "") if item.subject_id is not None else ""
    return ItemResult(item, JobState.FAILED if reason else JobState.COMPLETE, reason)


@shared_task(name="billing_backlog.export_backlog", soft_time_limit=3300, time_limit=3600)
def export_backlog(organization_id: str, outbox_id: str) -> None:
    """Write the list into a file."""
    jobs.run(organization_id, outbox_id, exporting.write_export)
