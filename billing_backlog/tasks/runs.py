"""The background door of billing runs: the job that generates one."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from billing_backlog.actions.run_generating import generate_batch, progress_of
from tenants import jobs
from tenants.clock import local_today
from tenants.jobs import Work


@shared_task(name="billing_backlog.generate_run")
def generate_run(organization_id: str, outbox_id: str) -> None:
    """Make the drafts of an approved run, batch by batch."""
    jobs.run(organization_id, outbox_id, _generate)


def _generate(work: Work) -> None:
    organization, run_id = work.job.organization, UUID(work.job.parameters["run"])
    actor = jobs.actor_of(work.job)
    while generate_batch(organization, run_id, actor=actor, today=local_today(organization), now=timezone.now()):
        done, total = progress_of(organization, run_id)
        if not jobs.tell_progress(work, done=done, total=total):
            return
        if not work.has_time:
            jobs.hand_back(work)
            return
    jobs.complete(work)
