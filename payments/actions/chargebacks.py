"""A lost dispute: the customer's bank took money back, the claims that it had paid stand open, and the fee is booked.

What was taken is told of as often as anybody likes; it is booked once. Everything here is in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext as _

from payments import errors, queries
from payments.actions.applying import apply_payment, detach
from payments.actions.refunds import RefundTerms, request_refund, settle_refund
from payments.models import Allocation, Payment, Receivable, Refund, RefundChannel, RefundState
from payments.terms import Part
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chargeback:
    """What a bank took back of a payment, under the key of its dispute, and what the provider kept for the trouble."""

    key: str
    amount: Decimal
    fee: Decimal
    reason: str


def charged_back(organization: Organization, key: str) -> Decimal:
    """What was booked as taken back under the key of a dispute."""
    rows = Refund.objects.of(organization).filter(channel=RefundChannel.CHARGEBACK, key__startswith=f"{key}/")
    told = rows.filter(state=RefundState.DONE).aggregate(sum=Sum("amount"))
    return told["sum"] or NOTHING


def take_chargeback(
    organization: Organization, payment_id: UUID, told: Chargeback, *, actor: Actor, day: date, now: datetime
) -> Refund | None:
    """Book what is missing of a chargeback; None where nothing is. The caller holds the locks of the payment's claims.

    Money that pays nothing goes first, then that of the newest claims. What was paid back before cannot go twice.
    """
    standing = queries.standing_allocations(organization, payment_id)
    claims = queries.lock_receivables(organization.pk, {row.receivable_id for row in standing})
    payment = queries.lock_payment(organization, payment_id)
    booked = charged_back(organization, told.key)
    amount = min(told.amount - booked, payment.amount - payment.refunded - payment.reversed)
    if amount <= 0:
        return None
    missing = amount - payment.unapplied
    if missing > 0:
        if queries.standing_allocations(organization, payment.pk) != standing:
            raise errors.PaymentIsInUse(_("The payment was used by somebody else at this moment. Try once more."))
        again = _free(organization, payment, standing, claims, missing=missing, day=day, now=now)
        if again is not None:
            apply_payment(organization, payment_id, [again], actor=actor, day=day, now=now)
    terms = RefundTerms(key=f"{told.key}/{booked}", amount=amount, channel=RefundChannel.CHARGEBACK, reason=told.reason)
    refund = request_refund(organization, payment_id, terms, actor=actor, day=day, now=now)
    fee = NOTHING if booked else told.fee
    refund = settle_refund(organization, refund.pk, fee=fee, actor=actor, day=day, now=now)
    facts = {"amount": f"{amount} {payment.currency}", "reason": told.reason}
    audit.record(actor, "payment.charged_back", payment, **facts, **({"fee": str(fee)} if fee else {}))
    return refund


def _free(
    organization: Organization,
    payment: Payment,
    standing: Sequence[Allocation],
    claims: dict[UUID, Receivable],
    *,
    missing: Decimal,
    day: date,
    now: datetime,
) -> Part | None:
    """Take as much off the newest claims as is missing; returns what was taken off too much, to pay its claim again."""
    chosen: list[Allocation] = []
    freed = NOTHING
    for row in reversed(standing):
        if freed < missing:
            chosen.append(row)
            freed += row.payment_amount or NOTHING
    detach(organization, payment, chosen, claims, day=day, now=now)
    last = claims[chosen[-1].receivable_id]
    if freed == missing or last.currency != payment.currency:
        return None
    return Part(receivable_id=last.pk, amount=freed - missing)
