"""Stripe, spoken to by its own package over real HTTP: what it says is kept once, and its failures end somewhere."""

from __future__ import annotations

import inspect
import json
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import stripe as stripe_package
from django.test import Client
from django.utils import timezone, translation
from stripe import _error as stripe_errors

from payments.actions import attempts, saved_methods
from payments.actions.refunds import RefundTerms, hand_over_refund, request_refund
from payments.models import PaymentAttempt, ProviderAccount, ProviderEvent, Refund, SavedMethod
from payments.online import queries as online
from payments.online import states
from payments.proof import ledger_problems
from payments.providers import stripe as stripe_door
from payments.providers.base import NoAnswer, Refused
from payments.providers.stripe_words import decline_of
from payments.tasks.online import reconcile_attempts
from payments.tasks.online_refunds import look_at_refunds
from tenants.audit import Actor
from tenants.models import JobItem, Notice, Organization, OutboxRow
from tenants.notice_words import NoticeLine, line_of
from tests import builders
from tests.payments import online_world as world
from tests.payments.claims import owed
from tests.payments.stripe_world import notices_of, started, stripe_account_of, tell, tell_all
from tests.psp_sim import stripe_sim
from tests.psp_sim.faults import BUSY, CONFLICT, DELAY, DROP, ERROR_AFTER
from tests.psp_sim.stripe_sim import StripeSimulator


@pytest.fixture
def account(stripe_account: ProviderAccount) -> ProviderAccount:
    """The organization's account there."""
    return stripe_account


def test_a_page_is_made_paid_and_kept_with_its_fee(
    organization: Organization, account: ProviderAccount, stripe: StripeSimulator
) -> None:
    first = world.claim(organization, "1000.00")
    attempt = started(organization, account, first)
    assert attempt.state == "pending"
    assert attempt.address == f"{stripe.address}/pay/{attempt.checkout_reference}"
    stripe.pay(attempt.checkout_reference)
    tell_all(account, stripe, stripe.events)
    [payment] = world.payments(organization)
    assert (payment.amount, payment.fee, payment.unapplied) == (Decimal(1000), Decimal("1.50"), Decimal(0))
    attempt = world.stored(organization, attempt)
    assert (attempt.state, attempt.payment_id, attempt.receipt_wanted_at is not None) == ("captured", payment.pk, True)
    with builders.in_organization(organization):
        assert owed(organization, first) == 0


@pytest.mark.parametrize("fault", [DROP, ERROR_AFTER, CONFLICT, BUSY])
def test_a_page_that_was_asked_for_twice_is_one_page(
    organization: Organization, account: ProviderAccount, stripe: StripeSimulator, fault: str
) -> None:
    stripe.faults.expect("checkout.sessions.create", fault)
    attempt = started(organization, account, world.claim(organization))
    assert attempt.state == "created"
    world.try_again(organization, attempt.pk)
    assert world.stored(organization, attempt).state == "pending"
    made = [row for row in stripe.objects.values() if row["object"] == "checkout.session"]
    assert len({row["client_reference_id"] for row in made}) == 1


def test_messages_that_are_not_genuine_are_refused_and_leave_nothing(
    organization: Organization, other_organization: Organization, account: ProviderAccount, stripe: StripeSimulator
) -> None:
    attempt = started(organization, account, world.claim(organization))
    stripe.pay(attempt.checkout_reference)
    event = stripe.events[-1]
    body, headers = stripe.signed(event)
    assert tell(account, body, {}) == 400
    assert tell(account, body.replace(b"evt_", b"evt-"), headers) == 400
    assert tell(account, *stripe.signed(event, secret="whsec_guessed")) == 400
    assert tell(account, *stripe.signed(event, age=301)) == 400
    assert tell(account, *stripe.signed({**event, "account": "acct_of_somebody_else"})) == 400
    assert tell(account, *stripe.signed({**event, "livemode": True})) == 400
    assert tell(account, b"x" * (2 * 1024 * 1024), headers) == 413
    assert tell(account, *stripe.signed({"id": "evt"})) == 400
    foreign = world.make_account(
        other_organization, "stripe", {"api_key": stripe_sim.API_KEY, "webhook_secret": "whsec_of_theirs"}
    )
    assert tell(foreign, body, headers) == 400
    assert Client().post("/hooks/stripe/no-such-secret/", body, content_type="application/json").status_code == 404
    builders.run_background()
    assert world.payments(organization) == []
    with builders.in_organization(organization):
        assert not ProviderEvent.objects.of(organization).exists()
    assert tell(account, body, headers) == 200


def test_an_event_of_our_payment_at_another_account_moves_nothing(
    organization: Organization, other_organization: Organization, account: ProviderAccount, stripe: StripeSimulator
) -> None:
    theirs = stripe_account_of(other_organization)
    attempt = started(organization, account, world.claim(organization))
    stripe.pay(attempt.checkout_reference)
    tell_all(theirs, stripe, stripe.events)
    assert world.payments(organization) == []
    assert world.payments(other_organization) == []


