"""How the demo companies work: projects with contracts, halls with case workers; and the files that tell of a month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import cycle
from pathlib import Path

from billing_backlog.actions.automation import update_automation, update_customer_automation
from billing_backlog.actions.contracts import create_contract
from billing_backlog.actions.facilities import create_facility
from billing_backlog.actions.projects import create_project
from billing_backlog.actions.settings import FIELDS, update_billing
from billing_backlog.actions.visits import plan_visits
from billing_backlog.contract_terms import ContractTerms, LineTerms, ShareTerms
from billing_backlog.importing.reading import ImportRequest
from billing_backlog.models import BacklogSettings, ContractLine, Facility
from billing_backlog.queries.kinds import KINDS
from billing_backlog.visiting import VisitPlan
from config.demo import source_files
from config.demo.people import DemoPeople
from config.demo.source_files import CLEANERS as CREWS
from config.demo.source_files import PLACES, VISITS, Billed, Worked
from customers.models import Customer
from foundation.dates import add_months
from foundation.files import only_one
from foundation.transactions import read_only
from tenants.models import Organization, Role

CONSULTANCY, MUNICIPALITY, CLEANERS = "nordlys-radgivning", "fjellbygd-kommune", "blank-og-rein"
PROJECTS = (
    ("2204", "Kaiforsterkning", "Prosjektering", None),
    ("2198", "Driftsbygg, tilsyn", "Tilsyn", None),
    ("2211", "Kjølelager, fase 2", "Statikk", Decimal(240_000)),
    ("2215", "Konferansesal", "Akustikk", None),
)
TASKS = ("Prosjektering østre kai", "Befaring", "Lodding, måling og rapport", "Tegninger, revisjon C", "Møte", "Notat")
HOUR_PRICE = Decimal(1250)
MONTHS_BEFORE = 6
# What customers of the cleaning firm have decided for themselves; everybody else is billed when the work is done.
OWN_WAYS: tuple[dict[str, object], ...] = (
    {"posting": "collect"},
    {"timing": "night_before", "sends": False},
    {"posting": "none"},
)
PLANNED = 8
SATURDAY = 5
KIND_OF_WORK = {CONSULTANCY: "bills_projects", MUNICIPALITY: "bills_bookings", CLEANERS: "bills_visits"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file in which a company's own system tells of a month's work, and how it is taken in."""

    name: str
    content: bytes
    system: str
    kind: str

    @property
    def request(self) -> ImportRequest:
        """As the import is asked for it."""
        return ImportRequest(name=self.name, system=self.system, kind=self.kind)


def set_up_work(organization: Organization, people: DemoPeople, *, today: date, now: datetime) -> None:
    """The projects or halls of a company that has none yet, and which kinds of work it bills."""
    settings = BacklogSettings(organization=organization)
    values = {name: getattr(settings, name) for name in FIELDS} | dict.fromkeys(KINDS, False)
    values[KIND_OF_WORK[organization.slug]] = True
    update_billing(organization, version=settings.version, actor=people.owner, **values)
    if organization.slug == CONSULTANCY:
        _projects(organization, people, today=today, now=now)
    elif organization.slug == MUNICIPALITY:
        _halls(organization, people)
    else:
        _ways_of_customers(organization, people)


def source_files_of(organization: Organization, month: date) -> list[SourceFile]:
    """What the company's own systems tell of a month; the same month gives the same files."""
    with read_only():
        customers = [
            Billed(
                number=customer.number,
                name=customer.name,
                organization_number=customer.organization_number,
                resource_number=customer.resource_number,
            )
            for customer in Customer.objects.of(organization).filter(country="NO").order_by("number")
        ]
        lines = list(
            ContractLine.objects.of(organization).select_related("contract").order_by("contract__number", "position")
        )
    if organization.slug == CONSULTANCY:
        worked = [Worked(contract=line.contract.number, line=line.name, tasks=TASKS) for line in lines]
        name, system = f"timer-{month:%Y-%m}.csv", "Timer"
        return [SourceFile(name=name, content=source_files.hours(worked, month), system=system, kind="time")]
    if organization.slug == MUNICIPALITY:
        clubs = source_files.bookings([each for each in customers if each.organization_number], month)
        people = source_files.bookings_table([each for each in customers if not each.organization_number], month)
        return [
            SourceFile(name=f"booking-{month:%Y-%m}.lg04", content=clubs, system="BOOKING", kind="booking"),
            SourceFile(name=f"enkeltleie-{month:%Y-%m}.csv", content=people, system="BOOKING", kind="booking"),
        ]
    content = source_files.visits(customers, month)
    return [SourceFile(name=f"besok-{month:%Y-%m}.csv", content=content, system="Plan", kind="visit")]


