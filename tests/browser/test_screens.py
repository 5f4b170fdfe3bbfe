"""Each screen of the desk is pictured wide and narrow, light and dark, and laid beside the prototype it follows.

The pictures are kept in var/pictures/screens, outside the repository; a page for each look shows them in pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, ViewportSize, expect

from tests import builders
from tests.browser.complaints import Complaints, sideways
from tests.browser.hands import wait_for_loaded, wait_for_settled
from tests.conftest import SHARED
from tests.every_page import every_address
from tests.reliability.filled_world import fill

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MADE = Path(settings.BASE_DIR) / "var" / "pictures" / "screens"
PROTOTYPES = SHARED / "design"
LOOKS = [("light", 1280), ("dark", 390), *([("light", 390), ("dark", 1280)] if builders.IS_FULL else [])]
HEIGHT = 900
SMALLEST_BYTES = 8_000
# The name of an address, and the prototype that its screen follows.
SCREENS = {
    "overview": "01-dashboard.html",
    "payments:list_payments": "07-payments-matching.html",
    "payments:list_bank_lines": "07-payments-matching.html",
    "payments:list_bank_files": "",
    "payments:show_bank_file": "",
    "payments:map_csv_file": "",
    "payments:choose_charges": "",
    "payments:show_payment": "",
    "payments:pay_receivable": "",
    "payments:find_payments": "07-payments-matching.html",
    "invoicing:list_invoices": "02-invoice-index.html",
    "invoicing:show_invoice": "03-invoice-detail.html",
    "invoicing:update_draft": "04-draft-editor.html",
    "public:enter": "11-public-invoice.html",
    "invoicing:send_by_email": "13-email.html",
    "invoicing:list_undelivered": "",
    "invoicing:show_statement": "",
    "invoicing:list_letters": "",
    "invoicing:list_enquiries": "",
    "invoicing:answer_enquiry": "",
    "invoicing:show_sending": "10-settings.html",
    "invoicing:show_mail_settings": "10-settings.html",
    "invoicing:show_access_point": "10-settings.html",
    "tenants:show_company": "10-settings.html",
    "tenants:show_document_settings": "10-settings.html",
    "tenants:show_rules": "10-settings.html",
    "invoicing:show_texts": "10-settings.html",
    "invoicing:finalize_invoice": "",
    "invoicing:correct_invoice": "",
    "invoicing:show_correction": "",
    "invoicing:list_waiting_approvals": "",
    "invoicing:show_invoice_as_of": "",
    "invoicing:export_invoices": "",
    "invoicing:start_proof": "",
    "tenants:list_jobs": "",
    "tenants:show_job": "",
    "tenants:list_notices": "",
    "tenants:list_routines": "",
    "tenants:list_bank_accounts": "",
    "tenants:list_people": "",
    "payments:show_ageing": "",
    "payments:show_vat_report": "",
    "show_month_end": "",
    "import_customers": "",
    "map_customers": "",
}
OF_A_DRAFT = {"invoicing:update_draft", "invoicing:finalize_invoice"}
NAMES = ("Havgløtt Verksted AS", "Solvik Regnskap AS", "Nordhavn Idrettslag", "Bryggekanten Drift AS")


@pytest.fixture
def paths(live_server: Any, organization: Any) -> dict[str, str]:
    """The address of each screen in a company with one of everything, some invoices, and its background work done."""
    places = fill(organization)
    for place, name in enumerate(NAMES * 2):
        customer = builders.make_customer(organization, name=name, organization_number="")
        lines = [builders.line(quantity=Decimal(place + 1)), builders.line("Reisetid", unit_price=Decimal(600))]
        builders.make_finalized_invoice(organization, customer, lines)
    builders.run_background()
    draft = builders.make_draft(organization, buyer_reference="", lines=[builders.line(), builders.line("Reisetid")])
    issued = {address.name: address.path for address in every_address(places)}
    drafted = {address.name: address.path for address in every_address({**places, "invoice_id": draft.pk})}
    return {name: (drafted if name in OF_A_DRAFT else issued)[name] for name in SCREENS}


@pytest.fixture
def look(
    owner: Any, client_of: Callable[[Any], Any], open_page: Callable[..., Page], live_server: Any
) -> Callable[..., Page]:
    """Open a page of the owner's browser in a colour scheme and a width."""

    def open_one(scheme: str, width: int) -> Page:
        session = client_of(owner).cookies[settings.SESSION_COOKIE_NAME].value
        page = open_page(color_scheme=scheme)
        page.set_viewport_size(ViewportSize(width=width, height=HEIGHT))
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        return page

    return open_one


