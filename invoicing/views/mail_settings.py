"""The doors to how e-mail leaves: senders, the mail server, the address for returned mail, and mails kept as files."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import render_page_or_fragment, swap_or_redirect
from foundation.transactions import read_only
from invoicing.actions import senders as actions
from invoicing.dispatching import caught, reaching, senders
from invoicing.dispatching import queries as sendings
from invoicing.forms.mail_settings import MailServerForm, SenderForm
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
PAGE, STATE = "invoicing/mail_settings.html", "invoicing/_mail_server_state.html"


@require_safe
@organization_view(Permission.VIEW_SETTINGS)
def show_mail_settings(request: OrganizationRequest) -> HttpResponse:
    """Senders, server and returned mail; for HTMX only how the server stands."""
    return render_page_or_fragment(request, PAGE, STATE, _context(request))


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def add_sender(request: OrganizationRequest) -> HttpResponse:
    """Let e-mails come from another address."""
    form = SenderForm(request.POST)
    if form.is_valid():
        try:
            actions.add_sender(request.organization, values=form.cleaned_data, actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            return _done(request, _("The sender is added."))
    return _refused(request, {"sender_form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_SETTINGS)
def update_sender(request: OrganizationRequest, sender_id: UUID) -> HttpResponse:
    """Change a sender's name, address and where answers go."""
    with read_only():
        sender = senders.get_sender(request.organization, sender_id)
    form = SenderForm(request.POST or None, instance=sender)
    if request.method == "POST" and form.is_valid():
        try:
            actions.update_sender(request.organization, sender_id, values=dict(form.cleaned_data), actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            return _done(request, _("Saved"))
    with read_only():
        status = INVALID if form.is_bound else 200
        return render(request, "invoicing/update_sender.html", {"form": form, "sender": sender}, status=status)


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def choose_sender(request: OrganizationRequest, sender_id: UUID) -> HttpResponse:
    """Use this sender unless another is chosen."""
    sender = actions.choose_sender(request.organization, sender_id, actor=request.actor)
    return _done(request, _("E-mails come from %(sender)s unless another is chosen.") % {"sender": sender.address})


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def archive_sender(request: OrganizationRequest, sender_id: UUID) -> HttpResponse:
    """Take a sender out of use."""
    actions.archive_sender(request.organization, sender_id, actor=request.actor, now=timezone.now())
    return _done(request, _("The sender is out of use."))


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def update_mail_server(request: OrganizationRequest) -> HttpResponse:
    """Save the organization's own mail server."""
    with read_only():
        stored = senders.mail_server_of(request.organization)
    form = MailServerForm(request.POST, stored=stored)
    if form.is_valid():
        data = form.cleaned_data
        try:
            actions.store_mail_server(
                request.organization,
                values=form.values(),
                password=data["password"],
                version=data["version"],
                actor=request.actor,
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            return _done(request, _("Saved"))
    return _refused(request, {"server_form": form})


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def test_mail_server(request: OrganizationRequest) -> HttpResponse:
    """Have the connection tried; the page asks until the result is there."""
    actions.test_mail_server(request.organization, actor=request.actor)
    with read_only():
        return swap_or_redirect(request, STATE, _context(request), to=_address(request))


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def renew_mail_hook(request: OrganizationRequest) -> HttpResponse:
    """Make a new address for returned mail, shown on this one page and never again."""
    secret = actions.renew_mail_hook(request.organization, actor=request.actor)
    path = reverse("receive_returned_mail", args=[secret])
    with read_only():
        context = {**_context(request), "hook": f"{settings.BASE_URL.rstrip('/')}{path}"}
        response = render(request, PAGE, context)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_GET
@organization_view(Permission.SEND_INVOICES)
def list_caught_mails(request: OrganizationRequest) -> HttpResponse:
    """The e-mails that were kept as files because there is no mail server, the newest first."""
    mails = caught.list_mails(request.organization)
    return render(request, "invoicing/caught_mails.html", {"mails": mails, "most": caught.SHOWN_MAX})


@require_GET
@organization_view(Permission.SEND_INVOICES)
def show_caught_mail(request: OrganizationRequest, mail_id: UUID) -> HttpResponse:
    """One kept e-mail: who, what, and its words as plain text."""
    mail = caught.read_mail(request.organization, mail_id)
    return render(request, "invoicing/caught_mail.html", {"mail": mail})


def _context(request: OrganizationRequest) -> dict[str, Any]:
    organization = request.organization
    server = senders.mail_server_of(organization)
    return {
        "senders": senders.list_senders(organization),
        "company": senders.company_sender(organization),
        "sender_form": SenderForm(),
        "server": server,
        "server_form": MailServerForm(stored=server),
        "is_tested_now": server is not None and reaching.is_waiting(organization, server.pk, actions.TEST),
        "house_host": settings.EMAIL_HOST,
        "catches": not settings.EMAIL_HOST and (server is None or not server.is_active),
        "has_hook": bool(sendings.settings_of(organization).mail_hook_sha256),
        "reads_returned": bool(settings.MAIL_RETURN_DOMAIN),
        "may_edit": request.may(Permission.EDIT_SETTINGS),
        "may_see_mails": request.may(Permission.SEND_INVOICES),
    }


def _refused(request: OrganizationRequest, forms: dict[str, Any]) -> HttpResponse:
    with read_only():
        [form] = forms.values()
        return render(request, PAGE, {**_context(request), **forms, "form": form}, status=INVALID)


def _done(request: OrganizationRequest, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    return redirect(_address(request))


def _address(request: OrganizationRequest) -> str:
    return reverse("invoicing:show_mail_settings", args=[request.organization.slug])
