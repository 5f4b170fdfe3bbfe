"""The one spelling of values under which their hashes are taken, and the links of chains."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical_bytes(value: Any) -> bytes:
    """JSON with sorted keys and no spaces, in UTF-8; numbers, days and moments stand in packs as they are spelled."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def digest(value: Any) -> str:
    """SHA-256 of the canonical spelling."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def chain(previous_hash: str, *parts: str) -> str:
    """The hash of a link: the hash before it and the parts of this one."""
    return hashlib.sha256("\n".join((previous_hash, *parts)).encode("utf-8")).hexdigest()
