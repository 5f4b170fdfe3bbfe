"""Payments without a pointer: an invoice is paid in part, then by money that is here, and one is taken off again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, ViewportSize, expect

from tests import builders
from tests.browser.complaints import Complaints, grave_faults, sideways
from tests.browser.hands import Hands, wait_for_loaded
from tests.payments import by_hand

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PRESSES_MAX = 130


def test_an_invoice_is_paid_and_a_payment_taken_off_without_a_pointer(
    live_server: Any, organization: Any, owner: Any, open_page: Callable[..., Page]
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    by_hand.pay(organization, "2125.00", customer_id=invoice.customer_id)
    client = Client()
    client.force_login(owner)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page = open_page()
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    complaints = Complaints()
    complaints.listen(page)
    address, hands = f"/nordlys/invoices/{invoice.pk}/", Hands(page)
    page.goto(address)
    wait_for_loaded(page)

    hands.press("p")
    page.wait_for_url("**/pay/")
    hands.fill(amount="1000")
    hands.press("Control+Enter")
    page.wait_for_url(f"**{address}")
    expect(page.locator("#payments .rows .num")).to_have_text("1 000,00".replace(" ", "\xa0"))
    hands.skip_to_content()
    hands.reach("#payments a[href$='/find/']")
    hands.press("Enter")
    page.wait_for_url("**/find/")
    hands.reach(".candidates form .btn")
    hands.press("Enter")
    page.wait_for_url(f"**{address}")
    expect(page.locator(".sum-top .big")).to_contain_text("0,00")
    hands.skip_to_content()
    hands.reach("#payments a[href$='/detach/']")
    hands.press("Enter")
    page.wait_for_url("**/detach/")
    for width in (1280, 390):
        page.set_viewport_size(ViewportSize(width=width, height=844))
        assert grave_faults(page) == []
        assert not sideways(page)
    hands.fill(reason="Feil faktura")
    hands.press("Control+Enter")
    page.wait_for_url(f"**{address}")

    expect(page.locator("#payments s")).to_have_count(1)
    assert complaints == []
    assert hands.presses <= PRESSES_MAX, hands.presses
