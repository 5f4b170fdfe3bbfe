"""What whoever tells of billable work says, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

# What tells of work from within; nobody outside may speak in these names.
OWN_SYSTEMS = frozenset(
    {
        "work",
        "milestone",
        "progress",
        "proforma",
        "visits",
        "bookings",
        "subscriptions",
        "contracts",
        "advances",
        "quotes",
    }
)


def is_own_system(name: str) -> bool:
    """Whether a teller's name is one of ours, however it is written."""
    return name.strip().casefold() in OWN_SYSTEMS


@dataclass(frozen=True, slots=True)
class Source:
    """What the teller calls the thing; the same three words again are the same thing."""

    system: str
    order: str
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """Billable work as it is told: for a contract line, which knows its customers, or for one customer.

    Without a price the price rule decides: the contract line's, else the product's. `rule_price` and `price_rule` say
    it for whoever has a rule of its own, such as a price list.
    """

    kind: str
    day: date
    quantity: Decimal
    text: str
    unit_code: str = ""
    customer_id: UUID | None = None
    line_id: UUID | None = None
    project_id: UUID | None = None
    facility_id: UUID | None = None
    milestone_id: UUID | None = None
    entry_id: UUID | None = None
    product_id: UUID | None = None
    period_from: date | None = None
    internal_text: str = ""
    performed_by: str = ""
    unit_price: Decimal | None = None
    price_includes_vat: bool | None = None
    currency: str = ""
    charge_kind: str = "chargeable"
    rule_price: Decimal | None = None
    price_rule: str = ""
    price_reason: str = ""
    vat_treatment: str = ""
    revenue_account: str = ""
    dimensions: Mapping[str, Any] = field(default_factory=dict)
    source: Source | None = None
    approved_by: str = ""
    bears_all: bool = False  # the customer who is named pays for all of it, whatever the contract's shares


class Outcome(StrEnum):
    """What became of what was told."""

    NEW = "new"
    KNOWN = "known"  # told before in the same words
    DIFFERS = "differs"  # told before in other words: correct it instead
    REFUSED = "refused"
    CORRECTED = "corrected"  # told before, and now what is told now


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer to one NewItem, in the order in which they were told."""

    outcome: Outcome
    item_ids: tuple[UUID, ...] = ()
    sentence: str = ""
    field: str = ""
