"""What a provider tells of disputes about an attempt's money: told to staff, booked where it is lost, held meanwhile.

The same disputes told again change nothing, in whatever order they come.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from foundation.money import round_amount
from payments.actions.chargebacks import Chargeback, charged_back, take_chargeback
from payments.actions.registering import register_payments
from payments.holds import ClaimIsSettled, place_hold, release_hold
from payments.models import Hold, HoldKind, PaymentAttempt, PaymentSource
from payments.online.news import tell_staff
from payments.providers import base
from payments.providers.base import Dispute
from payments.terms import Part, PaymentTerms
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

# Of several disputes about the same money the one that may still cost something is shown.
_WEIGHT = {base.DISPUTE_OPEN: 2, base.DISPUTE_LOST: 1, base.DISPUTE_WON: 0}


def note_disputes(
    organization: Organization, attempt: PaymentAttempt, disputes: Sequence[Dispute], *, day: date, now: datetime
) -> None:
    """Bring a locked attempt, its money and its claims to where its disputes stand, in the caller's transaction."""
    if not disputes:
        return
    is_new = False
    for dispute in disputes:
        if dispute.state == base.DISPUTE_LOST:
            is_new |= _take(organization, attempt, dispute, day=day, now=now)
        elif dispute.state == base.DISPUTE_WON:
            is_new |= _give_back(organization, attempt, dispute, day=day, now=now)
    shown = max(disputes, key=lambda each: (_WEIGHT[each.state], each.reference))
    if _is_news(attempt, shown):
        attempt.dispute_reference, attempt.dispute_state = shown.reference[:120], shown.state
        _tell(organization, attempt, shown)
        is_new = True
    if is_new and shown.state == base.DISPUTE_WON:
        _release(organization, attempt, now=now)
    elif is_new:
        _hold(organization, attempt, now=now)


def _is_news(attempt: PaymentAttempt, shown: Dispute) -> bool:
    if attempt.dispute_reference != shown.reference:
        return True
    # An answer that was on its way for long does not open again what is decided.
    is_decided = attempt.dispute_state in {base.DISPUTE_WON, base.DISPUTE_LOST}
    return attempt.dispute_state != shown.state and not (is_decided and shown.state == base.DISPUTE_OPEN)


def _tell(organization: Organization, attempt: PaymentAttempt, dispute: Dispute) -> None:
    facts = {"customer": attempt.customer.name, "amount": str(dispute.amount), "currency": attempt.currency}
    link = f"payments/{attempt.payment_id}/" if attempt.payment_id else ""
    key = f"online_dispute:{attempt.pk}:{dispute.reference}:{dispute.state}"
    tell_staff(organization, f"online.dispute_{dispute.state}", facts, link=link, key=key)
    audit.record(_provider(attempt), f"dispute.{dispute.state}", attempt, amount=str(dispute.amount))


def _take(organization: Organization, attempt: PaymentAttempt, dispute: Dispute, *, day: date, now: datetime) -> bool:
    """Book what the bank took; the claims stand open. Whether anything was booked."""
    if attempt.payment_id is None:
        return False
    told = Chargeback(
        key=_key(attempt, dispute),
        amount=dispute.amount,
        fee=dispute.fee,
        reason=_("The customer’s bank has taken the money back."),
    )
    actor = _provider(attempt)
    return take_chargeback(organization, attempt.payment_id, told, actor=actor, day=day, now=now) is not None


def _give_back(
    organization: Organization, attempt: PaymentAttempt, dispute: Dispute, *, day: date, now: datetime
) -> bool:
    """A dispute that was lost is won after all, by an appeal: the money has come once more, and is kept once more."""
    key = _key(attempt, dispute)
    amount = charged_back(organization, key)
    if not amount or attempt.payment is None:
        return False
    terms = PaymentTerms(
        key=f"{key}/won",
        day=day,
        currency=attempt.payment.currency,
        amount=amount,
        method=attempt.payment.method,
        source=PaymentSource.ONLINE,
        account_id=attempt.payment.account_id,
        customer_id=attempt.customer_id,
        base_amount=round_amount(attempt.payment.base_amount * amount / attempt.payment.amount),
        reference=attempt.payment_reference,
        payer_name=attempt.customer.name,
        parts=[Part(receivable_id=part.receivable_id) for part in attempt.parts.all()],
    )
    [kept] = register_payments(organization, [terms], actor=_provider(attempt), now=now)
    return kept.is_new


def _key(attempt: PaymentAttempt, dispute: Dispute) -> str:
    return f"{attempt.account.provider}:{attempt.account_id}:{dispute.reference}"


def _provider(attempt: PaymentAttempt) -> Actor:
    return Actor.system(str(attempt.account))


def _held(organization: Organization, attempt: PaymentAttempt) -> dict[UUID, Hold]:
    """The holds for a dispute that the provider's word has placed on the attempt's claims, by claim."""
    ids = [part.receivable_id for part in attempt.parts.all()]
    rows = Hold.objects.of(organization).filter(receivable_id__in=ids, kind=HoldKind.DISPUTE, released_at=None)
    return {hold.receivable_id: hold for hold in rows.filter(made_by=_provider(attempt).name)}


def _release(organization: Organization, attempt: PaymentAttempt, *, now: datetime) -> None:
    for hold in _held(organization, attempt).values():
        release_hold(organization, hold.pk, reason=_("The bank has decided for us."), actor=_provider(attempt), now=now)


def _hold(organization: Organization, attempt: PaymentAttempt, *, now: datetime) -> None:
    """Hold what is open of the attempt's claims; a claim that is paid needs no hold."""
    held = _held(organization, attempt)
    for receivable_id in sorted(part.receivable_id for part in attempt.parts.all()):
        if receivable_id in held:
            continue
        try:
            hold = place_hold(
                organization,
                receivable_id,
                kind=HoldKind.DISPUTE,
                reason=_("The customer disputes the payment at the bank."),
                actor=_provider(attempt),
                now=now,
            )
        except ClaimIsSettled:
            continue
        attempt.hold = attempt.hold or hold
