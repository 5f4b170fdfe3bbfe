"""Money as people register it, for tests of what is done with it afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from customers.models import Customer
from foundation.ids import uuid7
from invoicing.models import Invoice
from payments import holds, queries
from payments.actions.additions import NewAddition, open_additions
from payments.actions.refunds import RefundTerms, request_refund
from payments.actions.taking import take_payment
from payments.actions.write_offs import LossGround, LossTerms, write_off_receivable
from payments.customer_holds import hold_customer
from payments.models import Allocation, Payment
from payments.terms import Part, PaymentTerms
from tenants.models import Organization
from tests import builders

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def pay(organization: Organization, amount: str, *claims: UUID | None, **more: Any) -> Payment:
    """A payment by hand, today, of these claims in turn; what is left over is kept."""
    with builders.in_organization(organization):
        terms: dict[str, Any] = {
            "key": f"manual:{uuid7()}",
            "day": builders.TODAY,
            "currency": "NOK",
            "method": "bank",
            "source": "manual",
            "account_id": queries.accounts_by_purpose(organization.pk)["bank"].pk,
            "parts": [Part(receivable_id=claim) for claim in claims if claim],
            **more,
        }
        return take_payment(
            organization,
            PaymentTerms(amount=Decimal(amount), **terms),
            actor=builders.actor_of(organization),
            today=builders.TODAY,
            now=NOW,
        ).payment


def owed(organization: Organization, invoice: Invoice) -> Decimal:
    """What is open on the claim of a document."""
    assert invoice.receivable_id is not None
    with builders.in_organization(organization):
        return queries.balances(organization.pk, [invoice.receivable_id])[invoice.receivable_id].currency_amount


def reread(organization: Organization, payment: Payment) -> Payment:
    """The payment as it is stored now."""
    with builders.in_organization(organization):
        return Payment.objects.of(organization).get(pk=payment.pk)


def standing(organization: Organization, payment: Payment) -> list[Allocation]:
    """What a payment pays now."""
    with builders.in_organization(organization):
        return queries.standing_allocations(organization, payment.pk)


def money_of_every_kind(organization: Organization, customer: Customer) -> dict[str, UUID]:
    """A payment with a rest, its use, a refund on its way, a loss and a hold on claims of their own that stay open."""
    invoice = builders.make_finalized_invoice(organization, customer)
    other = builders.make_finalized_invoice(organization, customer)
    assert invoice.receivable_id is not None
    payment = pay(organization, "500.00", invoice.receivable_id)
    kept = pay(organization, "300.00", customer_id=customer.pk)
    actor = builders.actor_of(organization)
    held = builders.make_customer(organization, name="Skal Ha Fred AS")
    with builders.in_organization(organization):
        back = RefundTerms(
            key="test", amount=Decimal("100.00"), channel="bank_file", reason="For mye", payee_account="86011117947"
        )
        refund = request_refund(organization, kept.pk, back, actor=actor, day=builders.TODAY, now=NOW)
        assert other.receivable_id is not None
        gone = LossTerms(ground=LossGround.OTHER, reason="Småbeløp", takes_vat_back=False, amount=Decimal("10.00"))
        loss = write_off_receivable(organization, other.receivable_id, gone, actor=actor, day=builders.TODAY, now=NOW)
        hold = holds.place_hold(
            organization, other.receivable_id, actor=actor, now=NOW, kind="dispute", reason="Feil pris"
        )
        [use] = queries.standing_allocations(organization, payment.pk)
        fee = NewAddition(
            id=uuid7(), principal_id=other.receivable_id, kind="fee", amount=Decimal("38.00"), text="Purregebyr"
        )
        with transaction.atomic():
            [addition] = open_additions(organization, [fee], day=builders.TODAY, now=NOW)
        customer_hold = hold_customer(
            organization, held.pk, kind="customer", reason="Skriftlig avtale", until=None, actor=actor, now=NOW
        )
    return {
        "payment": kept.pk,
        "use_of_payment": use.pk,
        "allocation": use.pk,
        "refund": refund.pk,
        "loss": loss.pk,
        "hold": hold.pk,
        "addition": addition,
        "customer_hold": customer_hold.pk,
        "claim": invoice.receivable_id,
        "receivable": invoice.receivable_id,
    }
