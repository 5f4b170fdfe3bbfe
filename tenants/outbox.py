"""The outbox: outside effects as rows, handed to workers by a relay.

The row is the truth and the message a nudge. A worker takes the row's lease, works without an open transaction and
marks the outcome; a lease that ends without a mark makes the row due again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from foundation.background import start_task, task_exists
from tenants.context import organization_context
from tenants.models import OutboxRow, OutboxState

logger = logging.getLogger(__name__)

ORGANIZATIONS_PER_ROUND = 100
CLAIM_SIZE = 50
LEASE = timedelta(minutes=5)
ATTEMPTS_MAX = 12
BACKOFF_MAX = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Effect:
    """What shall happen outside: a task name, its subject, and a key under which it happens once."""

    kind: str
    subject_id: UUID
    key: str
    payload: Mapping[str, Any]


def put_each(organization_id: UUID, effects: Iterable[Effect]) -> list[OutboxRow]:
    """Write the effects in the caller's transaction, with one statement; an unknown task name fails here."""
    rows = []
    now = timezone.now()
    for effect in effects:
        if not task_exists(effect.kind):
            raise LookupError(f"No task is called {effect.kind!r}.")
        rows.append(
            OutboxRow(
                organization_id=organization_id,
                kind=effect.kind,
                key=effect.key,
                subject_id=effect.subject_id,
                payload=dict(effect.payload),
                not_before=now,
                created_at=now,
            )
        )
    return OutboxRow.objects.bulk_create(rows)


def hand_out_due_rows() -> int:
    """One round of the relay: claim what is due in every organization and hand it on; returns how many."""
    handed = 0
    for organization_id in _due_organizations(ORGANIZATIONS_PER_ROUND):
        with organization_context(organization_id):
            for row_id, kind in _claim(organization_id, CLAIM_SIZE):
                try:
                    start_task(kind, organization_id=str(organization_id), outbox_id=str(row_id))
                except Exception:
                    # The broker is away: the lease ends by itself and the next round hands the row out again.
                    logger.warning("Could not hand out %s %s", kind, row_id, exc_info=True)
                else:
                    handed += 1
    return handed


def begin(organization_id: UUID, outbox_id: UUID) -> OutboxRow | None:
    """Take the row for work, once; None when it is done, cancelled or in another worker's hands."""
    with transaction.atomic():
        row = OutboxRow.objects.select_for_update().of(organization_id).filter(pk=outbox_id).first()
        if row is None or row.state != OutboxState.SENDING or row.attempts == 0:
            return None
        if row.payload.get("begun") == row.attempts:
            return None  # this very lease is being worked on
        row.payload = {**row.payload, "begun": row.attempts}
        row.lease_until = timezone.now() + LEASE
        row.save(update_fields=["payload", "lease_until"])
        return row


def finish(row: OutboxRow) -> None:
    """The effect has happened."""
    _mark(row, state=OutboxState.SENT, last_error="", finished_at=timezone.now(), lease_until=None)


def fail(row: OutboxRow, reason: str, *, may_retry: bool) -> None:
    """It did not happen: tried again later with growing pauses, or given up after the last attempt."""
    if may_retry and row.attempts < ATTEMPTS_MAX:
        pause = min(timedelta(seconds=15 * 2**row.attempts), BACKOFF_MAX)
        _mark(
            row,
            state=OutboxState.NEW,
            last_error=reason[:500],
            not_before=timezone.now() + pause,
            lease_until=None,
        )
    else:
        _mark(row, state=OutboxState.FAILED, last_error=reason[:500], finished_at=timezone.now(), lease_until=None)


def retry(organization_id: UUID, subject_id: UUID, kind: str) -> int:
    """Make failed rows of a subject due again; returns how many."""
    return (
        OutboxRow.objects.of(organization_id)
        .filter(subject_id=subject_id, kind=kind, state=OutboxState.FAILED)
        .update(state=OutboxState.NEW, not_before=timezone.now(), attempts=0, last_error="", finished_at=None)
    )


def _mark(row: OutboxRow, **values: Any) -> None:
    with transaction.atomic():
        OutboxRow.objects.of(row.organization_id).filter(
            pk=row.pk, attempts=row.attempts, state=OutboxState.SENDING
        ).update(**values)


def _due_organizations(limit: int) -> list[UUID]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT organization_id FROM organizations_with_due_outbox(%s)", [limit])
        return [row[0] for row in cursor.fetchall()]


def _claim(organization_id: UUID, limit: int) -> list[tuple[UUID, str]]:
    # The materialized list keeps LIMIT and SKIP LOCKED to one evaluation; the clock is the database's.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH due AS MATERIALIZED (
                SELECT id FROM tenants_outboxrow
                WHERE organization_id = %(organization)s
                  AND ((state = 'new' AND not_before <= now())
                       OR (state = 'sending' AND lease_until < now()))
                ORDER BY not_before, id
                LIMIT %(limit)s
                FOR UPDATE SKIP LOCKED
            )
            UPDATE tenants_outboxrow AS claimed
            SET state = 'sending', attempts = attempts + 1, lease_until = now() + %(lease)s
            FROM due
            WHERE claimed.organization_id = %(organization)s AND claimed.id = due.id
            RETURNING claimed.id, claimed.kind
            """,
            {"organization": organization_id, "limit": limit, "lease": LEASE},
        )
        return cursor.fetchall()


def give_up_exhausted(organization_id: UUID) -> int:
    """Rows whose lease ended after the last attempt become failed, so that a person sees them."""
    with transaction.atomic():
        return (
            OutboxRow.objects.of(organization_id)
            .filter(state=OutboxState.SENDING, lease_until__lt=timezone.now(), attempts__gte=ATTEMPTS_MAX)
            .update(state=OutboxState.FAILED, last_error=F("last_error"), finished_at=timezone.now())
        )
