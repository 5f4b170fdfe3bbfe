"""The background doors of drafts that are made from backlog: schedules, and the jobs that make and confirm many."""

from __future__ import annotations

from celery import shared_task
from django.http import Http404
from django.utils import timezone

from billing_backlog.actions.choosing import draft_items, plan_of
from billing_backlog.actions.confirming_many import confirm_one
from billing_backlog.actions.schedules import run_due_schedules
from foundation.errors import DomainError
from tenants import jobs
from tenants.clock import local_today
from tenants.jobs import Work
from tenants.models import JobState
from tenants.sweeps import sweep_organizations


@shared_task(name="billing_backlog.run_schedules", soft_time_limit=3300, time_limit=3600)
def run_schedules() -> int:
    """Bill every contract whose run date has come, in its organization's own day; how many were run."""
    return sweep_organizations(
        "Billing by schedule",
        lambda organization: run_due_schedules(organization, today=local_today(organization), now=timezone.now()),
    )


@shared_task(name="billing_backlog.make_proformas")
def make_proformas(organization_id: str, outbox_id: str) -> None:
    """Make the drafts of a job, each in a transaction of its own."""
    jobs.run(organization_id, outbox_id, _make_drafts)


def _make_drafts(work: Work) -> None:
    organization, actor = work.job.organization, jobs.actor_of(work.job)
    while items := jobs.next_items(work, 1):
        [item] = items
        assert item.subject_id is not None
        plan = plan_of(work.job, item.subject_id)
        try:
            draft_items(organization, plan, actor=actor, today=local_today(organization), now=timezone.now())
        except DomainError as refusal:
            jobs.mark(work, [jobs.ItemResult(item, JobState.FAILED, str(refusal))])
        else:
            jobs.mark(work, [jobs.ItemResult(item, JobState.COMPLETE)])
        if not work.has_time:
            jobs.hand_back(work)
            return
    jobs.complete(work)


@shared_task(name="billing_backlog.confirm_many")
def confirm_many(organization_id: str, outbox_id: str) -> None:
    """Confirm the drafts of a job, each in a transaction of its own."""
    jobs.run(organization_id, outbox_id, _confirm_drafts)


def _confirm_drafts(work: Work) -> None:
    organization, actor = work.job.organization, jobs.actor_of(work.job)
    while items := jobs.next_items(work, 1):
        [item] = items
        assert item.subject_id is not None
        today, now = local_today(organization), timezone.now()
        state, reason = JobState.COMPLETE, ""
        try:
            confirm_one(organization, item.subject_id, actor=actor, today=today, now=now)
        except (DomainError, Http404) as refusal:
            state, reason = JobState.FAILED, str(refusal)
        jobs.mark(work, [jobs.ItemResult(item, state, reason)])
        if not work.has_time:
            jobs.hand_back(work)
            return
    jobs.complete(work)
