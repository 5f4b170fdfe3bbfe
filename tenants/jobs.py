"""Long jobs: work that one person asks for and a worker does piece by piece, with progress and a result per item.

The job's row is the truth. A worker takes the outbox row of the job, works for one slice of time, and hands the row
back while more remains, so that long jobs take turns. Whatever is killed goes on where it was: items that are marked
are not done again, and what a task does for an item must be safe to do twice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from foundation.ids import uuid7
from tenants import audit, notices, outbox
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import Job, JobItem, JobState, Organization, OutboxRow

logger = logging.getLogger(__name__)

ITEMS_MAX = 10_000
KEY_LENGTH_MAX = 80
SLICE_SECONDS = 20.0
CRASHES_MAX = 6  # workers that died with the same job, or tries that ended in an error nobody expected
REASON_LENGTH_MAX = 500
UNFINISHED = (JobState.SCHEDULED, JobState.PROCESSING)
UNMARKED = (*UNFINISHED, JobState.CANCELLED)  # an item that was in work while its job was stopped says what it became


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
    key: str = "",
) -> Job:
    """Write a job with its items (subject and label) in the caller's transaction; a worker begins after the commit.

    `kind` is the name of the task, which takes organization_id and outbox_id. Under one key a person starts one job of
    a kind, however often the form is sent: the job that is there already is returned.
    """
    if len(items) > ITEMS_MAX:
        raise TooManyItems(_("At most %(most)s at a time. Choose fewer.") % {"most": ITEMS_MAX})
    fresh = _new_job(organization, kind, actor, parameters, key)
    fresh.total = len(items)
    job, is_new = _insert(fresh)
    if not is_new:
        return job
    JobItem.objects.bulk_create(
        [
            JobItem(organization=organization, job=job, position=position, subject_id=subject_id, label=label[:160])
            for position, (subject_id, label) in enumerate(items, start=1)
        ],
        batch_size=1_000,
    )
    audit.record(actor, "job.started", job, task=kind, count=len(items))
    outbox.put_each(organization.pk, [outbox.Effect(kind, job.pk, f"job:{job.pk}", {}, leaves_house=False)])
    return job


def keep_finished(
    organization: Organization,
    kind: str,
    *,
    actor: Actor,
    parameters: Mapping[str, Any],
    items: Sequence[JobItem],
    key: str = "",
) -> Job:
    """Write down work that was done at once in the caller's transaction, so that its results can be found again."""
    now = timezone.now()
    fresh = _new_job(organization, kind, actor, parameters, key)
    fresh.state = JobState.COMPLETE
    fresh.begun_at = fresh.finished_at = now
    fresh.total = fresh.done = len(items)
    fresh.failed = sum(item.state == JobState.FAILED for item in items)
    job, is_new = _insert(fresh)
    if not is_new:
        return job
    for position, item in enumerate(items, start=1):
        item.organization, item.job, item.position, item.finished_at = organization, job, position, now
    JobItem.objects.bulk_create(items)
    audit.record(actor, "job.started", job, task=kind, count=len(items))
    return job


def id_under_key(organization: Organization, kind: str, actor: Actor, key: str) -> UUID:
    """The id of the job that this person starts under this key."""
    return uuid5(organization.pk, f"{kind}:{actor.id}:{key[:KEY_LENGTH_MAX]}")


def job_under_key(organization: Organization, kind: str, actor: Actor, key: str) -> Job | None:
    """The job that this person has started under this key, if any."""
    return Job.objects.of(organization).filter(pk=id_under_key(organization, kind, actor, key)).first()


def _new_job(organization: Organization, kind: str, actor: Actor, parameters: Mapping[str, Any], key: str) -> Job:
    return Job(
        id=id_under_key(organization, kind, actor, key) if key else uuid7(),
        organization=organization,
        kind=kind,
        started_by_id=actor.id,
        parameters=dict(parameters),
    )


def _insert(job: Job) -> tuple[Job, bool]:
    """The job and whether it is new; two that come at once wait for each other at the primary key."""
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:
        stored = Job.objects.of(job.organization_id).filter(pk=job.pk).first()
        if stored is None:
            raise
        return stored, False
    return job, True


