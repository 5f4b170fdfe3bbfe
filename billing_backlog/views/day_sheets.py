"""The doors to the day sheets of a day: a page to look at and print, and one PDF for all workers (M-134)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing_backlog.day_sheet_paper import render_day_sheets
from billing_backlog.day_sheets import DaySheet, day_sheets
from billing_backlog.queries import visits as queries
from billing_backlog.views.visits import day_asked, reader_of
from foundation.templatetags.formatting import language_of_page
from foundation.transactions import read_only
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def show_day_sheets(request: OrganizationRequest) -> HttpResponse:
    """What each worker does on a day, one after the other, ready to be printed."""
    context = {"sheets": _sheets(request, language_of_page()), "day": day_asked(request), "worker": _worker(request)}
    return render(request, "billing_backlog/show_day_sheets.html", context)


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def download_day_sheets(request: OrganizationRequest) -> HttpResponse:
    """The same as one PDF, each worker on a page of its own."""
    organization = request.organization
    with read_only():
        sheets = _sheets(request, organization.language)
    content = render_day_sheets(organization, sheets, moment=timezone.now())
    name = f"{_('Day sheets')} {day_asked(request).isoformat()}.pdf"
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _sheets(request: OrganizationRequest, language: str) -> list[DaySheet]:
    day = day_asked(request)
    visible = queries.visible_visits(reader_of(request))
    return day_sheets(queries.visits_of_day(visible, day, worker=_worker(request)), day, language)


def _worker(request: OrganizationRequest) -> str:
    return request.GET.get("worker", "")[:120]
