"""Writing and sending an e-mail without a pointer: found by its key, seen as it will look, sent once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from invoicing.models import Delivery, DeliveryState, Dispatch
from tests import builders
from tests.browser.complaints import Complaints, grave_faults
from tests.browser.hands import Hands, wait_for_settled

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ACCENT = "#245c3f"
TO, COPY = "post@havglott.example", "regnskap@havglott.example"
PRESSES_MAX = 20


@pytest.fixture
def invoice(organization: Any, live_server: Any) -> Any:
    organization.accent_color = ACCENT
    with builders.in_organization(organization):
        organization.save(update_fields=["accent_color"])
    customer = builders.make_customer(organization, name="Havgløtt Verksted AS", email=TO)
    return builders.make_finalized_invoice(organization, customer)


@pytest.fixture
def page(owner: Any, client_of: Callable[[Any], Any], open_page: Callable[..., Page], live_server: Any) -> Page:
    session = client_of(owner).cookies[settings.SESSION_COOKIE_NAME].value
    opened = open_page()
    opened.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    return opened


def test_an_email_is_written_seen_and_sent_once_without_a_pointer(organization: Any, invoice: Any, page: Page) -> None:
    complaints = Complaints()
    complaints.listen(page)
    path = f"/{organization.slug}/invoices/{invoice.pk}/"
    shown = re.compile(f"{path}(#content)?$")  # the place that the skip link led to is kept over a redirect
    page.goto(path)
    hands = Hands(page)
    wait_for_settled(page, "#deliveries [data-key=e]")
    hands.press("e")
    page.wait_for_url(f"**{path}send/")
    assert page.input_value("[name=to]") == TO
    _write(page, hands)
    assert grave_faults(page) == []
    hands.press("Control+Enter")
    hands.press("Control+Enter")  # the same form once more: it is sent once
    page.wait_for_url(shown)
    expect(page.locator("#deliveries")).to_contain_text(COPY)
    assert hands.presses <= PRESSES_MAX
    with builders.in_organization(organization):
        assert Dispatch.objects.of(organization).count() == 1
        states = Delivery.objects.of(organization).values_list("recipient", "is_copy", "state")
        assert set(states) == {(TO, False, DeliveryState.QUEUED), (COPY, True, DeliveryState.QUEUED)}
    page.go_back()
    receipts = page.locator("section[aria-labelledby=receipts]")
    expect(receipts).to_contain_text(TO)
    expect(receipts).to_contain_text(COPY)
    assert complaints == []


def _write(page: Page, hands: Hands) -> None:
    """A copy and another subject; the letter beside the form follows, in the company's colour."""
    hands.skip_navigation()
    hands.go_to("cc")
    hands.type(COPY)
    hands.fill(subject="Faktura for arbeidet på kaia")
    expect(page.locator("#letter .letter-subject")).to_contain_text("Faktura for arbeidet på kaia")
    assert page.locator("#letter .letter-button rect").get_attribute("fill") == ACCENT
