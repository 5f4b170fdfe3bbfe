"""A price list as it is written: its words, and its prices one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from billing_backlog.models import Facility


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceCell:
    """One price as it is written: of a facility or of a group of them."""

    facility: Facility | None
    facility_group: str
    target_group_id: UUID
    unit_code: str
    unit_price: Decimal
    price_includes_vat: bool

    @property
    def key(self) -> tuple[UUID | None, str, UUID, str]:
        """What makes it this price and no other."""
        return (self.facility.pk if self.facility else None, self.facility_group, self.target_group_id, self.unit_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWords:
    """What a list is called and when it is valid."""

    name: str
    valid_from: date
    valid_through: date | None
