"""Vipps MobilePay over real HTTP, every request held against its published description."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from payments.actions import attempts
from payments.actions.refunds import RefundTerms, request_refund
from payments.models import PaymentAttempt, ProviderAccount, ProviderEvent, Refund
from payments.providers import base as provider_base
from payments.providers import vipps as vipps_door
from payments.providers.base import Message
from payments.providers.vipps import Vipps, signature_of
from payments.tasks.online import reconcile_attempts
from tenants.models import Organization
from tests import builders
from tests.invoicing.peppol_servers import serving
from tests.payments import online_world as world
from tests.payments.claims import owed
from tests.psp_sim import vipps_sim
from tests.psp_sim.faults import DROP
from tests.psp_sim.stripe_rules import CONTRACT
from tests.psp_sim.vipps_sim import VippsSimulator

HOST = "faktura.example"


@pytest.fixture
def vipps(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[VippsSimulator]:
    """A running Vipps, and the address at which the world knows us."""
    monkeypatch.setattr(vipps_door, "SECONDS", 2.0)
    monkeypatch.setattr(vipps_door, "_tokens", {})
    settings.BASE_URL = f"https://{HOST}"
    simulator = VippsSimulator()
    with serving(simulator.answer) as address:
        settings.VIPPS_TEST_ADDRESS = address
        yield simulator
    assert simulator.complaints == []


@pytest.fixture
def account(organization: Organization, vipps: VippsSimulator) -> ProviderAccount:
    """The organization's sales unit."""
    keys = {**vipps_sim.KEYS, "is_live": "no", "webhook_secret": vipps_sim.WEBHOOK_SECRET}
    return world.make_account(organization, "vipps", keys, account_reference=vipps_sim.MSN)


def _started(organization: Organization, account: ProviderAccount, *claims: Any) -> PaymentAttempt:
    attempt = world.begin(organization, account, *claims)
    builders.run_background()
    return world.stored(organization, attempt)


def _hook(account: ProviderAccount) -> str:
    return reverse("receive_from_provider", args=["vipps", f"{world.HOOK_SECRET}-{account.organization_id}-vipps"])


def _tell(account: ProviderAccount, vipps: VippsSimulator, event: dict[str, Any], **signing: Any) -> int:
    path = _hook(account)
    body, headers = vipps.signed(event, **{"host": HOST, "path": path, **signing})
    return Client().post(path, body, content_type="application/json", headers=headers).status_code


def test_the_customer_confirms_and_the_money_is_taken_once(
    organization: Organization, account: ProviderAccount, vipps: VippsSimulator
) -> None:
    claim = world.claim(organization, "350.00")
    attempt = _started(organization, account, claim)
    key = str(attempt.pk)
    assert urlsplit(attempt.address).hostname == "landing.vipps.example"
    vipps.approve(key)
    for _time in range(3):
        assert [_tell(account, vipps, event) for event in vipps.events] == [200] * len(vipps.events)
        builders.run_background()
    assert vipps.payments[key]["aggregate"]["capturedAmount"]["value"] == 35_000
    assert vipps.faults.calls["capture"] == 1
    [payment] = world.payments(organization)
    assert (payment.amount, payment.unapplied, payment.method) == (Decimal(350), Decimal(0), "wallet")
    with builders.in_organization(organization):
        assert owed(organization, claim) == 0
        told = ProviderEvent.objects.of(organization)
        assert told.count() == len({(event["name"], event["pspReference"]) for event in vipps.events})


def test_what_is_taken_in_parts_in_the_portal_is_kept_to_the_last_krone(
    organization: Organization, account: ProviderAccount, vipps: VippsSimulator
) -> None:
    claim = world.claim(organization, "350.00")
    attempt = _started(organization, account, claim)
    key = str(attempt.pk)
    vipps.approve(key)
    for amount in (10_000, 20_000, 5_000):
        vipps.take(key, amount)
        assert [_tell(account, vipps, event) for event in reversed(vipps.events)] == [200] * len(vipps.events)
        builders.run_background()
    assert [payment.amount for payment in world.payments(organization)] == [100, 200, 50]
    with builders.in_organization(organization):
        assert owed(organization, claim) == 0
    second = world.payments(organization)[1]
    world.detach_all(organization, second)
    with builders.in_organization(organization):
        terms = RefundTerms(key="r", amount=Decimal(200), channel="provider", reason="Avtalt")
        actor = builders.actor_of(organization)
        request_refund(organization, second.pk, terms, actor=actor, day=builders.TODAY, now=timezone.now())
    builders.run_background()
    assert vipps.payments[key]["aggregate"]["refundedAmount"]["value"] == 20_000


