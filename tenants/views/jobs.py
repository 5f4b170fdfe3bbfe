"""The doors to long jobs: the list, one job with its progress, results and file, stopping it, failed ones again."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation import files
from foundation.errors import DomainError
from foundation.htmx import render_page_or_fragment
from foundation.keyset import Key, page_of
from foundation.transactions import read_only
from tenants import jobs, queries
from tenants.job_words import kind_of
from tenants.models import Job, JobState
from tenants.permissions import OrganizationRequest, Permission, organization_view

TIME_ORDER = (Key("created_at", datetime.fromisoformat, is_descending=True), Key("id", UUID, is_descending=True))
ITEM_ORDER = (Key("rank", int), Key("position", int), Key("id", UUID))
TONES = {JobState.COMPLETE: "ok", JobState.FAILED: "bad", JobState.PROCESSING: "sent", JobState.CANCELLED: "credited"}


class FileIsGone(DomainError):
    """The file of a job is kept for some time only, or was damaged."""


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def list_jobs(request: OrganizationRequest) -> HttpResponse:
    """The long jobs that the reader started, or everybody's for those who may see the audit trail."""
    sees_all = request.may(Permission.VIEW_AUDIT)
    is_everybody = sees_all and request.GET.get("of") == "everybody"
    found = queries.list_jobs(request.organization, None if is_everybody else request.user.pk)
    page = page_of(found, TIME_ORDER, request.GET)
    context = {
        "jobs": [_described(job) for job in page.rows],
        "pagination": page.pagination({"of": "everybody" if is_everybody else ""}, target="#jobs"),
        "sees_all": sees_all,
        "is_everybody": is_everybody,
    }
    return render_page_or_fragment(request, "tenants/list_jobs.html", "tenants/_jobs.html", context)


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def show_job(request: OrganizationRequest, job_id: UUID) -> HttpResponse:
    """One job: how far it has come, and what became of each item, failed ones first."""
    job = _visible_job(request, job_id)
    return render_page_or_fragment(
        request, "tenants/show_job.html", "tenants/_job_items.html", _progress(request, job) | _items(request, job)
    )


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def show_job_progress(request: OrganizationRequest, job_id: UUID) -> HttpResponse:
    """The moving part of a job's page, asked again every two seconds until the job has ended."""
    job = _visible_job(request, job_id)
    context = _progress(request, job) | {"is_swapped": True}
    if job.is_finished:
        context |= _items(request, job)
    return render(request, "tenants/_job_progress.html", context)


@require_POST
@organization_view(Permission.VIEW_INVOICES)
def cancel_job(request: OrganizationRequest, job_id: UUID) -> HttpResponse:
    """Stop a job: what is done stays done."""
    with read_only():
        job = _visible_job(request, job_id)
    if job.started_by_id != request.user.pk and not request.may(Permission.EDIT_SETTINGS):
        raise PermissionDenied
    jobs.cancel(request.organization, job_id, actor=request.actor)
    messages.success(request, _("The job is stopped. What was done stays done."))
    return redirect("tenants:show_job", request.organization.slug, job_id)


@require_POST
@organization_view(Permission.VIEW_INVOICES)
def repeat_job(request: OrganizationRequest, job_id: UUID) -> HttpResponse:
    """Begin a new job with the items of this one that failed; once, however often it is asked."""
    with read_only():
        job = _visible_job(request, job_id)
    if not _may_repeat(request, job):
        raise PermissionDenied
    with transaction.atomic():
        again = jobs.repeat_failed(request.organization, job_id, actor=request.actor)
    return redirect("tenants:show_job", request.organization.slug, again.pk)


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def download_job_file(request: OrganizationRequest, job_id: UUID) -> HttpResponse:
    """The file that a job made, for whoever started it and nobody else."""
    job = queries.get_job(request.organization, job_id)
    if job.started_by_id != request.user.pk or "sha256" not in job.result:
        raise Http404
    try:
        content = files.open_checked(str(request.organization.pk), job.result["sha256"])
    except files.FileIsDamaged as error:
        raise FileIsGone(_("This file is not kept any more. Start the job again to get a new one.")) from error
    response = FileResponse(content, content_type=job.result["content_type"])
    # Named by RFC 6266 in a form that no name, however odd, can break out of.
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(job.result['name'], safe='')}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return cast(HttpResponse, response)


def _visible_job(request: OrganizationRequest, job_id: UUID) -> Job:
    """A job that its reader started, or any for those who may see the audit trail; else 404."""
    job = queries.get_job(request.organization, job_id)
    if job.started_by_id != request.user.pk and not request.may(Permission.VIEW_AUDIT):
        raise Http404
    return job


def _described(job: Job) -> dict[str, Any]:
    return {"job": job, "kind": kind_of(job.kind), "tone": _tone(job), "share": _share(job)}


def _tone(job: Job) -> str:
    return "warn" if job.state == JobState.COMPLETE and job.failed else TONES.get(JobState(job.state), "wait")


def _share(job: Job) -> int:
    """How much is done, in hundredths, for the bar."""
    return 100 if job.state == JobState.COMPLETE else job.done * 100 // job.total if job.total else 0


def _progress(request: OrganizationRequest, job: Job) -> dict[str, Any]:
    is_own = job.started_by_id == request.user.pk
    return _described(job) | {
        "succeeded": job.done - job.failed,
        "has_file": is_own and "sha256" in job.result,
        "may_stop": not job.is_finished and (is_own or request.may(Permission.EDIT_SETTINGS)),
        "may_repeat": bool(job.failed) and job.is_finished and _may_repeat(request, job),
    }


def _may_repeat(request: OrganizationRequest, job: Job) -> bool:
    again = kind_of(job.kind).again
    return bool(again) and job.started_by_id == request.user.pk and request.may(Permission(again))


def _items(request: OrganizationRequest, job: Job) -> dict[str, Any]:
    wanted = request.GET.get("state", "")
    state = wanted if wanted in JobState.values else ""
    page = page_of(queries.list_job_items(job, state), ITEM_ORDER, request.GET)
    counts = {
        JobState.FAILED: job.failed,
        JobState.COMPLETE: job.done - job.failed,
        JobState.CANCELLED: job.total - job.done if job.state == JobState.CANCELLED else 0,
        JobState.SCHEDULED: job.total - job.done if not job.is_finished else 0,
    }
    return {
        "items": [{"item": item, "tone": TONES.get(JobState(item.state), "wait")} for item in page.rows],
        "state": state,
        "filters": [(value, JobState(value).label, count) for value, count in counts.items() if count],
        "pagination": page.pagination({"state": state}, target="#job-items"),
    }
