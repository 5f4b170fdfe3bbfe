"""The door of a customer's page: a secret token in, a cookie for this one page out, and one answer for all others."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from foundation import limits
from foundation.transactions import read_only
from invoicing import queries
from invoicing.actions.links import ask_for_new_link, token_hash
from invoicing.models import CustomerPaper, Invoice, PublicLink
from invoicing.papers import queries as papers
from invoicing.public import queries as pages
from invoicing.public.queries import LinkPlace
from payments import queries as ledger
from payments.queries import Claim
from tenants.context import organization_context
from tenants.models import Organization

COOKIE_SALT = "invoicing.public.door"
COOKIE_SECONDS = 14 * 24 * 3600
MISSES_PER_MINUTE = 20
GONE, NOT_FOUND, TOO_MANY = 410, 404, 429
MISSES = "link-misses"
NEW_LINKS, NEW_LINKS_PER_HOUR = "new-links-of", 20


@dataclass(frozen=True, slots=True)
class Visit:
    """A link that holds or has ended, its document, and how the claim stands."""

    organization: Organization
    link: PublicLink
    invoice: Invoice
    claim: Claim | None
    now: datetime
    has_ended: bool


@dataclass(frozen=True, slots=True)
class AccountVisit:
    """A link to a customer's account that holds or has ended, and the statement that it came with."""

    organization: Organization
    link: PublicLink
    paper: CustomerPaper
    now: datetime
    has_ended: bool


P = ParamSpec("P")
V = TypeVar("V", Visit, AccountVisit, Visit | AccountVisit)
PageView = Callable[Concatenate[HttpRequest, V, P], HttpResponse]
Find = Callable[[UUID, UUID, datetime], V | None]


@csrf_exempt  # a form that is the same for everybody, and can do no more than mail the known address, once a day
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Change the token for a cookie that opens this one page, and go to an address that holds no secret.

    A token that is unknown, taken back or over gets one and the same answer; sent from there, a new link is asked for.
    """
    place = pages.place_of_token(token_hash(token))
    visit = _visit_at(place, timezone.now()) if place is not None else None
    if request.method == "POST":
        return _new_link_asked(request, visit)
    if place is None or visit is None or visit.has_ended:
        return nothing_here(request, may_ask=True)
    page = "public:show" if isinstance(visit, Visit) else "public:show_account"
    response = HttpResponseRedirect(reverse(page, args=[place.link_id]))
    response.set_signed_cookie(
        cookie_name(),
        f"{place.organization_id}:{place.link_id}",
        salt=COOKIE_SALT,
        max_age=COOKIE_SECONDS,
        path=reverse("public:show", args=[place.link_id]),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return sealed(response, referrer="no-referrer")


def _visit_at(place: LinkPlace, now: datetime) -> Visit | AccountVisit | None:
    with organization_context(place.organization_id), read_only():
        return _any_visit(place.organization_id, place.link_id, now)


def _new_link_asked(request: HttpRequest, visit: Visit | AccountVisit | None) -> HttpResponse:
    """The same answer for everybody; a new link is mailed where one has ended and an address is known."""
    count = limits.count(NEW_LINKS, client_of(request), seconds=3600)
    if visit is not None and visit.has_ended and count <= NEW_LINKS_PER_HOUR:
        with organization_context(visit.organization.pk):
            ask_for_new_link(visit.organization, visit.link.pk, now=visit.now)
    return sealed(render(request, "invoicing/public/new_link_asked.html"), referrer="no-referrer")


def link_view() -> Callable[[PageView[Visit, P]], Callable[..., HttpResponse]]:
    """A view of one document behind the cookie of its link: a GET is one reading."""
    return _door(_visit, opens_ended=False)


def account_view() -> Callable[[PageView[AccountVisit, P]], Callable[..., HttpResponse]]:
    """A view of a customer's account behind the cookie of its link."""
    return _door(_account_visit, opens_ended=False)


def any_view(
    *, opens_ended: bool = False
) -> Callable[[PageView[Visit | AccountVisit, P]], Callable[..., HttpResponse]]:
    """A view behind either; a link that has ended shows how to get another, unless the view opens it too."""
    return _door(_any_visit, opens_ended=opens_ended)


