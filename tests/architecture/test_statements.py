"""Every statement on an owned table names its organization in so many words, on all the main roads of the house."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from customers.models import Contact, Customer
from foundation.transactions import read_only
from invoicing import proof, queries
from invoicing.actions import credit, drafts, series
from invoicing.models import Invoice
from payments import queries as ledger
from payments.models import Receivable
from payments.proof import ledger_problems
from tenants import outbox, sealing
from tenants import queries as tenants
from tenants.context import organization_context
from tests import builders
from tests.architecture.statements import complaints, organizations_in
from tests.architecture.walls import owned_models

A = "01a1fd3a-22fc-76e2-8e73-a51c353277d5"
OWNED = owned_models()
Flow = Callable[[Any], object]


class Captured:
    """The statements that went to the database, with the organization of their transaction."""

    def __init__(self) -> None:
        self.statements: list[tuple[str, UUID | None]] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        every = params if many else [params]
        for values in every:
            composed = connection.ops.compose_sql(sql, values)  # type: ignore[attr-defined]
            self.statements.append((composed, connection.transaction_organization))  # type: ignore[attr-defined]
        return execute(sql, params, many, context)

    def complaints(self) -> list[str]:
        """What is wrong with each statement, and the statements of another organization than the transaction's."""
        found = []
        for sql, organization_id in self.statements:
            found += [f"{complaint}: {sql[:1500]}" for complaint in complaints(sql, OWNED)]
            if organizations_in(sql) - {organization_id}:
                found.append(f"another organization than {organization_id}: {sql[:1500]}")
        return found


@contextmanager
def capture() -> Iterator[Captured]:
    captured = Captured()
    with connection.execute_wrapper(captured):
        yield captured


GOOD = [
    f"SELECT * FROM customers_customer WHERE organization_id = '{A}'::uuid",
    f'SELECT "c"."id" FROM "customers_customer" "c" WHERE "c"."organization_id" = \'{A}\'::uuid',
    f"""SELECT * FROM invoicing_invoice i JOIN customers_customer c
        ON (i.customer_id = c.id AND (i.organization_id = (c.organization_id))) WHERE i.organization_id = '{A}'""",
    f"""UPDATE invoicing_numberseries SET last_number = 2 WHERE organization_id = '{A}' AND id = '{A}'""",
    f"""UPDATE invoicing_invoice AS invoice SET kid = fresh.kid FROM unnest('{{}}'::uuid[]) AS fresh (id, kid)
        WHERE invoice.organization_id = '{A}' AND invoice.id = fresh.id""",
    f"""INSERT INTO customers_contact (organization_id, id) VALUES ('{A}', '{A}')
        ON CONFLICT (organization_id, id) DO UPDATE SET name = 'x'""",
    f"""SELECT EXTRACT(year FROM i.issue_date) FROM invoicing_invoice i WHERE i.organization_id = '{A}' AND EXISTS (
        SELECT 1 FROM invoicing_invoiceline U0 WHERE U0.organization_id = '{A}' AND U0.invoice_id = i.id)""",
    f"""SELECT 1 FROM invoicing_invoice WHERE organization_id = '{A}' AND (SELECT count(*) FROM invoicing_documentfile f
        WHERE f.organization_id = invoicing_invoice.organization_id) < 3""",
    f"DELETE FROM customers_contact WHERE customers_contact.organization_id = '{A}'::uuid",
    f"SELECT id FROM customers_customer WHERE organization_id = '{A}' FOR UPDATE SKIP LOCKED",
    "SELECT * FROM tenants_user WHERE email = 'set_config(x)'",
]
BAD = [
    "SELECT * FROM customers_customer",
    f"SELECT * FROM customers_customer WHERE id = '{A}'::uuid",
    "SELECT * FROM customers_customer WHERE organization_id = current_setting('app.organization_id')::uuid",
    f"""SELECT * FROM invoicing_invoice i JOIN customers_customer c ON i.customer_id = c.id
        WHERE i.organization_id = '{A}'""",
    f"SELECT * FROM invoicing_invoice i, customers_customer c WHERE i.organization_id = '{A}' AND i.customer_id = c.id",
    f"""SELECT 1 FROM invoicing_invoice i WHERE i.organization_id = '{A}' AND EXISTS (
        SELECT 1 FROM invoicing_invoiceline U0 WHERE U0.invoice_id = i.id)""",
    f"UPDATE customers_customer SET name = 'x' WHERE id = '{A}'",
    f"DELETE FROM customers_contact WHERE id = '{A}'",
    f"INSERT INTO customers_contact (id, name) VALUES ('{A}', 'x')",
    f"""INSERT INTO customers_contact (organization_id, id) VALUES ('{A}', '{A}')
        ON CONFLICT (id) DO UPDATE SET name = 'x'""",
    f"UPDATE customers_customer SET created_at = clock_timestamp() WHERE organization_id = '{A}'",
    f"SELECT set_config('app.organization_id', '{A}', true)",
]


