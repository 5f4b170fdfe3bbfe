"""What a provider says about an attempt becomes what we know: one function for page, message and reconciler alike.

Money is kept once per reference of the provider, pays what is still open of the attempt's claims, and stays with the
payer where nothing is. What is told again changes nothing, in whatever order it comes.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.money import convert_amount
from payments import errors
from payments import queries as ledger
from payments.actions.applying import reverse_payment
from payments.actions.disputes import note_disputes
from payments.actions.registering import Registered, register_payments
from payments.models import (
    AttemptKind,
    AttemptState,
    Payment,
    PaymentAttempt,
    PaymentSource,
    Receivable,
    Refund,
    SavedMethod,
)
from payments.online import queries, states
from payments.online.news import tell_staff
from payments.online.secrets import hash_of, seal_token
from payments.providers import base
from payments.providers.base import Capture, ProviderPayment
from payments.terms import Part, PaymentTerms
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

CENT = Decimal("0.01")


@transaction.atomic
def record_provider_payment(
    organization: Organization, attempt_id: UUID, truth: ProviderPayment, *, now: datetime
) -> PaymentAttempt:
    """Bring an attempt to where the provider says that it stands; returns it as it stands then."""
    attempt, claims = _lock(organization, attempt_id)
    attempt.checkout_reference = attempt.checkout_reference or truth.checkout_reference[:120]
    attempt.payment_reference = attempt.payment_reference or truth.payment_reference[:120]
    if truth.captures:
        _keep_money(organization, attempt, truth, claims, now=now)
        _keep_method(organization, attempt, truth, now=now)
        _tell_of_refunds_elsewhere(organization, attempt, truth)
    elif attempt.state == AttemptState.CAPTURED and truth.state == base.FAILED:
        _take_money_back(organization, attempt, truth, now=now)
    elif states.may_follow(attempt.state, truth.state) and truth.state != attempt.state:
        _move_on(organization, attempt, truth, now=now)
    note_disputes(organization, attempt, truth.disputes, day=_day_in_books(organization, now), now=now)
    attempt.save()
    return attempt


def _lock(organization: Organization, attempt_id: UUID) -> tuple[PaymentAttempt, dict[UUID, Receivable]]:
    """The attempt and every claim that its money touches or may touch; the claims first."""
    found = queries.get_attempt(organization, attempt_id)
    touched = {part.receivable_id for part in found.parts.all()}
    if found.payment_id is not None:
        touched |= {row.receivable_id for row in ledger.standing_allocations(organization, found.payment_id)}
    claims = ledger.lock_receivables(organization.pk, touched)
    return queries.lock_attempt(organization, attempt_id), claims


def _keep_money(
    organization: Organization,
    attempt: PaymentAttempt,
    truth: ProviderPayment,
    claims: dict[UUID, Receivable],
    *,
    now: datetime,
) -> None:
    day = _day_in_books(organization, truth.occurred_at)
    account = ledger.accounts_by_purpose(organization.pk)["provider_clearing"]
    parts = [Part(receivable_id=key) for key in sorted(part.receivable_id for part in attempt.parts.all())]
    base_rate = _rate(organization, truth.currency, day, list(claims))
    terms = [
        PaymentTerms(
            key=f"{attempt.account.provider}:{attempt.account_id}:{capture.reference}"[:120],
            day=day,
            currency=truth.currency,
            amount=capture.amount,
            method=truth.method,
            source=PaymentSource.ONLINE,
            account_id=account.pk,
            customer_id=attempt.customer_id,
            base_amount=None if base_rate is None else convert_amount(capture.amount, base_rate),
            fee=_fee(capture),
            reference=capture.reference,
            payer_name=attempt.customer.name,
            parts=parts if truth.currency == attempt.currency else (),
        )
        for capture in truth.captures
    ]
    kept = register_payments(organization, terms, actor=Actor.system(str(attempt.account)), now=now)
    if kept[0].payment.is_reversed:
        return  # it was here once and did not stay; what is said again of it changes nothing
    if attempt.state != AttemptState.CAPTURED:
        attempt.payment_id = attempt.payment_id or kept[0].payment.pk
        attempt.state, attempt.state_since = AttemptState.CAPTURED, now
        attempt.receipt_wanted_at = attempt.receipt_wanted_at or now
        attempt.decline = attempt.reason_code = attempt.reason = ""
    _tell_of_rests(organization, attempt, kept)


def _fee(capture: Capture) -> Decimal:
    return min(max(capture.fee, Decimal(0)), capture.amount - CENT)


def _day_in_books(organization: Organization, moment: datetime) -> date:
    """The day on which the money came where the organization is; the first open one where the books are closed."""
    day = moment.astimezone(zoneinfo.ZoneInfo(organization.time_zone)).date()
    closed = ledger.lock_of_period(organization)
    return closed + timedelta(days=1) if closed is not None and day <= closed else day


def _rate(organization: Organization, currency: str, day: date, claim_ids: Sequence[UUID]) -> Decimal | None:
    """The claims' own rate where none stands for the day: money is kept also where nobody has entered one."""
    if currency == organization.base_currency or ledger.exchange_rate(organization, currency, day) is not None:
        return None
    return queries.rate_of_claims(organization.pk, claim_ids) or Decimal(1)


