"""What a receipt and a statement of account say: the one shape between the ledger and the page. Pure.

It is frozen as JSON with the paper, so that the same paper is the same bytes whatever happens in the ledger later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self

from invoicing.documents.facts import Buyer, PaymentAccount, Seller, plain_of, read_plain

SCHEMA = 1
NOTHING = Decimal("0.00")
AGES_FROM = (0, 1, 31, 61, 91)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidItem:
    """One claim that a payment has paid, wholly or in part."""

    document_number: str
    issue_date: date
    currency: str
    paid: Decimal
    used: Decimal  # of the payment's currency
    left: Decimal  # still to pay when the receipt was made


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Money that was received, and what it has paid."""

    schema: int = SCHEMA
    language: str
    day: date
    number: str  # of the voucher
    method: str
    reference: str
    currency: str
    amount: Decimal
    refunded: Decimal
    unapplied: Decimal
    items: tuple[PaidItem, ...]
    seller: Seller
    buyer: Buyer

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return plain_of(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """As it was kept."""
        receipt = read_plain(cls, kept)
        assert isinstance(receipt, cls)
        return receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEntry:
    """A claim that stands open, or a credit that reduces nothing yet, with its minus."""

    document_number: str
    kind: str
    issue_date: date
    due_date: date | None
    currency: str
    open: Decimal
    days_late: int
    reference: str  # KID, or what to write with the payment


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusedMoney:
    """Money that was received and pays nothing yet."""

    day: date
    reference: str
    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Aged:
    """What is late by so many days or more; 0 for what is not due."""

    days_from: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyBalance:
    """What one currency comes to: owed, in credit, unused, and what is owed by how late it is."""

    currency: str
    owed: Decimal
    credits: Decimal
    unused: Decimal
    ages: tuple[Aged, ...]  # not due, 1–30, 31–60, 61–90, over 90 days late
    account: PaymentAccount

    @property
    def balance(self) -> Decimal:
        """What is to be paid once everything is set off; negative where the customer has it to his credit."""
        return self.owed - self.credits - self.unused

    @property
    def in_favour(self) -> Decimal:
        """What the customer has to his credit once everything is set off."""
        return max(-self.balance, NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One posting of the period, in the currency of the books, and the balance after it."""

    day: date
    kind: str
    document_number: str
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What happened on the customer's account from a day on."""

    first: date
    currency: str
    opening: Decimal
    closing: Decimal
    movements: tuple[Movement, ...]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A customer's account as of a day."""

    schema: int = SCHEMA
    language: str
    day: date
    currency: str  # of the books, for an account on which nothing stands
    entries: tuple[OpenEntry, ...]
    unused: tuple[UnusedMoney, ...]
    left_out: int  # further claims that stand open and are summed, but not listed
    balances: tuple[CurrencyBalance, ...]
    period: Period | None
    seller: Seller
    buyer: Buyer

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return plain_of(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """As it was kept."""
        statement = read_plain(cls, kept)
        assert isinstance(statement, cls)
        return statement


def balance_of(
    currency: str, entries: list[OpenEntry], unused: list[UnusedMoney], account: PaymentAccount
) -> CurrencyBalance:
    """The sums of one currency."""
    own = [entry for entry in entries if entry.currency == currency]
    ages = [NOTHING] * len(AGES_FROM)
    for entry in own:
        if entry.open > 0:
            ages[age_of(entry.days_late)] += entry.open
    return CurrencyBalance(
        currency=currency,
        owed=sum((entry.open for entry in own if entry.open > 0), NOTHING),
        credits=-sum((entry.open for entry in own if entry.open < 0), NOTHING),
        unused=sum((money.amount for money in unused if money.currency == currency), NOTHING),
        ages=tuple(Aged(days_from=days, amount=amount) for days, amount in zip(AGES_FROM, ages, strict=True)),
        account=account,
    )


def age_of(days_late: int) -> int:
    """The place of a claim among the ages."""
    if days_late <= 0:
        return 0
    return min((days_late - 1) // 30 + 1, 4)
