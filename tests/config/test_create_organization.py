"""A new company: opened in one go with its account and series, at an address of its own."""

from __future__ import annotations

from typing import Any

import pytest

from config.forms import proposed_slug
from invoicing.models import NumberSeries
from payments.models import Account
from tenants.models import BankAccount, Membership, Organization, User
from tenants.queries import memberships_of
from tests import builders

NEW = "/new-company/"


def company_data(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Ærlig & Øvre Snekkeri AS",
        "country": "NO",
        "organization_number": "810 000 007",
        "is_vat_registered": "on",
        "is_in_company_register": "on",
        "street": "Kaiveien 1",
        "street_2": "",
        "postal_code": "0000",
        "city": "Nordhavn",
        "email": "",
        "slug": "",
        "first_number": "5001",
        "account-account_number": "8601 11 17947",
        "account-iban": "",
        "account-bic": "",
        "account-kid_algorithm": "mod10",
        "account-kid_length": "10",
        **changes,
    }


@pytest.fixture
def founder(db: None) -> User:
    """Somebody who has just signed up."""
    return User.objects.create_user("founder@snekkeri.example", None, "Frida Founder")


def slugs_of(user: User) -> list[str]:
    return [membership.slug for membership in memberships_of(user.pk)]


def only_organization_of(user: User) -> Organization:
    [membership] = memberships_of(user.pk)
    with builders.in_organization(Organization(pk=membership.organization_id)):
        return Organization.objects.get(pk=membership.organization_id)


def test_a_company_is_opened_with_owner_chart_series_and_account(founder: User, client_of: Any) -> None:
    client = client_of(founder)
    assert client.get("/")["Location"] == NEW
    assert client.get(NEW).status_code == 200
    response = client.post(NEW, company_data())
    assert (response.status_code, response["Location"]) == (302, "/aerlig-ovre-snekkeri/")
    organization = only_organization_of(founder)
    assert (organization.organization_number, organization.base_currency) == ("810000007", "NOK")
    with builders.in_organization(organization):
        assert Membership.objects.get().role == "owner"
        assert NumberSeries.objects.get().first_number == 5001
        assert Account.objects.filter(number="1500").exists()
        account = BankAccount.objects.get()
    assert (account.account_number, account.kid_algorithm, account.kid_length) == ("86011117947", "mod10", 10)
    assert client.get("/aerlig-ovre-snekkeri/").status_code == 200
    assert client.get("/")["Location"] == "/aerlig-ovre-snekkeri/"


def test_the_account_may_be_left_out(founder: User, client_of: Any) -> None:
    left_out = {"account-account_number": "", "account-kid_algorithm": "none", "account-kid_length": ""}
    assert client_of(founder).post(NEW, company_data(**left_out)).status_code == 302
    with builders.in_organization(only_organization_of(founder)):
        assert not BankAccount.objects.exists()


@pytest.mark.parametrize(
    ("changes", "currency"),
    [
        ({"country": "DK", "organization_number": "13585628", "account-kid_algorithm": "none"}, "DKK"),
        ({"country": "SE", "organization_number": "123456-7897", "account-kid_algorithm": "none"}, "SEK"),
    ],
)
def test_neighbours_have_their_own_numbers_and_currency(
    founder: User, client_of: Any, changes: dict[str, str], currency: str
) -> None:
    assert client_of(founder).post(NEW, company_data(**changes)).status_code == 302
    organization = only_organization_of(founder)
    assert (organization.base_currency, organization.is_in_company_register) == (currency, False)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "x" * 10_000}, "name"),
        ({"organization_number": "810000008"}, "organization_number"),
        ({"organization_number": "<script>"}, "organization_number"),
        ({"country": "DE"}, "country"),
        ({"slug": "Accounts"}, "slug"),
        ({"slug": "api"}, "slug"),
        ({"slug": "new-company"}, "slug"),
        ({"slug": "with space"}, "slug"),
        ({"slug": "-edge-"}, "slug"),
        ({"slug": "../etc"}, "slug"),
        ({"first_number": "0"}, "first_number"),
        ({"first_number": "99999999999"}, "first_number"),
        ({"account-account_number": "86011117948"}, "account_number"),
        ({"account-kid_length": "2"}, "kid_length"),
        ({"account-kid_length": ""}, "kid_length"),
        ({"account-account_number": "", "account-iban": "NO94 8601 1117 947"}, "iban"),
    ],
)
def test_what_does_not_hold_is_refused_at_its_field_and_nothing_is_opened(
    founder: User, client_of: Any, changes: dict[str, str], field: str
) -> None:
    response = client_of(founder).post(NEW, company_data(**changes))
    assert response.status_code == 422
    found = [*response.context["form"].errors, *response.context["account_form"].errors]
    assert found == [field]
    assert response.context["form"]["street"].value() == "Kaiveien 1"
    assert slugs_of(founder) == []


def test_a_taken_address_gets_a_number_unless_it_was_typed(organization: Any, founder: User, client_of: Any) -> None:
    client = client_of(founder)
    assert client.post(NEW, company_data(slug="nordlys")).status_code == 422
    assert slugs_of(founder) == []
    assert client.post(NEW, company_data(name="Nordlys AS"))["Location"] == "/nordlys-2/"
    assert client.post(NEW, company_data(name="Nordlys AS"))["Location"] == "/nordlys-3/"


def test_a_page_that_is_sent_twice_opens_one_company(founder: User, client_of: Any) -> None:
    client = client_of(founder)
    key = str(client.get(NEW).context["form"]["key"].value())
    for _time in range(2):
        assert client.post(NEW, company_data(key=key))["Location"] == "/aerlig-ovre-snekkeri/"
    assert len(slugs_of(founder)) == 1


def test_the_key_of_somebody_else_s_company_opens_nothing(organization: Any, founder: User, client_of: Any) -> None:
    assert client_of(founder).post(NEW, company_data(key=str(organization.pk))).status_code == 422
    assert slugs_of(founder) == []


def test_somebody_who_is_not_signed_in_is_asked_to(client: Any, db: None) -> None:
    assert client.get(NEW)["Location"].startswith("/accounts/login/")
    assert client.post(NEW, company_data())["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Fjord & Fjell AS", "fjord-fjell"),
        ("Åse Ødegård ENK", "ase-odegard"),
        ("AS", "as"),
        ("عبد الله", "company"),
        ("Accounts", "accounts-1"),
        ("New Company", "new-company-1"),
        ("x" * 200, "x" * 60),
    ],
)
def test_an_address_is_made_from_the_name(name: str, slug: str) -> None:
    assert proposed_slug(name) == slug
