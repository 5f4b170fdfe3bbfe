"""Changing a customer: what is stale is refused with both versions shown."""

from __future__ import annotations

from typing import Any

from customers.models import Customer
from tenants.models import AuditEntry
from tests import builders
from tests.customers.customer_form import customer_data


def address(customer: Customer, verb: str = "edit") -> str:
    return f"/nordlys/customers/{customer.pk}/{verb}/"


def reload_customer(organization: Any, customer: Customer) -> Customer:
    with builders.in_organization(organization):
        return Customer.objects.get(pk=customer.pk)


def test_a_change_is_saved_and_written_down(organization: Any, owner: Any, client_of: Any) -> None:
    customer = builders.make_customer(organization)
    client = client_of(owner)
    assert client.get(address(customer)).status_code == 200
    assert client.post(address(customer), customer_data(name="Nytt Navn AS", version="1")).status_code == 302
    saved = reload_customer(organization, customer)
    assert (saved.name, saved.version) == ("Nytt Navn AS", 2)
    with builders.in_organization(organization):
        entry = AuditEntry.objects.get(verb="customer.changed")
    assert entry.facts["changes"]["name"] == ["Havgløtt Verksted AS", "Nytt Navn AS"]


def test_strangers_find_nothing_and_members_without_the_right_are_refused(
    organization: Any, stranger: Any, auditor: Any, client_of: Any
) -> None:
    customer = builders.make_customer(organization)
    for verb in ("edit", "archive", "restore"):
        assert client_of(stranger).post(address(customer, verb), customer_data(version="1")).status_code == 404
        assert client_of(auditor).post(address(customer, verb), customer_data(version="1")).status_code == 403
    assert reload_customer(organization, customer).version == 1


def test_a_customer_of_another_organization_is_not_found(other_organization: Any, owner: Any, client_of: Any) -> None:
    foreign = builders.make_customer(other_organization)
    for verb in ("edit", "archive", "restore", "contacts/add"):
        assert client_of(owner).post(address(foreign, verb), customer_data(version="1")).status_code == 404
    assert client_of(owner).get(f"/nordlys/customers/{foreign.pk}/").status_code == 404
    assert reload_customer(other_organization, foreign).version == 1


def test_a_stale_save_is_refused_shows_both_and_can_be_saved_again(
    organization: Any, owner: Any, client_of: Any
) -> None:
    customer = builders.make_customer(organization)
    client = client_of(owner)
    client.post(address(customer), customer_data(name="Først AS", version="1"))
    response = client.post(address(customer), customer_data(name="Sist AS", version="1"))
    assert response.status_code == 422
    assert {"label", "typed", "saved"} <= set(response.context["differences"][0])
    assert [(row["typed"], row["saved"]) for row in response.context["differences"]] == [("Sist AS", "Først AS")]
    assert response.context["form"]["name"].value() == "Sist AS"
    assert reload_customer(organization, customer).name == "Først AS"
    again = customer_data(name="Sist AS", version=str(response.context["version"]))
    assert client.post(address(customer), again).status_code == 302
    assert reload_customer(organization, customer).name == "Sist AS"


def test_the_same_save_twice_changes_once(organization: Any, owner: Any, client_of: Any) -> None:
    customer = builders.make_customer(organization)
    client = client_of(owner)
    client.post(address(customer), customer_data(name="En AS", version="1"))
    client.post(address(customer), customer_data(name="En AS", version="2"))
    assert reload_customer(organization, customer).version == 2
    with builders.in_organization(organization):
        assert AuditEntry.objects.filter(verb="customer.changed").count() == 1


def test_a_customer_goes_out_of_use_and_comes_back(organization: Any, owner: Any, client_of: Any) -> None:
    customer = builders.make_customer(organization)
    client = client_of(owner)
    for _time in range(2):
        assert client.post(address(customer, "archive")).status_code == 302
    assert reload_customer(organization, customer).is_archived
    for _time in range(2):
        assert client.post(address(customer, "restore")).status_code == 302
    assert not reload_customer(organization, customer).is_archived
    with builders.in_organization(organization):
        verbs = list(AuditEntry.objects.filter(verb__startswith="customer.").values_list("verb", flat=True))
    assert sorted(verbs) == ["customer.archived", "customer.restored"]


def test_contacts_are_added_and_removed(organization: Any, owner: Any, client_of: Any) -> None:
    customer = builders.make_customer(organization)
    client = client_of(owner)
    assert client.post(address(customer, "contacts/add"), {"name": "Per Person", "email": "x"}).status_code == 422
    assert client.post(address(customer, "contacts/add"), {"name": "Per <b>Person</b>"}).status_code == 302
    page = client.get(f"/nordlys/customers/{customer.pk}/")
    assert "Per &lt;b&gt;Person&lt;/b&gt;" in page.content.decode()
    [contact] = page.context["contacts"]
    fragment = client.post(address(customer, f"contacts/{contact.pk}/remove"), headers={"HX-Request": "true"})
    assert fragment.status_code == 200
    assert b"<html" not in fragment.content
    assert client.post(address(customer, f"contacts/{contact.pk}/remove")).status_code == 404
