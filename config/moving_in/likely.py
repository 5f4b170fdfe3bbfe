"""Where the difference to the control total may come from. Pure: sums and single amounts in, guesses out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

LIKELY_MAX = 20


class Guess(StrEnum):
    """What may be wrong with a row."""

    REFUSED = "refused"  # its amount is not counted
    TOO_MUCH = "too_much"  # leaving it out would make the totals agree
    TWICE = "twice"  # another row of the same amount: one of them may stand there twice
    SIGN = "sign"  # with the other sign the totals would agree
    SHIFTED = "shifted"  # ten or a hundred times as much or as little, and they would


@dataclass(frozen=True, slots=True)
class Counted:
    """One row of open items with its amount in the books; not counted where it is refused."""

    line: int
    amount: Decimal
    is_refused: bool = False


def likely_rows(rows: Sequence[Counted], difference: Decimal) -> list[tuple[Counted, Guess]]:
    """The rows that may explain a difference (control total less the sum of the rows), the plainest first."""
    if not difference:
        return []
    found = [(row, Guess.REFUSED) for row in rows if row.is_refused]
    standing = [row for row in rows if not row.is_refused]
    amounts: dict[Decimal, int] = {}
    for row in standing:
        amounts[row.amount] = amounts.get(row.amount, 0) + 1
    found.extend((row, guess) for row in standing for guess in _guesses(row.amount, difference, amounts))
    found.sort(key=lambda pair: (list(Guess).index(pair[1]), pair[0].line))
    return found[:LIKELY_MAX]


def _guesses(amount: Decimal, difference: Decimal, amounts: dict[Decimal, int]) -> Iterator[Guess]:
    if amount == -difference:
        yield Guess.TWICE if amounts[amount] > 1 else Guess.TOO_MUCH
    if amount * -2 == difference:
        yield Guess.SIGN
    if any(amount * (factor - 1) == difference for factor in _SHIFTS):
        yield Guess.SHIFTED


_SHIFTS = (Decimal(10), Decimal(100), Decimal(1000), Decimal("0.1"), Decimal("0.01"), Decimal("0.001"))