def _door(find: Find[V], *, opens_ended: bool) -> Callable[[PageView[V, P]], Callable[..., HttpResponse]]:
    def decorate(view: PageView[V, P]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def open_door(request: HttpRequest, link_id: UUID, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            organization_id = _organization_of_cookie(request, link_id)
            if organization_id is None:
                return nothing_here(request)
            is_reading = request.method in {"GET", "HEAD"}
            with organization_context(organization_id), read_only() if is_reading else nullcontext():
                with read_only():
                    visit = find(organization_id, link_id, timezone.now())
                if visit is None:
                    return nothing_here(request)
                if visit.has_ended and not opens_ended:
                    return sealed(_ended(request, link_id))
                return sealed(view(request, visit, *args, **kwargs))

        return open_door

    return decorate


def _ended(request: HttpRequest, link_id: UUID) -> HttpResponse:
    return render(request, "invoicing/public/link_has_ended.html", {"link_id": link_id}, status=GONE)


def _visit(organization_id: UUID, link_id: UUID, now: datetime) -> Visit | None:
    link = pages.link_with_organization(organization_id, link_id)
    if link is None or link.is_revoked:
        return None
    organization = link.organization
    invoice = queries.find_invoice(organization, link.subject_id)
    if invoice is None:
        return None
    claim = ledger.claim_of(organization.pk, invoice.receivable_id) if invoice.receivable_id else None
    end = pages.end_of_link(organization, link, claim.settled_at if claim else None)
    return Visit(organization, link, invoice, claim, now, has_ended=end is not None and end < now)


def _account_visit(organization_id: UUID, link_id: UUID, now: datetime) -> AccountVisit | None:
    link = pages.link_with_organization(organization_id, link_id)
    if link is None or link.is_revoked or link.subject_kind not in papers.WITH_PAGE:
        return None
    organization = link.organization
    paper = papers.find_paper(organization, link.subject_id)
    if paper is None:
        return None
    return AccountVisit(organization, link, paper, now, has_ended=link.expires_at is None or link.expires_at < now)


def _any_visit(organization_id: UUID, link_id: UUID, now: datetime) -> Visit | AccountVisit | None:
    return _visit(organization_id, link_id, now) or _account_visit(organization_id, link_id, now)


def _organization_of_cookie(request: HttpRequest, link_id: UUID) -> UUID | None:
    value = request.get_signed_cookie(cookie_name(), default=None, salt=COOKIE_SALT, max_age=COOKIE_SECONDS)
    organization_id, _colon, of_link = (value or "").partition(":")
    return UUID(organization_id) if of_link == str(link_id) else None


def nothing_here(request: HttpRequest, *, may_ask: bool = False) -> HttpResponse:
    """The one answer for a token or a page that never was, was taken back, has ended, or is somebody else's."""
    status = TOO_MANY if limits.count(MISSES, client_of(request), seconds=60) > MISSES_PER_MINUTE else NOT_FOUND
    context = {"is_too_often": status == TOO_MANY, "may_ask": may_ask}
    response = render(request, "invoicing/public/nothing_here.html", context, status=status)
    if status == TOO_MANY:
        response.headers["Retry-After"] = "60"
    return sealed(response, referrer="no-referrer")


def sealed(response: HttpResponse, *, referrer: str = "same-origin") -> HttpResponse:
    """The headers of a page that only one reader should see: kept by nobody, found by nobody.

    Pages with forms tell our own origin, and nobody else, where one comes from: under no-referrer browsers send
    `Origin: null`, and the check against forged forms fails. No secret stands in their address.
    """
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = referrer
    return response


def client_of(request: HttpRequest) -> str:
    """Whom to count for: the address as sign-in counts it."""
    try:
        return limits.subscriber_of(get_adapter().get_client_ip(request))
    except PermissionDenied:  # a proxy that tells no address
        return "unknown"


def cookie_name() -> str:
    """__Secure- where cookies are; __Host- would open the cookie to every path."""
    return "__Secure-link" if settings.SESSION_COOKIE_SECURE else "link"
