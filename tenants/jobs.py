"""Long jobs: work that one person asks for and a worker does piece by piece, with progress and a result per item.

The job's row is the truth. A worker takes the outbox row of the job, works for one slice of time, and hands the row
back while more remains, so that long jobs take turns. Whatever is killed goes on where it was: items that are marked
are not done again, and what a task does for an item must be safe to do twice.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from foundation.ids import uuid7
from tenants import audit, notices, outbox
from tenants.audit import Actor
from tenants.models import Job, JobItem, JobState, Organization, OutboxRow

ITEMS_MAX = 10_000
SLICE_SECONDS = 20.0
UNFINISHED = (JobState.SCHEDULED, JobState.PROCESSING)


class TooManyItems(DomainError):
    """One job works on a limited number of things."""


class JobIsOver(DomainError):
    """A job that has ended cannot be stopped."""


@dataclass(slots=True)
class Work:
    """A job in this worker's hands until the slice of time is used up."""

    job: Job
    row: OutboxRow
    started: float = field(default_factory=time.monotonic)

    @property
    def has_time(self) -> bool:
        """Whether the slice has room for more."""
        return time.monotonic() - self.started < SLICE_SECONDS


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of one item; the reason says why it failed or what it became."""

    item: JobItem
    state: JobState
    reason: str = ""


def start(
    organization: Organization,
    kind: str,
    *,
    actor: Actor,
    parameters: Mapping[str, Any],
    items: Sequence[tuple[UUID | None, str]] = (),
) -> Job:
    """Write a job with its items (subject and label) in the caller's transaction; a worker begins after the commit.

    `kind` is the name of the task, which takes organization_id and outbox_id.
    """
    if len(items) > ITEMS_MAX:
        raise TooManyItems(_("At most %(most)s at a time. Choose fewer.") % {"most": ITEMS_MAX})
    job = Job.objects.create(
        organization=organization,
        kind=kind,
        started_by_id=actor.id,
        parameters=dict(parameters),
        total=len(items),
    )
    JobItem.objects.bulk_create(
        [
            JobItem(organization=organization, job=job, position=position, subject_id=subject_id, label=label[:160])
            for position, (subject_id, label) in enumerate(items, start=1)
        ],
        batch_size=1_000,
    )
    audit.record(actor, "job.started", job, task=kind, count=len(items))
    outbox.put_each(organization.pk, [outbox.Effect(kind, job.pk, f"job:{job.pk}", {})])
    return job


def begin(organization_id: UUID, outbox_id: UUID) -> Work | None:
    """Take the job of an outbox row; None when it is over or in another worker's hands."""
    row = outbox.begin(organization_id, outbox_id)
    if row is None:
        return None
    with transaction.atomic():
        job = lock_job(organization_id, row.subject_id)
        if not job.is_finished:
            job.state = JobState.PROCESSING
            job.begun_at = job.begun_at or timezone.now()
            job.save(update_fields=["state", "begun_at"])
    if job.is_finished:
        outbox.finish(row)
        return None
    return Work(job, row)


def next_items(work: Work, most: int) -> list[JobItem]:
    """The first items that nothing has become of yet; empty at the end, and when the job was stopped."""
    with transaction.atomic():
        if get_state(work.job) not in UNFINISHED:
            return []
        items = JobItem.objects.of(work.job.organization_id).filter(job_id=work.job.pk, state__in=UNFINISHED)
        return list(items.order_by("position")[:most])


def mark(work: Work, results: Sequence[ItemResult]) -> None:
    """Write down what became of some items, count them, and keep the job for another while."""
    now = timezone.now()
    for result in results:
        result.item.state = result.state
        result.item.reason = result.reason[:500]
        result.item.finished_at = now
    failed = sum(result.state == JobState.FAILED for result in results)
    with transaction.atomic():
        JobItem.objects.bulk_update([result.item for result in results], ["state", "reason", "finished_at"])
        Job.objects.of(work.job.organization_id).filter(pk=work.job.pk).update(
            done=F("done") + len(results), failed=F("failed") + failed
        )
    outbox.renew(work.row)


def tell_progress(work: Work, *, done: int, total: int) -> bool:
    """Show how far a job without items has come and keep it; False when it was stopped meanwhile."""
    with transaction.atomic():
        kept = (
            Job.objects.of(work.job.organization_id)
            .filter(pk=work.job.pk, state__in=UNFINISHED)
            .update(done=min(done, total), total=total)
        )
    outbox.renew(work.row)
    return bool(kept)


def hand_back(work: Work) -> None:
    """Let others have a turn; the job goes on in its next slice."""
    outbox.hand_back(work.row)


def complete(work: Work, result: Mapping[str, Any] | None = None) -> None:
    """The job has come to its end; who started it is told, with the count of what failed."""
    _end(work, JobState.COMPLETE, result=result or {})


def fail(work: Work, problem: str) -> None:
    """The job gave nothing; who started it is told why."""
    _end(work, JobState.FAILED, problem=problem)


def _end(work: Work, state: JobState, *, result: Mapping[str, Any] | None = None, problem: str = "") -> None:
    with transaction.atomic():
        job = lock_job(work.job.organization_id, work.job.pk)
        if not job.is_finished:
            job.state = state
            job.result = dict(result or {})
            job.problem = problem[:500]
            job.finished_at = timezone.now()
            job.save(update_fields=["state", "result", "problem", "finished_at"])
            _tell(job)
    outbox.finish(work.row)


@transaction.atomic
def cancel(organization: Organization, job_id: UUID, *, actor: Actor) -> Job:
    """Stop a job: what is done stays done, what has not begun is left."""
    job = lock_job(organization.pk, job_id)
    if job.is_finished:
        raise JobIsOver(_("This job has ended already."))
    now = timezone.now()
    items = JobItem.objects.of(organization).filter(job_id=job.pk, state__in=UNFINISHED)
    items.update(state=JobState.CANCELLED, finished_at=now)
    job.state = JobState.CANCELLED
    job.finished_at = now
    job.save(update_fields=["state", "finished_at"])
    audit.record(actor, "job.cancelled", job, task=job.kind, done=job.done)
    return job


def lock_job(organization_id: UUID, job_id: UUID) -> Job:
    """One job, locked; 404 when it is not there."""
    job = Job.objects.of(organization_id).select_for_update(no_key=True).filter(pk=job_id).first()
    if job is None:
        raise Http404
    return job


def get_state(job: Job) -> str:
    """The state as it stands now."""
    state: str = Job.objects.of(job.organization_id).values_list("state", flat=True).get(pk=job.pk)
    return state


def _tell(job: Job) -> None:
    if job.started_by_id is None:
        return
    facts = {"task": job.kind, "done": job.done, "failed": job.failed, "problem": job.problem}
    kind = "job.failed" if job.state == JobState.FAILED or job.failed else "job.finished"
    notices.tell(
        job.organization_id,
        [notices.News(job.started_by_id, kind, facts, f"jobs/{job.pk}/", f"job:{job.pk}")],
    )


def new_key() -> str:
    """A key under which a form starts its job once, however often it is sent."""
    return uuid7().hex
