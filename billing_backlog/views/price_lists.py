"""The doors to price lists and target groups."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing_backlog.actions import price_lists as actions
from billing_backlog.forms.price_lists import CopyForm, GroupForm, ListForm, PriceGrid
from billing_backlog.models import PriceList
from billing_backlog.queries import price_lists as queries
from billing_backlog.queries.facilities import list_facilities
from foundation.dates import add_months
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.transactions import read_only
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def list_price_lists(request: OrganizationRequest) -> HttpResponse:
    """The price lists with when they are valid, and the target groups."""
    return _list(request, GroupForm())


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_BILLING)
def create_price_list(request: OrganizationRequest) -> HttpResponse:
    """A new price list."""
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_BILLING)
def update_price_list(request: OrganizationRequest, price_list_id: UUID) -> HttpResponse:
    """A price list as a grid."""
    with read_only():
        stored = queries.get_price_list(request.organization, price_list_id)
    return _edit(request, stored)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_BILLING)
def copy_price_list(request: OrganizationRequest, price_list_id: UUID) -> HttpResponse:
    """The same prices for a new period, changed by a per cent."""
    organization = request.organization
    with read_only():
        stored = queries.get_price_list(organization, price_list_id)
    first = add_months(stored.valid_from, 12)
    form = CopyForm(request.POST or None, initial={"name": stored.name, "valid_from": first})
    if form.is_bound and form.is_valid():
        percent = form.cleaned_data["percent"]
        try:
            new = actions.copy_price_list(
                organization, price_list_id, form.words(), percent=percent, actor=request.actor
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("%(name)s is copied") % {"name": stored})
            return redirect("billing_backlog:update_price_list", organization.slug, new.pk)
    with read_only():
        context = {"form": form, "stored": stored}
        status = INVALID if form.is_bound else 200
        return render(request, "billing_backlog/copy_price_list.html", context, status=status)


@require_POST
@organization_view(Permission.EDIT_BILLING)
def create_target_group(request: OrganizationRequest) -> HttpResponse:
    """Make a target group."""
    form = GroupForm(request.POST)
    if form.is_valid():
        try:
            actions.create_target_group(request.organization, form.cleaned_data["name"], actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved"))
            return redirect("billing_backlog:list_price_lists", request.organization.slug)
    with read_only():
        return _list(request, form)


@require_POST
@organization_view(Permission.EDIT_BILLING)
def archive_target_group(request: OrganizationRequest, target_group_id: UUID) -> HttpResponse:
    """Take a target group out of use."""
    actions.archive_target_group(request.organization, target_group_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("Out of use"))
    return redirect("billing_backlog:list_price_lists", request.organization.slug)


def _list(request: OrganizationRequest, form: GroupForm) -> HttpResponse:
    context = {
        "lists": list(queries.list_price_lists(request.organization)),
        "groups": list(queries.list_target_groups(request.organization)),
        "form": form,
        "today": local_today(request.organization),
        "may_edit": request.may(Permission.EDIT_BILLING),
    }
    status = INVALID if form.is_bound else 200
    return render(request, "billing_backlog/list_price_lists.html", context, status=status)


def _edit(request: OrganizationRequest, stored: PriceList | None) -> HttpResponse:
    """The grid: typed, written, or asked to have more lines."""
    typed = request.POST if request.method == "POST" else None
    names = ("name", "valid_from", "valid_through")
    initial = {name: getattr(stored, name) for name in names} if stored else {}
    with read_only():
        grid = _grid(request, stored, typed)
    form = ListForm(typed, initial=initial)
    adds = typed is not None and "add" in typed
    if typed is not None and not adds and grid.is_valid() and form.is_valid():
        try:
            _write(request, stored, form, grid)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved"))
            return redirect("billing_backlog:list_price_lists", request.organization.slug)
    with read_only():
        context = {
            "form": form,
            "grid": grid,
            "stored": stored,
            "version": _version(typed, stored),
        }
        status = INVALID if typed is not None and not adds else 200
        return render(request, "billing_backlog/edit_price_list.html", context, status=status)


def _version(typed: QueryDict | None, stored: PriceList | None) -> str:
    """The version that the page was opened with: kept while the grid is typed in."""
    said = typed.get("version", "") if typed is not None else ""
    return str(said) or str(stored.version if stored else 1)


def _grid(request: OrganizationRequest, stored: PriceList | None, typed: Any) -> PriceGrid:
    """The grid of what is stored; a facility or target group that is out of use keeps its prices."""
    organization = request.organization
    rows = queries.rows_of_lists(organization, [stored.pk]) if stored else []
    groups = list(queries.list_target_groups(organization))
    known = {group.pk for group in groups}
    groups += [queries.get_target_group(organization, key) for key in sorted({r.target_group_id for r in rows} - known)]
    facilities = list(list_facilities(organization))
    facilities += [row.facility for row in rows if row.facility and row.facility not in facilities]
    named = {*queries.facility_groups(organization), *(row.facility_group for row in rows if row.facility_group)}
    return PriceGrid(
        typed,
        facilities=list({facility.pk: facility for facility in facilities}.values()),
        facility_groups=sorted(named),
        groups=groups,
        stored=rows,
    )


def _write(request: OrganizationRequest, stored: PriceList | None, form: ListForm, grid: PriceGrid) -> None:
    if stored is None:
        actions.create_price_list(request.organization, form.words(), grid.cells(), actor=request.actor)
        return
    version = request.POST.get("version", "0")
    actions.update_price_list(
        request.organization,
        stored.pk,
        form.words(),
        grid.cells(),
        version=int(version) if version.isdecimal() else 0,
        actor=request.actor,
    )
