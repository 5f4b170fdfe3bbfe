"""Telling managers once a day that work waits for their approval."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from billing_backlog.queries.waiting import waiting_by_approver
from tenants.models import Organization
from tenants.notices import News, tell

FIRST_HOUR = 7  # where the organization is: read with the first coffee


@transaction.atomic
def tell_approvers(organization: Organization, *, now: datetime) -> int:
    """Tell everybody for whom work waits, once a local day; returns how many are told or were told today.

    A manager who is away is told by nobody: the deputy is.
    """
    local = now.astimezone(ZoneInfo(organization.time_zone))
    if local.hour < FIRST_HOUR:
        return 0
    waiting = waiting_by_approver(organization, local.date())
    day = local.date().isoformat()
    news = [
        News(user_id, "work.waiting", {"count": count}, "work/waiting/", f"work-waiting:{day}")
        for user_id, count in waiting.items()
    ]
    tell(organization.pk, news)
    return len(news)
