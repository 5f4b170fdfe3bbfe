"""What may be chosen where projects and contracts are written: customers, products, accounts, dimensions."""

from __future__ import annotations

import re
from typing import Any

from billing_backlog.queries.intake import backlog_settings
from customers.models import Customer, Product
from customers.queries import list_customers, list_customers_named
from payments.queries import list_revenue_accounts
from tenants.models import Organization

OFFERED_MAX = 150
FOUND_MAX = 4
NUMBER = re.compile(r"(\d{1,9})(?:\s|$)", re.ASCII)
USUAL_DIMENSIONS = ("department",)


def offered_customers(organization: Organization) -> list[str]:
    """Number and name of the first customers in use, for a field that completes what is typed."""
    found: Any = list_customers(organization)
    found = found.order_by("name_key", "id")[:OFFERED_MAX]
    return [customer_label(customer) for customer in found]


def customer_label(customer: Customer) -> str:
    """How a field names a customer."""
    return f"{customer.number} {customer.name}"


def customers_called(organization: Organization, typed: str) -> list[Customer]:
    """The customers in use that the typed number or name may mean; the one of that number or very name before all."""
    in_use = Customer.objects.of(organization).filter(archived_at=None, erased_at=None)
    number = NUMBER.match(typed)
    if number and (customer := in_use.filter(number=int(number[1])).first()):
        return [customer]
    if named := list(in_use.filter(name__iexact=typed)[:FOUND_MAX]):
        return named
    found = list_customers_named(organization, typed).filter(archived_at=None, erased_at=None)
    return list(found.order_by("number")[:FOUND_MAX])


def product_called(organization: Organization, number: str) -> Product | None:
    """The product in use that has the number."""
    return Product.objects.of(organization).filter(number__iexact=number, archived_at=None).first()


def account_choices(organization: Organization) -> list[tuple[str, str]]:
    """The revenue accounts in use."""
    return [(account.number, f"{account.number} {account.name}") for account in list_revenue_accounts(organization)]


def dimension_names(organization: Organization) -> list[str]:
    """The organization's own dimensions beside the project; the department where it has named none."""
    told = [str(name) for name in backlog_settings(organization).dimension_names if str(name) != "project"]
    return told or list(USUAL_DIMENSIONS)
