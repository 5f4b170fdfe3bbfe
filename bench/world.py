"""The database of a benchmark: a copy of the migrated template, organizations in it and drafts to finalize."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from random import Random
from uuid import UUID

from django.db import connection, connections, transaction

from customers.models import Customer
from foundation.ids import uuid7
from invoicing.actions import checks
from invoicing.actions.draft_lines import set_amounts
from invoicing.drafting import composition
from invoicing.models import Invoice, InvoiceFollowUp, InvoiceLine
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders, databases

LINES_PER_DRAFT = 8


@contextmanager
def fresh_database() -> Iterator[None]:
    """A database of its own for one benchmark, gone afterwards."""
    name = f"bilag_bench_{os.getpid()}"
    databases.make_copy(databases.make_template(), name)
    try:
        yield
    finally:
        for opened in connections.all():
            opened.close()
        databases.drop(name)


def make_organization(number: int) -> Organization:
    """A company with a bank account and one customer."""
    organization = builders.make_organization(
        f"bench-{number}", f"Bench {number} AS", owner_email=f"owner{number}@bench.example"
    )
    builders.make_customer(organization)
    return organization


def make_drafts(
    organization: Organization, count: int, *, seed: int = builders.SEED, is_checked: bool = True
) -> list[UUID]:
    """Drafts of eight lines with discounts and two rates, checked as the screens check them."""
    random = Random(f"{organization.slug}-{seed}-{count}")  # noqa: S311 - the same cases in every run
    with builders.in_organization(organization):
        customer = Customer.objects.get()
        drafts = [_draft(organization, customer) for _ in range(count)]
        lines_of = [_lines(organization, draft, random) for draft in drafts]
        for draft, lines in zip(drafts, lines_of, strict=True):
            set_amounts(draft, lines, composition.compute(draft, lines))  # as saving the draft does
        Invoice.objects.bulk_create(drafts)
        InvoiceLine.objects.bulk_create([line for lines in lines_of for line in lines], batch_size=2000)
        InvoiceFollowUp.objects.bulk_create(
            [InvoiceFollowUp(organization=organization, invoice=draft) for draft in drafts]
        )
    ids = [draft.pk for draft in drafts]
    if is_checked:
        with organization_context(organization.pk):
            for start in range(0, count, 50):
                checks.check_drafts(organization, ids[start : start + 50], today=builders.TODAY)
    return ids


def refresh_statistics() -> None:
    """What autovacuum does each minute: without it, plans made for empty tables stay while they fill."""
    with databases.superuser(str(connection.settings_dict["NAME"])) as database:
        database.execute("ANALYZE")


def backend_pid() -> int:
    """The process of our connection's database backend."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _draft(organization: Organization, customer: Customer) -> Invoice:
    return Invoice(
        id=uuid7(),
        organization=organization,
        customer=customer,
        buyer_reference="PO-7731",
        delivery_date=builders.TODAY,
    )


def _lines(organization: Organization, draft: Invoice, random: Random) -> list[InvoiceLine]:
    return [
        InvoiceLine(
            id=uuid7(),
            organization=organization,
            invoice=draft,
            position=position,
            description=f"Consulting services, work package {position}, period {random.randint(1, 12)}",
            quantity=Decimal(random.randint(1, 400)) / 10,
            unit_code="HUR",
            unit_price=Decimal(random.randint(1000, 99999)) / 100,
            discount_percent=Decimal(random.choice([0, 0, 0, 10])),
            vat_rate_percent=Decimal(25),
        )
        for position in range(1, LINES_PER_DRAFT + 1)
    ]
