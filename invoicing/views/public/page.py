"""The customer's page of one document: seen, answered, and asked for anew."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation import limits
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.ids import uuid7
from foundation.transactions import read_only
from invoicing.actions import enquiries, links
from invoicing.forms.enquiries import EnquiryForm
from invoicing.public import queries as pages
from invoicing.views.public.context import language_of, page_context
from invoicing.views.public.door import TOO_MANY, AccountVisit, Visit, any_view, link_view
from tenants import queries as tenants
from tenants.clock import local_today

INVALID = 422
SAID_PER_HOUR = 10
ASKED_PER_HOUR = 5
HOUR = 3600
# Programs that press links to see whether they are safe, or to draw a preview of them.
PROGRAMS = re.compile(
    r"bot\b|crawl|spider|scan|preview|headless|facebookexternal|whatsapp|slack|barracuda|mimecast|proofpoint|safelinks"
    r"|curl|wget|python|java/|go-http|okhttp",
    re.IGNORECASE,
)


@link_view()
@require_safe
def show(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The document, what is left to pay and how, and what was said about it here."""
    return _page(request, visit)


@link_view()
@require_POST
def say(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask, dispute, tell or wish something; the answer is the page that says what happens next."""
    language = language_of(request.POST.get("lang", ""), visit.invoice)
    with translation.override(language), read_only():
        form = EnquiryForm(request.POST, invoice=visit.invoice, today=local_today(visit.organization))
        is_valid = form.is_valid()
    if not is_valid:
        return _page(request, visit, form, status=INVALID)
    if limits.count("enquiries", str(visit.link.pk), seconds=HOUR) > SAID_PER_HOUR:
        form.add_error(None, _("That was a lot at once. Try again in an hour, or call the seller."))
        return _page(request, visit, form, status=TOO_MANY)
    try:
        with translation.override(language):
            enquiries.make_enquiry(visit.organization, visit.link.pk, form.said(), key=form.form_key(), now=visit.now)
    except DomainError as refusal:
        show_refusal(form, refusal)
        return _page(request, visit, form, status=INVALID)
    return HttpResponseRedirect(f"{reverse('public:show', args=[visit.link.pk])}?lang={language}#said")


@any_view()
@require_POST
def note_opening(request: HttpRequest, visit: Visit | AccountVisit) -> HttpResponse:
    """Somebody has the page before them: sent by the page itself after some seconds or the first touch."""
    if not _is_program(request) and not _is_ours(request, visit):
        links.note_opening(visit.organization, visit.link.pk, now=visit.now)
    return HttpResponse(status=204)


@any_view(opens_ended=True)
@require_POST
def ask_for_new_link(request: HttpRequest, visit: Visit | AccountVisit) -> HttpResponse:
    """Have a new link mailed to the address that the seller knows; the answer is the same whether there is one."""
    if visit.has_ended and limits.count("new-links", str(visit.link.pk), seconds=HOUR) <= ASKED_PER_HOUR:
        links.ask_for_new_link(visit.organization, visit.link.pk, now=visit.now)
    return render(request, "invoicing/public/new_link_asked.html")


def show_with_refusal(request: HttpRequest, visit: Visit, refusal: DomainError) -> HttpResponse:
    """The page with why something could not be done above it."""
    return _page(request, visit, status=INVALID, refusal=str(refusal))


def _page(
    request: HttpRequest, visit: Visit, form: EnquiryForm | None = None, *, status: int = 200, refusal: str = ""
) -> HttpResponse:
    wanted = request.POST.get("lang") or request.GET.get("lang", "")
    language = language_of(wanted, visit.invoice)
    with translation.override(language), read_only():
        context = page_context(visit.organization, visit.invoice, visit.claim)
        context |= _addresses(visit.link.pk, context["page"].files)
        today = context["page"].today
        context |= {
            "form": form or EnquiryForm(invoice=visit.invoice, today=today, initial={"key": uuid7()}),
            "said": pages.enquiries_of_link(visit.organization, visit.link.pk),
            "is_form_open": form is not None,
            "refusal": refusal,
        }
        response = render(request, "invoicing/public/show.html", context, status=status)
    response.headers["Content-Language"] = language
    return response


def _addresses(link_id: UUID, files: Any) -> dict[str, Any]:
    return {
        "pdf_url": reverse("public:download_pdf", args=[link_id]),
        "ehf_url": reverse("public:download_ehf", args=[link_id]),
        "file_rows": [
            (file, reverse("public:download_file", args=[link_id, place])) for place, file in enumerate(files)
        ],
        "say_url": reverse("public:say", args=[link_id]),
        "pay_url": reverse("public:pay", args=[link_id]),
        "opening_url": reverse("public:note_opening", args=[link_id]),
        "language_url": reverse("public:show", args=[link_id]),
        "charges_link": link_id,
    }


def _is_program(request: HttpRequest) -> bool:
    agent = request.headers.get("User-Agent", "")
    return not agent or PROGRAMS.search(agent) is not None


def _is_ours(request: HttpRequest, visit: Visit | AccountVisit) -> bool:
    """Whether the seller's own people look: their visits are not the customer's."""
    user = request.user
    if not user.is_authenticated:
        return False
    return any(place.organization_id == visit.organization.pk for place in tenants.memberships_of(user.pk))
