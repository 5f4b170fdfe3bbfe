"""The doors to what schedules have billed: the run dates, and trying one that failed again."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing_backlog.actions.schedules import retry_schedule
from billing_backlog.models import ScheduleState
from billing_backlog.queries.schedules import list_runs
from billing_backlog.views.seeing import projects_of
from foundation.errors import DomainError
from foundation.htmx import go_to, render_page_or_fragment
from foundation.keyset import Key, page_of
from foundation.transactions import read_only
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

DAY_ORDER = (Key("run_date", date.fromisoformat, is_descending=True), Key("id", UUID, is_descending=True))
TONES = {ScheduleState.SUCCESSFUL: "ok", ScheduleState.FAILED: "bad", ScheduleState.NOT_RUN: "wait"}


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def list_schedule_runs(request: OrganizationRequest) -> HttpResponse:
    """The run dates of contracts with a schedule, newest first: what each gave, or why it failed."""
    everything = request.may(Permission.VIEW_ALL_PROJECTS)
    found = list_runs(request.organization, None if everything else projects_of(request))
    page = page_of(found, DAY_ORDER, request.GET)
    context = {
        "runs": [(run, TONES[ScheduleState(run.state)]) for run in page.rows],
        "failed_state": ScheduleState.FAILED,
        "pagination": page.pagination({}, target="#runs"),
        "may_retry": request.may(Permission.MARK_READY),
    }
    return render_page_or_fragment(
        request, "billing_backlog/list_schedule_runs.html", "billing_backlog/_schedule_runs.html", context
    )


@require_POST
@organization_view(Permission.MARK_READY)
def retry_run(request: OrganizationRequest, schedule_run_id: UUID) -> HttpResponse:
    """Bill a run date that failed again."""
    organization = request.organization
    everything = request.may(Permission.VIEW_ALL_PROJECTS)
    with read_only():
        visible = list_runs(organization, None if everything else projects_of(request))
        if not visible.filter(pk=schedule_run_id).exists():
            raise Http404
    try:
        run = retry_schedule(
            organization, schedule_run_id, actor=request.actor, today=local_today(organization), now=timezone.now()
        )
    except DomainError as refusal:
        messages.info(request, str(refusal))
    else:
        if run.state == ScheduleState.FAILED:
            messages.error(request, run.reason)
        else:
            messages.success(request, _("The contract is billed for that date."))
    return go_to(request, reverse("billing_backlog:list_schedule_runs", args=[organization.slug]))
