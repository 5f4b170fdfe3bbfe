"""Which price of which list holds for the use of a facility.

Pure: values in, values out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from foundation.money import round_amount

HOUR, DAY, EACH = "HUR", "DAY", "NAR"
UNITS = (HOUR, DAY, EACH)  # what is paid for: the hours, the day, or the single use


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRule:
    """One row of a list: the price of a facility, or of a group of them, for one target group and unit."""

    id: UUID
    list_id: UUID
    list_name: str
    valid_from: date
    valid_through: date | None
    facility_id: UUID | None
    facility_group: str
    target_group_id: UUID
    unit_code: str
    unit_price: Decimal
    price_includes_vat: bool

    def holds_on(self, day: date) -> bool:
        """Whether its list is valid on that day."""
        return self.valid_from <= day and (self.valid_through is None or day <= self.valid_through)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a price is asked for."""

    facility_id: UUID
    facility_group: str
    target_group_id: UUID
    day: date
    unit_code: str


class Missing(StrEnum):
    """What no list says."""

    LIST = "list"  # none is valid on the day
    FACILITY = "facility"  # neither the facility nor its group stands in a valid list
    TARGET_GROUP = "target_group"
    UNIT = "unit"


class NoPrice(LookupError):
    """No valid list has a price for the use; says the first thing that is missing, and the units that have one."""

    def __init__(self, missing: Missing, units: Sequence[str] = ()) -> None:
        super().__init__(missing.value)
        self.missing = missing
        self.units = tuple(units)


def rule_for(rules: Iterable[PriceRule], use: Use) -> PriceRule:
    """The facility's own price before that of its group, and of those the one in the newest list that is valid.

    Raises NoPrice.
    """
    valid = [rule for rule in rules if rule.holds_on(use.day)]
    if not valid:
        raise NoPrice(Missing.LIST)
    placed = [rule for rule in valid if _is_of(rule, use)]
    if not placed:
        raise NoPrice(Missing.FACILITY)
    grouped = [rule for rule in placed if rule.target_group_id == use.target_group_id]
    if not grouped:
        raise NoPrice(Missing.TARGET_GROUP)
    fitting = [rule for rule in grouped if rule.unit_code == use.unit_code]
    if not fitting:
        offered = {rule.unit_code for rule in grouped}
        raise NoPrice(Missing.UNIT, [unit for unit in UNITS if unit in offered])
    return max(fitting, key=lambda rule: (rule.facility_id is not None, rule.valid_from, rule.list_id))


def _is_of(rule: PriceRule, use: Use) -> bool:
    if rule.facility_id is not None:
        return rule.facility_id == use.facility_id
    return rule.facility_group != "" and rule.facility_group == use.facility_group


def changed_by(price: Decimal, percent: Decimal) -> Decimal:
    """The price raised or lowered by a per cent, to the øre."""
    return round_amount(price * (100 + percent) / 100)
