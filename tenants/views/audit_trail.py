"""The door to the audit trail."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from foundation.htmx import render_page_or_fragment
from foundation.keyset import Key, page_of
from foundation.text import search_words
from tenants import queries
from tenants.audit_words import line_of
from tenants.permissions import OrganizationRequest, Permission, organization_view

TIME_ORDER = (Key("recorded_at", datetime.fromisoformat, is_descending=True), Key("id", UUID, is_descending=True))


@require_safe
@organization_view(Permission.VIEW_AUDIT)
def list_audit_entries(request: OrganizationRequest) -> HttpResponse:
    """Who did what to which thing, newest first, found by person, verb or thing."""
    words = search_words(request.GET.get("q", ""))
    page = page_of(queries.list_history(request.organization, text=words), TIME_ORDER, request.GET)
    context = {
        "lines": [line_of(entry) for entry in page.rows],
        "pagination": page.pagination({"q": words}, target="#entries"),
        "words": words,
    }
    return render_page_or_fragment(request, "tenants/list_audit_entries.html", "tenants/_audit_entries.html", context)
