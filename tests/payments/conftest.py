"""Providers of payments that run beside the tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from payments.models import ProviderAccount
from payments.providers import stripe as stripe_door
from tenants.models import Organization
from tests.invoicing.peppol_servers import serving
from tests.payments.stripe_world import stripe_account_of
from tests.psp_sim.stripe_sim import StripeSimulator


@pytest.fixture
def stripe(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeSimulator]:
    """A running Stripe."""
    monkeypatch.setattr(stripe_door, "SECONDS", 2.0)
    simulator = StripeSimulator()
    with serving(simulator.answer) as address:
        settings.STRIPE_ADDRESS = simulator.address = address
        yield simulator


@pytest.fixture
def stripe_account(organization: Organization, stripe: StripeSimulator) -> ProviderAccount:
    """The organization's account there."""
    return stripe_account_of(organization)
