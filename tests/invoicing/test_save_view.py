"""Saved views: kept, shared, arranged, mended and forgotten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from invoicing.models import SavedView
from tenants.models import AuditEntry
from tests.builders import in_organization, make_customer, make_finalized_invoice, make_view
from tests.invoicing.draft_forms import address, text_of

SignIn = Callable[[Any], Client]


def _of(name: str, organization: Any, view: SavedView) -> str:
    return reverse(f"invoicing:{name}", args=[organization.slug, view.pk])


def _views(organization: Any) -> list[SavedView]:
    with in_organization(organization):
        return list(SavedView.objects.order_by("position"))


def test_a_view_keeps_filters_columns_and_order_and_becomes_a_tab(
    organization: Any, owner: Any, client_of: SignIn
) -> None:
    make_finalized_invoice(organization, make_customer(organization, name="Solvik kommune", kind="public_body"))
    make_finalized_invoice(organization, make_customer(organization, name="Havgløtt AS"))
    client = client_of(owner)
    query = "?show=open&f=1.customer_kind.is:public_body&columns=number,customer,city&sort=-amount"
    response = client.post(address("save_view", organization), {"name": "Store kommuner", "query": query})
    assert response.status_code == 302
    text = text_of(client.get(response["Location"]))
    assert "Store kommuner" in text
    assert "Solvik kommune" in text
    assert "Havgløtt AS" not in text
    [view] = _views(organization)
    assert view.filters == [
        [["kind", "is", ["invoice"]], ["open", "gt", ["0"]], ["customer_kind", "is", ["public_body"]]]
    ]
    assert (view.columns, view.sort, view.is_shared) == (["number", "customer", "city"], "-amount", False)
    with in_organization(organization):
        assert AuditEntry.objects.filter(verb="view.saved").count() == 1


def test_a_view_of_ones_own_is_not_shown_to_others_until_it_is_shared(
    organization: Any, owner: Any, case_worker: Any, client_of: SignIn
) -> None:
    view = make_view(organization, owner, is_shared=False)
    other = client_of(case_worker)
    assert view.name not in text_of(other.get(address("list_invoices", organization)))
    assert other.post(_of("rename_view", organization, view), {"name": "Min"}).status_code == 404
    assert other.post(_of("share_view", organization, view), {"is_shared": "1"}).status_code == 403
    client_of(owner).post(_of("share_view", organization, view), {"is_shared": "1"})
    assert view.name in text_of(other.get(address("list_invoices", organization)))
    for name in ("rename_view", "update_view", "delete_view", "move_view"):
        other.post(_of(name, organization, view), {"name": "Min", "query": "?f=1.amount.gt:1"})
    assert [(each.name, each.filters) for each in _views(organization)] == [(view.name, view.filters)]


def test_views_are_renamed_moved_and_deleted(organization: Any, owner: Any, client_of: SignIn) -> None:
    client = client_of(owner)
    for name in ("Alfa", "Beta"):
        client.post(address("save_view", organization), {"name": name, "query": "?f=1.amount.gt:1"})
    alfa, beta = _views(organization)
    client.post(_of("move_view", organization, beta), {"way": "up"})
    assert [view.name for view in _views(organization)] == ["Beta", "Alfa"]
    client.post(_of("move_view", organization, beta), {"way": "up"})
    client.post(_of("rename_view", organization, alfa), {"name": "beta"})  # taken
    client.post(_of("rename_view", organization, alfa), {"name": "Gamma"})
    assert [view.name for view in _views(organization)] == ["Beta", "Gamma"]
    client.post(_of("delete_view", organization, beta))
    assert [view.name for view in _views(organization)] == ["Gamma"]


@pytest.mark.parametrize("name", ["", " ", "Alfa", "alfa", "x" * 61, "a\x00b"])
def test_a_name_that_will_not_do_is_told_and_nothing_is_saved(
    organization: Any, owner: Any, client_of: SignIn, name: str
) -> None:
    client = client_of(owner)
    client.post(address("save_view", organization), {"name": "Alfa", "query": ""})
    response = client.post(address("save_view", organization), {"name": name, "query": "?f=1.amount.gt:1"}, follow=True)
    assert 'id="view-name"' in text_of(response)
    assert [view.name for view in _views(organization)] == ["Alfa"]


def test_a_view_with_a_property_that_is_gone_still_works_and_is_mended(
    organization: Any, owner: Any, client_of: SignIn
) -> None:
    make_finalized_invoice(organization)
    gone = ["c-01a1fd3a-22fc-76e2-8e73-a51c353277d5", "is", ["x"]]
    view = make_view(organization, owner, filters=[[gone, ["amount", "gt", ["1"]]]], columns=["number", "nonsense"])
    client = client_of(owner)
    text = text_of(client.get(f"{address('list_invoices', organization)}?view={view.pk}"))
    assert "chip broken" in text
    assert "10001" in text
    client.get(address("count_views", organization))
    client.post(_of("update_view", organization, view), {"query": "?f=1.amount.gt:1"})
    assert _views(organization)[0].filters == [[["amount", "gt", ["1"]]]]


@pytest.mark.parametrize("filters", [None, 7, "x", [[["amount"]]], [[["amount", "gt", [None]]]], {"a": 1}])
def test_whatever_a_view_holds_the_list_opens(organization: Any, owner: Any, client_of: SignIn, filters: Any) -> None:
    view = make_view(organization, owner, filters=filters or [], columns={"a": 1}, sort="?")
    client = client_of(owner)
    assert client.get(f"{address('list_invoices', organization)}?view={view.pk}").status_code == 200
    assert client.get(address("count_views", organization)).status_code == 200


def test_another_organization_cannot_reach_a_view(
    organization: Any, other_organization: Any, owner: Any, stranger: Any, client_of: SignIn
) -> None:
    view = make_view(organization, owner)
    client = client_of(stranger)
    for name in ("update_view", "rename_view", "share_view", "move_view", "delete_view"):
        assert client.post(_of(name, other_organization, view)).status_code == 404


def test_the_database_keeps_names_apart_for_each_person(organization: Any, owner: Any) -> None:
    make_view(organization, owner)
    with pytest.raises(IntegrityError, match="view_name_is_unique_per_person"), transaction.atomic():
        make_view(organization, owner)
