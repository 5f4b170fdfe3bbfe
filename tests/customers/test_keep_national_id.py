"""National ids: kept only with a purpose, sealed, shown masked, revealed on record, erased."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from customers.actions import national_ids
from customers.models import Customer
from foundation import encryption
from tenants.context import organization_context
from tenants.models import AuditEntry
from tests import builders
from tests.customers.customer_form import customer_data
from tests.customers.test_national_id import some_number

NUMBER = some_number("1583")  # a test number: the month is raised by 80


def make_consumer(organization: Any, **changes: Any) -> Customer:
    return builders.make_customer(organization, kind="consumer", organization_number="", **changes)


def state_purpose(organization: Any) -> None:
    organization.national_id_purpose = "Krav om sikker identifikasjon"
    with builders.in_organization(organization):
        organization.save(update_fields=["national_id_purpose"])


def address(customer: Customer, verb: str) -> str:
    return f"/nordlys/customers/{customer.pk}/national-id/{verb}/"


def keep(client: Any, customer: Customer, number: str = NUMBER) -> Any:
    return client.post(address(customer, "keep"), {"national_id": number})


def reload_customer(organization: Any, customer: Customer) -> Customer:
    with builders.in_organization(organization):
        return Customer.objects.get(pk=customer.pk)


def test_it_is_kept_sealed_and_shown_masked(organization: Any, owner: Any, client_of: Any) -> None:
    state_purpose(organization)
    customer = make_consumer(organization)
    client = client_of(owner)
    assert keep(client, customer, f"{NUMBER[:6]} {NUMBER[6:]}").status_code == 302
    page = client.get(f"/nordlys/customers/{customer.pk}/").content.decode()
    assert NUMBER[:6] + "•••••" in page
    assert NUMBER[6:] not in page
    with connection.cursor() as cursor, organization_context(organization.pk):
        cursor.execute("SELECT row_to_json(c)::text FROM customers_customer c")
        rows = str(cursor.fetchall())
        cursor.execute("SELECT row_to_json(e)::text FROM tenants_auditentry e")
        lines = str(cursor.fetchall())
    assert NUMBER not in rows
    assert NUMBER.encode().hex() not in rows
    assert NUMBER not in lines
    assert client.get("/nordlys/customers/", {"q": NUMBER}).context["customers"] == []


def test_a_look_at_it_is_written_down_before_it_is_shown(organization: Any, accountant: Any, client_of: Any) -> None:
    state_purpose(organization)
    customer = make_consumer(organization)
    client = client_of(accountant)
    keep(client, customer)
    assert client.get(address(customer, "reveal")).status_code == 405
    response = client.post(address(customer, "reveal"))
    assert NUMBER in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    with builders.in_organization(organization):
        assert AuditEntry.objects.filter(verb="national_id.revealed", actor_id=accountant.pk).count() == 1


def test_strangers_find_nothing_and_members_without_the_right_are_refused(
    organization: Any, stranger: Any, auditor: Any, case_worker: Any, client_of: Any
) -> None:
    state_purpose(organization)
    customer = make_consumer(organization)
    for verb in ("keep", "reveal", "erase"):
        assert client_of(stranger).post(address(customer, verb), {"national_id": NUMBER}).status_code == 404
        assert client_of(auditor).post(address(customer, verb), {"national_id": NUMBER}).status_code == 403
    keep(client_of(case_worker), customer)
    assert client_of(case_worker).post(address(customer, "reveal")).status_code == 403
    with builders.in_organization(organization):
        assert not AuditEntry.objects.filter(verb="national_id.revealed").exists()


def test_without_a_purpose_or_for_a_business_none_is_kept(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    consumer = make_consumer(organization)
    assert keep(client, consumer).status_code == 422
    state_purpose(organization)
    business = builders.make_customer(organization)
    assert keep(client, business).status_code == 422
    response = keep(client, consumer, NUMBER[:-1] + str((int(NUMBER[-1]) + 1) % 10))
    assert response.status_code == 422
    assert NUMBER[:-1] not in response.content.decode()
    assert not reload_customer(organization, consumer).has_national_id
    assert not reload_customer(organization, business).has_national_id


def test_it_stands_on_one_customer_only(organization: Any, owner: Any, client_of: Any) -> None:
    state_purpose(organization)
    first, second = make_consumer(organization), make_consumer(organization)
    client = client_of(owner)
    assert keep(client, first).status_code == 302
    assert keep(client, first).status_code == 302
    assert keep(client, second).status_code == 422
    lookup = reload_customer(organization, first).national_id_lookup
    with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        Customer.objects.filter(pk=second.pk).update(national_id_lookup=lookup)
    business = builders.make_customer(organization)
    with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        Customer.objects.filter(pk=business.pk).update(national_id_lookup="x" * 64)


def test_it_is_erased_and_nothing_is_left(organization: Any, owner: Any, client_of: Any) -> None:
    state_purpose(organization)
    customer = make_consumer(organization)
    client = client_of(owner)
    keep(client, customer)
    for _time in range(2):
        assert client.post(address(customer, "erase")).status_code == 302
    erased = reload_customer(organization, customer)
    assert (erased.national_id_sealed, erased.national_id_lookup) == (None, "")
    assert client.post(address(customer, "reveal")).status_code == 302


def test_a_new_key_seals_what_an_older_one_sealed(organization: Any, owner: Any, client_of: Any, settings: Any) -> None:
    state_purpose(organization)
    customer = make_consumer(organization)
    keep(client_of(owner), customer)
    newest = base64.urlsafe_b64encode(b"\x07" * 32).decode()
    settings.ENCRYPTION_KEYS = [newest, *settings.ENCRYPTION_KEYS]
    other = make_consumer(organization)
    assert keep(client_of(owner), other).status_code == 422  # found under the older key too
    call_command("reseal_national_ids")
    with organization_context(organization.pk):
        assert national_ids.reseal_national_ids(organization, actor=builders.actor_of(organization)) == 0
    settings.ENCRYPTION_KEYS = [newest]
    resealed = reload_customer(organization, customer)
    assert resealed.national_id_sealed is not None
    place = {"organization_id": organization.pk, "column": national_ids.COLUMN}
    assert encryption.open_seal(resealed.national_id_sealed, **place) == NUMBER


def test_the_kind_cannot_change_while_it_is_kept(organization: Any, owner: Any, client_of: Any) -> None:
    state_purpose(organization)
    customer = make_consumer(organization)
    client = client_of(owner)
    keep(client, customer)
    response = client.post(f"/nordlys/customers/{customer.pk}/edit/", customer_data(version="1"))
    assert response.status_code == 422
    assert "kind" in response.context["form"].errors
