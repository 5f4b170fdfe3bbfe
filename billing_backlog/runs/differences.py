"""What is otherwise than in the last period: found by the seller before the customer finds it (thing 6).

Pure: values in, values out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from billing_backlog.runs.basis import ZERO, BasisRow
from foundation.canonical import digest

HUNDRED = Decimal(100)


class DifferenceKind(StrEnum):
    """What is otherwise; each is accepted or explained before the run can be approved."""

    NEW = "new"  # billed now, not in the last period
    MISSING = "missing"  # billed in the last period, not now
    UP = "up"
    DOWN = "down"
    DOUBLED = "doubled"  # at least twice as many rows as before
    ZERO = "zero"  # an invoice of nothing
    FIRST_PRICE = "first_price"  # a price that the customer has not had from this source
    OWN_PRICE = "own_price"  # another price than the list's, with its reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a customer was billed in the last period, and the prices it has had from each source ever."""

    customer_id: UUID
    customer: str
    count: int = 0
    amount: Decimal = ZERO
    prices: frozenset[tuple[str, Decimal]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing to look at; its key changes with the figures, so that an answer holds for these figures alone."""

    kind: DifferenceKind
    customer_id: UUID
    customer: str
    before: Decimal
    now: Decimal
    count_before: int = 0
    count_now: int = 0
    note: str = ""

    @property
    def change(self) -> Decimal:
        """How much more or less."""
        return self.now - self.before

    @property
    def key(self) -> str:
        """The same difference with the same figures has the same key."""
        return digest(
            [self.kind.value, self.customer_id, self.before, self.now, self.count_before, self.count_now, self.note]
        )


def differences(rows: Sequence[BasisRow], past: Mapping[UUID, Past], *, change_percent: Decimal) -> list[Difference]:
    """Everything that is otherwise than in the last period, the largest change first.

    A change is told from the given per cent of the last period's amount on.
    """
    found: list[Difference] = []
    by_customer: dict[UUID, list[BasisRow]] = {}
    for row in rows:
        by_customer.setdefault(row.customer_id, []).append(row)
    for customer_id, own in by_customer.items():
        found += _of_customer(own, past.get(customer_id), change_percent)
    for customer_id, before in past.items():
        if before.count and customer_id not in by_customer:
            found.append(
                Difference(
                    kind=DifferenceKind.MISSING,
                    customer_id=customer_id,
                    customer=before.customer,
                    before=before.amount,
                    now=ZERO,
                    count_before=before.count,
                )
            )
    return sorted(found, key=lambda each: (-abs(each.change), each.customer, each.kind.value, each.note))


def _of_customer(rows: Sequence[BasisRow], before: Past | None, change_percent: Decimal) -> list[Difference]:
    first = rows[0]
    now = sum((row.charged for row in rows), ZERO)
    was = before.amount if before else ZERO
    count = before.count if before else 0

    def told(kind: DifferenceKind, note: str = "") -> Difference:
        return Difference(
            kind=kind,
            customer_id=first.customer_id,
            customer=first.customer,
            before=was,
            now=now,
            count_before=count,
            count_now=len(rows),
            note=note,
        )

    found = []
    if not count:
        found.append(told(DifferenceKind.NEW))
    elif now != was and abs(now - was) * HUNDRED >= abs(was) * change_percent:
        found.append(told(DifferenceKind.UP if now > was else DifferenceKind.DOWN))
    if count and len(rows) >= 2 * count:
        found.append(told(DifferenceKind.DOUBLED))
    if not now:
        found.append(told(DifferenceKind.ZERO))
    known = before.prices if before else frozenset()
    new_prices = {(row.source, row.unit_price) for row in rows if row.is_charged} - known
    if count:  # of a new customer every price is the first
        for source, price in sorted(new_prices):
            found.append(told(DifferenceKind.FIRST_PRICE, f"{source}: {price.normalize():f}"))
    found += [
        told(DifferenceKind.OWN_PRICE, f"{row.day.isoformat()} {row.text}: {row.price_reason}")
        for row in rows
        if row.price_reason
    ]
    return found
