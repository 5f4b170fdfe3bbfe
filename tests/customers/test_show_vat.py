"""VAT in the settings: what the law says, with days and sources, to read only."""

from __future__ import annotations

from typing import Any

from tenants.models import Organization
from tests import builders

SHOW = "/nordlys/settings/vat/"


def test_the_page_shows_the_rates_in_force_with_their_source(organization: Any, auditor: Any, client_of: Any) -> None:
    response = client_of(auditor).get(SHOW)
    rows = response.context["figures"]
    in_force = [row["figure"] for row in rows if row["figure"].pk in response.context["in_force"]]
    assert {figure.variant for figure in in_force} >= {"standard", "food", "low"}
    assert len({figure.variant for figure in in_force}) == len(in_force)
    assert all(row["figure"].source for row in rows)
    [standard] = [figure for figure in in_force if figure.variant == "standard"]
    assert standard.value == 25


def test_a_company_outside_the_register_is_told_so(organization: Any, owner: Any, client_of: Any) -> None:
    owner.language = "en"
    owner.save()
    assert "NO123456785MVA" in client_of(owner).get(SHOW).content.decode()
    with builders.in_organization(organization):
        Organization.objects.filter(pk=organization.pk).update(is_vat_registered=False)
    assert "Not registered for VAT" in client_of(owner).get(SHOW).content.decode()


def test_strangers_find_nothing_and_some_roles_are_refused(
    organization: Any, stranger: Any, case_worker: Any, client_of: Any
) -> None:
    assert client_of(stranger).get(SHOW).status_code == 404
    assert client_of(case_worker).get(SHOW).status_code == 403
