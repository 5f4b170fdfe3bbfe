"""Projects: made, found, changed and closed, and seen by their managers alone unless the role says more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing_backlog.models import Contract, Deputy, Project
from tenants.models import AuditEntry, Organization, User
from tests import builders
from tests.builders import in_organization

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Any], Client]


def typed(**changes: str) -> dict[str, str]:
    """A project as it is written into the form."""
    return {"number": "2204", "name": "Kaiforsterkning", "customer": "Havgløtt Verksted AS", "manager": "", **changes}


def test_a_project_is_made_changed_and_closed(
    organization: Organization, owner: User, project_manager: User, client_of: ClientOf
) -> None:
    builders.make_customer(organization)
    client, slug = client_of(owner), organization.slug
    page = client.get(f"/{slug}/projects/new/")
    assert b"1001" in page.content  # a number to begin with

    made = client.post(
        f"/{slug}/projects/new/", typed(manager=str(project_manager.pk), vat_treatment="low", dimension_0="Avd 10")
    )
    with in_organization(organization):
        project = Project.objects.get()
    assert made["Location"] == f"/{slug}/projects/{project.pk}/"
    assert (project.manager_id, project.vat_treatment, project.dimensions) == (
        project_manager.pk, "low", {"department": "Avd 10"},
    )  # fmt: skip

    address = f"/{slug}/projects/{project.pk}/"
    changed = typed(name="Kaiforsterkning øst", manager=str(project_manager.pk), version="1")
    assert client.post(f"{address}edit/", changed).status_code == 302
    stale = client.post(f"{address}edit/", changed)
    assert (stale.status_code, list(stale.context["form"].errors)) == (422, ["__all__"])

    for _twice in range(2):
        client.post(f"{address}close/")
    assert b"2204" in client.get(f"/{slug}/projects/?show=closed").content
    assert b"2204" not in client.get(f"/{slug}/projects/").content
    client.post(f"{address}reopen/")
    with in_organization(organization):
        verbs = list(
            AuditEntry.objects.filter(verb__startswith="project.").order_by("id").values_list("verb", flat=True)
        )
    assert verbs == ["project.created", "project.changed", "project.closed", "project.reopened"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"number": ""}, "number"), ({"customer": "Ukjent AS"}, "customer"), ({"number": "1"}, "number")],
)
def test_what_cannot_be_is_refused_at_its_field(
    organization: Organization, owner: User, client_of: ClientOf, changes: dict[str, str], field: str
) -> None:
    builders.make_project(organization, number="1")
    answer = client_of(owner).post(f"/{organization.slug}/projects/new/", typed(**changes))

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    with in_organization(organization):
        assert Project.objects.count() == 1


def test_a_manager_sees_the_own_projects_and_those_of_whom_he_stands_in_for(
    organization: Organization, owner: User, project_manager: User, client_of: ClientOf
) -> None:
    customer = builders.make_customer(organization)
    own = builders.make_project(organization, customer, number="1", manager=project_manager)
    other = builders.make_project(organization, customer, number="2", manager=owner)
    line = builders.make_contract_line(organization, other)
    client, slug = client_of(project_manager), organization.slug
    hidden = [f"/{slug}/projects/{other.pk}/", f"/{slug}/contracts/{line.contract_id}/"]

    assert client.get(f"/{slug}/projects/{own.pk}/").status_code == 200
    assert [client.get(address).status_code for address in hidden] == [404, 404]
    assert client.post(f"/{slug}/projects/{other.pk}/close/").status_code == 404
    with in_organization(organization):
        Deputy.objects.create(
            organization=organization, person=owner, deputy=project_manager,
            first_day=date(2020, 1, 1), last_day=date(2099, 1, 1),
        )  # fmt: skip
    assert [client.get(address).status_code for address in hidden] == [200, 200]


def test_the_pages_ask_as_much_of_the_database_for_many_as_for_one(
    organization: Organization, owner: User, client_of: ClientOf
) -> None:
    customer, client, slug = builders.make_customer(organization), client_of(owner), organization.slug
    project = _billed_project(organization, customer, 1)
    pages = [f"/{slug}/projects/", f"/{slug}/projects/{project.pk}/", f"/{slug}/customers/{customer.pk}/work/"]
    with in_organization(organization):
        contract = Contract.objects.get()
    pages.append(f"/{slug}/contracts/{contract.pk}/")
    [client.get(page) for page in pages]
    once = [_statements(client, page) for page in pages]
    for number in range(2, 5):
        line = builders.make_contract_line(
            organization, project, contract={"number": f"K-1-{number}"}, limit_amount=100_000
        )
        [item] = builders.take_work(organization, builders.work(line), ready=True)
        builders.make_proformas_of(organization, [item])
        _billed_project(organization, customer, number)

    assert [_statements(client, page) for page in pages] == once
    assert max(once) < 30


def _billed_project(organization: Organization, customer: Any, number: int) -> Project:
    project = builders.make_project(organization, customer, number=str(number))
    line = builders.make_contract_line(organization, project)
    items = builders.take_work(organization, builders.work(line), builders.work(line, text="Mer"), ready=True)
    [proforma] = builders.make_proformas_of(organization, items[:1])
    builders.finalize_drafts(organization, [proforma.invoice_id])
    return project


def _statements(client: Client, page: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(page)
    assert answer.status_code == 200
    assert len(answer.content) < 100_000
    return len(asked)
