"""The doors to the organization's own properties: defined, renamed, ordered and taken out of use in the settings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from customers import queries
from customers.actions import custom_properties as actions
from customers.forms.custom_properties import PropertyChangeForm, PropertyForm
from customers.models import CustomProperty, PropertyKind, PropertySubject
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import render_page_or_fragment, swap_or_redirect
from foundation.transactions import read_only
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
PAGE, FRAGMENT = "customers/list_custom_properties.html", "customers/_custom_properties.html"


@require_GET
@organization_view(Permission.VIEW_SETTINGS)
def list_custom_properties(request: OrganizationRequest) -> HttpResponse:
    """The properties of documents and of customers, in use and out of use."""
    return render_page_or_fragment(request, PAGE, FRAGMENT, _context(request))


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def create_property(request: OrganizationRequest) -> HttpResponse:
    """Define a property."""
    form = PropertyForm(request.POST)
    if form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("subject", "name", "kind", "choices")}
        try:
            actions.create_property(request.organization, **values, actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("%(name)s is added") % {"name": values["name"]})
            return _answer(request)
    with read_only():
        return render_page_or_fragment(request, PAGE, FRAGMENT, _context(request, form=form), status=INVALID)


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def change_property(request: OrganizationRequest, property_id: UUID) -> HttpResponse:
    """Rename a property, or change the words of a choice."""
    form = PropertyChangeForm(request.POST)
    if form.is_valid():
        try:
            actions.change_property(
                request.organization,
                property_id,
                name=form.cleaned_data["name"],
                choices=form.cleaned_data["words"],
                actor=request.actor,
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved"))
            return _answer(request)
    with read_only():
        context = _context(request, changed=(property_id, form))
        return render_page_or_fragment(request, PAGE, FRAGMENT, context, status=INVALID)


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def move_property(request: OrganizationRequest, property_id: UUID) -> HttpResponse:
    """Move a property up or down among its own."""
    actions.move_property(request.organization, property_id, is_up=request.POST.get("way") == "up", actor=request.actor)
    return _answer(request)


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def archive_property(request: OrganizationRequest, property_id: UUID) -> HttpResponse:
    """Take a property out of use; its values are kept."""
    row = actions.archive_property(request.organization, property_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("%(name)s is out of use; its values are kept") % {"name": row.name})
    return _answer(request)


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def restore_property(request: OrganizationRequest, property_id: UUID) -> HttpResponse:
    """Take a property into use again."""
    row = actions.restore_property(request.organization, property_id, actor=request.actor)
    messages.success(request, _("%(name)s is in use again") % {"name": row.name})
    return _answer(request)


def _answer(request: OrganizationRequest) -> HttpResponse:
    with read_only():
        to = reverse("customers:list_custom_properties", args=[request.organization.slug])
        return swap_or_redirect(request, FRAGMENT, _context(request), to=to)


def _context(
    request: OrganizationRequest,
    form: PropertyForm | None = None,
    changed: tuple[UUID, PropertyChangeForm] | None = None,
) -> dict[str, Any]:
    in_use = queries.list_properties(request.organization)
    return {
        "groups": [
            (PropertySubject(subject).label, [_row(row, changed) for row in in_use if row.subject == subject])
            for subject in PropertySubject.values
        ],
        "archived": queries.list_properties(request.organization, is_archived=True),
        "form": form or PropertyForm(initial={"kind": PropertyKind.TEXT}),
        "may_edit": request.may(Permission.EDIT_SETTINGS),
    }


def _row(row: CustomProperty, changed: tuple[UUID, PropertyChangeForm] | None) -> dict[str, Any]:
    is_changed = changed is not None and changed[0] == row.pk
    form = changed[1] if changed is not None and is_changed else None
    initial = {"name": row.name, "words": "\n".join(row.choices)}
    return {
        "property": row,
        "form": form or PropertyChangeForm(initial=initial, auto_id=f"id_%s_{row.pk}"),
        "is_choice": row.kind == PropertyKind.CHOICE,
        "is_open": is_changed,
    }
