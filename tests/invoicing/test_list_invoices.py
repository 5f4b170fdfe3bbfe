from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from invoicing.listing.page import ListRequest, Show, list_page, number_ranges
from invoicing.standing import Standing
from tests.builders import (
    TODAY,
    finalize_drafts,
    in_organization,
    line,
    make_credit_note_draft,
    make_customer,
    make_draft,
    make_finalized_invoice,
)
from tests.invoicing.draft_forms import address, page_of, text_of

LATER = TODAY + timedelta(days=30)


def _page(organization: Any, today: date = TODAY, **wanted: Any) -> Any:
    with in_organization(organization):
        return list_page(organization, ListRequest(**wanted), today=today)


def _walk(organization: Any, **wanted: Any) -> list[Any]:
    """Every row from the first page to the last, and back again."""
    page = _page(organization, size=2, **wanted)
    pages = [page]
    while page.after:
        page = _page(organization, size=2, after=page.after, **wanted)
        pages.append(page)
    for earlier in reversed(pages[:-1]):
        page = _page(organization, size=2, before=page.before, **wanted)
        assert [row.id for row in page.rows] == [row.id for row in earlier.rows]
    assert not page.before
    return [row for each in pages for row in each.rows]


def test_m_068_m_110_the_list_shows_drafts_invoices_and_credit_notes_with_their_standing(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    customer = make_customer(organization, name="Solvik Eiendom AS")
    make_draft(organization, customer)
    credited = make_finalized_invoice(organization, customer)
    note = make_credit_note_draft(organization, credited)
    finalize_drafts(organization, [note.pk])
    overdue = make_finalized_invoice(organization, customer, has_own_due_date=True, due_date=TODAY)
    rows = {row.number: row for row in _page(organization, today=LATER).rows}
    assert {number: row.standing for number, row in rows.items()} == {
        None: Standing.DRAFT,
        10001: Standing.CREDITED,
        10002: Standing.FINAL,
        10003: Standing.OVERDUE,
    }
    assert rows[overdue.number].open_amount == Decimal("3125.00")
    text = text_of(client_of(owner).get(address("list_invoices", organization)))
    assert "Solvik Eiendom AS" in text
    assert "10003" in text


@pytest.mark.parametrize(
    "sort", ["number", "-number", "issued", "-issued", "due", "-due", "amount", "-amount", "updated", "-updated"]
)
def test_every_order_walks_each_row_once_forwards_and_backwards(organization: Any, sort: str) -> None:
    customer = make_customer(organization)
    for step in range(3):
        make_finalized_invoice(organization, customer, [line(quantity=Decimal(step + 1))], issue_date=TODAY)
        make_draft(organization, customer, [line(quantity=Decimal(3 - step))], issue_date=TODAY if step else None)
    rows = _walk(organization, sort=sort)
    assert len({row.id for row in rows}) == len(rows) == 6
    column = {
        "number": "number",
        "issued": "issue_date",
        "due": "due_date",
        "amount": "payable_amount",
        "updated": "updated_at",
    }
    values = [value for row in rows if (value := getattr(row, column[sort.removeprefix("-")])) is not None]
    assert values == sorted(values, reverse=sort.startswith("-"))


def test_filters_show_what_their_names_say(organization: Any) -> None:
    customer = make_customer(organization)
    draft = make_draft(organization, customer)
    opened = make_finalized_invoice(organization, customer)
    free = make_finalized_invoice(organization, customer, [line(unit_price=Decimal(0))])
    credited = make_finalized_invoice(organization, customer)
    note = make_credit_note_draft(organization, credited)
    finalize_drafts(organization, [note.pk])

    def shown(show: Show, today: date = TODAY) -> set[Any]:
        return {row.id for row in _page(organization, show=show, today=today).rows}

    assert shown(Show.DRAFTS) == {draft.pk}
    assert shown(Show.OPEN) == {opened.pk}
    assert shown(Show.OVERDUE) == set()
    assert shown(Show.OVERDUE, LATER) == {opened.pk}
    assert shown(Show.PAID) == {free.pk}
    assert shown(Show.CREDIT_NOTES) == {note.pk}


def test_a_partly_credited_invoice_stays_open_for_the_rest(organization: Any) -> None:
    invoice = make_finalized_invoice(organization)
    with in_organization(organization):
        [only] = list(invoice.lines.all())
    note = make_credit_note_draft(organization, invoice, {only.pk: Decimal(1)})
    finalize_drafts(organization, [note.pk])
    [row] = _page(organization, show=Show.OPEN).rows
    assert (row.open_amount, row.standing) == (Decimal("1562.50"), Standing.FINAL)


def test_numbers_are_found_by_their_first_digits_and_customers_by_a_part_of_their_name(organization: Any) -> None:
    first = make_finalized_invoice(organization, make_customer(organization, name="Åkrogen Byg ApS"))
    second = make_finalized_invoice(organization, make_customer(organization, name="Björkdal 100 % AB"))
    assert {row.id for row in _page(organization, words="100").rows} == {first.pk, second.pk}
    assert {row.id for row in _page(organization, words="10002").rows} == {second.pk}
    assert {row.id for row in _page(organization, words="krog").rows} == {first.pk}
    assert {row.id for row in _page(organization, words="100 %").rows} == {second.pk}
    assert {row.id for row in _page(organization, words=first.kid).rows} == {first.pk}
    assert _page(organization, words="nobody").rows == []


def test_first_digits_become_ranges() -> None:
    assert number_ranges("1049")[:2] == [(1049, 1049), (10490, 10499)]
    assert number_ranges("0") == []
    assert number_ranges("1" * 11) == []


@pytest.mark.parametrize("cursor", ["x", "~", "abc~def", "NaN~0", "9" * 300, "-~x", "9" * 20 + "~0"])
def test_a_cursor_that_somebody_made_up_is_ignored(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], cursor: str
) -> None:
    make_finalized_invoice(organization)
    for sort in ("number", "amount", "due", "updated"):
        response = client_of(owner).get(address("list_invoices", organization), {"after": cursor, "sort": sort})
        assert response.status_code == 200
        assert "10001" in text_of(response)


