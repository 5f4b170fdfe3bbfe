"""A browser, a served application and a company in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from machine.browser import find_browser
from tests.accounting_sync.connected import served
from tests.ledgers.server import LedgerServer
from tests.ledgers.systems.fiken import Ledger

TIMEOUT_MS = 20_000
WIDE = ViewportSize(width=1280, height=820)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser that is named, Debian's, or one that Playwright has fetched; without any the tests fail."""
    program = find_browser()
    if program is None:
        pytest.fail("No browser: install chromium-headless-shell, or run bin/test --no-browser")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, which Django would take for asynchronous code of ours.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        started = playwright.chromium.launch(executable_path=program)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser, live_server: Any, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Open an empty page of somebody's own browser; what its console complains of is kept in `page.complaints`."""
    cache.clear()  # the limits of sign-in count in a cache that outlives a test
    contexts: list[BrowserContext] = []

    def open_one(**options: Any) -> Page:
        context = browser.new_context(
            base_url=live_server.url, viewport=WIDE, locale="nb-NO", reduced_motion="reduce", **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def fiken(settings: Any, shared: object) -> Iterator[LedgerServer]:
    """A company in Fiken."""
    with LedgerServer(Ledger()) as server, served(server, settings):
        yield server
        server.assert_obeyed()
