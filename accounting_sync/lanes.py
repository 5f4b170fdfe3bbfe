"""The lane of a connection: at any moment one worker speaks with an accounting system, and its writes alone count.

A lane is a lease by the database's clock. Every write that follows a call names the lane's token, so that a worker who
has lost it, however late it wakes, changes nothing. The lease outlasts the longest call, so a killed worker's lane is
free soon after its last call can have had an effect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounting_sync.models import Connection, PushAttempt, SyncItem
from foundation import rows
from foundation.ids import uuid7

LEASE_SECONDS = 120  # longer than any call with its connecting

_TAKE = """
    UPDATE accounting_sync_connection SET lane = %s, lane_until = now() + make_interval(secs => %s)
    WHERE organization_id = %s AND id = %s AND (lane_until IS NULL OR lane_until <= now()) AND state <> 'closed'
"""
_KEEP = """
    UPDATE accounting_sync_connection
    SET lane_until = now() + make_interval(secs => %s), calls = %s::jsonb
    WHERE organization_id = %s AND id = %s AND lane = %s AND lane_until > now()
"""
_LEAVE = """
    UPDATE accounting_sync_connection SET lane = NULL, lane_until = NULL, calls = %s::jsonb
    WHERE organization_id = %s AND id = %s AND lane = %s
"""
HOLDS = """
    SELECT 1 FROM accounting_sync_connection
    WHERE organization_id = %s AND id = %s AND lane = %s AND lane_until > now()
    FOR SHARE
"""


class LaneIsLost(RuntimeError):
    """Another worker may speak with the accounting system now: what this one learned no longer counts."""


@dataclass(frozen=True, slots=True, eq=False)
class Writing:
    """What is to be written of an item: with the calls that told it, and only where the item stands as it was left."""

    item: SyncItem
    tries: Sequence[PushAttempt]
    now: datetime
    values: Mapping[str, Any]
    stood: tuple[str, str, int]  # state, step, revision


class Lane:
    """The right to speak with one accounting system."""

    def __init__(self, connection: Connection, token: UUID) -> None:
        self.organization_id = connection.organization_id
        self.connection_id = connection.pk
        self.token = token
        self.put_off: Writing | None = None  # what its holder knows and writes with what it writes next

    def keep(self, calls: Sequence[float]) -> None:
        """Hold the lane for another lease and write down when the latest calls were made; raises LaneIsLost."""
        values: list[Any] = [LEASE_SECONDS, rows.to_json(list(calls)), self.organization_id, self.connection_id]
        with transaction.atomic():
            is_kept = rows.execute(_KEEP, [*values, self.token])
        if not is_kept:
            raise LaneIsLost(str(self.connection_id))

    def refuse_if_lost(self) -> None:
        """Inside the transaction that writes what was learned: nobody can take the lane until it commits."""
        if not rows.fetch_all(HOLDS, [self.organization_id, self.connection_id, self.token]):
            raise LaneIsLost(str(self.connection_id))

    def leave(self, calls: Sequence[float]) -> None:
        """Give the lane back."""
        with transaction.atomic():
            rows.execute(_LEAVE, [rows.to_json(list(calls)), self.organization_id, self.connection_id, self.token])


def take_lane(connection: Connection) -> Lane | None:
    """The lane, or None where another worker has it."""
    token = uuid7()
    values = [token, LEASE_SECONDS, connection.organization_id, connection.pk]
    with transaction.atomic():
        is_taken = rows.execute(_TAKE, values)
    return Lane(connection, token) if is_taken else None
