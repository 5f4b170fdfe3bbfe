"""Telling people what became of their connections."""

from __future__ import annotations

from accounting_sync.models import Connection
from accounting_sync.providers.registry import adapters
from tenants import notices
from tenants import queries as tenants
from tenants.models import Organization
from tenants.permissions import Permission, may


def tell_owners(organization: Organization, kind: str, connection: Connection, *, key: str, **facts: object) -> None:
    """A notice, once per key, to everybody who may connect accounting systems, in the caller's transaction."""
    told = {"system": adapters()[connection.system].label, "name": connection.name, **facts}
    notices.tell(
        organization.pk,
        [
            notices.News(membership.user_id, kind, told, f"accounting/{connection.pk}/", key)
            for membership in tenants.list_memberships(organization)
            if may(membership.role, Permission.CONNECT_ACCOUNTING)
        ],
    )
