"""Where customers pay to: only owners who have just signed in, a second person or a day, and every owner is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, transaction

from tenants import bank_accounts
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import AuditEntry, BankAccount, BankAccountChange, Membership, Notice, User
from tenants.tasks import apply_bank_changes
from tests import builders

LIST = "/nordlys/settings/bank-accounts/"
NEW = f"{LIST}new/"


@pytest.fixture(autouse=True)
def _passwords(organization: Any, owner: Any) -> None:
    """Only somebody who has a password can be asked for it."""
    owner.set_password(builders.PASSWORD)
    owner.language = "en"
    owner.save()


@pytest.fixture
def second_owner(organization: Any) -> User:
    second = User.objects.create_user("second@nordlys.example", builders.PASSWORD, "Second Owner")
    User.objects.filter(pk=second.pk).update(language="en")
    with builders.in_organization(organization):
        Membership.objects.create(organization=organization, user=second, role="owner")
    return second


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


def same_account(**changes: Any) -> dict[str, Any]:
    """The account that stands, with these changes."""
    return account_data(name="", currency="NOK", kid_algorithm="mod10", kid_length="10", **changes)


def accounts(organization: Any) -> list[BankAccount]:
    with builders.in_organization(organization):
        return list(BankAccount.objects.order_by("id"))


def changes(organization: Any) -> list[BankAccountChange]:
    with builders.in_organization(organization):
        return list(BankAccountChange.objects.order_by("id"))


def act(organization: Any, change: BankAccountChange, verb: str, client: Any) -> Any:
    return client.post(f"{LIST}changes/{change.pk}/{verb}/")


def apply_later(organization: Any, **wait: int) -> int:
    with organization_context(organization.pk):
        return bank_accounts.apply_due_bank_changes(organization.pk, now=datetime.now(UTC) + timedelta(**wait))


def test_a_changed_number_waits_and_every_owner_is_told(
    organization: Any, owner: Any, second_owner: User, client_of: Any
) -> None:
    [account] = accounts(organization)
    client = signed_in_just_now(client_of(owner))
    url = f"{LIST}{account.pk}/"
    assert client.post(url, same_account(account_number=builders.OTHER_ACCOUNT_NUMBER)).status_code == 302

    assert accounts(organization)[0].account_number == builders.ACCOUNT_NUMBER
    [change] = changes(organization)
    assert change.takes_effect_at - change.requested_at == timedelta(days=1)
    builders.run_background()
    assert sorted(message.to[0] for message in mail.outbox) == [owner.email, second_owner.email]
    assert builders.OTHER_ACCOUNT_NUMBER in mail.outbox[0].body
    with builders.in_organization(organization):
        told = list(Notice.objects.filter(kind="bank_change.waiting").values_list("user_id", flat=True))
    assert sorted(told, key=str) == sorted([owner.pk, second_owner.pk], key=str)
    page = client.get(LIST).content.decode()
    assert builders.OTHER_ACCOUNT_NUMBER in page
    assert f"{LIST}changes/{change.pk}/withdraw/" in page
    assert f"{LIST}changes/{change.pk}/approve/" not in page


def test_another_owner_approves_and_the_change_holds_at_once(
    organization: Any, owner: Any, second_owner: User, client_of: Any
) -> None:
    change = builders.make_bank_change(organization)
    client = signed_in_just_now(client_of(second_owner))
    assert act(organization, change, "approve", client).status_code == 302

    assert accounts(organization)[0].account_number == builders.OTHER_ACCOUNT_NUMBER
    [change] = changes(organization)
    assert change.approved_by_id == second_owner.pk
    assert change.applied_at is not None
    mail.outbox.clear()
    builders.run_background()
    assert len([message for message in mail.outbox if builders.OTHER_ACCOUNT_NUMBER in message.body]) == 4


def test_nobody_approves_their_own_change(organization: Any, owner: Any, client_of: Any) -> None:
    change = builders.make_bank_change(organization)
    client = signed_in_just_now(client_of(owner))
    act(organization, change, "approve", client)

    assert "You asked for this change yourself" in client.get(LIST).content.decode()
    assert accounts(organization)[0].account_number == builders.ACCOUNT_NUMBER
    with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        BankAccountChange.objects.filter(pk=change.pk).update(approved_by=owner)


def test_an_approval_asks_for_the_password_again(organization: Any, second_owner: User, client_of: Any) -> None:
    change = builders.make_bank_change(organization)
    response = act(organization, change, "approve", client_of(second_owner))

    assert response["Location"].startswith("/accounts/reauthenticate/")
    assert accounts(organization)[0].account_number == builders.ACCOUNT_NUMBER


def test_a_change_takes_effect_after_its_day_and_once(organization: Any) -> None:
    builders.make_bank_change(organization)
    assert apply_later(organization, hours=23) == 0
    assert apply_bank_changes() == 0
    assert accounts(organization)[0].account_number == builders.ACCOUNT_NUMBER

    assert apply_later(organization, hours=25) == 1
    assert apply_later(organization, hours=26) == 0
    assert accounts(organization)[0].account_number == builders.OTHER_ACCOUNT_NUMBER
    with builders.in_organization(organization):
        assert AuditEntry.objects.filter(verb="bank_account.changed", actor_kind="system").count() == 1


def test_any_owner_stops_a_change_and_it_never_holds(
    organization: Any, owner: Any, second_owner: User, client_of: Any
) -> None:
    change = builders.make_bank_change(organization)
    assert act(organization, change, "withdraw", client_of(second_owner)).status_code == 302
    assert apply_later(organization, hours=25) == 0
    assert accounts(organization)[0].account_number == builders.ACCOUNT_NUMBER
    for verb in ("approve", "withdraw"):
        client = signed_in_just_now(client_of(second_owner))
        act(organization, change, verb, client)
        assert "The change is stopped already" in client.get(LIST).content.decode()
    assert changes(organization)[0].withdrawn_by_id == second_owner.pk


def test_a_new_account_waits_too(organization: Any, owner: Any, client_of: Any) -> None:
    client = signed_in_just_now(client_of(owner))
    assert client.get(NEW).status_code == 200
    data = account_data(iban="NO93 8601 1117 947", bic="dnbanokk")
    assert client.post(NEW, data).status_code == 302
    assert len(accounts(organization)) == 1
    assert apply_later(organization, hours=25) == 1
    added = accounts(organization)[-1]
    assert (added.account_number, added.iban, added.bic) == ("86011117947", "NO9386011117947", "DNBANOKK")


def test_the_first_account_of_a_company_holds_at_once(organization: Any, owner: Any, client_of: Any) -> None:
    with builders.in_organization(organization):
        BankAccount.objects.all().delete()
    assert signed_in_just_now(client_of(owner)).post(NEW, account_data(currency="NOK")).status_code == 302
    assert len(accounts(organization)) == 1
    builders.run_background()
    assert [message.to for message in mail.outbox] == [[owner.email]]


def test_a_name_diverts_nothing_and_holds_at_once(organization: Any, owner: Any, client_of: Any) -> None:
    [account] = accounts(organization)
    client = signed_in_just_now(client_of(owner))
    for _time in range(2):
        data = same_account() | {"name": "Drift"}
        assert client.post(f"{LIST}{account.pk}/", data).status_code == 302
    assert accounts(organization)[0].name == "Drift"
    with builders.in_organization(organization):
        assert AuditEntry.objects.filter(verb="bank_account.changed").count() == 1
    builders.run_background()
    assert len(mail.outbox) == 1


def test_an_account_goes_out_of_use_at_once_while_another_stays(organization: Any, owner: Any, client_of: Any) -> None:
    with builders.in_organization(organization):
        euro = BankAccount.objects.create(organization=organization, account_number="86011117947", currency="EUR")
    client = signed_in_just_now(client_of(owner))
    data = account_data(name="")
    del data["is_active"]
    assert client.post(f"{LIST}{euro.pk}/", data).status_code == 302
    assert [row.is_active for row in accounts(organization)] == [True, False]

    last = same_account()
    del last["is_active"]
    response = client.post(f"{LIST}{accounts(organization)[0].pk}/", last)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["is_active"]
    assert accounts(organization)[0].is_active


def test_one_change_waits_at_a_time(organization: Any, owner: Any, client_of: Any) -> None:
    builders.make_bank_change(organization)
    [account] = accounts(organization)
    client = signed_in_just_now(client_of(owner))
    response = client.post(f"{LIST}{account.pk}/", same_account() | {"name": "Drift"})
    assert response.status_code == 422
    assert client.post(NEW, account_data()).status_code == 302
    response = client.post(NEW, account_data(name="Second"))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["currency"]
    assert len(changes(organization)) == 2


def test_a_change_that_cannot_hold_any_more_ends_and_the_owners_hear_why(organization: Any, owner: Any) -> None:
    with organization_context(organization.pk):
        account = BankAccount(organization=organization, account_number="86011117947", currency="EUR")
        bank_accounts.request_bank_change(
            organization, account, user=owner, actor=Actor.person(owner), now=datetime.now(UTC)
        )
    with builders.in_organization(organization):
        BankAccount.objects.create(organization=organization, account_number="12345678903", currency="EUR")
    assert apply_later(organization, hours=25) == 0
    [change] = changes(organization)
    assert change.withdrawn_at is not None
    with builders.in_organization(organization):
        assert Notice.objects.filter(kind="bank_change.cancelled", user=owner).count() == 1


def test_somebody_who_signed_in_long_ago_is_asked_again(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    for response in (client.get(NEW), client.post(NEW, account_data())):
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/reauthenticate/")
    assert changes(organization) == []
    # Once the password is typed, what was sent before is carried out.
    wanted = response["Location"]
    assert client.post(wanted, {"password": "wrong"}).status_code == 200
    assert changes(organization) == []
    assert client.post(wanted, {"password": builders.PASSWORD}).status_code == 302
    assert len(changes(organization)) == 1


def test_strangers_find_nothing_and_members_without_the_right_are_refused(
    organization: Any, stranger: Any, accountant: Any, client_of: Any
) -> None:
    change = builders.make_bank_change(organization)
    [account] = accounts(organization)
    paths = (NEW, f"{LIST}{account.pk}/", f"{LIST}changes/{change.pk}/approve/", f"{LIST}changes/{change.pk}/withdraw/")
    for path in paths:
        assert signed_in_just_now(client_of(stranger)).post(path, account_data()).status_code == 404
        assert signed_in_just_now(client_of(accountant)).post(path, account_data()).status_code == 403
    assert accounts(organization)[0].account_number == builders.ACCOUNT_NUMBER
    assert changes(organization)[0].is_waiting


def test_an_account_of_another_organization_is_not_found(
    organization: Any, other_organization: Any, owner: Any, client_of: Any
) -> None:
    [foreign] = accounts(other_organization)
    change = builders.make_bank_change(other_organization)
    client = signed_in_just_now(client_of(owner))
    assert client.post(f"{LIST}{foreign.pk}/", account_data()).status_code == 404
    assert act(organization, change, "approve", client).status_code == 404
    assert act(organization, change, "withdraw", client).status_code == 404
    assert changes(other_organization)[0].is_waiting


@pytest.mark.parametrize(
    ("wrong", "field"),
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
    organization: Any, owner: Any, client_of: Any, wrong: dict[str, str], field: str
) -> None:
    response = signed_in_just_now(client_of(owner)).post(NEW, account_data(**wrong))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert changes(organization) == []
    builders.run_background()
    assert mail.outbox == []


def test_the_database_refuses_it_too(organization: Any) -> None:
    [account] = accounts(organization)
    for wrong in ({"kid_length": 3}, {"account_number": "", "iban": ""}, {"kid_algorithm": "none"}):
        with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
            BankAccount.objects.filter(pk=account.pk).update(**wrong)
    with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        BankAccount.objects.create(organization=organization, account_number="1", currency="NOK")