def keep_files(folder: Path, files: list[SourceFile]) -> None:
    """Write the files where whoever tries the demo finds them; what lies there already stays."""
    folder.mkdir(parents=True, exist_ok=True)
    with only_one(folder / ".lock"):
        for file in files:
            path = folder / file.name
            if not path.exists():
                path.write_bytes(file.content)


def _ways_of_customers(organization: Organization, people: DemoPeople) -> None:
    """Finalized and sent when the work is done; but for some customers, who have chosen another way."""
    decided = {"posting": "finalize", "timing": "done", "sends": True, "period": "month"}
    update_automation(organization, decided, version=0, actor=people.owner)
    with read_only():
        customers = list(Customer.objects.of(organization).filter(kind="business", country="NO").order_by("number"))
    for customer, changes in zip(customers, OWN_WAYS, strict=False):
        own = {"posting": "", "timing": "", "sends": None, "period": "", **changes}
        update_customer_automation(organization, customer.pk, own, version=0, actor=people.owner)


def plan_tomorrow(organization: Organization, people: DemoPeople, *, today: date, now: datetime) -> None:
    """The coming working day's visits, to those customers too who get their invoice brought along."""
    day = next(day for day in (today + timedelta(days=ahead) for ahead in range(1, 8)) if day.weekday() < SATURDAY)
    with read_only():
        customers = list(Customer.objects.of(organization).filter(kind="business", country="NO").order_by("number"))
    plans = [
        VisitPlan(
            planned_on=day,
            starts_at=time(8 + place),
            ends_at=time(9 + place),
            customer_id=customer.pk,
            worker_name=CREWS[place % len(CREWS)],
            text=text,
            quantity=quantity,
            unit_code="HUR",
            unit_price=price,
            place=", ".join(part for part in (customer.street, customer.city) if part),
        )
        for place, (customer, (text, quantity, price)) in enumerate(zip(customers, cycle(VISITS), strict=False))
        if place < PLANNED
    ]
    plan_visits(organization, plans, actor=people.case_worker, now=now)


def _projects(organization: Organization, people: DemoPeople, *, today: date, now: datetime) -> None:
    actor, manager = people.project_manager, people.users[Role.PROJECT_MANAGER]
    with read_only():
        customers = list(Customer.objects.of(organization).filter(kind="business", country="NO").order_by("number"))
    for place, (number, name, line_name, limit) in enumerate(PROJECTS):
        values = {
            "number": number, "name": name, "customer_id": customers[place].pk, "manager_id": manager.pk,
            "vat_treatment": "", "dimensions": {},
        }  # fmt: skip
        project = create_project(organization, values=values, actor=actor)
        line = {
            "name": line_name, "billing_method": "time_and_material", "unit_price": HOUR_PRICE, "unit_code": "HUR",
            "frequency": "monthly", "schedule_day": 1,
        }  # fmt: skip
        starts_on = add_months(today.replace(day=1), -MONTHS_BEFORE)
        terms = ContractTerms(
            values={
                "number": f"K-{number}", "name": "Rammeavtale", "currency": "NOK", "limit_amount": limit,
                "starts_on": starts_on,
            },
            shares=(ShareTerms(customer_id=customers[place].pk),),
            lines=(LineTerms(values=line),),
        )  # fmt: skip
        create_contract(organization, project.pk, terms, actor=actor, now=now)


def _halls(organization: Organization, people: DemoPeople) -> list[Facility]:
    return [
        create_facility(
            organization,
            values={
                "number": place.number, "name": place.name, "group": "Bygg", "case_worker_id": people.case_worker.id,
                "vat_treatment": "exempt", "revenue_account": "3200",
            },
            actor=people.owner,
        )
        for place in PLACES
    ]  # fmt: skip
