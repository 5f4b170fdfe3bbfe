"""The desk's main tasks without a pointer: an invoice is found, opened, corrected, and the list exported."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from playwright.sync_api import Page, expect

from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import Organization
from tenants.queries import memberships_of
from tests import builders
from tests.browser.complaints import Complaints, grave_faults
from tests.browser.hands import Hands, wait_for_settled

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ID = "[0-9a-f-]{36}"
PRESSES_MAX = 100
SLOWLY_MS = 20_000
LIST = "/nordlys/invoices/"


@pytest.fixture
def page(live_server: Any, open_page: Callable[..., Page]) -> Page:
    """The list of three invoices; the largest, 10002, is the one that is wrong."""
    organization = builders.make_organization("nordlys", "Nordlys Rådgivning AS", owner_email="olga@nordlys.example")
    for name, quantity in (("Solvik Regnskap AS", 1), ("Havgløtt Hotell AS", 40), ("Fjelltun Borettslag", 2)):
        customer = builders.make_customer(organization, name=name)
        lines = [builders.line(quantity=Decimal(quantity))]
        builders.make_finalized_invoice(organization, customer, lines, today=local_today(organization))
    client = Client()
    client.force_login(builders.user_of("olga@nordlys.example"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    opened = open_page()
    opened.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    opened.goto("/nordlys/")
    return opened


def test_an_invoice_is_found_opened_and_corrected_and_the_list_exported_without_a_pointer(
    page: Page, tmp_path: Path
) -> None:
    complaints = Complaints()
    complaints.listen(page)
    hands = Hands(page)
    _find_by_filter(page, hands)
    print(hands.presses)
    _open(page, hands)
    print(hands.presses)
    _correct(page, hands)
    print(hands.presses)
    _export(page, hands)
    print(hands.presses)
    builders.run_background()
    rows = _take_file(page, hands, tmp_path)
    assert sorted(row[0] for row in rows[1:]) == ["10001", "10002", "10003", "10004", "10005"]
    assert hands.presses <= PRESSES_MAX
    assert complaints == []


def test_an_invoice_is_found_by_its_words_and_by_the_palette(page: Page) -> None:
    hands = Hands(page)
    hands.press("g")
    hands.press("i")
    page.wait_for_url(f"**{LIST}")
    hands.press("/")
    hands.type("fjelltun")
    expect(page.locator("#invoices tbody tr")).to_have_count(1)
    hands.reach("tbody [name=id]")
    hands.press("Enter")
    page.wait_for_url(re.compile(f"{LIST}{ID}/$"))
    expect(page.locator("h1")).to_contain_text("10003")
    hands.press("Control+k")
    hands.type("10001")
    expect(page.locator("#palette-results a").first).to_contain_text("10001")
    hands.press("ArrowDown")
    hands.press("Enter")
    expect(page.locator("h1")).to_contain_text("10001")


def test_what_was_opened_last_is_one_key_away(page: Page) -> None:
    hands = Hands(page)
    page.goto(LIST)
    for _row in range(2):
        hands.press("j")
    hands.press("Enter")
    page.wait_for_url(re.compile(f"{LIST}{ID}/$"))
    number = page.locator("h1").inner_text()
    page.goto("/nordlys/")
    hands.press("Control+k")
    expect(page.locator("#palette-results a").first).to_contain_text(number)
    hands.press("Enter")
    expect(page.locator("h1")).to_contain_text(number)


def test_a_line_is_moved_over_the_edge_of_its_page_of_lines(page: Page) -> None:
    organization = _organization()
    draft = builders.make_draft(organization, lines=[builders.line(f"Vare {number}") for number in range(60)])
    key = builders.lines_of(organization, draft)[50].pk.hex
    hands = Hands(page)
    page.goto(f"{LIST}{draft.pk}/edit/?lines=2")
    page.locator(f"[id='{key}-description']").focus()
    for before in ("Vare 49", "Vare 48"):
        hands.press("Alt+ArrowUp")
        below = page.locator(f"[data-line='{key}'] + .line textarea[name$=-description]")
        expect(below).to_have_value(before)
        expect(page.locator(f"[id='{key}-description']")).to_be_focused()
    expect(page.locator("#saved [data-saved]")).to_be_visible(timeout=SLOWLY_MS)
    names = [line.description for line in builders.lines_of(organization, draft)]
    assert names[47:52] == ["Vare 47", "Vare 50", "Vare 48", "Vare 49", "Vare 51"]


def _organization() -> Organization:
    """The organization of the page, which only its own transactions see."""
    [membership] = memberships_of(builders.user_of("olga@nordlys.example").pk)
    with organization_context(membership.organization_id), transaction.atomic():
        return Organization.objects.get(pk=membership.organization_id)


def _find_by_filter(page: Page, hands: Hands) -> None:
    """From the start page to the list of what is larger than 10 000."""
    hands.press("g")
    hands.press("i")
    page.wait_for_url(f"**{LIST}")
    hands.skip_navigation()
    hands.reach("#filters .fgroup a.btn")
    hands.press("Enter")
    wait_for_settled(page, "#condition-property")
    expect(page.locator("#condition-property")).to_be_focused()
    hands.choose("Beløp")
    wait_for_settled(page, "#condition-operator")
    hands.reach("#condition-operator")
    with page.expect_response(re.compile("op=gt")):
        hands.choose("er over")
    expect(page.locator("#condition .htmx-request")).to_have_count(0)
    hands.reach("#condition-value")
    hands.type("10000")
    hands.press("Enter")
    expect(page.locator("#condition")).to_have_count(0)
    expect(page.locator("#invoices tbody tr")).to_have_count(1)


def _open(page: Page, hands: Hands) -> None:
    hands.press("j")
    hands.press("Enter")
    page.wait_for_url(re.compile(f"{LIST}{ID}/$"))
    expect(page.locator("h1")).to_contain_text("10002")


def _correct(page: Page, hands: Hands) -> None:
    """Take the invoice back and write it anew at a lower price, both finalized at once."""
    hands.press("c")
    page.wait_for_url(re.compile(r"/correct/(#content)?$"))
    hands.skip_navigation()
    hands.fill(reason="Feil timepris")
    hands.press("Control+Enter")
    page.wait_for_url(re.compile(f"/corrections/{ID}/(#content)?$"))
    hands.press("e")
    page.wait_for_url(re.compile(f"{LIST}{ID}/edit/(#content)?$"))
    hands.skip_navigation()
    hands.fill(**{"-unit_price": "1100"})
    expect(page.locator("#finalize-amount")).to_contain_text("55 000,00", timeout=SLOWLY_MS)
    hands.press("Control+Enter")
    page.wait_for_url(re.compile(f"/corrections/{ID}/(#content)?$"))
    compared = page.locator("#comparison")
    expect(compared).to_contain_text("62 500,00")
    expect(compared).to_contain_text("55 000,00")
    assert grave_faults(page) == []
    hands.press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text("10004")
    expect(page.locator("#messages")).to_contain_text("10005")


def _export(page: Page, hands: Hands) -> None:
    """From wherever one is to the page of the job that makes the file."""
    hands.press("g")
    hands.press("i")
    page.wait_for_url(f"**{LIST}")
    hands.skip_navigation()
    hands.reach("a[href*='/export/']")
    hands.press("Enter")
    page.wait_for_url(re.compile(r"/export/"))
    hands.press("Control+Enter")
    page.wait_for_url(re.compile(f"/jobs/{ID}/$"))


def _take_file(page: Page, hands: Hands, tmp_path: Path) -> list[list[str]]:
    """The rows of the file that the job's page offers."""
    offered = page.locator("#job-progress a[download]")
    expect(offered).to_be_visible(timeout=SLOWLY_MS)
    hands.skip_navigation()
    hands.reach("#job-progress a[download]")
    with page.expect_download() as download:
        hands.press("Enter")
    download.value.save_as(tmp_path / "liste.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "liste.xlsx").worksheets[0]
    return [["" if value is None else str(value) for value in row] for row in sheet.iter_rows(values_only=True)]
