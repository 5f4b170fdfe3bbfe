"""Items as programs ask for them, and what they call customers and products."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from billing_backlog.models import BacklogItem, Project
from customers.models import Customer, Product
from tenants.models import Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSearch:
    """Which items are wanted; what is empty narrows nothing."""

    state: str = ""
    customer_id: UUID | None = None
    project_id: UUID | None = None
    source_system: str = ""
    source_order: str = ""


def list_items_told(organization: Organization, search: ItemSearch) -> QuerySet[BacklogItem]:
    """The items that fit."""
    rows = BacklogItem.objects.of(organization)
    if search.state == "open":
        rows = rows.filter(settled_at=None, cancelled_at=None)
    elif search.state == "cancelled":
        rows = rows.filter(cancelled_at__isnull=False)
    exact = {
        "customer_id": search.customer_id,
        "project_id": search.project_id,
        "source_system": search.source_system,
        "source_order": search.source_order,
    }
    return rows.filter(**{name: value for name, value in exact.items() if value})


def all_projects(organization: Organization) -> QuerySet[Project]:
    """Every project of the organization, for programs, whose scopes say what they may see."""
    return Project.objects.of(organization)


def customer_in_use(organization: Organization, customer_id: UUID | None, number: int | None) -> Customer | None:
    """The customer with that id or number, unless it is out of use."""
    found = Customer.objects.of(organization).filter(archived_at=None, erased_at=None)
    if customer_id is not None:
        return found.filter(pk=customer_id).first()
    return None if number is None else found.filter(number=number).first()


def customers_by_number(organization: Organization, numbers: Collection[int]) -> dict[int, UUID]:
    """The ids of the customers with these numbers."""
    found = Customer.objects.of(organization).filter(number__in=list(numbers)) if numbers else ()
    return {customer.number: customer.pk for customer in found}


def products_by_number(organization: Organization, numbers: Collection[str]) -> dict[str, UUID]:
    """The ids of the products with these numbers."""
    found = Product.objects.of(organization).filter(number__in=list(numbers)) if numbers else ()
    return {product.number: product.pk for product in found}
