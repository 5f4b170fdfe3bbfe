"""What opens an account at a provider: sealed as one, opened only where the provider is spoken to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from uuid import UUID

from foundation.encryption import open_seal, seal
from payments.models import ProviderAccount, SavedMethod

HOOK = "hook"  # the secret in the address of the way back


def seal_secrets(organization_id: UUID, secrets: Mapping[str, str]) -> bytes:
    """The keys of an account as they are kept."""
    return seal(json.dumps(dict(secrets)), organization_id=organization_id, column=ProviderAccount.SECRETS_COLUMN)


def open_secrets(account: ProviderAccount) -> dict[str, str]:
    """The keys of an account."""
    column = ProviderAccount.SECRETS_COLUMN
    opened: dict[str, str] = json.loads(
        open_seal(account.secrets_sealed, organization_id=account.organization_id, column=column)
    )
    return opened


def seal_token(organization_id: UUID, token: str) -> bytes:
    """A saved method's token as it is kept."""
    return seal(token, organization_id=organization_id, column=SavedMethod.TOKEN_COLUMN)


def open_token(method: SavedMethod) -> str:
    """The token of a saved method."""
    return open_seal(method.token_sealed, organization_id=method.organization_id, column=SavedMethod.TOKEN_COLUMN)


def hash_of(secret: str) -> str:
    """The form in which a secret is found again."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
