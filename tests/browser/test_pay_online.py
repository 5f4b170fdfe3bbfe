"""Paying an invoice on a telephone: from the page of the invoice to the provider's, and back to see it paid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests import builders
from tests.browser.complaints import Complaints, grave_faults, sideways
from tests.payments import online_world as world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FIREFOX = "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0"


def test_pay_at_390_px_and_see_the_invoice_paid(
    live_server: Any, settings: Any, organization: Any, open_page: Callable[..., Page]
) -> None:
    settings.BASE_URL = live_server.url
    world.demo_account(organization)
    invoice = builders.make_finalized_invoice(organization)
    builders.run_background()
    page = open_page(user_agent=FIREFOX)
    complaints = Complaints()
    complaints.listen(page)
    page.set_viewport_size(ViewportSize(width=390, height=844))
    page.goto(urlsplit(builders.make_link(organization, invoice)).path)
    page.check("[name=save]")
    _look(page)
    page.get_by_role("button", name="Betal nå").or_(page.get_by_role("button", name="Pay now")).click()
    page.wait_for_url("**/paying/**")
    _look(page)
    builders.run_background()  # a worker has the provider's page made
    page.wait_for_url("**/demo/**")
    _look(page)
    page.locator("[value=declined]").click()
    expect(page.get_by_role("alert")).to_be_visible()
    _look(page)
    page.locator("[value=paid]").click()
    page.wait_for_url("**/paying/**")
    _look(page)
    builders.run_background()  # and asks what became of it
    expect(page.locator("#paying .note.ok")).to_be_visible(timeout=15_000)
    _look(page)
    page.locator("#paying .btn.primary").click()
    expect(page.locator("[data-s=paid]")).to_be_visible()
    [payment] = world.payments(organization)
    assert payment.unapplied == 0
    assert complaints == []


def _look(page: Page) -> None:
    assert grave_faults(page) == []
    assert not sideways(page)
