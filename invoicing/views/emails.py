"""The composer: an e-mail about a document written, seen as the customer will see it, tested and sent."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to
from foundation.transactions import read_only
from invoicing import queries
from invoicing.actions import emails, links
from invoicing.dispatching.plain import Recipient
from invoicing.errors import NotFinalized
from invoicing.forms.emails import EMAIL, EmailForm
from invoicing.models import Invoice
from invoicing.views.email_page import (
    Desk,
    desk_of,
    email_form,
    letter_context,
    own_mail_text,
    page_context,
    preview_context,
)
from tenants import jobs
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.SEND_INVOICES)
def send_by_email(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Write and send an e-mail; sent again under another key, with the earlier receipts in sight."""
    if request.method != "POST":
        try:
            return _page(request, invoice_id, None)
        except NotFinalized as refusal:
            messages.info(request, str(refusal))
            return redirect("invoicing:show_invoice", request.organization.slug, invoice_id)
    with read_only():
        form = email_form(request, _desk(request, invoice_id), request.POST)
        is_valid = form.is_valid()
    if request.POST.get("then") == "insert":
        return _insert_link(request, invoice_id)
    if not is_valid:
        return _page(request, invoice_id, form, status=INVALID)
    try:
        is_test = request.POST.get("then") == "test"
        return _send_test(request, invoice_id, form) if is_test else _send(request, invoice_id, form)
    except DomainError as refusal:
        show_refusal(form, refusal)
        return _page(request, invoice_id, form, status=INVALID)


@require_POST
@organization_view(Permission.SEND_INVOICES)
def preview_email(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """The e-mail as it stands, as the customer will see it; nothing is stored."""
    with read_only():
        context = preview_context(request, _desk(request, invoice_id), request.POST)
        return render(request, "invoicing/_email.html", context)


@require_POST
@organization_view(Permission.SEND_INVOICES)
def write_own_mail(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """A text with a new link for a mail of one's own: an event on the document, and no sending of it."""
    with read_only():
        invoice = _finalized(request, invoice_id)
    address = links.copy_link(request.organization, invoice_id, actor=request.actor, now=timezone.now())
    with read_only():
        context = {"invoice": invoice, "text": own_mail_text(invoice, address)}
        response = render(request, "invoicing/own_mail.html", context)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _finalized(request: OrganizationRequest, invoice_id: UUID) -> Invoice:
    invoice = queries.get_invoice(request.organization, invoice_id)
    if invoice.is_draft:
        raise NotFinalized(_("Finalize the document before it is sent."))
    return invoice


def _desk(request: OrganizationRequest, invoice_id: UUID) -> Desk:
    return desk_of(request, _finalized(request, invoice_id))


def _send(request: OrganizationRequest, invoice_id: UUID, form: EmailForm) -> HttpResponse:
    emails.send_by_email(
        request.organization,
        invoice_id,
        form.letter(),
        form.recipients(),
        key=request.POST.get("key", ""),
        actor=request.actor,
        now=timezone.now(),
    )
    messages.success(request, _("The e-mail to %(to)s is on its way.") % {"to": form.cleaned_data["to"].address})
    return go_to(request, reverse("invoicing:show_invoice", args=[request.organization.slug, invoice_id]))


def _send_test(request: OrganizationRequest, invoice_id: UUID, form: EmailForm) -> HttpResponse:
    to = Recipient(EMAIL, request.user.email, str(request.user))
    key = request.POST.get("key", "")
    emails.send_test(
        request.organization, invoice_id, form.letter(), to, key=key, actor=request.actor, now=timezone.now()
    )
    messages.success(request, _("A test is on its way to %(to)s.") % {"to": to.address})
    return _page(request, invoice_id, form)


def _insert_link(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """A link to another document of the same customer, written at the end of the message."""
    organization = request.organization
    with read_only():
        invoice = _finalized(request, invoice_id)
        other = queries.get_invoice(organization, _uuid(request.POST.get("other", "")))
        if other.customer_id != invoice.customer_id or other.is_draft:
            raise Http404
    address = links.copy_link(organization, other.pk, actor=request.actor, now=timezone.now())
    typed = request.POST.copy()
    typed["body"] = f"{typed.get('body', '').rstrip()}\n\n{own_mail_text(other, address)}"
    with read_only():
        form = email_form(request, desk_of(request, invoice), typed)
        form.is_valid()
    return _page(request, invoice_id, form)


def _page(request: OrganizationRequest, invoice_id: UUID, form: EmailForm | None, *, status: int = 200) -> HttpResponse:
    with read_only():
        desk = _desk(request, invoice_id)
        shown = form if form is not None else email_form(request, desk, None)
        context = page_context(request, desk, shown) | letter_context(request, desk, shown)
        context["key"] = request.POST.get("key", "") or jobs.new_key()
        return render(request, "invoicing/send_by_email.html", context, status=status)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
