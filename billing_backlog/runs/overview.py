"""A run customer by customer beside the period before, as its page shows it.

Pure: values in, values out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from billing_backlog.runs.basis import ZERO, BasisRow
from billing_backlog.runs.differences import Past

BAR = 46  # half the width of the bar that shows a change


@dataclass(slots=True)
class CustomerLine:
    """What one customer is billed now and was billed before, and what is left out."""

    customer_id: UUID
    customer: str
    number: int
    count: int = 0
    now: Decimal = ZERO
    before: Decimal = ZERO
    left_out: int = 0
    left_out_amount: Decimal = ZERO
    obstacles: list[str] = field(default_factory=list)
    bar: int = 0  # of the change, in parts of BAR

    @property
    def change(self) -> Decimal:
        """How much more or less than before."""
        return self.now - self.before

    @property
    def bar_from(self) -> int:
        """Where the bar of a change begins: at the middle, or left of it."""
        return 48 if self.change >= 0 else 48 - self.bar


@dataclass(frozen=True, slots=True)
class Overview:
    """Every customer of a run, the largest first, and what all of them come to."""

    customers: list[CustomerLine]
    count: int
    amount: Decimal
    before: Decimal
    held_customers: int
    held_count: int
    held_amount: Decimal

    @property
    def billed_customers(self) -> int:
        """How many customers are billed."""
        return sum(1 for line in self.customers if line.count)

    @property
    def prepared(self) -> Decimal:
        """What is prepared: billed and held back."""
        return self.amount + self.held_amount


def overview_of(
    rows: Iterable[BasisRow], left_out: Sequence[tuple[BasisRow, str]], past: Mapping[UUID, Past]
) -> Overview:
    """One line for each customer that is billed, left out, or was billed before."""
    lines: dict[UUID, CustomerLine] = {}

    def line_of(row: BasisRow) -> CustomerLine:
        return lines.setdefault(row.customer_id, CustomerLine(row.customer_id, row.customer, row.customer_number))

    for row in rows:
        line = line_of(row)
        line.count += 1
        line.now += row.charged
    for row, obstacle in left_out:
        line = line_of(row)
        line.left_out += 1
        line.left_out_amount += row.charged
        if obstacle not in line.obstacles:
            line.obstacles.append(obstacle)
    for customer_id, before in past.items():
        if before.count:
            missing = CustomerLine(customer_id, before.customer, 0)
            lines.setdefault(customer_id, missing).before = before.amount
    listed = sorted(lines.values(), key=lambda line: (-line.now, -line.left_out_amount, line.customer))
    largest = max((abs(line.change) for line in listed), default=ZERO)
    for line in listed:
        line.bar = int(abs(line.change) * BAR / largest) if largest else 0
    held = [row for row, obstacle in left_out if obstacle == "held"]
    return Overview(
        customers=listed,
        count=sum(line.count for line in listed),
        amount=sum((line.now for line in listed), ZERO),
        before=sum((line.before for line in listed), ZERO),
        held_customers=len({row.customer_id for row in held}),
        held_count=len(held),
        held_amount=sum((row.charged for row in held), ZERO),
    )
