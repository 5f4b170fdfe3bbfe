"""One piece of work as a file tells it, and what a reader says of a whole file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from billing_backlog.finance_files.faults import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """By what the file names who pays; the first that says something is looked for."""

    number: str = ""
    organization_number: str = ""
    resource_number: str = ""
    national_id: str = field(default="", repr=False)
    name: str = ""

    @property
    def is_named(self) -> bool:
        """Whether anything says who pays."""
        return bool(self.number or self.organization_number or self.resource_number or self.national_id or self.name)

    @property
    def shown(self) -> str:
        """What may be shown of it: never a national id."""
        return self.number or self.organization_number or self.resource_number or self.name or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One row: what was done, when, for whom and at which price, in the file's own words where codes are meant."""

    line: int
    order: str
    order_line: str
    day: date
    quantity: Decimal
    text: str
    payer: Payer
    kind: str = ""
    unit_price: Decimal | None = None
    amount: Decimal | None = None
    price_includes_vat: bool = False
    period_from: date | None = None
    unit: str = ""
    product: str = ""
    project: str = ""
    contract: str = ""
    facility: str = ""
    currency: str = ""
    vat: str = ""
    internal_text: str = ""
    performed_by: str = ""
    price_reason: str = ""
    approved_by: str = ""
    charge: str = ""
    dimensions: Mapping[str, str] = field(default_factory=dict)

    @property
    def told_amount(self) -> Decimal:
        """The amount as told, or as quantity and price make it."""
        if self.amount is not None:
            return self.amount
        return self.quantity * self.unit_price if self.unit_price is not None else Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A file read: its good rows, the faults of the others by line, what looks odd, and why it is refused if it is."""

    rows: tuple[SourceRow, ...] = ()
    count: int = 0  # of all rows, good and bad
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    refusal: tuple[Fault, ...] = ()  # of the file as a whole

    @property
    def is_refused(self) -> bool:
        """Whether nothing of the file can be taken."""
        return bool(self.refusal)
