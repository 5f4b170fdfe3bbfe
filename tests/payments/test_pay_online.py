"""A customer pays online with the demo provider: what comes is kept once, whatever happens in the other window."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.http import Http404
from django.test import Client
from django.utils import timezone

from invoicing.actions import conditions
from invoicing.actions.correct import correct_invoice
from invoicing.actions.void import void_invoice
from payments.actions import attempts
from payments.actions.online import record_provider_payment
from payments.actions.refunds import RefundTerms, request_refund
from payments.errors import CannotPayOnline, PaymentIsUnderWay
from payments.models import PaymentAttempt, PeriodLock, Refund
from payments.online import states
from payments.providers import demo_checkouts
from payments.tasks.online import reconcile_attempts
from tenants.models import Notice, Organization
from tests import builders
from tests.invoicing.public_pages import enter
from tests.payments import online_world as world
from tests.payments.claims import owed, received_and_used


def _pay_page(browser: Client, page: str) -> str:
    """Press the button and follow to the demo provider's page; its address."""
    ways = browser.get(page).context["online"].ways
    answer = browser.post(f"{page}pay/", {"account": str(ways[0].account_id), "lang": "nb"})
    assert answer.status_code == 302, answer.content
    builders.run_background()
    waiting = answer.headers["Location"]
    leaving = browser.get(waiting)
    assert leaving.status_code == 302
    return str(leaving.headers["Location"])


def test_m_006_customer_pays_and_the_invoice_is_paid(organization: Organization) -> None:
    world.demo_account(organization)
    invoice, claim = world.invoiced(organization)
    browser, page = enter(organization, invoice)
    address = _pay_page(browser, page)
    assert "demo" in address
    back = browser.post(address, {"choice": "paid"})
    builders.run_background()
    shown = browser.get(back.headers["Location"])
    assert shown.context["standing"] == "paid"
    [payment] = world.payments(organization)
    assert (payment.amount, payment.unapplied) == (invoice.payable_amount, Decimal(0))
    assert payment.source == "online"
    assert payment.fee > 0
    with builders.in_organization(organization):
        assert owed(organization, claim) == 0
    assert b"large block" not in browser.get(page).content  # nothing more to pay


def test_two_windows_are_one_page_and_a_second_payment_stays_with_the_customer(organization: Organization) -> None:
    account = world.demo_account(organization)
    claim = world.claim(organization)
    attempt = world.begin(organization, account, claim)
    assert world.begin(organization, account, claim).pk == attempt.pk
    builders.run_background()
    with builders.in_organization(organization):
        demo_checkouts.decide(organization, str(attempt.pk), demo_checkouts.TWICE, now=timezone.now())
        attempts.look_again(organization, attempt.pk)
    builders.run_background()
    first, second = world.payments(organization)
    assert (first.unapplied, second.unapplied) == (Decimal(0), Decimal(1000))
    with builders.in_organization(organization):
        assert set(Notice.objects.of(organization).values_list("kind", flat=True)) == {"online.rest"}
        terms = RefundTerms(key="back", amount=Decimal(1000), channel="provider", reason="Betalt to ganger")
        actor = builders.actor_of(organization)
        request_refund(organization, second.pk, terms, actor=actor, day=builders.TODAY, now=timezone.now())
    builders.run_background()
    with builders.in_organization(organization):
        assert Refund.objects.of(organization).get().state == "done"
        assert received_and_used(organization) == (Decimal(2000), Decimal(2000))


def test_a_page_for_another_amount_closes_the_old_one(organization: Organization) -> None:
    account = world.demo_account(organization)
    claim = world.claim(organization)
    old = world.begin(organization, account, claim)
    builders.run_background()
    world.pay_in_the_bank(organization, claim, "400.00")
    new = world.begin(organization, account, claim)
    builders.run_background()
    assert (new.amount, world.stored(organization, old).state) == (Decimal(600), "cancelled")
    assert world.stored(organization, new).state == "pending"


RACES = ["pays before the void", "pays after the void", "never pays"]


