"""Filters, columns and sums of the document list, through its addresses."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from invoicing.listing.filters import (
    CONDITIONS_MAX,
    GROUPS_MAX,
    filters_from_json,
    filters_to_json,
    read_filters,
    write_filters,
)
from tests.builders import line, make_customer, make_draft, make_finalized_invoice, make_property
from tests.invoicing.draft_forms import address, text_of

SignIn = Callable[[Any], Client]


def _list(client: Client, organization: Any, query: str, **options: Any) -> Any:
    return client.get(f"{address('list_invoices', organization)}?{query}", **options)


def _three(organization: Any) -> None:
    public = make_customer(organization, name="Solvik kommune", kind="public_body")
    firm = make_customer(organization, name="Havgløtt Hotell AS")
    make_finalized_invoice(organization, public)
    make_finalized_invoice(organization, firm, [line(quantity=Decimal(40))])
    make_draft(organization, firm, order_reference="PO-7")


def test_m_093_conditions_of_a_group_must_all_fit_and_groups_are_alternatives(
    organization: Any, auditor: Any, client_of: SignIn
) -> None:
    _three(organization)
    client = client_of(auditor)
    both = text_of(_list(client, organization, "f=1.customer.has:havgl&f=1.amount.gt:10000"))
    assert "10002" in both
    assert "Solvik kommune" not in both
    either = text_of(_list(client, organization, "f=1.amount.gt:10000&f=2.customer_kind.is:public_body"))
    assert "10001" in either
    assert "10002" in either
    assert "PO-7" not in either


def test_a_property_that_is_gone_is_shown_as_such_and_left_out(
    organization: Any, owner: Any, client_of: SignIn
) -> None:
    _three(organization)
    gone = "c-01a1fd3a-22fc-76e2-8e73-a51c353277d5"
    text = text_of(_list(client_of(owner), organization, f"f=1.{gone}.is:x&f=1.amount.gt:10000"))
    assert "chip broken" in text
    assert "10002" in text
    assert "Solvik kommune" not in text


@pytest.mark.parametrize(
    "query",
    [
        "f=1.amount.gt:NaN", "f=1.amount.gt:1e99", "f=1.issued.since:yesterday", "f=1.issued.last:999999",
        "f=1.customer.in:this-month", "f=1.owner.is:nobody", "f=1.standing.any:eaten", "f=1.amount.between:9,1",
        "f=1.attachments.is:maybe", "f=1.customer.has:%00", "f=1.number.is:", "f=1.amount.wat:1",
    ],
)  # fmt: skip
def test_a_value_that_makes_no_sense_is_told_and_left_out(
    organization: Any, owner: Any, client_of: SignIn, query: str
) -> None:
    _three(organization)
    response = _list(client_of(owner), organization, query)
    assert response.status_code == 200
    assert "chip broken" in text_of(response)
    assert "10001" in text_of(response)


@pytest.mark.parametrize(
    "query", ["f=", "f=1", "f=x.y.z", "f=1..", "f=99999.a.is:1", "columns=,,%20,x&sort=--", "view=1"]
)
def test_an_address_that_somebody_made_up_shows_the_whole_list(
    organization: Any, owner: Any, client_of: SignIn, query: str
) -> None:
    _three(organization)
    response = _list(client_of(owner), organization, query)
    assert response.status_code == 200
    assert "10001" in text_of(response)


def test_filters_are_bounded_and_survive_writing_and_reading() -> None:
    many = read_filters([f"{place % 8 + 1}.customer.has:a,{place}" for place in range(60)])
    assert len(many) == GROUPS_MAX
    assert sum(len(group) for group in many) == CONDITIONS_MAX
    assert read_filters(value for _name, value in write_filters(many)) == many
    assert filters_from_json(filters_to_json(many)) == many
    odd: list[Any] = [None, {}, [1], [[1]], [[["a"]]], [[["a", "is", "x"]]], [[[1, 2, [3]]]]]
    for stored in odd:
        filters_from_json(stored)


def test_the_form_of_a_condition_adds_it_to_the_address(organization: Any, owner: Any, client_of: SignIn) -> None:
    _three(organization)
    client = client_of(owner)
    form = text_of(_list(client, organization, "edit=1&g=0&property=amount&op=between"))
    assert 'name="v"' in form
    response = _list(client, organization, "set=1&g=0&property=amount&op=ge&v=10 000,50")
    assert response.status_code == 302
    assert parse_qs(urlsplit(response["Location"]).query)["f"] == ["1.amount.ge:10000.50"]
    refused = _list(client, organization, "set=1&g=0&property=amount&op=ge&v=much")
    assert refused.status_code == 200
    assert 'id="condition-error"' in text_of(refused)
    changed = _list(client, organization, "f=1.amount.ge:5&set=1&g=0&at=0&property=customer&op=has&v=hav")
    assert parse_qs(urlsplit(changed["Location"]).query)["f"] == ["1.customer.has:hav"]
    other = _list(client, organization, "f=1.amount.ge:5&set=1&g=1&property=kind&op=any&v=invoice&v=credit_note")
    assert parse_qs(urlsplit(other["Location"]).query)["f"] == ["1.amount.ge:5", "2.kind.any:invoice,credit_note"]


def test_m_094_columns_are_chosen_and_moved(organization: Any, owner: Any, client_of: SignIn) -> None:
    _three(organization)
    own = make_property(organization, name="Prosjektnavn")
    client = client_of(owner)
    response = _list(
        client, organization, f"cols=1&col=number&col=amount&col=c-{own.pk}&col=order_reference&up=order_reference"
    )
    columns = parse_qs(urlsplit(response["Location"]).query)["columns"]
    assert columns == [f"number,amount,order_reference,c-{own.pk}"]
    text = text_of(_list(client, organization, f"columns={columns[0]}"))
    assert "Prosjektnavn" in text
    assert "PO-7" in text


def test_sums_of_the_list_and_of_the_chosen_are_exact(organization: Any, owner: Any, client_of: SignIn) -> None:
    _three(organization)
    client = client_of(owner)
    where = address("sum_invoices", organization)
    foot = text_of(client.get(where, {"show": "open"})).replace("\xa0", " ")
    assert "65 625,00" in foot  # 3 125,00 and 62 500,00
    page = text_of(_list(client, organization, "sort=number"))
    first = page.split('name="id" value="', 1)[1].split('"', 1)[0]
    chosen = text_of(client.get(where, {"id": first})).replace("\xa0", " ")
    assert "3 125,00 NOK" in chosen
    everything = text_of(client.get(where, {"all": "1", "query": "f=1.amount.gt:10000"})).replace("\xa0", " ")
    assert "62 500,00 NOK" in everything
    counts = text_of(client.get(address("count_views", organization)))
    assert "<small>3</small>" in counts


def test_filtered_pages_ask_as_many_questions_for_many_rows_as_for_few(
    organization: Any, owner: Any, client_of: SignIn
) -> None:
    _three(organization)
    client = client_of(owner)
    query = "f=1.owner.filled&f=2.amount.gt:1&sort=customer&columns=number,owner,approval,source,credited_by,email"
    _list(client, organization, query)
    with CaptureQueriesContext(connection) as few:
        _list(client, organization, query)
    for _more in range(3):
        _three(organization)
    with CaptureQueriesContext(connection) as many:
        _list(client, organization, query)
    assert len(many) == len(few)
    assert sum(query["sql"].startswith("SELECT") for query in many) < 20


def test_another_organization_finds_nothing_of_ours(
    organization: Any, other_organization: Any, stranger: Any, client_of: SignIn
) -> None:
    _three(organization)
    client = client_of(stranger)
    for name in ("list_invoices", "count_views", "sum_invoices", "list_views"):
        assert client.get(address(name, organization)).status_code == 404
    assert "Solvik" not in text_of(_list(client, other_organization, "f=1.customer.filled"))
