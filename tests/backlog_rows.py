"""One row of everything that the billing backlog keeps, for tests that try every table."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from billing_backlog.models import (
    BacklogItem,
    BacklogSettings,
    BillingRun,
    Contract,
    ContractCustomer,
    ContractLine,
    Deputy,
    Facility,
    LimitRequest,
    LineCustomer,
    Milestone,
    Proforma,
    ProformaStep,
    Project,
    RunAnswer,
    RunFacility,
    RunHold,
    RunRow,
    ScheduleRun,
    WorkEntry,
    WriteOff,
)
from customers.models import Customer
from invoicing.models import Invoice
from tenants.models import Organization, User

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = NOW.date()


def keep_backlog(organization: Organization, customer: Customer, draft: Invoice, user: User) -> None:
    """Write the rows inside the open organization: approved hours, a milestone, and what was said of them."""
    here = {"organization": organization}
    project = Project.objects.create(**here, number="2204", name="Kaiforsterkning", customer=customer, manager=user)
    contract = Contract.objects.create(
        **here, project=project, number="K-1", name="Rammeavtale", currency="NOK", starts_on=date(2026, 1, 1)
    )
    ContractCustomer.objects.create(**here, contract=contract, customer=customer)
    line = ContractLine.objects.create(
        **here, contract=contract, position=1, name="Prosjektering", billing_method="time_and_material"
    )
    LineCustomer.objects.create(**here, line=line, customer=customer, limit_amount=Decimal(9000))
    LimitRequest.objects.create(
        **here, contract=contract, line=line, amount=Decimal(20000), reason="Mer enn ventet", asked_by=user
    )
    milestone = Milestone.objects.create(
        **here, line=line, position=1, name="Levert", amount=Decimal(1000), planned_on=DAY
    )
    facility = Facility.objects.create(**here, number="1", name="Solhallen")
    entry = WorkEntry.objects.create(
        **here, project=project, line=line, day=DAY, performed_by=user, quantity=Decimal(2), text="Befaring",
        submitted_at=NOW, approved_by=user, approved_at=NOW,
    )  # fmt: skip
    work = {
        **here, "customer": customer, "project": project, "contract": contract, "line": line, "day": DAY,
        "text": "Befaring", "quantity": Decimal(2), "unit_code": "HUR", "unit_price": Decimal(1250),
        "amount": Decimal(2500), "currency": "NOK", "released_at": NOW,
    }  # fmt: skip
    item = BacklogItem.objects.create(
        **work, kind="time", entry=entry, source_system="work", source_order=str(entry.pk), source_line="1"
    )
    BacklogItem.objects.create(**work, kind="milestone", milestone=milestone)
    WriteOff.objects.create(**here, item=item, quantity=Decimal(1), reason="Kulanse", made_by="Kari Nordmann")
    proforma = Proforma.objects.create(**here, invoice=draft, contract=contract, manager=user, made_by="hand")
    ProformaStep.objects.create(
        **here, proforma=proforma, kind="confirmed", work_hash="0" * 64, made_by="Kari Nordmann"
    )
    ScheduleRun.objects.create(**here, contract=contract, run_date=DAY, cut_off=date(2026, 11, 20))
    Deputy.objects.create(
        **here, person=user, deputy=User.objects.exclude(pk=user.pk).order_by("id")[0], first_day=DAY, last_day=DAY
    )
    BacklogSettings.objects.create(**here)
    _keep_run(organization, item, facility, user)


def _keep_run(organization: Organization, item: BacklogItem, facility: Facility, user: User) -> None:
    """A run with a frozen basis of one row, and all that was said of it."""
    here = {"organization": organization}
    run = BillingRun.objects.create(
        **here, name="November 2026", period_from=date(2026, 11, 1), until=date(2026, 11, 30), basis_sha256="0" * 64,
        frozen_at=NOW,
    )  # fmt: skip
    RunFacility.objects.create(
        **here, run=run, facility=facility, taken_by=user, control_count=1, control_amount=Decimal(2500),
        finished_at=NOW,
    )  # fmt: skip
    RunHold.objects.create(**here, run=run, customer=item.customer, reason="Uenig", made_by="Kari Nordmann")
    RunAnswer.objects.create(**here, run=run, key="0" * 64, kind="new", label="Ny kunde", made_by="Kari Nordmann")
    RunRow.objects.create(**here, run=run, position=1, item=item, customer=item.customer, content={}, sha256="0" * 64)
