"""Every step of a voucher's passage as it is written down; what follows a call counts only within the lane."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from accounting_sync.lanes import Lane
from accounting_sync.models import Connection, ConnectionState, PushAttempt, PushTime, SyncItem, SyncState
from accounting_sync.queries.connections import lock_connection
from accounting_sync.queries.items import newest_vouchers, unchosen_vouchers
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
    rows.insert(
        organization.pk,
        [
            rows.fresh(
                SyncItem,
                id=uuid7(),
                organization_id=organization.pk,
                connection_id=connection.pk,
                voucher_id=voucher.voucher_id,
                day=voucher.day,
                kind=voucher.kind,
                number=voucher.number,
                customer_id=voucher.customer_id,
                currency=voucher.currency,
                amount=voucher.amount,
                base_amount=voucher.base_amount,
                next_at=now,
                changed_at=now,
                created_at=now,
            )
            for voucher in chosen
        ],
    )
    if not chosen:  # the last batch was the last
        connection.swept, connection.swept_day = newest, today
        connection.save(update_fields=["swept", "swept_day"])
    return len(chosen)


class ItemMovedOn(RuntimeError):
    """Somebody has decided about the item meanwhile: what the lane was about to do with it is not done."""


_WRITE = """
    WITH held AS (SELECT 1 FROM accounting_sync_connection
                  WHERE organization_id = %s AND id = %s AND lane = %s AND lane_until > now() FOR SHARE)
    UPDATE accounting_sync_syncitem SET changed_at = %s, {columns}
    WHERE organization_id = %s AND id = %s AND state = %s AND step = %s AND revision = %s
      AND EXISTS (SELECT 1 FROM held)
"""
_JSON = frozenset({"reason", "done", "remote", "accounts"})


def write_item(item: SyncItem, lane: Lane, tries: Sequence[PushAttempt], *, now: datetime, **values: Any) -> None:
    """Write what is known of an item with the calls that told it; the item is as written.

    What waited for it is let go in the same transaction once it has arrived. Raises LaneIsLost, and ItemMovedOn where
    the item does not stand any more where this worker has left it: then nothing is written but the calls.
    """
    columns = ", ".join(f"{name} = %s::jsonb" if name in _JSON else f"{name} = %s" for name in values)
    told = [rows.to_json(value) if name in _JSON else value for name, value in values.items()]
    where = [item.organization_id, item.pk, item.state, item.step, item.revision]
    holder = [lane.organization_id, lane.connection_id, lane.token]
    with transaction.atomic():
        rows.insert(item.organization_id, tries)
        has_moved = not rows.execute(_WRITE.format(columns=columns), [*holder, now, *told, *where])
        if has_moved:
            lane.refuse_if_lost()
        elif values.get("state") == SyncState.SENT and item.state != SyncState.SENT:
            _release_dependents(item)
    if has_moved:
        raise ItemMovedOn(str(item.pk))
    for name, value in values.items():
        setattr(item, name, value)


def _release_dependents(item: SyncItem) -> None:
    """Let go on what waited for this voucher to arrive."""
    rows.execute(
        """UPDATE accounting_sync_syncitem SET state = 'waiting', reason = '{}', next_at = now(), changed_at = now()
           WHERE organization_id = %s AND connection_id = %s AND state = 'blocked'
             AND reason ->> 'code' = 'dependency' AND reason -> 'vouchers' ? %s""",
        [item.organization_id, item.connection_id, str(item.voucher_id)],
    )


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
             AND reason ->> 'code' = 'customer' AND reason -> 'customers' ?| %s""",
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
