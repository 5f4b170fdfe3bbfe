"""Money goes back to the payer: set aside when it is asked for, booked when it has left, never more than came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.ids import uuid7
from foundation.money import round_amount
from payments import bookings, chart, errors, queries
from payments.ledger import post_vouchers
from payments.models import Account, Payment, PaymentSource, Refund, RefundChannel, RefundState
from payments.terms import NOTHING, Rest
from tenants import audit, outbox
from tenants.audit import Actor
from tenants.models import Organization

REFUND_AT_PROVIDER = "payments.refund_at_provider"
ENDED = frozenset({RefundState.DONE, RefundState.FAILED, RefundState.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundTerms:
    """What is to be paid back of a payment, to whom and how; the same key is the same refund."""

    key: str
    amount: Decimal
    channel: str
    reason: str
    payee_name: str = ""
    payee_account: str = ""


@transaction.atomic
def request_refund(
    organization: Organization, payment_id: UUID, terms: RefundTerms, *, actor: Actor, day: date, now: datetime
) -> Refund:
    """Set an amount of a payment's unused rest aside to be paid back; what is paid out by hand is booked at once.

    Asking with the same key again returns the first refund.
    """
    payment = queries.lock_payment(organization, payment_id)
    standing = Refund.objects.of(organization).filter(key=terms.key).first()
    if standing is not None:
        return standing
    if terms.amount <= 0:
        raise errors.NotPositive(_("Write the amount to pay back, more than 0."), field="amount")
    if not terms.reason.strip():
        raise errors.ReasonIsMissing(_("Say why the money is paid back."), field="reason")
    if terms.amount > payment.unapplied:
        raise errors.RefundIsTooLarge(
            _("At most %(rest)s of this payment can be paid back: the rest pays invoices. Detach it from them first.")
            % {"rest": f"{payment.unapplied} {payment.currency}"},
            field="amount",
        )
    if terms.channel == RefundChannel.PROVIDER and payment.source != PaymentSource.ONLINE:
        raise errors.NotPaidOnline(
            _("This was not paid online, so it cannot go back to a card. Choose another way."), field="channel"
        )
    rest = Rest(payment.unapplied, payment.unapplied_base)
    base = rest.take(terms.amount)
    refund = Refund.objects.create(
        id=uuid7(),
        organization=organization,
        key=terms.key,
        payment=payment,
        amount=terms.amount,
        base_amount=base,
        reason=terms.reason.strip()[:300],
        channel=RefundChannel(terms.channel),
        payee_name=terms.payee_name[:140],
        payee_account=terms.payee_account[:40],
        requested_by=actor.name,
        requested_at=now,
    )
    payment.refunded += terms.amount
    payment.unapplied, payment.unapplied_base = rest.amount, rest.base
    payment.save(update_fields=["refunded", "unapplied", "unapplied_base"])
    audit.record(actor, "refund.requested", payment, amount=str(terms.amount), reason=refund.reason)
    if refund.channel == RefundChannel.PROVIDER:
        key = f"{REFUND_AT_PROVIDER}:{refund.pk}"
        effect = outbox.Effect(REFUND_AT_PROVIDER, refund.pk, key, {}, leaves_house=True)
        outbox.put_each(organization.pk, [effect])
    if refund.channel == RefundChannel.BY_HAND:
        _settle(organization, refund, account_id=None, actor=actor, day=day, now=now)
    return refund


@transaction.atomic
def hand_over_refund(organization: Organization, refund_id: UUID, *, provider_reference: str, actor: Actor) -> Refund:
    """Say that a refund is with the bank or the provider now; a second time changes nothing."""
    refund = queries.lock_refund(organization, refund_id)
    if refund.state == RefundState.REQUESTED:
        refund.state, refund.provider_reference = RefundState.HANDED_OVER, provider_reference[:120]
        refund.save(update_fields=["state", "provider_reference"])
        audit.record(actor, "refund.handed_over", refund.payment, amount=str(refund.amount))
    return refund


@transaction.atomic
def settle_refund(
    organization: Organization,
    refund_id: UUID,
    *,
    account_id: UUID | None = None,
    fee: Decimal = NOTHING,
    actor: Actor,
    day: date,
    now: datetime,
) -> Refund:
    """Book a refund that has left, from the payment's account unless told another; a second time changes nothing.

    A fee that was kept with it leaves the same account, in the payment's currency.
    """
    refund = queries.lock_refund(organization, refund_id)
    if refund.state == RefundState.DONE:
        return refund
    _refuse_ended(refund)
    return _settle(organization, refund, account_id=account_id, fee=fee, actor=actor, day=day, now=now)


@transaction.atomic
def end_refund(
    organization: Organization, refund_id: UUID, *, is_cancelled: bool, problem: str, actor: Actor, now: datetime
) -> Refund:
    """The money did not leave: it failed or was cancelled, and belongs to the payer again. Twice is as good as once."""
    refund = queries.lock_refund(organization, refund_id)
    ended = RefundState.CANCELLED if is_cancelled else RefundState.FAILED
    if refund.state == ended:
        return refund
    _refuse_ended(refund)
    refund.state, refund.problem, refund.settled_at = ended, problem[:300], now
    refund.save(update_fields=["state", "problem", "settled_at"])
    payment = refund.payment
    payment.refunded -= refund.amount
    payment.unapplied += refund.amount
    payment.unapplied_base += refund.base_amount
    payment.save(update_fields=["refunded", "unapplied", "unapplied_base"])
    audit.record(actor, f"refund.{ended}", payment, amount=str(refund.amount), reason=refund.problem)
    return refund


def _refuse_ended(refund: Refund) -> None:
    if refund.state in ENDED:
        raise errors.RefundHasEnded(
            _("This refund has ended: %(state)s. Ask for another one.") % {"state": refund.get_state_display().lower()}
        )


def _settle(
    organization: Organization,
    refund: Refund,
    *,
    account_id: UUID | None,
    fee: Decimal = NOTHING,
    actor: Actor,
    day: date,
    now: datetime,
) -> Refund:
    accounts = queries.accounts_by_purpose(organization.pk)
    paid_base = _worth(organization, refund, day)
    paid_from = account_id or _account_of(refund.payment, accounts)
    draft = bookings.refund_paid(
        organization, refund, paid_base=paid_base, fee=fee, account_id=paid_from, day=day, accounts=accounts
    )
    [voucher] = post_vouchers(organization.pk, [draft])
    refund.state, refund.voucher, refund.settled_at = RefundState.DONE, voucher, now
    refund.save(update_fields=["state", "voucher", "settled_at"])
    audit.record(actor, "refund.done", refund.payment, amount=str(refund.amount), voucher=voucher.label)
    return refund


def _account_of(payment: Payment, accounts: Mapping[str, Account]) -> UUID:
    """Where money leaves from: the account that it came to, or the bank where it came before the books moved here."""
    moved_in = payment.source == PaymentSource.MOVED_IN
    return accounts[chart.BANK].pk if moved_in else payment.account_id


def _worth(organization: Organization, refund: Refund, day: date) -> Decimal:
    """What the money is worth in the books on the day that it leaves; without a rate of the day as it was booked."""
    currency = refund.payment.currency
    if currency == organization.base_currency:
        return refund.base_amount
    rate = queries.exchange_rate(organization, currency, day)
    return refund.base_amount if rate is None else round_amount(refund.amount * rate.rate)
