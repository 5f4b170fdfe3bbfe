"""Ready work into drafts: a hundred drafts of ten lines in one call, against hand-written inserts of the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from bench import measure, world
from bench.intake import _statement, _values
from billing_backlog.actions.items import take_items
from billing_backlog.actions.proformas import Making, make_proformas
from billing_backlog.actions.ready import mark_ready
from billing_backlog.intake.plain import NewItem
from billing_backlog.models import Proforma, Project
from customers.models import Customer
from foundation.ids import uuid7
from invoicing.models import DraftVersion, Invoice, InvoiceFollowUp, InvoiceLine
from tenants.context import organization_context
from tenants.models import AuditEntry, Organization
from tests import builders

CUSTOMERS = 20
PROJECTS_OF_EACH = 5  # a draft for each customer and project: a hundred in a call
LINES = 10
FULL, QUICK = 10, 6  # calls
STATEMENTS_MAX = 60
BAR = 3.5
GROWTH_MAX = 1.5  # the later half of the calls against the first: it does not slow down with what is there
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Calls one after the other; the rows of the drafts are written once more by hand."""
    calls = QUICK if quick else FULL
    with world.fresh_database():
        organization = world.make_organization(1)
        projects = _projects(organization)
        with CaptureQueriesContext(connection) as captured:
            ids = _ready(organization, projects)
            before = len(captured)
            _make(organization, ids)
            statements = len(captured) - before
        spent = [_make(organization, _ready(organization, projects)) for _call in range(calls)]
        floor = _floor(organization, CUSTOMERS * PROJECTS_OF_EACH)
    middle = sorted(spent)[len(spent) // 2]
    return [
        measure.limit_row("billing: statements per 100 drafts", statements, STATEMENTS_MAX, "statements"),
        measure.row("billing: 100 drafts of 10 lines", middle, floor, "s", bar=BAR),
        measure.limit_row("billing: later calls by the first", _growth(spent), GROWTH_MAX, "times"),
    ]


def _growth(spent: Sequence[float]) -> float:
    half = len(spent) // 2
    return sum(spent[half:]) / sum(spent[:half])


def _projects(organization: Organization) -> list[tuple[Customer, Project]]:
    customers = [builders.make_customer(organization, name=f"Kunde {number}") for number in range(CUSTOMERS)]
    return [
        (customer, builders.make_project(organization, customer, number=f"{place}-{number}"))
        for place, customer in enumerate(customers)
        for number in range(PROJECTS_OF_EACH)
    ]


def _ready(organization: Organization, projects: Sequence[tuple[Customer, Project]]) -> list[UUID]:
    new = [
        NewItem(
            kind="time",
            day=builders.TODAY,
            quantity=Decimal("7.5"),
            text=f"Rådgivning {place}",
            unit_code="HUR",
            unit_price=Decimal(1250),
            customer_id=customer.pk,
            project_id=project.pk,
            performed_by="Kari Konsulent",
            approved_by="Petra Prosjekt",
        )
        for customer, project in projects
        for place in range(LINES)
    ]
    actor = builders.actor_of(organization)
    with organization_context(organization.pk):
        taken = take_items(organization, new, actor=actor, now=NOW)
        ids = [key for answer in taken for key in answer.item_ids]
        assert not mark_ready(organization, ids, actor=actor, now=NOW).refused
    return ids


def _make(organization: Organization, ids: Sequence[UUID]) -> float:
    """The processor time of client and server that the drafts take."""
    actor, now = builders.actor_of(organization), datetime.now(UTC)
    with organization_context(organization.pk), measure.spending(world.backend_pid()) as spent:
        made = make_proformas(organization, ids, making=Making(), actor=actor, today=builders.TODAY, now=now)
    assert len(made) == CUSTOMERS * PROJECTS_OF_EACH
    return spent.processor


def _floor(organization: Organization, drafts: int) -> float:
    """Write the rows of one call anew in one transaction, under row security and every trigger."""
    with organization_context(organization.pk):
        with transaction.atomic():
            copies = _copies(organization, drafts)
        statements = [(_statement(written), _values(written)) for written in copies]
        with measure.spending(world.backend_pid()) as spent, transaction.atomic(), connection.cursor() as cursor:
            for statement, values in statements:
                cursor.execute(statement, values)
        return spent.processor


def _copies(organization: Organization, drafts: int) -> list[list[Any]]:
    invoices = list(Invoice.objects.of(organization).order_by("-id")[:drafts])
    ids = {invoice.pk: uuid7() for invoice in invoices}
    models: tuple[Any, ...] = (InvoiceLine, InvoiceFollowUp, Proforma, DraftVersion)
    found = [model.objects.of(organization).filter(invoice_id__in=list(ids)).order_by("id") for model in models]
    copies: list[list[Any]] = [invoices, *map(list, found)]
    told = AuditEntry.objects.of(organization).order_by("-id")[: drafts * (LINES + 1)]
    for written in copies[1:]:
        for row in written:
            row.id, row.invoice_id = uuid7(), ids[row.invoice_id]
            if isinstance(row, InvoiceLine):
                row.source_id = None  # the same work is not billed twice, not even here
    for invoice in invoices:
        invoice.id = ids[invoice.pk]
    entries = list(told)
    for entry in entries:
        entry.id = uuid7()
    return [*copies, entries]
