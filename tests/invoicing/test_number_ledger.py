from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.test import Client

from invoicing.models import SeriesCheck
from tests.builders import in_organization, make_customer, make_finalized_invoice
from tests.invoicing.draft_forms import address, text_of


def _checks(organization: Any) -> list[SeriesCheck]:
    with in_organization(organization):
        return list(SeriesCheck.objects.of(organization))


def test_every_number_is_shown_with_its_document_and_hashes(
    organization: Any, auditor: Any, client_of: Callable[[Any], Client]
) -> None:
    customer = make_customer(organization, name="Solvik Eiendom AS")
    first, second = (make_finalized_invoice(organization, customer) for _number in range(2))
    text = text_of(client_of(auditor).get(address("number_ledger", organization)))
    for shown in ("10001", "10002", "Solvik Eiendom AS", first.hash[:12], second.hash[:12], second.previous_hash[:12]):
        assert shown in text
    assert second.previous_hash == first.hash


def test_the_check_says_plainly_that_nothing_is_missing(
    organization: Any, auditor: Any, client_of: Callable[[Any], Client]
) -> None:
    make_finalized_invoice(organization)
    client = client_of(auditor)
    response = client.post(address("check_series", organization))
    assert response.headers["Location"] == address("number_ledger", organization)
    [check] = _checks(organization)
    assert (check.is_whole, check.documents, check.last_number) == (True, 1, 10001)
    assert 'class="note ok"' in text_of(client.get(address("number_ledger", organization)))


def test_problems_of_a_check_are_listed(organization: Any, auditor: Any, client_of: Callable[[Any], Client]) -> None:
    make_finalized_invoice(organization)
    client = client_of(auditor)
    client.post(address("check_series", organization))
    with in_organization(organization):
        [check] = list(SeriesCheck.objects.of(organization))
        SeriesCheck.objects.create(
            organization=organization,
            series=check.series,
            last_number=10001,
            documents=1,
            problems=["Number 7 is gone."],
        )
    assert "Number 7 is gone." in text_of(client.get(address("number_ledger", organization)))


def test_pages_follow_each_other_by_number(organization: Any, owner: Any, client_of: Callable[[Any], Client]) -> None:
    customer = make_customer(organization)
    for _number in range(51):
        make_finalized_invoice(organization, customer)
    client = client_of(owner)
    first = client.get(address("number_ledger", organization))
    assert ">10001<" not in text_of(first)
    following = first.context["pagination"]["next_url"]
    second = client.get(address("number_ledger", organization) + following, headers={"HX-Request": "true"})
    assert ">10001<" in text_of(second)
    assert "<html" not in text_of(second)


def test_an_unknown_series_shows_nothing(organization: Any, owner: Any, client_of: Callable[[Any], Client]) -> None:
    make_finalized_invoice(organization)
    response = client_of(owner).get(address("number_ledger", organization), {"series": str(uuid4())})
    assert response.status_code == 200
    assert ">10001<" not in text_of(response)


def test_a_stranger_gets_404_and_a_project_manager_403(
    organization: Any, stranger: Any, project_manager: Any, client_of: Callable[[Any], Client]
) -> None:
    for name, method in (("number_ledger", "get"), ("check_series", "post")):
        path = address(name, organization)
        assert getattr(client_of(stranger), method)(path).status_code == 404
        assert getattr(client_of(project_manager), method)(path).status_code == 403
    assert _checks(organization) == []
