"""Every step of a voucher's passage as it is written down; what follows a call counts only within the lane."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from accounting_sync.lanes import Lane, Writing
from accounting_sync.models import (
    ARRIVED,
    Connection,
    ConnectionState,
    PushAttempt,
    PushTime,
    SyncItem,
    SyncState,
)
from accounting_sync.queries.connections import lock_connection
from accounting_sync.queries.items import ChosenVoucher, newest_vouchers, unchosen_vouchers
from foundation import rows
from foundation.ids import uuid7
from tenants.models import Organization

BACKOFF_FIRST = timedelta(seconds=30)
BACKOFF_MAX = timedelta(hours=6)
ATTEMPTS_MAX = 12  # about two days; then a person is asked


@transaction.atomic
def choose_items(organization: Organization, connection_id: UUID, *, now: datetime, today: date, hour: int) -> int:
    """Choose what is to be pushed: everything posted since the last look; daily pushes choose when they start.

    Returns how many were chosen. Choosing twice chooses nothing twice.
    """
    connection = lock_connection(organization, connection_id)
    if connection.state not in (ConnectionState.ACTIVE, ConnectionState.ACCESS_ENDED):
        return 0
    if connection.push_time == PushTime.DAILY and (connection.swept_day == today or hour < connection.push_hour):
        return 0
    newest = newest_vouchers(organization)
    if newest == connection.swept and connection.push_time == PushTime.AT_ONCE:
        return 0
    chosen = unchosen_vouchers(organization, connection)
    rows.insert(organization.pk, [item_of(connection, voucher, now=now) for voucher in chosen])
    if not chosen:  # the last batch was the last
        connection.swept, connection.swept_day = newest, today
        connection.save(update_fields=["swept", "swept_day"])
    return len(chosen)


def item_of(connection: Connection, voucher: ChosenVoucher, *, now: datetime, **known: Any) -> SyncItem:
    """The item of a voucher on a connection with what is known of it already; not yet stored."""
    values = {
        "id": uuid7(),
        "organization_id": connection.organization_id,
        "connection_id": connection.pk,
        "voucher_id": voucher.voucher_id,
        "day": voucher.day,
        "kind": voucher.kind,
        "number": voucher.number,
        "customer_id": voucher.customer_id,
        "currency": voucher.currency,
        "amount": voucher.amount,
        "base_amount": voucher.base_amount,
        "next_at": now,
        "changed_at": now,
        "created_at": now,
    }
    return rows.fresh(SyncItem, **values | known)


class ItemMovedOn(RuntimeError):
    """Somebody has decided about the item meanwhile: what the lane was about to do with it is not done."""


_HELD = """
    WITH held AS (SELECT 1 FROM accounting_sync_connection
                  WHERE organization_id = %s AND id = %s AND lane = %s AND lane_until > now() FOR SHARE)
"""
_WRITE = """
    UPDATE accounting_sync_syncitem SET changed_at = %s, {columns}
    WHERE organization_id = %s AND id = %s AND state = %s AND step = %s AND revision = %s
      AND EXISTS (SELECT 1 FROM held)
"""
# What waited for the voucher to arrive goes on.
_LET_GO = """
    UPDATE accounting_sync_syncitem SET state = 'waiting', reason = '{{}}', next_at = now(), changed_at = now()
    WHERE organization_id = %s AND connection_id = %s AND state = 'blocked'
      AND reason ->> 'code' = 'dependency' AND reason -> 'vouchers' ? %s AND EXISTS (SELECT 1 FROM written)
