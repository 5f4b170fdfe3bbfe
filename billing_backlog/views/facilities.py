"""The doors to facilities."""

from __future__ import annotations

from copy import copy
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing_backlog.actions import facilities as actions
from billing_backlog.forms.facilities import FacilityForm
from billing_backlog.models import Facility
from billing_backlog.queries import facilities as queries
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.transactions import read_only
from tenants import queries as tenants
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def list_facilities(request: OrganizationRequest) -> HttpResponse:
    """The facilities in use, each with whoever sees to its billing."""
    context = {
        "facilities": list(queries.list_facilities(request.organization)),
        "may_edit": request.may(Permission.EDIT_BILLING),
    }
    return render(request, "billing_backlog/list_facilities.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_BILLING)
def create_facility(request: OrganizationRequest) -> HttpResponse:
    """A form for a new facility."""
    form = _form(request, None)
    if form.is_bound and form.is_valid():
        try:
            actions.create_facility(request.organization, values=form.values(), actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            return _saved(request)
    return _page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_BILLING)
def update_facility(request: OrganizationRequest, facility_id: UUID) -> HttpResponse:
    """The form of a facility."""
    with read_only():
        facility = queries.get_facility(request.organization, facility_id)
    form = _form(request, facility)
    if form.is_bound and form.is_valid():
        version = int(request.POST.get("version", "0")) if request.POST.get("version", "0").isdigit() else 0
        try:
            actions.update_facility(
                request.organization, facility_id, values=form.values(), version=version, actor=request.actor
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            return _saved(request)
    return _page(request, form, facility)


@require_POST
@organization_view(Permission.EDIT_BILLING)
def archive_facility(request: OrganizationRequest, facility_id: UUID) -> HttpResponse:
    """Take a facility out of use."""
    actions.archive_facility(request.organization, facility_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("Out of use"))
    return redirect("billing_backlog:list_facilities", request.organization.slug)


def _form(request: OrganizationRequest, facility: Facility | None) -> FacilityForm:
    with read_only():
        members = tenants.list_memberships(request.organization).select_related("user")
        people = [membership.user for membership in members]
    typed = request.POST if request.method == "POST" else None
    # The form writes what was typed on a copy: what is stored stays as it is until the action writes.
    return FacilityForm(typed, instance=copy(facility) if facility else None, people=people)


def _saved(request: OrganizationRequest) -> HttpResponse:
    messages.success(request, _("Saved"))
    return redirect("billing_backlog:list_facilities", request.organization.slug)


def _page(request: OrganizationRequest, form: FacilityForm, facility: Facility | None = None) -> HttpResponse:
    with read_only():
        context = {"form": form, "facility": facility}
        status = INVALID if form.is_bound else 200
        return render(request, "billing_backlog/edit_facility.html", context, status=status)
