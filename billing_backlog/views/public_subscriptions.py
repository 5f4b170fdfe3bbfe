"""The customer's door to what its subscriptions charge today and next (M-118)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from billing_backlog.queries import subscriptions as queries
from billing_backlog.subscriptions import outlook
from foundation.htmx import wants_fragment
from invoicing.views.public.context import language_of
from invoicing.views.public.door import Visit, link_view
from tenants.clock import local_today


@link_view()
@require_safe
def panel_coming_charges(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What this invoice charges of each subscription, and the next charges as far as they are known today."""
    organization, today = visit.organization, local_today(visit.organization)
    language = language_of(request.GET.get("lang", ""), visit.invoice)
    told = []
    for subscription in queries.subscriptions_of_invoice(organization, visit.invoice.pk):
        whole = queries.whole_subscription(organization, subscription)
        standing_here = queries.invoices_of_items(organization, [item.pk for item in whole.items])
        here = [
            item for item in whole.items if visit.invoice.pk in {each.pk for each in standing_here.get(item.pk, [])}
        ]
        told.append((subscription, here, outlook(whole.terms, whole.charged, today)))
    template = "_coming_charges.html" if wants_fragment(request) else "coming_charges.html"
    with translation.override(language):
        context = {"told": told, "link_id": visit.link.pk, "page_language": language}
        response = render(request, f"billing_backlog/public/{template}", context)
    response.headers["Content-Language"] = language
    return response