def test_what_is_called_off_is_closed_and_what_came_all_the_same_is_kept(
    organization: Organization, account: ProviderAccount, vipps: VippsSimulator
) -> None:
    claim, other = world.claim(organization), world.claim(organization)
    closed, paid = _started(organization, account, claim), _started(organization, account, other)
    with builders.in_organization(organization):
        attempts.call_off_attempts(organization, [claim])
        attempts.call_off_attempts(organization, [other])
    vipps.approve(str(paid.pk))  # a moment before we come to close it
    builders.run_background()
    assert world.stored(organization, closed).state == "cancelled"
    assert vipps.payments[str(closed.pk)]["state"] == "TERMINATED"
    # It was reserved, so the cancellation has given it back.
    assert world.stored(organization, paid).state == "cancelled"
    assert world.payments(organization) == []


def test_reserved_money_is_given_back_when_the_claim_was_paid_meanwhile(
    organization: Organization, account: ProviderAccount, vipps: VippsSimulator
) -> None:
    claim = world.claim(organization)
    attempt = _started(organization, account, claim)
    vipps.approve(str(attempt.pk))
    world.pay_in_the_bank(organization, claim, "1000.00")
    with builders.in_organization(organization):
        attempts.look_again(organization, attempt.pk)
    builders.run_background()
    assert world.stored(organization, attempt).state == "cancelled"
    assert vipps.payments[str(attempt.pk)]["aggregate"]["capturedAmount"]["value"] == 0


def test_a_capture_without_an_answer_is_asked_about(
    organization: Organization, account: ProviderAccount, vipps: VippsSimulator
) -> None:
    attempt = _started(organization, account, world.claim(organization))
    vipps.approve(str(attempt.pk))
    vipps.faults.expect("capture", DROP)
    world.make_due(organization)
    reconcile_attempts()
    world.make_due(organization)
    reconcile_attempts()
    assert world.stored(organization, attempt).state == "captured"
    assert vipps.payments[str(attempt.pk)]["aggregate"]["capturedAmount"]["value"] == 100_000


def test_money_goes_back_to_the_wallet_and_never_more_than_came(
    organization: Organization, account: ProviderAccount, vipps: VippsSimulator
) -> None:
    claim = world.claim(organization)
    attempt = _started(organization, account, claim)
    vipps.approve(str(attempt.pk))
    world.make_due(organization)
    reconcile_attempts()
    [payment] = world.payments(organization)
    world.detach_all(organization, payment)
    vipps.payments[str(attempt.pk)]["aggregate"]["refundedAmount"]["value"] = 60_000  # given back in the portal
    states = []
    for amount in ("700.00", "400.00"):
        terms = RefundTerms(key=amount, amount=Decimal(amount), channel="provider", reason="Avtalt")
        with builders.in_organization(organization):
            refund = request_refund(
                organization, payment.pk, terms, actor=builders.actor_of(organization), day=builders.TODAY,
                now=timezone.now(),
            )  # fmt: skip
        builders.run_background()
        with builders.in_organization(organization):
            states.append(Refund.objects.of(organization).get(pk=refund.pk).state)
    assert states == ["failed", "done"]


def test_messages_that_are_not_genuine_are_refused(
    organization: Organization, other_organization: Organization, account: ProviderAccount, vipps: VippsSimulator
) -> None:
    _started(organization, account, world.claim(organization))
    [event] = vipps.events
    assert _tell(account, vipps, event, secret="guessed") == 400
    assert _tell(account, vipps, event, age=301) == 400
    assert _tell(account, vipps, event, host="elsewhere.example") == 400
    assert _tell(account, vipps, event, path="/hooks/vipps/another/") == 400
    assert _tell(account, vipps, {**event, "msn": "654321"}) == 400
    assert _tell(account, vipps, {"msn": vipps_sim.MSN}) == 400
    assert _tell(account, vipps, {**event, "name": "x" * 300_000}) == 413
    keys = {**vipps_sim.KEYS, "webhook_secret": vipps_sim.WEBHOOK_SECRET}
    theirs = world.make_account(other_organization, "vipps", keys)
    assert _tell(theirs, vipps, event, path=_hook(account)) == 400, "signed for our address"
    with builders.in_organization(organization):
        assert not ProviderEvent.objects.of(organization).exists()


def test_the_published_example_of_a_signature() -> None:
    vector = json.loads((CONTRACT / "vipps_webhook_vector.json").read_text())
    content = base64.b64encode(hashlib.sha256(vector["body"].encode()).digest()).decode()
    parts = urlsplit(vector["url"])
    text = f"POST\n{parts.path}\n{vector['x-ms-date']};{parts.netloc};{content}"
    assert vector["authorization"].endswith(signature_of(vector["secret"], text))
    door = Vipps("a", "b", "c", vipps_sim.MSN, "https://api.example", webhook_secret=vector["secret"])
    headers = {name: vector[name] for name in ("x-ms-date", "x-ms-content-sha256", "authorization")}
    now = datetime(2023, 3, 30, 8, 39, tzinfo=UTC)
    with pytest.raises(provider_base.Forged, match="msn"):  # genuine, and yet no event
        door.verify(Message(headers, vector["body"].encode(), parts.netloc, parts.path, now))
