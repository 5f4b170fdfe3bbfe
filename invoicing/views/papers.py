"""The doors to receipts and to the files of papers; what the pages of papers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation import files
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to
from foundation.ids import uuid7
from foundation.transactions import read_only
from invoicing.actions import papers as actions
from invoicing.dispatching.shown import acts_of
from invoicing.forms.papers import PostForm
from invoicing.models import CustomerPaper
from invoicing.papers import queries as papers
from invoicing.papers.facts import Receipt, Statement
from invoicing.papers.letter import built_in_words
from invoicing.papers.pdf import printed
from invoicing.papers.reading import read_receipt
from payments import payment_queries
from payments.models import Payment
from tenants.models import Organization
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
SHOWN_MAX = 5


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.SEND_INVOICES)
def send_receipt(request: OrganizationRequest, payment_id: UUID) -> HttpResponse:
    """The receipt of a payment as it would be, and sending it by e-mail."""
    organization = request.organization
    with read_only():
        payment = payment_queries.get_payment(organization, payment_id)
    form = PostForm(request.POST) if request.method == "POST" else None
    try:
        if form is not None and form.is_valid():
            paper = actions.make_receipt(organization, payment_id, actor=request.actor, now=timezone.now())
            return sent(request, paper, form)
        return _receipt_page(request, payment, form)
    except DomainError as refusal:
        if form is None or refusal.field not in form.fields:
            messages.error(request, str(refusal))
            return redirect("payments:show_payment", organization.slug, payment_id)
        show_refusal(form, refusal)
        return _receipt_page(request, payment, form)


def _receipt_page(request: OrganizationRequest, payment: Payment, form: PostForm | None) -> HttpResponse:
    organization = request.organization
    with read_only():
        receipt = read_receipt(organization, payment)
        assert payment.customer is not None
        form = form or post_form(receipt, payment.customer.email)
        context = page_of(organization, receipt, papers.receipts_of(organization, payment.pk)) | {
            "payment": payment,
            "form": form,
            "invoices": papers.invoices_paid_by(organization, payment.pk),
            "preview_url": reverse("invoicing:preview_receipt", args=[organization.slug, payment.pk]),
        }
        return render(request, "invoicing/send_receipt.html", context, status=INVALID if form.is_bound else 200)


@require_safe
@organization_view(Permission.SEND_INVOICES)
def preview_receipt(request: OrganizationRequest, payment_id: UUID) -> HttpResponse:
    """The PDF of a receipt as it would be, made for this one look."""
    payment = payment_queries.get_payment(request.organization, payment_id)
    try:
        said = read_receipt(request.organization, payment)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("payments:show_payment", request.organization.slug, payment_id)
    return preview(request.organization, said)


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def download_paper(request: OrganizationRequest, paper_id: UUID) -> HttpResponse:
    """The PDF of a paper as it was made once."""
    paper = papers.get_paper(request.organization, paper_id)
    response = file_of(request.organization, paper)
    if response is None:
        messages.info(request, _("The file is not made yet."))
        if paper.payment_id is not None:
            return redirect("payments:show_payment", request.organization.slug, paper.payment_id)
        return redirect("invoicing:show_statement", request.organization.slug, paper.customer_id)
    return response


def sent(request: OrganizationRequest, paper: CustomerPaper, form: PostForm) -> HttpResponse:
    """Send a paper as the form says, and go back to where it is shown."""
    organization = request.organization
    actions.send_paper(organization, paper.pk, form.post(), actor=request.actor, now=timezone.now())
    messages.success(request, _("The e-mail to %(to)s is on its way.") % {"to": form.cleaned_data["to"]})
    return go_to(request, f"/{organization.slug}/{papers.place_of(paper)}")


def post_form(said: Receipt | Statement, to: str) -> PostForm:
    """The e-mail as somebody finds it before writing."""
    subject, body = built_in_words(said)
    return PostForm(initial={"to": to, "subject": subject, "body": body, "key": uuid7().hex})


def page_of(organization: Organization, said: Receipt | Statement, made: Sequence[CustomerPaper]) -> dict[str, Any]:
    """The paper as it would be, and the earlier ones with what became of them."""
    return {
        "page": printed(said, timezone.now()),
        "made": [(paper, acts_of(organization, paper.pk)) for paper in made[:SHOWN_MAX]],
    }


def preview(organization: Organization, said: Receipt | Statement) -> HttpResponse:
    """A PDF that is stored nowhere, shown in the browser."""
    headers = {"Content-Disposition": 'inline; filename="preview.pdf"', "Cache-Control": "private, no-store"}
    content = actions.pdf_of(organization, said, moment=timezone.now())
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def file_of(organization: Organization, paper: CustomerPaper) -> HttpResponse | None:
    """The stored PDF to be saved; None while it is not made."""
    row = papers.file_of(organization, paper.pk)
    if row is None:
        return None
    response = HttpResponse(files.load(str(organization.pk), row.sha256), content_type="application/pdf")
    name = f"{paper.kind}-{paper.day.isoformat()}.pdf"
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
