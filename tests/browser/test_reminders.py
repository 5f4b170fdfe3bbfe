"""Tomorrow's reminders by keyboard: one is taken out, one customer is put on hold, the rest is approved and sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, ViewportSize, expect

from invoicing.dispatching.caught import list_mails
from invoicing.models import Invoice
from payments.models import Hold
from reminders.models import Reminder
from tenants.clock import local_today
from tests import builders
from tests.browser.complaints import Complaints, grave_faults, sideways
from tests.browser.hands import Hands, wait_for_loaded, wait_for_settled
from tests.reminders.dunning_rows import decide, turn_on

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PRESSES_MAX = 100
EMAIL = "post@betaler.example"
GOES, TAKEN_OUT, ON_HOLD = "Går Ut AS", "Tas Ut AS", "Skal Vente AS"


def _late(organization: Any, name: str, days: int) -> Invoice:
    customer = builders.make_customer(organization, name=name, email=EMAIL)
    lines = [builders.line(quantity=Decimal(1), unit_price=Decimal(2500), vat_treatment="exempt")]
    issued = local_today(organization) - timedelta(days=days + 14)
    return builders.make_finalized_invoice(organization, customer, lines, issued)


def test_reminders_are_looked_through_the_day_before_approved_and_sent(
    live_server: Any, organization: Any, owner: Any, client_of: Callable[[Any], Any], open_page: Callable[..., Page]
) -> None:
    turn_on(organization, needs_approval=True)
    goes = _late(organization, GOES, 7)
    taken_out, on_hold = (_late(organization, name, 6) for name in (TAKEN_OUT, ON_HOLD))
    decide(organization, local_today(organization))
    page, hands, complaints = _opened(live_server, client_of(owner), open_page)
    page.goto("/nordlys/")
    wait_for_loaded(page)
    hands.press("g")
    hands.press("d")
    page.wait_for_url("**/reminders/")
    rows = page.locator("table.coming tbody tr:not(.grp)")
    expect(rows).to_have_count(3)  # one of today, which waits for approval, and two of tomorrow
    _looks_well(page)

    _do_with(page, hands, taken_out, "skip", "Avtalt på telefon")
    _do_with(page, hands, on_hold, "hold", "Ringer oss på mandag")
    with builders.in_organization(organization):
        assert Reminder.objects.get(receivable__document_number=str(taken_out.number)).state == "removed"
        assert Hold.objects.get().receivable_id == on_hold.receivable_id

    wait_for_loaded(page)
    expect(rows).to_have_count(2)  # the step after the one that was taken out comes within the two weeks
    hands.press("Control+Enter")
    expect(page.locator("#standing progress")).to_be_visible()
    builders.run_background()
    page.goto("/nordlys/reminders/sent/")
    expect(page.locator("table.letters tbody tr")).to_have_count(1)
    expect(page.locator("table.letters")).to_contain_text(GOES)
    _looks_well(page)

    with builders.in_organization(organization):
        [mail] = list_mails(organization)
    assert EMAIL in mail.to
    page.goto(f"/nordlys/invoices/{goes.pk}/")
    wait_for_settled(page, ".reminded a[href*='/reminders/sent/']")
    expect(page.locator("#history-rows")).to_contain_text("2 500,00")
    page.locator(".reminded a[href*='/reminders/sent/']").focus()
    hands.press("Enter")
    page.wait_for_url("**/reminders/sent/**")
    _looks_well(page)
    assert complaints == []
    assert hands.presses <= PRESSES_MAX, hands.presses


def _opened(live_server: Any, client: Any, open_page: Callable[..., Page]) -> tuple[Page, Hands, Complaints]:
    """A page of somebody who is signed in, two hands, and what the page complains of."""
    page = open_page()
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    complaints = Complaints()
    complaints.listen(page)
    return page, Hands(page), complaints


def _do_with(page: Page, hands: Hands, invoice: Invoice, act: str, reason: str) -> None:
    """Tick the row, press the act's button in the bar below, say why, and come back to the list."""
    _choose(page, hands, invoice)
    hands.reach(f"button[formaction$='/reminders/{act}/']", backwards=True)
    hands.press("Enter")
    page.wait_for_url(f"**/reminders/{act}/")
    hands.skip_navigation()
    hands.fill(reason=reason)
    hands.press("Control+Enter")
    page.wait_for_url(re.compile("/reminders/(#content)?$"))  # the place that the skip link led to is kept


def _choose(page: Page, hands: Hands, invoice: Invoice) -> None:
    """Walk down the list by J and tick the row."""
    wait_for_loaded(page)
    for _row in range(5):
        hands.press("j")
        if page.evaluate("() => document.activeElement.value") == str(invoice.receivable_id):
            break
    hands.press("x")


def _looks_well(page: Page) -> None:
    """Without fault for a reader of the screen, light and dark, wide and narrow."""
    wait_for_loaded(page)
    for width, scheme in ((1280, "light"), (390, "dark")):
        page.set_viewport_size(ViewportSize(width=width, height=844))
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert grave_faults(page) == []
        assert not sideways(page)
    page.set_viewport_size(ViewportSize(width=1280, height=820))
    page.emulate_media(color_scheme="light")
