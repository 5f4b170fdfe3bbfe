"""What a letter about money that is late, or soon due, says: the one shape between the claims and the page. Pure.

It is frozen as JSON with the paper. Principal, fees and interest stand apart throughout, as the law wants them told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from invoicing.documents.facts import Buyer, PaymentAccount, Seller, plain_of, read_plain

SCHEMA = 1
NOTHING = Decimal("0.00")


class Step(StrEnum):
    """How firmly the letter asks; it decides the heading and the built-in words."""

    NOTICE = "notice"  # before it is due
    FRIENDLY = "friendly"
    REMINDER = "reminder"
    COLLECTION_NOTICE = "collection_notice"
    PAYMENT_DEMAND = "payment_demand"
    INTEREST_NOTE = "interest_note"


# Which kind of paper each step is kept as.
KIND_OF_STEP: dict[Step, str] = {
    Step.NOTICE: "reminder",
    Step.FRIENDLY: "reminder",
    Step.REMINDER: "reminder",
    Step.COLLECTION_NOTICE: "collection_notice",
    Step.PAYMENT_DEMAND: "collection_notice",
    Step.INTEREST_NOTE: "interest_note",
}
# After these it goes to collection unless it is paid by the deadline, and the letter must say so.
FOLLOWED_BY_COLLECTION = frozenset({Step.COLLECTION_NOTICE, Step.PAYMENT_DEMAND})


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestPart:
    """Interest of the days that have one rate and one principal; both days are counted in."""

    first: date
    last: date
    days: int
    rate: Decimal  # percent a year
    principal: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandedClaim:
    """One principal that the letter demands, and what it adds to it."""

    receivable_id: str
    document_number: str
    issue_date: date
    due_date: date
    original: Decimal  # what the invoice came to
    paid: Decimal  # payments and credits until now
    open: Decimal  # principal that is left
    held: Decimal = NOTHING  # the part of it that is disputed, and not asked for
    fee: Decimal = NOTHING  # what this letter adds
    compensation: Decimal = NOTHING
    interest: Decimal = NOTHING
    reference: str = ""  # KID, OCR, or what to write with the payment
    parts: tuple[InterestPart, ...] = ()

    @property
    def asked(self) -> Decimal:
        """The principal that is asked for."""
        return self.open - self.held

    @property
    def added(self) -> Decimal:
        """Everything that this letter adds to the principal."""
        return self.fee + self.compensation + self.interest


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandedAddition:
    """A fee, compensation or interest that an earlier letter added and that is still open."""

    kind: str  # fee, compensation, interest
    day: date
    amount: Decimal
    document_number: str  # of the principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A letter that asks a customer to pay, as it was on its day."""

    schema: int = SCHEMA
    language: str
    kind: str  # of the paper
    step: str
    day: date
    currency: str
    subject: str = ""  # of the e-mail; empty: the built-in one
    paragraphs: tuple[str, ...] = ()  # in the customer's language; none: the built-in ones
    about: str = ""  # what follows; empty: the built-in sentence where the law wants one
    deadline: date | None
    claims: tuple[DemandedClaim, ...]
    earlier: tuple[DemandedAddition, ...] = ()
    credit: Decimal = NOTHING  # the customer's own money that pays nothing yet
    account: PaymentAccount
    seller: Seller
    buyer: Buyer

    def __post_init__(self) -> None:
        """What the law wants told must be known: after which day the claim goes to collection."""
        if self.step in FOLLOWED_BY_COLLECTION and self.deadline is None:
            raise ValueError("A letter before collection names the last day for paying.")

    @property
    def principal(self) -> Decimal:
        """What is asked for of the invoices themselves."""
        return total(claim.asked for claim in self.claims)

    @property
    def fees(self) -> Decimal:
        """Fees and compensation, those of earlier letters included."""
        own = total(claim.fee + claim.compensation for claim in self.claims)
        return own + total(one.amount for one in self.earlier if one.kind != "interest")

    @property
    def interest(self) -> Decimal:
        """Interest, that of earlier letters included."""
        own = total(claim.interest for claim in self.claims)
        return own + total(one.amount for one in self.earlier if one.kind == "interest")

    @property
    def to_pay(self) -> Decimal:
        """What the customer is asked to pay, the credit set off; never below zero."""
        return max(self.principal + self.fees + self.interest - self.credit, NOTHING)

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return plain_of(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """As it was kept."""
        demand = read_plain(cls, kept)
        assert isinstance(demand, cls)
        return demand


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The sum, with two decimals where there is nothing to add."""
    return sum(amounts, NOTHING)
