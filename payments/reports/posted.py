"""The postings behind a figure: by day, account, VAT code and what they are of a sale."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from payments.models import VoucherKind
from payments.reports.asked import Asked
from payments.reports.reading import fetch, stream
from payments.reports.vat import IS_SALES, POSTINGS, SIDE_OF, vat_values
from tenants.models import Organization

ROWS = 100
NO_CODE = "none"

_CHOSEN = f"""{POSTINGS}
      AND (%(account)s::uuid IS NULL OR p.account_id = %(account)s)
      AND (%(code)s = '' OR p.vat_code = %(only_code)s)
      AND (%(side)s = '' OR ({SIDE_OF} = %(side)s AND {IS_SALES}))
"""
_SUMS = f"""
    SELECT count(*), coalesce(sum(p.amount) FILTER (WHERE p.amount > 0), 0),
           coalesce(-sum(p.amount) FILTER (WHERE p.amount < 0), 0) {_CHOSEN}
"""
_ROWS = f"""
    SELECT v.day, v.year, v.number, v.id, v.kind, v.text, a.id, a.number, a.name, p.vat_code, v.currency,
           p.currency_amount, p.amount {_CHOSEN} ORDER BY v.day, v.year, v.number, p.position
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One posting with its voucher and account."""

    day: date
    year: int
    number: int
    voucher_id: UUID
    kind: str
    text: str
    account_id: UUID
    account_number: str
    account_name: str
    vat_code: str
    currency: str
    currency_amount: Decimal
    amount: Decimal

    @property
    def voucher_label(self) -> str:
        """The voucher's number as people write it."""
        return f"{self.year}-{self.number:05d}"

    @property
    def kind_label(self) -> str:
        """What happened, in words."""
        return str(VoucherKind(self.kind).label)

    @property
    def debit(self) -> Decimal:
        """The amount where it is a debit; nothing for a credit."""
        return max(self.amount, Decimal("0.00"))

    @property
    def credit(self) -> Decimal:
        """The amount where it is a credit; nothing for a debit."""
        return max(-self.amount, Decimal("0.00"))


@dataclass(frozen=True, slots=True)
class Postings:
    """One page of postings, and the sums of all that were asked for."""

    rows: tuple[Posted, ...]
    count: int
    debit: Decimal
    credit: Decimal
    has_more: bool

    @property
    def balance(self) -> Decimal:
        """Debit less credit."""
        return self.debit - self.credit


def postings_of(organization: Organization, asked: Asked, *, page: int = 1, size: int = ROWS) -> Postings:
    """The postings from the first day through the last that the question leaves in."""
    values = _values(organization, asked)
    [(count, debit, credit)] = fetch(_SUMS, values)
    paged = {**values, "most": size + 1, "skip": (page - 1) * size}
    found = fetch(f"{_ROWS} LIMIT %(most)s OFFSET %(skip)s", paged)
    return Postings(tuple(_posted(row) for row in found[:size]), count, debit, credit, len(found) > size)


def every_posting(organization: Organization, asked: Asked) -> Iterator[Posted]:
    """All of them in the same order, as the server hands them out."""
    return (_posted(row) for row in stream(_ROWS, _values(organization, asked)))


def _values(organization: Organization, asked: Asked) -> dict[str, Any]:
    return {
        **vat_values(organization, asked),
        "account": asked.account_id,
        "code": asked.vat_code,
        "only_code": "" if asked.vat_code == NO_CODE else asked.vat_code,
        "side": asked.side,
    }


def _posted(row: tuple[Any, ...]) -> Posted:
    return Posted(**dict(zip(Posted.__dataclass_fields__, row, strict=True)))
