"""What is offered, as plain values: the head of a quote and its lines. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

LINES_MAX = 100

# The columns of a quote that its terms decide.
QUOTE_COLUMNS = (
    "customer_id", "project_id", "responsible_id", "contact_name", "contact_email", "title", "text", "language",
    "currency", "prices_include_vat", "valid_until", "delivery_date", "buyer_reference",
)  # fmt: skip
LINE_COLUMNS = (
    "product_id", "description", "detail", "quantity", "unit_code", "unit_price", "discount_percent", "vat_treatment",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteTerms:
    """A whole quote as it is offered; each line holds the columns of `LINE_COLUMNS`."""

    values: dict[str, Any]
    lines: tuple[dict[str, Any], ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Who says yes, to which words; and how, where staff enters what was said elsewhere."""

    name: str
    sha256: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractWish:
    """How an order becomes a contract: under which project, billed how, from which day."""

    number: str
    method: str  # fixed_price or time_and_material
    starts_on: date
    project_id: UUID | None = None  # None: a new one
    project_number: str = ""
