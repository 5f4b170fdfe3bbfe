"""The outbox: outside effects as rows, handed to workers by a relay.

The row is the truth and the message a nudge. A worker takes the row's lease, works without an open transaction and
marks the outcome; a lease that ends without a mark makes the row due again. When a row is due and how long a lease
lasts is told by the database's clock alone: the clocks of machines differ.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.postgres.functions import TransactionNow
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from foundation import rows
from foundation.background import start_task, task_exists
from foundation.ids import uuid7
from tenants import environment
from tenants.context import organization_context
from tenants.models import OutboxRow, OutboxState

logger = logging.getLogger(__name__)

ORGANIZATIONS_PER_ROUND = 100
CLAIM_SIZE = 50
LEASE = timedelta(minutes=5)
ATTEMPTS_MAX = 12
BACKOFF_MAX = timedelta(hours=6)


class BrokerIsAway(RuntimeError):
    """The message broker takes nothing now; the rows wait in the database."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What shall happen outside: a task name, its subject, and a key under which it happens once."""

    kind: str
    subject_id: UUID
    key: str
    payload: Mapping[str, Any]
    leaves_house: bool = True  # False for work within: it goes on where sending is locked


_PUT = """
    INSERT INTO tenants_outboxrow (id, organization_id, kind, key, subject_id, payload, leaves_house, state, not_before,
                                   attempts, last_error, created_at)
    SELECT id, %s::uuid, kind, key, subject_id, payload, leaves_house, 'new', now(), 0, '', now()
    FROM jsonb_to_recordset(%s::jsonb)
         AS fresh (id uuid, kind text, key text, subject_id uuid, payload jsonb, leaves_house boolean)
"""


_FINISH = """
    UPDATE tenants_outboxrow SET state = 'sent', last_error = '', finished_at = %s, lease_until = NULL
    WHERE organization_id = %s AND id = %s AND attempts = %s AND state = 'sending'
"""
_BEGIN = """
    UPDATE tenants_outboxrow SET payload = %s::jsonb, lease_until = now() + %s
    WHERE organization_id = %s AND id = %s
"""


def put_each(organization_id: UUID, effects: Iterable[Effect]) -> list[UUID]:
    """Write the effects in the caller's transaction, due by the database's clock; returns the rows' ids.

    An unknown task name fails here.
    """
    ids: list[UUID] = []
    fresh = []
    for effect in effects:
        if not task_exists(effect.kind):
            raise LookupError(f"No task is called {effect.kind!r}.")
        ids.append(uuid7())
        fresh.append(
            {
                "id": ids[-1],
                "kind": effect.kind,
                "key": effect.key,
                "subject_id": effect.subject_id,
                "payload": dict(effect.payload),
                "leaves_house": effect.leaves_house,
            }
        )
    if fresh:
        rows.execute(_PUT, [organization_id, rows.to_json(fresh)])
    return ids


def hand_out_due_rows() -> int:
    """One round of the relay: claim what is due in every organization and hand it on; returns how many.

    Raises BrokerIsAway when nothing can be handed on now; what was claimed is due again at once.
    """
    handed = 0
    is_locked = environment.lock() is not environment.Lock.NONE
    for organization_id in _due_organizations(ORGANIZATIONS_PER_ROUND):
        with organization_context(organization_id):
            handed += _hand_out(organization_id, _claim(organization_id, CLAIM_SIZE, is_locked=is_locked))
    return handed


def _hand_out(organization_id: UUID, claimed: list[tuple[UUID, str]]) -> int:
    handed = 0
    for position, (row_id, kind) in enumerate(claimed):
        try:
            start_task(kind, organization_id=str(organization_id), outbox_id=str(row_id))
        except (BrokerError, OSError) as error:
            # No attempt was made at the effect itself, so none is counted, however long the broker stays away.
            _give_back(organization_id, [pk for pk, _kind in claimed[position:]])
            raise BrokerIsAway(f"Could not hand out {kind} {row_id}: {error}") from error
        except Exception:
            # A name that this release does not know: the lease ends by itself, and the row is handed out again.
            logger.warning("Could not hand out %s %s", kind, row_id, exc_info=True)
        else:
            handed += 1
    return handed


def _give_back(organization_id: UUID, row_ids: list[UUID]) -> None:
    with transaction.atomic():
        OutboxRow.objects.of(organization_id).filter(pk__in=row_ids, state=OutboxState.SENDING).update(
            state=OutboxState.NEW, attempts=F("attempts") - 1, lease_until=None
        )


def begin(organization_id: UUID, outbox_id: UUID) -> OutboxRow | None:
    """Take the row for work, once; None when it is done, cancelled or in another worker's hands, or may not be sent."""
    with transaction.atomic(savepoint=False):  # in a worker's transaction, what fails here fails whole
        row = _lock(organization_id, outbox_id)
        if row is None or row.state != OutboxState.SENDING or row.attempts == 0:
            return None
        if row.payload.get("begun") == row.attempts:
            return None  # this very lease is being worked on
        if row.leaves_house and environment.lock() is not environment.Lock.NONE:
            return None  # a nudge from before the lock; the lease ends by itself and the row waits
        row.payload = {**row.payload, "begun": row.attempts}
        rows.execute(_BEGIN, [rows.to_json(row.payload), LEASE, organization_id, outbox_id])
        return row


def hold(row: OutboxRow) -> None:
    """Let nobody begin the row anew before this transaction has written down what became of it.

    Whoever writes of the effect itself as well takes this lock first, as whoever begins does.
    """
    _lock(row.organization_id, row.pk)


