"""From an account of an organization to the provider that speaks for it."""

from __future__ import annotations

from django.conf import settings

from payments.models import ProviderAccount, ProviderKind
from payments.online.secrets import open_secrets
from payments.providers.base import Provider
from payments.providers.demo import Demo
from tenants.models import Organization


def provider_of(organization: Organization, account: ProviderAccount) -> Provider:
    """The provider behind an account, with its keys opened for as long as it is held."""
    secrets = open_secrets(account)
    if account.provider == ProviderKind.STRIPE:
        from payments.providers.stripe import Stripe

        return Stripe(
            api_key=secrets["api_key"],
            webhook_secret=secrets.get("webhook_secret", ""),
            account_reference=account.account_reference,
            address=settings.STRIPE_ADDRESS,
        )
    if account.provider == ProviderKind.VIPPS:
        from payments.providers.vipps import Vipps

        return Vipps(
            client_id=secrets["client_id"],
            client_secret=secrets["client_secret"],
            subscription_key=secrets["subscription_key"],
            merchant_serial_number=secrets["merchant_serial_number"],
            address=settings.VIPPS_ADDRESS if secrets.get("is_live") == "yes" else settings.VIPPS_TEST_ADDRESS,
            webhook_secret=secrets.get("webhook_secret", ""),
            is_live=secrets.get("is_live") == "yes",
        )
    return Demo(organization)
