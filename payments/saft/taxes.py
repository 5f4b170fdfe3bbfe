"""How the VAT of a voucher belongs to its sales. Pure: no Django, no database."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from foundation.money import split_amount


class TaxedLine(Protocol):
    """A posting, as far as its VAT is concerned."""

    @property
    def position(self) -> int:
        """Its place on the voucher."""

    @property
    def amount(self) -> Decimal:
        """Debit positive."""

    @property
    def vat_code(self) -> str:
        """The standard code that it is posted under; empty for none."""

    @property
    def is_vat(self) -> bool:
        """Whether it is output VAT, and no sale."""


def tax_of(lines: Sequence[TaxedLine]) -> dict[int, Decimal]:
    """The tax of each line of sale, by its position: what the voucher has of a code, spread over the sales under it.

    VAT without a sale, as when a lost claim brings it back, stands on its own line.
    """
    found: dict[int, Decimal] = {}
    for code in sorted({line.vat_code for line in lines if line.vat_code}):
        sales = [line for line in lines if line.vat_code == code and not line.is_vat]
        vat = [line for line in lines if line.vat_code == code and line.is_vat]
        if sales:
            total = sum((line.amount for line in vat), Decimal("0.00"))
            parts = split_amount(total, [line.amount for line in sales])
            found |= {line.position: part for line, part in zip(sales, parts, strict=True)}
        else:
            found |= {line.position: line.amount for line in vat}
    return found
