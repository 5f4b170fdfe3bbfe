"""A new customer: every kind with the numbers that fit it, under the next customer number."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from customers.actions import customers as actions
from customers.models import Customer
from tenants.context import organization_context
from tenants.models import AuditEntry
from tests import builders
from tests.customers.customer_form import customer_data

ADDRESS = "/nordlys/customers/new/"


def stored(organization: Any) -> list[Customer]:
    with builders.in_organization(organization):
        return list(Customer.objects.order_by("number"))


def test_a_business_gets_the_next_number_and_its_own_electronic_address(
    organization: Any, case_worker: Any, client_of: Any
) -> None:
    builders.make_customer(organization)
    response = client_of(case_worker).post(ADDRESS, customer_data(wants_ehf="on"))
    customer = stored(organization)[-1]
    assert response.status_code == 302
    assert response["Location"] == f"/nordlys/customers/{customer.pk}/"
    assert (customer.number, customer.organization_number) == (2, "810000007")
    assert (customer.endpoint_scheme, customer.endpoint_id) == ("0192", "810000007")
    with builders.in_organization(organization):
        assert AuditEntry.objects.filter(verb="customer.created", subject_id=customer.pk).count() == 1


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"kind": "consumer", "organization_number": "810000007"}, {"organization_number": ""}),
        ({"kind": "internal", "resource_number": "12345", "organization_number": ""}, {"resource_number": "12345"}),
        ({"kind": "public_body", "vat_number": "DE136695976"}, {"vat_number": "", "organization_number": "810000007"}),
        ({"country": "DE", "organization_number": "", "vat_number": "136695976"}, {"vat_number": "DE136695976"}),
        ({"endpoint": "0192:810 000 007"}, {"endpoint_scheme": "0192", "endpoint_id": "810000007"}),
        ({"endpoint": "9930:DE136695976"}, {"endpoint_scheme": "9930", "endpoint_id": "DE136695976"}),
        ({"name": "=HYPERLINK(1) <script>x</script> 😀"}, {"name": "=HYPERLINK(1) <script>x</script> 😀"}),
        ({"payment_terms_days": "0"}, {"payment_terms_days": 0}),
    ],
)
def test_only_what_fits_the_kind_is_kept(
    organization: Any, owner: Any, client_of: Any, changes: dict[str, str], kept: dict[str, Any]
) -> None:
    assert client_of(owner).post(ADDRESS, customer_data(**changes)).status_code == 302
    [customer] = stored(organization)
    assert {name: getattr(customer, name) for name in kept} == kept


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": "x" * 10_000}, "name"),
        ({"organization_number": "123456789"}, "organization_number"),
        ({"organization_number": "12345"}, "organization_number"),
        ({"country": "DE", "organization_number": "", "vat_number": "DE123"}, "vat_number"),
        ({"kind": "internal", "resource_number": ""}, "resource_number"),
        ({"kind": "internal", "resource_number": "12a45"}, "resource_number"),
        ({"kind": "friend"}, "kind"),
        ({"country": "XX"}, "country"),
        ({"currency": "ABC"}, "currency"),
        ({"email": "not an address"}, "email"),
        ({"payment_terms_days": "-1"}, "payment_terms_days"),
        ({"payment_terms_days": "366"}, "payment_terms_days"),
        ({"endpoint": "810000007"}, "endpoint"),
        ({"endpoint": "0192:123456789"}, "endpoint"),
        ({"wants_ehf": "on", "organization_number": ""}, "endpoint"),
        ({"vat_treatment": "secret"}, "vat_treatment"),
        ({"notes": "a\x07b"}, "notes"),
    ],
)
def test_what_does_not_hold_is_refused_at_its_field_and_nothing_typed_is_lost(
    organization: Any, owner: Any, client_of: Any, changes: dict[str, str], field: str
) -> None:
    response = client_of(owner).post(ADDRESS, customer_data(**changes))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert response.context["form"]["street"].value() == "Kaiveien 12"
    assert stored(organization) == []


def test_strangers_find_nothing_and_members_without_the_right_are_refused(
    organization: Any, stranger: Any, project_manager: Any, client_of: Any
) -> None:
    assert client_of(stranger).post(ADDRESS, customer_data()).status_code == 404
    assert client_of(project_manager).post(ADDRESS, customer_data()).status_code == 403
    assert stored(organization) == []


def test_the_database_refuses_a_number_twice_and_another_organization_s_row(
    organization: Any, other_organization: Any
) -> None:
    builders.make_customer(organization)
    fields: dict[str, Any] = {"number": 1, "name": "Twice AS"}
    with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        Customer.objects.create(organization=organization, **fields)
    with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        Customer.objects.create(organization=other_organization, **fields)


@pytest.mark.django_db(transaction=True)
def test_customers_made_at_once_get_numbers_of_their_own() -> None:
    organization = builders.make_organization("samtidig", "Samtidig AS", owner_email="owner@samtidig.example")
    at_once = 4
    ready = threading.Barrier(at_once)

    def create(name: str) -> int:
        try:
            ready.wait(timeout=10)
            with organization_context(organization.pk):
                values = {"name": name, "kind": "business"}
                actor = builders.actor_of(organization)
                return actions.create_customer(organization, values=values, actor=actor).number
        finally:
            connection.close()

    with ThreadPoolExecutor(at_once) as pool:
        numbers = list(pool.map(create, [f"Kunde {number}" for number in range(at_once)]))
    assert sorted(numbers) == [1, 2, 3, 4]
