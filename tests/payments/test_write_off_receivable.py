"""Claims that are given up, held back and asked for again; and books that are closed; all through the screens."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from invoicing.models import Invoice
from payments import queries
from payments.models import Allocation, PeriodLock
from tests import builders
from tests.payments import by_hand

OWED = Decimal("3125.00")


@pytest.fixture
def invoice(organization: Any) -> Invoice:
    return builders.make_finalized_invoice(organization)


def claim_url(invoice: Invoice, act: str) -> str:
    return f"/nordlys/receivables/{invoice.receivable_id}/{act}/"


def balance_of(organization: Any, purpose: str) -> Decimal:
    with builders.in_organization(organization):
        account = queries.accounts_by_purpose(organization.pk)[purpose]
        return queries.account_balances(organization).get(account.pk, Decimal(0))


def loss(**changes: str) -> dict[str, str]:
    return {
        "amount": "3125",
        "ground": "insolvency",
        "takes_vat_back": "on",
        "reason": "Boet er innstilt",
        "day": builders.TODAY.isoformat(),
        **changes,
    }


def test_a_claim_is_lost_with_its_vat_where_the_law_allows_and_stands_again_when_undone(
    organization: Any, invoice: Invoice, owner: Any, project_manager: Any, client_of: Any
) -> None:
    browser, url = client_of(owner), claim_url(invoice, "write-off")
    assert client_of(project_manager).post(url, loss()).status_code == 403
    assert "§ 4-7-1" in browser.get(url).content.decode()
    for refused in ({"ground": "other"}, {"ground": "overdue"}, {"amount": "3125,01"}, {"reason": ""}):
        assert browser.post(url, loss(**refused)).status_code == 422, refused
    assert by_hand.owed(organization, invoice) == OWED

    assert browser.post(url, loss()).status_code == 302

    assert by_hand.owed(organization, invoice) == 0
    assert (balance_of(organization, "bad_debts"), balance_of(organization, "vat_standard")) == (
        Decimal("2500.00"),
        Decimal(0),
    )
    with builders.in_organization(organization):
        [written_off] = Allocation.objects.of(organization).filter(kind="write_off")
    again = {"reason": "Boet fant penger", "day": builders.TODAY.isoformat()}
    undo = f"/nordlys/payments/uses/{written_off.pk}/reopen/"
    assert undo in browser.get(claim_url(invoice, "panel")).content.decode()
    assert [browser.post(undo, again).status_code for _time in range(2)] == [302, 422]
    assert by_hand.owed(organization, invoice) == OWED
    assert balance_of(organization, "vat_standard") == Decimal("-625.00")


def test_a_claim_or_a_part_of_it_is_held_back_and_released_with_a_reason(
    organization: Any, invoice: Invoice, owner: Any, auditor: Any, client_of: Any
) -> None:
    browser, url = client_of(owner), claim_url(invoice, "hold")
    held = {"kind": "dispute", "amount": "500", "reason": "Halve leveransen mangler"}
    assert client_of(auditor).post(url, held).status_code == 403
    assert browser.post(url, {"kind": "promise", "reason": "Lovet"}).status_code == 422  # a promise has a day
    assert browser.post(url, held).status_code == 302

    with builders.in_organization(organization):
        [hold] = queries.standing_holds(organization, [invoice.receivable_id or invoice.pk], today=builders.TODAY)
    assert (hold.amount, hold.made_by) == (Decimal("500.00"), owner.name)
    assert "Halve leveransen mangler" in browser.get(claim_url(invoice, "panel")).content.decode()
    release = f"/nordlys/holds/{hold.pk}/release/"
    assert browser.post(release, {"reason": ""}).status_code == 422
    assert browser.post(release, {"reason": "Alt er levert"}).status_code == 302
    panel = browser.get(claim_url(invoice, "panel")).content.decode()
    assert release not in panel
    assert "Alt er levert" in panel


def test_books_are_closed_through_a_day_and_opened_with_a_reason(
    organization: Any, invoice: Invoice, owner: Any, project_manager: Any, auditor: Any, *, client_of: Any
) -> None:
    browser, page = client_of(owner), "/nordlys/settings/closed-periods/"
    yesterday = builders.TODAY - timedelta(days=1)
    closing = {"locked_through": yesterday.isoformat(), "reason": "Meldt"}
    assert client_of(project_manager).post(f"{page}close/", closing).status_code == 403
    assert client_of(auditor).get(page).status_code == 200
    assert browser.post(f"{page}close/", closing | {"locked_through": "2099-01-01"}).status_code == 422
    assert browser.post(f"{page}close/", closing).status_code == 302
    assert browser.get(page).context["next_open"] == builders.TODAY

    late = browser.post(claim_url(invoice, "write-off"), loss(day=yesterday.isoformat()))
    assert late.status_code == 422
    assert late.context["form"].errors.keys() == {"day"}
    assert browser.post(f"{page}close/", {"locked_through": "", "reason": ""}).status_code == 422
    assert browser.post(f"{page}close/", {"locked_through": "", "reason": "Glemt bilag"}).status_code == 302
    assert browser.post(claim_url(invoice, "write-off"), loss(day=yesterday.isoformat())).status_code == 302
    with builders.in_organization(organization):
        said: list[date | None] = list(
            PeriodLock.objects.of(organization).order_by("id").values_list("locked_through", flat=True)
        )
    assert said == [yesterday, None]


def test_the_limit_of_small_differences_is_set_by_those_who_may(
    organization: Any, owner: Any, auditor: Any, client_of: Any
) -> None:
    url = "/nordlys/settings/payments/"
    assert client_of(auditor).post(url, {"small_difference_max": "2"}).status_code == 403
    assert client_of(owner).post(url, {"small_difference_max": "100,01"}).status_code == 422
    assert client_of(owner).post(url, {"small_difference_max": "2,50"}).status_code == 302
    assert 'value="2,50"' in client_of(owner).get(url).content.decode()
