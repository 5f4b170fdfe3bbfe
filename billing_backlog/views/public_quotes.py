"""The customer's page of a quote: read, accepted or declined behind a secret link."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing_backlog.actions import quote_answers as actions
from billing_backlog.forms.quotes import AcceptForm, DeclineForm
from billing_backlog.models import OrderConfirmation, Quote, QuoteVersion
from billing_backlog.queries import quotes as queries
from billing_backlog.quote_terms import Acceptance
from billing_backlog.views.offer_pages import customer_context, language_for
from foundation import files, limits
from foundation.errors import DomainError
from foundation.transactions import read_only
from invoicing.actions import links
from invoicing.actions.links import token_hash
from invoicing.models import PublicLink
from invoicing.public import queries as pages
from invoicing.views.public.door import TOO_MANY, cookie_name, nothing_here, sealed
from invoicing.views.public.downloads import SANDBOX
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import Organization

COOKIE_SALT = "billing_backlog.quotes.door"
COOKIE_SECONDS = 14 * 24 * 3600
GONE, INVALID, HOUR = 410, 422, 3600
ANSWERS_PER_HOUR = 20


@dataclass(frozen=True, slots=True)
class QuoteVisit:
    """A link that holds or has ended, the quote, what of it is shown, and what it became."""

    organization: Organization
    link: PublicLink
    quote: Quote
    version: QuoteVersion
    order: OrderConfirmation | None
    today: date
    now: datetime
    has_ended: bool


@require_safe
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Change the token for a cookie that opens this one page, and go to an address that holds no secret."""
    place = pages.place_of_token(token_hash(token))
    visit = None
    if place is not None:
        with organization_context(place.organization_id), read_only():
            visit = _visit(place.organization_id, place.link_id, timezone.now())
    if visit is None:
        return nothing_here(request)
    if visit.has_ended:
        return sealed(_ended(request, visit), referrer="no-referrer")
    page = reverse("public_quotes:show", args=[visit.link.pk])
    response = HttpResponseRedirect(page)
    response.set_signed_cookie(
        cookie_name(),
        f"{visit.organization.pk}:{visit.link.pk}",
        salt=COOKIE_SALT,
        max_age=COOKIE_SECONDS,
        path=page,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return sealed(response, referrer="no-referrer")


def quote_view(view: Callable[[HttpRequest, QuoteVisit], HttpResponse]) -> Callable[[HttpRequest, UUID], HttpResponse]:
    """A view of one quote behind the cookie of its link: a GET is one reading."""

    @wraps(view)
    def open_door(request: HttpRequest, link_id: UUID) -> HttpResponse:
        organization_id = _organization_of_cookie(request, link_id)
        if organization_id is None:
            return nothing_here(request)
        is_reading = request.method in {"GET", "HEAD"}
        with organization_context(organization_id), read_only() if is_reading else nullcontext():
            with read_only():
                visit = _visit(organization_id, link_id, timezone.now())
            if visit is None:
                return nothing_here(request)
            return sealed(_ended(request, visit) if visit.has_ended else view(request, visit))

    return open_door


@quote_view
@require_safe
def show(request: HttpRequest, visit: QuoteVisit) -> HttpResponse:
    """The quote as it is offered now, with what can be answered to it or what was."""
    return _page(request, visit)


@quote_view
@require_POST
def accept(request: HttpRequest, visit: QuoteVisit) -> HttpResponse:
    """Say yes to the words that were shown; sent twice it is one yes."""
    with translation.override(_language(request, visit)):
        form = AcceptForm(request.POST)
        if not form.is_valid():
            return _page(request, visit, accept_form=form, status=INVALID)
        if _is_too_often(visit):
            return _too_often(request, visit)
        acceptance = Acceptance(name=form.cleaned_data["name"], sha256=form.cleaned_data["sha256"])
        try:
            actions.accept_quote(visit.organization, visit.quote.pk, acceptance, today=visit.today, now=visit.now)
        except DomainError as refusal:
            return _refused(request, visit, refusal)
    return _back(visit, _language(request, visit))


@quote_view
@require_POST
def decline(request: HttpRequest, visit: QuoteVisit) -> HttpResponse:
    """Say no, with a reason if there is one to tell."""
    with translation.override(_language(request, visit)):
        form = DeclineForm(request.POST)
        if not form.is_valid():
            return _page(request, visit, decline_form=form, status=INVALID)
        if _is_too_often(visit):
            return _too_often(request, visit)
        said = form.cleaned_data
        try:
            actions.decline_quote(
                visit.organization,
                visit.quote.pk,
                reason=said["reason"],
                name=said["name"],
                today=visit.today,
                now=visit.now,
            )
        except DomainError as refusal:
            return _refused(request, visit, refusal)
    return _back(visit, _language(request, visit))


@quote_view
@require_POST
def note_opening(request: HttpRequest, visit: QuoteVisit) -> HttpResponse:
    """Somebody has the page before them: sent by the page itself after some seconds or the first touch."""
    links.note_opening(visit.organization, visit.link.pk, now=visit.now)
    return HttpResponse(status=204)


@quote_view
@require_safe
def download_pdf(request: HttpRequest, visit: QuoteVisit) -> HttpResponse:
    """The PDF of the order confirmation, or before there is one of the quote."""
    subject = visit.order or visit.version
    made = queries.pdf_of(visit.organization, subject.pk)
    if made is None:
        return nothing_here(request)
    kind, number = ("order", visit.order.number) if visit.order else ("quote", visit.quote.number)
    response = HttpResponse(files.load(str(visit.organization.pk), made.sha256), content_type="application/pdf")
    response.headers["Content-Disposition"] = content_disposition_header(True, f"{kind}-{number}.pdf") or "attachment"
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _visit(organization_id: UUID, link_id: UUID, now: datetime) -> QuoteVisit | None:
    link = pages.link_with_organization(organization_id, link_id)
    if link is None or link.is_revoked or link.subject_kind != queries.LINK_KIND:
        return None
    organization = link.organization
    quote = queries.find_quote(organization, link.subject_id)
    version = queries.latest_version(organization, link.subject_id)
    if quote is None or version is None:
        return None
    ends = queries.settled_at(organization, quote) + pages.life_after_settling(organization)
    order = queries.order_of(organization, quote.pk)
    return QuoteVisit(organization, link, quote, version, order, local_today(organization), now, has_ended=ends < now)


def _organization_of_cookie(request: HttpRequest, link_id: UUID) -> UUID | None:
    value = request.get_signed_cookie(cookie_name(), default=None, salt=COOKIE_SALT, max_age=COOKIE_SECONDS)
    organization_id, _colon, of_link = (value or "").partition(":")
    return UUID(organization_id) if of_link == str(link_id) else None


def _language(request: HttpRequest, visit: QuoteVisit) -> str:
    return language_for(request.POST.get("lang") or request.GET.get("lang", ""), visit.quote)


def _page(
    request: HttpRequest,
    visit: QuoteVisit,
    *,
    accept_form: AcceptForm | None = None,
    decline_form: DeclineForm | None = None,
    status: int = 200,
    refusal: str = "",
) -> HttpResponse:
    language = _language(request, visit)
    here = [visit.link.pk]
    with translation.override(language), read_only():
        context = customer_context(
            visit.organization, visit.quote, visit.version, visit.order, language=language, today=visit.today
        )
        context |= {
            "accept_form": accept_form or AcceptForm(initial={"sha256": visit.version.sha256}),
            "decline_form": decline_form or DeclineForm(),
            "is_declining": decline_form is not None,
            "refusal": refusal,
            "accept_url": reverse("public_quotes:accept", args=here),
            "decline_url": reverse("public_quotes:decline", args=here),
            "opening_url": reverse("public_quotes:note_opening", args=here),
            "language_url": reverse("public_quotes:show", args=here),
            "pdf_url": reverse("public_quotes:download_pdf", args=here) if context["has_pdf"] else "",
        }
        response = render(request, "billing_backlog/public/show_quote.html", context, status=status)
    response.headers["Content-Language"] = language
    return response


def _refused(request: HttpRequest, visit: QuoteVisit, refusal: DomainError) -> HttpResponse:
    """The page as it stands now, with why the answer was not taken above it."""
    with read_only():
        fresh = _visit(visit.organization.pk, visit.link.pk, visit.now) or visit
    return _page(request, fresh, status=INVALID, refusal=str(refusal))


def _is_too_often(visit: QuoteVisit) -> bool:
    return limits.count("quote-answers", str(visit.link.pk), seconds=HOUR) > ANSWERS_PER_HOUR


def _too_often(request: HttpRequest, visit: QuoteVisit) -> HttpResponse:
    words = _("That was a lot at once. Try again in an hour, or call the seller.")
    return _page(request, visit, status=TOO_MANY, refusal=words)


def _back(visit: QuoteVisit, language: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('public_quotes:show', args=[visit.link.pk])}?lang={language}#answer")


def _ended(request: HttpRequest, visit: QuoteVisit) -> HttpResponse:
    """The link's time is over: politely, with whom to ask."""
    with translation.override(visit.quote.language):
        context = {"quote": visit.quote, "seller": visit.organization, "contact": visit.quote.responsible}
        return render(request, "billing_backlog/public/quote_link_has_ended.html", context, status=GONE)
