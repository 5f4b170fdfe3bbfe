"""What can be done to chosen items of the backlog, in plain values."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID


class Verb(StrEnum):
    """What is done with chosen items."""

    READY = "ready"
    NOT_READY = "not_ready"
    PRICE = "price"
    CHARGE = "charge"
    MOVE = "move"
    WRITE_OFF = "write_off"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A verb with what it needs."""

    verb: Verb
    reason: str = ""
    unit_price: Decimal | None = None
    charge_kind: str | None = None
    line_id: UUID | None = None

    def to_json(self) -> dict[str, Any]:
        """As a job's parameters keep it."""
        return {
            "verb": self.verb.value,
            "reason": self.reason,
            "unit_price": None if self.unit_price is None else str(self.unit_price),
            "charge_kind": self.charge_kind,
            "line_id": None if self.line_id is None else str(self.line_id),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Act:
        """As it was kept."""
        return cls(
            verb=Verb(stored["verb"]),
            reason=stored["reason"],
            unit_price=None if stored["unit_price"] is None else Decimal(stored["unit_price"]),
            charge_kind=stored["charge_kind"],
            line_id=None if stored["line_id"] is None else UUID(stored["line_id"]),
        )
