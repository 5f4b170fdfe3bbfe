"""Months are compared at night and when somebody asks; what came back from there, was said or waits counts as it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounting_sync.actions.reconciling import (
    ABANDONED_AFTER,
    ConnectionIsClosed,
    MonthIsNotOver,
    StrayIsSettled,
    accept_stray,
    ask_for_months,
)
from accounting_sync.actions.repairing import ReasonIsMissing, Repair, accept_difference, leave_out
from accounting_sync.lanes import LaneIsLost
from accounting_sync.models import Connection, ConnectionState, Reconciliation, ReconciliationState, SyncItem, SyncState
from accounting_sync.providers.registry import adapters
from accounting_sync.queries.reconciling import balance_of, latest_months, months_due, open_strays
from accounting_sync.reconciling import reconcile
from accounting_sync.tasks.reconciling import reconcile_everywhere
from config.celery import app
from foundation.ids import uuid7
from tenants.models import Notice, Organization, OutboxRow
from tests import builders
from tests.accounting_sync.connected import compare, connect, items, push, served, talk, told
from tests.ledgers.faults import Fault
from tests.ledgers.server import LedgerServer
from tests.ledgers.systems.fiken import Ledger
from tests.payments.by_hand import pay

MONTH = builders.TODAY.replace(day=1)


@pytest.fixture
def fiken(settings: Any, shared: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[LedgerServer]:
    """A company in Fiken, which is asked as fast as one likes."""
    monkeypatch.setattr(adapters()["fiken"], "limits", ())
    with LedgerServer(Ledger()) as server, served(server, settings):
        yield server
        server.assert_obeyed()


def ask(organization: Organization, connection: Connection, *months: date) -> list[Reconciliation]:
    with builders.in_organization(organization):
        asking: dict[str, Any] = {
            "actor": builders.actor_of(organization),
            "today": builders.TODAY,
            "now": timezone.now(),
        }
        return ask_for_months(organization, connection.pk, months or [MONTH], **asking)


def standing(organization: Organization) -> list[Reconciliation]:
    with builders.in_organization(organization):
        return list(Reconciliation.objects.of(organization).order_by("id"))


def test_a_month_is_compared_by_a_worker_and_says_that_it_agrees(
    organization: Organization, fiken: LedgerServer
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    pay(organization, "100.00", invoice.receivable_id)
    connection = connect(organization, fiken)
    push(organization, connection)

    ask(organization, connection)
    builders.run_background()

    [row] = standing(organization)
    assert (row.state, row.vouchers, row.agree, row.differ) == (ReconciliationState.DONE, 2, 2, 0)
    assert (row.compared, row.expected) == (2, 2)
    assert row.ours == row.theirs == invoice.payable_amount - 100
    assert row.findings == []
    assert {each["code"]: each["ours"] for each in row.accounts} == {
        each["code"]: each["theirs"] for each in row.accounts
    }
    with builders.in_organization(organization):
        balance = balance_of(organization)
        assert balance is not None
        assert (balance.difference, balance.ours) == (Decimal(0), row.ours)


def test_asking_twice_compares_once_at_a_time(organization: Organization, fiken: LedgerServer) -> None:
    builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    push(organization, connection)

    assert len(ask(organization, connection)) == 1
    assert ask(organization, connection) == []
    builders.run_background()
    assert len(ask(organization, connection)) == 1
    with builders.in_organization(organization), pytest.raises(IntegrityError), transaction.atomic():
        Reconciliation.objects.create(organization=organization, connection=connection, month=MONTH, asked_by="x")


def test_a_comparison_that_nobody_works_at_any_more_makes_room(organization: Organization, fiken: LedgerServer) -> None:
    connection = connect(organization, fiken)
    [left] = ask(organization, connection)
    with builders.in_organization(organization):
        long_ago = timezone.now() - ABANDONED_AFTER - timedelta(minutes=1)
        Reconciliation.objects.of(organization).filter(pk=left.pk).update(asked_at=long_ago)

    [fresh] = ask(organization, connection)

    states = {row.pk: row.state for row in standing(organization)}
    assert states == {left.pk: ReconciliationState.FAILED, fresh.pk: ReconciliationState.ASKED}


def test_a_month_to_come_and_a_closed_connection_are_refused(organization: Organization, fiken: LedgerServer) -> None:
    connection = connect(organization, fiken)
    with pytest.raises(MonthIsNotOver, match="this month or an earlier one"):
        ask(organization, connection, (MONTH + timedelta(days=40)).replace(day=1))
    with builders.in_organization(organization):
        Connection.objects.of(organization).update(state=ConnectionState.CLOSED, secrets_sealed=None)
    with pytest.raises(ConnectionIsClosed, match="is not connected"):
        ask(organization, connection)
    assert standing(organization) == []


def test_the_night_compares_the_newest_months_and_older_ones_once(
    organization: Organization, fiken: LedgerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (date(2026, 5, 4), date(2026, 10, 5), builders.TODAY):
        builders.make_finalized_invoice(organization, today=day)
    connection = connect(organization, fiken)
    push(organization, connection)
    monkeypatch.setattr("accounting_sync.tasks.reconciling.local_today", lambda _organization: builders.TODAY)

    assert reconcile_everywhere() == 3
    builders.run_background()

    assert [row.month.month for row in standing(organization)] == [5, 10, 11]
    with builders.in_organization(organization):
        assert months_due(connection, builders.TODAY) == [date(2026, 10, 1), date(2026, 11, 1)]
    timetable = {row["task"]: row["schedule"] for row in app.conf.beat_schedule.values()}
    assert timetable["accounting_sync.reconcile_everywhere"].hour == {3}


def test_what_waits_was_refused_or_left_out_is_counted_as_such(organization: Organization, fiken: LedgerServer) -> None:
    connection = connect(organization, fiken)
    arrived = builders.make_finalized_invoice(organization)
    push(organization, connection)
    fiken.system.close_through(builders.TODAY)
    stopped, left = builders.make_finalized_invoice(organization), builders.make_finalized_invoice(organization)
    pushed: dict[UUID | None, SyncItem] = {item.voucher_id: item for item in push(organization, connection)}
    with builders.in_organization(organization):
        repair = Repair(organization, [pushed[left.voucher_id].pk], builders.actor_of(organization), timezone.now())
        leave_out(repair, why="Booked by hand")

    [row] = compare(organization, connection)

    assert (row.vouchers, row.agree, row.absent, row.left_out) == (2, 1, 1, 1)
    assert row.difference == -stopped.payable_amount
    assert row.ours == arrived.payable_amount + stopped.payable_amount
    assert [(each["number"], each["code"]) for each in row.findings] == [(str(stopped.number), "absent")]


def test_what_differs_is_told_once_accepted_once_and_mended_by_itself(
    organization: Organization, fiken: LedgerServer
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    push(organization, connection)
    fiken.system.alter(str(invoice.number), Decimal(10))

    for _night in range(2):
        [row] = compare(organization, connection)
        assert (row.differ, row.difference) == (1, Decimal(10))
    [item] = items(organization, connection)
    assert told(item) == (SyncState.DIFFERS, "differs")
    with builders.in_organization(organization):
        owners = Notice.objects.of(organization).filter(kind="connection.differs")
        assert owners.count() == len(set(owners.values_list("user_id", flat=True))) > 0
        accept_difference(
            Repair(organization, [item.pk], builders.actor_of(organization), timezone.now()), why="A fee of theirs"
        )

    [row] = compare(organization, connection)
    assert (row.differ, row.agree, row.difference) == (0, 1, Decimal(10))
    assert [each["code"] for each in row.findings] == ["accepted"]
    assert items(organization, connection)[0].state == SyncState.CONFIRMED

    fiken.system.alter(str(invoice.number), Decimal(5))
    [row] = compare(organization, connection)
    assert row.differ == 1, "another difference than the one that was accepted"
    fiken.system.alter(str(invoice.number), Decimal(-15))
    [row] = compare(organization, connection)
    assert (row.differ, row.agree, row.difference) == (0, 1, Decimal(0))
    [item] = items(organization, connection)
    assert told(item) == (SyncState.CONFIRMED, "")


def test_a_system_that_stumbles_leaves_nothing_half_compared(organization: Organization, fiken: LedgerServer) -> None:
    invoice = builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    push(organization, connection)
    fiken.system.delete(str(invoice.number))
    fiken.faults.next(Fault.BROKEN, "GET /sales*")

    ask(organization, connection)
    builders.run_background()

    [row] = standing(organization)
    assert row.state in (ReconciliationState.UNDER_WAY, ReconciliationState.ASKED)
    assert items(organization, connection)[0].state == SyncState.CONFIRMED
    with builders.in_organization(organization):
        assert list(latest_months(organization)) == []
    with builders.in_organization(organization):
        OutboxRow.objects.of(organization).update(not_before=timezone.now() - timedelta(hours=1))
    builders.run_background()
    [row] = standing(organization)
    assert (row.state, row.differ) == (ReconciliationState.DONE, 1)


def test_who_has_lost_the_lane_keeps_nothing(organization: Organization, fiken: LedgerServer) -> None:
    builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    push(organization, connection)
    [asked] = ask(organization, connection)
    with talk(organization, connection) as opened:
        Connection.objects.of(organization).filter(pk=connection.pk).update(lane=uuid7())
        with pytest.raises(LaneIsLost):
            reconcile(opened, asked)
    [row] = standing(organization)
    assert row.state == ReconciliationState.UNDER_WAY
    assert row.ended_at is None


def test_what_has_ended_stands_as_it_ended(organization: Organization, fiken: LedgerServer) -> None:
    builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    push(organization, connection)
    [row] = compare(organization, connection)

    with builders.in_organization(organization):
        with pytest.raises(IntegrityError), transaction.atomic():
            Reconciliation.objects.of(organization).filter(pk=row.pk).update(agree=0, vouchers=0)
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            Reconciliation.objects.of(organization).filter(pk=row.pk).delete()


def test_what_stands_twice_and_was_let_stand_is_not_found_again(
    organization: Organization, fiken: LedgerServer
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    push(organization, connection)
    fiken.system.double(str(invoice.number))
    [row] = compare(organization, connection)
    assert (row.differ, row.agree, row.difference) == (1, 0, invoice.payable_amount)
    with builders.in_organization(organization):
        [stray] = open_strays(organization)
        deciding: dict[str, Any] = {"actor": builders.actor_of(organization), "now": timezone.now()}
        with pytest.raises(ReasonIsMissing, match="Say why"):
            accept_stray(organization, stray.pk, why=" ", **deciding)
        accept_stray(organization, stray.pk, why="It is the copy of their own test", **deciding)
        with pytest.raises(StrayIsSettled, match="settled already"):
            accept_stray(organization, stray.pk, why="Once more", **deciding)

    [row] = compare(organization, connection)

    assert (row.differ, row.agree, row.difference) == (0, 1, invoice.payable_amount)
    assert [each["code"] for each in row.findings] == ["accepted"]
    with builders.in_organization(organization):
        assert list(open_strays(organization)) == []


def test_many_vouchers_are_compared_in_as_many_statements_as_few(
    organization: Organization, fiken: LedgerServer
) -> None:
    connection = connect(organization, fiken)
    counted = []
    for count in (2, 9):
        for _time in range(count):
            builders.make_finalized_invoice(organization)
        push(organization, connection)
        with CaptureQueriesContext(database) as statements:
            [row] = compare(organization, connection)
        assert row.agree == row.vouchers
        counted.append(len(statements))
    assert counted[0] == counted[1]
