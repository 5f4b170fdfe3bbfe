"""What is agreed in a contract, as plain values: who bears which share, and how each line is billed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

SHARES_MAX = 20
LINES_MAX = 100
MILESTONES_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareTerms:
    """One customer's share of a contract; the key is the row's name in a form, named by refusals."""

    customer_id: UUID
    percent: Decimal = Decimal(100)
    limit_amount: Decimal | None = None
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTerms:
    """How the work under one line is billed; without an id the line is new."""

    line_id: UUID | None = None
    values: dict[str, Any] = field(default_factory=dict)
    is_removed: bool = False
    key: str = ""


# The columns of a contract line that its terms decide.
LINE_COLUMNS = (
    "name", "billing_method", "product_id", "unit_code", "unit_price", "amount", "limit_amount", "vat_treatment",
    "revenue_account", "frequency", "schedule_day", "runs_per_month", "ended_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractTerms:
    """A whole contract as it is agreed."""

    values: dict[str, Any]
    shares: tuple[ShareTerms, ...]
    lines: tuple[LineTerms, ...]


# The columns of a contract that its terms decide.
CONTRACT_COLUMNS = (
    "number", "name", "currency", "fixed_exchange_rate", "limit_amount", "starts_on", "ends_on", "buyer_reference",
    "order_reference", "note", "vat_treatment", "layout",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneTerms:
    """One part of a fixed price; without an id it is new."""

    name: str
    amount: Decimal
    planned_on: date
    milestone_id: UUID | None = None
    is_removed: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitOn:
    """Which not-to-exceed amount is meant: the contract's, a line's, a customer's, or one customer's on a line."""

    line_id: UUID | None = None
    customer_id: UUID | None = None
