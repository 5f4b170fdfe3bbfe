"""Approval of drafts: the page of those that wait, and the four things that can be said of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from foundation.errors import DomainError
from foundation.htmx import swap_or_redirect
from foundation.transactions import read_only
from invoicing import corrections, queries
from invoicing.actions import approve
from invoicing.drafting import approvals
from invoicing.errors import InvoiceAlreadyFinalized
from invoicing.forms.correct import RefusalForm
from invoicing.models import DraftApproval, Invoice
from invoicing.views.approval_context import approval_context
from invoicing.views.draft_storing import version_of
from invoicing.views.drafts import already_finalized
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def list_waiting_approvals(request: OrganizationRequest) -> HttpResponse:
    """Every draft that waits for a second person, longest first."""
    context = {
        "waiting": approvals.list_waiting(request.organization),
        "may_approve": request.may(Permission.APPROVE_INVOICES),
        "limit": request.organization.approval_from_amount,
        "most": approvals.WAITING_SHOWN_MAX,
    }
    return render(request, "invoicing/list_waiting_approvals.html", context)


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def ask_approval(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Ask for a second person."""
    return _say(
        request, invoice_id, approve.ask_approval, _("Approval is asked for. You are told when it is answered.")
    )


@require_POST
@organization_view(Permission.APPROVE_INVOICES)
def approve_draft(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Approve as the second person."""
    return _say(request, invoice_id, approve.approve_draft, _("The draft is approved. It can be finalized."))


@require_POST
@organization_view(Permission.APPROVE_INVOICES)
def refuse_draft(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Refuse with a reason."""
    form = RefusalForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(map(str, form.errors["reason"])))
        return _answer(request, invoice_id)
    sentence = _("The draft is not approved. Its maker is told why.")
    return _say(request, invoice_id, approve.refuse_draft, sentence, reason=form.cleaned_data["reason"])


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def withdraw_approval(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Take the request back."""
    return _say(request, invoice_id, approve.withdraw_approval, _("The request is withdrawn."))


def _say(
    request: OrganizationRequest,
    invoice_id: UUID,
    action: Callable[..., DraftApproval],
    sentence: str,
    **more: Any,
) -> HttpResponse:
    try:
        action(
            request.organization,
            invoice_id,
            version=version_of(request),
            actor=request.actor,
            now=timezone.now(),
            today=local_today(request.organization),
            **more,
        )
        messages.success(request, sentence)
    except InvoiceAlreadyFinalized as refusal:
        return already_finalized(request, refusal)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return _answer(request, invoice_id)


def _answer(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """The fragment alone, or the page that the form was sent from."""
    with read_only():
        invoice = queries.get_invoice(request.organization, invoice_id)
        context = approval_context(request, invoice)
        return swap_or_redirect(request, "invoicing/_approval.html", context, to=_page(request, invoice))


def _page(request: OrganizationRequest, invoice: Invoice) -> str:
    slug = request.organization.slug
    wanted = request.POST.get("page", "")
    if wanted == "waiting":
        return reverse("invoicing:list_waiting_approvals", args=[slug])
    if wanted == "finalize" and request.may(Permission.FINALIZE_INVOICES):
        return reverse("invoicing:finalize_invoice", args=[slug, invoice.pk])
    correction = corrections.correction_of_half(request.organization, invoice.pk) if wanted == "correction" else None
    if correction is not None:
        return reverse("invoicing:show_correction", args=[slug, correction.pk])
    return reverse("invoicing:show_invoice", args=[slug, invoice.pk])
