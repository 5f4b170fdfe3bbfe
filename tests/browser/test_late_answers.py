"""An answer that comes when the place that asked for it is gone is dropped, and nothing complains of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, Route, expect

from tests import builders
from tests.browser.complaints import Complaints
from tests.browser.hands import Hands, wait_for_loaded

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TOTALS = "**/invoices/totals/**"
# What was let go hears of its answer itself: nothing rises from it to the document any more.
LISTEN = """() => {
  const place = document.getElementById("totals");
  window.answered = new Promise(done => place.addEventListener("htmx:afterRequest", event => {
    if (event.detail.xhr.status) done(event.detail.xhr.status);
  }));
}"""


@pytest.fixture
def page(organization: Any, owner: Any, client_of: Callable[[Any], Any], live_server: Any, open_page: Any) -> Page:
    """A draft that the owner has opened."""
    draft = builders.make_draft(organization)
    opened: Page = open_page()
    session = client_of(owner).cookies[settings.SESSION_COOKIE_NAME].value
    opened.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    opened.goto(f"/{organization.slug}/invoices/{draft.pk}/edit/")
    wait_for_loaded(opened)
    return opened


def test_an_answer_that_comes_when_its_place_was_swapped_away_is_dropped(page: Page) -> None:
    complaints = Complaints()
    complaints.listen(page)
    hands, held = Hands(page), list[Route]()

    def hold(route: Route) -> None:
        held.append(route)

    page.route(TOTALS, hold)
    page.evaluate(LISTEN)
    page.locator("[name$=-quantity]").first.focus()
    with page.expect_request(TOTALS):
        hands.type("4")
    old = page.locator("#totals").element_handle()

    hands.press("Control+s")  # swaps the whole draft; what it comes to stands outside of it
    page.wait_for_function("old => !old.isConnected", arg=old)
    expect(page.locator("#finalize-amount")).to_contain_text("6 250,00")
    held[-1].continue_()

    assert page.evaluate("window.answered") == 200
    assert complaints == []
