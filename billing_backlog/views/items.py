"""The doors to one item of the backlog: its page, and the panel that tells where a document's line comes from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing_backlog.actions.write_offs import take_back_write_off as take_back
from billing_backlog.listing.finding import visible_items
from billing_backlog.listing.states import BacklogRow
from billing_backlog.models import BacklogItem
from billing_backlog.queries import explaining
from billing_backlog.queries.items import WITH
from billing_backlog.queries.run_files import file_rows_of
from billing_backlog.queries.standing import standing_of
from billing_backlog.views.backlog import reader_of
from customers.units import unit_word
from foundation.htmx import go_to
from foundation.templatetags.formatting import language_of_page
from foundation.transactions import read_only
from tenants.audit_words import line_of
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def show_item(request: OrganizationRequest, item_id: UUID) -> HttpResponse:
    """Everything about one thing that is to be billed, and about what became of it."""
    organization = request.organization
    item = _get(request, item_id)
    context = {
        **_told(request, item),
        "file_rows": file_rows_of(organization, item),
        "write_offs": explaining.write_offs_of(organization, item),
        "history": [line_of(entry) for entry in explaining.history_of_item(organization, item)],
        "may_mark": request.may(Permission.MARK_READY),
        "may_edit_customers": request.may(Permission.EDIT_CUSTOMERS),
    }
    return render(request, "billing_backlog/show_item.html", context)


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def panel_line_source(request: OrganizationRequest, invoice_line_id: UUID) -> HttpResponse:
    """Why a line is on its document: the work behind it, who approved it, its price and its limits."""
    item_id = explaining.item_of_line(request.organization, invoice_line_id)
    return render(request, "billing_backlog/_panel_line_source.html", _told(request, _get(request, item_id)))


@require_POST
@organization_view(Permission.MARK_READY)
def take_back_write_off(request: OrganizationRequest, item_id: UUID, write_off_id: UUID) -> HttpResponse:
    """Return what was given up of the item to the backlog."""
    organization = request.organization
    with read_only():
        item = _get(request, item_id)
        if write_off_id not in {row.pk for row in explaining.write_offs_of(organization, item)}:
            raise Http404
    take_back(organization, write_off_id, reason="", actor=request.actor, now=timezone.now())
    messages.success(request, _("It is in the backlog again"))
    return go_to(request, reverse("billing_backlog:show_item", args=[organization.slug, item.pk]))


def _get(request: OrganizationRequest, item_id: UUID) -> BacklogItem:
    found = visible_items(reader_of(request)).select_related(*WITH, "facility", "product", "entry", "milestone")
    item = found.filter(pk=item_id).first()
    if item is None:
        raise Http404
    return item


def _told(request: OrganizationRequest, item: BacklogItem) -> dict[str, Any]:
    """What both the page and the panel tell."""
    organization = request.organization
    standing = standing_of(organization, [item])[item.pk]
    return {
        "item": item,
        "row": BacklogRow(item, standing),
        "standing": standing,
        "unit": unit_word(item.unit_code, item.quantity, language_of_page()),
        "limits": explaining.limits_of(organization, item),
        "lines": explaining.billing_lines(organization, item, today=local_today(organization)),
    }
