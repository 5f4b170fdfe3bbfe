"""The doors to the timesheet of a draft: taking it down, and putting it with the draft."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing_backlog.actions.timesheets import TYPES, timesheet_file
from billing_backlog.actions.timesheets import attach_timesheet as attach
from billing_backlog.views.proforma_context import proforma_of
from foundation.errors import DomainError
from foundation.htmx import go_to
from foundation.transactions import read_only
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def download_timesheet(request: OrganizationRequest, proforma_id: UUID) -> HttpResponse:
    """The hours behind a draft as PDF, or as CSV where that is asked for."""
    proforma = proforma_of(request, proforma_id)
    ending = request.GET.get("as", "pdf")
    if ending not in TYPES:
        raise Http404
    file = timesheet_file(request.organization, proforma.invoice_id, ending)
    response = HttpResponse(file.content, content_type=file.content_type)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def attach_timesheet(request: OrganizationRequest, proforma_id: UUID) -> HttpResponse:
    """Put the timesheet with the draft, as the hours stand now."""
    with read_only():
        proforma = proforma_of(request, proforma_id)
    ending = request.POST.get("as", "pdf")
    if ending not in TYPES:
        raise Http404
    try:
        attach(request.organization, proforma.invoice_id, ending, actor=request.actor)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The timesheet goes with the draft. It is renewed until the draft is confirmed."))
    return go_to(request, reverse("billing_backlog:show_proforma", args=[request.organization.slug, proforma_id]))
