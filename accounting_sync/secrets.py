"""What opens a connection: sealed as one, opened only where the accounting system is spoken to."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from accounting_sync.models import Connection
from foundation.encryption import open_seal, seal

HIDDEN = "…"
_SECRET_NAMES = re.compile(
    r'("(?:[a-z_-]*token|[a-z_-]*secret|password|api_?key|client_key|code|authorization)"\s*:\s*")[^"]*', re.IGNORECASE
)
_SECRET_VALUES = re.compile(r"((?:token|secret|key|password|code)=)[^&\s]+", re.IGNORECASE)


def seal_secrets(connection: Connection, secrets: Mapping[str, str]) -> bytes:
    """The keys as they are kept, bound to the organization and the column."""
    return seal(json.dumps(dict(secrets)), organization_id=connection.organization_id, column=Connection.SECRETS_COLUMN)


def open_secrets(connection: Connection) -> dict[str, str]:
    """The keys of a connection; none where it has none."""
    return {} if connection.secrets_sealed is None else open_sealed(connection, connection.secrets_sealed)


def open_sealed(connection: Connection, sealed: bytes | memoryview) -> dict[str, str]:
    """The keys that were sealed for a connection, also where it does not hold them any more."""
    opened: dict[str, str] = json.loads(
        open_seal(sealed, organization_id=connection.organization_id, column=Connection.SECRETS_COLUMN)
    )
    return opened


def without_secrets(text: str, secrets: Mapping[str, Any]) -> str:
    """A text that may be kept and shown: every key of the connection and whatever is named like one is hidden."""
    if not text:
        return text
    for value in secrets.values():
        if isinstance(value, str) and len(value) >= 6:
            text = text.replace(value, HIDDEN)
    return _SECRET_VALUES.sub(rf"\1{HIDDEN}", _SECRET_NAMES.sub(rf"\1{HIDDEN}", text))
