"""The doors to what is printed and brought along: the documents of a day, by worker, and their print file (M-129)."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST, require_safe

from billing_backlog.actions.bringing_along import start_printing
from billing_backlog.automation import EVENING
from billing_backlog.queries.bringing_along import brought_on
from foundation.htmx import go_to
from invoicing.views.undelivered import chosen_ids
from tenants import jobs
from tenants.models import Organization
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def list_bring_along(request: OrganizationRequest) -> HttpResponse:
    """What each worker brings along on a day: drafts before it begins, invoices from then on."""
    organization = request.organization
    day = _day_asked(request.GET.get("day", ""), organization)
    found = brought_on(organization, day)
    context = {
        "day": day,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "workers": [(worker, list(each)) for worker, each in groupby(found, key=lambda each: each.worker)],
        "count": len(found),
        "wanted": sum(each.is_wanted for each in found),
        "may_print": request.may(Permission.SEND_INVOICES),
        "may_decide": request.may(Permission.EDIT_BILLING),
        "key": jobs.new_key(),
    }
    return render(request, "billing_backlog/list_bring_along.html", context)


@require_POST
@organization_view(Permission.SEND_INVOICES)
def print_bring_along(request: OrganizationRequest) -> HttpResponse:
    """Put the chosen documents of a day into one file."""
    organization = request.organization
    day = _day_asked(request.POST.get("day", ""), organization)
    key = request.POST.get("key", "") or jobs.new_key()
    job = start_printing(organization, day, chosen_ids(request), actor=request.actor, key=key)
    return go_to(request, reverse("tenants:show_job", args=[organization.slug, job.pk]))


def _day_asked(typed: str, organization: Organization) -> date:
    """The day that is asked for; else today, and in the evening tomorrow."""
    try:
        day = parse_date(typed)
    except ValueError:
        day = None
    if day is not None and date(1990, 1, 1) < day < date(9000, 1, 1):
        return day
    local = timezone.now().astimezone(ZoneInfo(organization.time_zone))
    return local.date() + timedelta(days=1) if local.hour >= EVENING else local.date()
