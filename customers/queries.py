"""Questions about customers, their contacts and the products."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.http import Http404

from customers.models import Contact, Customer, CustomerNumberSeries, CustomProperty, Product
from foundation.alphabet import name_key
from tenants.models import Organization

FOUND_BY_NAME_MAX = 500
NUMBER_LENGTH_MAX = 9


def list_customers(organization: Organization, *, words: str = "", is_archived: bool = False) -> QuerySet[Customer]:
    """Customers in use or out of use; `name_key` is the Nordic order of their names."""
    rows = list_customers_named(organization, words) if words else Customer.objects.of(organization)
    return rows.filter(archived_at__isnull=not is_archived).annotate(name_key=name_key("name", organization.language))


def list_customers_named(organization: Organization, words: str) -> QuerySet[Customer]:
    """Customers whose name holds the words, or whose own or organization number they are."""
    # Row security keeps the trigram index from being used directly; this function answers for the open organization.
    found = RawSQL("SELECT id FROM search_customer_ids(%s, %s)", [words, FOUND_BY_NAME_MAX])
    condition = Q(pk__in=found)
    digits = words.replace(" ", "")
    if digits.isascii() and digits.isdigit():
        condition |= Q(organization_number=digits)
        if len(digits) <= NUMBER_LENGTH_MAX:
            condition |= Q(number=int(digits))
    return Customer.objects.of(organization).filter(condition)


def list_customers_with_channels(organization: Organization) -> QuerySet[Customer]:
    """Customers in use who have an order of channels of their own, by name."""
    rows = Customer.objects.of(organization).filter(archived_at=None).exclude(channels=[])
    return rows.order_by(name_key("name", organization.language), "id")


def get_customer(organization: Organization, customer_id: UUID) -> Customer:
    """One customer or 404."""
    customer = Customer.objects.of(organization).filter(pk=customer_id).first()
    if customer is None:
        raise Http404
    return customer


def lock_customer(organization: Organization, customer_id: UUID) -> Customer:
    """One customer with its row locked, or 404."""
    customer = Customer.objects.of(organization).select_for_update(no_key=True).filter(pk=customer_id).first()
    if customer is None:
        raise Http404
    return customer


def lock_number_series(organization: Organization) -> CustomerNumberSeries:
    """The row that gives customer numbers, locked; made at the first customer."""
    series, _is_new = CustomerNumberSeries.objects.of(organization).get_or_create(organization=organization)
    return CustomerNumberSeries.objects.of(organization).select_for_update(no_key=True).get(pk=series.pk)


def list_contacts(organization: Organization, customer: Customer) -> QuerySet[Contact]:
    """The people at a customer, by name."""
    return (
        Contact.objects.of(organization)
        .filter(customer=customer)
        .order_by(name_key("name", organization.language), "id")
    )


def get_contact(organization: Organization, customer_id: UUID, contact_id: UUID) -> Contact:
    """One person at a customer, or 404."""
    contact = Contact.objects.of(organization).filter(pk=contact_id, customer_id=customer_id).first()
    if contact is None:
        raise Http404
    return contact


def find_contact(organization: Organization, customer_id: UUID, contact_id: UUID) -> Contact | None:
    """One person at a customer; None where there is none."""
    return Contact.objects.of(organization).filter(pk=contact_id, customer_id=customer_id).first()


def customers_with_national_ids(organization: Organization) -> QuerySet[Customer]:
    """The customers of whom a sealed national id is kept."""
    return Customer.objects.of(organization).exclude(national_id_lookup="").order_by("id")


def customer_of_national_id(organization: Organization, lookups: list[str]) -> Customer | None:
    """The customer of whom one of these keyed hashes is kept."""
    return Customer.objects.of(organization).filter(national_id_lookup__in=lookups).first()


def list_products(organization: Organization, *, words: str = "", is_archived: bool = False) -> QuerySet[Product]:
    """Products in use or out of use, whose number begins with the words or whose name holds them."""
    rows = Product.objects.of(organization).filter(archived_at__isnull=not is_archived)
    if words:
        rows = rows.filter(Q(number__istartswith=words) | Q(name__icontains=words) | Q(gtin=words))
    return rows


def get_product(organization: Organization, product_id: UUID) -> Product:
    """One product or 404."""
    product = Product.objects.of(organization).filter(pk=product_id).first()
    if product is None:
        raise Http404
    return product


def lock_product(organization: Organization, product_id: UUID) -> Product:
    """One product with its row locked, or 404."""
    product = Product.objects.of(organization).select_for_update(no_key=True).filter(pk=product_id).first()
    if product is None:
        raise Http404
    return product


def property_names(organization: Organization, subject: str) -> dict[str, str]:
    """The names of an organization's own properties by their ids, those out of use among them."""
    found = CustomProperty.objects.of(organization).filter(subject=subject).values_list("pk", "name")
    return {str(pk): name for pk, name in found}


def list_properties(
    organization: Organization, subject: str = "", *, is_archived: bool = False
) -> list[CustomProperty]:
    """The organization's own properties in use or out of use, in their order; of one subject or of all."""
    rows = CustomProperty.objects.of(organization).filter(archived_at__isnull=not is_archived)
    return list((rows.filter(subject=subject) if subject else rows).order_by("subject", "position", "id"))


def lock_properties(organization: Organization, subject: str) -> list[CustomProperty]:
    """The properties of one subject that are in use, locked, in their order."""
    rows = CustomProperty.objects.of(organization).filter(subject=subject, archived_at=None)
    return list(rows.select_for_update(no_key=True).order_by("position", "id"))


def lock_property(organization: Organization, property_id: UUID) -> CustomProperty:
    """One own property, locked, or 404."""
    row = CustomProperty.objects.of(organization).select_for_update(no_key=True).filter(pk=property_id).first()
    if row is None:
        raise Http404
    return row
