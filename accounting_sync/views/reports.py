"""The doors to the report of a month: the file, having it made, and whether a worker is at it."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounting_sync.actions import reports as actions
from accounting_sync.models import Reconciliation, ReconciliationState
from accounting_sync.queries import reports as queries
from accounting_sync.queries.reconciling import get_reconciliation
from foundation import files
from foundation.htmx import go_to
from tenants.models import OutboxState
from tenants.permissions import OrganizationRequest, Permission, organization_view

PATIENCE = 5  # looks a second apart; then it is looked at less often
LOOKS_MAX = 1_000


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def download_report(request: OrganizationRequest, reconciliation_id: UUID) -> HttpResponse:
    """The report of a comparison, byte for byte as it was made."""
    report = queries.get_report(request.organization, reconciliation_id)
    content = files.open_checked(str(request.organization.pk), report.sha256)
    response = FileResponse(content, content_type="application/pdf")
    # Named by RFC 6266 in a form that no name, however odd, can break out of.
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(report.name, safe='')}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return cast(HttpResponse, response)


@require_POST
@organization_view(Permission.SYNC_VOUCHERS)
def make_report(request: OrganizationRequest, reconciliation_id: UUID) -> HttpResponse:
    """Have the report of a comparison made."""
    if actions.ask_for_report(request.organization, reconciliation_id, actor=request.actor):
        messages.success(request, _("The PDF is being made. You can leave this page; it goes on without you."))
    return go_to(request, reverse("accounting_sync:show_month", args=[request.organization.slug, reconciliation_id]))


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def panel_report(request: OrganizationRequest, reconciliation_id: UUID) -> HttpResponse:
    """Whether the report is there by now."""
    row = get_reconciliation(request.organization, reconciliation_id)
    asked = request.GET.get("look", "")
    looks = int(asked) + 1 if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    return render(request, "accounting_sync/_month_report.html", report_shown(request, row, min(looks, LOOKS_MAX)))


def report_shown(request: OrganizationRequest, row: Reconciliation, looks: int = 0) -> dict[str, Any]:
    """What the page of a month shows of its report: the file, that it is being made, or that it can be."""
    report = queries.report_of(request.organization, row)
    state = "" if report else queries.writing_of(request.organization, row, actions.WRITE)
    return {
        "row": row,
        "report": report,
        "is_report_written": queries.is_at_work(state),
        "is_report_failed": state == OutboxState.FAILED,
        "may_make_report": row.state == ReconciliationState.DONE and request.may(Permission.SYNC_VOUCHERS),
        "report_looks": looks,
        "is_report_slow": looks > PATIENCE,
    }
