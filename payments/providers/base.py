"""What every payment provider can be asked, in plain values; the same key asked twice has one effect.

Nothing here reads or writes rows. An implementation raises `NoAnswer` where the effect may or may not have happened,
`Refused` where it certainly did not, and `Forged` for a message that is not the provider's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

TOLERANCE_SECONDS = 300  # how old a signed message may be
PENDING, PROCESSING, AUTHORIZED, CAPTURED = "pending", "processing", "authorized", "captured"
FAILED, CANCELLED, EXPIRED = "failed", "cancelled", "expired"
REFUND_PENDING, REFUND_DONE, REFUND_REFUSED = "pending", "done", "refused"
SOFT, HARD, CUSTOMER = "soft", "hard", "customer"
DISPUTE_OPEN, DISPUTE_WON, DISPUTE_LOST = "open", "won", "lost"


class NoAnswer(RuntimeError):
    """The provider did not answer, or with an error of its own: what was asked may have happened."""


class Refused(RuntimeError):
    """The provider said no: what was asked has not happened, and asking again says the same."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Forged(RuntimeError):
    """A message that the provider did not send, or not now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a provider can do for us."""

    currencies: frozenset[str]
    amount_max: Decimal
    saves_methods: bool = False
    waits_for_capture: bool = False  # the money is reserved first, and taken by a second call


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A customer is to pay this on the provider's page."""

    key: str
    amount: Decimal
    currency: str
    text: str
    language: str
    return_address: str
    expires_at: datetime
    saves_method: bool = False
    mandate_text: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Where the customer pays, and the provider's name for it."""

    reference: str
    address: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where an attempt is found again at the provider: our key, and what it was called there, as far as we know."""

    key: str
    checkout_reference: str = ""
    payment_reference: str = ""
    started_at: datetime | None = None
    token: str = ""  # of the saved method that was charged


@dataclass(frozen=True, slots=True)
class Capture:
    """Money that has come, once per reference."""

    reference: str
    amount: Decimal
    fee: Decimal = Decimal(0)  # of the same currency; zero where the provider has not said it yet


@dataclass(frozen=True, slots=True)
class SavedToken:
    """A method that the customer has let be charged later."""

    token: str
    brand: str
    last_digits: str = ""
    expires: str = ""


@dataclass(frozen=True, slots=True)
class Dispute:
    """The customer has gone to the bank against a payment."""

    reference: str
    state: str
    amount: Decimal
    fee: Decimal = Decimal(0)  # what the provider keeps for it, of the same currency


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPayment:
    """The truth about one attempt as the provider tells it now."""

    state: str
    currency: str
    occurred_at: datetime
    captures: Sequence[Capture] = ()
    authorized: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    checkout_reference: str = ""
    payment_reference: str = ""
    method: str = "card"
    code: str = ""
    text: str = ""
    decline: str = ""
    saved: SavedToken | None = None
    disputes: Sequence[Dispute] = ()

    @property
    def captured(self) -> Decimal:
        """All that has come."""
        return sum((capture.amount for capture in self.captures), Decimal(0))


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """Money goes back to the card or wallet that it came from."""

    key: str
    payment_reference: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class RefundOutcome:
    """What became of a refund."""

    state: str
    reference: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class ChargeOrder:
    """A saved method is to be charged without the customer."""

    key: str
    token: str
    amount: Decimal
    currency: str
    text: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened; what it was is asked, never believed."""

    id: str
    kind: str
    occurred_at: datetime
    attempt_key: str = ""
    payment_reference: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A request that came in at the address of the way back, as it came."""

    headers: Mapping[str, str]  # names in small letters
    body: bytes
    host: str  # ours by configuration, never the request's
    path: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Connection:
    """What a provider said when we made ourselves known."""

    account_reference: str
    is_live: bool
    secrets: Mapping[str, str] = field(default_factory=dict)  # to be kept: the secret that its messages are signed with


class Provider(Protocol):
    """One account at one provider."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    def connect(self, hook_address: str, key: str) -> Connection:
        """Make ourselves known and ask to be told at this address."""

    def start(self, order: Order) -> Page:
        """Have a page made on which the customer pays."""

    def fetch(self, place: Place) -> ProviderPayment | None:
        """How things stand; None where the provider knows of nothing."""

    def capture(self, place: Place, amount: Decimal, currency: str) -> None:
        """Take what is reserved."""

    def cancel(self, place: Place) -> None:
        """Close the page, or give back what is reserved; what is paid already stays paid."""

    def refund(self, order: RefundOrder) -> RefundOutcome:
        """Send money back."""

    def find_refund(self, order: RefundOrder) -> RefundOutcome | None:
        """What became of a refund that was asked for; None where the provider knows of none."""

    def charge(self, order: ChargeOrder) -> ProviderPayment:
        """Charge a saved method."""

    def forget(self, token: str) -> None:
        """Have the provider forget a saved method."""

    def verify(self, message: Message) -> Sequence[Event]:
        """The events in a message that is certainly the provider's; Forged for all others."""


def to_minor(amount: Decimal) -> int:
    """An amount in hundredths, as providers count the currencies that we take."""
    return int(amount * 100)


def from_minor(count: int) -> Decimal:
    """An amount of so many hundredths."""
    return (Decimal(count) / 100).quantize(Decimal("0.01"))