def _tell_of_rests(organization: Organization, attempt: PaymentAttempt, kept: Sequence[Registered]) -> None:
    """Money that no invoice takes any more is the customer's; somebody should know, and can send it back."""
    for one in kept:
        if one.is_new and one.payment.unapplied:
            facts = {
                "customer": attempt.customer.name,
                "amount": str(one.payment.unapplied),
                "currency": one.payment.currency,
            }
            tell_staff(
                organization,
                "online.rest",
                facts,
                link=f"payments/{one.payment.pk}/",
                key=f"online_rest:{one.payment.pk}",
            )


def _keep_method(organization: Organization, attempt: PaymentAttempt, truth: ProviderPayment, *, now: datetime) -> None:
    if truth.saved is None or not attempt.saves_method or attempt.kind != AttemptKind.CHECKOUT:
        return
    saved = truth.saved
    token_sha256 = hash_of(saved.token)
    rows = SavedMethod.objects.of(organization).filter(account_id=attempt.account_id, token_sha256=token_sha256)
    if rows.exists():
        return
    method = SavedMethod.objects.create(
        organization=organization,
        customer_id=attempt.customer_id,
        account_id=attempt.account_id,
        token_sealed=seal_token(organization.pk, saved.token),
        token_sha256=token_sha256,
        brand=saved.brand[:30],
        last_digits=saved.last_digits[:4],
        expires=saved.expires[:7],
        mandate_text=attempt.mandate_text,
        agreed_at=now,
    )
    audit.record(Actor("customer", None, attempt.customer.name[:120]), "method.saved", method)


def _move_on(organization: Organization, attempt: PaymentAttempt, truth: ProviderPayment, *, now: datetime) -> None:
    was_promised = attempt.state == AttemptState.PROCESSING
    attempt.state, attempt.state_since = truth.state, now
    attempt.looks, attempt.look_at = 0, states.next_look(0, now)
    attempt.reason_code, attempt.reason = truth.code[:60], truth.text[:300]
    attempt.decline = truth.decline
    if truth.state not in {base.FAILED, base.CANCELLED, base.EXPIRED}:
        return
    audit.record(Actor.system(str(attempt.account)), f"online.{truth.state}", attempt, reason=truth.text or truth.code)
    if truth.decline == base.HARD and attempt.saved_method is not None:
        attempt.saved_method.problem = (truth.text or truth.code)[:200]
        attempt.saved_method.save(update_fields=["problem"])
    if was_promised and truth.state == base.FAILED:
        _tell_of_failure(organization, attempt, link="")
    if truth.decline == base.CUSTOMER:
        _tell_who_must_confirm(organization, attempt)