@pytest.mark.parametrize("sql", GOOD)
def test_a_statement_that_names_its_organization_is_left_alone(sql: str) -> None:
    assert complaints(sql, OWNED) == []


@pytest.mark.parametrize("sql", BAD)
def test_a_statement_that_does_not_is_seen(sql: str) -> None:
    assert complaints(sql, OWNED) != []


def draft_flow(organization: Any) -> None:
    """Create, change, bill to somebody else, clone and delete a draft."""
    actor, today = builders.actor_of(organization), builders.TODAY
    draft = builders.make_draft(organization)
    customer = builders.make_customer(organization, name="Neste Kunde AS")
    with organization_context(organization.pk):
        with read_only():
            lines = [{**builders.line(), "id": line.pk} for line in queries.list_lines(draft)]
        for contents in ([*lines, builders.line("Ny")], lines[1:] or [builders.line("Annet")]):
            draft = drafts.update_draft(
                organization,
                draft.pk,
                version=draft.version,
                header={"note": "x"},
                lines=contents,
                actor=actor,
                today=today,
            )
        drafts.change_customer(organization, draft.pk, customer=customer, actor=actor, today=today)
        copy = drafts.clone_invoice(organization, draft.pk, actor=actor, today=today)
        drafts.delete_draft(organization, copy.pk, actor=actor)


def finalize_flow(organization: Any) -> None:
    """Finalize a batch, credit a part of one and then the rest."""
    customer = builders.make_customer(organization)
    product = builders.make_product(organization)
    batch = [
        builders.make_draft(organization, customer, lines=[builders.line(product_id=product.pk), builders.line("B")])
        for _ in range(3)
    ]
    [first, *_rest] = builders.finalize_drafts(organization, [draft.pk for draft in batch])
    with organization_context(organization.pk):
        with read_only():
            [line, *_others] = queries.list_lines(first)
        for quantities in ({line.pk: Decimal(1)}, None):
            note = credit.credit_invoice(
                organization,
                first.pk,
                quantities=quantities,
                reason="Feil",
                actor=builders.actor_of(organization),
                today=builders.TODAY,
            )
            builders.finalize_drafts(organization, [note.pk])


def reading_flow(organization: Any) -> None:
    """Ask every question that the pages ask."""
    invoice = builders.make_finalized_invoice(organization)
    with organization_context(organization.pk), read_only():
        found = queries.get_invoice(organization, invoice.pk)
        queries.lines_by_invoice(organization, [invoice.pk])
        list(queries.list_credit_notes(organization, invoice.pk))
        main = queries.default_series(organization)
        list(queries.numbers_of_series(organization, main))
        queries.last_series_check(organization, main)
        queries.files_of(organization, invoice.pk)
        queries.follow_up_of(organization, invoice.pk)
        queries.credited_quantities(organization, invoice.pk)
        queries.credited_amount(organization, invoice.pk)
        queries.invoices_without_files(organization, 10)
        ledger.vouchers_of_sources(organization, [invoice.pk])
        if found.voucher is not None and found.receivable is not None:
            ledger.get_voucher(organization, found.voucher.pk)
            list(ledger.list_allocations(organization, found.receivable.pk))
        list(ledger.list_accounts(organization))
        ledger.exchange_rate(organization, "EUR", builders.TODAY)
        list(tenants.list_history(organization, text="finalized"))
        list(tenants.list_memberships(organization))
        list(tenants.list_open_invitations(organization))


