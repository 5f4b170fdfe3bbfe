"""What is asked for an account at each provider, and which currencies it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from payments.models import ProviderKind

# What opens an account at each provider, in the order in which it is asked for.
NEEDED: dict[str, tuple[str, ...]] = {
    ProviderKind.STRIPE: ("api_key",),
    ProviderKind.VIPPS: ("client_id", "client_secret", "subscription_key", "merchant_serial_number", "is_live"),
    ProviderKind.DEMO: (),
}
CURRENCIES: dict[str, tuple[str, ...]] = {
    ProviderKind.STRIPE: ("NOK", "DKK", "SEK", "EUR", "USD", "GBP", "CHF"),
    ProviderKind.VIPPS: ("NOK", "DKK", "EUR"),
    ProviderKind.DEMO: ("NOK", "DKK", "SEK", "EUR"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTerms:
    """What was typed about an account; keys that were left empty stay as they are."""

    provider: str
    secrets: Mapping[str, str]
    currencies: Sequence[str]
    saves_methods: bool = False
    is_active: bool = True
    version: int = 0