def test_unknown_filters_and_orders_fall_back_to_the_usual(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    query = {"show": "everything", "sort": "snapshot", "q": "\x00"}
    assert client_of(owner).get(address("list_invoices", organization), query).status_code == 200


def test_htmx_gets_the_rows_alone(organization: Any, owner: Any, client_of: Callable[[Any], Client]) -> None:
    make_finalized_invoice(organization)
    response = client_of(owner).get(address("list_invoices", organization), headers={"HX-Request": "true"})
    assert "<html" not in text_of(response)
    assert "10001" in text_of(response)


def test_an_empty_list_offers_the_first_draft(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    assert address("create_draft", organization) in text_of(
        client_of(owner).get(address("list_invoices", organization))
    )


def test_another_organization_is_not_found_and_its_documents_are_not_listed(
    organization: Any, other_organization: Any, stranger: Any, client_of: Callable[[Any], Client]
) -> None:
    make_finalized_invoice(organization, make_customer(organization, name="Hemmelig Kunde AS"))
    client = client_of(stranger)
    assert client.get(address("list_invoices", organization)).status_code == 404
    text = text_of(client.get(address("list_invoices", other_organization), {"q": "Hemmelig"}))
    assert "Hemmelig Kunde AS" not in text


def test_the_page_asks_as_many_questions_for_many_rows_as_for_few(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    customer = make_customer(organization)
    client = client_of(owner)
    make_finalized_invoice(organization, customer)
    client.get(address("list_invoices", organization))
    with CaptureQueriesContext(connection) as few:
        client.get(address("list_invoices", organization))
    for _more in range(6):
        make_finalized_invoice(organization, customer)
    make_draft(organization, customer)
    with CaptureQueriesContext(connection) as many:
        client.get(address("list_invoices", organization))
    assert len(many) == len(few)
    assert sum(query["sql"].startswith("SELECT") for query in many) < 20  # own properties, views and members among them


def test_the_list_never_reads_whole_documents(organization: Any) -> None:
    make_finalized_invoice(organization)
    for show in Show:
        with in_organization(organization), CaptureQueriesContext(connection) as asked:
            list_page(organization, ListRequest(show=show), today=TODAY)
        assert len(asked) <= 4
        assert not any("snapshot" in query["sql"] or "OFFSET" in query["sql"] for query in asked)


def test_the_panel_of_a_customer_shows_that_customer_alone(
    organization: Any, auditor: Any, client_of: Callable[[Any], Client]
) -> None:
    customer = make_customer(organization)
    make_finalized_invoice(organization, customer)
    make_finalized_invoice(organization, make_customer(organization, name="En annen AS"))
    path = f"/{organization.slug}/invoices/panel/customer/{customer.pk}/"
    text = text_of(client_of(auditor).get(path))
    assert "10001" in text
    assert "10002" not in text


def test_a_narrow_row_shows_what_is_open_and_of_a_draft_its_amount(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    invoice = make_finalized_invoice(organization)
    page = page_of(text_of(client_of(owner).get(address("list_invoices", organization))))
    kept = {}
    for row in page.xpath("//table[contains(@class, 'list')]/tbody/tr"):
        number = row.xpath("string(.//a)")
        kept["draft" if str(invoice.number) not in number else "invoice"] = [
            cell.text_content().strip() for cell in row.xpath("./td") if "a2" in cell.get("class").split()
        ]
    amounts = {name: f"{each.payable_amount:,.2f}".replace(",", "\xa0").replace(".", ",") for name, each in
               (("draft", draft), ("invoice", invoice))}  # fmt: skip
    assert kept == {name: [amount] for name, amount in amounts.items()}
