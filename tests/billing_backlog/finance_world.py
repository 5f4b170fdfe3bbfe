"""A municipality whose invoices are issued elsewhere: its halls, payers, finance system, and runs on their way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from billing_backlog.actions import finance_targets, run_exporting, run_files, runs
from billing_backlog.models import BacklogItem, BillingRun, Facility, FinanceTarget, RunFile
from billing_backlog.queries import runs as queries
from billing_backlog.queries.rehearsing import rehearse_run
from billing_backlog.runs.basis import Sum, control_sheet
from customers.actions.national_ids import keep_national_id
from customers.models import Customer
from foundation import files
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import Organization, User
from tests.builders import actor_of, in_organization, make_customer, take_work, work

NOW = datetime(2026, 12, 2, 9, tzinfo=UTC)
TODAY = NOW.date()
FIRST, UNTIL = date(2026, 11, 1), date(2026, 11, 30)
NATIONAL_ID = "15889910027"
DIMENSIONS = [
    {"name": "Ansvar", "is_required": True, "is_project": False},
    {"name": "Tjeneste", "is_required": False, "is_project": False},
    {"name": "Prosjekt", "is_required": False, "is_project": True},
]
LG04 = {"system_name": "BOOKING", "client": "BY", "order_type": "FS", "payment_method": "IP", "voucher_type": "FK"}


def target_values(**changes: Any) -> dict[str, Any]:
    """What a form says of an Agresso system that fetches from a folder."""
    return {
        "name": "Agresso",
        "layout": "lg04",
        "system_code": "BO38",
        "header": LG04,
        "dimensions": DIMENSIONS,
        "person_id": "national_id",
        "uses_crlf": False,
        "order_from": 38000001,
        "order_to": 38000999,
        "posts_internal": False,
        "income_account": "",
        "cost_account": "",
        "handing": "by_hand",
        "host": "",
        "port": 22,
        "username": "",
        "fingerprint": "",
        "folder": "",
        "receiver_email": "regnskap@vestmark.example",
        "is_active": True,
        **changes,
    }


@dataclass(slots=True)
class FinanceWorld:
    """One organization with a finance system, and the steps by which work gets there."""

    organization: Organization
    person_at_work: User | None = None
    values: dict[str, Any] = field(default_factory=target_values)
    secret: str = ""

    def __post_init__(self) -> None:
        person = self.person_at_work
        self.actor = Actor.person(person) if person else actor_of(self.organization)
        with organization_context(self.organization.pk):
            self.target = finance_targets.create_target(
                self.organization, values=self.values, secret=self.secret, actor=self.actor
            )
        self.set_string()
        self.facility = self.make_facility("901", "Solhallen", group="Haller")

    actor: Actor = field(init=False)
    target: FinanceTarget = field(init=False)
    facility: Facility = field(init=False)

    def set_string(self, **changes: Any) -> None:
        """How halls are posted."""
        values = {
            "group": "Haller",
            "article": "4001",
            "values": ["724300", "38010", "P77"],
            "header_text": "Leie av haller",
            "contact_department": "Kultur",
            **changes,
        }
        with organization_context(self.organization.pk):
            finance_targets.set_posting_string(self.organization, self.target.pk, values=values, actor=self.actor)

    def make_facility(self, number: str, name: str, **more: Any) -> Facility:
        """Something that is let."""
        with in_organization(self.organization):
            return Facility.objects.create(organization=self.organization, number=number, name=name, **more)

    def club(self, name: str = "Åsheim Idrettslag", **changes: Any) -> Customer:
        """A payer with an organization number that a finance system takes."""
        return make_customer(self.organization, name=name, **{"organization_number": "312345609", **changes})

    def person(self, name: str = "Kari Nordmann") -> Customer:
        """A payer who is known by a national id."""
        person = make_customer(self.organization, name=name, kind="consumer", organization_number="")
        with in_organization(self.organization):
            self.organization.national_id_purpose = "Fakturering av leie"
            self.organization.save(update_fields=["national_id_purpose"])
        with organization_context(self.organization.pk):
            keep_national_id(self.organization, person.pk, typed=NATIONAL_ID, actor=self.actor)
        return person

    def bookings(self, customer: Customer, count: int = 2, **changes: Any) -> list[BacklogItem]:
        """Trainings in the hall, each two hours at 300.00 without VAT."""
        told = [
            work(
                customer_id=customer.pk,
                **{
                    "kind": "booking",
                    "facility_id": self.facility.pk,
                    "text": f"Trening {place}",
                    "day": date(2026, 11, 3 + place),
                    "unit_price": Decimal(300),
                    **changes,
                },
            )
            for place in range(count)
        ]
        return take_work(self.organization, *told, ready=True)

    def open_run(self, scope: str = "facilities", **changes: Any) -> BillingRun:
        """A new run for the finance system."""
        fields = {"name": f"November 2026 {scope}", "scope": scope, "period_from": FIRST, "until": UNTIL}
        run = BillingRun(target=self.target, **{**fields, **changes})
        with organization_context(self.organization.pk):
            return runs.open_run(self.organization, run, actor=self.actor, now=NOW)

    def finish(self, run: BillingRun) -> None:
        """Every facility taken and finished with the figures of its list."""
        organization = self.organization
        with organization_context(organization.pk):
            with transaction.atomic():
                places = queries.facilities_of(organization, run)
                found = [each.row for each in queries.candidates(organization, run) if not each.obstacle]
            for place in places:
                own = control_sheet(row for row in found if row.source == str(place.facility)).total
                runs.take_facility(organization, run.pk, place.facility_id, actor=self.actor, now=NOW)
                runs.finish_facility(
                    organization, run.pk, place.facility_id, control=Sum(own.count, own.amount), actor=self.actor,
                    now=NOW,
                )  # fmt: skip

    def export(self, run: BillingRun) -> BillingRun:
        """All steps through the export: what it holds is ready for generation."""
        organization = self.organization
        self.finish(run)
        with organization_context(organization.pk):
            with transaction.atomic():
                keys = [each.key for each in rehearse_run(organization, run).unanswered]
            runs.answer_differences(organization, run.pk, keys, explanation="Ny sesong", actor=self.actor)
            runs.freeze_run(organization, run.pk, actor=self.actor, now=NOW)
            runs.approve_run(organization, run.pk, typed_name=run.name, actor=self.actor, now=NOW)
            run_exporting.export_run(organization, run.pk, actor=self.actor, today=TODAY, now=NOW)
        return run

    def generate(self, *exported: BillingRun) -> list[RunFile]:
        """The runs in one file, and what is posted internally in another."""
        with organization_context(self.organization.pk):
            return run_files.generate_files(
                self.organization, self.target.pk, [run.pk for run in exported], actor=self.actor, today=TODAY, now=NOW
            )

    def bytes_of(self, sha256: str) -> bytes:
        """What is kept under the hash."""
        return files.load(str(self.organization.pk), sha256)

    def ids(self, run: BillingRun) -> set[UUID]:
        """The items that the run bills."""
        with in_organization(self.organization):
            return {row.item_id for row in queries.frozen_rows(self.organization, run)}


def folder_of(organization: Organization, root: Path, name: str) -> Path:
    """A folder that the finance system fetches from."""
    found = root / str(organization.pk) / name
    found.mkdir(parents=True)
    return found
