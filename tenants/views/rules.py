"""The doors to who decides what: approval, corrections, deletions, and the table of roles."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.transactions import read_only
from tenants import actions, queries
from tenants.forms import RulesForm
from tenants.models import Role
from tenants.permission_words import table_of_roles
from tenants.permissions import OrganizationRequest, Permission, may, organization_view

INVALID = 422


@require_safe
@organization_view(Permission.VIEW_SETTINGS)
def show_rules(request: OrganizationRequest) -> HttpResponse:
    """When a second person is needed, and who may correct and delete."""
    return _page(request, RulesForm(organization=request.organization))


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def update_rules(request: OrganizationRequest) -> HttpResponse:
    """Change the rules from now on; what is finalized stays finalized."""
    form = RulesForm(request.POST, organization=request.organization)
    if not form.is_valid():
        return _page(request, form, status=INVALID)
    actions.update_organization(request.organization, form.values(), actor=request.actor)
    messages.success(request, _("Saved"))
    return HttpResponseRedirect(reverse("tenants:show_rules", args=[request.organization.slug]))


@require_safe
@organization_view(Permission.VIEW_SETTINGS)
def list_roles(request: OrganizationRequest) -> HttpResponse:
    """What each role may do, and how many people have it."""
    people = queries.count_members_by_role(request.organization)
    roles = [{"label": role.label, "people": people.get(role, 0)} for role in Role]
    return render(request, "tenants/list_roles.html", {"roles": roles, "groups": table_of_roles()})


def _page(request: OrganizationRequest, form: RulesForm, *, status: int = 200) -> HttpResponse:
    with read_only():
        people = queries.count_members_by_role(request.organization)
        approvers = sum(count for role, count in people.items() if may(role, Permission.APPROVE_INVOICES))
        context = {
            "form": form,
            "may_edit": request.may(Permission.EDIT_SETTINGS),
            "has_second_person": approvers > 1,
        }
        return render(request, "tenants/rules.html", context, status=status)