def _lock(organization_id: UUID, outbox_id: UUID) -> OutboxRow | None:
    found = rows.load(OutboxRow, "WHERE organization_id = %s AND id = %s FOR UPDATE", [organization_id, outbox_id])
    return found[0] if found else None


def renew(row: OutboxRow) -> None:
    """Keep the row for another lease: the work goes on."""
    _mark(row, lease_until=TransactionNow() + LEASE)


def hand_back(row: OutboxRow) -> None:
    """More of the work remains: due again at once, and none of its attempts is used up."""
    payload = {name: value for name, value in row.payload.items() if name != "begun"}
    _mark(
        row,
        state=OutboxState.NEW,
        payload=payload,
        attempts=F("attempts") - 1,
        not_before=TransactionNow(),
        lease_until=None,
    )


def postpone(row: OutboxRow, pause: timedelta, reason: str) -> None:
    """It did not happen now and has a timetable of its own: due again after the pause, no attempt is used up."""
    payload = {name: value for name, value in row.payload.items() if name != "begun"}
    _mark(
        row,
        state=OutboxState.NEW,
        payload=payload,
        attempts=F("attempts") - 1,
        last_error=reason[:500],
        not_before=TransactionNow() + pause,
        lease_until=None,
    )


def finish(row: OutboxRow) -> None:
    """The effect has happened."""
    with transaction.atomic(savepoint=False):
        rows.execute(_FINISH, [timezone.now(), row.organization_id, row.pk, row.attempts])


def fail(row: OutboxRow, reason: str, *, may_retry: bool) -> None:
    """It did not happen: tried again later with growing pauses, or given up after the last attempt."""
    if may_retry and row.attempts < ATTEMPTS_MAX:
        pause = min(timedelta(seconds=15 * 2**row.attempts), BACKOFF_MAX)
        _mark(
            row,
            state=OutboxState.NEW,
            last_error=reason[:500],
            not_before=TransactionNow() + pause,
            lease_until=None,
        )
    else:
        # Without the mark of this attempt: should a person have it tried again, attempts are counted anew.
        payload = {name: value for name, value in row.payload.items() if name != "begun"}
        now = timezone.now()
        _mark(
            row, state=OutboxState.FAILED, last_error=reason[:500], finished_at=now, lease_until=None, payload=payload
        )


def retry(organization_id: UUID, subject_id: UUID, kind: str) -> int:
    """Make failed rows of a subject due again; returns how many."""
    return (
        OutboxRow.objects.of(organization_id)
        .filter(subject_id=subject_id, kind=kind, state=OutboxState.FAILED)
        .update(state=OutboxState.NEW, not_before=TransactionNow(), attempts=0, last_error="", finished_at=None)
    )


def make_due(organization_id: UUID, kind: str) -> int:
    """Let what waits for its next attempt go at once, in the caller's transaction; returns how many rows."""
    waiting = OutboxRow.objects.of(organization_id).filter(kind=kind, state=OutboxState.NEW)
    return waiting.filter(not_before__gt=TransactionNow()).update(not_before=TransactionNow())


def make_due_of(organization_id: UUID, kind: str, subject_id: UUID) -> int:
    """Let what waits of one subject go at once, or find that it goes already; how many rows, in the transaction."""
    standing = OutboxRow.objects.of(organization_id).filter(kind=kind, subject_id=subject_id)
    standing.filter(state=OutboxState.NEW).update(not_before=TransactionNow())
    return standing.filter(state__in=[OutboxState.NEW, OutboxState.SENDING]).count()


def _mark(row: OutboxRow, **values: Any) -> None:
    with transaction.atomic():
        OutboxRow.objects.of(row.organization_id).filter(
            pk=row.pk, attempts=row.attempts, state=OutboxState.SENDING
        ).update(**values)


def _due_organizations(limit: int) -> list[UUID]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT organization_id FROM organizations_with_due_outbox(%s)", [limit])
        return [row[0] for row in cursor.fetchall()]


def _claim(organization_id: UUID, limit: int, *, is_locked: bool = False) -> list[tuple[UUID, str]]:
    # The materialized list keeps LIMIT and SKIP LOCKED to one evaluation; the clock is the database's.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH due AS MATERIALIZED (
                SELECT id FROM tenants_outboxrow
                WHERE organization_id = %(organization)s
                  AND ((state = 'new' AND not_before <= now())
                       OR (state = 'sending' AND lease_until < now() AND attempts < %(attempts_max)s))
                  AND NOT (leaves_house AND %(is_locked)s)
                ORDER BY not_before, id
                LIMIT %(limit)s
                FOR UPDATE SKIP LOCKED
            )
            UPDATE tenants_outboxrow AS claimed
            SET state = 'sending', attempts = attempts + 1,
                lease_until = now() + make_interval(secs => %(lease_seconds)s)
            FROM due
            WHERE claimed.organization_id = %(organization)s AND claimed.id = due.id
            RETURNING claimed.not_before, claimed.id, claimed.kind
            """,
            {
                "organization": organization_id,
                "limit": limit,
                "lease_seconds": LEASE.total_seconds(),
                "attempts_max": ATTEMPTS_MAX,
                "is_locked": is_locked,
            },
        )
        # What was written first goes first, whatever way the database took.
        return [(row_id, kind) for _due, row_id, kind in sorted(cursor.fetchall())]


def give_up_exhausted(organization_id: UUID) -> int:
    """Rows whose lease ended after the last attempt become failed, so that a person sees them."""
    with transaction.atomic():
        return (
            OutboxRow.objects.of(organization_id)
            .filter(state=OutboxState.SENDING, lease_until__lt=TransactionNow(), attempts__gte=ATTEMPTS_MAX)
            .update(state=OutboxState.FAILED, last_error=F("last_error"), finished_at=timezone.now())
        )
