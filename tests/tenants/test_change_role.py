"""Roles and memberships: changed and ended by owners, never down to no owner at all."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from tenants.models import AuditEntry, Membership
from tests import builders

PEOPLE = "/nordlys/settings/people/"


def membership_of(organization: Any, user: Any) -> Membership:
    with builders.in_organization(organization):
        return Membership.objects.get(user=user)


def role_of(organization: Any, user: Any) -> str:
    return membership_of(organization, user).role


def test_a_role_is_changed_and_written_down(organization: Any, owner: Any, auditor: Any, client_of: Any) -> None:
    member = membership_of(organization, auditor)
    assert client_of(owner).post(f"{PEOPLE}{member.pk}/role/", {"role": "accountant"}).status_code == 302
    assert role_of(organization, auditor) == "accountant"
    with builders.in_organization(organization):
        assert AuditEntry.objects.get(verb="member.role_changed").facts["role"] == ["auditor", "accountant"]


def test_a_member_is_removed_and_finds_nothing_any_more(
    organization: Any, owner: Any, auditor: Any, client_of: Any
) -> None:
    member = membership_of(organization, auditor)
    assert client_of(auditor).get("/nordlys/").status_code == 200
    assert client_of(owner).post(f"{PEOPLE}{member.pk}/remove/").status_code == 302
    assert client_of(auditor).get("/nordlys/").status_code == 404
    assert client_of(owner).post(f"{PEOPLE}{member.pk}/remove/").status_code == 404


def test_strangers_find_nothing_and_members_without_the_right_are_refused(
    organization: Any, stranger: Any, accountant: Any, client_of: Any
) -> None:
    member = membership_of(organization, accountant)
    for verb in ("role", "remove"):
        path = f"{PEOPLE}{member.pk}/{verb}/"
        assert client_of(stranger).post(path, {"role": "owner"}).status_code == 404
        assert client_of(accountant).post(path, {"role": "owner"}).status_code == 403
    assert role_of(organization, accountant) == "accountant"


def test_a_membership_of_another_organization_is_not_found(
    other_organization: Any, owner: Any, stranger: Any, client_of: Any
) -> None:
    foreign = membership_of(other_organization, stranger)
    for verb in ("role", "remove"):
        assert client_of(owner).post(f"{PEOPLE}{foreign.pk}/{verb}/", {"role": "auditor"}).status_code == 404
    assert role_of(other_organization, stranger) == "owner"


@pytest.mark.parametrize("verb", ["role", "remove"])
def test_the_last_owner_stays(organization: Any, owner: Any, client_of: Any, verb: str) -> None:
    member = membership_of(organization, owner)
    client = client_of(owner)
    client.post(f"{PEOPLE}{member.pk}/{verb}/", {"role": "auditor"}, headers={"Referer": f"http://testserver{PEOPLE}"})
    assert role_of(organization, owner) == "owner"


def test_an_unknown_role_is_refused_twice(organization: Any, owner: Any, auditor: Any, client_of: Any) -> None:
    member = membership_of(organization, auditor)
    client_of(owner).post(f"{PEOPLE}{member.pk}/role/", {"role": "emperor"})
    assert role_of(organization, auditor) == "auditor"
    with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        Membership.objects.filter(pk=member.pk).update(role="emperor")
