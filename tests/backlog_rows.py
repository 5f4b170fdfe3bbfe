"""One row of everything that the billing backlog keeps, for tests that try every table."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

from billing_backlog.models import (
    Advance,
    BacklogItem,
    BacklogSettings,
    BillingAutomation,
    BillingRun,
    Booking,
    BringAlongPrint,
    Contract,
    ContractCustomer,
    ContractLine,
    Deputy,
    Facility,
    FileReceipt,
    FinanceTarget,
    LimitRequest,
    LineCustomer,
    Milestone,
    PostingString,
    PriceList,
    PriceListRow,
    Proforma,
    ProformaStep,
    Project,
    ReturnedError,
    RunAnswer,
    RunFacility,
    RunFile,
    RunFileRow,
    RunHold,
    RunOrder,
    RunRow,
    ScheduleRun,
    Subscription,
    SubscriptionPause,
    SubscriptionPrice,
    TargetGroup,
    TransferAttempt,
    Visit,
    WorkEntry,
    WriteOff,
)
from customers.models import Customer
from invoicing.models import Invoice
from tenants.models import Organization, User
from tests.billing_backlog.quote_rows import keep_offers

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
    keep_offers(organization, customer, contract, draft)
    Advance.objects.create(
        **here, invoice=draft, customer=customer, contract=contract, kind="retainer", name="Forskudd",
        amount=Decimal(5000), currency="NOK", refill_below=Decimal(1000), refill_amount=Decimal(5000),
    )  # fmt: skip
    company = {"posting": "none", "timing": "done", "sends": True, "period": "month"}
    BillingAutomation.objects.create(**here, **company)
    BillingAutomation.objects.create(**here, customer=customer, posting="collect")
    BringAlongPrint.objects.create(**here, invoice=draft, was_draft=True, printed_by="Olga Owner")
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
    Visit.objects.create(
        **here, customer=customer, planned_on=DAY, starts_at=time(8), ends_at=time(9), text="Vinduspuss",
        quantity=Decimal(1), unit_code="NAR", unit_price=Decimal(800), source_system="plan", source_order="1",
        source_line="1",
    )  # fmt: skip
    _keep_booking(organization, item, facility, customer)
    _keep_subscription(organization, customer)
    _keep_run(organization, item, facility, user)


def _keep_booking(organization: Organization, item: BacklogItem, facility: Facility, customer: Customer) -> None:
    """A booking by a price list, told by another system."""
    here = {"organization": organization}
    group = TargetGroup.objects.create(**here, name="Voksne")
    prices = PriceList.objects.create(**here, name="Leie", valid_from=DAY)
    row = PriceListRow.objects.create(
        **here, price_list=prices, facility=facility, target_group=group, unit_code="HUR", unit_price=Decimal(1250)
    )
    Booking.objects.create(
        **here, facility=facility, customer=customer, payer=customer, target_group=group, day=DAY, starts_at=time(18),
        ends_at=time(20), quantity=Decimal(2), unit_code="HUR", price_row=row, rule_price=Decimal(1250),
        unit_price=Decimal(1250), amount=Decimal(2500), item=item, source_system="bookingsystem", source_order="1",
        source_line="1",
    )  # fmt: skip


def _keep_subscription(organization: Organization, customer: Customer) -> None:
    """A subscription that has not charged yet, with its price and a pause."""
    here = {"organization": organization}
    subscription = Subscription.objects.create(
        **here, customer=customer, name="Drift", text="Drift og vakt", currency="NOK", starts_on=DAY,
        periods_from=DAY, due_on=DAY,
    )  # fmt: skip
    told = {**here, "subscription": subscription, "made_by": "Kari Nordmann"}
    SubscriptionPrice.objects.create(**told, valid_from=DAY, unit_price=Decimal(499))
    SubscriptionPause.objects.create(**told, first_day=date(2027, 1, 1), last_day=date(2027, 1, 31), reason="Ferie")


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
    _keep_file(organization, run, item)


def _keep_file(organization: Organization, run: BillingRun, item: BacklogItem) -> None:
    """A finance file that was handed over, with one row, its receipt and an error."""
    here = {"organization": organization}
    told = {**here, "made_by": "Kari Nordmann", "made_at": NOW}
    target = FinanceTarget.objects.create(
        **here, name="Agresso", layout="lg04", system_code="BO38", order_from=1, order_to=9, order_next=2
    )
    PostingString.objects.create(**here, target=target, group="Haller", article="4001")
    file = RunFile.objects.create(
        **told, target=target, layout="lg04", day=DAY, number=1, name="26112101.txt", sha256="0" * 64,
        log_sha256="0" * 64, orders=1, lines=1, amount=Decimal(1250), transferred_at=NOW,
    )  # fmt: skip
    order = RunOrder.objects.create(
        **here, file=file, target=target, customer=item.customer, number=1, amount=Decimal(1250)
    )
    row = RunFileRow.objects.create(
        **here, run=run, item=item, customer=item.customer, quantity=Decimal(1), net_amount=Decimal(1250),
        vat_amount=Decimal(0), vat_code="3", order=order, line=1, taken_back_at=NOW,
    )  # fmt: skip
    TransferAttempt.objects.create(**told, file=file, outcome="by_hand", place="For hånd")
    FileReceipt.objects.create(
        **told, file=file, lines=1, amount=Decimal(1250), received_by="Rita Regnskap", agrees=True
    )
    ReturnedError.objects.create(**told, file=file, row=row, text="Ukjent artikkel")
