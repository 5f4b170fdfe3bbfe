"""Making a demo organization through the same actions as users, in steps that are found again after a restart.

Every document carries the key of its plan beside it, so that a second run makes only what the first did not reach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from random import Random
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from config.demo.people import DemoPeople
from config.demo.plan import INVOICES, plan_of
from config.demo.records import DemoCompany, Plan, PlannedCredit, PlannedInvoice, PlannedLine
from config.opening import open_company
from customers.actions.customers import create_customer
from customers.actions.products import create_product
from customers.models import Customer, Product
from foundation.errors import DomainError
from foundation.transactions import read_only
from invoicing.actions import checks, credit, drafts, finalize
from invoicing.actions.series import check_every_series
from invoicing.models import DocumentFile, FileKind, Invoice, InvoiceFollowUp, InvoiceStatus
from payments.actions.rates import enter_exchange_rate
from payments.models import ExchangeRate
from tenants import audit, queries
from tenants.bank_accounts import write_bank_account
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import AuditEntry, BankAccount, Membership, Organization, Role

DRAFTS_PER_TRANSACTION = 25
FINISHED = "demo.finished"
KEY = "demo"
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class _Company:
    """An organization of the demo with what its documents are made of."""

    data: DemoCompany
    organization: Organization
    people: DemoPeople
    customers: list[Customer]
    products: dict[str, Product]
    made: dict[str, UUID]  # documents by the key of their plan


def open_demo_company(data: DemoCompany, people: DemoPeople) -> Organization:
    """The organization with its people, accounts, rates, products and customers; what stands already stays."""
    organization = _organization(data, people)
    with organization_context(organization.pk):
        _let_people_in(organization, people)
        with read_only():
            kept = set(queries.list_bank_accounts(organization).values_list("name", flat=True))
        for account in data.accounts:
            if account["name"] not in kept:
                with transaction.atomic():
                    write_bank_account(organization, BankAccount(**account), actor=people.owner)
        _enter_rates(data, organization, people)
        _create_missing(data, organization, people)
    return organization


def _organization(data: DemoCompany, people: DemoPeople) -> Organization:
    for membership in queries.memberships_of(people.users[Role.OWNER].pk):
        if membership.slug == data.slug:
            with organization_context(membership.organization_id), read_only():
                return queries.get_open_organization(membership.organization_id)
    return open_company(
        Organization(slug=data.slug, **data.details),
        owner=people.users[Role.OWNER],
        bank_account=BankAccount(**data.accounts[0]),
    )


@transaction.atomic
def _let_people_in(organization: Organization, people: DemoPeople) -> None:
    present = set(queries.list_memberships(organization).values_list("user_id", flat=True))
    for role, user in people.users.items():
        if user.pk not in present:
            membership = Membership.objects.create(organization=organization, user=user, role=role)
            audit.record(people.owner, "member.joined", membership, email=user.email, role=role)


def _enter_rates(data: DemoCompany, organization: Organization, people: DemoPeople) -> None:
    """A rate for each Monday of the plan; the days of a run that was broken off are not entered twice."""
    first = organization.created_at.date() - timedelta(weeks=30)
    for currency, around in data.exchange_rates.items():
        with read_only():
            entered = set(ExchangeRate.objects.of(organization).filter(currency=currency).values_list("day", flat=True))
        chance = Random(f"{data.slug} {currency}")  # noqa: S311 - the same each time
        for week in range(31):
            day = first - timedelta(days=first.weekday()) + timedelta(weeks=week)
            rate = Decimal(around) + Decimal(chance.randint(-2400, 2400)) / 10_000
            if day not in entered:
                row = ExchangeRate(currency=currency, day=day, rate=rate, source="Eksempelkurs")
                enter_exchange_rate(organization, rate=row, actor=people.accountant)


@transaction.atomic
def _create_missing(data: DemoCompany, organization: Organization, people: DemoPeople) -> None:
    numbers = set(Product.objects.of(organization).values_list("number", flat=True))
    for values in data.products:
        if values["number"] not in numbers:
            create_product(organization, values=values, actor=people.accountant)
    for values in data.customers[Customer.objects.of(organization).count() :]:
        create_customer(organization, values=values, actor=people.case_worker)


def make_documents(
    data: DemoCompany, organization: Organization, people: DemoPeople, *, progress: Progress, size: int = INVOICES
) -> list[str]:
    """Make and finalize what the plan holds and is not there yet; returns a sentence for each document set aside."""
    today = local_today(organization)
    with organization_context(organization.pk):
        with read_only():
            began = organization.created_at.date()
            is_finished = AuditEntry.objects.of(organization).filter(verb=FINISHED).exists()
            company = _read_company(data, organization, people)
        plan = plan_of(data, today=min(began, today), size=size)
        if is_finished:
            progress(len(plan.documents), len(plan.documents))
            return []
        refused = _make_all(company, plan, progress)
        _make_drafts(company, plan.open_drafts, today=today)
        check_every_series(organization)  # as each night: the number ledger says so from the first look on
        with transaction.atomic():
            audit.record(people.owner, FINISHED, company.customers[0], documents=len(plan.documents))
    return refused


def _read_company(data: DemoCompany, organization: Organization, people: DemoPeople) -> _Company:
    follow_ups = InvoiceFollowUp.objects.of(organization).filter(custom_properties__has_key=KEY)
    return _Company(
        data=data,
        organization=organization,
        people=people,
        customers=list(Customer.objects.of(organization).order_by("number")[: len(data.customers)]),
        products={product.number: product for product in Product.objects.of(organization)},
        made={row.custom_properties[KEY]: row.invoice_id for row in follow_ups},
    )


def _make_all(company: _Company, plan: Plan, progress: Progress) -> list[str]:
    refused: list[str] = []
    done = 0
    for day, group in groupby(plan.documents, key=lambda item: item.day):
        planned = list(group)
        _make_drafts(company, [item for item in planned if isinstance(item, PlannedInvoice)], today=day)
        for item in planned:
            if isinstance(item, PlannedCredit):
                refused += _make_credit(company, item)
        refused += _finalize(company, [item.key for item in planned], day)
        done += len(planned)
        progress(done, len(plan.documents))
    return refused


def _make_drafts(company: _Company, planned: Iterable[PlannedInvoice], *, today: date) -> None:
    missing = [item for item in planned if item.key not in company.made]
    for start in range(0, len(missing), DRAFTS_PER_TRANSACTION):
        made: dict[str, UUID] = {}
        with transaction.atomic():
            for item in missing[start : start + DRAFTS_PER_TRANSACTION]:
                made[item.key] = _make_draft(company, item, today).pk
            _remember(company.organization, made)
        company.made.update(made)


def _make_draft(company: _Company, item: PlannedInvoice, today: date) -> Invoice:
    return drafts.create_draft(
        company.organization,
        customer=company.customers[item.customer],
        header=item.header,
        lines=[_content(company, line) for line in item.lines],
        actor=company.people.project_manager,
        today=today,
    )


def _content(company: _Company, line: PlannedLine) -> dict[str, object]:
    return {**_of_product(company.products[line.product]), **line.changes}


def _of_product(product: Product) -> dict[str, object]:
    """What a line takes over from a product, as the editor fills it in."""
    return {
        "product_id": product.pk,
        "product_number": product.number,
        "gtin": product.gtin,
        "description": product.name,
        "detail": product.description,
        "unit_code": product.unit_code,
        "unit_price": product.unit_price,
        "vat_treatment": product.vat_treatment,
        "revenue_account": product.revenue_account,
    }


def _make_credit(company: _Company, item: PlannedCredit) -> list[str]:
    """A credit note for all, or for the first line; one that cannot be made is set aside with its reason."""
    if item.key in company.made:
        return []
    original = company.made[item.credits]
    with read_only():
        first = _first_line(company.organization, original)
    try:
        with transaction.atomic():
            note = credit.credit_invoice(
                company.organization,
                original,
                quantities=None if item.is_full or first is None else {first[0]: first[1]},
                reason=item.reason,
                actor=company.people.accountant,
                today=item.day,
            )
            _remember(company.organization, {item.key: note.pk})
    except DomainError as refusal:
        return [f"{company.data.slug} {item.key}: {refusal}"]
    company.made[item.key] = note.pk
    return []


def _first_line(organization: Organization, invoice_id: UUID) -> tuple[UUID, Decimal] | None:
    left = credit.creditable_quantities(
        organization, Invoice.objects.of(organization).only("id", "organization_id").get(pk=invoice_id)
    )
    return next(iter(left.items()), None)


def _remember(organization: Organization, made: dict[str, UUID]) -> None:
    """Write the keys of the plan beside the documents, in the transaction that makes them."""
    found = InvoiceFollowUp.objects.of(organization).filter(invoice_id__in=made.values())
    rows = {row.invoice_id: row for row in found}
    for key, invoice_id in made.items():
        rows[invoice_id].custom_properties = {**rows[invoice_id].custom_properties, KEY: key}
    InvoiceFollowUp.objects.bulk_update(rows.values(), ["custom_properties"])


def _finalize(company: _Company, keys: Sequence[str], day: date) -> list[str]:
    """Finalize the drafts of one day, as many at once as a batch holds; one that is refused leaves the others be."""
    ids = [company.made[key] for key in keys if key in company.made]
    with read_only():
        waiting = set(
            Invoice.objects.of(company.organization)
            .filter(pk__in=ids, status=InvoiceStatus.DRAFT)
            .values_list("pk", flat=True)
        )
    in_order = [pk for pk in ids if pk in waiting]
    refused: list[str] = []
    for start in range(0, len(in_order), finalize.BATCH_SIZE):
        batch = in_order[start : start + finalize.BATCH_SIZE]
        try:
            _finalize_batch(company, batch, day)
        except DomainError:
            refused += _finalize_each(company, batch, day)
    return refused


def _finalize_each(company: _Company, batch: Sequence[UUID], day: date) -> list[str]:
    refused = []
    for invoice_id in batch:
        try:
            _finalize_batch(company, [invoice_id], day)
        except DomainError as refusal:
            refused.append(f"{company.data.slug} {invoice_id}: {refusal}")
    return refused


def _finalize_batch(company: _Company, batch: Sequence[UUID], day: date) -> None:
    checks.check_drafts(company.organization, batch, today=day)
    finalize.finalize_invoices(company.organization, batch, actor=company.people.accountant, today=day)


def documents_and_pdfs(organization: Organization) -> tuple[int, int]:
    """How many documents are finalized, and of how many the PDF is made."""
    with organization_context(organization.pk), read_only():
        finalized = Invoice.objects.of(organization).filter(status=InvoiceStatus.FINALIZED)
        pdf = DocumentFile.objects.of(organization).filter(subject_id=OuterRef("pk"), kind=FileKind.PDF)
        return finalized.count(), finalized.filter(Exists(pdf)).count()
