"""The list of customers: Nordic order, pages by key, search by name and number, few questions."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Contact
from customers.queries import list_contacts
from foundation import keyset
from invoicing.drafting.choices import customers_matching
from tests import builders

LIST = "/nordlys/customers/"


def names(response: Any) -> list[str]:
    return [customer.name for customer in response.context["customers"]]


def test_names_stand_in_the_order_of_the_alphabet(organization: Any, auditor: Any, client_of: Any) -> None:
    for name in ("Zeta", "Århus", "Østre", "Ærlig", "Anna", "Aasen"):
        builders.make_customer(organization, name=name)
    assert names(client_of(auditor).get(LIST)) == ["Anna", "Zeta", "Ærlig", "Østre", "Århus", "Aasen"]


def test_a_swedish_company_has_the_order_of_its_own_alphabet(organization: Any, owner: Any, client_of: Any) -> None:
    organization.language = "sv"
    with builders.in_organization(organization):
        organization.save()
    for name in ("Zeta", "Örebro", "Äng", "Åhus", "Anna", "Aasen"):
        builders.make_customer(organization, name=name)
    in_order = ["Aasen", "Anna", "Zeta", "Åhus", "Äng", "Örebro"]
    assert names(client_of(owner).get(LIST)) == in_order
    with builders.in_organization(organization):
        assert [customer.name for customer in customers_matching(organization, "")] == in_order


def test_contacts_stand_in_the_order_of_the_alphabet(organization: Any) -> None:
    customer = builders.make_customer(organization)
    with builders.in_organization(organization):
        for name in ("Østen", "Åse", "anna", "Ærlig"):
            Contact.objects.create(organization=organization, customer=customer, name=name)
        in_order = [contact.name for contact in list_contacts(organization, customer)]
    assert in_order == ["anna", "Ærlig", "Østen", "Åse"]


def test_pages_run_both_ways_without_gaps(organization: Any, owner: Any, client_of: Any) -> None:
    wanted = sorted(f"Kunde {number:02}" for number in range(keyset.PAGE_SIZE + 3))
    for name in wanted:
        builders.make_customer(organization, name=name)
    client = client_of(owner)
    first = client.get(LIST)
    second = client.get(LIST + first.context["pagination"]["next_url"])
    assert names(first) + names(second) == wanted
    assert second.context["pagination"]["next_url"] == ""
    back = client.get(LIST + second.context["pagination"]["previous_url"])
    assert names(back) == names(first)
    assert back.context["pagination"]["previous_url"] == ""


def test_a_made_up_cursor_is_ignored(organization: Any, owner: Any, client_of: Any) -> None:
    builders.make_customer(organization)
    for cursor in ("x", "%00", "WyIxIl0", "a" * 5000, "WzEsMl0"):
        assert len(names(client_of(owner).get(f"{LIST}?after={cursor}"))) == 1


def test_search_finds_by_name_number_and_organization_number(
    organization: Any, other_organization: Any, owner: Any, client_of: Any
) -> None:
    builders.make_customer(organization, name="Berg 100% AS", organization_number="")
    builders.make_customer(organization, name="Dal AS", organization_number="810000007")
    builders.make_customer(other_organization, name="Berg Fremmed AS")
    client = client_of(owner)
    for words, found in (
        ("berg", ["Berg 100% AS"]),
        ("100%", ["Berg 100% AS"]),
        ("_", []),
        ("2", ["Dal AS"]),
        ("810 000 007", ["Dal AS"]),
        ("b\x00erg", ["Berg 100% AS"]),
        ("9" * 90, []),
        ("'; DROP", []),
    ):
        assert names(client.get(LIST, {"q": words})) == found, words


def test_the_fragment_is_a_part_of_the_page(organization: Any, owner: Any, client_of: Any) -> None:
    builders.make_customer(organization, name="<img src=x onerror=alert(1)>")
    fragment = client_of(owner).get(LIST, headers={"HX-Request": "true"})
    assert b"<html" not in fragment.content
    assert b"<img" not in fragment.content
    assert fragment.content.strip() in client_of(owner).get(LIST).content


def test_strangers_find_nothing(organization: Any, stranger: Any, client_of: Any) -> None:
    assert client_of(stranger).get(LIST).status_code == 404


def test_the_number_of_questions_does_not_grow(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    builders.make_customer(organization)
    client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    for _number in range(20):
        builders.make_customer(organization)
    with CaptureQueriesContext(connection) as many:
        client.get(LIST)
    assert len(many) == len(few) <= 17
