"""Is a movement on the bank account a provider's payout, and of what? Pure: values in, a suggestion out.

A provider pays out one sum: payments since the last payout less what went back, less its fee where it is not known yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate
from uuid import UUID

NAMES = {"stripe": ("stripe",), "vipps": ("vipps", "mobilepay"), "demo": ("demo provider",)}
UNNAMED_MOVEMENTS_MIN = 2  # a single payment of the same amount may be anybody's
# What a provider keeps at most before nobody would believe it: of the money, and for each payment.
FEE_RATE_MAX, FEE_EACH_MAX = Decimal("0.05"), Decimal("5.00")
NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearing:
    """One movement of the clearing account that no payout holds: a payment, or money that went back (negative)."""

    posting_id: UUID
    day: date
    provider: str
    kind: str
    text: str
    amount: Decimal  # in the books
    currency: str
    currency_amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BankMovement:
    """What the bank told: negative where the provider drew money."""

    day: date
    amount: Decimal
    currency: str
    text: str


@dataclass(frozen=True, slots=True)
class PayoutSuggestion:
    """The movements that a payout holds, the fee that the provider kept, and whether its name was told."""

    provider: str
    parts: tuple[Clearing, ...]
    fee: Decimal
    is_named: bool

    @property
    def settled(self) -> Decimal:
        """What the movements come to."""
        return sum((part.currency_amount for part in self.parts), NOTHING)


def provider_named(*texts: str) -> str:
    """The provider whose name stands in one of these texts; empty for none."""
    told = " ".join(texts).casefold()
    return next((provider for provider, names in NAMES.items() if any(name in told for name in names)), "")


def suggest_payout(movement: BankMovement, open_parts: Sequence[Clearing]) -> PayoutSuggestion | None:
    """What the movement pays out; without the provider's name only where several payments come to exactly it."""
    named = provider_named(movement.text)
    found = []
    for provider in [named] if named else sorted({part.provider for part in open_parts}):
        own = [part for part in open_parts if part.provider == provider and part.day <= movement.day]
        own = [part for part in own if part.currency == movement.currency]
        parts = _run_of(own, movement.amount)
        if parts and (named or len(parts) >= UNNAMED_MOVEMENTS_MIN):
            found.append(PayoutSuggestion(provider, parts, NOTHING, bool(named)))
        elif named and (less_fee := _less_fee(own, movement.amount)):
            fee = sum((part.currency_amount for part in less_fee), NOTHING) - movement.amount
            found.append(PayoutSuggestion(provider, less_fee, fee, is_named=True))
    return found[0] if len(found) == 1 else None


def _run_of(own: Sequence[Clearing], amount: Decimal) -> tuple[Clearing, ...]:
    """Movements one after the other that come to exactly the amount, from the oldest possible one on."""
    sums = [NOTHING, *accumulate(part.currency_amount for part in own)]
    ends: dict[Decimal, list[int]] = {}
    for end, total in enumerate(sums):
        ends.setdefault(total, []).append(end)
    for start, total in enumerate(sums):
        later = [end for end in ends.get(total + amount, ()) if end > start]
        if later:
            return tuple(own[start : later[-1]])
    return ()


def _less_fee(own: Sequence[Clearing], amount: Decimal) -> tuple[Clearing, ...]:
    """All movements through a day that come to a little more than the amount, the least more."""
    best: tuple[Decimal, int] | None = None
    total = taken = NOTHING
    for place, part in enumerate(own, start=1):
        total += part.currency_amount
        taken += max(part.currency_amount, NOTHING)
        is_day_over = place == len(own) or own[place].day != part.day
        fee = total - amount
        if is_day_over and 0 < fee <= taken * FEE_RATE_MAX + place * FEE_EACH_MAX and (best is None or fee < best[0]):
            best = fee, place
    return tuple(own[: best[1]]) if best else ()
