"""In-app notices: what one person should know, told once and shown until it is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from tenants.models import Notice, Organization, User


@dataclass(frozen=True, slots=True)
class News:
    """Something to tell one person; the link is a path inside the organization, without its slug."""

    user_id: UUID
    kind: str
    facts: Mapping[str, Any]
    link: str
    key: str


def tell(organization_id: UUID, news: Iterable[News]) -> None:
    """Write the notices in the caller's transaction; what was told under its key already is not told again."""
    Notice.objects.bulk_create(
        [
            Notice(
                organization_id=organization_id,
                user_id=item.user_id,
                kind=item.kind,
                facts=dict(item.facts),
                link=item.link,
                key=item.key,
            )
            for item in news
        ],
        ignore_conflicts=True,
    )


def list_notices(organization: Organization, user: User) -> QuerySet[Notice]:
    """A person's notices in this organization, newest first."""
    return Notice.objects.of(organization).filter(user_id=user.pk).order_by("-created_at", "-id")
