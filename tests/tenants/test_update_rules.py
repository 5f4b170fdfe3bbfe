"""Who decides what: the approval rule, the two switches, and the table of roles."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from tenants.models import AuditEntry, Organization, Role
from tenants.permission_words import GROUPS, table_of_roles
from tenants.permissions import ROLE_PERMISSIONS, Permission
from tests import builders

SHOW = "/nordlys/settings/rules/"
SAVE = "/nordlys/settings/rules/save/"
ROLES = "/nordlys/settings/roles/"


def rules(**changes: str) -> dict[str, str]:
    return {
        "approval": "never",
        "amount": "",
        "corrections_by": "permitted",
        "draft_deletion_by": "permitted",
        **changes,
    }


def stored(organization: Any) -> tuple[Any, str, str]:
    with builders.in_organization(organization):
        row = Organization.objects.get(pk=organization.pk)
        return row.approval_from_amount, row.corrections_by, row.draft_deletion_by


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ({"approval": "always"}, Decimal(0)),
        ({"approval": "from", "amount": "50 000,00"}, Decimal(50000)),
        ({"approval": "never", "amount": "50000"}, None),
    ],
)
def test_m_112_the_rules_are_changed(
    organization: Any, owner: Any, client_of: Any, typed: dict[str, str], amount: Decimal | None
) -> None:
    client = client_of(owner)
    assert client.post(SAVE, rules(**typed, corrections_by="owners", draft_deletion_by="nobody")).status_code == 302
    assert stored(organization) == (amount, "owners", "nobody")
    assert client.get(SHOW).context["form"]["approval"].value() == typed["approval"]


def test_strangers_find_nothing_and_readers_change_nothing(
    organization: Any, stranger: Any, auditor: Any, case_worker: Any, client_of: Any
) -> None:
    assert client_of(stranger).post(SAVE, rules(approval="always")).status_code == 404
    assert client_of(auditor).post(SAVE, rules(approval="always")).status_code == 403
    assert client_of(case_worker).get(SHOW).status_code == 403
    assert client_of(auditor).get(SHOW).status_code == 200
    assert stored(organization) == (None, "permitted", "permitted")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"approval": "from"}, "amount"),
        ({"approval": "from", "amount": "-1"}, "amount"),
        ({"approval": "from", "amount": "mye"}, "amount"),
        ({"approval": "sometimes"}, "approval"),
        ({"corrections_by": "all"}, "corrections_by"),
    ],
)
def test_what_does_not_hold_is_refused_at_its_field(
    organization: Any, owner: Any, client_of: Any, wrong: dict[str, str], field: str
) -> None:
    response = client_of(owner).post(SAVE, rules(**wrong))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert stored(organization) == (None, "permitted", "permitted")


def test_a_company_with_one_approver_is_warned(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    assert client.get(SHOW).context["has_second_person"] is False
    builders.make_member(organization, "accountant")
    assert client.get(SHOW).context["has_second_person"] is True


def test_saving_the_same_twice_writes_one_line(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    for _time in range(2):
        client.post(SAVE, rules(approval="always"))
    with builders.in_organization(organization):
        assert AuditEntry.objects.filter(verb="organization.changed").count() == 1


def test_the_database_refuses_it_too(organization: Any) -> None:
    for wrong in ({"approval_from_amount": -1}, {"corrections_by": "all"}, {"draft_deletion_by": ""}):
        with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
            Organization.objects.filter(pk=organization.pk).update(**wrong)


def test_every_permission_has_words_and_the_table_says_what_the_roles_hold(
    organization: Any, owner: Any, client_of: Any
) -> None:
    assert {permission for _label, words in GROUPS for permission in words} == set(Permission)
    held = [holds for _label, rows in table_of_roles() for _words, holds in rows]
    assert [sum(column) for column in zip(*held, strict=True)] == [len(ROLE_PERMISSIONS[role]) for role in Role]
    assert client_of(owner).get(ROLES).status_code == 200
