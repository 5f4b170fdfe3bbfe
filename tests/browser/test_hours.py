"""Hours without a pointer: a week is typed and handed in, and approved on a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, ViewportSize, expect

from billing_backlog.hours import monday_of, name_of_week
from billing_backlog.models import BacklogItem
from tenants.clock import local_today
from tests.billing_backlog.test_approve_work import led_by
from tests.browser.complaints import Complaints, grave_faults, sideways
from tests.browser.hands import Hands, wait_for_loaded
from tests.builders import in_organization

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def _sign_in(page: Page, user: Any, url: str) -> None:
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}])


def test_a_week_is_typed_by_keyboard_and_approved_on_a_phone(
    live_server: Any, organization: Any, owner: Any, project_manager: Any, open_page: Callable[..., Page]
) -> None:
    line = led_by(organization, project_manager)
    monday = monday_of(local_today(organization)) - timedelta(days=7)
    page, complaints = open_page(), Complaints()
    complaints.listen(page)
    _sign_in(page, owner, live_server.url)
    page.goto(f"/nordlys/hours/?week={name_of_week(monday)}")
    wait_for_loaded(page)

    hands = Hands(page)
    hands.reach("#new-target")
    page.keyboard.type("K-2204")
    hands.press("Tab")
    page.keyboard.type("Prosjektering østre kai")
    hands.press("Tab")
    hands.press("Enter")
    expect(page.locator("#r0-0")).to_be_focused()
    for hours in ("7,5", "7:20", "6"):
        page.keyboard.type(hours)
        hands.press("Tab")
    assert grave_faults(page) == []
    hands.press("Control+Enter")
    wait_for_loaded(page)
    assert page.locator("#week .err, #week [role=alert]").all_inner_texts() == []
    expect(page.locator("tfoot td").last).to_have_text("20:50")
    hands.press("Alt+Enter")
    expect(page.locator(".wk-done")).to_have_count(3)

    _sign_in(page, project_manager, live_server.url)
    page.set_viewport_size(ViewportSize(width=390, height=844))
    page.goto("/nordlys/work/waiting/")
    wait_for_loaded(page)
    assert grave_faults(page) == []
    assert not sideways(page)
    expect(page.locator(".waiting [name=id]:checked")).to_have_count(3)
    page.locator(".wk-acts .primary").click()
    expect(page.locator(".waiting")).to_have_count(0)
    with in_organization(organization):
        assert {item.line_id for item in BacklogItem.objects.all()} == {line.pk}
        assert BacklogItem.objects.count() == 3
    page.goto("/nordlys/hours/day/")
    assert grave_faults(page) == []
    assert not sideways(page)
    assert complaints == []
