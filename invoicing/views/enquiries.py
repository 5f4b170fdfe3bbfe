"""What customers have said, and the staff's answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import render_page_or_fragment
from foundation.keyset import Key, page_of
from foundation.transactions import read_only
from invoicing import queries
from invoicing.actions import enquiries
from invoicing.actions.enquiries import answer_key
from invoicing.forms.enquiries import ReplyForm
from invoicing.models import Enquiry, EnquiryKind
from invoicing.public import queries as pages
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
WAITING = (Key("said_at", datetime.fromisoformat), Key("id", UUID))
ANSWERED = (Key("answered_at", datetime.fromisoformat, is_descending=True), Key("id", UUID, is_descending=True))
TO_CORRECT = {EnquiryKind.WRONG_RECIPIENT, EnquiryKind.WRONG_REFERENCE, EnquiryKind.DISPUTE}


@require_GET
@organization_view(Permission.ANSWER_CUSTOMERS)
def list_enquiries(request: OrganizationRequest) -> HttpResponse:
    """What waits for an answer, the longest first; or what was answered."""
    is_open = request.GET.get("show") != "answered"
    rows = pages.list_enquiries(request.organization, is_open=is_open)
    page = page_of(rows, WAITING if is_open else ANSWERED, request.GET)
    context = {
        "enquiries": page.rows,
        "is_open": is_open,
        "pagination": page.pagination({} if is_open else {"show": "answered"}, target="#enquiries"),
        "waiting": pages.count_open_enquiries(request.organization),
    }
    return render_page_or_fragment(request, "invoicing/list_enquiries.html", "invoicing/_enquiries.html", context)


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def panel_enquiries(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """What the customer has said of one document."""
    invoice = queries.get_invoice(request.organization, invoice_id)
    context = {
        "invoice": invoice,
        "enquiries": pages.enquiries_of(request.organization, invoice.pk),
        "may_answer": request.may(Permission.ANSWER_CUSTOMERS),
    }
    return render(request, "invoicing/_panel_enquiries.html", context)


@require_http_methods(["GET", "POST"])
@organization_view(Permission.ANSWER_CUSTOMERS)
def answer_enquiry(request: OrganizationRequest, enquiry_id: UUID) -> HttpResponse:
    """Read what a customer said, answer it and close it."""
    today = local_today(request.organization)
    with read_only():
        enquiry = pages.get_enquiry(request.organization, enquiry_id)
        if request.method != "POST":
            return _page(request, enquiry, ReplyForm(enquiry=enquiry, today=today))
        form = ReplyForm(request.POST, enquiry=enquiry, today=today)
        is_valid = form.is_valid()
    if is_valid:
        try:
            enquiries.answer_enquiry(
                request.organization, enquiry_id, form.reply(), actor=request.actor, now=timezone.now()
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _sentence(enquiry, form))
            return redirect("invoicing:list_enquiries", request.organization.slug)
    with read_only():
        return _page(request, enquiry, form, status=INVALID)


def _sentence(enquiry: Enquiry, form: ReplyForm) -> str:
    if not form.cleaned_data["text"]:
        return _("Closed without an answer.")
    if enquiry.reply_to and enquiry.came_by_mail:
        return _("Answered. It is mailed to %(address)s.") % {"address": enquiry.reply_to}
    if enquiry.reply_to:
        return _("Answered. It is mailed to %(address)s and stands on the customer’s page.") % {
            "address": enquiry.reply_to
        }
    return _("Answered. It stands on the customer’s page: no e-mail address was given.")


def _page(request: OrganizationRequest, enquiry: Enquiry, form: ReplyForm, *, status: int = 200) -> HttpResponse:
    may_correct = request.may(Permission.CORRECT_INVOICES) and not enquiry.invoice.is_credit_note
    context: dict[str, Any] = {
        "enquiry": enquiry,
        "invoice": enquiry.invoice,
        "form": form,
        "has_mail_failed": not enquiry.is_open and pages.has_failed(request.organization, answer_key(enquiry)),
        "may_correct": may_correct and enquiry.is_open and (enquiry.kind in TO_CORRECT or enquiry.came_by_mail),
    }
    return render(request, "invoicing/answer_enquiry.html", context, status=status)