def _tell_who_must_confirm(organization: Organization, attempt: PaymentAttempt) -> None:
    """Charging again would be refused again: the customer pays on the page of the invoice, and staff is told so."""
    part = min(
        attempt.parts.all(), key=lambda part: part.receivable_id
    )  # the claim itself is older than what was added
    facts = {"customer": attempt.customer.name, "amount": str(attempt.amount), "currency": attempt.currency}
    link = f"receivables/{part.receivable_id}/"
    tell_staff(organization, "online.needs_customer", facts, link=link, key=f"online_confirm:{attempt.pk}")


def _take_money_back(
    organization: Organization, attempt: PaymentAttempt, truth: ProviderPayment, *, now: datetime
) -> None:
    """What counted as paid has not come: the claims stand open again."""
    payment = attempt.payment
    if payment is None or payment.is_reversed:
        return
    reason = truth.text or truth.code or _("The payment failed afterwards.")
    if _reverse(organization, payment, reason, attempt, now=now):
        attempt.state, attempt.state_since = AttemptState.FAILED, now
        attempt.reason_code, attempt.reason = truth.code[:60], truth.text[:300]
    _tell_of_failure(organization, attempt, link=f"payments/{payment.pk}/")


def _reverse(
    organization: Organization, payment: Payment, reason: str, attempt: PaymentAttempt, *, now: datetime
) -> bool:
    actor = Actor.system(str(attempt.account))
    day = _day_in_books(organization, now)
    try:
        reverse_payment(organization, payment.pk, reason=reason, actor=actor, day=day, now=now)
    except errors.PaymentIsInUse:
        return False  # some of it was paid back already: a person must look
    return True


def _tell_of_failure(organization: Organization, attempt: PaymentAttempt, *, link: str) -> None:
    facts = {
        "customer": attempt.customer.name,
        "amount": str(attempt.amount),
        "currency": attempt.currency,
        "reason": attempt.reason,
    }
    tell_staff(organization, "online.failed", facts, link=link, key=f"online_failed:{attempt.pk}")


def _tell_of_refunds_elsewhere(organization: Organization, attempt: PaymentAttempt, truth: ProviderPayment) -> None:
    """Money that was sent back at the provider, and not from here: the books do not know of it yet."""
    if not truth.refunded or attempt.payment_id is None:
        return
    ours = queries.refunded_through_provider(organization, attempt.payment_id)
    if truth.refunded > ours:
        facts = {
            "customer": attempt.customer.name,
            "amount": str(truth.refunded - ours),
            "currency": truth.currency,
        }
        key = f"online_refunded:{attempt.pk}:{truth.refunded}"
        tell_staff(organization, "online.refunded_elsewhere", facts, link=f"payments/{attempt.payment_id}/", key=key)


@transaction.atomic
def keep_returned_refund(organization: Organization, refund: Refund, *, problem: str, now: datetime) -> Payment:
    """What counted as paid back has come back: it is here again, once, the customer's to use or to send elsewhere."""
    payment = refund.payment
    terms = PaymentTerms(
        key=f"{payment.key.partition(':')[0]}:refund-returned:{refund.pk}",  # the same provider's money
        day=_day_in_books(organization, now),
        currency=payment.currency,
        amount=refund.amount,
        method=payment.method,
        source=PaymentSource.ONLINE,
        account_id=payment.account_id,
        customer_id=payment.customer_id,
        base_amount=refund.base_amount,
        reference=payment.reference,
        payer_name=payment.payer_name,
        note=problem,
    )
    [kept] = register_payments(organization, [terms], actor=Actor.system(), now=now)
    if kept.is_new:
        facts = {"amount": str(refund.amount), "currency": payment.currency, "reason": problem}
        link = f"payments/{kept.payment.pk}/"
        tell_staff(organization, "online.refund_failed", facts, link=link, key=f"refund_returned:{refund.pk}")
    return kept.payment
