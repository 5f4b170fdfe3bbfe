"""The customer's account page: all that is open today, each invoice of it, and the statement as a file."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_POST, require_safe

from foundation import limits
from foundation.errors import DomainError
from foundation.transactions import read_only
from invoicing import queries
from invoicing.actions.links import make_link
from invoicing.papers import queries as papers
from invoicing.public.account import account_page
from invoicing.public.paying import mandate_text
from invoicing.views.papers import file_of
from invoicing.views.public.context import language_of
from invoicing.views.public.door import AccountVisit, account_view, nothing_here
from tenants.audit import Actor
from tenants.clock import local_today

INVALID = 422
HOUR = 3600
OPENED_PER_HOUR = 60


@account_view()
@require_safe
def show_account(request: HttpRequest, visit: AccountVisit) -> HttpResponse:
    """Everything that is open on the day the page is seen, and how to pay it."""
    return _page(request, visit)


@account_view()
@require_POST
def open_invoice(request: HttpRequest, visit: AccountVisit, invoice_id: UUID) -> HttpResponse:
    """Give the visitor a link of its own to one of the account's invoices, and go there."""
    organization = visit.organization
    with read_only():
        invoice = queries.find_invoice(organization, invoice_id)
    if invoice is None or invoice.is_draft or invoice.customer_id != visit.paper.customer_id:
        return nothing_here(request)
    if limits.count("account-links", str(visit.link.pk), seconds=HOUR) > OPENED_PER_HOUR:
        return nothing_here(request)
    actor = Actor("customer", None, visit.paper.customer.name[:120])
    address = make_link(organization, invoice.pk, recipient=visit.link.recipient, actor=actor, now=visit.now)
    return HttpResponseRedirect(urlsplit(address).path)  # wherever the visitor came in


@account_view()
@require_safe
def download_statement(request: HttpRequest, visit: AccountVisit) -> HttpResponse:
    """The statement that the link came with, as it was made once."""
    return file_of(visit.organization, visit.paper) or nothing_here(request)


def show_account_with_refusal(request: HttpRequest, visit: AccountVisit, refusal: DomainError) -> HttpResponse:
    """The page with why something could not be done above it."""
    return _page(request, visit, status=INVALID, refusal=str(refusal))


def _page(request: HttpRequest, visit: AccountVisit, *, status: int = 200, refusal: str = "") -> HttpResponse:
    language = language_of(request.POST.get("lang") or request.GET.get("lang", ""), visit.paper)
    link_id = visit.link.pk
    with translation.override(language), read_only():
        context: dict[str, Any] = {
            "page": account_page(visit.organization, visit.paper, local_today(visit.organization), language),
            "paper": visit.paper,
            "link_id": link_id,
            "has_pdf": papers.file_of(visit.organization, visit.paper.pk) is not None,
            "refusal": refusal,
            "mandate_text": mandate_text(visit.organization),
            "languages": settings.DOCUMENT_LANGUAGES,
            "page_language": language,
            "opening_url": reverse("public:note_opening", args=[link_id]),
            "language_url": reverse("public:show_account", args=[link_id]),
        }
        response = render(request, "invoicing/public/account.html", context, status=status)
    response.headers["Content-Language"] = language
    return response
