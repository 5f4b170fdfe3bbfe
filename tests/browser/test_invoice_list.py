"""The list is filtered, shown under chosen columns, kept as a view and exported, with HTMX and without a script."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from tests import builders
from tests.browser.complaints import Complaints, grave_faults
from tests.browser.hands import wait_for_settled

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def organization(transactional_db: None) -> Any:
    """Two public bodies and a firm, an invoice for each; the firm's is large."""
    organization = builders.make_organization("nordlys", "Nordlys Rådgivning AS", owner_email="olga@nordlys.example")
    for name, kind, count in (("Solvik kommune", "public_body", 1), ("Nordhavn kommune", "public_body", 2)):
        customer = builders.make_customer(organization, name=name, kind=kind)
        builders.make_finalized_invoice(organization, customer, [builders.line(quantity=Decimal(count))])
    firm = builders.make_customer(organization, name="Havgløtt Hotell AS")
    builders.make_finalized_invoice(organization, firm, [builders.line(quantity=Decimal(40))])
    builders.make_property(organization, name="Avdeling")
    return organization


def _open(live_server: Any, open_page: Callable[..., Page], **options: Any) -> Page:
    client = Client()
    client.force_login(builders.user_of("olga@nordlys.example"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page = open_page(**options)
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page.goto("/nordlys/invoices/")
    return page


def _customers(page: Page) -> list[str]:
    return sorted(text.strip() for text in page.locator("tbody td.a1").all_inner_texts())


def _add_filter(page: Page, link: str, name: str, operator: str, value: str) -> None:
    page.locator(link).click()
    wait_for_settled(page, "#condition-property")
    page.locator("#condition-property").select_option(name)
    wait_for_settled(page, "#condition-operator")
    page.locator("#condition-operator").select_option(operator)
    field = page.locator(f"#condition [name=v][value={value}]") if value.isalpha() or "_" in value else None
    if field is not None and field.count():
        field.check()
    else:
        page.locator("#condition-value").fill(value)
    page.locator("#condition button[name=set]").click()
    expect(page.locator("#condition")).to_have_count(0)


def test_m_093_filters_are_joined_by_and_and_or_and_kept_as_a_view(
    live_server: Any, open_page: Callable[..., Page], organization: Any
) -> None:
    page = _open(live_server, open_page)
    complaints = Complaints()
    complaints.listen(page)
    _add_filter(page, "#filters .fgroup a.btn >> nth=0", "customer_kind", "any", "public_body")
    expect(page.locator("tbody tr")).to_have_count(2)
    _add_filter(page, "#filters .fgroup a.btn >> nth=0", "amount", "gt", "4000")
    expect(page.locator("tbody tr")).to_have_count(0)
    _add_filter(page, "#filters .fgroup a.btn >> nth=1", "amount", "gt", "100000")
    page.locator("#filters .chip .x").nth(1).click()
    expect(page.locator("tbody tr")).to_have_count(2)
    assert _customers(page) == ["Nordhavn kommune", "Solvik kommune"]
    expect(page.locator("tfoot")).to_contain_text("4 687,50")
    assert grave_faults(page) == []
    page.locator("#save-view").click()
    page.locator("#view-name").fill("Kommuner")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"view="))
    expect(page.locator(".tabs [aria-current=page]")).to_contain_text("Kommuner")
    assert _customers(page) == ["Nordhavn kommune", "Solvik kommune"]
    assert complaints == []


def test_m_094_columns_are_chosen_and_m_095_the_export_begins_with_them(
    live_server: Any, open_page: Callable[..., Page], organization: Any
) -> None:
    page = _open(live_server, open_page)
    page.locator(".columns summary").click()
    page.locator(".columns label", has_text="Avdeling").locator("input").check()
    page.locator(".columns input[value=owner]").uncheck()
    page.locator(".columns .panel button.primary").click()
    expect(page.locator("thead")).to_contain_text("Avdeling")
    page.wait_for_url(re.compile("columns="))
    page.locator("tbody .sel input").first.focus()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    expect(page.locator(".bulk [data-n]")).to_have_text("2")
    expect(page.locator(".bulk .mute")).to_contain_text("NOK")
    page.locator(".bulk button[formaction$='/export/']").click()
    page.wait_for_url(re.compile("/export/"))
    assert page.locator("form.export [name=id]").count() == 2


def test_the_list_is_filtered_without_a_script(
    live_server: Any, open_page: Callable[..., Page], organization: Any
) -> None:
    page = _open(live_server, open_page, java_script_enabled=False)
    page.locator("#filters .fgroup a.btn >> nth=0").click()
    page.locator("#condition-property").select_option("amount")
    page.locator("#condition button[name=choose]").click()
    page.locator("#condition-operator").select_option("ge")
    page.locator("#condition-value").fill("50000")
    page.locator("#condition button[name=set]").click()
    assert _customers(page) == ["Havgløtt Hotell AS"]
    page.locator("tfoot a").click()
    expect(page.locator("tfoot")).to_contain_text("62 500,00")
