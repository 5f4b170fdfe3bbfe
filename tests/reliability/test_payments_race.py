"""Payments told thrice, second tabs, voids, credits, refunds and detachments on the same invoices at the same time."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from foundation.errors import DomainError
from invoicing import queries as invoices
from invoicing.actions import credit, finalize, void
from invoicing.models import Invoice
from payments import queries
from payments.actions import applying, refunds, registering
from payments.models import Allocation, AllocationKind, Payment, Receivable, VoucherKind
from payments.terms import Part
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders
from tests.payments import claims
from tests.reliability import invariants
from tests.reliability.servers import OwnServer

INVOICES = builders.scaled(200, 12)
THREADS = 8
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CUSTOMER = Actor.system("Kunden")

Job = Callable[[Organization, Invoice], Any]


def _pay(key: str) -> Job:
    def pay(organization: Organization, invoice: Invoice) -> Any:
        receivable = _receivable(invoice)
        with builders.in_organization(organization):
            terms = claims.money(
                organization, "1250.00", key=f"{key}:{invoice.pk}", parts=[Part(receivable_id=receivable)]
            )
        return registering.register_payment(organization, terms, actor=CUSTOMER, today=builders.TODAY, now=NOW)

    return pay


def _void(organization: Organization, invoice: Invoice) -> Any:
    return void.void_invoice(organization, invoice.pk, reason="Feil", actor=CUSTOMER, today=builders.TODAY)


def _credit_half(organization: Organization, invoice: Invoice) -> Any:
    with builders.in_organization(organization):
        line = invoices.list_lines(invoice)[0]
        note = credit.credit_invoice(
            organization,
            invoice.pk,
            quantities={line.pk: line.quantity / 2},
            reason="Halv pris",
            actor=CUSTOMER,
            today=builders.TODAY,
        )
    return builders.finalize_drafts(organization, [note.pk])


def _refund(organization: Organization, invoice: Invoice) -> Any:
    with builders.in_organization(organization):
        payment = Payment.objects.of(organization).filter(key=f"card:{invoice.pk}").first()
    if payment is None:
        return None
    terms = refunds.RefundTerms(
        key=f"back:{invoice.pk}", amount=Decimal(500), channel="by_hand", reason="For mye betalt"
    )
    return refunds.request_refund(organization, payment.pk, terms, actor=CUSTOMER, day=builders.TODAY, now=NOW)


def _detach(organization: Organization, invoice: Invoice) -> Any:
    with builders.in_organization(organization):
        rows = Allocation.objects.of(organization).filter(receivable_id=_receivable(invoice), reverses=None)
        row = rows.filter(kind=AllocationKind.PAYMENT).first()
    if row is None:
        return None
    return applying.detach_allocation(organization, row.pk, reason="Feil", actor=CUSTOMER, day=builders.TODAY, now=NOW)


# What happens to every invoice: one payment told three times and a fourth time as another kind of event, a second
# tab, two voids; and to every third a credit note, a refund and a detachment beside them.
ALWAYS: tuple[Job, ...] = (_pay("card"), _pay("card"), _pay("card"), _pay("card"), _pay("tab"), _void, _void)
SOMETIMES: tuple[Job, ...] = (_credit_half, _refund, _detach)


def test_all_money_is_kept_and_nothing_is_applied_twice(server: OwnServer) -> None:
    organization = builders.make_organization("kapplop", "Kappløp AS", owner_email="owner@kapplop.example")
    other = builders.make_organization("ved-siden", "Ved siden AS", owner_email="owner@vedsiden.example")
    builders.make_finalized_invoice(other)
    documents = _finalized(organization, INVOICES)
    before = invariants.state_of(server, other.pk)

    jobs = [(job, invoice) for invoice in documents for job in ALWAYS]
    jobs += [(job, invoice) for invoice in documents[::3] for job in SOMETIMES]
    random.Random(builders.SEED).shuffle(jobs)
    with ThreadPoolExecutor(THREADS) as threads:
        answers = Counter(threads.map(lambda pair: _do(organization, *pair), jobs))
    print(f"seed {builders.SEED}: {len(jobs)} jobs on {len(documents)} invoices: {dict(answers)}")

    with builders.in_organization(organization):
        keys = Counter(Payment.objects.of(organization).values_list("key", flat=True))
        assert keys == {f"{kind}:{invoice.pk}": 1 for invoice in documents for kind in ("card", "tab")}
        received, used = claims.received_and_used(organization)
        assert received == used == Decimal(2500) * len(documents)
        _assert_never_both(organization, documents)
    invariants.assert_numbers_without_gap(server, organization.pk, _issued(organization))
    invariants.assert_ledger_balances(server, organization.pk)
    invariants.assert_whole(organization)
    assert invariants.state_of(server, other.pk) == before
    assert answers["done"] > len(documents)


def _do(organization: Organization, job: Job, invoice: Invoice) -> str:
    try:
        with organization_context(organization.pk):
            return "nothing to do" if job(organization, invoice) is None else "done"
    except DomainError as refusal:
        return type(refusal).__name__
    finally:
        connection.close()


def _assert_never_both(organization: Organization, documents: list[Invoice]) -> None:
    """An invoice is settled by money or by credit, never beyond what it was; what was taken back holds no money."""
    voided = _voided(organization)
    for invoice in documents:
        receivable = _receivable(invoice)
        rows = Allocation.objects.of(organization).filter(receivable_id=receivable)
        paid = sum((row.amount for row in rows if row.kind == AllocationKind.PAYMENT), Decimal(0))
        credited = sum((row.amount for row in rows if row.kind == AllocationKind.CREDIT), Decimal(0))
        owed = queries.balances(organization.pk, [receivable])[receivable].currency_amount
        assert paid + credited + owed == Decimal(1250), invoice.number
        assert paid >= 0 <= owed, invoice.number
        if receivable in voided:
            assert (paid, owed) == (Decimal(0), Decimal(0)), invoice.number


def _voided(organization: Organization) -> set[UUID]:
    """The claims that a credit note took back whole while no money was on them."""
    notes = Receivable.objects.of(organization).filter(kind="credit", postings__voucher__kind=VoucherKind.CREDIT)
    whole = notes.filter(postings__currency_amount=Decimal(-1250)).values_list("pk", flat=True)
    rows = Allocation.objects.of(organization).filter(credit_receivable_id__in=list(whole))
    return set(rows.values_list("receivable_id", flat=True))


def _issued(organization: Organization) -> int:
    with builders.in_organization(organization):
        return Invoice.objects.of(organization).filter(status="finalized").count()


def _finalized(organization: Organization, count: int) -> list[Invoice]:
    customer = builders.make_customer(organization)
    lines = [builders.line(quantity=Decimal(2), unit_price=Decimal(500))]
    drafts = [builders.make_draft(organization, customer, lines).pk for _ in range(count)]
    documents: list[Invoice] = []
    for first in range(0, count, finalize.BATCH_SIZE):
        documents += builders.finalize_drafts(organization, drafts[first : first + finalize.BATCH_SIZE])
    return documents


def _receivable(invoice: Invoice) -> UUID:
    assert invoice.receivable_id is not None
    return invoice.receivable_id
