"""One row of everything that paying online keeps, for tests that try every table and every address."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from payments.models import (
    AttemptPart,
    DemoCheckout,
    PaymentAttempt,
    ProviderAccount,
    ProviderEvent,
    ProviderKind,
    Receivable,
    SavedMethod,
)
from payments.online.queries import claims_key
from payments.online.secrets import HOOK, hash_of, seal_secrets, seal_token
from payments.online.states import PAGE_LIVES
from tenants.models import Organization
from tests import builders

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def keep_online_rows(organization: Organization, receivable_id: UUID) -> dict[str, Any]:
    """Write the rows inside the open organization: a charge of a saved card that the provider has not answered."""
    here = {"organization": organization}
    claim = Receivable.objects.of(organization).get(pk=receivable_id)
    secret = f"way-back-of-{organization.slug}"
    account = ProviderAccount.objects.create(
        **here,
        provider=ProviderKind.STRIPE,
        secrets_sealed=seal_secrets(organization.pk, {HOOK: secret, "api_key": "sk_test_x", "webhook_secret": "w"}),
        hook_sha256=hash_of(secret),
        currencies=["SEK"],
        connected_at=NOW,
    )
    method = SavedMethod.objects.create(
        **here,
        customer_id=claim.customer_id,
        account=account,
        token_sealed=seal_token(organization.pk, "{}"),
        token_sha256=hash_of("{}"),
        brand="Visa",
        last_digits="4242",
        mandate_text="Jeg lar dere trekke kortet.",
        agreed_at=NOW,
    )
    attempt = PaymentAttempt.objects.create(
        **here,
        account=account,
        customer_id=claim.customer_id,
        kind="charge",
        saved_method=method,
        key="charge:1",
        claims_key=claims_key([receivable_id]),
        currency=claim.currency,
        amount=Decimal("10.00"),
        state="failed",
        state_since=NOW,
        look_at=NOW,
        expires_at=NOW + PAGE_LIVES,
        started_by="Kari Nordmann",
    )
    AttemptPart.objects.create(**here, attempt=attempt, receivable_id=receivable_id, amount=Decimal("10.00"))
    ProviderEvent.objects.create(**here, account=account, event_id="evt_1", kind="charge.failed", occurred_at=NOW)
    DemoCheckout.objects.create(**here, attempt=attempt)
    return {"saved_method": method.pk, "attempt": attempt.pk, "way_back": secret}


def online_things(organization: Organization, receivable_id: UUID) -> dict[str, Any]:
    """The same, for tests that come from outside."""
    with builders.in_organization(organization):
        return keep_online_rows(organization, receivable_id)
