"""The customer's account page in a browser: axe, narrow and wide, light and dark, and an invoice opened from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize

from invoicing.actions import links
from tests import builders
from tests.browser.complaints import Complaints, grave_faults, sideways
from tests.browser.test_public_page import FIREFOX, WIDTHS
from tests.invoicing.papers_world import statement_of
from tests.payments.by_hand import pay
from tests.payments.online_world import demo_account

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_everything_open_is_seen_and_each_invoice_opens(
    live_server: Any, organization: Any, open_page: Callable[..., Page]
) -> None:
    customer = builders.make_customer(organization, name="Nordhavn Marine, Slipp og Mekanisk Verksted AS")
    late = builders.make_finalized_invoice(organization, customer, today=builders.TODAY - timedelta(days=60))
    builders.make_finalized_invoice(organization, customer)
    pay(organization, "75.00", customer_id=customer.pk)
    demo_account(organization)
    paper = statement_of(organization, customer.pk)
    builders.run_background()
    with builders.in_organization(organization):
        address = links.make_statement_link(
            organization, paper.pk, actor=builders.actor_of(organization), now=timezone.now()
        )
    page = open_page(user_agent=FIREFOX)
    complaints = Complaints()
    complaints.listen(page)

    page.goto(urlsplit(address).path)

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size(ViewportSize(width=width, height=844))
            assert grave_faults(page) == []
            assert not sideways(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    page.get_by_role("button", name=f"Faktura {late.number}").click()
    page.wait_for_url("**/i/v/*/")
    assert str(late.number) in page.inner_text("h1, h2, main")
    assert complaints == []
