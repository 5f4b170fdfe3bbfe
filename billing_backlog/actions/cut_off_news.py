"""Telling managers of work that they have not judged before its contract is billed."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from billing_backlog.billing_methods import cut_off, run_dates
from billing_backlog.models import BacklogItem, ContractLine
from billing_backlog.queries.intake import backlog_settings
from tenants.models import Membership, Organization
from tenants.notices import News, tell


@transaction.atomic
def tell_managers(organization: Organization, *, today: date) -> int:
    """Tell each manager once for each run date how much of the own projects' work is not judged; how many are told.

    The notice comes as many days before the run as the organization has chosen; none at all where that is zero.
    """
    days = backlog_settings(organization).notice_days
    runs = _next_runs(organization, today, today + timedelta(days=days)) if days else {}
    if not runs:
        return 0
    waiting = (
        BacklogItem.objects.of(organization)
        .filter(
            line_id__in=list(runs),
            ready_at=None,
            settled_at=None,
            cancelled_at=None,
            released_at__isnull=False,
            project__manager__isnull=False,
            day__lte=max(map(cut_off, runs.values())),
        )
        .order_by()
        .values_list("project__manager_id", "line_id", "day")
        .annotate(count=Count("pk"))
    )
    found: Counter[tuple[UUID, date]] = Counter()
    for manager_id, line_id, day, count in waiting:
        if day <= cut_off(runs[line_id]):
            found[manager_id, runs[line_id]] += count
    present = set(Membership.objects.of(organization).values_list("user_id", flat=True))
    news = [
        News(
            manager_id,
            "backlog.cut_off",
            {"count": count, "day": run.isoformat()},
            f"backlog/?state=not_ready&manager=me&until={cut_off(run).isoformat()}",
            f"cut-off:{run.isoformat()}",
        )
        for (manager_id, run), count in found.items()
        if manager_id in present
    ]
    tell(organization.pk, news)
    return len(news)


def _next_runs(organization: Organization, first: date, last: date) -> dict[UUID, date]:
    """The next run of each scheduled contract line between two days."""
    lines = (
        ContractLine.objects.of(organization)
        .exclude(frequency="")
        .filter(schedule_day__isnull=False)
        .select_related("contract")
    )
    runs = {}
    for line in lines:
        assert line.schedule_day is not None
        coming = run_dates(
            line.frequency,
            line.schedule_day,
            starts_on=line.contract.starts_on,
            until=last,
            runs_per_month=line.runs_per_month,
        )
        due = next((day for day in coming if first <= day <= last), None)
        if due is not None and not (line.contract.ends_on and line.contract.ends_on < cut_off(due)):
            runs[line.pk] = due
    return runs