def test_m_114_a_debit_is_not_paid_before_it_is_and_may_fail(
    organization: Organization, account: ProviderAccount, stripe: StripeSimulator
) -> None:
    claim = world.claim(organization)
    attempt = started(organization, account, claim)
    stripe.pay(attempt.checkout_reference, "pm_debit")
    tell_all(account, stripe, stripe.events)
    assert world.stored(organization, attempt).state == "processing"
    assert world.payments(organization) == []
    stripe.settle_debit(attempt.checkout_reference, is_paid=False)
    tell_all(account, stripe, stripe.events)
    assert world.stored(organization, attempt).state == "failed"
    assert "online.failed" in notices_of(organization)


def test_money_that_did_not_stay_opens_the_claim_again(
    organization: Organization, account: ProviderAccount, stripe: StripeSimulator
) -> None:
    claim = world.claim(organization)
    attempt = started(organization, account, claim)
    stripe.pay(attempt.checkout_reference)
    tell_all(account, stripe, stripe.events)
    stripe.fail_afterwards(world.stored(organization, attempt).payment_reference)
    tell_all(account, stripe, stripe.events)
    with builders.in_organization(organization):
        assert owed(organization, claim) == Decimal(1000)
    assert world.stored(organization, attempt).state == "failed"
    assert world.payments(organization)[0].is_reversed


@pytest.mark.parametrize("fault", ["", DROP, ERROR_AFTER])
def test_money_goes_back_once(
    organization: Organization, account: ProviderAccount, stripe: StripeSimulator, fault: str
) -> None:
    claim = world.claim(organization)
    attempt = started(organization, account, claim)
    with builders.in_organization(organization):
        attempts.call_off_attempts(organization, [claim])
    stripe.pay(attempt.checkout_reference)
    world.pay_in_the_bank(organization, claim, "1000.00")
    tell_all(account, stripe, stripe.events)
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
    assert "online.rest" in notices_of(organization)


def _refund_of(organization: Organization, attempt: PaymentAttempt) -> Refund:
    payment = world.stored(organization, attempt).payment
    assert payment is not None
    world.detach_all(organization, payment)
    with builders.in_organization(organization):
        terms = RefundTerms(key="back", amount=Decimal(400), channel="provider", reason="Kreditert")
        actor = builders.actor_of(organization)
        return request_refund(organization, payment.pk, terms, actor=actor, day=builders.TODAY, now=timezone.now())


def test_a_refund_that_comes_back_is_the_customers_money_again_once(
    organization: Organization, account: ProviderAccount, stripe: StripeSimulator
) -> None:
    attempt = started(organization, account, world.claim(organization))
    stripe.pay(attempt.checkout_reference)
    tell_all(account, stripe, stripe.events)
    refund = _refund_of(organization, attempt)
    builders.run_background()
    [made] = [row for row in stripe.objects.values() if row["object"] == "refund"]
    stripe.fail_refund(made["id"])
    tell_all(account, stripe, stripe.events * 2)
    tell_all(account, stripe, [{**stripe.events[-1], "id": "evt_again", "type": "refund.failed"}])
    first, returned = world.payments(organization)
    assert (first.unapplied, first.refunded) == (Decimal(600), Decimal(400))
    assert (returned.amount, returned.unapplied, returned.customer_id) == (
        Decimal(400),
        Decimal(400),
        first.customer_id,
    )
    assert "online.refund_failed" in notices_of(organization)
    with builders.in_organization(organization):
        assert Refund.objects.of(organization).get(pk=refund.pk).state == "done"
        assert list(ledger_problems(organization)) == []


def test_a_refund_that_never_came_to_stripe_is_the_customers_again(
    organization: Organization, account: ProviderAccount, stripe: StripeSimulator
) -> None:
    attempt = started(organization, account, world.claim(organization))
    stripe.pay(attempt.checkout_reference)
    tell_all(account, stripe, stripe.events)
    refund = _refund_of(organization, attempt)
    with builders.in_organization(organization):
        hand_over_refund(organization, refund.pk, provider_reference="x", actor=Actor.system())
        look_at_refunds(organization)
        assert Refund.objects.of(organization).get().state == "handed_over", "it is about to be asked for"
        OutboxRow.objects.of(organization).filter(subject_id=refund.pk).update(
            state="failed", finished_at=timezone.now()
        )
        look_at_refunds(organization)
        assert Refund.objects.of(organization).get().state == "handed_over", "it may be on its way"
        later = timezone.now() + timedelta(days=4)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(timezone, "now", lambda: later)
            look_at_refunds(organization)
        assert Refund.objects.of(organization).get().state == "failed"
    assert world.payments(organization)[0].unapplied == Decimal(1000)


