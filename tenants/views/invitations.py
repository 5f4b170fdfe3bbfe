"""The door behind an invitation's link; open to everybody who holds it, useful to the address it was sent to."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from foundation.transactions import read_only
from tenants import actions, queries
from tenants.context import organization_context
from tenants.models import Invitation, User

GONE = 410
INVALID = 422


@require_http_methods(["GET", "HEAD", "POST"])
def accept_invitation(request: HttpRequest, organization_id: UUID, secret: str) -> HttpResponse:
    """Join with the offered role: the signed-in person with that address may, everybody else is told how."""
    with organization_context(organization_id):
        with read_only():
            invitation = queries.open_invitation(organization_id, actions.token_hash(secret), timezone.now())
        user = request.user if request.user.is_authenticated else None
        if invitation is None:
            return render(request, "tenants/invitation_is_gone.html", status=GONE)
        if request.method != "POST":
            return _page(request, invitation, user)
        if user is None or user.email != invitation.email:
            return _page(request, invitation, user, status=INVALID)
        try:
            actions.accept_invitation(organization_id, secret=secret, user=user, now=timezone.now())
        except actions.InvitationDoesNotHold:  # accepted or withdrawn since it was read
            return render(request, "tenants/invitation_is_gone.html", status=GONE)
    return HttpResponseRedirect(reverse("overview", args=[invitation.organization.slug]))


def _page(request: HttpRequest, invitation: Invitation, user: User | None, *, status: int = 200) -> HttpResponse:
    context = {
        "invitation": invitation,
        "is_signed_in": user is not None,
        "is_meant": user is not None and user.email == invitation.email,
    }
    return render(request, "tenants/accept_invitation.html", context, status=status)
