"""A month compared in a browser: what is gone, altered and doubled there is named, and mended at one click."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import builders
from tests.accounting_sync.connected import connect, items, push
from tests.browser.accounting_pages import let_in, looks_well
from tests.browser.hands import wait_for_loaded
from tests.ledgers.server import LedgerServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MONTHS = "/nordlys/accounting/reconciliation/"


def test_a_month_is_compared_and_what_is_gone_is_pushed_again(
    *,
    live_server: Any,
    organization: Any,
    owner: Any,
    client_of: Callable[[Any], Any],
    open_page: Callable[..., Page],
    fiken: LedgerServer,
) -> None:
    customer = builders.make_customer(organization, name="Kvæfjord og Omegn Samvirkelag og Byggevarer AS")
    _agreeing, gone, altered, doubled = (builders.make_finalized_invoice(organization, customer) for _each in range(4))
    connection = connect(organization, fiken)
    push(organization, connection)
    fiken.system.delete(str(gone.number))
    fiken.system.alter(str(altered.number), Decimal("0.01"))
    fiken.system.double(str(doubled.number))
    page, complaints = let_in(live_server, client_of(owner), open_page)

    page.goto(MONTHS)
    looks_well(page)
    page.locator("form[action$='/reconciliation/compare/'] button").click()
    page.wait_for_url(re.compile(r"/reconciliation/[0-9a-f-]{36}/$"))
    expect(page.locator("#progress progress")).to_be_visible()
    looks_well(page)
    builders.run_background()
    expect(page.locator("table.findings tbody tr")).to_have_count(3)
    looks_well(page)
    page.goto(MONTHS)
    rows = page.locator(".needy > li")
    expect(rows).to_have_count(3)
    looks_well(page)
    page.locator("form[action*='/repair/'] button").click()
    wait_for_loaded(page)
    expect(rows).to_have_count(2)
    page.locator("a[href*='/strays/']").click()
    page.wait_for_url("**/accept/")
    looks_well(page)
    page.locator("[name=why]").fill("Kopi for arkivet")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/accounting/reconciliation/$"))
    expect(rows).to_have_count(1)

    builders.run_background()
    push(organization, connection)
    assert len(fiken.system.numbered(str(gone.number))) == 1
    assert [item.revision for item in items(organization, connection)] == [1, 2, 1, 1]
    assert complaints == []
