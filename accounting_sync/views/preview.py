"""The doors to what would be pushed, and to pushing it from a day on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounting_sync.actions import activation as actions
from accounting_sync.actions.activation import NotReadyToPush, refuse_unready
from accounting_sync.forms.connections import PushForm
from accounting_sync.previewing import Previewed, preview
from accounting_sync.views.parts import INVALID, page_of
from accounting_sync.words import key_in_words
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to
from foundation.transactions import read_only
from payments.models import VoucherKind
from payments.queries import lock_of_period
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def show_preview(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    """The newest vouchers as they would be pushed; nothing is sent."""
    context = page_of(request, connection_id, "preview")
    found = preview(request.organization, context["connection"])
    context |= {"vouchers": [_shown(each) for each in found], **_sums(found)}
    return render(request, "accounting_sync/preview.html", context)


def _shown(each: Previewed) -> dict[str, Any]:
    return {
        "one": each,
        "kind": VoucherKind(each.kind).label,
        "unmapped": [key_in_words(key) for key in each.unmapped],
    }


def _sums(found: Sequence[Previewed]) -> dict[str, Any]:
    """What all of them come to, ours and theirs; what would be stopped comes to nothing there."""
    ours = sum((each.ours for each in found), Decimal(0))
    theirs = sum((each.theirs for each in found if each.theirs is not None and each.goes), Decimal(0))
    stopped = [each for each in found if not each.goes]
    return {"ours": ours, "theirs": theirs, "difference": ours - theirs, "stopped": len(stopped), "count": len(found)}


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.CONNECT_ACCOUNTING)
def update_push_terms(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    """From when on what is pushed: activates a connection that is set up, and changes one that pushes."""
    organization = request.organization
    today = local_today(organization)
    with read_only():
        context = page_of(request, connection_id, "push")
        start = proposed_start(today, lock_of_period(organization))
    connection = context["connection"]
    data = request.POST if request.method == "POST" else None
    form = PushForm(data, adapter=context["adapter"], connection=connection, start_day=start)
    if form.is_bound and form.is_valid():
        try:
            said = _decide(request, connection_id, form, is_new=connection.activated_at is None)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, said)
            return go_to(request, reverse("accounting_sync:show_connection", args=[organization.slug, connection_id]))
    with read_only():
        context |= {"form": form, "unready": _unready(request, context["connection"])}
        return render(request, "accounting_sync/push_terms.html", context, status=INVALID if form.is_bound else 200)


def _decide(request: OrganizationRequest, connection_id: UUID, form: PushForm, *, is_new: bool) -> str:
    """Activate, or write what was changed; what to say of it."""
    terms, today = form.terms(), local_today(request.organization)
    if is_new:
        actions.activate_connection(
            request.organization, connection_id, terms, actor=request.actor, now=timezone.now(), today=today
        )
        return _("Vouchers are pushed from now on. The first ones go within a minute.")
    version = form.cleaned_data["version"]
    actions.update_push_terms(request.organization, connection_id, terms, version, actor=request.actor, today=today)
    return _("Saved")


def _unready(request: OrganizationRequest, connection: Any) -> str:
    if connection.activated_at is not None:
        return ""
    try:
        refuse_unready(request.organization, connection)
    except NotReadyToPush as refusal:
        return str(refusal)
    return ""


def proposed_start(today: date, closed_through: date | None) -> date:
    """The first day of the month, or the day after the books were closed where that is later."""
    first = today.replace(day=1)
    return max(first, closed_through + timedelta(days=1)) if closed_through is not None else first
