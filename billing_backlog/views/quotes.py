"""The doors to quotes: the list, the form, and the page of one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing_backlog.actions import quotes as actions
from billing_backlog.forms.quotes import AcceptedForm, QuoteSheet, SendForm, WithdrawForm
from billing_backlog.models import Quote, QuoteState
from billing_backlog.queries import quotes as queries
from billing_backlog.queries.documents import WorkDocument, documents_of, documents_with
from billing_backlog.queries.figures import Subject
from billing_backlog.quoting.composing import paper_of
from billing_backlog.quoting.printing import page_for
from billing_backlog.views.offer_pages import customer_context, language_for, paper_context
from billing_backlog.views.quote_form import sheet_of, sheet_page
from customers.queries import get_customer
from customers.units import unit_word
from foundation.errors import DomainError
from foundation.htmx import render_page_or_fragment
from foundation.ids import uuid_of
from foundation.keyset import Key, page_of
from foundation.templatetags.formatting import language_of_page
from foundation.text import search_words
from foundation.transactions import read_only
from invoicing.drafting.surroundings import surroundings
from tenants import queries as tenants
from tenants.audit_words import line_of
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

NUMBER_ORDER = (Key("number", int, is_descending=True), Key("id", UUID, is_descending=True))
HISTORY_MAX = 50
PANEL_MAX = 10


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def list_quotes(request: OrganizationRequest) -> HttpResponse:
    """Quotes by number, title or customer, and what those in each state come to."""
    organization, today = request.organization, local_today(request.organization)
    words, state = search_words(request.GET.get("q", "")), request.GET.get("state", "")
    found = queries.quotes_in(organization, state, today=today, words=words)
    page = page_of(found, NUMBER_ORDER, request.GET)
    context = {
        "quotes": [(quote, quote.state_on(today)) for quote in page.rows],
        "pagination": page.pagination({"q": words, "state": state}, target="#quotes"),
        "sums": queries.sums_by_state(organization, today=today),
        "words": words,
        "state": state if state in QuoteState.values else "",
        "tab": "quotes",
        "may_edit": request.may(Permission.EDIT_DRAFTS),
    }
    return render_page_or_fragment(request, "billing_backlog/list_quotes.html", "billing_backlog/_quotes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_DRAFTS)
def create_quote(request: OrganizationRequest) -> HttpResponse:
    """A new quote, empty, for a customer or as a copy; stored once, however often its form is sent."""
    with read_only():
        sheet = sheet_of(request, None)
        if not _is_sent(request, sheet):
            return sheet_page(request, sheet, None)
    today = local_today(request.organization)
    try:
        quote = actions.create_quote(
            request.organization,
            sheet.terms(),
            actor=request.actor,
            today=today,
            now=timezone.now(),
            quote_id=_new_id(request),
        )
    except DomainError as refusal:
        sheet.show(refusal)
        return sheet_page(request, sheet, None)
    messages.success(request, _("Quote %(number)s is saved") % {"number": quote.number})
    return HttpResponseRedirect(address_of(request, quote.pk))


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_DRAFTS)
def update_quote(request: OrganizationRequest, quote_id: UUID) -> HttpResponse:
    """Change a quote that nobody has answered; a save on an older version is refused and keeps what was typed."""
    with read_only():
        quote = queries.get_quote(request.organization, quote_id)
        if request.method != "POST" and not quote.is_open:
            return redirect(address_of(request, quote_id))
        sheet = sheet_of(request, quote)
        if not _is_sent(request, sheet):
            return sheet_page(request, sheet, quote)
    try:
        _store(request, quote_id, sheet)
    except DomainError as refusal:
        sheet.show(refusal)
        return sheet_page(request, sheet, quote)
    if quote.sent_at is not None:
        messages.success(request, _("Saved. The customer's page shows the change; send the quote again to tell of it."))
    else:
        messages.success(request, _("Saved"))
    return HttpResponseRedirect(address_of(request, quote_id))


def _store(request: OrganizationRequest, quote_id: UUID, sheet: QuoteSheet) -> None:
    actions.update_quote(
        request.organization,
        quote_id,
        sheet.terms(),
        version=sheet.head.cleaned_data.get("version") or 0,
        actor=request.actor,
        today=local_today(request.organization),
        now=timezone.now(),
    )


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def delete_quote(request: OrganizationRequest, quote_id: UUID) -> HttpResponse:
    """Remove a quote that was not sent."""
    try:
        actions.delete_quote(request.organization, quote_id, actor=request.actor)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect(address_of(request, quote_id))
    messages.success(request, _("The quote is deleted"))
    return redirect("billing_backlog:list_quotes", request.organization.slug)


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def show_quote(request: OrganizationRequest, quote_id: UUID) -> HttpResponse:
    """What is offered, how it stands, what became of it, and all that was done with it."""
    return quote_page(request, queries.get_quote(request.organization, quote_id))


def quote_page(request: OrganizationRequest, quote: Quote, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page of a quote; with a form that was refused it stands open."""
    organization, today = request.organization, local_today(request.organization)
    order = queries.order_of(organization, quote.pk)
    history = tenants.list_history(organization, subject_id=quote.pk)[:HISTORY_MAX]
    context = {
        "quote": quote,
        "state": quote.state_on(today),
        "lines": [
            (line, unit_word(line.unit_code, line.quantity, language_of_page()))
            for line in queries.lines_of(organization, quote)
        ],
        "versions": queries.versions_of(organization, quote),
        "mails": queries.mails_of(organization, quote.pk),
        "links": queries.links_of(organization, quote.pk),
        "order": order,
        "documents": documents_of_order(request, order),
        "history": [line_of(entry) for entry in history],
        "send_form": SendForm(initial={"recipient": quote.contact_email or quote.customer.email}),
        "accepted_form": AcceptedForm(initial={"name": quote.contact_name}),
        "withdraw_form": WithdrawForm(),
        "may_edit": request.may(Permission.EDIT_DRAFTS),
        "may_send": request.may(Permission.SEND_INVOICES),
        "may_contract": request.may(Permission.EDIT_CONTRACTS),
        "address": "",
        **more,
    }
    return render(request, "billing_backlog/show_quote.html", context, status=status)


