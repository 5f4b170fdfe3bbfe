"""Beside the editor: a finding marks its field and leads there by keyboard; files are attached while text is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import FilePayload, Page, expect

from tests import builders
from tests.browser.complaints import Complaints
from tests.invoicing import upload_payloads as payloads

SLOWLY_MS = 20_000  # what a save and a look, or a process of its own for each file, may take on a busy machine
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(live_server: Any, open_page: Callable[..., Page]) -> Page:
    """The page of a draft that lacks its day of delivery and has a unit that is none."""
    organization = builders.make_organization("nordlys", "Nordlys Rådgivning AS", owner_email="olga@nordlys.example")
    draft = builders.make_draft(organization, delivery_date=None)
    client = Client()
    client.force_login(builders.user_of("olga@nordlys.example"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    opened = open_page()
    opened.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    opened.goto(f"/nordlys/invoices/{draft.pk}/edit/")
    return opened


def test_a_finding_marks_its_field_and_goes_when_it_is_mended(page: Page) -> None:
    complaints = Complaints()
    complaints.listen(page)
    field = page.locator("#id_delivery_date")
    expect(field).to_have_attribute("aria-invalid", "true", timeout=SLOWLY_MS)
    said = page.locator(f"#{field.get_attribute('aria-describedby') or 'nothing'}")
    expect(said).to_have_text(page.locator("#findings [data-mark] .say").inner_text())
    page.locator("#findings a[data-field='delivery_date']").focus()
    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    field.fill("2026-11-20")
    expect(page.locator("#findings [data-mark='delivery_date']")).to_have_count(0, timeout=SLOWLY_MS)
    expect(field).not_to_have_attribute("aria-invalid", "true")
    assert complaints == []


def test_files_are_attached_beside_what_is_typed(page: Page) -> None:
    page.locator("#id_note").fill("Takk for oppdraget.")
    sound: FilePayload = {"name": "Timeliste.pdf", "mimeType": "application/pdf", "buffer": payloads.pdf()}
    bad: FilePayload = {"name": "faktura.pdf", "mimeType": "application/pdf", "buffer": payloads.program()}
    page.set_input_files("#id_files", [sound, bad])
    expect(page.locator("#attachments a[download]")).to_have_text("Timeliste.pdf", timeout=SLOWLY_MS)
    expect(page.locator("#attachments [role=alert]")).to_contain_text("faktura.pdf")
    expect(page.locator("#id_note")).to_have_value("Takk for oppdraget.")
    page.locator("#id_delivery_date").fill("2026-11-20")
    expect(page.locator("#findings [data-mark]")).to_have_count(0, timeout=SLOWLY_MS)
    assert page.locator("#versions-place .note").count() == 0  # no conflict with oneself
