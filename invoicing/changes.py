"""What may be changed on many documents at once. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What shall be changed; None keeps what a document has."""

    owner_id: UUID | None = None
    payment_terms_days: int | None = None
    language: str | None = None

    @property
    def is_about_content(self) -> bool:
        """Whether something is changed that only drafts may change."""
        return self.payment_terms_days is not None or self.language is not None

    def to_json(self) -> dict[str, Any]:
        """As the job's parameters keep it."""
        return {
            "owner_id": str(self.owner_id) if self.owner_id else None,
            "payment_terms_days": self.payment_terms_days,
            "language": self.language,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Changes:
        """As it was kept."""
        owner_id = stored.get("owner_id")
        return cls(
            owner_id=UUID(owner_id) if owner_id else None,
            payment_terms_days=stored.get("payment_terms_days"),
            language=stored.get("language"),
        )