def documents_of_order(request: OrganizationRequest, order: Any) -> list[WorkDocument]:
    """The invoices that bill an order, directly or under its contract, each with how it stands."""
    if order is None:
        return []
    organization, today = request.organization, local_today(request.organization)
    if order.contract_id is not None:
        return documents_of(organization, Subject.CONTRACT, order.contract_id, today=today)
    draft = queries.drafts_of(organization, [order.pk]).get(order.pk)
    return documents_with(organization, {draft.invoice_id: order.net_amount}, today=today) if draft else []


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def show_customer_quote(request: OrganizationRequest, quote_id: UUID) -> HttpResponse:
    """The page as the customer sees it, or will; nobody's visit is counted and nothing can be answered."""
    organization, today = request.organization, local_today(request.organization)
    quote = queries.get_quote(organization, quote_id)
    language = language_for(request.GET.get("lang", ""), quote)
    version, order = queries.latest_version(organization, quote.pk), queries.order_of(organization, quote.pk)
    with translation.override(language):
        if version is not None:
            context = customer_context(organization, quote, version, order, language=language, today=today)
        else:
            around = surroundings(organization, currencies=[quote.currency], today=today)
            lines = queries.lines_of(organization, quote)
            paper = paper_of(organization, quote, lines, around, version=1)
            page = page_for(paper, quote.created_at, language)
            context = paper_context(organization, quote, page, today=today)
        context |= {"is_ours": True, "language_url": request.path, "pdf_url": ""}
        response = render(request, "billing_backlog/public/show_quote.html", context)
    response.headers["Content-Language"] = language
    return response


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def panel_customer_quotes(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """A customer's newest quotes, for the customer's page."""
    organization, today = request.organization, local_today(request.organization)
    customer = get_customer(organization, customer_id)
    found = queries.quotes_of_customer(organization, customer.pk, PANEL_MAX)
    context = {
        "quotes": [(quote, quote.state_on(today)) for quote in found],
        "customer": customer,
        "may_edit": request.may(Permission.EDIT_DRAFTS),
    }
    return render(request, "billing_backlog/_panel_quotes.html", context)


def address_of(request: OrganizationRequest, quote_id: UUID) -> str:
    """The quote's page."""
    return reverse("billing_backlog:show_quote", args=[request.organization.slug, quote_id])


def _is_sent(request: OrganizationRequest, sheet: QuoteSheet) -> bool:
    """Whether the form was sent to be saved and can be read; a row is added without."""
    if request.method != "POST":
        return False
    if request.POST.get("add"):
        sheet.add()
        return False
    return sheet.is_valid()


def _new_id(request: OrganizationRequest) -> UUID | None:
    """The id of the quote that a form makes: the same each time it is sent, and nobody can choose it."""
    key = request.POST.get("key", "")
    digits = key[1:13]
    if len(key) != 33 or not all(character in "0123456789abcdef" for character in key[1:]):
        return None
    said = f"{request.organization.pk}:{request.user.pk}:{key}"
    return uuid_of(bytes.fromhex(digits), salted_hmac("id of a quote", said, algorithm="sha256").digest())
