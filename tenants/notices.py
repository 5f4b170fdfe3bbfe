"""In-app notices: what one person should know, told once and shown until it is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404

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


def count_unread(organization: Organization, user_id: UUID, most: int) -> int:
    """How many notices wait to be read, counted no further than one more than is shown."""
    return _unread(organization, user_id)[: most + 1].count()


def get_notice(organization: Organization, user_id: UUID, notice_id: UUID) -> Notice:
    """One of a person's own notices, or 404."""
    notice = Notice.objects.of(organization).filter(user_id=user_id, pk=notice_id).first()
    if notice is None:
        raise Http404
    return notice


@transaction.atomic
def read_notice(organization: Organization, user_id: UUID, notice_id: UUID, *, now: datetime) -> Notice:
    """Mark one notice as read and return it; reading it again changes nothing."""
    notice = get_notice(organization, user_id, notice_id)
    _unread(organization, user_id).filter(pk=notice_id).update(read_at=now)
    return notice


@transaction.atomic
def read_all(organization: Organization, user_id: UUID, *, now: datetime) -> int:
    """Mark every notice of a person as read; returns how many were not."""
    return _unread(organization, user_id).update(read_at=now)


def _unread(organization: Organization, user_id: UUID) -> QuerySet[Notice]:
    return Notice.objects.of(organization).filter(user_id=user_id, read_at=None)
