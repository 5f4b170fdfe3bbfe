"""Voiding an invoice: a page that asks again and names it, and the deed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from foundation.errors import DomainError
from foundation.htmx import go_to
from foundation.transactions import read_only
from invoicing import queries
from invoicing.actions import void
from invoicing.actions.conditions import MoneyStands
from invoicing.forms.correct import VoidForm
from invoicing.models import Invoice
from invoicing.public import queries as pages
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.CREDIT_INVOICES)
def void_invoice(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """What voiding does and why it cannot be undone; sent with a reason, it is done."""
    organization = request.organization
    if not request.may(Permission.FINALIZE_INVOICES):
        raise PermissionDenied
    form = VoidForm(request.POST or None)
    if request.method != "POST":
        form.initial["closes_links"] = pages.says_wrong_recipient(organization, invoice_id)
        return _ask(request, queries.get_invoice(organization, invoice_id), form)
    refusal = ""
    if form.is_valid():
        try:
            note = void.void_invoice(
                organization,
                invoice_id,
                reason=form.cleaned_data["reason"],
                actor=request.actor,
                today=local_today(organization),
                closes_links_at=timezone.now() if form.cleaned_data["closes_links"] else None,
            )
        except DomainError as error:
            refusal = str(error)
        else:
            messages.success(request, _said(note))
            return go_to(request, reverse("invoicing:show_invoice", args=[organization.slug, invoice_id]))
    with read_only():
        return _ask(request, queries.get_invoice(organization, invoice_id), form, refusal=refusal, status=422)


def _said(note: Invoice) -> str:
    if note.is_about_advance:
        return _("The payment request is withdrawn by %(number)s.") % {"number": note.number}
    return _("The invoice is voided by credit note %(number)s.") % {"number": note.number}


def _ask(
    request: OrganizationRequest, invoice: Invoice, form: VoidForm, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    organization = request.organization
    left = invoice.payable_amount - queries.credited_amount(organization, invoice.pk)
    context: dict[str, Any] = {"invoice": invoice, "form": form, "left_amount": left, "refusal": refusal}
    try:
        void.refuse_unvoidable(organization, invoice)
    except DomainError as error:
        context |= {"refusal": str(error), "is_refused": True, "is_money": isinstance(error, MoneyStands)}
    return render(request, "invoicing/void_invoice.html", context, status=status)
