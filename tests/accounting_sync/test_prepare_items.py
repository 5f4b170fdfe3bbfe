"""What a document needs in the accounting system is made beforehand, once for all vouchers that use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from accounting_sync.actions.lists import keep_lists
from accounting_sync.models import AccountMapping, SyncState
from accounting_sync.providers.base import ListKind
from tenants.models import Organization
from tests import builders
from tests.accounting_sync.connected import connect, push, served, talk, told
from tests.ledgers.faults import Fault
from tests.ledgers.server import LedgerServer
from tests.ledgers.systems.quickbooks import Ledger
from tests.payments.by_hand import pay


@pytest.fixture
def quickbooks(settings: Any, shared: object) -> Iterator[LedgerServer]:
    """A company in QuickBooks Online that has no item for sales yet."""
    ledger = Ledger()
    with LedgerServer(ledger) as server, served(server, settings):
        ledger.items.clear()
        yield server
        server.assert_obeyed()


def test_an_item_is_made_once_and_the_vouchers_stand_under_their_own_ids(
    organization: Organization, quickbooks: LedgerServer
) -> None:
    customer = builders.make_customer(organization)
    paid = builders.make_finalized_invoice(organization, customer)
    credited = builders.make_finalized_invoice(organization, customer)
    builders.finalize_drafts(organization, [builders.make_credit_note_draft(organization, credited).pk])
    pay(organization, str(paid.payable_amount), paid.receivable_id)
    connection = connect(organization, quickbooks)
    quickbooks.faults.next(Fault.DROP_ANSWER, "POST */item")

    pushed = push(organization, connection, rounds=3)

    assert {told(item) for item in pushed} == {(SyncState.CONFIRMED, "")}
    held = quickbooks.system.documents()
    assert sorted(one.kind for one in held) == ["credit", "payment", "payment", "sale", "sale"]
    assert {item.remote_id for item in pushed} == {one.id for one in held}
    assert {one.open_amount for one in held if one.kind != "payment"} == {0}
    accounts = {row["IncomeAccountRef"]["value"] for row in quickbooks.system.items.values()}  # type: ignore[attr-defined]
    assert len(quickbooks.system.items) == len(accounts) > 0  # type: ignore[attr-defined]

    # Once the lists are read again, the mapping knows the item and nothing asks for it any more.
    with talk(organization, connection) as opened:
        adapter = opened.adapter
        kinds = (ListKind.ACCOUNTS, ListKind.PAYMENT_ACCOUNTS)
        lists = {kind.value: adapter.listed(kind, opened.ask(adapter.fetch(kind))) for kind in kinds}
        keep_lists(organization, connection, opened.lane, lists, now=timezone.now())
    with builders.in_organization(organization):
        mapped = AccountMapping.objects.of(organization).filter(connection=connection, remote_id__in=accounts)
        assert all(row.facts.get("item") for row in mapped)
    calls = quickbooks.count("POST", "/item")
    builders.make_finalized_invoice(organization, customer)
    push(organization, connection)
    assert quickbooks.count("POST", "/item") == calls
    assert len(quickbooks.system.documents()) == len(held) + 1
