"""A draft is written with the keyboard alone, saves itself, and stands there whole when it is opened again."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from playwright.sync_api import Page, Response, expect

from tenants.context import organization_context
from tenants.models import Organization
from tenants.queries import memberships_of
from tests import builders
from tests.browser.complaints import Complaints
from tests.browser.hands import Hands

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EDIT = re.compile(r"/invoices/[0-9a-f-]{36}/edit/$")


@pytest.fixture
def page(live_server: Any, open_page: Callable[..., Page]) -> Page:
    """The empty page of a new draft."""
    organization = builders.make_organization("nordlys", "Nordlys Rådgivning AS", owner_email="olga@nordlys.example")
    customer = builders.make_customer(organization)
    client = Client()
    client.force_login(builders.user_of("olga@nordlys.example"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    opened = open_page()
    opened.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    opened.goto(f"/nordlys/invoices/new/?customer={customer.pk}")
    return opened


def test_a_draft_written_by_keyboard_saves_itself_and_is_whole_when_opened_again(page: Page) -> None:
    complaints = Complaints()
    complaints.listen(page)
    hands = Hands(page)
    _write_line(page, hands, 0, ("Rådgivning", "2", "1000"))
    page.wait_for_url(EDIT)
    expect(page.locator("#saved [data-saved]")).to_be_visible()
    hands.press("Enter")
    _write_line(page, hands, 1, ("Reisetid", "1", "600"))
    hands.press("Alt+ArrowUp")
    expect(page.locator("#saved [data-saved]")).to_be_visible()
    expect(page.locator("#finalize-amount")).to_contain_text("3 250,00")
    _wait_until_stored(page)
    assert complaints == []
    page.reload()
    assert _descriptions(page)[:2] == ["Reisetid", "Rådgivning"]


def test_a_removed_line_is_brought_back_in_its_place(page: Page) -> None:
    hands = Hands(page)
    _write_line(page, hands, 0, ("Første", "1", "10"))
    hands.press("Enter")
    _write_line(page, hands, 1, ("Andre", "1", "20"))
    page.locator(".line [data-remove]").first.focus()
    hands.press("Enter")
    expect(page.locator(".line").first.locator("[name$=-description]")).to_have_value("Andre")
    page.locator("[data-undo]").focus()
    hands.press("Enter")
    assert _descriptions(page)[:2] == ["Første", "Andre"]
    _wait_until_stored(page)
    page.reload()
    assert _descriptions(page)[:2] == ["Første", "Andre"]


def test_lines_are_gathered_in_a_section_with_its_subtotal(page: Page) -> None:
    hands = Hands(page)
    _write_line(page, hands, 0, ("Rydding", "1", "100"))
    page.locator("#add-section").focus()
    hands.press("Enter")
    heading = page.locator(".section [name$=-section]")
    expect(heading).to_be_focused()
    hands.type("Materialer")
    hands.press("Enter")
    place = page.locator(".line:not(.section)").count() - 1
    _write_line(page, hands, place, ("Planker", "3", "50"))
    expect(page.locator(".section output")).to_have_text(re.compile(r"150,00"))
    _wait_until_stored(page)
    page.reload()
    expect(heading).to_have_value("Materialer")
    assert [name for name in _descriptions(page) if name] == ["Rydding", "Planker"]


def test_m_058_m_062_lines_are_changed_together_and_laid_out_by_keyboard(page: Page) -> None:
    complaints = Complaints()
    complaints.listen(page)
    organization = _organization()
    lines = [builders.line(name, unit_price=Decimal(100), section="Inne") for name in ("Kjøkken", "Bad", "Gang")]
    draft = builders.make_draft(organization, lines=lines)
    page.goto(f"/nordlys/invoices/{draft.pk}/edit/")
    hands, prices = Hands(page), page.locator("#lines [name$=-unit_price]")
    for place in (0, 2):
        page.locator("[name=chosen]").nth(place).focus()
        hands.press("Space")
    page.locator("#change-lines > summary").focus()
    hands.press("Enter")
    page.locator("[name=bulk-price_how]").focus()
    hands.press("End")  # the last choice: by per cent
    page.locator("[name=bulk-price]").focus()
    hands.type("10")
    page.locator("#change-lines button").focus()
    hands.press("Enter")
    expect(prices.nth(2)).to_have_value("110,00")
    assert [prices.nth(place).input_value() for place in range(3)] == ["110,00", "100,00", "110,00"]

    page.locator("[name=layout-shows]").focus()
    hands.press("End")  # one row for each section
    expect(page.locator("[name=layout-summed]")).to_be_checked()
    page.locator("[name=layout-summed]").focus()
    with page.expect_response(EDIT):
        hands.press("Space")
    expect(page.locator("[name=layout-summed]")).not_to_be_checked()
    assert builders.reload_invoice(organization, draft).layout == {"shows": "summary", "otherwise": ["Inne"]}
    assert complaints == []


def test_what_cannot_be_stored_is_said_and_stays_on_the_screen(page: Page) -> None:
    hands = Hands(page)
    _write_line(page, hands, 0, ("Rådgivning", "to", "1000"))
    expect(page.locator("#saved [data-refused]")).to_be_visible()
    expect(page.locator("[name$=-quantity]").first).to_have_value("to")
    page.locator("[name$=-quantity]").first.focus()
    hands.press("Control+a")
    hands.type("2")
    page.wait_for_url(EDIT)
    expect(page.locator("#saved [data-saved]")).to_be_visible()


def test_typing_goes_on_while_the_draft_saves_itself(page: Page) -> None:
    hands = Hands(page)
    _write_line(page, hands, 0, ("Rådgivning", "1", "1"))
    page.wait_for_url(EDIT)
    field = page.locator("[name$=-description]").first
    field.focus()
    page.keyboard.press("End")
    page.keyboard.type(" som varer lenge, ord for ord og linje for linje", delay=90)
    expect(field).to_be_focused()
    expect(field).to_have_value("Rådgivning som varer lenge, ord for ord og linje for linje")
    _wait_until_stored(page)
    page.reload()
    expect(field).to_have_value("Rådgivning som varer lenge, ord for ord og linje for linje")


def _write_line(page: Page, hands: Hands, place: int, texts: tuple[str, str, str]) -> None:
    """Type description, quantity and price into the row that has the focus."""
    description, quantity, price = texts
    expect(page.locator(".line:not(.section) [name$=-description]").nth(place)).to_be_focused()
    hands.type(description)
    hands.go_to("-quantity")
    hands.type(quantity)
    hands.go_to("-unit_price")
    hands.type(price)


def _wait_until_stored(page: Page) -> None:
    """Wait for the save that holds everything that the form holds now."""
    shown = page.evaluate("[...new FormData(document.getElementById('draft-form'))]")
    wanted = _typed_fields(shown)

    def holds_it(response: Response) -> bool:
        sent = parse_qsl(response.request.post_data or "", keep_blank_values=True)
        return "/invoices/autosave/" in response.url and _typed_fields(sent) == wanted

    with page.expect_response(holds_it):
        page.evaluate("document.body.dispatchEvent(new CustomEvent('draft-changed'))")
    expect(page.locator("#saved [data-saved]")).to_be_visible()
    page.wait_for_url(EDIT)


def _typed_fields(fields: list[Any]) -> list[tuple[str, str]]:
    """Names and values in their order, without what each answer changes."""
    changing = ("csrfmiddlewaretoken", "version")
    return [(name, value) for name, value in fields if name not in changing and not name.endswith("-id")]


def _descriptions(page: Page) -> list[str]:
    return [str(field.input_value()) for field in page.locator(".line [name$=-description]").all()]


def _organization() -> Organization:
    """The organization whose draft is open."""
    [place] = memberships_of(builders.user_of("olga@nordlys.example").pk)
    with organization_context(place.organization_id), transaction.atomic():
        return Organization.objects.get(pk=place.organization_id)
