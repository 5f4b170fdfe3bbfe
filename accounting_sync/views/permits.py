"""The doors out to an accounting system's own page, and back from it."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounting_sync.actions import permits as actions
from accounting_sync.actions.permits import PermitDoesNotHold, Returned
from accounting_sync.providers.entering import OAuthCode
from accounting_sync.views.parts import page_of
from foundation.errors import DomainError
from foundation.htmx import go_to
from foundation.transactions import read_only
from tenants import queries as tenants
from tenants.context import organization_context
from tenants.models import User
from tenants.permissions import OrganizationRequest, Permission, may, organization_view

GONE = 410
STATE_MAX = 300
ADDRESS = "accounting_sync:show_connection"


@require_POST
@organization_view(Permission.CONNECT_ACCOUNTING)
def enter_system(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    """A page that leads on to the accounting system's own: a form may not lead out of the house, a link may."""
    with read_only():
        context = page_of(request, connection_id, "connection")
    if not isinstance(context["adapter"].entering, OAuthCode):
        raise Http404
    redirect = settings.BASE_URL + reverse("return_from_system")
    try:
        address = actions.begin_permit(
            request.organization, connection_id, user=request.user, redirect=redirect, now=timezone.now()
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return go_to(request, reverse(ADDRESS, args=[request.organization.slug, connection_id]))
    with read_only():
        response = render(request, "accounting_sync/entering.html", {**context, "address": address})
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@login_required
def return_from_system(request: HttpRequest) -> HttpResponse:
    """Back from the accounting system's page: whose visit it was stands signed in the state."""
    state = request.GET.get("state", "")[:STATE_MAX]
    user = cast(User, request.user)
    organization_id = actions.organization_of_state(state)
    memberships = tenants.memberships_of(user.pk)
    membership = next((one for one in memberships if one.organization_id == organization_id), None)
    if membership is None:
        return render(request, "accounting_sync/return_does_not_hold.html", status=GONE)
    if not may(membership.role, Permission.CONNECT_ACCOUNTING):
        raise PermissionDenied
    back = Returned(
        state=state,
        code=request.GET.get("code", ""),
        error=request.GET.get("error", ""),
        values={name: str(value) for name, value in request.GET.items() if name not in ("state", "code", "error")},
    )
    with organization_context(membership.organization_id):
        with read_only():
            organization = tenants.get_open_organization(membership.organization_id)
        try:
            row = actions.take_return(organization, back, user=user, now=timezone.now())
        except PermitDoesNotHold as refusal:
            context = {"refusal": str(refusal)}
            return render(request, "accounting_sync/return_does_not_hold.html", context, status=GONE)
    return HttpResponseRedirect(reverse(ADDRESS, args=[membership.slug, row.pk]))
