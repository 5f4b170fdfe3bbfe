"""What a person sees of the vouchers that were pushed, and does about those that were stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounting_sync.models import Connection, SyncItem, SyncState
from accounting_sync.words import reason_in_words
from tenants.models import AuditEntry, Organization, User
from tests import builders
from tests.accounting_sync.connected import connect, items, push, served, told
from tests.ledgers.server import LedgerServer
from tests.ledgers.systems.fiken import Ledger

ClientOf = Callable[[User], Client]


@pytest.fixture
def fiken(settings: Any, shared: object) -> Iterator[LedgerServer]:
    """A company in Fiken."""
    with LedgerServer(Ledger()) as server, served(server, settings):
        yield server
        server.assert_obeyed()


def _page(organization: Organization, name: str, *things: Any) -> str:
    return reverse(f"accounting_sync:{name}", args=[organization.slug, *things])


def _in_norwegian(word: str, context: str) -> str:
    with translation.override("nb"):
        return translation.pgettext(context, word)


def _stopped(organization: Organization, fiken: LedgerServer) -> tuple[Connection, SyncItem]:
    invoice = builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    assert invoice.accounting_date is not None
    fiken.system.close_through(invoice.accounting_date)
    [item] = push(organization, connection)
    return connection, item


def test_what_is_stopped_is_named_on_every_page_with_the_way_out(
    organization: Organization, owner: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    _connection, item = _stopped(organization, fiken)
    browser = client_of(owner)

    for name in ("show_overview", "list_stopped", "list_pushed"):
        page = browser.get(_page(organization, name)).content.decode()
        assert item.number in page
        assert _in_norwegian("Stopped", "voucher") in page
        assert str(item.reason["text"]) in page
    page = browser.get(_page(organization, "show_item", item.pk)).content.decode()
    assert _page(organization, "move_to_open_day", item.pk) in page
    assert "of-bilag" not in page
    assert "access_token" not in page
    panel = browser.get(_page(organization, "panel_for_voucher", item.voucher_id)).content.decode()
    assert _in_norwegian("Stopped", "voucher") in panel


def test_a_voucher_is_tried_again_left_out_with_a_reason_and_taken_in(
    organization: Organization, owner: User, auditor: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    connection, item = _stopped(organization, fiken)
    browser = client_of(owner)
    assert client_of(auditor).post(_page(organization, "try_again"), {"id": item.pk}).status_code == 403

    assert browser.post(_page(organization, "leave_out", item.pk), {"why": " "}).status_code == 422
    assert told(items(organization, connection)[0])[0] == SyncState.BLOCKED
    browser.post(_page(organization, "leave_out", item.pk), {"why": "Booked by hand"})
    assert told(items(organization, connection)[0]) == (SyncState.LEFT_OUT, "left_out")
    assert "Booked by hand" in browser.get(_page(organization, "list_left_out")).content.decode()

    browser.post(_page(organization, "take_in", item.pk))
    fiken.system.close_through(item.day.replace(day=1))
    assert told(push(organization, connection)[0])[0] == SyncState.CONFIRMED
    with builders.in_organization(organization):
        verbs = list(AuditEntry.objects.of(organization).filter(subject_id=item.pk).values_list("verb", flat=True))
    assert set(verbs) == {"sync_item.left_out", "sync_item.taken_in"}


def test_what_was_altered_there_differs_and_is_read_again_when_it_is_mended(
    organization: Organization, owner: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    [item] = push(organization, connection)
    fiken.system.alter(str(invoice.number), Decimal("0.01"))
    browser = client_of(owner)

    browser.post(_page(organization, "look_again", item.pk))
    [item] = push(organization, connection)
    assert told(item) == (SyncState.DIFFERS, "differs")
    with translation.override("nb"):
        words = reason_in_words(item)
    assert words in browser.get(_page(organization, "show_item", item.pk)).content.decode().replace("&nbsp;", " ")

    fiken.system.alter(str(invoice.number), Decimal("-0.01"))
    browser.post(_page(organization, "look_again", item.pk))
    assert told(push(organization, connection)[0])[0] == SyncState.CONFIRMED


def test_what_is_gone_there_is_pushed_once_more_under_another_key(
    organization: Organization, owner: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    [item] = push(organization, connection)
    fiken.system.delete(str(invoice.number))
    browser = client_of(owner)
    browser.post(_page(organization, "look_again", item.pk))
    assert told(push(organization, connection)[0]) == (SyncState.DIFFERS, "gone")

    browser.post(_page(organization, "push_anew", item.pk), {"why": "Deleted by mistake"})
    [item] = push(organization, connection)

    assert (told(item)[0], item.revision) == (SyncState.CONFIRMED, 2)
    assert [held.number for held in fiken.system.documents()] == [str(invoice.number)]