"""
_ARRIVE = f", written AS ({_WRITE} RETURNING 1), let_go AS ({_LET_GO}) SELECT 1 FROM written"  # noqa: S608 - our own words
_JSON = frozenset({"reason", "done", "remote", "accounts"})


def write_item(item: SyncItem, lane: Lane, tries: Sequence[PushAttempt], *, now: datetime, **values: Any) -> None:
    """Write what is known of an item with the calls that told it, after what was put off; the item is as written.

    What waited for it is let go in the same transaction once it has arrived. Raises LaneIsLost, and ItemMovedOn where
    the item does not stand any more where this worker has left it: then nothing is written but the calls.
    """
    earlier, writing = _with_earlier(lane, item, tries, now, values)
    if writing in _write(lane, [*earlier, writing]):
        raise ItemMovedOn(str(item.pk))
    _set(item, values)


def put_off(item: SyncItem, lane: Lane, tries: Sequence[PushAttempt], *, now: datetime, **values: Any) -> None:
    """Know it of an item already, and write it with what is written next: one statement or transaction less.

    Only for what the next worker finds out again by itself where this one dies before. Where somebody has decided about
    the item meanwhile, only the calls are written.
    """
    earlier, writing = _with_earlier(lane, item, tries, now, values)
    if earlier:
        _write(lane, earlier)
    lane.put_off = writing
    _set(item, values)


def write_put_off(lane: Lane) -> None:
    """Write what was put off, if anything was; raises LaneIsLost."""
    waiting, lane.put_off = lane.put_off, None
    if waiting is not None:
        _write(lane, [waiting])


def _with_earlier(
    lane: Lane, item: SyncItem, tries: Sequence[PushAttempt], now: datetime, values: Mapping[str, Any]
) -> tuple[list[Writing], Writing]:
    """What was put off of another item, and the writing of this one with what was put off of it."""
    waiting, lane.put_off = lane.put_off, None
    if waiting is not None and waiting.item is item:
        return [], Writing(item, [*waiting.tries, *tries], now, {**waiting.values, **values}, waiting.stood)
    own = Writing(item, tries, now, values, (item.state, item.step, item.revision))
    return [waiting] if waiting is not None else [], own


def _set(item: SyncItem, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(item, name, value)


def _write(lane: Lane, writings: Sequence[Writing]) -> list[Writing]:
    """Write in one transaction; returns those whose items do not stand any more where they were left."""
    with transaction.atomic():
        rows.insert(lane.organization_id, [each for writing in writings for each in writing.tries])
        moved = [writing for writing in writings if not _is_written(lane, writing)]
        if moved:
            lane.refuse_if_lost()
    return moved


def _is_written(lane: Lane, writing: Writing) -> bool:
    item, values = writing.item, writing.values
    columns = ", ".join(f"{name} = %s::jsonb" if name in _JSON else f"{name} = %s" for name in values)
    told = [rows.to_json(value) if name in _JSON else value for name, value in values.items()]
    holder = [lane.organization_id, lane.connection_id, lane.token]
    where = [item.organization_id, item.pk, *writing.stood]
    statement, waited = _HELD + _WRITE, []
    if values.get("state") in ARRIVED and writing.stood[0] not in ARRIVED:
        statement, waited = _HELD + _ARRIVE, [item.organization_id, item.connection_id, str(item.voucher_id)]
    return bool(rows.execute(statement.format(columns=columns), [*holder, writing.now, *told, *where, *waited]))


def later(item: SyncItem, *, now: datetime) -> datetime:
    """When to try again after so many failures: twice as long each time, with a part that differs by item."""
    pause = min(BACKOFF_FIRST * (1 << min(item.attempts, 20)), BACKOFF_MAX)
    return now + pause * (0.5 + (item.pk.int % 1000) / 2000)


@transaction.atomic
def rest(lane: Lane, connection: Connection, *, until: datetime, problem: str, now: datetime) -> None:
    """Let the whole connection rest: a limit, or an accounting system that does not answer."""
    row = _locked(connection)
    lane.refuse_if_lost()
    row.sleeps_until = until
    row.failures += 1
    row.problem, row.problem_since = problem[:500], row.problem_since or now
    row.save(update_fields=["sleeps_until", "failures", "problem", "problem_since"])


@transaction.atomic
def note_reached(lane: Lane, connection: Connection, *, now: datetime) -> None:
    """It answers as it should again."""
    row = _locked(connection)
    lane.refuse_if_lost()
    if row.state == ConnectionState.ACTIVE:
        row.problem, row.problem_since = "", None
    row.failures, row.sleeps_until, row.reached_at = 0, None, now
    row.save(update_fields=["failures", "sleeps_until", "reached_at", "problem", "problem_since"])


@transaction.atomic
def note_changes_read(lane: Lane, connection: Connection, *, now: datetime) -> None:
    """It answers, and what has changed there until now is known here."""
    note_reached(lane, connection, now=now)
    Connection.objects.of(connection.organization_id).filter(pk=connection.pk).update(changes_read_at=now)


def _locked(connection: Connection) -> Connection:
    return Connection.objects.of(connection.organization_id).select_for_update().get(pk=connection.pk)


@transaction.atomic
def release_unmapped(organization: Organization, connection: Connection, keys: Collection[str]) -> int:
    """Let go on what was stopped by one of these mappings (`account:3000`, `vat:standard:25:NO`); returns how many."""
    return rows.execute(
        """UPDATE accounting_sync_syncitem
           SET state = 'waiting', reason = '{}', attempts = 0, next_at = now(), changed_at = now()
           WHERE organization_id = %s AND connection_id = %s AND state = 'blocked'
             AND reason ->> 'code' = 'unmapped' AND reason -> 'keys' ?| %s""",
        [organization.pk, connection.pk, list(keys)],
    )


@transaction.atomic
def release_customers(organization: Organization, connection: Connection, customer_ids: Collection[UUID]) -> int:
    """Let go on what was stopped because nobody knew whom the accounting system means; returns how many."""
    return rows.execute(
        """UPDATE accounting_sync_syncitem
           SET state = 'waiting', reason = '{}', attempts = 0, next_at = now(), changed_at = now()
           WHERE organization_id = %s AND connection_id = %s AND state = 'blocked'
             AND reason ->> 'code' IN ('customer', 'customer_refused') AND reason -> 'customers' ?| %s""",
        [organization.pk, connection.pk, [str(customer) for customer in customer_ids]],
    )


def wake(organization: Organization, connection: Connection) -> int:
    """Try everything that waits for another try now; returns how many."""
    return (
        SyncItem.objects.of(organization)
        .filter(connection=connection, state__in=[SyncState.WAITING, SyncState.UNKNOWN, SyncState.SENT])
        .update(next_at=Now())
    )


def reason(code: str, **facts: Any) -> Mapping[str, Any]:
    """Why an item stands where it stands, as it is kept."""
    return {"code": code, **facts}
