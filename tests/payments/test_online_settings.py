"""The account at a provider: keys are sealed, a worker connects it, and saved cards are shown, removed and charged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config.erasure import erase_person
from payments.actions import attempts
from payments.holds import place_hold
from payments.models import ProviderAccount, SavedMethod
from payments.online import queries as online
from payments.online.secrets import HOOK, open_secrets
from payments.providers import stripe as stripe_door
from payments.providers import vipps as vipps_door
from tenants.audit import Actor
from tenants.models import AuditEntry, Job, Notice, Organization
from tests import builders
from tests.invoicing.peppol_servers import serving
from tests.payments import online_world as world
from tests.psp_sim import stripe_sim, vipps_sim
from tests.psp_sim.stripe_sim import StripeSimulator
from tests.psp_sim.stripe_store import WEBHOOK_SECRET
from tests.psp_sim.vipps_sim import VippsSimulator

STRIPE = {"provider": "stripe", "api_key": stripe_sim.API_KEY, "currencies": ["NOK", "EUR"], "is_active": "on"}
VIPPS = {"provider": "vipps", **vipps_sim.KEYS, "is_live": "no", "currencies": ["NOK"], "is_active": "on"}


@pytest.fixture
def browser(owner: Any, client_of: Callable[[Any], Client]) -> Client:
    """The owner's browser."""
    return client_of(owner)


@pytest.fixture
def simulators(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[StripeSimulator, VippsSimulator]]:
    """Both providers, running."""
    monkeypatch.setattr(stripe_door, "SECONDS", 2.0)
    monkeypatch.setattr(vipps_door, "_tokens", {})
    stripe, vipps = StripeSimulator(), VippsSimulator()
    with serving(stripe.answer) as settings.STRIPE_ADDRESS, serving(vipps.answer) as settings.VIPPS_TEST_ADDRESS:
        yield stripe, vipps


def _save(browser: Client, organization: Organization, **typed: Any) -> Any:
    address = reverse("payments:update_provider", args=[organization.slug])
    return browser.post(address, {"version": "0", **typed})


def _stored(organization: Organization, provider: str) -> ProviderAccount:
    with builders.in_organization(organization):
        return ProviderAccount.objects.of(organization).get(provider=provider)


def test_keys_are_sealed_and_the_provider_is_told_where_we_are(
    organization: Organization, browser: Client, simulators: tuple[StripeSimulator, VippsSimulator]
) -> None:
    stripe, vipps = simulators
    assert _save(browser, organization, **STRIPE).status_code == 302
    assert _save(browser, organization, **VIPPS).status_code == 302
    page = reverse("payments:show_online_payments", args=[organization.slug])
    assert "hx-get" in browser.get(page).content.decode()
    builders.run_background()
    shown = browser.get(page).content.decode()
    assert 'hx-trigger="load delay:2s"' not in shown
    for provider, secret in (("stripe", WEBHOOK_SECRET), ("vipps", vipps_sim.WEBHOOK_SECRET)):
        account = _stored(organization, provider)
        secrets = open_secrets(account)
        assert account.connected_at is not None
        assert (secrets["webhook_secret"], account.is_live) == (secret, False)
        way_back = reverse("receive_from_provider", args=[provider, secrets[HOOK]])
        told = vipps.hooks[0]["url"] if provider == "vipps" else _endpoint(stripe)["url"]
        assert told.endswith(way_back)
        for key in (stripe_sim.API_KEY, vipps_sim.KEYS["client_secret"], secrets[HOOK]):
            assert key not in shown
            assert key.encode() not in bytes(account.secrets_sealed)
    with builders.in_organization(organization):
        lines = "".join(str(facts) for facts in AuditEntry.objects.of(organization).values_list("facts", flat=True))
    assert stripe_sim.API_KEY not in lines


def _endpoint(stripe: StripeSimulator) -> dict[str, Any]:
    [found] = [row for row in stripe.objects.values() if row["object"] == "webhook_endpoint"]
    return found


def test_a_wrong_key_says_so_and_nobody_can_pay(
    organization: Organization, browser: Client, simulators: tuple[StripeSimulator, VippsSimulator]
) -> None:
    assert _save(browser, organization, **{**STRIPE, "api_key": "sk_test_wrong"}).status_code == 302
    builders.run_background()
    account = _stored(organization, "stripe")
    assert account.connected_at is None
    assert "Invalid API Key" in account.problem
    with builders.in_organization(organization):
        assert Notice.objects.of(organization).filter(kind="online.refused").exists()
    assert _save(browser, organization, **STRIPE).status_code == 422  # saved meanwhile: the version is an old one
    assert _save(browser, organization, **{**STRIPE, "api_key": "password", "version": "1"}).status_code == 422
    assert _save(browser, organization, **{**STRIPE, "version": "1"}).status_code == 302
    builders.run_background()
    assert _stored(organization, "stripe").connected_at is not None
    assert _save(browser, organization, **{**STRIPE, "provider": "demo"}).status_code == 404


