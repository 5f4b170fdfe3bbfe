"""Work as it was written down: one's own, what waits for whom, and what may be written on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from billing_backlog.models import ContractLine, Deputy, Project, WorkEntry, WorkKind
from billing_backlog.queries.projects import visible_projects
from customers.models import Product
from tenants.models import Membership, Organization, User

LINES_MAX = 300
WITH = ("project__customer", "project__manager", "line__contract", "product", "performed_by")


@dataclass(frozen=True, slots=True)
class Approver:
    """Who approves today, and whether the role lets that person see every project."""

    user: User
    may_see_all: bool
    today: date


def own_work(organization: Organization, user: User) -> QuerySet[WorkEntry]:
    """What a person wrote down, with what it belongs to."""
    return WorkEntry.objects.of(organization).filter(performed_by=user).select_related(*WITH)


def get_own_work(organization: Organization, user: User, entry_id: UUID) -> WorkEntry:
    """One of a person's own entries, or 404."""
    return _one(own_work(organization, user).filter(pk=entry_id))


def get_seen_work(organization: Organization, approver: Approver, entry_id: UUID) -> WorkEntry:
    """One entry that is one's own or of a project that one may see, or 404."""
    found = WorkEntry.objects.of(organization).select_related(*WITH).filter(pk=entry_id)
    return _one(found.filter(Q(performed_by=approver.user) | Q(project__in=_projects(organization, approver))))


def hours_between(organization: Organization, user: User, first: date, last: date) -> list[WorkEntry]:
    """A person's hours of some days, in the order in which they were written."""
    found = own_work(organization, user).filter(kind=WorkKind.TIME, day__gte=first, day__lte=last)
    return list(found.order_by("created_at", "id"))


def lock_worker(organization: Organization, user: User) -> None:
    """Let nobody else write this person's work at the same time."""
    locked = Membership.objects.of(organization).filter(user=user).select_for_update(no_key=True)
    if locked.values_list("pk").first() is None:
        raise Http404


def lock_own_work(organization: Organization, user: User, entry_ids: Collection[UUID]) -> list[WorkEntry]:
    """These of a person's own entries, locked in the order of their ids; 404 when one is not here."""
    return _locked(organization, entry_ids, Q(performed_by=user))


def lock_waiting(organization: Organization, approver: Approver, entry_ids: Collection[UUID]) -> list[WorkEntry]:
    """These entries of projects whose work the approver may see, locked; 404 when one is not here."""
    return _locked(organization, entry_ids, Q(project__in=_projects(organization, approver)))


def _locked(organization: Organization, entry_ids: Collection[UUID], whose: Q) -> list[WorkEntry]:
    ids = list(dict.fromkeys(entry_ids))
    found = WorkEntry.objects.of(organization).filter(whose, pk__in=ids).order_by("id").select_related(*WITH)
    locked = list(found.select_for_update(of=("self",), no_key=True))
    if len(locked) != len(ids):
        raise Http404
    return locked


def waiting_work(organization: Organization, approver: Approver) -> QuerySet[WorkEntry]:
    """What is submitted and not approved in the projects that the approver may see, the oldest first."""
    waiting = WorkEntry.objects.of(organization).filter(submitted_at__isnull=False, approved_at=None)
    return waiting.filter(project__in=_projects(organization, approver)).select_related(*WITH)


def waiting_for(organization: Organization, approver: Approver) -> QuerySet[WorkEntry]:
    """What waits for this person: in the own projects and in those of somebody whose deputy the person is today.

    What nobody leads waits for everybody who sees every project.
    """
    own = visible_projects(organization, approver.user, may_see_all=False, today=approver.today).order_by().values("pk")
    waiting = WorkEntry.objects.of(organization).filter(submitted_at__isnull=False, approved_at=None)
    whose = Q(project__in=own) | Q(project__manager=None) if approver.may_see_all else Q(project__in=own)
    return waiting.filter(whose).select_related(*WITH)


def _projects(organization: Organization, approver: Approver) -> QuerySet[Project, Any]:
    seen = visible_projects(organization, approver.user, may_see_all=approver.may_see_all, today=approver.today)
    return seen.order_by().values("pk")


def deputised(organization: Organization, user: User, today: date) -> set[UUID]:
    """For whom somebody stands in today."""
    found = Deputy.objects.of(organization).filter(
        deputy=user, first_day__lte=today, last_day__gte=today, ended_at=None
    )
    return set(found.values_list("person_id", flat=True))


def enterable_lines(organization: Organization, first: date, last: date, *, words: str = "") -> list[ContractLine]:
    """Contract lines that run on one of these days, of open projects; no more than a list can show."""
    found = ContractLine.objects.of(organization).filter(
        Q(ended_on=None) | Q(ended_on__gte=first),
        Q(contract__ends_on=None) | Q(contract__ends_on__gte=first),
        Q(contract__project__closed_on=None) | Q(contract__project__closed_on__gte=first),
        contract__starts_on__lte=last,
    )
    for word in words.split():
        project = Q(contract__project__number__istartswith=word) | Q(contract__project__name__icontains=word)
        found = found.filter(project | Q(contract__number__istartswith=word) | Q(name__icontains=word))
    ordered = found.select_related("contract__project__customer", "product")
    return list(ordered.order_by("contract__project__number", "contract__number", "position", "id")[:LINES_MAX])


def enterable_projects(organization: Organization, first: date, *, words: str = "") -> list[Project]:
    """Open projects, for work that no contract covers; no more than a list can show."""
    found = Project.objects.of(organization).filter(Q(closed_on=None) | Q(closed_on__gte=first))
    for word in words.split():
        found = found.filter(Q(number__istartswith=word) | Q(name__icontains=word))
    return list(found.select_related("customer").order_by("number", "id")[:LINES_MAX])


def lines_by_id(organization: Organization, ids: Collection[UUID]) -> dict[UUID, ContractLine]:
    """These contract lines with contract and project."""
    found = ContractLine.objects.of(organization).filter(pk__in=list(ids))
    return {line.pk: line for line in found.select_related("contract__project__customer", "product")} if ids else {}


def projects_by_id(organization: Organization, ids: Collection[UUID]) -> dict[UUID, Project]:
    """These projects with their customers."""
    found = Project.objects.of(organization).filter(pk__in=list(ids)).select_related("customer")
    return {project.pk: project for project in found} if ids else {}


def corrections_of(organization: Organization, entry_id: UUID) -> list[WorkEntry]:
    """What corrects an entry, the oldest first."""
    found = WorkEntry.objects.of(organization).filter(corrects_id=entry_id).select_related("performed_by")
    return list(found.order_by("created_at", "id"))


def list_deputies(organization: Organization, today: date, *, person: User | None = None) -> list[Deputy]:
    """Who stands in for whom now and later; of one person where one is named."""
    found = Deputy.objects.of(organization).filter(last_day__gte=today, ended_at=None)
    if person is not None:
        found = found.filter(Q(person=person) | Q(deputy=person))
    return list(found.select_related("person", "deputy").order_by("first_day", "id")[:100])


def lock_deputies(organization: Organization, person_id: UUID) -> list[Deputy]:
    """The standing deputies of one person, locked."""
    found = Deputy.objects.of(organization).filter(person_id=person_id, ended_at=None)
    return list(found.order_by("id").select_for_update(of=("self",), no_key=True))


def _one(found: QuerySet[WorkEntry]) -> WorkEntry:
    row = found.first()
    if row is None:
        raise Http404
    return row


def product_of_number(organization: Organization, number: str) -> Product | None:
    """The product in use that has the number."""
    return Product.objects.of(organization).filter(number=number, archived_at=None).first()
