"""The customer's page in a browser: axe, narrow and wide, copying, opening, saying something, and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import Page, ViewportSize

from invoicing.models import Enquiry, PublicLink
from tests import builders
from tests.browser.complaints import Complaints, grave_faults, sideways

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
WIDTHS = (1280, 390)


@pytest.fixture
def invoice(live_server: Any, organization: Any) -> Any:
    with builders.in_organization(organization):
        organization.name = "Nordhavn kommune, Idrett og utleie av haller KF"  # longer than a narrow screen is wide
        organization.accent_color = "#245c3f"
        organization.save(update_fields=["name", "accent_color"])
    customer = builders.make_customer(organization, name="Nordhavn Marine AS", email="faktura@nordhavn.example")
    lines = [builders.line("Kaiforsterkning, milepæl 2 (40 %)"), builders.line("Prosjektering, 1.–15. november")]
    invoice = builders.make_finalized_invoice(organization, customer, lines, buyer_reference="PO-7731")
    builders.run_background()
    return invoice


def _path(organization: Any, invoice: Any) -> str:
    return urlsplit(builders.make_link(organization, invoice)).path


def _link(organization: Any) -> PublicLink:
    with builders.in_organization(organization):
        return PublicLink.objects.of(organization).order_by("-made_at")[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_grave_and_nothing_sideways(
    organization: Any, invoice: Any, open_page: Callable[..., Page], scheme: str
) -> None:
    page = open_page(color_scheme=scheme, user_agent=FIREFOX)
    complaints = Complaints()
    complaints.listen(page)
    page.goto(_path(organization, invoice))
    assert "/i/v/" in page.url
    page.click("details.qa summary")
    for kind in ("question", "dispute", "wrong_reference", "later_date", "paid"):
        page.select_option("[name=kind]", kind)
        for width in WIDTHS:
            page.set_viewport_size(ViewportSize(width=width, height=844))
            assert grave_faults(page) == []
            assert not sideways(page)
    assert complaints == []


def test_a_customer_asks_and_reads_what_happens_next(
    organization: Any, invoice: Any, open_page: Callable[..., Page]
) -> None:
    page = open_page(user_agent=FIREFOX)
    page.set_viewport_size(ViewportSize(width=390, height=844))
    page.goto(_path(organization, invoice))
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    page.click("details.qa summary")
    page.select_option("[name=kind]", "dispute")
    page.select_option("[name=line]", index=1)
    assert not page.is_visible("[name=wished_date]")
    page.fill("[name=text]", "Milepælen er ikke nådd.")
    page.click(".say button")
    page.wait_for_url("**#said")
    assert "Milepælen er ikke nådd." in page.inner_text("#said")
    assert "Kaiforsterkning" in page.inner_text("#said")
    assert grave_faults(page) == []
    assert not sideways(page)
    with builders.in_organization(organization):
        hold = Enquiry.objects.of(organization).get().hold
        assert hold is not None
        assert hold.amount is not None  # of the line, and not of the whole invoice


def test_the_account_is_copied_bare(organization: Any, invoice: Any, open_page: Callable[..., Page]) -> None:
    page = open_page(user_agent=FIREFOX, permissions=["clipboard-read", "clipboard-write"])
    page.goto(_path(organization, invoice))
    page.click(".copy:first-child button")
    assert page.evaluate("navigator.clipboard.readText()") == builders.ACCOUNT_NUMBER
    assert page.inner_text("[data-copy-status]")


def test_a_touch_is_an_opening_and_a_mere_load_is_none(
    organization: Any, invoice: Any, open_page: Callable[..., Page]
) -> None:
    page = open_page(user_agent=FIREFOX)
    page.goto(_path(organization, invoice))
    assert _link(organization).openings == 0
    with page.expect_response("**/opened/") as answer:
        page.keyboard.press("Tab")
    assert answer.value.status == 204
    assert _link(organization).openings == 1


def test_five_seconds_before_the_eyes_are_an_opening(
    organization: Any, invoice: Any, open_page: Callable[..., Page]
) -> None:
    page = open_page(user_agent=FIREFOX)
    page.clock.install()
    page.goto(_path(organization, invoice))
    with page.expect_response("**/opened/"):
        page.clock.run_for(5_500)
    assert _link(organization).openings == 1


def test_the_language_changes_at_once(organization: Any, invoice: Any, open_page: Callable[..., Page]) -> None:
    page = open_page(user_agent=FIREFOX)
    page.goto(_path(organization, invoice))
    page.select_option("[name=lang]", "en")
    page.wait_for_url("**lang=en")
    assert page.inner_text("h1") == f"Invoice {invoice.number}"


def test_it_works_without_scripts(organization: Any, invoice: Any, open_page: Callable[..., Page]) -> None:
    page = open_page(user_agent=FIREFOX, java_script_enabled=False)
    page.goto(_path(organization, invoice))
    page.select_option("[name=lang]", "en")
    page.click("header button")
    page.click("details.qa summary")
    page.fill("[name=text]", "Who ordered this?")
    page.click(".say button")
    assert "Who ordered this?" in page.inner_text("#said")
    assert page.locator("[data-copy]:visible").count() == 0


def test_a_member_copies_a_new_link(
    organization: Any, invoice: Any, owner: Any, open_page: Callable[..., Page]
) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    owner.set_password(builders.PASSWORD)
    owner.save()
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    page.goto("/accounts/login/")
    page.fill("[name=login]", owner.email)
    page.fill("[name=password]", builders.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)
    page.goto(f"/{organization.slug}/invoices/{invoice.pk}/")
    page.locator("#links form[action$='/links/copy/'] button").click()
    page.locator("#links [data-copy]").click()
    page.wait_for_selector("[data-copy][data-done]")
    address = page.evaluate("navigator.clipboard.readText()")
    assert address == page.input_value("#links [data-select]")
    assert "/i/" in address
    assert grave_faults(page) == []
