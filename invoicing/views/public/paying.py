"""Paying on the customer's page: to the provider and back, and how it went."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from foundation import limits
from foundation.errors import DomainError
from foundation.htmx import wants_fragment
from foundation.transactions import read_only
from invoicing.models import CustomerPaper, Invoice
from invoicing.public import paying
from invoicing.public.account import claims_to_pay
from invoicing.views.public.account import show_account_with_refusal
from invoicing.views.public.context import language_of
from invoicing.views.public.door import AccountVisit, Visit, account_view, any_view, link_view, nothing_here
from invoicing.views.public.page import show_with_refusal
from payments.actions import attempts
from payments.models import PaymentAttempt
from payments.online import queries as online
from tenants.audit import Actor

TRIES_PER_HOUR = 30
HOUR = 3600
PAGE, FRAGMENT = "invoicing/public/paying.html", "invoicing/public/_paying.html"
LEAVES = "go"  # in the address of a visit that is on its way to the provider


@link_view()
@require_POST
def pay(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Begin to pay what is open, and wait for the provider's page."""
    language = language_of(request.POST.get("lang", ""), visit.invoice)
    with translation.override(language):
        try:
            attempt = _begin(request, visit, language)
        except DomainError as refusal:
            return show_with_refusal(request, visit, refusal)
    return HttpResponseRedirect(f"{_address(visit, attempt.pk)}?{LEAVES}=1")


@account_view()
@require_POST
def pay_account(request: HttpRequest, visit: AccountVisit) -> HttpResponse:
    """Begin to pay everything that the customer owes in one currency."""
    language = language_of(request.POST.get("lang", ""), visit.paper)
    with translation.override(language):
        try:
            attempt = _begin(request, visit, language)
        except DomainError as refusal:
            return show_account_with_refusal(request, visit, refusal)
    return HttpResponseRedirect(f"{_address(visit, attempt.pk)}?{LEAVES}=1")


def _begin(request: HttpRequest, visit: Visit | AccountVisit, language: str) -> PaymentAttempt:
    if limits.count("payments", str(visit.link.pk), seconds=HOUR) > TRIES_PER_HOUR:
        raise paying.TooOften(paying.too_often())
    if isinstance(visit, AccountVisit):
        customer, currency = visit.paper.customer, request.POST.get("currency", "")[:3]
        with read_only():
            claims = claims_to_pay(visit.organization, customer.pk, currency)
    else:
        customer, claims = visit.invoice.customer, paying.claims_of(visit.invoice)
    if not claims:
        raise paying.NothingToPay(paying.nothing_to_pay())
    terms = attempts.CheckoutTerms(
        account_id=paying.account_id_of(request.POST.get("account", "")),
        receivable_ids=claims,
        return_path=reverse("public:show", args=[visit.link.pk]) + "paying/",
        language=language,
        saves_method="save" in request.POST,
        mandate_text=paying.mandate_text(visit.organization),
    )
    actor = Actor("customer", None, customer.name[:120])
    return attempts.begin_checkout(visit.organization, terms, actor=actor, now=visit.now)


@any_view()
@require_safe
def show_paying(request: HttpRequest, visit: Visit | AccountVisit, attempt_id: UUID) -> HttpResponse:
    """Where a payment stands: on to the provider as soon as its page is there, and afterwards what became of it."""
    attempt = paying.attempt_of(visit.organization, _subject_of(visit), attempt_id)
    if attempt is None:
        return nothing_here(request)
    is_leaving = LEAVES in request.GET
    if is_leaving and paying.may_leave(attempt):
        here = f"{_address(visit, attempt_id)}?{LEAVES}=1"
        return HttpResponseClientRedirect(here) if wants_fragment(request) else HttpResponseRedirect(attempt.address)
    return _show(request, visit, attempt, is_leaving=is_leaving)


@any_view()
@require_POST
def ask_provider(request: HttpRequest, visit: Visit | AccountVisit, attempt_id: UUID) -> HttpResponse:
    """The customer is back: have the provider asked at once."""
    with read_only():
        attempt = paying.attempt_of(visit.organization, _subject_of(visit), attempt_id)
    if attempt is None:
        return nothing_here(request)
    if limits.count("asking", str(visit.link.pk), seconds=HOUR) <= TRIES_PER_HOUR:
        attempts.look_again(visit.organization, attempt.pk)
    if not wants_fragment(request):
        return HttpResponseRedirect(_address(visit, attempt_id))
    with read_only():
        return _show(request, visit, online.get_attempt(visit.organization, attempt_id), is_leaving=False)


def _subject_of(visit: Visit | AccountVisit) -> Invoice | CustomerPaper:
    return visit.paper if isinstance(visit, AccountVisit) else visit.invoice


def _show(
    request: HttpRequest, visit: Visit | AccountVisit, attempt: PaymentAttempt, *, is_leaving: bool
) -> HttpResponse:
    """The page or its moving part; asked again each second at first, and then more slowly."""
    tick = paying.tick_of(request.GET.get("tick", "0"))
    is_account = isinstance(visit, AccountVisit)
    here = reverse("public:show_account" if is_account else "public:show", args=[visit.link.pk])
    context: dict[str, Any] = {
        "attempt": attempt,
        "invoice": None if isinstance(visit, AccountVisit) else visit.invoice,
        "seller": visit.organization.name,
        "standing": paying.standing_of(attempt, is_leaving=is_leaving, tick=tick),
        "is_leaving": is_leaving,
        "tick": tick + 1,
        "pause": paying.pause_after(tick),
        "paying_url": _address(visit, attempt.pk),
        "ask_url": reverse("public:ask_provider", args=[visit.link.pk, attempt.pk]),
        "invoice_url": f"{here}?lang={attempt.language}",
        "pdf_url": "" if is_account else reverse("public:download_pdf", args=[visit.link.pk]),
        "go_url": f"{_address(visit, attempt.pk)}?{LEAVES}=1",
    }
    with translation.override(attempt.language):
        response = render(request, FRAGMENT if wants_fragment(request) else PAGE, context)
    response.headers["Content-Language"] = attempt.language
    patch_vary_headers(response, ["HX-Request"])
    return response


def _address(visit: Visit | AccountVisit, attempt_id: UUID) -> str:
    return reverse("public:show_paying", args=[visit.link.pk, attempt_id])