def mapper_flow(organization: Any) -> None:
    """What the object mapper makes of joins, subqueries, reverse relations, exclusions and groups."""
    builders.make_finalized_invoice(organization)
    builders.make_draft(organization)
    with organization_context(organization.pk), read_only():
        list(
            Invoice.objects.select_related(
                "customer", "series", "receivable", "voucher", "credits", "credits__customer"
            )
        )
        list(Invoice.objects.filter(customer__name__contains="a", lines__product__number="100").distinct())
        list(Invoice.objects.filter(lines__credits_line__invoice__number=3))
        list(Customer.objects.exclude(invoices__status="finalized"))
        list(Customer.objects.filter(invoices__isnull=True))
        list(Receivable.objects.exclude(allocations__amount__gt=0))
        for customer in Customer.objects.prefetch_related("contacts", "invoices__lines", "receivables__postings"):
            list(customer.invoices.select_related("voucher"))
            customer.contacts.exists()
        found = Invoice.objects.get(status="finalized")
        assert None not in {found.customer, found.voucher, found.receivable, found.series}
        list(found.lines.values("product_id"))


def writing_flow(organization: Any) -> None:
    """What the object mapper makes of changes and deletions: by instance, in bulk, past a join."""
    customer = builders.make_customer(organization)
    with builders.in_organization(organization):
        for name in ("Kari", "Ola", "Per", "Liv"):
            Contact.objects.create(organization=organization, customer=customer, name=name)
        assert Contact.objects.filter(name="Kari").update(phone="1") == 1
        assert Contact.objects.filter(customer__name=customer.name, name="Ola").update(phone="2") == 1
        assert Contact.objects.filter(customer__name=customer.name, name="Ola").delete()[0] == 1
        contact = Contact.objects.get(name="Per")
        contact.phone = "3"
        contact.save()
        contact.delete()
        Contact.objects.bulk_update([Contact.objects.get(name="Liv")], ["phone"])
        customer.contacts.filter(name="Liv").delete()
        assert [row.name for row in customer.contacts.all()] == ["Kari"]
        assert customer.delete()[0] == 2


def background_flow(organization: Any) -> None:
    """Render, seal, sweep and verify."""
    builders.make_finalized_invoice(organization)
    builders.run_background()
    sealing.seal_everywhere()
    with organization_context(organization.pk):
        outbox.give_up_exhausted(organization.pk)
        series.check_every_series(organization)
        with read_only():
            assert list(proof.series_problems(organization, queries.default_series(organization))[1]) == []
            assert list(ledger_problems(organization)) == []
            assert list(sealing.audit_problems(organization, now=timezone.now())) == []
            assert len(queries.files_of(organization, Invoice.objects.get().pk)) == 3


FLOWS = [draft_flow, finalize_flow, reading_flow, mapper_flow, writing_flow, background_flow]


@pytest.mark.parametrize("flow", FLOWS)
def test_every_statement_of_the_flow_names_the_organization_of_its_transaction(
    transactional_db: None, flow: Flow
) -> None:
    organization = builders.make_organization("nordlys", "Nordlys Rådgivning AS", owner_email="owner@nordlys.example")
    with capture() as captured:
        flow(organization)

    assert len(captured.statements) > 10
    assert captured.complaints() == []


def test_opening_a_company_names_the_organization_in_every_statement(transactional_db: None) -> None:
    with capture() as captured:
        builders.make_organization("nordlys", "Nordlys Rådgivning AS", owner_email="owner@nordlys.example")

    assert len(captured.statements) > 5
    assert captured.complaints() == []
