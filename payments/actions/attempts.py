"""Attempts to pay online: begun by the customer or by us, called off, and moved on when a state has lasted too long.

Nothing here speaks to a provider: what is asked of one is put into the outbox. Locks: claims, then attempts, then
payments, then the voucher series.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.postgres.functions import TransactionNow
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from foundation.ids import uuid7
from payments import errors
from payments import queries as ledger
from payments.additions import root_of
from payments.models import (
    AttemptKind,
    AttemptPart,
    AttemptState,
    PaymentAttempt,
    ProviderAccount,
    Receivable,
)
from payments.online import queries, states
from payments.online.news import tell_staff
from tenants import audit, outbox
from tenants.audit import Actor
from tenants.models import Organization

START, CANCEL, LOOK, CHARGE = (
    "payments.start_attempt",
    "payments.cancel_attempt",
    "payments.look_at_attempt",
    "payments.charge_method",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutTerms:
    """What a customer is about to pay on a provider's page; the return path gets the attempt's id at its end."""

    account_id: UUID
    receivable_ids: Sequence[UUID]
    return_path: str
    language: str
    saves_method: bool = False
    mandate_text: str = ""
    id: UUID = field(default_factory=uuid7)


@transaction.atomic
def begin_checkout(organization: Organization, terms: CheckoutTerms, *, actor: Actor, now: datetime) -> PaymentAttempt:
    """Begin to pay what is open on these claims and what was added to them for late payment.

    A page that is open for the same amount is used again.
    Another open page for the same claims is closed first. Where money is under way already, PaymentIsUnderWay.
    """
    named = set(terms.receivable_ids)
    claims, open_now = ledger.lock_with_balances(organization.pk, named, with_additions=True)
    if not claims or named - claims.keys():
        raise Http404
    owed = {key: open_now[key].currency_amount for key in claims if open_now[key].currency_amount > 0}
    if not owed:
        raise errors.NothingIsOwed(_("Nothing is owed any more."))
    account = _usable(organization, terms.account_id, {claims[key].currency for key in owed})
    amount = sum(owed.values(), Decimal(0))
    key = queries.claims_key({root_of(claims[key]) for key in owed})
    for standing in queries.lock_open_attempts(organization, claims):
        if standing.claims_key != key or standing.cancel_asked_at is not None:
            continue
        if standing.state in states.PROMISED:
            raise errors.PaymentIsUnderWay(_("A payment is on its way already. Wait until it is through."))
        if _serves(standing, terms, amount, now):
            return standing
        _call_off(standing)
    attempt = _new(organization, account, [claims[key] for key in owed], amount, now=now)
    attempt.kind, attempt.id, attempt.started_by = AttemptKind.CHECKOUT, terms.id, actor.name
    attempt.key, attempt.language = f"checkout:{terms.id}", terms.language
    attempt.return_path = f"{terms.return_path}{terms.id}/"
    attempt.saves_method = terms.saves_method and account.saves_methods
    attempt.mandate_text = terms.mandate_text if attempt.saves_method else ""
    _store(organization, attempt, owed, START)
    audit.record(actor, "online.begun", claims[next(iter(owed))], amount=str(attempt), provider=str(account))
    return attempt


def _serves(standing: PaymentAttempt, terms: CheckoutTerms, amount: Decimal, now: datetime) -> bool:
    return (
        standing.amount == amount
        and standing.account_id == terms.account_id
        and standing.kind == AttemptKind.CHECKOUT
        and standing.saves_method == (terms.saves_method and standing.account.saves_methods)
        and standing.expires_at > now
    )


def _usable(organization: Organization, account_id: UUID, currencies: set[str]) -> ProviderAccount:
    account = queries.get_account(organization, account_id)
    if not account.is_active or account.connected_at is None or not currencies <= set(account.currencies):
        raise errors.CannotPayOnline(_("This cannot be paid online now. Pay it in your bank."))
    if len(currencies) > 1:
        raise errors.CannotPayOnline(_("Amounts in several currencies are paid one currency at a time."))
    return account


def _new(
    organization: Organization,
    account: ProviderAccount,
    claims: Sequence[Receivable],
    amount: Decimal,
    *,
    now: datetime,
) -> PaymentAttempt:
    customers = {claim.customer_id for claim in claims}
    if len(customers) > 1:
        raise Http404  # nobody pays for somebody else by a mistake of ours
    return PaymentAttempt(
        organization=organization,
        account=account,
        customer_id=customers.pop(),
        claims_key=queries.claims_key({root_of(claim) for claim in claims}),
        currency=claims[0].currency,
        amount=amount,
        state=AttemptState.CREATED,
        state_since=now,
        look_at=states.next_look(0, now),
        expires_at=now + states.PAGE_LIVES,
        created_at=now,
    )


def _store(organization: Organization, attempt: PaymentAttempt, owed: dict[UUID, Decimal], task: str) -> None:
    attempt.save(force_insert=True)
    AttemptPart.objects.bulk_create(
        [
            AttemptPart(organization=organization, attempt=attempt, receivable_id=receivable_id, amount=amount)
            for receivable_id, amount in owed.items()
        ]
    )
    if task:
        ask(organization.pk, task, attempt.pk, key=f"{task}:{attempt.pk}")


@transaction.atomic
def begin_charge(
    organization: Organization, method_id: UUID, receivable_id: UUID, *, key: str, actor: Actor, now: datetime
) -> PaymentAttempt:
    """Begin to charge a saved method for what is open on a claim; the same key is the same charge.

    The caller asks the provider after the commit. An open page for the claim is closed first.
    """
    claims, open_now = ledger.lock_with_balances(organization.pk, [receivable_id], with_additions=True)
    if receivable_id not in claims:
        raise Http404
    method = queries.lock_method(organization, method_id)
    standing = PaymentAttempt.objects.of(organization).filter(key=key).first()
    if standing is not None:
        return queries.get_attempt(organization, standing.pk)
    if method.revoked_at is not None or method.customer_id != claims[receivable_id].customer_id:
        raise errors.CannotPayOnline(_("This saved method cannot be charged. The customer must agree to another one."))
    owed = {key: balance.currency_amount for key, balance in open_now.items() if balance.currency_amount > 0}
    if not owed:
        raise errors.NothingIsOwed(_("Nothing is owed any more."))
    account = _usable(organization, method.account_id, {claims[receivable_id].currency})
    call_off_attempts(organization, claims)
    attempt = _new(organization, account, [claims[key] for key in owed], sum(owed.values(), Decimal(0)), now=now)
    attempt.id, attempt.kind, attempt.saved_method = uuid7(), AttemptKind.CHARGE, method
    attempt.key, attempt.started_by = key, actor.name
    _store(organization, attempt, owed, "")
    audit.record(actor, "online.charged", claims[receivable_id], amount=str(attempt), method=str(method))
    return queries.get_attempt(organization, attempt.pk)


def call_off_attempts(organization: Organization, receivable_ids: Iterable[UUID]) -> int:
    """Close the pages on which these claims could still be paid, in the caller's transaction; returns how many.

    The caller holds the locks of the claims. Where a customer has paid or is about to, PaymentIsUnderWay. Money that
    comes all the same stays with the payer.
    """
    found = queries.lock_open_attempts(organization, receivable_ids)
    if any(attempt.state in states.PROMISED for attempt in found):
        raise errors.PaymentIsUnderWay(
            _(
                "The customer is paying this online at the moment. Wait until the payment is through, then credit "
                "and refund it; or until it has failed."
            )
        )
    waiting = [attempt for attempt in found if attempt.cancel_asked_at is None]
    for attempt in waiting:
        _call_off(attempt)
    return len(waiting)


def _call_off(attempt: PaymentAttempt) -> None:
    rows = PaymentAttempt.objects.of(attempt.organization_id).filter(pk=attempt.pk)
    rows.update(cancel_asked_at=TransactionNow())
    ask(attempt.organization_id, CANCEL, attempt.pk, key=f"{CANCEL}:{attempt.pk}")


def ask(organization_id: UUID, task: str, attempt_id: UUID, *, key: str) -> None:
    """Have a worker speak to the provider about an attempt, once under a key, in the caller's transaction."""
    outbox.put_each(organization_id, [outbox.Effect(task, attempt_id, key, {}, leaves_house=True)])


