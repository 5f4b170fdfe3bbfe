"""The people of an organization: in the order of the organization's alphabet."""

from __future__ import annotations

from typing import Any

import pytest

from tenants.queries import list_memberships
from tests import builders


@pytest.mark.parametrize(
    ("language", "in_order"), [("da", ["anna", "Ærlig", "Østen", "Åse"]), ("sv", ["anna", "Åse", "Ærlig", "Østen"])]
)
def test_people_stand_in_the_order_of_the_alphabet(organization: Any, language: str, in_order: list[str]) -> None:
    organization.language = language
    for role, name in zip(
        ("accountant", "project_manager", "case_worker", "auditor"), ("Østen", "Åse", "anna", "Ærlig"), strict=True
    ):
        user = builders.make_member(organization, role)
        user.name = name
        user.save()

    with builders.in_organization(organization):
        names = [membership.user.name for membership in list_memberships(organization)]
    assert [name for name in names if name in in_order] == in_order
