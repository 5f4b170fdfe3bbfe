"""One spelling for values whose hash must be the same for ever."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID


def canonical_bytes(value: Any) -> bytes:
    """JSON with sorted keys and no spaces, in UTF-8; decimals without trailing zeros, moments in UTC."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_spell
    ).encode()


def digest(value: Any) -> str:
    """SHA-256 of the canonical spelling, in hex."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def chain(previous_hash: str, *parts: str) -> str:
    """The hash of a link: the hash before it and the parts of this one."""
    return hashlib.sha256("\n".join((previous_hash, *parts)).encode()).hexdigest()


def spell_decimal(value: Decimal) -> str:
    """A decimal as the number it is, whatever scale it was stored with."""
    if not value:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _spell(value: Any) -> str:
    if isinstance(value, Decimal):
        return spell_decimal(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical spelling")
