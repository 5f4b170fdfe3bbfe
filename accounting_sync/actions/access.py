"""The keys of a connection: new tokens are written before they are used, and a dead one is told once."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounting_sync.lanes import Lane
from accounting_sync.models import Connection, ConnectionState
from accounting_sync.news import tell_owners
from accounting_sync.providers.tokens import Grant
from accounting_sync.queries.connections import lock_connection
from accounting_sync.secrets import seal_secrets
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


@transaction.atomic
def keep_grant(organization: Organization, connection: Connection, lane: Lane, grant: Grant, *, now: datetime) -> None:
    """Write a fresh token under the row lock; the conversation's own row knows it from then on."""
    row = lock_connection(organization, connection.pk)
    lane.refuse_if_lost()
    row.secrets_sealed = seal_secrets(row, grant.secrets)
    row.secrets_version += 1
    row.token_expires_at = now + timedelta(seconds=grant.seconds) if grant.seconds is not None else None
    row.save(update_fields=["secrets_sealed", "secrets_version", "token_expires_at"])
    for name in ("secrets_sealed", "secrets_version", "token_expires_at"):
        setattr(connection, name, getattr(row, name))


@transaction.atomic
def end_access(organization: Organization, connection: Connection, lane: Lane, text: str, *, now: datetime) -> None:
    """The accounting system does not let us in any more: the lane rests, and the owners are told once."""
    row = lock_connection(organization, connection.pk)
    lane.refuse_if_lost()
    if row.state not in (ConnectionState.ACTIVE, ConnectionState.SETTING_UP):
        return
    was_active = row.state == ConnectionState.ACTIVE
    row.state = ConnectionState.ACCESS_ENDED if was_active else row.state
    row.problem, row.problem_since = text[:500], now
    row.save(update_fields=["state", "problem", "problem_since"])
    if was_active:
        audit.record(Actor.system(), "connection.access_ended", row, problem=text[:200])
        tell_owners(organization, "connection.access_ended", row, key=f"access:{row.pk}:{row.secrets_version}")