@pytest.mark.parametrize("race", RACES)
def test_void_and_pay_at_once(organization: Organization, race: str) -> None:
    account = world.demo_account(organization)
    invoice, claim = world.invoiced(organization)
    attempt = world.begin(organization, account, claim)
    builders.run_background()
    if race == RACES[0]:
        _pay_at_the_provider(organization, attempt)
    with builders.in_organization(organization):
        actor = builders.actor_of(organization)
        if race == RACES[0]:
            builders.run_background()
            with pytest.raises(conditions.PaidOnline):
                void_invoice(organization, invoice.pk, reason="Feil", actor=actor, today=builders.TODAY)
            return
        void_invoice(organization, invoice.pk, reason="Feil", actor=actor, today=builders.TODAY)
        if race == RACES[1]:
            _pay_at_the_provider(organization, attempt)
    builders.run_background()
    with builders.in_organization(organization):
        assert owed(organization, claim) == 0
        assert received_and_used(organization)[0] == received_and_used(organization)[1]
    kept = world.payments(organization)
    if race == RACES[1]:
        assert [payment.unapplied for payment in kept] == [invoice.payable_amount]
    else:
        assert kept == []
        assert world.stored(organization, attempt).state == "cancelled"


def _pay_at_the_provider(organization: Organization, attempt: PaymentAttempt) -> None:
    with builders.in_organization(organization):
        demo_checkouts.decide(organization, str(attempt.pk), demo_checkouts.PAID, now=timezone.now())
        attempts.look_again(organization, attempt.pk)


@pytest.mark.parametrize("state", ["processing", "authorized", "unknown"])
def test_what_is_under_way_is_neither_voided_nor_corrected_nor_paid_again(
    organization: Organization, state: str
) -> None:
    account = world.demo_account(organization)
    invoice, claim = world.invoiced(organization)
    attempt = world.begin(organization, account, claim)
    browser, page = enter(organization, invoice)
    with builders.in_organization(organization):
        PaymentAttempt.objects.of(organization).filter(pk=attempt.pk).update(state=state)
        actor = builders.actor_of(organization)
        with pytest.raises(PaymentIsUnderWay):
            void_invoice(organization, invoice.pk, reason="Feil", actor=actor, today=builders.TODAY)
        with pytest.raises(PaymentIsUnderWay):
            correct_invoice(organization, invoice.pk, line_ids=None, reason="Feil", actor=actor, today=builders.TODAY)
    shown = browser.get(page)
    assert shown.context["online"].under_way is not None
    answer = browser.post(f"{page}pay/", {"account": str(account.pk)})
    assert (answer.status_code, answer.context["refusal"] != "") == (422, True)


def test_m_074_a_correction_closes_the_page_and_a_payment_that_wins_ends_it(organization: Organization) -> None:
    account = world.demo_account(organization)
    invoice, claim = world.invoiced(organization)
    attempt = world.begin(organization, account, claim)
    builders.run_background()
    with builders.in_organization(organization):
        actor = builders.actor_of(organization)
        correction = correct_invoice(
            organization, invoice.pk, line_ids=None, reason="Feil", actor=actor, today=builders.TODAY
        )
        _pay_at_the_provider(organization, attempt)
    builders.run_background()
    with builders.in_organization(organization), pytest.raises(conditions.PaidOnline):
        conditions.refuse_money(organization, [correction.original])


MONEY = [
    # what the provider says the money is, what it pays of 1000.00 NOK, what stays with the customer
    ("1000.00", "NOK", "1000.00", "0.00"),
    ("400.00", "NOK", "400.00", "0.00"),
    ("1500.00", "NOK", "1000.00", "500.00"),
    ("100.00", "EUR", "0.00", "100.00"),
]


@pytest.mark.parametrize(("amount", "currency", "applied", "rest"), MONEY)
def test_money_is_kept_whatever_it_is(
    organization: Organization, amount: str, currency: str, applied: str, rest: str
) -> None:
    account = world.demo_account(organization)
    attempt = world.begin(organization, account, world.claim(organization))
    truth = world.paid(attempt, amount, currency=currency)
    with builders.in_organization(organization):
        for _time in range(3):
            record_provider_payment(organization, attempt.pk, truth, now=timezone.now())
    [payment] = world.payments(organization)
    assert (payment.applied, payment.unapplied) == (Decimal(applied), Decimal(rest))


