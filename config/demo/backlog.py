"""Work of the demo companies that waits to be billed: projects with their hours, halls with bookings, and visits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from django.utils import timezone

from billing_backlog.actions.contracts import create_contract
from billing_backlog.actions.facilities import create_facility
from billing_backlog.actions.items import take_items
from billing_backlog.actions.projects import create_project
from billing_backlog.actions.ready import mark_ready
from billing_backlog.actions.run_generating import generate_batch
from billing_backlog.actions.runs import answer_differences, approve_run, freeze_run, open_run, take_facility
from billing_backlog.actions.runs import finish_facility as finish
from billing_backlog.contract_terms import ContractTerms, LineTerms, ShareTerms
from billing_backlog.intake.plain import NewItem, Outcome, Source
from billing_backlog.models import BacklogItem, BillingRun, ContractLine, Facility, RunScope
from billing_backlog.queries import runs as run_queries
from billing_backlog.queries.rehearsing import rehearse_run
from billing_backlog.runs.basis import control_sheet
from config.demo.companies import SEED
from config.demo.people import DemoPeople
from config.demo.records import DemoCompany
from customers.models import Customer, Product
from foundation.dates import add_months, month_end
from foundation.transactions import read_only
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import Organization, Role

PROJECTS = (
    ("2204", "Kaiforsterkning", "Prosjektering", None),
    ("2198", "Driftsbygg, tilsyn", "Tilsyn", None),
    ("2211", "Kjølelager, fase 2", "Statikk", Decimal(60_000)),
    ("2215", "Konferansesal", "Akustikk", None),
)
TASKS = ("Prosjektering østre kai", "Befaring", "Lodding, måling og rapport", "Tegninger, revisjon C", "Møte", "Notat")
HALLS = ("Solhallen", "Kaihallen", "Bydelshuset", "Svømmehallen", "Kulturskolen")
FINISHED_HALLS = 3
HALL_PRICE = Decimal(300)
WORK_DAYS = 30


def make_backlog(data: DemoCompany, organization: Organization, people: DemoPeople) -> None:
    """Work of the last weeks, part of it judged; a company that has any stays as it is."""
    with organization_context(organization.pk):
        with read_only():
            is_there = BacklogItem.objects.of(organization).exists()
            customers = list(Customer.objects.of(organization).filter(kind="business").order_by("number"))
            visits = Product.objects.of(organization).filter(unit_code="HUR").order_by("number").first()
        if is_there:
            return
        chance = Random(f"{SEED} backlog {data.slug}")  # noqa: S311 - the same each time
        today, now = local_today(organization), timezone.now()
        if data.slug == "nordlys-radgivning":
            _projects(organization, people, customers, chance=chance, today=today, now=now)
        elif data.slug == "fjellbygd-kommune":
            _halls(organization, people, customers, chance=chance, today=today, now=now)
        else:
            told = [
                NewItem(
                    kind="visit",
                    day=today - timedelta(days=chance.randint(0, 20)),
                    quantity=Decimal(chance.randint(2, 8)) / 2,
                    text="Renhold etter plan",
                    customer_id=chance.choice(customers).pk,
                    product_id=visits.pk if visits else None,
                    unit_price=None if visits else Decimal(520),
                    source=Source("plan", f"B-{place:04d}", "1"),
                    approved_by="Planleggingen",
                )
                for place in range(24)
            ]
            _take(organization, people, told, now)


def _projects(
    organization: Organization,
    people: DemoPeople,
    customers: Sequence[Customer],
    *,
    chance: Random,
    today: date,
    now: datetime,
) -> None:
    manager = people.users[Role.PROJECT_MANAGER]
    told: list[NewItem] = []
    for place, (number, name, line_name, limit) in enumerate(PROJECTS):
        customer = customers[place]
        values = {
            "number": number, "name": name, "customer_id": customer.pk, "manager_id": manager.pk, "vat_treatment": "",
            "dimensions": {},
        }  # fmt: skip
        project = create_project(organization, values=values, actor=people.project_manager)
        line = {
            "name": line_name, "billing_method": "time_and_material", "unit_price": Decimal(1250), "unit_code": "HUR",
            "frequency": "monthly", "schedule_day": 1,
        }  # fmt: skip
        terms = ContractTerms(
            values={
                "number": f"K-{number}", "name": "Rammeavtale", "currency": "NOK", "limit_amount": limit,
                "starts_on": add_months(today.replace(day=1), -6),
            },
            shares=(ShareTerms(customer_id=customer.pk),),
            lines=(LineTerms(values=line),),
        )  # fmt: skip
        contract = create_contract(organization, project.pk, terms, actor=people.project_manager, now=now)
        with read_only():
            stored = ContractLine.objects.of(organization).get(contract=contract)
        told += _hours(stored, chance, today, number)
    _take(organization, people, told, now)


def _hours(line: ContractLine, chance: Random, today: date, number: str) -> Iterator[NewItem]:
    for place in range(9):
        yield NewItem(
            kind="time",
            day=today - timedelta(days=chance.randint(0, WORK_DAYS)),
            quantity=Decimal(chance.randint(2, 15)) / 2,
            text=chance.choice(TASKS),
            line_id=line.pk,
            performed_by=chance.choice(("Eva Holm", "Tor Lien")),
            source=Source("timer", number, f"{place + 1}"),
            approved_by="Petra Prosjekt",
        )


def _halls(
    organization: Organization,
    people: DemoPeople,
    customers: Sequence[Customer],
    *,
    chance: Random,
    today: date,
    now: datetime,
) -> None:
    """Two months of bookings: the month before last is billed by a run, the last one is being prepared."""
    halls = [
        create_facility(
            organization,
            values={
                "number": str(place), "name": name, "group": "Idrett", "case_worker_id": people.case_worker.id,
                "vat_treatment": "exempt", "revenue_account": "3200",
            },
            actor=people.owner,
        )
        for place, name in enumerate(HALLS, start=1)
    ]  # fmt: skip
    first = add_months(today.replace(day=1), -2)
    for place, month in enumerate((first, add_months(first, 1))):
        told = list(_bookings(halls, customers[: 8 + place], chance, month))
        _take(organization, people, told, now, all_ready=True)
        run = BillingRun(
            name=f"Idrettshaller {month:%m.%Y}",
            scope=RunScope.FACILITIES,
            period_from=month,
            until=month_end(month),
            opens_on=add_months(month, 1),
            closes_on=add_months(month, 1).replace(day=9),
            needs_second_person=True,
        )
        run = open_run(organization, run, actor=people.case_worker, now=now)
        _prepare(organization, people, run, len(halls) if not place else FINISHED_HALLS, now)
        if not place:
            _bill(organization, people, run, today, now)


def _bookings(
    halls: Sequence[Facility], customers: Sequence[Customer], chance: Random, month: date
) -> Iterator[NewItem]:
    for number, customer in enumerate(customers):
        for week in range(4):
            hall = halls[(number + week % 2) % len(halls)]
            is_gift = number == 2 and week == 3
            yield NewItem(
                kind="booking",
                day=month + timedelta(days=7 * week + number % 7),
                quantity=Decimal(chance.choice((2, 2, 3))),
                unit_code="HUR",
                text=f"{hall.name}, trening",
                customer_id=customer.pk,
                facility_id=hall.pk,
                rule_price=HALL_PRICE,
                price_rule="Prisliste, lag og foreninger",
                unit_price=Decimal(150) if is_gift else HALL_PRICE,
                price_reason="Dugnad, halv pris etter vedtak" if is_gift else "",
                source=Source("booking", f"{month:%y%m}-{number:02d}", str(week + 1)),
                approved_by="Sigrid Saksbehandler",
            )


def _take(
    organization: Organization,
    people: DemoPeople,
    told: Sequence[NewItem],
    now: datetime,
    *,
    all_ready: bool = False,
) -> None:
    answers = take_items(organization, told, actor=people.case_worker, now=now)
    ids = [key for answer in answers if answer.outcome == Outcome.NEW for key in answer.item_ids]
    chosen = ids if all_ready else [key for place, key in enumerate(ids) if place % 3]
    mark_ready(organization, chosen, actor=people.project_manager, now=now)


def _prepare(organization: Organization, people: DemoPeople, run: BillingRun, count: int, now: datetime) -> None:
    actor = people.case_worker
    with read_only():
        places = run_queries.facilities_of(organization, run)[:count]
        rows = [each.row for each in run_queries.candidates(organization, run) if each.obstacle in {"", "held"}]
    for place in places:
        take_facility(organization, run.pk, place.facility_id, actor=actor, now=now)
        control = control_sheet(row for row in rows if row.source == str(place.facility)).total
        finish(organization, run.pk, place.facility_id, control=control, actor=actor, now=now)


def _bill(organization: Organization, people: DemoPeople, run: BillingRun, today: date, now: datetime) -> None:
    with read_only():
        keys = [each.key for each in rehearse_run(organization, run).unanswered]
    answer_differences(organization, run.pk, keys, explanation="Første kjøring", actor=people.case_worker)
    freeze_run(organization, run.pk, actor=people.case_worker, now=now)
    approve_run(organization, run.pk, typed_name=run.name, actor=people.accountant, now=now)
    while generate_batch(organization, run.pk, actor=people.accountant, today=today, now=now):
        pass
