"""From an accounting system's own page to a voucher in its books: connect, map, look, activate, mend what stopped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounting_sync.models import SyncItem, SyncState
from tests import builders
from tests.accounting_sync.connected import served
from tests.browser.accounting_pages import let_in, looks_well
from tests.browser.hands import wait_for_loaded
from tests.ledgers.oauth import CLIENT, CLIENT_SECRET
from tests.ledgers.server import LedgerServer
from tests.ledgers.systems.fiken import Ledger

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOME = "/nordlys/accounting/"


@pytest.fixture
def fiken(settings: Any, shared: object, live_server: Any) -> Iterator[LedgerServer]:
    """A company in Fiken, which sends browsers back to the application that the test serves."""
    settings.BASE_URL = live_server.url
    with LedgerServer(Ledger()) as server, served(server, settings):
        settings.LEDGER_CLIENTS = {"fiken": {"id": CLIENT, "secret": CLIENT_SECRET}}
        yield server
        server.assert_obeyed()


def test_a_voucher_goes_from_the_first_connection_to_the_books(
    *,
    live_server: Any,
    organization: Any,
    owner: Any,
    client_of: Callable[[Any], Any],
    open_page: Callable[..., Page],
    fiken: LedgerServer,
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    page, complaints = let_in(live_server, client_of(owner), open_page)

    _connect(page)
    builders.run_background()
    _map_and_activate(page)

    assert invoice.accounting_date is not None
    fiken.system.close_through(invoice.accounting_date)
    item = _pushed(page, organization)
    assert (item.state, item.reason["code"]) == (SyncState.BLOCKED, "period_closed")
    page.goto(HOME)
    looks_well(page)
    page.locator(f".note.bad a[href*='{item.pk}']").click()
    page.wait_for_url(f"**/vouchers/{item.pk}/")
    looks_well(page)

    page.locator("a[href$='/move/']").click()
    page.wait_for_url("**/move/")
    day = invoice.accounting_date + timedelta(days=1)
    page.locator("[name=day]").fill(day.isoformat())
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/vouchers/{item.pk}/")
    builders.run_background()
    page.goto(f"{HOME}vouchers/{item.pk}/")
    expect(page.locator("h1 ~ .pill, .head .pill").first).to_have_attribute("data-s", "ok")
    [held] = fiken.system.documents()
    assert (held.number, held.total, held.day) == (str(invoice.number), invoice.payable_amount, day)
    assert complaints == []


def _connect(page: Page) -> None:
    """Choose Fiken, go to its page, allow it there, and come back."""
    page.goto(f"{HOME}connect/")
    looks_well(page)
    page.locator("a[href$='?system=fiken']").click()
    page.locator("[name=name]").fill("Fiken")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/accounting/[0-9a-f-]{36}/"))
    page.locator("form[action$='/enter/'] button").click()
    page.wait_for_url("**/oauth/authorize**")
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(re.compile(r"/nordlys/accounting/[0-9a-f-]{36}/"))


def _map_and_activate(page: Page) -> None:
    """Save what is suggested, look at the preview, and say from when on vouchers are pushed."""
    place = re.search(r"/nordlys/accounting/[0-9a-f-]{36}/", page.url)
    assert place is not None
    page.goto(f"{place[0]}mapping/")
    looks_well(page)
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    page.goto(f"{place[0]}preview/")
    expect(page.locator("main")).to_contain_text("0,00")
    looks_well(page)
    page.goto(f"{place[0]}push/")
    page.locator("[name=start_day]").fill("2026-01-01")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/nordlys/accounting/[0-9a-f-]{36}/$"))


def _pushed(page: Page, organization: Any) -> SyncItem:
    """Push at once, and read what became of the one voucher."""
    page.goto(HOME)
    page.locator("form[action$='/accounting/push/'] button").click()
    wait_for_loaded(page)
    builders.run_background()
    with builders.in_organization(organization):
        return SyncItem.objects.of(organization).get()
