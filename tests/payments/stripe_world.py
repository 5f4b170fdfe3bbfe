"""An account at the simulated Stripe: attempts that are begun there, and what it tells us."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from payments.models import PaymentAttempt, ProviderAccount
from tenants.models import Notice, Organization
from tests import builders
from tests.payments import online_world as world
from tests.psp_sim import stripe_sim
from tests.psp_sim.stripe_sim import StripeSimulator
from tests.psp_sim.stripe_store import WEBHOOK_SECRET


def stripe_account_of(organization: Organization, **changes: Any) -> ProviderAccount:
    """A connected account at the simulated Stripe."""
    keys = {"api_key": stripe_sim.API_KEY, "webhook_secret": WEBHOOK_SECRET}
    return world.make_account(
        organization, "stripe", keys, account_reference="acct_simulated", saves_methods=True, **changes
    )


def started(organization: Organization, account: ProviderAccount, *claims: Any, **changes: Any) -> PaymentAttempt:
    """An attempt whose page stands at Stripe."""
    attempt = world.begin(organization, account, *claims, **changes)
    builders.run_background()
    return world.stored(organization, attempt)


def tell(account: ProviderAccount, body: bytes, headers: dict[str, str]) -> int:
    """A message at the address of the way back; how it was answered."""
    address = reverse("receive_from_provider", args=["stripe", f"{world.HOOK_SECRET}-{account.organization_id}-stripe"])
    return Client().post(address, body, content_type="application/json", headers=headers).status_code


def tell_all(account: ProviderAccount, stripe: StripeSimulator, events: list[dict[str, Any]]) -> None:
    """Every one of these events, and what comes of them."""
    for event in events:
        assert tell(account, *stripe.signed(event)) == 200
    builders.run_background()


def notices_of(organization: Organization) -> set[str]:
    """What staff was told."""
    with builders.in_organization(organization):
        return set(Notice.objects.of(organization).values_list("kind", flat=True))