@transaction.atomic
def note_page(
    organization: Organization, attempt_id: UUID, *, reference: str, address: str, now: datetime
) -> PaymentAttempt:
    """The provider has made the page: the customer can go there."""
    attempt = queries.lock_attempt(organization, attempt_id)
    attempt.checkout_reference, attempt.address = reference[:120], address
    if attempt.state == AttemptState.CREATED:
        _move(attempt, AttemptState.PENDING, now)
    attempt.save()
    return attempt


@transaction.atomic
def note_refusal(
    organization: Organization, attempt_id: UUID, *, code: str, text: str, decline: str = "", now: datetime
) -> PaymentAttempt:
    """The provider would not: the attempt has failed, and a new one may be made."""
    attempt = queries.lock_attempt(organization, attempt_id)
    if attempt.state in states.OPEN:
        attempt.reason_code, attempt.reason, attempt.decline = code[:60], text[:300], decline
        _move(attempt, AttemptState.FAILED, now)
        attempt.save()
        audit.record(Actor.system(), "online.failed", attempt, reason=attempt.reason or attempt.reason_code)
    return attempt


@transaction.atomic
def note_silence(organization: Organization, attempt_id: UUID, *, now: datetime) -> PaymentAttempt:
    """The provider did not answer what it may have done: nobody tries again before it has told."""
    attempt = queries.lock_attempt(organization, attempt_id)
    if states.may_follow(attempt.state, states.UNKNOWN):
        _move(attempt, AttemptState.UNKNOWN, now)
        attempt.look_at = states.next_look(0, now)
        attempt.save()
    return attempt


