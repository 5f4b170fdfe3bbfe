"""Projects, contracts and contract lines, as far as somebody may see them: the own ones, or all."""

from __future__ import annotations

from datetime import date
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.http import Http404

from billing_backlog.models import Contract, ContractLine, Deputy, Project
from tenants.models import Organization, User

_M = TypeVar("_M", bound=Model)
WORDS_MAX = 100


def visible_projects(organization: Organization, user: User, *, may_see_all: bool, today: date) -> QuerySet[Project]:
    """The projects that somebody may see: all of them, or those of the own and those led in another's place today."""
    projects = Project.objects.of(organization)
    if may_see_all:
        return projects
    away = Deputy.objects.of(organization).filter(
        deputy=user, first_day__lte=today, last_day__gte=today, ended_at__isnull=True
    )
    return projects.filter(Q(manager=user) | Q(manager_id__in=away.values("person_id")))


def get_project(visible: QuerySet[Project], project_id: UUID) -> Project:
    """One of the visible projects with its customer and manager, or 404."""
    return _one(visible.select_related("customer", "manager").filter(pk=project_id))


def list_projects(visible: QuerySet[Project], *, words: str = "", is_closed: bool = False) -> QuerySet[Project]:
    """The visible projects, open or closed, whose number begins with the words or whose name or customer has them."""
    found = visible.filter(closed_on__isnull=not is_closed).select_related("customer", "manager")
    for word in words[:WORDS_MAX].split():
        found = found.filter(Q(number__istartswith=word) | Q(name__icontains=word) | Q(customer__name__icontains=word))
    return found


def get_contract(organization: Organization, contract_id: UUID, visible: QuerySet[Project]) -> Contract:
    """One contract of a visible project, with the project, its customer and manager, or 404."""
    found = Contract.objects.of(organization).select_related("project__customer", "project__manager")
    return _one(found.filter(pk=contract_id, project__in=visible.order_by().values("pk")))


def get_line(organization: Organization, line_id: UUID, visible: QuerySet[Project]) -> ContractLine:
    """One line of a contract of a visible project, with the contract and the project, or 404."""
    found = ContractLine.objects.of(organization).select_related("contract__project__customer", "product")
    return _one(found.filter(pk=line_id, contract__project__in=visible.order_by().values("pk")))


def _one(found: QuerySet[_M]) -> _M:
    row = found.first()
    if row is None:
        raise Http404
    return row
