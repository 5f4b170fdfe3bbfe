"""The doors to what the network says of a customer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers import queries as customers
from foundation.htmx import go_to, swap_or_redirect, wants_fragment
from foundation.transactions import read_only
from invoicing.actions import participants
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import reaching
from tenants.permissions import OrganizationRequest, Permission, organization_view

PANEL = "invoicing/_customer_network.html"


@require_safe
@organization_view(Permission.VIEW_CUSTOMERS)
def panel_customer_network(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """Whether the customer receives EHF, as the network last said; the customer's page for a plain link."""
    context = _context(request, customer_id)
    if not wants_fragment(request):
        return go_to(request, _page(request, customer_id))
    return render(request, PANEL, context)


@require_POST
@organization_view(Permission.EDIT_CUSTOMERS)
def look_up_customer(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """Ask the network anew."""
    participants.look_up_customer(request.organization, customer_id)
    with read_only():
        return swap_or_redirect(request, PANEL, _context(request, customer_id), to=_page(request, customer_id))


@require_POST
@organization_view(Permission.EDIT_CUSTOMERS)
def choose_ehf(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """Send EHF to this customer from now on."""
    customer = participants.choose_ehf(request.organization, customer_id, actor=request.actor)
    messages.success(request, _("%(name)s receives EHF from now on") % {"name": customer.name})
    return go_to(request, _page(request, customer_id))


def _context(request: OrganizationRequest, customer_id: UUID) -> dict[str, Any]:
    organization = request.organization
    customer = customers.get_customer(organization, customer_id)
    endpoint = reaching.endpoint_of_customer(organization, customer)
    answer = sendings.last_answer(organization, endpoint) if endpoint else None
    return {
        "customer": customer,
        "endpoint": endpoint,
        "answer": answer,
        "is_old": answer is not None and answer.valid_until < timezone.now(),
        "is_asked_now": reaching.is_waiting(organization, customer.pk, participants.LOOK_UP),
        "asks_network": bool(settings.PEPPOL_SML_ZONE),
        "may_edit": request.may(Permission.EDIT_CUSTOMERS) and not customer.is_erased,
    }


def _page(request: OrganizationRequest, customer_id: UUID) -> str:
    return reverse("customers:show_customer", args=[request.organization.slug, customer_id])
