"""Which vouchers somebody wants in which kind of file. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A file as it was asked for."""

    format: str  # of ExportFormat
    scope: str  # of ExportScope
    first: date | None
    last: date
    with_documents: bool = False
    with_opening: bool = False
    is_copy: bool = False  # for whoever only looks: what stands in it stays new

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {**asdict(self), "first": self.first and self.first.isoformat(), "last": self.last.isoformat()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Asked:
        """From what `to_json` gave."""
        first = values["first"]
        days = {"first": date.fromisoformat(first) if first else None, "last": date.fromisoformat(values["last"])}
        return cls(**{**values, **days})
