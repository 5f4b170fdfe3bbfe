"""How news is signed, so that whoever receives it knows that it is ours and that it is fresh."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from foundation.encryption import open_seal, seal
from tenants.models import WebhookEndpoint

HEADER = "Bilag-Signature"
BEGINNING = "whsec_"
SECRET_BYTES = 32
COLUMN = "tenants_webhookendpoint.secret"
BOTH_SIGN_FOR = timedelta(days=1)


def new_secret() -> str:
    """A secret that nobody has had before."""
    return BEGINNING + secrets.token_urlsafe(SECRET_BYTES)


def sealed(endpoint: WebhookEndpoint, secret: str) -> bytes:
    """The secret as it is kept."""
    return seal(secret, organization_id=endpoint.organization_id, column=COLUMN)


def secrets_of(endpoint: WebhookEndpoint, now: datetime) -> list[str]:
    """The secret, and the one before it while both sign."""
    kept = [endpoint.secret_sealed]
    if endpoint.old_secret_sealed and endpoint.old_secret_until and now < endpoint.old_secret_until:
        kept.append(endpoint.old_secret_sealed)
    return [open_seal(each, organization_id=endpoint.organization_id, column=COLUMN) for each in kept]


def signature(body: bytes, moment: int, using: Iterable[str]) -> str:
    """The header: when it was signed, and for each secret an HMAC-SHA256 over that moment, a point and the body."""
    said = f"{moment}.".encode() + body
    signs = [hmac.new(secret.encode(), said, hashlib.sha256).hexdigest() for secret in using]
    return ",".join([f"t={moment}", *(f"v1={sign}" for sign in signs)])
