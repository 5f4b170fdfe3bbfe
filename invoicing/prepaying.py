"""What of a document is paid in advance: which advances, how much of each. Pure.

Whoever knows of advances puts the parts on the draft; the document keeps them, a credit note gives them back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class PrepaidPart:
    """What one advance pays of a document: its id, what people call it, and the amount."""

    id: str
    label: str
    amount: Decimal

    def to_json(self) -> dict[str, str]:
        """The part as the document keeps it."""
        return {"id": self.id, "label": self.label, "amount": str(self.amount)}


def parts_of(kept: Iterable[Mapping[str, Any]]) -> list[PrepaidPart]:
    """The parts that a document keeps."""
    return [PrepaidPart(part["id"], part.get("label", ""), Decimal(part["amount"])) for part in kept]


def sum_of(kept: Iterable[Mapping[str, Any]]) -> Decimal:
    """What of the document is paid in advance, in all."""
    return sum((Decimal(part["amount"]) for part in kept), ZERO)


def lowered(kept: Sequence[Mapping[str, Any]], amount: Decimal) -> list[dict[str, str]]:
    """The parts brought down to an amount, the last ones first; never raised."""
    left, fitting = amount, []
    for part in parts_of(kept):
        taken = min(part.amount, left)
        left -= taken
        if taken > 0:
            fitting.append(PrepaidPart(part.id, part.label, taken).to_json())
    return fitting


def without(kept: Sequence[Mapping[str, Any]], given_back: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What is left of the parts when others have given some of them back."""
    back: dict[str, Decimal] = {}
    for part in parts_of(given_back):
        back[part.id] = back.get(part.id, ZERO) + part.amount
    rest = [PrepaidPart(part.id, part.label, part.amount - back.get(part.id, ZERO)) for part in parts_of(kept)]
    return [part.to_json() for part in rest if part.amount > 0]
