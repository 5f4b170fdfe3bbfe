"""What is done with a quote: sent, linked to, answered elsewhere, withdrawn."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing_backlog.actions import quote_answers, quotes
from billing_backlog.actions.offer_mails import address_of as page_address
from billing_backlog.forms.quotes import AcceptedForm, SendForm, WithdrawForm
from billing_backlog.queries import quotes as queries
from billing_backlog.views.quotes import address_of, quote_page
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.transactions import read_only
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@require_POST
@organization_view(Permission.SEND_INVOICES)
def send_quote(request: OrganizationRequest, quote_id: UUID) -> HttpResponse:
    """Mail the quote, for the first time or again."""
    form = SendForm(request.POST)
    if form.is_valid():
        try:
            quotes.send_quote(
                request.organization,
                quote_id,
                recipient=form.cleaned_data["recipient"],
                message=form.cleaned_data["message"],
                actor=request.actor,
                today=local_today(request.organization),
                now=timezone.now(),
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The quote is on its way to %(to)s") % {"to": form.cleaned_data["recipient"]})
            return redirect(address_of(request, quote_id))
    with read_only():
        quote = queries.get_quote(request.organization, quote_id)
        return quote_page(request, quote, status=INVALID, send_form=form, at="send")


@require_POST
@organization_view(Permission.SEND_INVOICES)
def copy_quote_link(request: OrganizationRequest, quote_id: UUID) -> HttpResponse:
    """A new link to pass on by hand: shown this once, and never again."""
    today, now = local_today(request.organization), timezone.now()
    try:
        token = quotes.copy_quote_link(request.organization, quote_id, actor=request.actor, today=today, now=now)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect(address_of(request, quote_id))
    with read_only():
        quote = queries.get_quote(request.organization, quote_id)
        response = quote_page(request, quote, address=page_address(token))
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def enter_acceptance(request: OrganizationRequest, quote_id: UUID) -> HttpResponse:
    """Write down a yes that came by telephone, by mail or on paper."""
    form = AcceptedForm(request.POST)
    if form.is_valid():
        try:
            order = quote_answers.enter_acceptance(
                request.organization,
                quote_id,
                name=form.cleaned_data["name"],
                note=form.cleaned_data["note"],
                actor=request.actor,
                today=local_today(request.organization),
                now=timezone.now(),
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The quote is accepted, and order %(number)s made") % {"number": order.number})
            return redirect(address_of(request, quote_id))
    with read_only():
        quote = queries.get_quote(request.organization, quote_id)
        return quote_page(request, quote, status=INVALID, accepted_form=form, at="accepted")


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def withdraw_quote(request: OrganizationRequest, quote_id: UUID) -> HttpResponse:
    """Take the quote back."""
    form = WithdrawForm(request.POST)
    if form.is_valid():
        reason, now = form.cleaned_data["reason"], timezone.now()
        try:
            quotes.withdraw_quote(request.organization, quote_id, reason=reason, actor=request.actor, now=now)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The quote is withdrawn. Whoever opens its page is told so."))
            return redirect(address_of(request, quote_id))
    with read_only():
        quote = queries.get_quote(request.organization, quote_id)
        return quote_page(request, quote, status=INVALID, withdraw_form=form, at="withdraw")
