"""What every page's frame shows: the organization, the other ones, the way around."""

from __future__ import annotations

from typing import Any, cast

from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from billing_backlog.queries.work import Approver
from config import queries
from config.help import help_of
from config.navigation import (
    ACCOUNTING,
    BACKLOG,
    DELIVERIES,
    ENQUIRIES,
    INVOICES,
    KINDS_OF_WORK,
    PAYMENTS,
    TO_APPROVE,
    count_label,
    navigation,
)
from config.settings_places import settings_groups
from tenants import environment, notices
from tenants.clock import local_today
from tenants.models import Organization, Role, User
from tenants.permissions import Permission, may
from tenants.queries import MembershipOf, memberships_of

UNREAD_SHOWN_MAX = 99
# What is counted beside a place; shown to those who may go there.
COUNTED = {
    "drafts": INVOICES,
    "undelivered": DELIVERIES,
    "enquiries": ENQUIRIES,
    "bank_lines": PAYMENTS,
    "work": TO_APPROVE,
    "backlog": BACKLOG,
    "stopped": ACCOUNTING,
}


def frame(request: HttpRequest) -> dict[str, Any]:
    """Organization, memberships and navigation for base.html; asked only where the frame is drawn.

    One question each for the memberships, the counts beside the places, and the unread notices.
    """
    organization = getattr(request, "organization", None)
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"organization": None, "memberships": [], "navigation": [], "unread_notices": ""}
    return {
        "organization": organization,
        "memberships": SimpleLazyObject(lambda: _memberships(request, cast(User, user))),
        "navigation": SimpleLazyObject(lambda: _navigation(request, organization)),
        "sending_lock": SimpleLazyObject(lambda: _sending_lock(request)),
        "page_help": help_of(request.resolver_match.view_name) if request.resolver_match else "",
        "settings_groups": SimpleLazyObject(lambda: _settings_groups(request, organization)),
        "unread_notices": SimpleLazyObject(lambda: _unread_notices(cast(User, user), organization)),
    }


def _sending_lock(request: HttpRequest) -> str:
    """Why nothing leaves this copy, for those who may end it; empty for everybody else."""
    membership = cast("MembershipOf | None", getattr(request, "membership", None))
    if membership is None or membership.role != Role.OWNER:
        return ""
    return environment.seen_lock().value


def _memberships(request: HttpRequest, user: User) -> list[dict[str, str]]:
    known = cast("list[MembershipOf] | None", getattr(request, "memberships", None))
    return [
        {"slug": membership.slug, "name": membership.name, "role": str(Role(membership.role).label)}
        for membership in (memberships_of(user.pk) if known is None else known)
    ]


def _unread_notices(user: User, organization: Organization | None) -> str:
    if organization is None or not connection.in_atomic_block:
        return ""
    return count_label(notices.count_unread(organization, user.pk, UNREAD_SHOWN_MAX), UNREAD_SHOWN_MAX)


def counted(request: HttpRequest, organization: Organization) -> dict[str, int]:
    """What waits, asked once for a request, however many parts of its page show it."""
    found = cast("dict[str, int] | None", getattr(request, "counted", None))
    if found is None:
        found = queries.frame_counts(organization, timezone.now(), _approver(request, organization))
        request.counted = found  # type: ignore[attr-defined]  # kept for the rest of the page
    return found


def _approver(request: HttpRequest, organization: Organization) -> Approver | None:
    """Who approves work, where the one who asks may."""
    membership = cast("MembershipOf | None", getattr(request, "membership", None))
    if membership is None or not may(membership.role, Permission.APPROVE_WORK):
        return None
    sees_all = may(membership.role, Permission.VIEW_ALL_PROJECTS)
    return Approver(cast(User, request.user), sees_all, local_today(organization))


def _navigation(request: HttpRequest, organization: Organization | None) -> list[dict[str, Any]]:
    membership = cast("MembershipOf | None", getattr(request, "membership", None))
    if organization is None or membership is None:
        return []
    # Outside a transaction every table of the organization looks empty: then no count is better than a wrong one.
    if not connection.in_atomic_block:
        return navigation(organization.slug, membership.role, request.path, {})
    found = counted(request, organization)
    counts = {place.url_name: count_label(found[name], queries.COUNT_MAX) for name, place in COUNTED.items()}
    unused = [place for kind, places in KINDS_OF_WORK.items() if not found[kind] for place in places]
    return navigation(organization.slug, membership.role, request.path, counts, unused)


def _settings_groups(request: HttpRequest, organization: Organization | None) -> list[dict[str, Any]]:
    membership = cast("MembershipOf | None", getattr(request, "membership", None))
    if organization is None or membership is None:
        return []
    return settings_groups(organization.slug, membership.role, request.path)
