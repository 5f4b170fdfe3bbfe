"""The doors to drafts that were made from backlog: the list, one draft, and the panel beside its form."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from billing_backlog.actions.pulling import add_items_to_draft
from billing_backlog.errors import NotReady
from billing_backlog.models import Proforma
from billing_backlog.queries.proformas import in_state, not_included, steps_of
from billing_backlog.views.choosing import ids_in
from billing_backlog.views.proforma_context import choices, lines_shown, proforma_of, shown, visible_to
from foundation.errors import DomainError
from foundation.htmx import go_to, render_page_or_fragment
from foundation.keyset import Key, page_of
from foundation.transactions import read_only
from invoicing import queries as invoices
from invoicing.prepaying import parts_of
from tenants import jobs
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

TIME_ORDER = (Key("created_at", datetime.fromisoformat, is_descending=True), Key("id", UUID, is_descending=True))
STATES = {
    "waiting": gettext_lazy("To confirm"),
    "returned": gettext_lazy("Returned"),
    "confirmed": gettext_lazy("To finalize"),
    "invoiced": gettext_lazy("Invoiced"),
}


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def list_proformas(request: OrganizationRequest) -> HttpResponse:
    """Drafts from backlog by where they stand: those of the own projects unless the role says more."""
    asked = request.GET.get("state", "")
    usual = "waiting" if request.may(Permission.CONFIRM_PROFORMAS) else "confirmed"
    state = asked if asked in STATES else usual
    page = page_of(in_state(visible_to(request), state), TIME_ORDER, request.GET)
    context = {
        "rows": shown(request, page.rows),
        "states": [(name, words, name == state) for name, words in STATES.items()],
        "state": state,
        "pagination": page.pagination({"state": state}, target="#proformas"),
        "may_confirm": request.may(Permission.CONFIRM_PROFORMAS),
        "may_finalize": request.may(Permission.FINALIZE_INVOICES),
        "key": jobs.new_key(),
    }
    return render_page_or_fragment(
        request, "billing_backlog/list_proformas.html", "billing_backlog/_proformas.html", context
    )


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def show_proforma(request: OrganizationRequest, proforma_id: UUID) -> HttpResponse:
    """One draft as its project manager reads it: the work on it, what could be added, what was said of it."""
    proforma = proforma_of(request, proforma_id)
    return render(request, "billing_backlog/show_proforma.html", proforma_page(request, proforma))


def proforma_page(request: OrganizationRequest, proforma: Proforma, **more: Any) -> dict[str, Any]:
    """What the page of a proforma shows."""
    organization = request.organization
    invoice = invoices.get_invoice(organization, proforma.invoice_id)
    lines = invoices.list_lines(invoice)
    [standing] = shown(request, [proforma])
    is_open = invoice.is_draft
    shown_lines = lines_shown(request, lines)
    waits = is_open and invoice.waits_for == "confirmation"
    may_confirm = is_open and request.may(Permission.CONFIRM_PROFORMAS)
    return {
        "proforma": proforma,
        "invoice": invoice,
        "shown": standing,
        "lines": shown_lines,
        "decides": may_confirm and waits and any(each.left or each.is_typed for each in shown_lines),
        "steps": steps_of(organization, proforma),
        "offered": not_included(organization, proforma, lines, until=proforma.cut_off) if is_open else [],
        "waits": waits,
        "may_confirm": may_confirm,
        "may_return": is_open and not invoice.waits_for and request.may(Permission.FINALIZE_INVOICES),
        "may_edit": is_open and request.may(Permission.EDIT_DRAFTS),
        "prepaid": parts_of(invoice.prepaid),
        "may_pull": is_open and request.may(Permission.MARK_READY),
        **choices(request),
        **more,
    }


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def panel_proforma(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Beside the draft's form: how it stands, why it came back, and what is ready and not on it; else nothing."""
    found = visible_to(request).filter(invoice_id=invoice_id).first()
    context: dict[str, Any] = {"proforma": found}
    if found is None:
        invoices.get_invoice_alone(request.organization, invoice_id)  # somebody else's draft is nowhere
    else:
        [standing] = shown(request, [found])
        lines = invoices.list_lines(found.invoice)
        is_open = found.invoice.is_draft
        context |= {
            "shown": standing,
            "invoice": found.invoice,
            "offered": not_included(request.organization, found, lines, until=found.cut_off) if is_open else [],
            "may_pull": is_open and request.may(Permission.MARK_READY),
        }
    return render(request, "billing_backlog/_panel_proforma.html", context)


@require_POST
@organization_view(Permission.MARK_READY)
def pull_in(request: OrganizationRequest, proforma_id: UUID) -> HttpResponse:
    """Take what is ticked of the ready work onto the draft."""
    with read_only():
        proforma = proforma_of(request, proforma_id)
    to = reverse("billing_backlog:show_proforma", args=[request.organization.slug, proforma_id])
    if request.POST.get("from") == "draft":
        to = reverse("invoicing:update_draft", args=[request.organization.slug, proforma.invoice_id])
    try:
        wanted = ids_in(request.POST.getlist("item"))
        if not wanted:
            raise NotReady(_("Nothing is ticked. Tick what is to be taken onto the draft."))
        added = add_items_to_draft(
            request.organization,
            proforma.invoice_id,
            wanted,
            actor=request.actor,
            today=local_today(request.organization),
            now=timezone.now(),
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        count = len(added)
        words = ngettext("%(count)s line is added to the draft.", "%(count)s lines are added to the draft.", count)
        messages.success(request, words % {"count": count})
    return go_to(request, to)
