"""Questions about visits to the accounting systems' own pages, and about work that a connection waits for."""

from __future__ import annotations

from collections.abc import Collection

from accounting_sync.models import Connection, Permit
from tenants.models import Organization, OutboxRow, OutboxState


def lock_permit(organization: Organization, state_sha256: str) -> Permit | None:
    """The visit with this state under its row lock."""
    found = Permit.objects.of(organization).select_for_update().filter(state_sha256=state_sha256)
    return found.first()


def newest_permit(connection: Connection) -> Permit | None:
    """The last visit that came back."""
    found = Permit.objects.of(connection.organization_id).filter(connection=connection, used_at__isnull=False)
    return found.order_by("-used_at", "-id").first()


def waits_for(connection: Connection, kinds: Collection[str]) -> set[str]:
    """What a worker was asked to do for the connection and has not finished."""
    found = OutboxRow.objects.of(connection.organization_id).filter(
        subject_id=connection.pk, kind__in=list(kinds), state__in=[OutboxState.NEW, OutboxState.SENDING]
    )
    return set(found.values_list("kind", flat=True))
