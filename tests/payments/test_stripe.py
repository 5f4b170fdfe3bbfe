"""Stripe, spoken to by its own package over real HTTP: what it says is kept once, and its failures end somewhere."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from payments.actions import attempts, saved_methods
from payments.actions.refunds import RefundTerms, request_refund
from payments.models import Hold, PaymentAttempt, ProviderAccount, ProviderEvent, Refund, SavedMethod
from payments.online import queries as online
from payments.providers import stripe as stripe_door
from payments.tasks.online import reconcile_attempts
from tenants.models import JobItem, Notice, Organization
from tests import builders
from tests.invoicing.peppol_servers import serving
from tests.payments import online_world as world
from tests.payments.claims import owed, received_and_used
from tests.psp_sim import stripe_sim
from tests.psp_sim.faults import BUSY, CONFLICT, DELAY, DROP, ERROR_AFTER
from tests.psp_sim.stripe_sim import StripeSimulator
from tests.psp_sim.stripe_store import WEBHOOK_SECRET


@pytest.fixture
def stripe(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeSimulator]:
    """A running Stripe."""
    monkeypatch.setattr(stripe_door, "SECONDS", 2.0)
    simulator = StripeSimulator()
    with serving(simulator.answer) as address:
        settings.STRIPE_ADDRESS = simulator.address = address
        yield simulator


@pytest.fixture
def account(organization: Organization, stripe: StripeSimulator) -> ProviderAccount:
    """The organization's account there."""
    return _account(organization)


def _account(organization: Organization, **changes: Any) -> ProviderAccount:
    keys = {"api_key": stripe_sim.API_KEY, "webhook_secret": WEBHOOK_SECRET}
    return world.make_account(
        organization, "stripe", keys, account_reference="acct_simulated", saves_methods=True, **changes
    )


def _started(organization: Organization, account: ProviderAccount, *claims: Any, **changes: Any) -> PaymentAttempt:
    attempt = world.begin(organization, account, *claims, **changes)
    builders.run_background()
    return world.stored(organization, attempt)


def _tell(account: ProviderAccount, body: bytes, headers: dict[str, str]) -> int:
    address = reverse(
        "receive_from_provider",
        args=["stripe", f"{world.HOOK_SECRET}-{account.organization_id}-stripe"],
    )
    return Client().post(address, body, content_type="application/json", headers=headers).status_code


def _tell_all(account: ProviderAccount, stripe: StripeSimulator, events: list[dict[str, Any]]) -> None:
    for event in events:
        assert _tell(account, *stripe.signed(event)) == 200
    builders.run_background()


def _notices(organization: Organization) -> set[str]:
    with builders.in_organization(organization):
        return set(Notice.objects.of(organization).values_list("kind", flat=True))


def test_a_page_is_made_paid_and_kept_with_its_fee(
    organization: Organization, account: ProviderAccount, stripe: StripeSimulator
) -> None:
    first = world.claim(organization, "1000.00")
    attempt = _started(organization, account, first)
    assert attempt.state == "pending"
    assert attempt.address == f"{stripe.address}/pay/{attempt.checkout_reference}"
    stripe.pay(attempt.checkout_reference)
    _tell_all(account, stripe, stripe.events)
    [payment] = world.payments(organization)
    assert (payment.amount, payment.fee, payment.unapplied) == (Decimal(1000), Decimal("1.50"), Decimal(0))
    attempt = world.stored(organization, attempt)
    assert (attempt.state, attempt.payment_id, attempt.receipt_wanted_at is not None) == ("captured", payment.pk, True)
    with builders.in_organization(organization):
        assert owed(organization, first) == 0


