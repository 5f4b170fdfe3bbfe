"""What a browser sends from the draft's form, with defaults that make a whole draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.test import Client
from django.urls import reverse
from lxml import html

from customers.models import Customer
from invoicing.models import Invoice
from tenants.models import Organization

LINE = {
    "description": "Rådgivning",
    "quantity": "2",
    "unit_code": "HUR",
    "unit_price": "1 250,50",
    "vat_treatment": "standard",
}
HEAD = {
    "delivery_date": "2026-11-20",
    "payment_terms_days": "14",
    "currency": "NOK",
    "language": "nb",
    "buyer_reference": "PO-1",
}


def typed(lines: Sequence[Mapping[str, str]] = (LINE,), **head: str) -> dict[str, Any]:
    """The fields of the form, the lines in their order."""
    data: dict[str, Any] = {**HEAD, **head, "line": [f"k{index}" for index in range(len(lines))]}
    for index, line in enumerate(lines):
        data |= {f"k{index}-{name}": value for name, value in line.items()}
    return data


def address(name: str, organization: Organization, invoice: Invoice | None = None) -> str:
    """The path of a page of invoicing."""
    return reverse(f"invoicing:{name}", args=[organization.slug, *([invoice.pk] if invoice else [])])


def create(client: Client, organization: Organization, customer: Customer, data: Mapping[str, Any]) -> Any:
    """Send a new draft."""
    return client.post(f"{address('create_draft', organization)}?customer={customer.pk}", data)


def text_of(response: Any) -> str:
    """The page as text."""
    return str(response.content.decode())


def page_of(text: str) -> Any:
    """The page, or a fragment of it, as a tree that is asked with XPath."""
    return html.fromstring(text)


def shown_form(text: str) -> dict[str, Any]:
    """What a browser would send of the draft's form on that page if nothing were typed."""
    data: dict[str, Any] = {}
    for name, value in page_of(text).xpath("//form[@id='draft-form']")[0].form_values():
        data.setdefault(name, []).append(value or "")
    return data
