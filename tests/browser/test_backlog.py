"""The backlog without a pointer: work is chosen, marked ready with one key, and the sums follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.billing_backlog.test_approve_work import led_by
from tests.browser.complaints import Complaints, grave_faults, sideways
from tests.browser.hands import wait_for_loaded
from tests.browser.test_hours import _sign_in
from tests.builders import take_work, work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_m_026_work_is_marked_ready_by_one_key_and_the_sums_follow(
    live_server: Any, organization: Any, project_manager: Any, open_page: Callable[..., Page]
) -> None:
    line = led_by(organization, project_manager)
    take_work(organization, work(line, text="Befaring"), work(line, text="Rapport"))
    page, complaints = open_page(), Complaints()
    complaints.listen(page)
    _sign_in(page, project_manager, live_server.url)
    page.goto("/nordlys/backlog/")
    wait_for_loaded(page)
    ready = page.locator(".strip dd").first
    before = ready.text_content()

    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(".bulk [data-n]")).to_have_text("1")
    page.keyboard.press("r")
    expect(page.locator('tbody .pill[data-s="ok"]')).to_have_count(1)
    expect(ready).not_to_have_text(before or "")
    assert grave_faults(page) == []
    assert not sideways(page)
    assert complaints == []