def test_money_for_a_closed_period_is_kept_on_the_first_open_day(organization: Organization) -> None:
    account = world.demo_account(organization)
    attempt = world.begin(organization, account, world.claim(organization))
    with builders.in_organization(organization):
        PeriodLock.objects.create(
            organization=organization, locked_through=builders.TODAY, reason="Levert", made_by="Kari"
        )
        moment = datetime.combine(builders.TODAY, time(12), UTC)
        record_provider_payment(organization, attempt.pk, world.paid(attempt, occurred_at=moment), now=timezone.now())
    assert world.payments(organization)[0].day == builders.TODAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("state", "age", "after"),
    [
        ("created", timedelta(minutes=16), "expired"),
        ("pending", timedelta(hours=4), "unknown"),
        ("processing", timedelta(days=15), "unknown"),
        ("authorized", timedelta(days=8), "unknown"),
        ("unknown", timedelta(days=31), "failed"),
        ("pending", timedelta(minutes=5), "pending"),
    ],
)
def test_no_state_lasts_for_ever(organization: Organization, state: str, age: timedelta, after: str) -> None:
    account = world.demo_account(organization)
    attempt = world.begin(organization, account, world.claim(organization))
    with builders.in_organization(organization):
        since = timezone.now() - age
        PaymentAttempt.objects.of(organization).filter(pk=attempt.pk).update(state=state, state_since=since)
        attempts.note_look(organization, attempt.pk, now=timezone.now())
    assert world.stored(organization, attempt).state == after
    assert all(states.LIMITS[name][1] in states.NEXT[name] for name in states.OPEN)


def test_others_claims_and_others_attempts_are_nobodys(
    organization: Organization, other_organization: Organization
) -> None:
    account = world.demo_account(organization)
    foreign = world.claim(other_organization)
    with pytest.raises(Http404):
        world.begin(organization, account, foreign)
    attempt = world.begin(organization, account, world.claim(organization))
    browser, page = enter(organization, builders.make_finalized_invoice(organization))
    assert browser.get(f"{page}paying/{attempt.pk}/").status_code == 404
    assert browser.post(f"{page}paying/{attempt.pk}/ask/").status_code == 404
    two = (world.claim(organization), world.claim(organization))  # of two customers
    with pytest.raises(Http404):
        world.begin(organization, account, *two)
    assert Client().get("/demo/no-such-token/").status_code == 404


def test_m_113_a_currency_that_nobody_takes_is_paid_in_the_bank(organization: Organization) -> None:
    account = world.demo_account(organization)
    claim = world.claim(organization, currency="USD", rate=Decimal("10.5"))
    with pytest.raises(CannotPayOnline):
        world.begin(organization, account, claim)


def test_the_database_keeps_what_an_attempt_pays(organization: Organization) -> None:
    attempt = world.begin(organization, world.demo_account(organization), world.claim(organization))
    for change in ({"amount": Decimal(1)}, {"currency": "EUR"}, {"mandate_text": "Annet"}):
        with (
            builders.in_organization(organization),
            pytest.raises(DatabaseError, match="keeps what it pays"),
            transaction.atomic(),
        ):
            PaymentAttempt.objects.of(organization).filter(pk=attempt.pk).update(**change)


def test_several_invoices_of_one_customer_are_paid_at_once(organization: Organization) -> None:
    account = world.demo_account(organization)
    customer = builders.make_customer(organization)
    claims = [world.claim(organization, amount, customer=customer) for amount in ("100.00", "250.00", "75.50")]
    attempt = world.begin(organization, account, *claims)
    assert attempt.amount == Decimal("425.50")
    builders.run_background()
    _pay_at_the_provider(organization, attempt)
    builders.run_background()
    with builders.in_organization(organization):
        assert [owed(organization, claim) for claim in claims] == [0, 0, 0]
    [payment] = world.payments(organization)
    assert payment.unapplied == Decimal(0)


def test_a_copy_of_the_database_elsewhere_asks_no_provider(organization: Organization, settings: Any) -> None:
    attempt = world.begin(organization, world.demo_account(organization), world.claim(organization))
    builders.run_background()
    with builders.in_organization(organization):
        demo_checkouts.decide(organization, str(attempt.pk), demo_checkouts.PAID, now=timezone.now())
    world.make_due(organization)
    own, settings.ENVIRONMENT_ID = settings.ENVIRONMENT_ID, str(uuid4())
    reconcile_attempts()
    assert world.payments(organization) == []
    settings.ENVIRONMENT_ID = own
    reconcile_attempts()
    assert len(world.payments(organization)) == 1
