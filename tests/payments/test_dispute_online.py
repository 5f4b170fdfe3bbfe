"""Disputes at the customer's bank: a lost one takes the money and its fee once, a won one changes nothing."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils import timezone, translation

from invoicing.history import history_of
from payments.actions.online import record_provider_payment
from payments.actions.refunds import RefundTerms, request_refund
from payments.models import Hold, PaymentAttempt, Posting, ProviderAccount, ProviderEvent, Refund
from payments.proof import ledger_problems
from payments.providers import base
from payments.providers.base import Dispute
from payments.providers.stripe_words import DISPUTE_STATES, dispute_of
from tenants.models import AuditEntry, Organization
from tests import builders
from tests.payments import online_world as world
from tests.payments.claims import owed, received_and_used
from tests.payments.stripe_world import notices_of, tell_all
from tests.psp_sim import stripe_sim
from tests.psp_sim.stripe_sim import StripeSimulator

NOTHING = Decimal(0)
Tells = Callable[..., PaymentAttempt]


def stands(organization: Organization) -> dict[str, Decimal]:
    """What stands on the accounts of money."""
    found = dict.fromkeys(("provider_clearing", "bank_fees", "unapplied_payments"), NOTHING)
    for row in Posting.objects.of(organization).filter(account__purpose__in=found).select_related("account"):
        found[row.account.purpose] += row.amount
    return found


def open_and_held(organization: Organization, *claims: UUID) -> list[tuple[Decimal, bool]]:
    """What is open on each claim, and whether it is held back for a dispute."""
    with builders.in_organization(organization):
        held = Hold.objects.of(organization).filter(kind="dispute", released_at=None)
        ids = set(held.values_list("receivable_id", flat=True))
        return [(owed(organization, claim), claim in ids) for claim in claims]


@pytest.fixture
def attempt(organization: Organization) -> PaymentAttempt:
    """Two claims that were paid in one attempt: 300 and 700, with a fee of 1.50."""
    account = world.demo_account(organization)
    customer = builders.make_customer(organization)
    claims = [world.claim(organization, amount, customer=customer) for amount in ("300.00", "700.00")]
    return world.stored(organization, world.begin(organization, account, *claims))


@pytest.fixture
def tells(organization: Organization, attempt: PaymentAttempt) -> Tells:
    """The provider says that the money is here, with these disputes, any number of times."""

    def tell(*disputes: Dispute, times: int = 3) -> PaymentAttempt:
        truth = world.paid(attempt, disputes=disputes)
        with builders.in_organization(organization):
            for _time in range(times):
                record_provider_payment(organization, attempt.pk, truth, now=timezone.now())
            assert list(ledger_problems(organization)) == []
        return world.stored(organization, attempt)

    return tell


def _dispute(state: str, amount: str = "1000.00", fee: str = "150.00", reference: str = "dp_1") -> Dispute:
    return Dispute(reference, state, Decimal(amount), Decimal(fee))


def _claims(attempt: PaymentAttempt) -> list[UUID]:
    return [part.receivable_id for part in sorted(attempt.parts.all(), key=lambda part: part.amount)]


def test_a_lost_dispute_opens_every_claim_and_takes_money_and_fee_once(
    organization: Organization, attempt: PaymentAttempt, tells: Tells
) -> None:
    claims = _claims(attempt)
    tells(_dispute("open"))
    assert open_and_held(organization, *claims) == [(NOTHING, False), (NOTHING, False)], "what is paid needs no hold"
    stored = tells(_dispute("lost"))
    tells(_dispute("open"))  # an answer that was late
    assert open_and_held(organization, *claims) == [(Decimal(300), True), (Decimal(700), True)]
    assert world.stored(organization, attempt).dispute_state == "lost"
    with builders.in_organization(organization):
        assert stands(organization) == {
            "provider_clearing": Decimal("-151.50"),
            "bank_fees": Decimal("151.50"),
            "unapplied_payments": Decimal(0),
        }
        [refund] = Refund.objects.of(organization)
        assert (refund.channel, refund.state, refund.payment_id) == ("chargeback", "done", stored.payment_id)
        told = list(
            AuditEntry.objects.of(organization).filter(verb__startswith="dispute.").values_list("verb", flat=True)
        )
        assert sorted(told) == ["dispute.lost", "dispute.open"]
        with translation.override("en"):
            sentences = [row.sentence for row in history_of(organization, claims[0], receivable_id=claims[0])]
        assert "Money taken back by the customer’s bank" in sentences
        assert not [sentence for sentence in sentences if "." in sentence], "everything that is told has words"


def test_a_won_dispute_changes_nothing_and_releases_what_was_held(
    organization: Organization, attempt: PaymentAttempt, tells: Tells
) -> None:
    claims = _claims(attempt)
    paid = tells()
    assert paid.payment is not None
    world.detach_all(organization, paid.payment)
    tells(_dispute("open"))
    assert open_and_held(organization, *claims) == [(Decimal(300), True), (Decimal(700), True)]
    with builders.in_organization(organization):
        before = stands(organization)
    tells(_dispute("won"))
    tells(_dispute("open"))
    assert open_and_held(organization, *claims) == [(Decimal(300), False), (Decimal(700), False)]
    with builders.in_organization(organization):
        assert stands(organization) == before
        assert not Refund.objects.of(organization).exists()


def test_a_part_is_taken_from_the_newest_claim_after_what_pays_nothing_and_never_more_than_is_left(
    organization: Organization, attempt: PaymentAttempt, tells: Tells
) -> None:
    claims = _claims(attempt)
    paid = tells()
    assert paid.payment is not None
    tells(_dispute("lost", "250.00"))
    assert sum(money for money, _held in open_and_held(organization, *claims)) == Decimal(250)
    tells(_dispute("lost", "250.00"), _dispute("lost", "400.00", "0", reference="dp_2"))
    assert sum(money for money, _held in open_and_held(organization, *claims)) == Decimal(650)
    world.detach_all(organization, paid.payment)
    with builders.in_organization(organization):
        terms = RefundTerms(key="r", amount=Decimal(200), channel="by_hand", reason="For mye")
        actor = builders.actor_of(organization)
        request_refund(organization, paid.payment.pk, terms, actor=actor, day=builders.TODAY, now=timezone.now())
    lost = [
        _dispute("lost", amount, "0", reference=f"dp_{place}") for place, amount in enumerate(("250.00", "400.00"), 1)
    ]
    tells(*lost, _dispute("lost", "999.00", "0", reference="dp_3"))
    with builders.in_organization(organization):
        [payment] = world.payments(organization)
        assert (payment.refunded, payment.unapplied, payment.applied) == (Decimal(1000), NOTHING, NOTHING)
        assert stands(organization)["bank_fees"] == Decimal("151.50")
        assert received_and_used(organization) == (Decimal(1000), Decimal(1000))


def test_an_appeal_that_is_won_brings_the_money_back_once(
    organization: Organization, attempt: PaymentAttempt, tells: Tells
) -> None:
    tells(_dispute("lost"))
    tells(_dispute("open"))  # under appeal
    tells(_dispute("won", fee="0"))
    assert open_and_held(organization, *_claims(attempt)) == [(NOTHING, False), (NOTHING, False)]
    assert [payment.amount for payment in world.payments(organization)] == [Decimal(1000), Decimal(1000)]


def test_what_stripe_says_of_disputes() -> None:
    told = {"id": "dp", "currency": "nok", "amount": 50_000, "status": "lost"}
    booked = [{"fee": 15_000, "currency": "nok"}, {"fee": 1_500, "currency": "eur"}]
    assert dispute_of({**told, "balance_transactions": booked}) == Dispute("dp", "lost", Decimal(500), Decimal(150))
    returned = [*booked, {"fee": -15_000, "currency": "nok"}]
    assert dispute_of({**told, "status": "won", "balance_transactions": returned}).fee == 0
    for status in ("needs_response", "under_review", "warning_needs_response", "appeal_under_review", "new_one"):
        assert DISPUTE_STATES.get(status, base.DISPUTE_OPEN) == "open"


def _refund(organization: Organization, attempt: PaymentAttempt, amount: str) -> None:
    payment = world.stored(organization, attempt).payment
    assert payment is not None
    world.detach_all(organization, payment)
    with builders.in_organization(organization):
        terms = RefundTerms(key=f"r{attempt.pk}", amount=Decimal(amount), channel="provider", reason="Kreditert")
        actor = builders.actor_of(organization)
        request_refund(organization, payment.pk, terms, actor=actor, day=builders.TODAY, now=timezone.now())
    builders.run_background()


def test_refunds_and_disputes_told_ten_times_in_any_order_end_the_same(
    organization: Organization, stripe_account: ProviderAccount, stripe: StripeSimulator
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    amounts = ("100.00", "200.00", "400.00", "800.00", "500.00", "600.00")
    claims = [world.claim(organization, amount) for amount in amounts]
    begun = [world.begin(organization, stripe_account, claim) for claim in claims]
    builders.run_background()
    begun = [world.stored(organization, attempt) for attempt in begun]
    *pages, debit, declined = [attempt.checkout_reference for attempt in begun]
    for page in pages:
        stripe.pay(page)
    stripe.pay(debit, "pm_debit")
    stripe.pay(declined, stripe_sim.DECLINED)
    intents = [stripe.objects[page]["payment_intent"] for page in pages]
    tell_all(stripe_account, stripe, chance.sample(stripe.events, len(stripe.events)))
    _refund(organization, begun[0], "40.00")
    _refund(organization, begun[1], "50.00")
    steps = [(1, "needs_response"), (2, "needs_response"), (3, "needs_response"), (1, "lost"), (2, "won"), (3, "lost")]
    for place, status in steps:
        stripe.dispute(intents[place], status)
        if chance.random() < 0.5:  # some of it is heard at once, in any order, the rest later
            tell_all(stripe_account, stripe, chance.choices(stripe.events, k=3))
    stripe.settle_debit(debit, is_paid=True)
    events = stripe.events * 10
    chance.shuffle(events)
    tell_all(stripe_account, stripe, events)
    expected = [(100, False), (200, True), (0, False), (800, True), (0, False), (600, False)]
    assert open_and_held(organization, *claims) == [(Decimal(amount), is_held) for amount, is_held in expected]
    states = [world.stored(organization, attempt).state for attempt in begun]
    assert states == ["captured"] * 5 + ["pending"]
    with builders.in_organization(organization):
        parts = [(row.amount, row.applied, row.refunded, row.unapplied) for row in world.payments(organization)]
        rest = [(100, 0, 40, 60), (200, 0, 200, 0), (400, 400, 0, 0), (500, 500, 0, 0), (800, 0, 800, 0)]
        assert sorted(tuple(map(int, each)) for each in parts) == rest
        back = sorted((row.channel, row.amount, row.state) for row in Refund.objects.of(organization))
        assert back == [
            ("chargeback", Decimal(150), "done"),
            ("chargeback", Decimal(800), "done"),
            ("provider", Decimal(40), "done"),
            ("provider", Decimal(50), "done"),
        ]
        assert stands(organization) == {
            "provider_clearing": Decimal(2000) - Decimal("7.50") - Decimal(40 + 50 + 150 + 800 + 300),
            "bank_fees": Decimal("307.50"),
            "unapplied_payments": Decimal(-60),
        }
        assert ProviderEvent.objects.of(organization).count() == len(stripe.events)
        assert list(ledger_problems(organization)) == []
    assert {"online.dispute_lost", "online.dispute_won"} <= notices_of(organization)
    assert "online.refunded_elsewhere" not in notices_of(organization)
