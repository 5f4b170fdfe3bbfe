"""Customers that were changed in the accounting system: seen beside ours, taken over field by field, or kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounting_sync.models import CustomerLink
from tests import builders
from tests.accounting_sync.connected import connect
from tests.accounting_sync.known_customers import link, link_of, read, row_there, stored
from tests.browser.accounting_pages import let_in, looks_well
from tests.browser.hands import wait_for_loaded
from tests.ledgers.server import LedgerServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OF_NORWAY = {"country": "NO"}
LONG_NAME = "Kvæfjord og Omegn Samvirkelag og Byggevareforretning med Trelastutsalg AS"


def test_changes_there_are_taken_over_and_kept_by_hand(
    *,
    live_server: Any,
    organization: Any,
    owner: Any,
    client_of: Callable[[Any], Any],
    open_page: Callable[..., Page],
    fiken: LedgerServer,
) -> None:
    connection = connect(organization, fiken)
    names = ("Havgløtt Verksted AS", LONG_NAME, "Fjellstua Kro", "Sørnes Maskin AS")
    customers = [
        builders.make_customer(organization, name=name, organization_number="", email=f"post@{number}.example")
        for number, name in enumerate(names)
    ]
    links = [link(organization, connection, customer) for customer in customers]
    read(organization, connection)
    with row_there(fiken, links[0]) as row:
        row.update(name="Havgløtt Marine AS", email="faktura@havglott.example")
        row["address"] = {
            "streetAddress": "Strandgata 118 B, oppgang 4",
            "postCode": "9999",
            "city": "Nordhavn",
        } | OF_NORWAY
    with row_there(fiken, links[1]) as row:
        row.update(name=f"{LONG_NAME} avd. Indre Troms", email="not an address")
    read(organization, connection)
    with builders.in_organization(organization):
        found = CustomerLink.objects.of(organization)
        found.filter(pk=links[2].pk).update(state="missing")
        found.filter(pk=links[3].pk).update(refused="Kunden er sperret for endringer av regnskapsføreren.")
    page, complaints = let_in(live_server, client_of(owner), open_page)

    page.goto("/nordlys/accounting/customers/")
    looks_well(page)
    cards = page.locator("table.changes")
    expect(cards).to_have_count(2)
    page.locator("form:has(table.changes)", has_text="Troms").locator("button[formaction$='/take/']").press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    looks_well(page)
    page.locator("form:has(table.changes)", has_text="Troms").locator("button[formaction$='/ignore/']").click()
    wait_for_loaded(page)
    expect(cards).to_have_count(1)
    page.locator("[name=field][value=street]").uncheck()
    page.locator("button[formaction$='/take/']").click()
    wait_for_loaded(page)
    expect(cards).to_have_count(0)
    page.locator("form[action$='/forget/'] button").click()
    wait_for_loaded(page)
    page.locator("form[action$='/send/'] button").click()
    wait_for_loaded(page)
    expect(page.locator(".settle")).to_have_count(0)
    looks_well(page)

    ours = stored(organization, customers[0])
    assert (ours.name, ours.street, ours.postal_code) == ("Havgløtt Marine AS", customers[0].street, "9999")
    assert stored(organization, customers[1]).name == LONG_NAME
    assert link_of(organization, customers[3]).refused == ""
    # The page that was refused tells so by its status, which browsers log.
    assert [each for each in complaints if "422" not in str(each)] == []
