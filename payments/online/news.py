"""Telling those who look after the money what came of paying online."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tenants import notices
from tenants import queries as tenants
from tenants.models import Organization
from tenants.permissions import Permission, may


def tell_staff(organization: Organization, kind: str, facts: Mapping[str, Any], *, link: str, key: str) -> None:
    """A notice, once per key, to everybody who may register payments, in the caller's transaction."""
    notices.tell(
        organization.pk,
        [
            notices.News(membership.user_id, kind, facts, link or "payments/", key)
            for membership in tenants.list_memberships(organization)
            if may(membership.role, Permission.REGISTER_PAYMENTS)
        ],
    )
