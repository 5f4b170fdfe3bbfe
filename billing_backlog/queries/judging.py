"""What waits to be judged: work that may be billed and that nobody has marked ready."""

from __future__ import annotations

from django.db.models import QuerySet

from billing_backlog.models import BacklogItem
from billing_backlog.queries.projects import visible_projects
from billing_backlog.queries.work import Approver
from tenants.models import Organization


def not_judged(organization: Organization, judge: Approver) -> QuerySet[BacklogItem]:
    """The open work of the projects that this person leads today; nothing holds it back but the judgement."""
    own = visible_projects(organization, judge.user, may_see_all=False, today=judge.today)
    return BacklogItem.objects.of(organization).filter(
        project__in=own.order_by().values("pk"),
        ready_at=None,
        settled_at=None,
        cancelled_at=None,
        is_over_limit=False,
        released_at__isnull=False,
    )
