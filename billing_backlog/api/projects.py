"""Projects for programs: register, change, list."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field

from billing_backlog.actions import projects as actions
from billing_backlog.models import Project
from billing_backlog.queries import told
from billing_backlog.queries.people import list_managers
from billing_backlog.queries.projects import get_project as get
from billing_backlog.queries.projects import list_projects as find
from customers.models import Customer
from customers.vat import VatTreatment
from foundation.api.fields import invalid
from foundation.api.pages import PageAsked, page_after
from foundation.api.values import Sent, Text, Told
from foundation.keyset import Key
from foundation.transactions import read_only
from tenants.api.door import ApiRequest
from tenants.api.once import once
from tenants.api.operations import Says, operation
from tenants.permissions import Permission

router = Router(tags=["Projects"])
BY_NUMBER = (Key("number", str), Key("id", UUID))
SENT = {
    "number": "2204",
    "name": "Kaiforsterkning",
    "customer_number": 10042,
    "manager_email": "petra@nordlys.example",
    "dimensions": {"department": "40"},
}
TOLD = {
    "id": "01922b6e-5b1c-7e6a-9a53-1f0c5d3e8c01",
    "number": "2204",
    "name": "Kaiforsterkning",
    "customer_id": "01922b6e-5b1c-7e6a-9a53-1f0c5d3e8a11",
    "manager_email": "petra@nordlys.example",
    "vat_treatment": "",
    "dimensions": {"department": "40"},
    "closed_on": None,
    "version": 1,
    "created_at": "2027-01-04T08:15:00Z",
}


class ProjectFields(Sent):
    """A new project."""

    number: Text = Field(min_length=1, max_length=20)
    name: Text = Field(min_length=1, max_length=160)
    customer_id: UUID | None = None
    customer_number: int | None = Field(default=None, ge=1, le=2_147_483_647, description="Instead of customer_id.")
    manager_email: Text = Field(default="", max_length=254, description="Of somebody whose role approves work.")
    vat_treatment: VatTreatment | None = Field(default=None, description="Not sent: the customer's.")
    dimensions: dict[Text, Text] = Field(default={}, max_length=20)


class ProjectChange(Sent):
    """What is changed; what is not sent stays as it is."""

    version: int = Field(ge=0, le=2_147_483_647, description="That was fetched; another one is refused.")
    number: Text | None = Field(default=None, min_length=1, max_length=20)
    name: Text | None = Field(default=None, min_length=1, max_length=160)
    customer_id: UUID | None = None
    manager_email: Text | None = Field(default=None, max_length=254, description="Empty: nobody.")
    dimensions: dict[Text, Text] | None = Field(default=None, max_length=20)


class ProjectTold(Told):
    """One project."""

    id: UUID
    number: str
    name: str
    customer_id: UUID
    manager_email: str
    vat_treatment: str
    dimensions: dict[str, str]
    closed_on: date | None
    version: int
    created_at: datetime


class ProjectsAsked(PageAsked):
    """Which projects."""

    q: Text = Field(default="", max_length=100, description="The number's beginning, or words of name or customer.")
    customer_id: UUID | None = None
    is_closed: bool = False


class ProjectPage(Told):
    """A part of the list, by number."""

    items: list[ProjectTold]
    next: str = Field(description="What to send as `after` for the next page; empty on the last one.")


@operation(
    router, "GET", "/projects", Permission.VIEW_BACKLOG, Says(answer=ProjectPage, told={"items": [TOLD], "next": ""})
)
def list_projects(request: ApiRequest, asked: Query[ProjectsAsked]) -> ProjectPage:
    """List projects by number, open or closed."""
    rows = find(told.all_projects(request.organization), words=asked.q, is_closed=asked.is_closed)
    if asked.customer_id is not None:
        rows = rows.filter(customer_id=asked.customer_id)
    page = page_after(rows, BY_NUMBER, asked)
    return ProjectPage(items=[_told(project) for project in page.rows], next=page.after)


@operation(
    router,
    "GET",
    "/projects/{uuid:project_id}",
    Permission.VIEW_BACKLOG,
    Says(answer=ProjectTold, told=TOLD, refuses=(404,)),
)
def get_project(request: ApiRequest, project_id: UUID) -> ProjectTold:
    """Fetch one project."""
    return _told(get(told.all_projects(request.organization), project_id))


@operation(
    router,
    "POST",
    "/projects",
    Permission.EDIT_CONTRACTS,
    Says(answer=ProjectTold, status=201, sent=SENT, told=TOLD, refuses=(404,)),
)
def create_project(request: ApiRequest, project: ProjectFields) -> Any:
    """Register a project under a number that no other has."""
    organization = request.organization
    with read_only():
        values = {
            "number": project.number.strip(),
            "name": project.name.strip(),
            "customer_id": _customer(request, project.customer_id, project.customer_number).pk,
            "manager_id": _manager(request, project.manager_email),
            "vat_treatment": project.vat_treatment.value if project.vat_treatment else "",
            "dimensions": {name: value for name, value in project.dimensions.items() if value},
        }
    _refuse_blank(values)

    def act() -> ProjectTold:
        made = actions.create_project(organization, values=values, actor=request.actor)
        return _told(get(told.all_projects(organization), made.pk))

    return once(request, act, status=201)


@operation(
    router,
    "PATCH",
    "/projects/{uuid:project_id}",
    Permission.EDIT_CONTRACTS,
    Says(answer=ProjectTold, sent={"version": 1, "name": "Kaiforsterkning, trinn 2"}, told=TOLD, refuses=(404, 409)),
)
def update_project(request: ApiRequest, project_id: UUID, project: ProjectChange) -> Any:
    """Change a project: what is sent, and nothing else; what stands in the backlog stays as it is."""
    organization = request.organization
    with read_only():
        stored = get(told.all_projects(organization), project_id)
        values = {name: getattr(stored, name) for name in actions.COLUMNS}
        values |= {name: said.strip() for name in ("number", "name") if (said := getattr(project, name)) is not None}
        if project.customer_id is not None:
            values["customer_id"] = _customer(request, project.customer_id, None).pk
        if project.manager_email is not None:
            values["manager_id"] = _manager(request, project.manager_email)
        if project.dimensions is not None:
            values["dimensions"] = {name: value for name, value in project.dimensions.items() if value}
    _refuse_blank(values)

    def act() -> ProjectTold:
        changed = actions.update_project(
            organization, project_id, values=values, version=project.version, actor=request.actor
        )
        return _told(get(told.all_projects(organization), changed.pk))

    return once(request, act)


def _told(project: Project) -> ProjectTold:
    return ProjectTold(
        id=project.pk,
        number=project.number,
        name=project.name,
        customer_id=project.customer_id,
        manager_email=project.manager.email if project.manager else "",
        vat_treatment=project.vat_treatment,
        dimensions={name: str(value) for name, value in project.dimensions.items()},
        closed_on=project.closed_on,
        version=project.version,
        created_at=project.created_at,
    )


def _customer(request: ApiRequest, customer_id: UUID | None, number: int | None) -> Customer:
    """The customer in use that is meant."""
    found = told.customer_in_use(request.organization, customer_id, number)
    if found is None:
        field = "customer_number" if number is not None else "customer_id"
        raise invalid([(field, _("There is no customer in use with that number or id."))])
    return found


def _manager(request: ApiRequest, address: str) -> UUID | None:
    """Whoever has the address and may lead a project."""
    if not address:
        return None
    found = {user.email: user.pk for user in list_managers(request.organization)}
    if address.lower() not in found:
        raise invalid([("manager_email", _("Nobody who may lead a project has that address."))])
    return found[address.lower()]


def _refuse_blank(values: dict[str, Any]) -> None:
    errors = [(name, _("Write a number and a name.")) for name in ("number", "name") if not values[name]]
    if errors:
        raise invalid(errors)
