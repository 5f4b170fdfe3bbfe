"""The way in, and each organization's start page."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from config import queries
from tenants.clock import local_today
from tenants.models import User
from tenants.permissions import OrganizationRequest, Permission, organization_view
from tenants.queries import memberships_of

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
    steps = queries.first_steps(organization)
    context = {
        "today": today,
        "waiting": queries.waiting(organization),
        "count_max": queries.COUNT_MAX,
        "money": money[0],
        "other_money": money[1:],
        "documents": queries.recent_documents(organization),
        "steps": None if steps.done == steps.total else steps,
        "may_draft": request.may(Permission.EDIT_DRAFTS),
        "may_edit_settings": request.may(Permission.EDIT_SETTINGS),
        "may_edit_accounts": request.may(Permission.EDIT_BANK_ACCOUNTS),
        "may_manage_members": request.may(Permission.MANAGE_MEMBERS),
        "may_edit_customers": request.may(Permission.EDIT_CUSTOMERS),
    }
    return render(request, "config/overview.html", context)
