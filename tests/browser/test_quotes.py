"""A customer reads a quote on a phone, is refused without the tick, and accepts it (M-021)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, ViewportSize

from billing_backlog.models import OrderConfirmation
from tests import builders
from tests.billing_backlog.quote_rows import TODAY, line, make_quote, token_of
from tests.browser.complaints import Complaints, grave_faults, sideways

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


def test_m_021_a_customer_accepts_on_a_phone(
    live_server: Any, organization: Any, owner: Any, open_page: Callable[..., Page]
) -> None:
    lines = [line("Rådgivning, forprosjekt", 2, 12000), line("Kurs for ansatte", 1, "9999.50")]
    customer = builders.make_customer(organization, name="Nordhavn Marine og Kystentreprenør AS")
    far = TODAY + timedelta(days=36_500)  # the page reads the clock
    quote = make_quote(organization, customer, *lines, valid_until=far, responsible_id=owner.pk)
    token = token_of(organization, quote)
    page = open_page(color_scheme="dark", user_agent=FIREFOX)
    complaints = Complaints()
    complaints.listen(page)
    page.set_viewport_size(ViewportSize(width=390, height=844))
    page.goto(reverse("public_quotes:enter", args=[token]))
    assert token not in page.url
    page.click("details.fold summary")
    assert grave_faults(page) == []
    assert not sideways(page)
    assert complaints == []

    page.fill("[name=name] >> nth=0", "Kari Nord")
    with page.expect_navigation():
        page.press("[name=name] >> nth=0", "Enter")
    assert page.locator("[aria-invalid=true][name=agrees]").count() == 1
    page.check("[name=agrees]")
    with page.expect_navigation():
        page.click("form[action$='/accept/'] button")
    assert page.locator("#answer .note.ok").inner_text().count("Kari Nord") == 1
    assert grave_faults(page) == []
    with builders.in_organization(organization):
        assert OrderConfirmation.objects.of(organization).get().quote_id == quote.pk
