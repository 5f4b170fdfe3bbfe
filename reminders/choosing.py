"""What is chosen for one customer or one claim. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to hold instead: another plan, none at all, and for a customer whether everything goes in one letter."""

    plan_id: UUID | None = None
    is_stopped: bool = False
    reason: str = ""
    consolidates: bool | None = None
