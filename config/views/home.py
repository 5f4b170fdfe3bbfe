"""The way in, and each organization's start page."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from config import queries
from config.dashboard.checklist import Checklist, checklist_of
from config.dashboard.pictures import pictures
from config.dashboard.tasks import desk_tasks
from tenants import actions
from tenants.clock import local_today
from tenants.models import User
from tenants.permissions import OrganizationRequest, Permission, organization_view
from tenants.queries import get_membership, memberships_of

LAST_ORGANIZATION = "organization"


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """To the organization that was open last, to the first one, or to a new company."""
    slugs = [membership.slug for membership in memberships_of(cast(User, request.user).pk)]
    if not slugs:
        return HttpResponseRedirect(reverse("create_organization"))
    last = request.session.get(LAST_ORGANIZATION)
    return HttpResponseRedirect(reverse("overview", args=[last if last in slugs else slugs[0]]))


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def overview(request: OrganizationRequest) -> HttpResponse:
    """What waits for somebody first, then money, then what happened last."""
    organization = request.organization
    if request.session.get(LAST_ORGANIZATION) != organization.slug:
        request.session[LAST_ORGANIZATION] = organization.slug
    today = local_today(organization)
    money = queries.open_money(organization, today)
    context = {
        "today": today,
        "waiting": queries.waiting(organization),
        "tasks": desk_tasks(request),
        "count_max": queries.COUNT_MAX,
        "money": money[0],
        "other_money": money[1:],
        "documents": queries.recent_documents(organization),
        "checklist": _checklist(request),
        "may_draft": request.may(Permission.EDIT_DRAFTS),
        "may_see_ledger": request.may(Permission.VIEW_LEDGER),
        **pictures(organization, today),
    }
    return render(request, "config/overview.html", context)


def _checklist(request: OrganizationRequest) -> Checklist | None:
    """The first steps of the member's role, until they are done or put away."""
    member = get_membership(request.organization, request.membership.membership_id)
    if member.checklist_hidden_at is not None and "steps" not in request.GET:
        return None
    found = checklist_of(request.organization, member)
    return None if found.is_done and "steps" not in request.GET else found


@require_POST
@organization_view(Permission.VIEW_INVOICES)
def hide_checklist(request: OrganizationRequest) -> HttpResponse:
    """Put the first steps away; the address with ?steps shows them again."""
    actions.hide_checklist(request.organization, request.membership.membership_id, hidden_at=timezone.now())
    return redirect("overview", request.organization.slug)