def test_every_event_ten_times_in_any_order_is_the_same_end(
    organization: Organization, account: ProviderAccount, stripe: StripeSimulator
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    claims = [world.claim(organization, amount) for amount in ("100.00", "200.00", "300.00", "400.00")]
    started = [_started(organization, account, claim) for claim in claims]
    paid, declined, debit, refunded = (attempt.checkout_reference for attempt in started)
    stripe.pay(paid)
    stripe.pay(declined, stripe_sim.DECLINED)
    stripe.pay(debit, "pm_debit")
    stripe.settle_debit(debit, is_paid=True)
    stripe.pay(refunded)
    intent = stripe.objects[refunded]["payment_intent"]
    stripe.dispute(intent)
    stripe.dispute(intent, "lost")
    events = stripe.events * 10
    chance.shuffle(events)
    _tell_all(account, stripe, events)
    with builders.in_organization(organization):
        assert [owed(organization, claim) for claim in claims] == [0, Decimal(200), 0, Decimal(400)]
        assert ProviderEvent.objects.of(organization).count() == len(stripe.events)
        received, used = received_and_used(organization)
        assert received == used == Decimal(800)
    assert len(world.payments(organization)) == 3
    states = [world.stored(organization, attempt).state for attempt in started]
    assert states == ["captured", "pending", "captured", "captured"]


@pytest.mark.parametrize("fault", [DROP, ERROR_AFTER, CONFLICT, BUSY])
def test_a_page_that_was_asked_for_twice_is_one_page(
    organization: Organization, account: ProviderAccount, stripe: StripeSimulator, fault: str
) -> None:
    stripe.faults.expect("checkout.sessions.create", fault)
    attempt = _started(organization, account, world.claim(organization))
    assert attempt.state == "created"
    world.try_again(organization, attempt.pk)
    assert world.stored(organization, attempt).state == "pending"
    made = [row for row in stripe.objects.values() if row["object"] == "checkout.session"]
    assert len({row["client_reference_id"] for row in made}) == 1


def test_messages_that_are_not_genuine_are_refused_and_leave_nothing(
    organization: Organization, other_organization: Organization, account: ProviderAccount, stripe: StripeSimulator
) -> None:
    attempt = _started(organization, account, world.claim(organization))
    stripe.pay(attempt.checkout_reference)
    event = stripe.events[-1]
    body, headers = stripe.signed(event)
    assert _tell(account, body, {}) == 400
    assert _tell(account, body.replace(b"evt_", b"evt-"), headers) == 400
    assert _tell(account, *stripe.signed(event, secret="whsec_guessed")) == 400
    assert _tell(account, *stripe.signed(event, age=301)) == 400
    assert _tell(account, *stripe.signed({**event, "account": "acct_of_somebody_else"})) == 400
    assert _tell(account, *stripe.signed({**event, "livemode": True})) == 400
    assert _tell(account, b"x" * (2 * 1024 * 1024), headers) == 413
    assert _tell(account, *stripe.signed({"id": "evt"})) == 400
    foreign = world.make_account(
        other_organization, "stripe", {"api_key": stripe_sim.API_KEY, "webhook_secret": "whsec_of_theirs"}
    )
    assert _tell(foreign, body, headers) == 400
    assert Client().post("/hooks/stripe/no-such-secret/", body, content_type="application/json").status_code == 404
    builders.run_background()
    assert world.payments(organization) == []
    with builders.in_organization(organization):
        assert not ProviderEvent.objects.of(organization).exists()
    assert _tell(account, body, headers) == 200


def test_an_event_of_our_payment_at_another_account_moves_nothing(
    organization: Organization, other_organization: Organization, account: ProviderAccount, stripe: StripeSimulator
) -> None:
    theirs = _account(other_organization)
    attempt = _started(organization, account, world.claim(organization))
    stripe.pay(attempt.checkout_reference)
    _tell_all(theirs, stripe, stripe.events)
    assert world.payments(organization) == []
    assert world.payments(other_organization) == []


def test_a_debit_is_not_paid_before_it_is_and_may_fail(
    organization: Organization, account: ProviderAccount, stripe: StripeSimulator
) -> None:
    claim = world.claim(organization)
    attempt = _started(organization, account, claim)
    stripe.pay(attempt.checkout_reference, "pm_debit")
    _tell_all(account, stripe, stripe.events)
    assert world.stored(organization, attempt).state == "processing"
    assert world.payments(organization) == []
    stripe.settle_debit(attempt.checkout_reference, is_paid=False)
    _tell_all(account, stripe, stripe.events)
    assert world.stored(organization, attempt).state == "failed"
    assert "online.failed" in _notices(organization)


def test_money_that_did_not_stay_opens_the_claim_again(
    organization: Organization, account: ProviderAccount, stripe: StripeSimulator
) -> None:
    claim = world.claim(organization)
    attempt = _started(organization, account, claim)
    stripe.pay(attempt.checkout_reference)
    _tell_all(account, stripe, stripe.events)
    stripe.fail_afterwards(world.stored(organization, attempt).payment_reference)
    _tell_all(account, stripe, stripe.events)
    with builders.in_organization(organization):
        assert owed(organization, claim) == Decimal(1000)
    assert world.stored(organization, attempt).state == "failed"
    assert world.payments(organization)[0].is_reversed


def test_a_lost_dispute_takes_the_money_back_and_holds_the_claim(
    organization: Organization, account: ProviderAccount, stripe: StripeSimulator
) -> None:
    claim = world.claim(organization)
    attempt = _started(organization, account, claim)
    stripe.pay(attempt.checkout_reference)
    intent = stripe.objects[attempt.checkout_reference]["payment_intent"]
    stripe.dispute(intent)
    _tell_all(account, stripe, stripe.events)
    assert "online.dispute_open" in _notices(organization)
    with builders.in_organization(organization):
        assert owed(organization, claim) == 0
    stripe.dispute(intent, "lost")
    _tell_all(account, stripe, stripe.events)
    with builders.in_organization(organization):
        assert owed(organization, claim) == Decimal(1000)
        assert Hold.objects.of(organization).get().kind == "dispute"


@pytest.mark.parametrize("fault", ["", DROP, ERROR_AFTER])
def test_money_goes_back_once(
    organization: Organization, account: ProviderAccount, stripe: StripeSimulator, fault: str
) -> None:
    claim = world.claim(organization)
    attempt = _started(organization, account, claim)
    with builders.in_organization(organization):
        attempts.call_off_attempts(organization, [claim])
    stripe.pay(attempt.checkout_reference)
    world.pay_in_the_bank(organization, claim, "1000.00")
    _tell_all(account, stripe, stripe.events)
    stripe.faults.expect("refunds.create", fault)
    with builders.in_organization(organization):
        payment = online.get_attempt(organization, attempt.pk).payment
        assert payment is not None
        assert payment.unapplied == Decimal(1000)
        terms = RefundTerms(key="once", amount=Decimal(1000), channel="provider", reason="Betalt to ganger")
        refund = request_refund(
            organization, payment.pk, terms, actor=builders.actor_of(organization), day=builders.TODAY,
            now=timezone.now(),
        )  # fmt: skip
    builders.run_background()
    world.try_again(organization, refund.pk)
    with builders.in_organization(organization):
        assert Refund.objects.of(organization).get(pk=refund.pk).state == "done"
    assert sum(row["amount"] for row in stripe.objects.values() if row["object"] == "refund") == 100_000
    assert "online.rest" in _notices(organization)


def test_a_card_is_saved_with_its_mandate_and_charged_without_the_customer(
    organization: Organization, account: ProviderAccount, stripe: StripeSimulator
) -> None:
    customer = builders.make_customer(organization)
    first, second = (
        world.claim(organization, amount, customer=customer, due=world.DUE) for amount in ("100.00", "250.00")
    )
    attempt = _started(organization, account, first, saves_method=True, mandate_text="Jeg lar dere trekke kortet.")
    stripe.pay(attempt.checkout_reference)
    _tell_all(account, stripe, stripe.events)
    with builders.in_organization(organization):
        method = SavedMethod.objects.of(organization).get()
        assert (method.last_digits, method.mandate_text) == ("4242", "Jeg lar dere trekke kortet.")
        job = saved_methods.charge_many(
            organization, [second], actor=builders.actor_of(organization), key=world.fresh_key(), today=builders.TODAY
        )
    builders.run_background()
    with builders.in_organization(organization):
        assert owed(organization, second) == 0
        assert JobItem.objects.of(organization).get(job=job).state == "complete"
        saved_methods.revoke_method(organization, method.pk, actor=builders.actor_of(organization), now=timezone.now())
    builders.run_background()
    assert stripe.faults.calls["payment_methods.detach"] == 1
    with builders.in_organization(organization):
        assert online.chargeable_claims(organization, today=builders.TODAY) == []


REFUSALS = [(stripe_sim.DECLINED, "soft"), (stripe_sim.EXPIRED_CARD, "hard"), (stripe_sim.NEEDS_CUSTOMER, "customer")]


@pytest.mark.parametrize(("card", "decline"), REFUSALS)
def test_a_refused_charge_says_what_helps(
    organization: Organization, account: ProviderAccount, stripe: StripeSimulator, card: str, decline: str
) -> None:
    customer = builders.make_customer(organization)
    claim = world.claim(organization, customer=customer, due=world.DUE)
    token = json.dumps({"customer": "cus_1", "method": card})
    method = world.saved_method(organization, account, customer.pk, token)
    attempt = _charge(organization, claim)
    assert (attempt.state, attempt.decline) == ("failed", decline)
    with builders.in_organization(organization):
        assert bool(SavedMethod.objects.of(organization).get(pk=method.pk).problem) == (decline == "hard")
        assert owed(organization, claim) == Decimal(1000)
        assert JobItem.objects.of(organization).get().state == "failed"


def _charge(organization: Organization, claim: Any) -> PaymentAttempt:
    with builders.in_organization(organization):
        saved_methods.charge_many(
            organization, [claim], actor=builders.actor_of(organization), key=world.fresh_key(), today=builders.TODAY
        )
    builders.run_background()
    with builders.in_organization(organization):
        [attempt] = online.attempts_of_claim(organization, claim)
    return attempt


SILENCES = [(fault, told_by) for fault in (DROP, ERROR_AFTER, DELAY) for told_by in ("reconciler", "message")]


@pytest.mark.parametrize("silence", SILENCES)
def test_a_charge_without_an_answer_is_looked_for_and_never_made_twice(
    organization: Organization,
    account: ProviderAccount,
    stripe: StripeSimulator,
    monkeypatch: pytest.MonkeyPatch,
    silence: tuple[str, str],
) -> None:
    fault, told_by = silence
    monkeypatch.setattr(stripe_door, "SECONDS", 0.3)
    customer = builders.make_customer(organization)
    claim = world.claim(organization, customer=customer, due=world.DUE)
    token = json.dumps({"customer": "cus_1", "method": "pm_card_visa"})
    world.saved_method(organization, account, customer.pk, token)
    stripe.faults.expect("payment_intents.create", fault)
    attempt = _charge(organization, claim)
    assert attempt.state == "unknown"
    monkeypatch.setattr(stripe_door, "SECONDS", 2.0)
    if told_by == "message":  # which is here before any answer
        _tell_all(account, stripe, stripe.events)
    for _time in range(2):
        world.make_due(organization)
        reconcile_attempts()
    assert world.stored(organization, attempt).state == "captured"
    assert stripe.charges_made == 1
    assert len(world.payments(organization)) == 1
    with builders.in_organization(organization):
        assert owed(organization, claim) == 0
