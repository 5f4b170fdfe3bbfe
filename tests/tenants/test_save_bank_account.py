"""Bank accounts: only owners who have just signed in, check digits, KID agreements, and every owner is told."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, transaction

from tenants.models import AuditEntry, BankAccount, Membership, User
from tests import builders

LIST = "/nordlys/settings/bank-accounts/"
NEW = f"{LIST}new/"


@pytest.fixture(autouse=True)
def _passwords(organization: Any, owner: Any) -> None:
    """Only somebody who has a password can be asked for it."""
    owner.set_password(builders.PASSWORD)
    owner.save()


def signed_in_just_now(client: Any) -> Any:
    """The browser of somebody who has just typed the password again."""
    client.post("/accounts/reauthenticate/", {"password": builders.PASSWORD})
    return client


def account_data(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Euro",
        "account_number": "8601 11 17947",
        "iban": "",
        "bic": "",
        "currency": "EUR",
        "kid_algorithm": "none",
        "kid_length": "",
        "is_active": "on",
        **changes,
    }


def accounts(organization: Any) -> list[BankAccount]:
    with builders.in_organization(organization):
        return list(BankAccount.objects.order_by("id"))


def test_an_account_is_added_and_every_owner_is_told(organization: Any, owner: Any, client_of: Any) -> None:
    second = User.objects.create_user("second@nordlys.example", None, "Second Owner")
    with builders.in_organization(organization):
        Membership.objects.create(organization=organization, user=second, role="owner")
    client = signed_in_just_now(client_of(owner))
    assert client.get(NEW).status_code == 200
    assert client.post(NEW, account_data(iban="NO93 8601 1117 947", bic="dnbanokk")).status_code == 302
    added = accounts(organization)[-1]
    assert (added.account_number, added.iban, added.bic) == ("86011117947", "NO9386011117947", "DNBANOKK")
    builders.run_background()
    assert sorted(message.to[0] for message in mail.outbox) == [owner.email, "second@nordlys.example"]
    assert "86011117947" in mail.outbox[0].body
    assert client.get(LIST).status_code == 200


def test_somebody_who_signed_in_long_ago_is_asked_again(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    for response in (client.get(NEW), client.post(NEW, account_data())):
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/reauthenticate/")
    assert len(accounts(organization)) == 1
    # Once the password is typed, what was sent before is carried out.
    wanted = response["Location"]
    assert client.post(wanted, {"password": "wrong"}).status_code == 200
    assert len(accounts(organization)) == 1
    assert client.post(wanted, {"password": builders.PASSWORD}).status_code == 302
    assert len(accounts(organization)) == 2


def test_strangers_find_nothing_and_members_without_the_right_are_refused(
    organization: Any, stranger: Any, accountant: Any, client_of: Any
) -> None:
    [account] = accounts(organization)
    for path in (NEW, f"{LIST}{account.pk}/"):
        assert signed_in_just_now(client_of(stranger)).post(path, account_data()).status_code == 404
        assert signed_in_just_now(client_of(accountant)).post(path, account_data()).status_code == 403
    assert len(accounts(organization)) == 1


def test_an_account_of_another_organization_is_not_found(
    organization: Any, other_organization: Any, owner: Any, client_of: Any
) -> None:
    [foreign] = accounts(other_organization)
    client = signed_in_just_now(client_of(owner))
    assert client.post(f"{LIST}{foreign.pk}/", account_data()).status_code == 404
    assert accounts(other_organization)[0].currency == "NOK"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"account_number": "86011117948"}, "account_number"),
        ({"account_number": ""}, "account_number"),
        ({"iban": "NO9486011117947"}, "iban"),
        ({"bic": "DNB"}, "bic"),
        ({"kid_algorithm": "mod10", "kid_length": ""}, "kid_length"),
        ({"kid_algorithm": "mod10", "kid_length": "3"}, "kid_length"),
        ({"kid_algorithm": "mod11", "kid_length": "26"}, "kid_length"),
        ({"currency": "NOK"}, "currency"),
        ({"name": "a\x00"}, "name"),
    ],
)
def test_what_does_not_hold_is_refused_at_its_field(
    organization: Any, owner: Any, client_of: Any, changes: dict[str, str], field: str
) -> None:
    response = signed_in_just_now(client_of(owner)).post(NEW, account_data(**changes))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert len(accounts(organization)) == 1
    builders.run_background()
    assert mail.outbox == []


def test_saving_the_same_twice_tells_once(organization: Any, owner: Any, client_of: Any) -> None:
    [account] = accounts(organization)
    client = signed_in_just_now(client_of(owner))
    data = account_data(currency="NOK", kid_algorithm="mod11", kid_length="8", name="Drift")
    for _time in range(2):
        assert client.post(f"{LIST}{account.pk}/", data).status_code == 302
    with builders.in_organization(organization):
        entry = AuditEntry.objects.get(verb="bank_account.changed")
    assert entry.facts["changes"]["kid_algorithm"] == ["mod10", "mod11"]
    builders.run_background()
    assert len(mail.outbox) == 1


def test_the_database_refuses_it_too(organization: Any) -> None:
    [account] = accounts(organization)
    for wrong in ({"kid_length": 3}, {"account_number": "", "iban": ""}, {"kid_algorithm": "none"}):
        with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
            BankAccount.objects.filter(pk=account.pk).update(**wrong)
    with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        BankAccount.objects.create(organization=organization, account_number="1", currency="NOK")
