"""The chart of accounts: further accounts, other names, out of use; what posting rules need stays."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from payments.models import Account
from payments.queries import list_revenue_accounts
from tenants.models import AuditEntry
from tests import builders

LIST = "/nordlys/chart-of-accounts/"
NEW = f"{LIST}new/"


def account(organization: Any, number: str) -> Account:
    with builders.in_organization(organization):
        return Account.objects.get(number=number)


def revenue_numbers(organization: Any) -> list[str]:
    with builders.in_organization(organization):
        return [row.number for row in list_revenue_accounts(organization)]


def test_an_account_is_added_renamed_and_taken_out_of_use(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    assert client.get(NEW).status_code == 200
    assert client.post(NEW, {"number": "3010", "name": "Salg av kurs"}).status_code == 302
    assert "3010" in revenue_numbers(organization)
    url = f"{LIST}{account(organization, '3010').pk}/"
    assert client.get(url).status_code == 200
    assert client.post(url, {"name": "Kurs og foredrag", "is_active": "on"}).status_code == 302
    assert account(organization, "3010").name == "Kurs og foredrag"
    assert client.post(url, {"name": "Kurs og foredrag"}).status_code == 302
    assert "3010" not in revenue_numbers(organization)
    assert "Kurs og foredrag" in client.get(LIST).content.decode()


def test_an_account_of_a_rule_is_renamed_but_stays_in_use(organization: Any, owner: Any, client_of: Any) -> None:
    url = f"{LIST}{account(organization, '1500').pk}/"
    client = client_of(owner)
    response = client.post(url, {"name": "Kundefordringer"})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["is_active"]
    assert client.post(url, {"name": "Kunder", "is_active": "on"}).status_code == 302
    assert account(organization, "1500").name == "Kunder"


def test_an_account_of_another_organization_is_not_found(
    organization: Any, other_organization: Any, owner: Any, stranger: Any, client_of: Any
) -> None:
    typed = {"number": "3010", "name": "Fremmed", "is_active": "on"}
    foreign = f"{LIST}{account(other_organization, '3900').pk}/"
    for url in (NEW, f"{LIST}{account(organization, '3900').pk}/"):
        assert client_of(stranger).post(url, typed).status_code == 404
    assert client_of(owner).post(foreign, typed).status_code == 404
    assert account(other_organization, "3900").name != "Fremmed"
    assert "3010" not in revenue_numbers(organization)


def test_readers_change_nothing(organization: Any, auditor: Any, client_of: Any) -> None:
    typed = {"number": "3010", "name": "Lest", "is_active": "on"}
    for url in (NEW, f"{LIST}{account(organization, '3900').pk}/"):
        assert client_of(auditor).post(url, typed).status_code == 403
    assert "3010" not in revenue_numbers(organization)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"number": "3000", "name": "En til"}, "number"),
        ({"number": "12", "name": "Kort"}, "number"),
        ({"number": "30A0", "name": "Bokstav"}, "number"),
        ({"number": "3010", "name": ""}, "name"),
    ],
)
def test_what_does_not_hold_is_refused_at_its_field(
    organization: Any, owner: Any, client_of: Any, typed: dict[str, str], field: str
) -> None:
    response = client_of(owner).post(NEW, typed)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]


def test_saving_the_same_twice_writes_one_line(organization: Any, owner: Any, client_of: Any) -> None:
    url = f"{LIST}{account(organization, '3900').pk}/"
    for _time in range(2):
        client_of(owner).post(url, {"name": "Andre inntekter", "is_active": "on"})
    with builders.in_organization(organization):
        assert AuditEntry.objects.filter(verb="account.changed").count() == 1


def test_the_database_refuses_it_too(organization: Any) -> None:
    with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        Account.objects.filter(number="1500").update(is_active=False)
    with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        Account.objects.create(organization=organization, number="3000", name="En til")
