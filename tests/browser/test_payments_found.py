"""Money that the accounting system knows of: it is seen, registered with one press, and ignored with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounting_sync.fetching.payments import read_payments
from accounting_sync.models import SyncItem
from payments.models import Payment
from tests import builders
from tests.accounting_sync.connected import connect, push, talk
from tests.browser.accounting_pages import let_in, looks_well
from tests.browser.hands import wait_for_loaded
from tests.ledgers.server import LedgerServer
from tests.payments.by_hand import NOW, owed, pay

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOUND = "/nordlys/accounting/payments/"


def test_a_payment_found_there_is_registered_with_one_press(
    *,
    live_server: Any,
    organization: Any,
    owner: Any,
    client_of: Callable[[Any], Any],
    open_page: Callable[..., Page],
    fiken: LedgerServer,
) -> None:
    customer = builders.make_customer(organization, name="Kvæfjord og Omegn Samvirkelag og Byggevarer AS")
    whole, known, too_much = (builders.make_finalized_invoice(organization, customer) for _each in range(3))
    connection = connect(organization, fiken)
    push(organization, connection)
    ours = pay(organization, str(known.payable_amount), known.receivable_id, source="bank_file")
    fiken.system.pay(str(whole.number), whole.payable_amount, builders.TODAY)
    fiken.system.pay(str(known.number), known.payable_amount, builders.TODAY - timedelta(days=1))
    fiken.system.pay(str(too_much.number), Decimal("1234567.89"), builders.TODAY - timedelta(days=2))
    with talk(organization, connection) as opened:
        opened.prepare()
        assert read_payments(opened, today=builders.TODAY, now=NOW) == 3
    page, complaints = let_in(live_server, client_of(owner), open_page)

    page.goto(FOUND)
    looks_well(page)
    rows = page.locator("table.found tbody tr")
    expect(rows).to_have_count(3)
    rows.nth(1).locator("button[formaction$='/same/']").click()
    wait_for_loaded(page)
    expect(rows).to_have_count(2)
    rows.nth(0).locator("button[formaction$='/register/']").click()
    wait_for_loaded(page)
    expect(rows).to_have_count(1)
    rows.nth(0).locator("a[href$='/ignore/']").click()
    page.wait_for_url("**/ignore/")
    looks_well(page)
    page.locator("[name=why]").fill("Bokført på feil kunde")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/accounting/payments/$"))
    looks_well(page)
    page.goto(f"{FOUND}settled/")
    expect(page.locator("table.found tbody tr")).to_have_count(3)
    looks_well(page)

    assert owed(organization, whole) == 0
    push(organization, connection)
    with builders.in_organization(organization):
        assert {each.source for each in Payment.objects.of(organization)} == {"bank_file", "accounting"}
        assert SyncItem.objects.of(organization).get(voucher_id=ours.voucher_id).state == "left_out"
    assert len([held for held in fiken.system.documents() if held.kind == "payment"]) == 3
    assert complaints == []
