"""A bank file is imported and the work list cleared without a pointer; what comes next is always under the hands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, ViewportSize, expect

from payments.models import BankLine, Payment
from tests import builders
from tests.bank_file_builders import Paid
from tests.browser.complaints import Complaints, grave_faults, sideways
from tests.browser.hands import Hands, wait_for_loaded, wait_for_settled
from tests.payments.bank_rows import camt

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PRESSES_MAX = 90


def test_a_bank_file_is_imported_and_the_work_list_cleared_without_a_pointer(
    live_server: Any, organization: Any, owner: Any, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    customer = builders.make_customer(organization, name="Solvik Eiendom AS")
    first, second, third = (builders.make_finalized_invoice(organization, customer) for _turn in range(3))
    text = f"faktura {first.number} og {second.number}"
    payments = [
        Paid("", first.payable_amount + second.payable_amount, text=text, payer_name=customer.name),
        Paid(third.kid, third.payable_amount + 2, payer_name=customer.name),
        Paid("", "77.00", text="visit Oct", payer_name="Ukjent"),
    ]
    file = tmp_path / "camt-2026-11-18.xml"
    file.write_bytes(camt(payments))
    client = Client()
    client.force_login(owner)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page = open_page()
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    complaints = Complaints()
    complaints.listen(page)
    hands = Hands(page)
    page.goto("/nordlys/payments/bank/")
    wait_for_loaded(page)

    hands.press("b")
    page.wait_for_url("**/files/")
    wait_for_loaded(page)
    hands.skip_navigation()
    hands.reach("input[name=file]")
    page.locator("input[name=file]").set_input_files(file)  # what the system's own dialog does
    hands.reach("form[action$='/import/'] .btn.primary")
    hands.press("Enter")
    page.wait_for_url("**/payments/bank/")
    expect(page.locator(".bank-lines tbody tr")).to_have_count(3)
    for width in (1280, 390):
        page.set_viewport_size(ViewportSize(width=width, height=844))
        assert grave_faults(page) == []
        assert not sideways(page)
    page.set_viewport_size(ViewportSize(width=1280, height=844))

    # The newest stands first: nothing fits it, so it is left. Then what was too much, then the two invoices.
    expect(page.locator("#panel-title")).to_have_text("Ukjent")
    hands.press("l")
    hands.go_to("reason")
    hands.type("Ikke vår")
    hands.press("Enter")
    wait_for_settled(page, ".bank-lines tbody tr:nth-child(2):last-child")
    hands.press("c")
    wait_for_settled(page, ".bank-lines tbody tr:only-child")
    expect(page.locator("#split button.primary")).to_be_focused()
    hands.press("Enter")
    wait_for_settled(page, "#bank .empty")

    with builders.in_organization(organization):
        outcomes = list(BankLine.objects.of(organization).order_by("position").values_list("outcome", flat=True))
        assert outcomes == ["posted", "posted", "ignored"]
        assert sum(payment.unapplied for payment in Payment.objects.of(organization)) == 2
    assert complaints == []
    assert hands.presses <= PRESSES_MAX, hands.presses
