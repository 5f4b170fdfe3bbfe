"""Visits of an organization: fetched, locked and found; the items that bill them, and the documents of those."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce
from django.http import Http404

from billing_backlog.models import BacklogItem, ContractLine, Visit
from billing_backlog.queries.projects import visible_projects
from billing_backlog.visiting import BILLED_BY, SYSTEM
from customers.models import Customer
from invoicing.models import InvoiceLine
from tenants.models import Membership, Organization, User
from tenants.queries import list_memberships

WITH = ("customer", "project", "line__contract", "product", "worker")
LAST_OF_DAY = time(23, 59, 59)  # where visits without a time stand
LINES_MAX = 300
DAY_VISITS_MAX = 2_000
WORDS_MAX = 100


@dataclass(frozen=True, slots=True)
class VisitReader:
    """Who asks for visits, on which day, and whether the role shows every project."""

    organization: Organization
    user: User
    may_see_all: bool
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitSearch:
    """Which visits are wanted; what is empty narrows nothing."""

    first: date | None = None
    last: date | None = None
    worker_id: UUID | None = None
    customer_id: UUID | None = None
    project_id: UUID | None = None
    words: str = ""
    state: str = ""


def all_visits(organization: Organization) -> QuerySet[Visit]:
    """Every visit of the organization, for programs, whose scopes say what they may see."""
    return Visit.objects.of(organization)


def read_time(text: str) -> time:
    """The time of day in a cursor; ValueError when it is none."""
    return time.fromisoformat(text)


def visible_visits(reader: VisitReader) -> QuerySet[Visit]:
    """The visits that somebody may see: all, or the own ones and those of the own projects."""
    found = Visit.objects.of(reader.organization)
    if reader.may_see_all:
        return found
    projects = visible_projects(reader.organization, reader.user, may_see_all=False, today=reader.today)
    return found.filter(Q(worker=reader.user) | Q(project__in=projects.order_by().values("pk")))


def get_visit(visible: QuerySet[Visit], visit_id: UUID) -> Visit:
    """One of the visible visits with what it belongs to, or 404."""
    found = visible.select_related(*WITH).filter(pk=visit_id).first()
    if found is None:
        raise Http404
    return found


def lock_visits(organization: Organization, visit_ids: Collection[UUID]) -> list[Visit]:
    """These visits, locked in the order of their ids; 404 when one is not here."""
    ids = list(dict.fromkeys(visit_ids))
    found = Visit.objects.of(organization).filter(pk__in=ids).select_related("customer").order_by("id")
    locked = list(found.select_for_update(of=("self",), no_key=True))
    if len(locked) != len(ids):
        raise Http404
    return locked


def find_visits(visible: QuerySet[Visit], search: VisitSearch) -> QuerySet[Visit]:
    """The visible visits that fit, each with the time at which it stands in its day."""
    found = visible.select_related("customer", "worker").annotate(begins=Coalesce("starts_at", Value(LAST_OF_DAY)))
    if search.first is not None:
        found = found.filter(planned_on__gte=search.first)
    if search.last is not None:
        found = found.filter(planned_on__lte=search.last)
    if search.worker_id is not None:
        found = found.filter(worker_id=search.worker_id)
    if search.customer_id is not None:
        found = found.filter(customer_id=search.customer_id)
    if search.project_id is not None:
        found = found.filter(project_id=search.project_id)
    for word in search.words[:WORDS_MAX].split():
        number = Q(customer__number=int(word)) if word.isdecimal() and len(word) < 10 else Q()
        found = found.filter(number | Q(customer__name__icontains=word) | Q(text__icontains=word))
    return _in_state(found, search.state)


def visits_of_day(visible: QuerySet[Visit], day: date, *, worker: str = "") -> list[Visit]:
    """The visible visits of a day that are not cancelled, of one worker or of all; no more than sheets can hold."""
    found = visible.filter(planned_on=day, cancelled_at=None).select_related("customer")
    if worker:
        found = found.filter(worker_name=worker)
    return list(found.order_by("worker_name", "starts_at", "id")[:DAY_VISITS_MAX])


def _in_state(found: QuerySet[Visit], state: str) -> QuerySet[Visit]:
    if state == "planned":
        return found.filter(done_at=None, cancelled_at=None)
    if state == "done":
        return found.filter(done_at__isnull=False)
    if state == "cancelled":
        return found.filter(cancelled_at__isnull=False)
    if state == "billed":
        lines = InvoiceLine.objects.filter(organization=OuterRef("organization"), source_id=OuterRef("pk"))
        items = BacklogItem.objects.filter(
            Exists(lines),
            organization=OuterRef("organization"),
            source_system=SYSTEM,
            source_order=Cast(OuterRef("pk"), CharField()),
        )
        return found.filter(Exists(items), cancelled_at=None)
    return found


def items_of_visits(organization: Organization, visit_ids: Collection[UUID]) -> dict[UUID, list[BacklogItem]]:
    """The items that bill each of these visits, one for each customer who pays a share; none for most planned ones."""
    if not visit_ids:
        return {}
    found = BacklogItem.objects.of(organization).filter(
        source_system=SYSTEM, source_order__in=[str(key) for key in visit_ids]
    )
    items: dict[UUID, list[BacklogItem]] = {}
    for item in found.select_related("customer").order_by("source_line", "share_number"):
        items.setdefault(UUID(item.source_order), []).append(item)
    return items


def lines_of_items(organization: Organization, item_ids: Collection[UUID]) -> list[InvoiceLine]:
    """The lines of documents that name these items, the oldest document first."""
    if not item_ids:
        return []
    found = InvoiceLine.objects.of(organization).filter(source_id__in=list(item_ids)).select_related("invoice")
    return list(found.defer("invoice__snapshot").order_by("invoice_id", "id"))


def visit_of_item(organization: Organization, item: BacklogItem) -> Visit | None:
    """The visit that an item bills, if it bills one."""
    if item.source_system != SYSTEM:
        return None
    return Visit.objects.of(organization).filter(pk=item.source_order).first()


def told_visits(
    organization: Organization, sources: Sequence[tuple[str, str, str]]
) -> dict[tuple[str, str, str], Visit]:
    """The visits that were told of before, by system, order and line."""
    if not sources:
        return {}
    systems = {system for system, _order, _line in sources}
    orders = {order for _system, order, _line in sources}
    found = Visit.objects.of(organization).filter(source_system__in=systems, source_order__in=orders)
    named = {(visit.source_system, visit.source_order, visit.source_line): visit for visit in found}
    return {source: named[source] for source in sources if source in named}


def members_by_id(organization: Organization, user_ids: Collection[UUID]) -> dict[UUID, User]:
    """The people of the organization with these ids."""
    if not user_ids:
        return {}
    found = Membership.objects.of(organization).filter(user_id__in=list(user_ids)).select_related("user")
    return {member.user_id: member.user for member in found}


def workers_by_email(organization: Organization, addresses: Collection[str]) -> dict[str, UUID]:
    """The people of the organization with these addresses, which are written in lower case."""
    if not addresses:
        return {}
    wanted = [address.lower() for address in addresses]
    found = Membership.objects.of(organization).filter(user__email__in=wanted).select_related("user")
    return {member.user.email: member.user_id for member in found}


def list_workers(organization: Organization) -> list[User]:
    """Everybody who can be sent, by name."""
    return [member.user for member in list_memberships(organization)]


def visit_lines(organization: Organization, day: date) -> list[ContractLine]:
    """The contract lines under which a visit of that day can be billed; no more than a list can show."""
    lines = ContractLine.objects.of(organization).filter(
        Q(ended_on=None) | Q(ended_on__gte=day),
        Q(contract__ends_on=None) | Q(contract__ends_on__gte=day),
        contract__project__closed_on=None,
        billing_method__in=BILLED_BY,
    )
    found = lines.select_related("contract__project__customer").order_by("contract__number", "position")
    return list(found[:LINES_MAX])


def customer_of_number(organization: Organization, number: int) -> Customer | None:
    """The customer with that number."""
    return Customer.objects.of(organization).filter(number=number).first()
