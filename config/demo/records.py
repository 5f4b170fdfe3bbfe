"""The shapes of the demo's data: a company with its customers and products, and the documents planned for it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCompany:
    """One organization: its own details, its accounts, what it sells and whom it bills."""

    slug: str
    details: Values
    accounts: tuple[Values, ...]
    products: tuple[Values, ...]
    customers: tuple[Values, ...]
    exchange_rates: Mapping[str, str] = field(default_factory=dict)  # currency, around which rate
    sending: Values = field(default_factory=dict)  # senders, texts by language and place, rules


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLine:
    """One line: a product by its number, and what is typed over it."""

    product: str
    changes: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedInvoice:
    """An invoice to be: to which customer, on which day, with what on it."""

    key: str
    day: date
    customer: int  # place in the company's list
    header: Values
    lines: tuple[PlannedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCredit:
    """A credit note to be: of which invoice, and how much of it."""

    key: str
    day: date
    credits: str  # the key of the invoice
    is_full: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is made for a company, in the order in which it is numbered; open drafts come last."""

    documents: tuple[PlannedInvoice | PlannedCredit, ...]
    open_drafts: tuple[PlannedInvoice, ...]
