"""Money comes in: kept once, in full, and set against what it pays.

Locks are taken in one order by everybody: claims by their ids, then payments by theirs, then the voucher series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils.translation import gettext as _

from foundation import rows
from foundation.ids import uuid7
from foundation.money import round_amount
from foundation.templatetags.formatting import format_day, language_of_page
from payments import bookings, errors, queries
from payments.additions import with_additions
from payments.ledger import VoucherDraft, post_vouchers
from payments.models import Allocation, AllocationKind, Payment, PaymentSettings, Receivable, Voucher
from payments.terms import Part, PaymentTerms, Rest, Share, share_out
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


@dataclass(frozen=True, slots=True)
class Registered:
    """A payment as it was kept, with what it paid; not new where the same key had been told of before."""

    payment: Payment
    allocations: list[Allocation]
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Kept:
    """One payment worked out, before anything is written."""

    payment: Payment
    shares: list[Share]
    voucher: VoucherDraft


def register_payment(
    organization: Organization, terms: PaymentTerms, *, actor: Actor, today: date, now: datetime
) -> Registered:
    """Keep one payment that somebody tells of; telling of the same key again returns what was kept the first time."""
    if terms.amount <= 0:
        raise errors.NotPositive(_("Write the amount that was received, more than 0."), field="amount")
    if terms.fee < 0 or terms.fee >= terms.amount:
        raise errors.FeeIsTooLarge(_("The fee is a part of the amount: less than what was received."), field="fee")
    if terms.day > today:
        raise errors.NotYet(_("Choose the day on which the money came: today or earlier."), field="day")
    try:
        with transaction.atomic():
            [registered] = register_payments(organization, [terms], actor=actor, now=now)
    except IntegrityError:
        # Told twice at the same moment: the other one was kept first.
        standing = queries.payments_by_key(organization, [terms.key]).get(terms.key)
        if standing is None:
            raise
        return Registered(standing, [], is_new=False)
    return registered


def register_payments(
    organization: Organization, terms: Sequence[PaymentTerms], *, actor: Actor, now: datetime
) -> list[Registered]:
    """Keep many payments in the same few statements, in the caller's transaction, in the order given.

    Each pays its parts up to what is open then, and after a claim paid without an amount what was added to it; the rest
    stays with the payer. A key that was kept before changes
    nothing. Raises RateIsMissing where a currency has no rate on its day, and PeriodIsClosed.
    """
    named = {part.receivable_id for item in terms for part in item.parts}
    claims, open_now = queries.lock_with_balances(organization.pk, named, with_additions=True)
    standing = queries.payments_by_key(organization, [item.key for item in terms])
    accounts = queries.accounts_by_purpose(organization.pk)
    limit = _small_difference_max(organization) if any(item.closes_small_difference for item in terms) else Decimal(0)
    kept: list[_Kept] = []
    told: set[str] = set()
    for item in terms:
        if item.key in standing or item.key in told:
            continue
        told.add(item.key)
        payment = _payment_of(organization, item, claims, actor=actor, now=now)
        rest = Rest(payment.amount, payment.base_amount)
        wanted = with_additions(item.parts, claims)
        own = [part for part in wanted if claim_of(claims, part).currency == payment.currency]
        most = limit if item.closes_small_difference else Decimal(0)
        shares = share_out(rest, own, open_now, small_difference_max=most)
        payment.unapplied, payment.unapplied_base = rest.amount, rest.base
        payment.applied = payment.amount - rest.amount
        kept.append(_Kept(payment, shares, bookings.payment_received(organization, payment, shares, rest, accounts)))
    allocations = _write(organization, kept, now=now)
    audit.record_each(actor, "payment.registered", [(one.payment, _facts(one.payment)) for one in kept], now=now)
    fresh = {one.payment.key: one.payment for one in kept}
    return [
        Registered(
            payment := fresh.get(item.key) or standing[item.key],
            allocations.get(payment.pk, []),
            is_new=item.key in fresh,
        )
        for item in terms
    ]


def claim_of(claims: dict[UUID, Receivable], part: Part) -> Receivable:
    """The locked claim that a part names, or 404."""
    claim = claims.get(part.receivable_id)
    if claim is None:
        raise Http404
    return claim


def new_allocation(
    organization_id: UUID, payment_id: UUID, share: Share, voucher: Voucher, *, now: datetime
) -> Allocation:
    """What one share of a payment leaves on its claim; not yet stored."""
    is_paid = not share.is_difference
    return rows.fresh(
        Allocation,
        id=uuid7(),
        organization_id=organization_id,
        receivable_id=share.receivable_id,
        kind=AllocationKind.PAYMENT if is_paid else AllocationKind.DIFFERENCE,
        payment_id=payment_id if is_paid else None,
        amount=share.amount,
        base_amount=share.base,
        payment_amount=share.payment_amount if is_paid else None,
        source_base_amount=share.payment_base if is_paid else None,
        voucher_id=voucher.pk,
        allocated_at=now,
    )


def _payment_of(
    organization: Organization, terms: PaymentTerms, claims: dict[UUID, Receivable], *, actor: Actor, now: datetime
) -> Payment:
    customer_id = terms.customer_id
    if customer_id is None and terms.parts:
        customer_id = claim_of(claims, terms.parts[0]).customer_id
    base = terms.base_amount if terms.base_amount is not None else _in_books(organization, terms)
    return rows.fresh(
        Payment,
        id=terms.id,
        organization_id=organization.pk,
        key=terms.key,
        customer_id=customer_id,
        day=terms.day,
        currency=terms.currency,
        amount=terms.amount,
        base_amount=base,
        fee=terms.fee,
        method=terms.method,
        source=terms.source,
        account_id=terms.account_id,
        reference=terms.reference[:140],
        payer_name=terms.payer_name[:140],
        payer_account=terms.payer_account[:40],
        note=terms.note[:300],
        registered_by=actor.name,
        registered_at=now,
    )


def _in_books(organization: Organization, terms: PaymentTerms) -> Decimal:
    if terms.currency == organization.base_currency:
        return terms.amount
    rate = queries.exchange_rate(organization, terms.currency, terms.day)
    if rate is None:
        raise errors.RateIsMissing(
            _("There is no exchange rate for %(currency)s on %(day)s. Enter one, or write what the bank credited.")
            % {"currency": terms.currency, "day": format_day(terms.day, language_of_page())},
            field="base_amount",
        )
    return round_amount(terms.amount * rate.rate)


def _small_difference_max(organization: Organization) -> Decimal:
    settings = rows.load(PaymentSettings, "WHERE organization_id = %s", [organization.pk])
    return settings[0].small_difference_max if settings else Decimal(0)


def _write(organization: Organization, kept: Sequence[_Kept], *, now: datetime) -> dict[UUID, list[Allocation]]:
    vouchers = post_vouchers(organization.pk, [one.voucher for one in kept])
    allocations: dict[UUID, list[Allocation]] = {}
    for one, voucher in zip(kept, vouchers, strict=True):
        one.payment.voucher_id = voucher.pk
        allocations[one.payment.pk] = [
            new_allocation(organization.pk, one.payment.pk, share, voucher, now=now) for share in one.shares
        ]
    rows.insert(organization.pk, [one.payment for one in kept])
    rows.insert(organization.pk, [row for own in allocations.values() for row in own])
    return allocations


def _facts(payment: Payment) -> dict[str, str]:
    return {
        "amount": f"{payment.amount} {payment.currency}",
        "day": payment.day.isoformat(),
        "source": payment.source,
        "applied": str(payment.applied),
        **({"reference": payment.reference} if payment.reference else {}),
    }
