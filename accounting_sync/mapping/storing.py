"""What adapters answer, as plain JSON values and back; amounts are strings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from accounting_sync.mapping.entries import Remote


def remote_to_json(remote: Remote) -> dict[str, Any]:
    """What is kept of something remote; what is empty is left out."""
    plain: dict[str, Any] = {
        "id": remote.id,
        "number": remote.number,
        "day": remote.day.isoformat() if remote.day else "",
        "currency": remote.currency,
        "total": _written(remote.total),
        "vat_total": _written(remote.vat_total),
        "open_amount": _written(remote.open_amount),
        "party_id": remote.party_id,
        "version": remote.version,
        "accounts": {code: str(amount) for code, amount in remote.accounts.items()},
        "facts": dict(remote.facts),
    }
    kept = {name: value for name, value in plain.items() if value not in ("", None, {})}
    return kept if remote.is_booked else kept | {"is_booked": False}


def remote_of_json(value: Mapping[str, Any]) -> Remote:
    """Something remote as it was kept."""
    return Remote(
        id=value.get("id", ""),
        number=value.get("number", ""),
        day=date.fromisoformat(value["day"]) if value.get("day") else None,
        currency=value.get("currency", ""),
        total=_read(value.get("total")),
        vat_total=_read(value.get("vat_total")),
        open_amount=_read(value.get("open_amount")),
        party_id=value.get("party_id", ""),
        version=value.get("version", ""),
        is_booked=value.get("is_booked", True),
        accounts={code: Decimal(amount) for code, amount in value.get("accounts", {}).items()},
        facts=dict(value.get("facts", {})),
    )


def _written(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _read(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
