"""Customers and products as they were at a chosen moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Field
from django.http import HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from customers import queries
from customers.channels import Channel
from customers.models import Customer, Product
from tenants import queries as tenants
from tenants.models import Organization
from tenants.permissions import OrganizationRequest, Permission, organization_view
from tenants.views.as_of import Part, Parts, Record, as_of_page


@require_safe
@organization_view(Permission.VIEW_CUSTOMERS)
def show_customer_as_of(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """A customer as it was, with the properties of the organization's own by their names."""
    customer = queries.get_customer(request.organization, customer_id)
    names = queries.property_names(request.organization, "customer")

    def expand(column: str, value: Any) -> list[tuple[str, str]] | None:
        if column == "channels":
            field, words = Customer._meta.get_field(column), dict(Channel.choices)
            assert isinstance(field, Field)
            return [(str(field.verbose_name), ", ".join(str(words[each]) for each in value))]
        if column != "custom_properties":
            return None
        return [(names[key], str(said)) for key, said in sorted((value or {}).items()) if key in names]

    address = reverse("customers:show_customer", args=[request.organization.slug, customer.pk])
    record = Record(
        model=Customer,
        subject_id=customer.pk,
        name=customer.name,
        address=address,
        expand=expand,
        parts=Parts(_("Contacts"), lambda moment: _contacts_at(request.organization, customer.pk, moment)),
    )
    return as_of_page(request, record)


def _contacts_at(organization: Organization, customer_id: UUID, moment: datetime) -> list[Part]:
    """The people at the customer at the moment, by name, with what became of those who are not there as they were."""
    owner = ("customer_id", customer_id)
    then = tenants.versions_beneath(organization, "contact", owner, moment)
    now = tenants.versions_beneath(organization, "contact", owner, None)
    told = []
    for key, version in then.items():
        if version.is_removed:
            continue
        since = _("removed since") if now[key].is_removed else ""
        if not since and now[key].content != version.content:
            since = _("changed since")
        said = version.content
        details = " · ".join(filter(None, (said.get("email", ""), said.get("phone", ""))))
        told.append(Part(str(said.get("name", "")), details, since))
    return sorted(told, key=lambda part: part.name.casefold())


@require_safe
@organization_view(Permission.VIEW_PRODUCTS)
def show_product_as_of(request: OrganizationRequest, product_id: UUID) -> HttpResponse:
    """A product as it was."""
    product = queries.get_product(request.organization, product_id)
    record = Record(model=Product, subject_id=product.pk, name=str(product), address=_product_page(request, product.pk))
    return as_of_page(request, record)


def _product_page(request: OrganizationRequest, product_id: UUID) -> str:
    slug = request.organization.slug
    try:
        return reverse("update_product", args=[slug, product_id])  # composed above this room
    except NoReverseMatch:
        return reverse("customers:list_products", args=[slug])
