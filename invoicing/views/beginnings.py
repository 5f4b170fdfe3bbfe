"""Where a new draft was asked for: the page, and the person or customer that it was asked for from."""

from __future__ import annotations

from uuid import UUID

from customers import queries as customers
from customers.models import Contact, Customer
from foundation.text import clean_line
from invoicing.actions.beginnings import Beginning
from tenants.permissions import OrganizationRequest

ORIGINS = frozenset({"overview", "list", "customer", "contact"})  # pages with a button for a new draft


def origin_asked(request: OrganizationRequest) -> str:
    """The page on which somebody asked for a new draft; empty for an address of their own."""
    origin = request.GET.get("from", "")
    return origin if origin in ORIGINS else ""


def asked_query(request: OrganizationRequest, customer: Customer) -> dict[str, str]:
    """What an address of a new draft carries on: for whom it is, and where it was asked for."""
    origin, contact = origin_asked(request), contact_asked(request, customer)
    told = {"customer": str(customer.pk), "from": origin, "of": str(contact.pk) if contact else ""}
    return {name: value for name, value in told.items() if value}


def contact_asked(request: OrganizationRequest, customer: Customer) -> Contact | None:
    """The customer's person whom the draft was asked for from, where it was begun there."""
    if origin_asked(request) != "contact":
        return None
    try:
        wanted = UUID(request.GET.get("of", ""))
    except ValueError:
        return None
    return customers.find_contact(request.organization, customer.pk, wanted)


def beginning_asked(request: OrganizationRequest, customer: Customer, invoice_id: UUID | None) -> Beginning:
    """What the trail of a new draft tells of where it was asked for."""
    origin = origin_asked(request)
    if origin == "customer":
        return Beginning(invoice_id=invoice_id, origin=origin, origin_id=customer.pk, origin_name=customer.name)
    contact = contact_asked(request, customer)
    if contact is not None:
        name = clean_line(contact.name)
        return Beginning(invoice_id=invoice_id, origin=origin, origin_id=contact.customer_id, origin_name=name)
    return Beginning(invoice_id=invoice_id, origin=origin)