@transaction.atomic
def note_nothing_there(organization: Organization, attempt_id: UUID, *, now: datetime) -> PaymentAttempt:
    """The provider knows of nothing under our key: what was not known, and is not under way, has not happened."""
    attempt = queries.lock_attempt(organization, attempt_id)
    is_silent = attempt.state == AttemptState.UNKNOWN and now >= attempt.state_since + states.SILENCE_MIN
    is_over = is_silent or (attempt.state != AttemptState.UNKNOWN and attempt.cancel_asked_at is not None)
    if is_over and states.may_follow(attempt.state, states.CANCELLED):
        _move(attempt, AttemptState.CANCELLED, now)
        attempt.save()
    return attempt


@transaction.atomic
def note_look(organization: Organization, attempt_id: UUID, *, now: datetime) -> PaymentAttempt:
    """Say when the provider is asked again; a state that has lasted too long ends here."""
    attempt = queries.lock_attempt(organization, attempt_id)
    if attempt.state not in states.OPEN:
        return attempt
    attempt.looks += 1
    attempt.look_at = states.next_look(attempt.looks, now)
    after = states.overdue_state(attempt.state, attempt.state_since, now)
    if after:
        before = attempt.state
        _move(attempt, after, now)
        audit.record(Actor.system(), "online.overdue", attempt, before=before)
        if AttemptState.UNKNOWN in {after, before}:
            facts = {"customer": attempt.customer.name, "amount": str(attempt.amount), "currency": attempt.currency}
            tell_staff(organization, "online.unknown", facts, link="", key=f"online:{attempt.pk}:{after}")
    attempt.save()
    return attempt


def _move(attempt: PaymentAttempt, state: Any, now: datetime) -> None:
    attempt.state, attempt.state_since = str(state), now
    if state == AttemptState.PENDING:
        attempt.looks, attempt.look_at = 0, states.next_look(0, now)


@transaction.atomic
def look_again(organization: Organization, attempt_id: UUID) -> PaymentAttempt:
    """Have the provider asked at once: the customer has come back, or somebody wants to know."""
    attempt = queries.lock_attempt(organization, attempt_id)
    if attempt.state in states.OPEN and not is_asked(organization, attempt_id):
        ask(organization.pk, LOOK, attempt.pk, key=f"{LOOK}:{attempt.pk}:{uuid7()}")
    return attempt


def is_asked(organization: Organization, attempt_id: UUID) -> bool:
    """Whether a worker is about to ask the provider already."""
    return queries.is_waiting(organization, attempt_id, LOOK)


@dataclass(frozen=True, slots=True)
class Taking:
    """What is to be done with reserved money: take it, or give it back where nothing is owed any more."""

    attempt: PaymentAttempt
    is_wanted: bool


@transaction.atomic
def decide_taking(organization: Organization, attempt_id: UUID) -> Taking | None:
    """Whether reserved money is taken, asked under the locks of its claims; None where nothing is reserved."""
    parts = [part.receivable_id for part in queries.get_attempt(organization, attempt_id).parts.all()]
    claims = ledger.lock_receivables(organization.pk, parts)
    attempt = queries.lock_attempt(organization, attempt_id)
    if attempt.state != AttemptState.AUTHORIZED:
        return None
    open_now = ledger.balances(organization.pk, claims)
    return Taking(attempt, any(balance.currency_amount > 0 for balance in open_now.values()))
