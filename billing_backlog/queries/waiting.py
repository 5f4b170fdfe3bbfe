"""For whom submitted work waits today."""

from __future__ import annotations

from collections import Counter
from datetime import date
from uuid import UUID

from django.db.models import Count

from billing_backlog.models import Deputy, WorkEntry
from tenants.models import Membership, Organization, Role


def waiting_by_approver(organization: Organization, today: date) -> dict[UUID, int]:
    """How many entries wait for each person: a project's manager, the deputy of one who is away, else the owners."""
    waiting = WorkEntry.objects.of(organization).filter(submitted_at__isnull=False, approved_at=None)
    by_manager = waiting.order_by().values_list("project__manager_id").annotate(count=Count("pk"))
    away: dict[UUID, list[UUID]] = {}
    standing = Deputy.objects.of(organization).filter(first_day__lte=today, last_day__gte=today, ended_at=None)
    for person_id, deputy_id in standing.values_list("person_id", "deputy_id"):
        away.setdefault(person_id, []).append(deputy_id)
    members = Membership.objects.of(organization)
    owners = list(members.filter(role=Role.OWNER).values_list("user_id", flat=True))
    present = set(members.values_list("user_id", flat=True))
    found: Counter[UUID] = Counter()
    for manager_id, count in by_manager:
        told = away.get(manager_id, [manager_id]) if manager_id in present else owners
        for user_id in told:
            found[user_id] += count
    return dict(found)
