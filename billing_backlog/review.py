"""What the accountant decides for approved work in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What the accountant decides for items; what is empty stays as each item says. A dimension of "" is taken away."""

    vat_treatment: str = ""
    revenue_account: str = ""
    accounting_date: date | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is decided."""
        return not (self.vat_treatment or self.revenue_account or self.accounting_date or self.dimensions)