def test_each_screen_is_pictured_beside_its_prototype(paths: dict[str, str], look: Callable[..., Page]) -> None:
    MADE.mkdir(parents=True, exist_ok=True)
    faults, complaints = {}, Complaints()
    for scheme, width in LOOKS:
        page = look(scheme, width)
        complaints.listen(page)
        for name in _seen(scheme):
            answer = page.goto(paths[name])
            assert answer is not None
            assert answer.status == 200, name
            wait_for_loaded(page)
            if fault := sideways(page):
                faults[f"{name} at {width}, {scheme}"] = fault
            _keep(page, MADE / _file(name, scheme, width))
        _choose_three(page, paths["invoicing:list_invoices"])
        _keep(page, MADE / _file("chosen", scheme, width), is_whole=False)
        _pair(look(scheme, width), scheme, width)
    assert faults == {}
    assert complaints == []


def _seen(scheme: str) -> list[str]:
    """The screens that this run pictures in the look: all of them, or, scaled down, each in one of the two."""
    names = list(SCREENS)
    return names if builders.IS_FULL else names[0 if scheme == "light" else 1 :: 2]


def _choose_three(page: Page, path: str) -> None:
    """Filter the list and tick its first three rows; the bar below says what they come to."""
    page.goto(path)
    page.locator("#filters a.btn").first.click()
    wait_for_settled(page, "#condition-property")
    page.locator("#condition-property").select_option("amount")
    wait_for_settled(page, "#condition-operator")
    page.locator("#condition-operator").select_option("gt")
    page.locator("#condition-value").fill("3000")
    page.locator("#condition button[name=set]").click()
    wait_for_settled(page, "#filters .chip")
    for row in range(3):
        page.locator("tbody .sel input").nth(row).check()
    expect(page.locator(".bulk [data-n]")).to_have_text("3")
    expect(page.locator(".bulk .mute")).to_contain_text("NOK")
    wait_for_loaded(page)
    assert sideways(page) == ""


def _keep(page: Page, file: Path, *, is_whole: bool = True) -> None:
    page.screenshot(path=file, full_page=is_whole)
    assert file.stat().st_size > SMALLEST_BYTES, file


def _file(name: str, scheme: str, width: int) -> str:
    return f"{name.rpartition(':')[2].replace('_', '-')}-{width}-{scheme}.png"


def _pair(page: Page, scheme: str, width: int) -> None:
    """Picture the prototypes the same way, where they are at hand, and write the page that shows both."""
    if not PROTOTYPES.is_dir():
        return
    rows = []
    pictured: dict[str, str] = {"": ""}
    for name in _seen(scheme):
        prototype, ours = SCREENS[name], _file(name, scheme, width)
        if prototype not in pictured:
            pictured[prototype] = _file(f"prototype-{Path(prototype).stem}", scheme, width)
            page.goto((PROTOTYPES / prototype).as_uri())
            page.screenshot(path=MADE / pictured[prototype], full_page=True)
        theirs = pictured[prototype]
        rows.append(
            f"<h2>{escape(name)}</h2>" + "".join(f'<img src="{file}" alt="">' for file in (ours, theirs) if file)
        )
    (MADE / f"index-{width}-{scheme}.html").write_text("<!doctype html>" + "\n".join(rows), encoding="utf-8")
