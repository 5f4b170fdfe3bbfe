"""The command palette: places, customers and documents by a few letters."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from config import queries
from config.navigation import find_places
from customers.models import Customer
from foundation.htmx import render_page_or_fragment
from foundation.text import search_words
from invoicing.listing.saved_views import list_views
from invoicing.models import Invoice
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def command_palette(request: OrganizationRequest) -> HttpResponse:
    """Where one can go from here, and what bears the typed name or number."""
    words = search_words(request.GET.get("q", ""))
    slug = request.organization.slug
    groups = [{"label": _("Go to"), "entries": find_places(slug, request.membership.role, words)}]
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
