"""The doors to saved views: keep what the list shows, arrange the tabs, share them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from foundation.errors import DomainError
from foundation.htmx import go_to, swap_or_redirect
from foundation.transactions import read_only
from invoicing.actions import saved_views as actions
from invoicing.listing import saved_views as queries
from invoicing.listing.address import request_of
from invoicing.listing.page import ListRequest
from tenants.permissions import OrganizationRequest, Permission, organization_view

QUERY_LENGTH_MAX = 8_000


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def list_views(request: OrganizationRequest) -> HttpResponse:
    """The views that one sees as tabs: renamed, moved, shared and deleted here."""
    return render(request, "invoicing/list_views.html", _context(request))


@require_POST
@organization_view(Permission.VIEW_INVOICES)
def save_view(request: OrganizationRequest) -> HttpResponse:
    """Keep what the list shows as a tab of one's own; shared at once where that is allowed and asked for."""
    wanted = _wanted(request)
    try:
        view = actions.save_view(
            request.organization,
            request.POST.get("name", ""),
            wanted,
            actor=request.actor,
            is_shared=request.POST.get("is_shared") == "1" and request.may(Permission.SHARE_VIEWS),
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
        separator = "&" if request.POST.get("query", "").strip("?") else ""
        return go_to(request, f"{_list_address(request)}?{request.POST.get('query', '').strip('?')}{separator}save=1")
    messages.success(request, _("The view %(name)s is saved") % {"name": view.name})
    return go_to(request, f"{_list_address(request)}?view={view.pk}")


@require_POST
@organization_view(Permission.VIEW_INVOICES)
def update_view(request: OrganizationRequest, view_id: UUID) -> HttpResponse:
    """Let a view show what the list shows now."""
    view = actions.update_view(
        request.organization, view_id, _wanted(request), actor=request.actor, may_share=_may_share(request)
    )
    messages.success(request, _("The view %(name)s is changed") % {"name": view.name})
    return go_to(request, f"{_list_address(request)}?view={view.pk}")


@require_POST
@organization_view(Permission.VIEW_INVOICES)
def rename_view(request: OrganizationRequest, view_id: UUID) -> HttpResponse:
    """Give a view another name."""
    try:
        actions.rename_view(
            request.organization,
            view_id,
            request.POST.get("name", ""),
            actor=request.actor,
            may_share=_may_share(request),
        )
    except actions.ViewNameRefused as refusal:
        messages.error(request, str(refusal))
    return _views(request)


@require_POST
@organization_view(Permission.SHARE_VIEWS)
def share_view(request: OrganizationRequest, view_id: UUID) -> HttpResponse:
    """Show a view to everybody, or to its owner alone."""
    actions.share_view(
        request.organization, view_id, is_shared=request.POST.get("is_shared") == "1", actor=request.actor
    )
    return _views(request)


@require_POST
@organization_view(Permission.VIEW_INVOICES)
def move_view(request: OrganizationRequest, view_id: UUID) -> HttpResponse:
    """Move a view of one's own among the tabs."""
    actions.move_view(request.organization, view_id, is_up=request.POST.get("way") == "up", actor=request.actor)
    return _views(request)


@require_POST
@organization_view(Permission.VIEW_INVOICES)
def delete_view(request: OrganizationRequest, view_id: UUID) -> HttpResponse:
    """Forget a view."""
    actions.delete_view(request.organization, view_id, actor=request.actor, may_share=_may_share(request))
    messages.success(request, _("The view is deleted"))
    return _views(request)


def _views(request: OrganizationRequest) -> HttpResponse:
    with read_only():
        to = reverse("invoicing:list_views", args=[request.organization.slug])
        return swap_or_redirect(request, "invoicing/_views.html", _context(request), to=to)


def _context(request: OrganizationRequest) -> dict[str, Any]:
    may_share = _may_share(request)
    rows = [
        {
            "view": view,
            "is_own": view.owner_id == request.user.pk,
            "may_change": view.owner_id == request.user.pk or may_share,
        }
        for view in queries.list_views(request.organization, request.user.pk)
    ]
    return {"rows": rows, "may_share": may_share}


def _may_share(request: OrganizationRequest) -> bool:
    return request.may(Permission.SHARE_VIEWS)


def _wanted(request: OrganizationRequest) -> ListRequest:
    query = request.POST.get("query", "")[:QUERY_LENGTH_MAX].removeprefix("?")
    return request_of(QueryDict(query), user_id=request.user.pk)


def _list_address(request: OrganizationRequest) -> str:
    return reverse("invoicing:list_invoices", args=[request.organization.slug])
