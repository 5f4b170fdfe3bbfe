"""The command palette: places, customers and documents by a few letters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from config import queries
from config.navigation import find_places
from config.settings_places import settings_groups
from customers.models import Customer
from foundation.htmx import render_page_or_fragment
from foundation.text import search_words
from invoicing.listing.saved_views import list_views
from invoicing.models import Invoice
from invoicing.queries import invoices_by_id
from invoicing.recent import recent_ids
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def command_palette(request: OrganizationRequest) -> HttpResponse:
    """Where one can go from here, and what bears the typed name or number."""
    words = search_words(request.GET.get("q", ""))
    slug = request.organization.slug
    places = _places(slug, request.membership.role, words)
    groups = [
        {"label": _("Recently opened"), "entries": [_document(slug, document) for document in _recent(request, words)]}
    ]
    groups.append({"label": _("Go to"), "entries": places})
    if words:
        groups.append({"label": _("Views"), "entries": _views(request, words)})
        documents = queries.find_documents(request.organization, words)
        customers = queries.find_customers(request.organization, words)
        groups += [
            {"label": _("Documents"), "entries": [_document(slug, document) for document in documents]},
            {"label": _("Customers"), "entries": [_customer(slug, customer) for customer in customers]},
        ]
    context = {"groups": [group for group in groups if group["entries"]], "query": words}
    return render_page_or_fragment(request, "command_palette.html", "_palette_results.html", context)


def _places(slug: str, role: str, words: str) -> list[dict[str, Any]]:
    """Every place whose name holds the words, and after them the pages of the settings that are no such place."""
    places = find_places(slug, role, words)
    known = {place["url"] for place in places}
    pages = [page for group in settings_groups(slug, role, "") for page in group["pages"]]
    return places + [
        {"label": page["label"], "url": page["url"], "icon": "tune", "note": "", "key": ""}
        for page in pages
        if page["url"] not in known and words.casefold() in str(page["label"]).casefold()
    ]


def _recent(request: OrganizationRequest, words: str) -> Iterable[Invoice]:
    """What this person opened last, before anything is typed; a search finds documents by itself."""
    ids = [] if words else recent_ids(request.session, request.organization.pk)
    found = invoices_by_id(request.organization, ids) if ids else {}
    return [found[opened] for opened in ids if opened in found]


def _views(request: OrganizationRequest, words: str) -> list[dict[str, Any]]:
    """The saved views of the list that bear the name."""
    address = reverse("invoicing:list_invoices", args=[request.organization.slug])
    return [
        {"label": view.name, "url": f"{address}?view={view.pk}", "icon": "invoice", "note": ""}
        for view in list_views(request.organization, request.user.pk)
        if words.casefold() in view.name.casefold()
    ][: queries.FOUND_MAX]


def _document(slug: str, document: Invoice) -> dict[str, Any]:
    number = str(document.number or _("Draft"))
    try:
        url = reverse("invoicing:show_invoice", args=[slug, document.pk])
    except NoReverseMatch:
        url = reverse("overview", args=[slug])
    return {"label": f"{number} {document.customer.name}", "url": url, "icon": "invoice", "note": ""}


def _customer(slug: str, customer: Customer) -> dict[str, Any]:
    url = reverse("customers:show_customer", args=[slug, customer.pk])
    return {"label": customer.name, "url": url, "icon": "user", "note": str(customer.number)}
