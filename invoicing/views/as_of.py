"""A document as it was at a chosen moment."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from invoicing import queries
from invoicing.actions.documents import document_of
from invoicing.documents.printed.page import page_of
from invoicing.drafting.preview import LINES_PRINTED_MAX
from invoicing.history import history_of
from invoicing.looking_back import invoice_then
from invoicing.models import Invoice
from tenants.looking_back import field_value
from tenants.permissions import OrganizationRequest, Permission, organization_view
from tenants.views.as_of import wanted_moment

LINES_SHOWN_MAX = 200


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def show_invoice_as_of(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """What a draft said, or how a finalized document stood, and what has changed since, field by field."""
    organization = request.organization
    invoice = queries.find_invoice(organization, invoice_id)
    if invoice is None and queries.first_draft_version(organization, invoice_id) is None:
        raise Http404
    moment, refusal, status = wanted_moment(request)
    now = timezone.now()
    then = invoice_then(organization, invoice, invoice_id, moment, now=now)
    context: dict[str, Any] = {
        "invoice": invoice,
        "name": _name(invoice),
        "address": _address(request, invoice),
        "then": then,
        "moment": moment,
        "at": request.GET.get("at", "") if refusal else field_value(moment, organization),
        "earliest": field_value(then.kept_since, organization) if then.kept_since else "",
        "latest": field_value(now, organization),
        "refusal": refusal,
        "history": history_of(organization, invoice_id),
        **(_paper(invoice) if invoice is not None and then.stage == "finalized" else {}),
    }
    return render(request, "invoicing/as_of.html", context, status=status)


def _paper(invoice: Invoice) -> dict[str, Any]:
    printed = page_of(document_of(invoice), lines_max=LINES_PRINTED_MAX, unfolded_max=LINES_SHOWN_MAX)
    rows = printed.lines.rows
    return {"paper": printed, "rows": rows[:LINES_SHOWN_MAX], "rows_hidden": max(0, len(rows) - LINES_SHOWN_MAX)}


def _name(invoice: Invoice | None) -> str:
    if invoice is None:
        return _("Deleted draft")
    if invoice.number is None:
        return _("Draft for %(customer)s") % {"customer": invoice.customer.name}
    return f"{invoice.get_kind_display()} {invoice.number}"


def _address(request: OrganizationRequest, invoice: Invoice | None) -> str:
    slug = request.organization.slug
    if invoice is None:
        return reverse("invoicing:list_invoices", args=[slug])
    return reverse("invoicing:show_invoice", args=[slug, invoice.pk])
