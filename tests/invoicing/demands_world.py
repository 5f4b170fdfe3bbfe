"""Reminders as they are written by whoever decides them: one claim or several, with fee and interest."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from customers.models import Customer
from foundation.ids import uuid7
from invoicing.actions.demands import NewDemand, SentDemand, send_demands
from invoicing.dispatching.plain import StandsOn
from invoicing.documents.facts import PaymentAccount
from invoicing.models import Delivery, Invoice
from invoicing.papers import demand_queries
from invoicing.papers.demand import (
    KIND_OF_STEP,
    Demand,
    DemandedAddition,
    DemandedClaim,
    InterestPart,
    Step,
)
from invoicing.parties import buyer_of, seller_today
from tenants.audit import Actor
from tenants.models import Organization
from tests import builders

DEADLINE = builders.TODAY + timedelta(days=14)
ACCOUNT = PaymentAccount(account_number="15030000100", iban="NO9315030000100", bic="DNBANOKK")


def claim_of(invoice: Invoice, **more: Any) -> DemandedClaim:
    """The invoice as a letter demands it, by what it came to."""
    assert invoice.due_date is not None
    values = {
        "receivable_id": str(invoice.receivable_id),
        "document_number": str(invoice.number),
        "issue_date": invoice.issue_date,
        "due_date": invoice.due_date,
        "original": invoice.payable_amount,
        "paid": Decimal("0.00"),
        "open": invoice.payable_amount,
        "reference": invoice.kid,
    }
    return DemandedClaim(**{**values, **more})


def interest(principal: Decimal, first: date = date(2026, 6, 1)) -> tuple[InterestPart, ...]:
    """Two parts, with the rates of two half-years."""
    end = date(2026, 6, 30)
    return (
        InterestPart(
            first=first, last=end, days=30, rate=Decimal("12.00"), principal=principal, amount=Decimal("12.33")
        ),
        InterestPart(
            first=date(2026, 7, 1),
            last=date(2026, 7, 10),
            days=10,
            rate=Decimal("12.25"),
            principal=principal,
            amount=Decimal("4.20"),
        ),
    )


def demand_of(
    organization: Organization, customer: Customer, *claims: DemandedClaim, step: Step = Step.REMINDER, **more: Any
) -> Demand:
    """A letter to the customer about these claims."""
    with builders.in_organization(organization):
        seller = seller_today(organization, footer="")
    values: dict[str, Any] = {
        "language": customer.language or organization.language,
        "kind": KIND_OF_STEP[step],
        "step": step.value,
        "day": builders.TODAY,
        "currency": "NOK",
        "deadline": DEADLINE,
        "claims": claims,
        "account": ACCOUNT,
        "seller": seller,
        "buyer": buyer_of(customer),
    }
    return Demand(**{**values, **more})


def full_demand(organization: Organization, customer: Customer, *invoices: Invoice, **more: Any) -> Demand:
    """A letter with everything that a letter can say: a disputed part, fee, interest, earlier additions, a credit."""
    first, *others = invoices
    claims = [
        claim_of(
            first,
            paid=Decimal("100.00"),
            open=first.payable_amount - 100,
            held=Decimal("200.00"),
            fee=Decimal("38.00"),
            interest=Decimal("16.53"),
            parts=interest(first.payable_amount - 100),
        ),
        *(claim_of(other) for other in others),
    ]
    earlier = DemandedAddition(
        kind="fee", day=date(2026, 6, 20), amount=Decimal("35.00"), document_number=str(first.number)
    )
    values: dict[str, Any] = {"earlier": (earlier,), "credit": Decimal("50.00"), **more}
    return demand_of(organization, customer, *claims, **values)


def new_demand(organization: Organization, invoice: Invoice, *, step: Step = Step.REMINDER, **more: Any) -> NewDemand:
    """A letter about one invoice, by the customer's own way, that stands on what the invoice comes to."""
    customer = invoice.customer
    with builders.in_organization(organization):
        ways = demand_queries.ways_to(organization, [customer.pk])[customer.pk]
    assert invoice.receivable_id is not None
    demand = more.pop("demand", None) or demand_of(organization, customer, claim_of(invoice), step=step)
    values: dict[str, Any] = {
        "id": uuid7(),
        "kind": demand.kind,
        "customer_id": customer.pk,
        "demand": demand,
        "key": "level-1",
        "recipients": ways[:1],
        "chain": ways[1:],
        "stands_on": [StandsOn(invoice.receivable_id, invoice.payable_amount)],
    }
    return NewDemand(**{**values, **more})


def written(organization: Organization, *demands: NewDemand) -> list[SentDemand]:
    """The letters written in one transaction, as the sending job does."""
    with builders.in_organization(organization), transaction.atomic():
        return send_demands(organization, demands, actor=Actor.system(), now=timezone.now())


def deliveries_of(organization: Organization, paper_id: UUID) -> list[Delivery]:
    """Every delivery of a letter in the order in which they were made."""
    with builders.in_organization(organization):
        return list(Delivery.objects.of(organization).filter(subject_id=paper_id).order_by("made_at", "id"))
