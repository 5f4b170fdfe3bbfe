"""Number series in the settings: further ranges, one for new documents, forwards only."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from invoicing.models import NumberSeries
from invoicing.proof import series_problems
from tenants.models import AuditEntry
from tests import builders

LIST = "/nordlys/settings/number-series/"
OPEN = f"{LIST}open/"


def new_series(**changes: Any) -> dict[str, Any]:
    return {"code": "kasse", "name": "Kasse", "first_number": "1", "last_allowed": "9999", **changes}


def stored(organization: Any) -> list[NumberSeries]:
    with builders.in_organization(organization):
        return list(NumberSeries.objects.order_by("first_number"))


def choose(client: Any, series: NumberSeries) -> Any:
    return client.post(f"{LIST}{series.pk}/choose/")


def test_a_series_is_opened_chosen_and_numbers_new_documents(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    before = builders.make_finalized_invoice(organization)
    assert client.post(OPEN, new_series()).status_code == 302
    opened, main = stored(organization)
    assert (opened.is_default, main.is_default) == (False, True)

    assert choose(client, opened).status_code == 302
    first = builders.make_finalized_invoice(organization)
    second = builders.make_finalized_invoice(organization)
    assert (before.number, first.number, second.number) == (10001, 1, 2)
    assert choose(client, main).status_code == 302
    assert builders.make_finalized_invoice(organization).number == 10002
    with builders.in_organization(organization):
        for series in stored(organization):
            assert series_problems(organization, series)[1] == []
    page = client.get(LIST).content.decode()
    assert "1–9999" in page


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"first_number": "9000", "last_allowed": "10001"}, "first_number"),
        ({"first_number": "20000", "last_allowed": "30000"}, "first_number"),
        ({"first_number": "0"}, "first_number"),
        ({"last_allowed": "9999999999999"}, "last_allowed"),
        ({"first_number": "900", "last_allowed": "100"}, "last_allowed"),
        ({"code": "main"}, "code"),
        ({"code": "Æ Ø"}, "code"),
        ({"name": ""}, "name"),
    ],
)
def test_what_does_not_hold_is_refused_at_its_field(
    organization: Any, owner: Any, client_of: Any, wrong: dict[str, str], field: str
) -> None:
    response = client_of(owner).post(OPEN, new_series(**wrong))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert len(stored(organization)) == 1


def test_a_series_of_another_organization_is_not_found(
    organization: Any, other_organization: Any, owner: Any, stranger: Any, client_of: Any
) -> None:
    [series] = stored(organization)
    [foreign] = stored(other_organization)
    assert client_of(stranger).post(OPEN, new_series()).status_code == 404
    assert choose(client_of(stranger), series).status_code == 404
    assert choose(client_of(owner), foreign).status_code == 404
    assert len(stored(organization)) == 1


def test_readers_change_nothing(organization: Any, auditor: Any, client_of: Any) -> None:
    [series] = stored(organization)
    assert client_of(auditor).get(LIST).status_code == 200
    assert client_of(auditor).post(OPEN, new_series()).status_code == 403
    assert choose(client_of(auditor), series).status_code == 403
    assert len(stored(organization)) == 1


def test_a_full_series_is_not_chosen(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    client.post(OPEN, new_series(last_allowed="1"))
    small, main = stored(organization)
    choose(client, small)
    builders.make_finalized_invoice(organization)
    choose(client, main)
    choose(client, small)
    assert [series.is_default for series in stored(organization)] == [False, True]


def test_choosing_twice_is_as_good_as_once(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    client.post(OPEN, new_series())
    for _time in range(2):
        choose(client, stored(organization)[0])
    with builders.in_organization(organization):
        assert AuditEntry.objects.filter(verb="series.made_default").count() == 1


def test_the_database_refuses_it_too(organization: Any) -> None:
    for wrong in ({"last_allowed": 20000}, {"first_number": 5}, {"last_number": 3}, {"name": "Ny"}):
        with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
            NumberSeries.objects.update(**wrong)
