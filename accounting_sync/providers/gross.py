"""Lines of documents for systems that take only amounts with VAT and carve the VAT out of each line by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounting_sync.mapping.entries import ZERO, Entry, EntryItem, Target
from accounting_sync.providers.computing import parts_that_bear, vat_within
from foundation.money import EXACT, HUNDRED, minor_units, round_amount

APART_MAX = Decimal("0.50")


@dataclass(frozen=True, slots=True)
class GrossPart:
    """An amount with its VAT, of the base currency and of the entry's, and the code that it bears."""

    base: Decimal
    amount: Decimal
    vat: Target | None


def item_parts(entry: Entry, item: EntryItem) -> Sequence[GrossPart] | None:
    """An item in parts that keep its VAT to the hundredth; None where none do.

    The rate is the one that the system told with the code that ours is mapped to, since that is what it reckons with.
    """
    told = item.vat.facts.get("rate") if item.vat else "0"
    rate = Decimal(told) if told else item.vat_rate_percent
    bases = parts_that_bear(item.base_gross, item.base_vat_amount, rate)
    if bases is not None:
        marked = [(base, item.vat) for base in bases]
    elif entry.is_foreign and (apart := _apart(item, rate)):
        marked = [(apart[0], item.vat), (apart[1], None)]
    else:
        return None
    decimals = minor_units(entry.currency)
    amounts = [
        round_amount(EXACT.divide(base, entry.exchange_rate), decimals) if entry.is_foreign else base
        for base, _vat in marked[1:]
    ]
    amounts.insert(0, item.gross - sum(amounts, ZERO))
    return [GrossPart(base, amount, vat) for (base, vat), amount in zip(marked, amounts, strict=True) if base or amount]


def _apart(item: EntryItem, rate: Decimal) -> tuple[Decimal, Decimal] | None:
    """VAT rounded in another currency is a few hundredths off in the books: they stand apart, without a code."""
    if rate <= 0:
        return None
    taxed = round_amount(EXACT.divide(EXACT.multiply(item.base_vat_amount, HUNDRED + rate), rate))
    rest = item.base_gross - taxed
    return (taxed, rest) if vat_within(taxed, rate) == item.base_vat_amount and abs(rest) <= APART_MAX else None
