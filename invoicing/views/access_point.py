"""The doors to the way into Peppol: where EHF goes, the way back, and who receives it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to, render_page_or_fragment, swap_or_redirect
from foundation.transactions import read_only
from invoicing.actions import access_points, participants
from invoicing.dispatching import reaching
from invoicing.dispatching.network_words import message_shown
from invoicing.forms.access_points import AccessPointForm
from tenants import jobs
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
UNPLACED_SHOWN_MAX = 20
PAGE, STATE = "invoicing/access_point.html", "invoicing/_access_point_state.html"


@require_safe
@organization_view(Permission.VIEW_SETTINGS)
def show_access_point(request: OrganizationRequest) -> HttpResponse:
    """How EHF leaves and how answers come back; for HTMX only how the connection stands."""
    return render_page_or_fragment(request, PAGE, STATE, _context(request))


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def update_access_point(request: OrganizationRequest) -> HttpResponse:
    """Save the way into the network."""
    with read_only():
        stored = reaching.access_point_of(request.organization)
    form = AccessPointForm(request.POST, stored=stored)
    if form.is_valid():
        try:
            access_points.update_access_point(
                request.organization, form.way(), version=form.cleaned_data["version"], actor=request.actor
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved"))
            return redirect("invoicing:show_access_point", request.organization.slug)
    with read_only():
        return render(request, PAGE, {**_context(request), "form": form}, status=INVALID)


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def test_access_point(request: OrganizationRequest) -> HttpResponse:
    """Have the connection tried; the page asks until the result is there."""
    access_points.test_access_point(request.organization, actor=request.actor)
    with read_only():
        return swap_or_redirect(request, STATE, _context(request), to=_address(request))


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def renew_hook(request: OrganizationRequest) -> HttpResponse:
    """Make a new way back, shown on this one page and never again."""
    secret = access_points.renew_hook(request.organization, actor=request.actor)
    path = reverse("receive_from_network", args=[secret])
    with read_only():
        return render(request, PAGE, {**_context(request), "hook": f"{settings.BASE_URL.rstrip('/')}{path}"})


@require_POST
@organization_view(Permission.EDIT_CUSTOMERS)
def look_up_customers(request: OrganizationRequest) -> HttpResponse:
    """Ask the network about every customer; the job tells what it said of each."""
    with read_only():
        found = reaching.customers_with_addresses(request.organization, jobs.ITEMS_MAX)
    key = request.POST.get("key", "")
    job = participants.look_up_customers(request.organization, found, actor=request.actor, key=key)
    return go_to(request, reverse("tenants:show_job", args=[request.organization.slug, job.pk]))


def _context(request: OrganizationRequest) -> dict[str, Any]:
    stored = reaching.access_point_of(request.organization)
    return {
        "access_point": stored,
        "form": AccessPointForm(stored=stored),
        "is_tested_now": stored is not None
        and reaching.is_waiting(request.organization, stored.pk, access_points.TEST),
        "may_edit": request.may(Permission.EDIT_SETTINGS),
        "may_look_up": request.may(Permission.EDIT_CUSTOMERS),
        "asks_network": bool(settings.PEPPOL_SML_ZONE),
        "reach": reaching.counts_of_answers(request.organization),
        "unplaced": [
            message_shown(message) for message in reaching.unplaced_messages(request.organization, UNPLACED_SHOWN_MAX)
        ],
        "key": jobs.new_key(),
    }


def _address(request: OrganizationRequest) -> str:
    return reverse("invoicing:show_access_point", args=[request.organization.slug])
