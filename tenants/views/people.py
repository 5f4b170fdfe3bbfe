"""The doors to members, their roles and the invitations under way."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.transactions import read_only
from tenants import actions, queries
from tenants.forms import InvitationForm, RoleForm
from tenants.models import Role
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@require_safe
@organization_view(Permission.VIEW_SETTINGS)
def list_people(request: OrganizationRequest) -> HttpResponse:
    """Members with their roles, and the invitations that nobody has accepted yet."""
    return _page(request, InvitationForm())


@require_POST
@organization_view(Permission.MANAGE_MEMBERS)
def invite_member(request: OrganizationRequest) -> HttpResponse:
    """Offer a role to an address; the link goes out by e-mail."""
    form = InvitationForm(request.POST)
    if form.is_valid():
        try:
            actions.invite_member(
                request.organization,
                email=form.cleaned_data["email"],
                role=form.cleaned_data["role"],
                inviter=request.user,
                actor=request.actor,
                now=timezone.now(),
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("%(email)s is invited") % {"email": form.cleaned_data["email"]})
            return HttpResponseRedirect(_people_url(request))
    return _page(request, form, status=INVALID)


@require_POST
@organization_view(Permission.MANAGE_MEMBERS)
def withdraw_invitation(request: OrganizationRequest, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back; its link is dead at once."""
    actions.withdraw_invitation(request.organization, invitation_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The invitation is withdrawn"))
    return HttpResponseRedirect(_people_url(request))


@require_POST
@organization_view(Permission.MANAGE_MEMBERS)
def change_role(request: OrganizationRequest, membership_id: UUID) -> HttpResponse:
    """Give a member another role."""
    form = RoleForm(request.POST)
    if form.is_valid():
        role = form.cleaned_data["role"]
        actions.change_role(request.organization, membership_id, role=role, actor=request.actor)
        messages.success(request, _("The role is now: %(role)s") % {"role": Role(role).label})
    else:
        messages.error(request, _("Choose one of the roles in the list."))
    return HttpResponseRedirect(_people_url(request))


@require_POST
@organization_view(Permission.MANAGE_MEMBERS)
def remove_member(request: OrganizationRequest, membership_id: UUID) -> HttpResponse:
    """End a membership; what the person did keeps their name."""
    is_oneself = membership_id == request.membership.membership_id
    actions.remove_member(request.organization, membership_id, actor=request.actor)
    messages.success(request, _("The member is removed"))
    return HttpResponseRedirect(reverse("home") if is_oneself else _people_url(request))


def _people_url(request: OrganizationRequest) -> str:
    return reverse("tenants:list_people", args=[request.organization.slug])


def _page(request: OrganizationRequest, form: InvitationForm, *, status: int = 200) -> HttpResponse:
    with read_only():
        context = {
            "members": list(queries.list_memberships(request.organization)),
            "invitations": list(queries.list_open_invitations(request.organization)),
            "roles": Role.choices,
            "form": form,
            "now": timezone.now(),
            "may_edit": request.may(Permission.MANAGE_MEMBERS),
        }
        return render(request, "tenants/list_people.html", context, status=status)