def run(organization_id: str, outbox_id: str, work_on: Callable[[Work], None]) -> None:
    """Work on a job for one slice, in its starter's language; `work_on` completes it or hands it back.

    A refusal fails the job with its sentence. An error that nobody expected has it tried again, a few times.
    """
    with organization_context(UUID(organization_id)):
        work = begin(UUID(organization_id), UUID(outbox_id))
        if work is None:
            return
        try:
            with translation.override(language_of(work.job)):
                work_on(work)
        except DomainError as refusal:
            fail(work, str(refusal))
        except Exception as error:
            logger.exception("The job %s stumbled", work.job.pk)
            outbox.fail(work.row, f"{type(error).__name__}: {error}", may_retry=True)


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
    work = Work(job, row)
    if row.attempts > CRASHES_MAX:  # slices that end well use up no attempt
        with translation.override(language_of(job)):
            fail(work, _("It stopped %(count)s times without coming to an end.") % {"count": CRASHES_MAX})
        return None
    return work


def language_of(job: Job) -> str:
    """The language of whoever started it, in which results are written."""
    return job.started_by.language if job.started_by is not None else job.organization.language


def actor_of(job: Job) -> Actor:
    """Whoever started it acts in it."""
    return Actor.person(job.started_by) if job.started_by is not None else Actor.system()


def next_items(work: Work, most: int) -> list[JobItem]:
    """The first items that nothing has become of yet; empty at the end, and when the job was stopped."""
    with transaction.atomic():
        if get_state(work.job) not in UNFINISHED:
            return []
        items = JobItem.objects.of(work.job.organization_id).filter(job_id=work.job.pk, state__in=UNFINISHED)
        return list(items.order_by("position")[:most])


def mark(work: Work, results: Sequence[ItemResult]) -> None:
    """Write down what became of some items, count each of them once, and keep the job for another while."""
    now = timezone.now()
    with transaction.atomic():
        job = lock_job(work.job.organization_id, work.job.pk)
        open_items = JobItem.objects.of(job.organization_id).filter(job_id=job.pk, state__in=UNMARKED)
        still_open = set(open_items.filter(pk__in=[result.item.pk for result in results]).values_list("pk", flat=True))
        fresh = [result for result in results if result.item.pk in still_open]
        for result in fresh:
            result.item.state = result.state
            result.item.reason = result.reason[:REASON_LENGTH_MAX]
            result.item.finished_at = now
        JobItem.objects.bulk_update([result.item for result in fresh], ["state", "reason", "finished_at"])
        job.done += len(fresh)
        job.failed += sum(result.state == JobState.FAILED for result in fresh)
        job.save(update_fields=["done", "failed"])
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


def repeat_failed(organization: Organization, job_id: UUID, *, actor: Actor) -> Job:
    """Start the same job anew with the items that failed, in the caller's transaction; twice is as good as once."""
    job = lock_job(organization.pk, job_id)
    if not job.is_finished:
        raise JobIsOver(_("This job is still working. Wait until it has ended."))
    failed = JobItem.objects.of(organization).filter(job_id=job.pk, state=JobState.FAILED).order_by("position")
    items = [(item.subject_id, item.label) for item in failed]
    if not items:
        raise JobIsOver(_("Nothing failed in this job."))
    return start(organization, job.kind, actor=actor, parameters=job.parameters, items=items, key=f"again:{job.pk}")


def lock_job(organization_id: UUID, job_id: UUID) -> Job:
    """One job, locked; 404 when it is not there."""
    jobs = Job.objects.of(organization_id).select_related("organization", "started_by")
    job = jobs.select_for_update(no_key=True, of=("self",)).filter(pk=job_id).first()
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
    facts = {
        "task": job.kind,
        "done": job.done,
        "failed": job.failed,
        "problem": job.problem,
        "file": job.result.get("name", ""),
    }
    kind = "job.failed" if job.state == JobState.FAILED or job.failed else "job.finished"
    notices.tell(
        job.organization_id,
        [notices.News(job.started_by_id, kind, facts, f"jobs/{job.pk}/", f"job:{job.pk}")],
    )


def new_key() -> str:
    """A key under which a form starts its job once, however often it is sent."""
    return uuid7().hex
