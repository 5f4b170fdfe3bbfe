"""Invitations: sent by the worker, accepted by the address they were sent to, dead once used, withdrawn or old."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.utils import timezone

from tenants.models import Invitation, Membership, OutboxRow, User
from tests import builders

PEOPLE = "/nordlys/settings/people/"
ADDRESS = "ny@nordlys.example"


def invite(client: Any, email: str = ADDRESS, role: str = "accountant") -> Any:
    return client.post(f"{PEOPLE}invite/", {"email": email, "role": role})


def link_in_mail() -> str:
    """The path of the link in the newest mail."""
    found = re.search(r"https?://[^/]+(/join/\S+)", mail.outbox[-1].body)  # type: ignore[arg-type]
    assert found is not None
    return found.group(1)


def invitations(organization: Any) -> list[Invitation]:
    with builders.in_organization(organization):
        return list(Invitation.objects.order_by("created_at"))


def sign_up(email: str = ADDRESS) -> User:
    return User.objects.create_user(email, None, "Ny Person")


def test_an_invitation_is_mailed_and_accepted(organization: Any, owner: Any, client_of: Any, client: Any) -> None:
    assert invite(client_of(owner), "NY@Nordlys.example").status_code == 302
    assert mail.outbox == []  # the worker sends it
    builders.run_background()
    link = link_in_mail()
    assert mail.outbox[-1].to == [ADDRESS]
    page = client.get(link)
    assert page.status_code == 200
    assert "/accounts/login/?next=/join/" in page.content.decode()
    user = sign_up()
    response = client_of(user).post(link)
    assert (response.status_code, response["Location"]) == (302, "/nordlys/")
    with builders.in_organization(organization):
        assert Membership.objects.get(user=user).role == "accountant"
    assert client_of(user).post(link).status_code == 410


def test_the_secret_stands_nowhere_but_in_the_mail(organization: Any, owner: Any, client_of: Any) -> None:
    invite(client_of(owner))
    builders.run_background()
    secret = link_in_mail().rstrip("/").rpartition("/")[2]
    [invitation] = invitations(organization)
    with builders.in_organization(organization):
        rows = [str(row.payload) + row.key for row in OutboxRow.objects.filter(subject_id=invitation.pk)]
    assert len(secret) >= 40
    assert secret not in "".join(rows) + invitation.token_sha256
    assert len(rows) == 1


def test_another_address_is_told_and_does_not_join(
    organization: Any, owner: Any, stranger: Any, client_of: Any
) -> None:
    invite(client_of(owner))
    builders.run_background()
    client = client_of(stranger)
    assert ADDRESS in client.get(link_in_mail()).content.decode()
    assert client.post(link_in_mail()).status_code == 422
    with builders.in_organization(organization):
        assert not Membership.objects.filter(user=stranger).exists()


def test_strangers_find_nothing_and_members_without_the_right_are_refused(
    organization: Any, stranger: Any, accountant: Any, client_of: Any
) -> None:
    assert invite(client_of(stranger)).status_code == 404
    assert invite(client_of(accountant)).status_code == 403
    assert invitations(organization) == []


@pytest.mark.parametrize("change", ["withdrawn", "expired", "made up"])
def test_a_link_that_does_not_hold_says_so(organization: Any, owner: Any, client_of: Any, change: str) -> None:
    client = client_of(owner)
    invite(client)
    builders.run_background()
    link = link_in_mail()
    [invitation] = invitations(organization)
    if change == "withdrawn":
        for _time in range(2):
            client.post(f"/nordlys/settings/invitations/{invitation.pk}/withdraw/")
    elif change == "expired":
        with builders.in_organization(organization):
            Invitation.objects.filter(pk=invitation.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    else:
        link = f"/join/{organization.pk}/made-up%00/"
    user = sign_up()
    assert client_of(user).get(link).status_code == 410
    assert client_of(user).post(link).status_code == 410
    with builders.in_organization(organization):
        assert not Membership.objects.filter(user=user).exists()


def test_an_invitation_of_another_organization_is_not_found(
    organization: Any, other_organization: Any, owner: Any, stranger: Any, client_of: Any
) -> None:
    invite(client_of(owner))
    [invitation] = invitations(organization)
    path = f"settings/invitations/{invitation.pk}/withdraw/"
    assert client_of(stranger).post(f"/fremmed/{path}").status_code == 404
    assert invitations(organization)[0].withdrawn_at is None


def test_inviting_again_replaces_the_open_invitation(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    invite(client)
    invite(client, role="auditor")
    first, second = invitations(organization)
    assert first.withdrawn_at is not None
    assert second.withdrawn_at is None
    builders.run_background()
    assert len(mail.outbox) == 1  # the withdrawn one is not mailed
    with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        Invitation.objects.filter(pk=first.pk).update(withdrawn_at=None)


def test_a_member_is_not_invited_again(organization: Any, owner: Any, auditor: Any, client_of: Any) -> None:
    response = invite(client_of(owner), auditor.email)
    assert response.status_code == 422
    assert "email" in response.context["form"].errors
    assert invite(client_of(owner), "not an address").status_code == 422
    assert invite(client_of(owner), "a@b.example\nBcc: c@d.example").status_code == 422
    assert invitations(organization) == []
