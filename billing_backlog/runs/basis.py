"""The basis of a billing run as plain rows: what each row says, what they come to, and the hash that holds them.

Pure: values in, values out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from foundation.canonical import chain, digest

ZERO = Decimal("0.00")
START = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisRow:
    """One item as the run bills it, with the words by which people know what it belongs to."""

    item_id: UUID
    customer_id: UUID
    customer: str
    customer_number: int
    source: str  # the facility, contract or project
    case_worker: str
    day: date
    text: str
    quantity: Decimal
    unit_code: str
    unit_price: Decimal
    price_includes_vat: bool
    amount: Decimal
    currency: str
    charge_kind: str
    vat_treatment: str
    price_reason: str = ""
    source_system: str = ""
    source_order: str = ""
    source_line: str = ""

    @property
    def is_charged(self) -> bool:
        """Whether its amount is summed."""
        return self.charge_kind == "chargeable"

    @property
    def charged(self) -> Decimal:
        """What the row adds to the sums."""
        return self.amount if self.is_charged else ZERO

    def content(self) -> dict[str, Any]:
        """What the row says, for hashing and for the manifest."""
        return asdict(self)

    @property
    def digest(self) -> str:
        """SHA-256 of what the row says."""
        return digest(self.content())


@dataclass(frozen=True, slots=True)
class Sum:
    """How many rows, and what they come to."""

    count: int = 0
    amount: Decimal = ZERO

    def plus(self, row: BasisRow) -> Sum:
        """With one row more."""
        return Sum(self.count + 1, self.amount + row.charged)


@dataclass(frozen=True, slots=True)
class ControlSheet:
    """Counts and sums of a basis in all and per source, case worker, VAT treatment and customer (thing 5)."""

    total: Sum = field(default_factory=Sum)
    customers: int = 0
    by_source: Mapping[str, Sum] = field(default_factory=dict)
    by_case_worker: Mapping[str, Sum] = field(default_factory=dict)
    by_vat: Mapping[str, Sum] = field(default_factory=dict)
    by_customer: Mapping[str, Sum] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The sheet as plain values; amounts as texts."""
        told: dict[str, Any] = {"total": _told(self.total), "customers": self.customers}
        for name in ("by_source", "by_case_worker", "by_vat", "by_customer"):
            told[name] = {key: _told(value) for key, value in getattr(self, name).items()}
        return told


def control_sheet(rows: Iterable[BasisRow]) -> ControlSheet:
    """Count and sum the rows in every way that the control sheet shows."""
    listed = list(rows)
    return ControlSheet(
        total=_sum(listed),
        customers=len({row.customer_id for row in listed}),
        by_source=_sums(listed, lambda row: row.source),
        by_case_worker=_sums(listed, lambda row: row.case_worker),
        by_vat=_sums(listed, lambda row: row.vat_treatment),
        by_customer=_sums(listed, lambda row: f"{row.customer_number} {row.customer}"),
    )


def basis_hash(row_digests: Sequence[str]) -> str:
    """One hash over all rows in their order: a row that is changed, missing, added or moved gives another one."""
    head = START
    for row_digest in row_digests:
        head = chain(head, row_digest)
    return head


def moved_rows(frozen: Mapping[UUID, str], now: Mapping[UUID, str]) -> list[UUID]:
    """The items whose rows say something else now than when the basis was frozen, or are gone or new since."""
    return sorted(key for key in frozen.keys() | now.keys() if frozen.get(key) != now.get(key))


def _sum(rows: Iterable[BasisRow]) -> Sum:
    total = Sum()
    for row in rows:
        total = total.plus(row)
    return total


def _sums(rows: Iterable[BasisRow], key_of: Callable[[BasisRow], str]) -> dict[str, Sum]:
    sums: dict[str, Sum] = {}
    for row in rows:
        key = key_of(row)
        sums[key] = sums.get(key, Sum()).plus(row)
    return dict(sorted(sums.items()))


def _told(value: Sum) -> dict[str, Any]:
    return {"count": value.count, "amount": str(value.amount)}
