"""What a call says, as one hash: the preview shows the hash of what is pushed later."""

from __future__ import annotations

from accounting_sync.providers.base import Call
from foundation.canonical import digest


def payload_hash(call: Call) -> str:
    """SHA-256 over method, path, query and what is sent; headers, which bear keys, are left out."""
    form = dict(call.form) if call.form else None
    return digest([call.method, call.path, [list(pair) for pair in call.query], call.body, form])
