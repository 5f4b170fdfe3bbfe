"""A voucher on screen: debit and credit, the sum of each, for those who may read the ledger."""

from __future__ import annotations

from typing import Any

from invoicing.models import Invoice
from tests import builders


def address(slug: str, invoice: Invoice) -> str:
    return f"/{slug}/vouchers/{invoice.voucher_id}/"


def test_a_voucher_shows_both_sides_and_their_sum(organization: Any, auditor: Any, client_of: Any) -> None:
    invoice = builders.make_finalized_invoice(organization)
    page = client_of(auditor).get(address("nordlys", invoice))
    assert page.status_code == 200
    assert page.context["debit"] == page.context["credit"] == invoice.payable_amount
    assert len(page.context["postings"]) == 3


def test_strangers_find_nothing_and_members_without_the_right_are_refused(
    organization: Any, stranger: Any, case_worker: Any, client_of: Any
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    assert client_of(stranger).get(address("nordlys", invoice)).status_code == 404
    assert client_of(stranger).get(address("fremmed", invoice)).status_code == 404
    assert client_of(case_worker).get(address("nordlys", invoice)).status_code == 403


def test_the_chart_shows_what_is_posted(organization: Any, auditor: Any, case_worker: Any, client_of: Any) -> None:
    invoice = builders.make_finalized_invoice(organization)
    page = client_of(auditor).get("/nordlys/chart-of-accounts/")
    balances = {account.number: balance for account, balance in page.context["accounts"]}
    assert balances["1500"] == invoice.payable_amount
    assert sum(balance for balance in balances.values() if balance is not None) == 0
    assert client_of(case_worker).get("/nordlys/chart-of-accounts/").status_code == 403
