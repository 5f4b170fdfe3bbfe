"""Exchange rates for systems that convert documents themselves: the rate by which all of our amounts come out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from accounting_sync.mapping.entries import Entry
from foundation.money import EXACT, convert_amount, round_amount

DECIMALS = (4, 5, 6, 7, 8)

Amounts = Sequence[tuple[Decimal, Decimal]]  # of the entry's currency and of the books


def amounts_of(entry: Entry) -> Amounts:
    """What a document says in both currencies: its total, and the net and VAT of each of its items."""
    items = [(item.net, item.base_net) for item in entry.items]
    return [
        (entry.total, entry.base_total),
        *items,
        *((item.vat_amount, item.base_vat_amount) for item in entry.items),
    ]


def exact_rate(amounts: Amounts) -> Decimal | None:
    """The shortest rate, units of the books for one of the currency, that gives every amount; None where none does."""
    largest = max(amounts, key=lambda pair: abs(pair[0]), default=(Decimal(0), Decimal(0)))
    if not largest[0]:
        return None
    exact = EXACT.divide(largest[1], largest[0])
    rates = (round_amount(exact, decimals) for decimals in DECIMALS)
    return next((rate for rate in rates if all(convert_amount(part, rate) == base for part, base in amounts)), None)


def differing(amounts: Amounts, rate: Decimal) -> tuple[Decimal, Decimal] | None:
    """The first amount that a rate does not give, as it would be and as it is; None where all are given."""
    pairs = ((convert_amount(part, rate), base) for part, base in amounts)
    return next(((theirs, ours) for theirs, ours in pairs if theirs != ours), None)
