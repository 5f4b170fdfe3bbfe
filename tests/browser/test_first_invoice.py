"""A newcomer signs up, makes a company and a customer, writes an invoice without a pointer, and holds PDF and EHF."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from playwright.sync_api import Page, expect

from foundation.xml import parse_xml
from tests import builders
from tests.browser.complaints import Complaints
from tests.browser.hands import Hands

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PRESSES_MAX = 80
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
COMPANY = {
    "name": "Nordlys Rådgivning AS",
    "organization_number": builders.ORGANIZATION_NUMBERS["nordlys"],
    "street": "Bryggeveien 4",
    "postal_code": "0155",
    "city": "Solvik",
    "email": "faktura@nordlys.example",
    "account_number": builders.ACCOUNT_NUMBER,
    "kid_length": "10",
}
CUSTOMER = {
    "name": "Havgløtt Verksted AS",
    "organization_number": builders.CUSTOMER_ORGANIZATION_NUMBER,
    "street": "Kaiveien 12",
    "postal_code": "0150",
    "city": "Nordhavn",
    "buyer_reference": "PO-7731",
}
LINES = [("Rådgivning", "7,5", "1250"), ("Reisetid", "2", "600"), ("Kilometergodtgjørelse", "84", "5,30")]
PAYABLE = "13775,25"  # (9 375,00 + 1 200,00 + 445,20) and 25 per cent


def test_the_first_invoice_needs_no_pointer(live_server: Any, open_page: Callable[..., Page]) -> None:
    page = open_page()
    complaints = Complaints()
    complaints.listen(page)
    hands = Hands(page)
    _sign_up(page, hands)
    _make_company(page, hands)
    _make_customer(page, hands)

    hands.presses = 0
    _write_draft(page, hands)
    _finalize(page, hands)
    assert hands.presses <= PRESSES_MAX
    builders.run_background()
    pdf, ehf = _download(page, "pdf"), _download(page, "ehf")
    _assert_documents(pdf, ehf)
    assert complaints == []


def _sign_up(page: Page, hands: Hands) -> None:
    page.goto("/accounts/signup/")
    hands.fill(name="Kari Prøve", email="kari@nordlys.example", password1="a passphrase nobody guesses")
    hands.press("Enter")
    page.wait_for_url("**/new-company/")


def _make_company(page: Page, hands: Hands) -> None:
    hands.fill(**COMPANY)
    hands.press("Control+Enter")
    page.wait_for_url("**/nordlys-radgivning/")


def _make_customer(page: Page, hands: Hands) -> None:
    hands.press("g")
    hands.press("c")
    page.wait_for_url("**/customers/")
    hands.press("n")
    page.wait_for_url("**/customers/new/")
    hands.fill(**CUSTOMER)
    hands.press("Control+Enter")
    page.wait_for_url(re.compile(r"/customers/[0-9a-f-]{36}/$"))


def _write_draft(page: Page, hands: Hands) -> None:
    """From the customer's page to a stored draft with three lines."""
    hands.press("n")
    page.wait_for_url("**/invoices/new/**")
    expect(page.locator(".line [name$=-description]").first).to_be_focused()
    for place, (description, quantity, price) in enumerate(LINES):
        if place:
            hands.press("Enter")
            expect(page.locator(".line [name$=-description]").nth(place)).to_be_focused()
        hands.type(description)
        hands.go_to("-quantity")
        hands.type(quantity)
        hands.go_to("-unit_price")
        hands.type(price)
    hands.press("Control+s")
    page.wait_for_url(re.compile(r"/invoices/[0-9a-f-]{36}/edit/$"))


def _finalize(page: Page, hands: Hands) -> None:
    hands.press("Control+Enter")
    page.wait_for_url(re.compile(r"/invoices/[0-9a-f-]{36}/(finalize/)?$"))
    if page.url.endswith("finalize/"):
        hands.press("Control+Enter")
        page.wait_for_url(re.compile(r"/invoices/[0-9a-f-]{36}/$"))
    expect(page.locator("h1")).to_contain_text("10001")


def _download(page: Page, kind: str) -> bytes:
    """The bytes that a signed-in person gets from the invoice's address."""
    answer = page.context.request.get(f"{page.url}{kind}/")
    assert answer.status == 200
    return answer.body()


def _assert_documents(pdf: bytes, ehf: bytes) -> None:
    root = parse_xml(ehf)
    [payable] = root.iter(f"{CBC}PayableAmount")
    [attached] = root.iter(f"{CBC}EmbeddedDocumentBinaryObject")
    assert root.findtext(f"{CBC}ID") == "10001"
    assert payable.text == PAYABLE.replace(",", ".")
    assert attached.get("mimeCode") == "application/pdf"
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert len(opened.pages) == 1
        assert len(opened.attachments) == 1
