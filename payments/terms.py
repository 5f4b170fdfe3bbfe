"""What is asked for when money is registered, and what a payment leaves on each claim: plain values, one arithmetic.

Pure: nothing is stored here. Whoever calls holds the locks of the claims and passes what is open on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from foundation.ids import uuid7
from foundation.money import round_amount

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Balance:
    """What is owed on a receivable: in its own currency and in the books."""

    currency_amount: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a payment pays of one claim; without an amount as much of what is open as the money reaches.

    `amount` is of the claim's currency. `payment_amount` is needed only where the payment is in another one: what of
    it is used.
    """

    receivable_id: UUID
    amount: Decimal | None = None
    payment_amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentTerms:
    """Money that has come in, as somebody tells of it; the same key is the same money."""

    key: str
    day: date
    currency: str
    amount: Decimal
    method: str
    source: str
    account_id: UUID
    customer_id: UUID | None = None
    base_amount: Decimal | None = None  # what the bank credited in the books' currency; None: by the day's rate
    fee: Decimal = NOTHING
    reference: str = ""
    payer_name: str = ""
    payer_account: str = ""
    note: str = ""
    parts: Sequence[Part] = ()
    closes_small_difference: bool = False
    id: UUID = field(default_factory=uuid7)


@dataclass(slots=True)
class Rest:
    """What is left of a payment: in its currency and in the books."""

    amount: Decimal
    base: Decimal

    def take(self, amount: Decimal) -> Decimal:
        """Use an amount; returns its share in the books, the last one taking all that is left of it."""
        base = self.base if amount == self.amount else round_amount(self.base * amount / self.amount)
        self.amount -= amount
        self.base -= base
        return base


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a payment on one claim: of the claim's currency and of the payment's, each with its worth in the books.

    A share of no payment (`payment_amount` zero) closes a small difference.
    """

    receivable_id: UUID
    amount: Decimal
    base: Decimal
    payment_amount: Decimal
    payment_base: Decimal

    @property
    def is_difference(self) -> bool:
        """Whether it is a small difference that nobody pays."""
        return not self.payment_amount


def part_of(balance: Balance, currency_amount: Decimal) -> Decimal:
    """The books' share of a part of a balance; the last part takes what is left, so that nothing stays behind."""
    if currency_amount == balance.currency_amount:
        return balance.amount
    return round_amount(balance.amount * currency_amount / balance.currency_amount)


def share_out(
    rest: Rest, parts: Sequence[Part], open_now: dict[UUID, Balance], *, small_difference_max: Decimal = NOTHING
) -> list[Share]:
    """Spread money over claims of its own currency in the order asked for, never beyond what is open on any.

    `rest` and `open_now` are changed: the same money is used once, the same claim is paid once.
    """
    shares: list[Share] = []
    for part in parts:
        claim = open_now[part.receivable_id]
        wanted = claim.currency_amount if part.amount is None else min(part.amount, claim.currency_amount)
        amount = min(wanted, rest.amount)
        if amount <= 0:
            continue
        base = part_of(claim, amount)
        shares.append(Share(part.receivable_id, amount, base, amount, rest.take(amount)))
        left = Balance(claim.currency_amount - amount, claim.amount - base)
        if 0 < left.currency_amount <= small_difference_max:
            shares.append(Share(part.receivable_id, left.currency_amount, left.amount, NOTHING, NOTHING))
            left = Balance(NOTHING, NOTHING)
        open_now[part.receivable_id] = left
    return shares


def share_across(rest: Rest, part: Part, open_now: dict[UUID, Balance]) -> Share:
    """One share of a claim in another currency than the payment's: both amounts are told, neither is worked out.

    ValueError where one is missing, or more than what is open or left.
    """
    claim = open_now[part.receivable_id]
    if part.amount is None or part.payment_amount is None:
        raise ValueError("Both amounts are needed.")
    if not 0 < part.amount <= claim.currency_amount or not 0 < part.payment_amount <= rest.amount:
        raise ValueError("More than there is.")
    base = part_of(claim, part.amount)
    open_now[part.receivable_id] = Balance(claim.currency_amount - part.amount, claim.amount - base)
    return Share(part.receivable_id, part.amount, base, part.payment_amount, rest.take(part.payment_amount))


def gain_of(shares: Sequence[Share]) -> Decimal:
    """What the books win by the shares, negative for a loss: the money is worth more now than the claim once was."""
    return sum((share.payment_base - share.base for share in shares if not share.is_difference), NOTHING)
