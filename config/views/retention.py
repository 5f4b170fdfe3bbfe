"""The page that says how long things are kept."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.retention import kept_kinds
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_safe
@organization_view(Permission.VIEW_SETTINGS)
def show_retention(request: OrganizationRequest) -> HttpResponse:
    """What is kept how long, and why."""
    kinds = kept_kinds(request.organization, local_today(request.organization))
    return render(request, "config/show_retention.html", {"kinds": kinds})