def test_only_those_who_may_change_settings_and_charge_cards(
    organization: Organization,
    client_of: Callable[[Any], Client],
    project_manager: Any,
    case_worker: Any,
    auditor: Any,
) -> None:
    customer = builders.make_customer(organization)
    claim = world.claim(organization, customer=customer, due=world.DUE)
    account = world.demo_account(organization)
    method = world.saved_method(organization, account, customer.pk, '{"digits": "4242"}')
    revoke = reverse("payments:revoke_method", args=[organization.slug, method.pk])
    charge = reverse("payments:charge_methods", args=[organization.slug])
    for member in (project_manager, case_worker, auditor):
        browser = client_of(member)
        assert _save(browser, organization, **STRIPE).status_code == 403
        assert browser.post(revoke).status_code == 403
        assert browser.post(charge, {"claim": str(claim)}).status_code == 403
        payments = browser.get(reverse("payments:list_payments", args=[organization.slug])).content.decode()
        assert reverse("payments:choose_charges", args=[organization.slug]) not in payments
    with builders.in_organization(organization):
        assert not Job.objects.of(organization).exists()


def test_m_088_a_card_is_charged_from_the_page_and_removed(organization: Organization, browser: Client) -> None:
    customer = builders.make_customer(organization)
    claims = [world.claim(organization, amount, customer=customer, due=world.DUE) for amount in ("100.00", "200.00")]
    world.claim(organization, "300.00", customer=customer, due=builders.TODAY + timedelta(days=400))  # not due yet
    held = world.claim(organization, "400.00", customer=customer, due=world.DUE)
    with builders.in_organization(organization):
        actor = builders.actor_of(organization)
        place_hold(organization, held, actor=actor, now=timezone.now(), kind="dispute", reason="Feil pris")
    account = world.demo_account(organization)
    method = world.saved_method(organization, account, customer.pk, '{"digits": "4242"}')
    panel = reverse("payments:panel_saved_methods", args=[organization.slug, customer.pk])
    assert "4242" in browser.get(panel).content.decode()
    choose = reverse("payments:choose_charges", args=[organization.slug])
    shown = browser.get(choose)
    assert len(shown.context["claims"]) == 2
    payments = browser.get(reverse("payments:list_payments", args=[organization.slug])).content.decode()
    assert f'href="{choose}"' in payments  # where the accountant looks
    charge = reverse("payments:charge_methods", args=[organization.slug])
    typed = {"claim": [str(claim) for claim in claims], "key": shown.context["key"]}
    first, again = browser.post(charge, typed), browser.post(charge, typed)
    assert first.headers["Location"] == again.headers["Location"]
    builders.run_background()
    kept = world.payments(organization)
    assert sorted(payment.amount for payment in kept) == [100, 200]
    assert [payment.unapplied for payment in kept] == [0, 0]
    assert (
        browser.post(charge, {"claim": [str(claims[0])]}).status_code == 302
    )  # nothing is owed: refused with a sentence
    browser.post(reverse("payments:revoke_method", args=[organization.slug, method.pk]))
    with builders.in_organization(organization):
        assert SavedMethod.objects.of(organization).get().revoked_at is not None
    assert "4242" not in browser.get(panel).content.decode()


def test_the_pages_ask_no_more_for_more(organization: Organization, browser: Client) -> None:
    account = world.demo_account(organization)
    counts = []
    browser.get(reverse("payments:choose_charges", args=[organization.slug]))  # the first visit begins the session
    for _time in range(2):
        for _customer in range(3):
            customer = builders.make_customer(organization)
            world.claim(organization, customer=customer, due=world.DUE)
            world.saved_method(organization, account, customer.pk, world.fresh_key())
        counts.append(_queries(browser, reverse("payments:choose_charges", args=[organization.slug])))
    assert counts[0] == counts[1] < 30


def _queries(browser: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


def test_the_claim_shows_what_was_tried_and_offers_the_saved_card(organization: Organization, browser: Client) -> None:
    customer = builders.make_customer(organization)
    claim = world.claim(organization, customer=customer, due=world.DUE)
    account = world.demo_account(organization)
    attempt = world.begin(organization, account, claim)
    world.saved_method(organization, account, customer.pk, world.fresh_key())
    with builders.in_organization(organization):
        attempts.note_refusal(organization, attempt.pk, code="x", text="Your card has expired.", now=timezone.now())
    shown = browser.get(reverse("payments:panel_for_receivable", args=[organization.slug, claim])).content.decode()
    assert "Your card has expired." in shown
    assert reverse("payments:choose_charges", args=[organization.slug]) in shown


def test_an_erased_persons_card_is_never_charged_again(organization: Organization, owner: Any) -> None:
    customer = builders.make_customer(organization, kind="consumer", organization_number="", name="Kari Prøve")
    account = world.demo_account(organization)
    attempt = world.begin(organization, account, world.claim(organization, customer=customer, due=world.DUE))
    world.saved_method(organization, account, customer.pk, world.fresh_key())
    with builders.in_organization(organization):
        attempts.note_refusal(organization, attempt.pk, code="x", text="", now=timezone.now())
        erase_person(
            organization, customer.pk, None, typed=customer.name, actor=Actor.person(owner), now=timezone.now()
        )
        assert online.chargeable_claims(organization, today=builders.TODAY) == []
