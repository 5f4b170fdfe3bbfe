"""Vouchers reach the accounting system once, in their order, and each state has a way out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounting_sync.actions.passages import put_off, release_unmapped, write_put_off
from accounting_sync.actions.repairing import Repair, leave_out, move_to_open_day
from accounting_sync.carrying import carry
from accounting_sync.lanes import LaneIsLost
from accounting_sync.models import AccountMapping, Connection, ConnectionState, PushAttempt, SyncItem, SyncState
from accounting_sync.talking import talking_to
from accounting_sync.words import reason_in_words
from tenants.models import Notice, Organization
from tests import builders
from tests.accounting_sync.connected import choose, connect, items, push, served, talk, told
from tests.ledgers.faults import Fault
from tests.ledgers.server import LedgerServer
from tests.ledgers.systems.fiken import Ledger
from tests.payments.by_hand import pay


@pytest.fixture
def fiken(settings: Any, shared: object) -> Iterator[LedgerServer]:
    """A company in Fiken."""
    with LedgerServer(Ledger()) as server, served(server, settings):
        yield server
        server.assert_obeyed()


def test_a_voucher_arrives_once_with_its_amounts(organization: Organization, fiken: LedgerServer) -> None:
    invoice = builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)

    [item] = push(organization, connection)

    assert told(item) == (SyncState.CONFIRMED, "")
    [held] = fiken.system.documents()
    assert (held.number, held.total, held.vat_total) == (
        str(invoice.number),
        invoice.payable_amount,
        invoice.vat_amount,
    )
    assert (item.remote_id, item.remote_number, item.amount) == (held.id, held.number, held.total)
    push(organization, connection)
    assert fiken.count("POST", "/sales") == 1


def test_a_credit_note_a_payment_and_what_settles_them_follow_their_invoice(
    organization: Organization, fiken: LedgerServer
) -> None:
    customer = builders.make_customer(organization)
    invoice = builders.make_finalized_invoice(organization, customer)
    credited = builders.make_finalized_invoice(organization, customer)
    builders.finalize_drafts(organization, [builders.make_credit_note_draft(organization, credited).pk])
    pay(organization, str(invoice.payable_amount), invoice.receivable_id)
    connection = connect(organization, fiken)

    pushed = push(organization, connection)

    assert {told(item) for item in pushed} == {(SyncState.CONFIRMED, "")}
    assert sorted(held.kind for held in fiken.system.documents()) == ["credit", "journal", "payment", "sale", "sale"]
    assert len(fiken.system.customers()) == 1


@pytest.mark.parametrize("fault", [Fault.DROP_ANSWER, Fault.BROKEN_AFTER, Fault.HALF])
def test_after_a_silence_the_voucher_is_looked_for_and_found(
    organization: Organization, fiken: LedgerServer, fault: Fault
) -> None:
    builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    fiken.faults.next(fault, "POST */sales")

    [item] = push(organization, connection)
    assert told(item) == (SyncState.UNKNOWN, "unknown")
    [item] = push(organization, connection)

    assert told(item) == (SyncState.CONFIRMED, "")
    assert fiken.count("POST", "/sales") == 1
    assert len(fiken.system.documents()) == 1


def test_a_voucher_that_was_looked_for_twice_in_vain_is_sent_again_under_the_same_key(
    organization: Organization, fiken: LedgerServer
) -> None:
    builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    fiken.faults.next(Fault.DROP_BEFORE, "POST */sales")

    states = [told(push(organization, connection)[0])[0] for _round in range(3)]

    assert states == [SyncState.UNKNOWN, SyncState.UNKNOWN, SyncState.CONFIRMED]
    with builders.in_organization(organization):
        hashes = set(PushAttempt.objects.of(organization).filter(step="create").values_list("request", flat=True))
    assert fiken.count("POST", "/sales") == 2
    assert len(hashes) == 1
    assert len(fiken.system.documents()) == 1


def test_a_limit_lets_the_connection_rest_as_long_as_told(organization: Organization, fiken: LedgerServer) -> None:
    builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    fiken.faults.next(Fault.TOO_MANY, "POST */sales", seconds=90)

    [item] = push(organization, connection)

    assert told(item) == (SyncState.WAITING, "rate_limited")
    with builders.in_organization(organization):
        connection.refresh_from_db()
    assert connection.sleeps_until is not None
    assert 80 < (connection.sleeps_until - timezone.now()).total_seconds() <= 90
    assert told(push(organization, connection)[0])[0] == SyncState.CONFIRMED


def test_an_old_token_is_renewed_and_a_dead_one_stops_the_lane_and_is_told_once(
    organization: Organization, fiken: LedgerServer
) -> None:
    builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    fiken.system.expire()
    [item] = push(organization, connection)
    assert told(item)[0] == SyncState.CONFIRMED
    with builders.in_organization(organization):
        connection.refresh_from_db()
    assert connection.secrets_version == 1

    fiken.system.revoke()
    builders.make_finalized_invoice(organization)
    for _round in range(2):
        item = push(organization, connection)[-1]
        assert told(item)[0] == SyncState.WAITING
        with builders.in_organization(organization):
            connection.refresh_from_db()
            assert connection.state == ConnectionState.ACCESS_ENDED
            assert Notice.objects.of(organization).filter(kind="connection.access_ended").count() == 1


def test_what_is_not_mapped_is_stopped_by_name_and_goes_on_when_it_is(
    organization: Organization, fiken: LedgerServer
) -> None:
    builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    with builders.in_organization(organization):
        gone = AccountMapping.objects.of(organization).get(kind="vat", local_key="standard:25:NO")
        gone.delete()

    [item] = push(organization, connection)

    assert told(item) == (SyncState.BLOCKED, "unmapped")
    assert item.reason["keys"] == ["vat:standard:25:NO"]
    assert "25" in reason_in_words(item)
    assert fiken.count("POST", "/sales") == 0
    with builders.in_organization(organization):
        gone.save(force_insert=True)
        assert release_unmapped(organization, connection, ["vat:standard:25:NO"]) == 1
    assert told(push(organization, connection)[0])[0] == SyncState.CONFIRMED


def test_a_closed_period_is_offered_to_a_person_and_never_moved_silently(
    organization: Organization, fiken: LedgerServer
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    assert invoice.accounting_date is not None
    fiken.system.close_through(invoice.accounting_date)

    [item] = push(organization, connection)
    assert told(item) == (SyncState.BLOCKED, "period_closed")
    assert not fiken.system.documents()

    day = invoice.accounting_date + timedelta(days=1)
    repair = Repair(organization, [item.pk], builders.actor_of(organization), timezone.now())
    with builders.in_organization(organization):
        move_to_open_day(repair, day=day)
    [item] = push(organization, connection)
    assert told(item)[0] == SyncState.CONFIRMED
    assert [held.day for held in fiken.system.documents()] == [day]


def test_a_number_that_something_else_has_taken_is_not_adopted(organization: Organization, fiken: LedgerServer) -> None:
    invoice = builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    push(organization, connection)
    fiken.system.alter(str(invoice.number), Decimal(10))

    with builders.in_organization(organization):
        SyncItem.objects.of(organization).update(revision=2, state="unknown", step="create", done={}, remote_id="",
                                                 confirmed_at=None)  # fmt: skip
    [item] = push(organization, connection)

    assert told(item) == (SyncState.DIFFERS, "differs")
    assert [each[0] for each in item.reason["differences"]] == ["total"]
    assert len(fiken.system.documents()) == 1


def test_two_workers_on_one_lane_push_nothing_twice(organization: Organization, fiken: LedgerServer) -> None:
    builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    with talk(organization, connection) as first:
        with talking_to(organization, connection) as second:
            assert second is None
        first.lane.keep([])
        Connection.objects.of(organization).filter(pk=connection.pk).update(
            lane_until=timezone.now() - timedelta(hours=1)
        )
        with talk(organization, connection) as second:
            second.lane.keep([])
            with pytest.raises(LaneIsLost):
                first.lane.keep([])


def test_what_a_person_leaves_out_while_the_lane_has_it_in_hand_is_not_pushed(
    organization: Organization, fiken: LedgerServer
) -> None:
    builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    choose(organization, connection)
    [item] = items(organization, connection)
    repair = Repair(organization, [item.pk], builders.actor_of(organization), timezone.now())
    with builders.in_organization(organization):
        leave_out(repair, why="Booked by hand")
    with talk(organization, connection) as opened:
        carry(opened, [item])  # as it was read before
    assert told(items(organization, connection)[0]) == (SyncState.LEFT_OUT, "left_out")
    assert not fiken.system.documents()


def test_what_was_made_is_written_down_where_it_cannot_be_read_back(
    organization: Organization, fiken: LedgerServer
) -> None:
    builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    fiken.faults.next(Fault.DROP_ANSWER, "GET */sales/*")

    [item] = push(organization, connection)

    [held] = fiken.system.documents()
    assert (item.state, item.step, item.remote_id) == (SyncState.SENT, "", held.id)
    [item] = push(organization, connection)
    assert told(item) == (SyncState.CONFIRMED, "")
    assert fiken.count("POST", "/sales") == 1
    with builders.in_organization(organization):
        tries = PushAttempt.objects.of(organization).filter(item=item).order_by("id").values_list("step", "outcome")
        assert list(tries) == [("create", "done"), ("read", "unknown"), ("read", "done")]


def test_of_what_was_put_off_only_the_calls_are_written_where_a_person_has_decided_meanwhile(
    organization: Organization, fiken: LedgerServer
) -> None:
    builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    choose(organization, connection)
    [item] = items(organization, connection)
    repair = Repair(organization, [item.pk], builders.actor_of(organization), timezone.now())
    with talk(organization, connection) as opened:
        put_off(item, opened.lane, [], now=timezone.now(), state=SyncState.BLOCKED, reason={"code": "unmapped"})
        leave_out(repair, why="Booked by hand")
        write_put_off(opened.lane)
    assert told(items(organization, connection)[0]) == (SyncState.LEFT_OUT, "left_out")


def test_who_has_lost_the_lane_writes_nothing_that_was_put_off(organization: Organization, fiken: LedgerServer) -> None:
    builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    choose(organization, connection)
    [item] = items(organization, connection)
    with talk(organization, connection) as opened:
        put_off(item, opened.lane, [], now=timezone.now(), state=SyncState.BLOCKED, reason={"code": "unmapped"})
        before = timezone.now() - timedelta(hours=1)
        Connection.objects.of(organization).filter(pk=connection.pk).update(lane_until=before)
        with pytest.raises(LaneIsLost):
            write_put_off(opened.lane)
    assert told(items(organization, connection)[0]) == (SyncState.WAITING, "")


def test_older_documents_go_along_where_they_were_not_paid_on_the_start_date(
    organization: Organization, fiken: LedgerServer
) -> None:
    day = builders.TODAY - timedelta(days=3)
    paid, part_paid, unpaid = (builders.make_finalized_invoice(organization, today=day) for _each in range(3))
    pay(organization, str(paid.payable_amount), paid.receivable_id, day=day)
    pay(organization, "100.00", part_paid.receivable_id, day=day)
    later = builders.make_finalized_invoice(organization)
    without = connect(organization, fiken, name="Without", start_day=builders.TODAY)
    along = connect(organization, fiken, name="Along", opening="open", start_day=builders.TODAY)

    assert choose(organization, without) == 1
    assert choose(organization, along) == 4
    assert [item.number for item in items(organization, without)] == [str(later.number)]
    chosen = {item.number for item in items(organization, along)}
    assert {str(part_paid.number), str(unpaid.number), str(later.number)} < chosen
    assert str(paid.number) not in chosen
    assert choose(organization, along) == 0
