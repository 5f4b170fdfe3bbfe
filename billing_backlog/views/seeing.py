"""What of the projects the one who asks may see."""

from __future__ import annotations

from django.db.models import QuerySet

from billing_backlog.models import Project
from billing_backlog.queries.projects import visible_projects
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission


def projects_of(request: OrganizationRequest) -> QuerySet[Project]:
    """The projects that whoever asks may see today: the own ones unless the role says more."""
    organization = request.organization
    may_see_all = request.may(Permission.VIEW_ALL_PROJECTS)
    return visible_projects(organization, request.user, may_see_all=may_see_all, today=local_today(organization))
