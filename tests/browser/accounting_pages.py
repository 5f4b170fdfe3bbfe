"""Somebody at the pages of accounting systems: let in, and every page looked at twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from playwright.sync_api import Page, ViewportSize

from tests.browser.complaints import Complaints, grave_faults, sideways
from tests.browser.hands import wait_for_loaded


def let_in(live_server: Any, client: Any, open_page: Callable[..., Page]) -> tuple[Page, Complaints]:
    """A page of somebody who is signed in, and what it complains of."""
    page = open_page()
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    complaints = Complaints()
    complaints.listen(page)
    return page, complaints


def looks_well(page: Page) -> None:
    """Without fault for a reader of the screen, light and dark, wide and narrow."""
    wait_for_loaded(page)
    for width, scheme in ((1280, "light"), (390, "dark")):
        page.set_viewport_size(ViewportSize(width=width, height=844))
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert grave_faults(page) == []
        assert not sideways(page)
    page.set_viewport_size(ViewportSize(width=1280, height=820))
    page.emulate_media(color_scheme="light")