def test_a_card_is_saved_with_its_mandate_and_charged_without_the_customer(
    organization: Organization, account: ProviderAccount, stripe: StripeSimulator
) -> None:
    customer = builders.make_customer(organization)
    first, second = (
        world.claim(organization, amount, customer=customer, due=world.DUE) for amount in ("100.00", "250.00")
    )
    attempt = started(organization, account, first, saves_method=True, mandate_text="Jeg lar dere trekke kortet.")
    stripe.pay(attempt.checkout_reference)
    tell_all(account, stripe, stripe.events)
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


REFUSALS = [
    (stripe_sim.DECLINED, "soft"),
    (stripe_sim.EXPIRED_CARD, "hard"),
    (stripe_sim.NEEDS_CUSTOMER, "customer"),
    (stripe_sim.NEEDS_ACTION, "customer"),
]


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
        offered = online.chargeable_claims(organization, today=builders.TODAY)
    assert bool(offered) == (decline == "soft"), "what cannot succeed is not offered again"
    if decline != "customer":
        return
    with translation.override("en"):
        [notice] = [line for line in _told(organization) if line.notice.kind == "online.needs_customer"]
    assert notice.notice.link == f"receivables/{claim}/"
    assert "must confirm" in notice.title
    standing = [row["status"] for row in stripe.objects.values() if row["object"] == "payment_intent"]
    assert "requires_action" not in standing, "nothing is left open at Stripe"
    for _time in range(2):
        world.make_due(organization)
        reconcile_attempts()
    tell_all(account, stripe, stripe.events)
    assert world.stored(organization, attempt).state == "failed"
    assert stripe.faults.calls["payment_intents.create"] == 1
    paying = started(organization, account, claim)
    stripe.pay(paying.checkout_reference)
    tell_all(account, stripe, stripe.events)
    with builders.in_organization(organization):
        assert owed(organization, claim) == 0


def _told(organization: Organization) -> list[NoticeLine]:
    with builders.in_organization(organization):
        return [line_of(notice) for notice in Notice.objects.of(organization)]


def test_every_error_of_the_package_says_whether_the_money_may_have_moved() -> None:
    certain = {"CardError", "InvalidRequestError", "AuthenticationError", "PermissionError", "IdempotencyError"}
    kinds: dict[str, Any] = {name: kind for name, kind in vars(stripe_errors).items() if isinstance(kind, type)}
    errors = {name: kind for name, kind in kinds.items() if issubclass(kind, stripe_package.StripeError)}
    assert certain < set(errors)
    needed: dict[str, list[Any]] = {"CardError": [None, "c"], "InvalidRequestError": [None]}
    needed["SignatureVerificationError"] = [""]
    for name, kind in errors.items():
        error = kind("No", *needed.get(name, []))
        assert isinstance(stripe_door._told(error), Refused if name in certain else NoAnswer), name
    conflict = errors["InvalidRequestError"]("locked", None, http_status=409)
    assert isinstance(stripe_door._told(conflict), NoAnswer)


def test_every_state_and_code_of_the_package_is_one_that_we_know() -> None:
    source = inspect.getsource(stripe_package.PaymentIntent)
    states = source[source.rindex("\n    status: ") :].partition("]")[0]
    assert set(re.findall(r'"(\w+)"', states)) - set(stripe_door.STATES) == {"requires_payment_method"}
    for code in ("authentication_required", "payment_intent_authentication_failure"):
        assert f'"{code}"' in source
        assert decline_of(code) == "customer"
    for code in ("expired_card", "expired_payment_method", "payment_method_restricted", "debit_not_authorized"):
        assert f'"{code}"' in source
        assert decline_of(code) == "hard"


def test_a_provider_may_be_at_work_for_minutes_on_what_it_has_not_answered(
    organization: Organization, account: ProviderAccount, stripe: StripeSimulator
) -> None:
    customer = builders.make_customer(organization)
    claim = world.claim(organization, customer=customer, due=world.DUE)
    method = world.saved_method(organization, account, customer.pk, '{"customer": "cus_1", "method": "pm_card_visa"}')
    actor = builders.actor_of(organization)
    with builders.in_organization(organization):
        attempt = attempts.begin_charge(organization, method.pk, claim, key="one", actor=actor, now=timezone.now())
        attempts.note_silence(organization, attempt.pk, now=timezone.now())
    world.make_due(organization)
    reconcile_attempts()
    assert world.stored(organization, attempt).state == "unknown", "nobody charges again yet"
    with builders.in_organization(organization):
        since = timezone.now() - states.SILENCE_MIN
        PaymentAttempt.objects.of(organization).update(state_since=since)
    world.make_due(organization)
    reconcile_attempts()
    assert world.stored(organization, attempt).state == "cancelled"


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
        tell_all(account, stripe, stripe.events)
    for _time in range(2):
        world.make_due(organization)
        reconcile_attempts()
    assert world.stored(organization, attempt).state == "captured"
    assert stripe.charges_made == 1
    assert len(world.payments(organization)) == 1
    with builders.in_organization(organization):
        assert owed(organization, claim) == 0
