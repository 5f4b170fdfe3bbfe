"""One spelling for values whose hash must be the same for ever."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from foundation.ids import id_text


def canonical_text(value: Any) -> str:
    """JSON with sorted keys and no spaces; decimals without trailing zeros, moments in UTC."""
    return _WRITER.encode(value)


def canonical_bytes(value: Any) -> bytes:
    """The canonical spelling in UTF-8."""
    return canonical_text(value).encode()


def digest(value: Any) -> str:
    """SHA-256 of the canonical spelling, in hex."""
    return digest_of_text(canonical_text(value))


def digest_of_text(text: str) -> str:
    """SHA-256 in hex of what `canonical_text` wrote, for callers who need the text itself too."""
    return hashlib.sha256(text.encode()).hexdigest()


def chain(previous_hash: str, *parts: str) -> str:
    """The hash of a link: the hash before it and the parts of this one."""
    return hashlib.sha256("\n".join((previous_hash, *parts)).encode()).hexdigest()


def spell_decimal(value: Decimal) -> str:
    """A decimal as the number it is, whatever scale it was stored with."""
    if not value:
        return "0"
    text = write_decimal(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def write_decimal(value: Decimal) -> str:
    """A decimal with the scale it has, never with an exponent."""
    text = str(value)  # a third of what format() costs
    return format(value, "f") if "E" in text else text


def _spell_moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# A moment is a date too, so it stands before it.
_SPELLINGS: dict[type, Callable[[Any], str]] = {
    Decimal: spell_decimal,
    UUID: id_text,
    datetime: _spell_moment,
    date: date.isoformat,
}


def _spell(value: Any) -> str:
    spell = _SPELLINGS.get(type(value))
    if spell is not None:
        return spell(value)
    for kind, spell in _SPELLINGS.items():
        if isinstance(value, kind):
            return spell(value)
    raise TypeError(f"{type(value).__name__} has no canonical spelling")


_WRITER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_spell
)  # made once: json.dumps makes one for each call
