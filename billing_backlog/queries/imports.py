"""Imports of work that were rehearsed or taken."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from tenants.models import Job, JobItem, JobState, Organization

KINDS = ("billing_backlog.rehearse_import", "billing_backlog.take_import")
SHOWN = 10


def get_import(organization: Organization, import_id: UUID) -> Job:
    """A rehearsal or a taking, or 404."""
    jobs = Job.objects.of(organization).select_related("started_by").filter(kind__in=KINDS)
    job = jobs.filter(pk=import_id).first()
    if job is None:
        raise Http404
    return job


def list_imports(organization: Organization) -> QuerySet[Job]:
    """The newest rehearsals and takings."""
    jobs = Job.objects.of(organization).select_related("started_by").filter(kind__in=KINDS)
    return jobs.order_by("-created_at", "-id")[:SHOWN]


def taken_of(organization: Organization, rehearsal: Job) -> Job | None:
    """The taking of a rehearsal, if it was begun."""
    takings = Job.objects.of(organization).filter(kind=KINDS[1], parameters__rehearsal=str(rehearsal.pk))
    return takings.first()


def list_refused(organization: Organization, job: Job, most: int) -> list[JobItem]:
    """The first rows that are refused, with their reasons."""
    items = JobItem.objects.of(organization).filter(job_id=job.pk, state=JobState.FAILED)
    return list(items.order_by("position")[:most])
