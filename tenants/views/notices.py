"""The doors to a person's notices: the list, opening one, reading all."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from foundation.htmx import go_to, render_page_or_fragment
from foundation.keyset import Key, page_of
from tenants import notices
from tenants.notice_words import line_of
from tenants.permissions import OrganizationRequest, Permission, organization_view

TIME_ORDER = (Key("created_at", datetime.fromisoformat, is_descending=True), Key("id", UUID, is_descending=True))


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def list_notices(request: OrganizationRequest) -> HttpResponse:
    """What the reader should know, newest first."""
    page = page_of(notices.list_notices(request.organization, request.user), TIME_ORDER, request.GET)
    context = {
        "lines": [line_of(notice) for notice in page.rows],
        "unread": notices.count_unread(request.organization, request.user.pk, 1),
        "pagination": page.pagination({}, target="#notices"),
    }
    return render_page_or_fragment(request, "tenants/list_notices.html", "tenants/_notices.html", context)


@require_POST
@organization_view(Permission.VIEW_INVOICES)
def open_notice(request: OrganizationRequest, notice_id: UUID) -> HttpResponse:
    """Mark a notice as read and go where it leads."""
    notice = notices.read_notice(request.organization, request.user.pk, notice_id, now=timezone.now())
    if not notice.link:
        return redirect("tenants:list_notices", request.organization.slug)
    return go_to(request, f"/{request.organization.slug}/{notice.link.lstrip('/')}")


@require_POST
@organization_view(Permission.VIEW_INVOICES)
def read_notices(request: OrganizationRequest) -> HttpResponse:
    """Mark every notice of the reader as read."""
    notices.read_all(request.organization, request.user.pk, now=timezone.now())
    return redirect(reverse("tenants:list_notices", args=[request.organization.slug]))
