"""A camt message in its own terms: statements, entries, payments."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from payments.bank_files.camt_grammar import CamtSchema

BOOKED = "BOOK"
NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class CamtMoney:
    """An amount as it is written, and as a number."""

    text: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class CamtReference:
    """A structured reference: its type, who issues it, and itself; and how much of the payment it is for."""

    kind: str | None
    issuer: str | None
    reference: str
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CamtTransaction:
    """One payment within an entry."""

    line: int
    money: CamtMoney | None
    direction: str | None
    payer_name: str | None
    payer_account: str
    payer_number: str
    references: tuple[CamtReference, ...]
    documents: tuple[tuple[str, str], ...]
    texts: tuple[str, ...]
    bank_reference: str
    other_reference: str
    has_charges: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CamtEntry:
    """One movement on the account."""

    line: int
    reference: str | None
    money: CamtMoney
    direction: str
    is_reversal: bool
    status: str
    booking: str | None
    value: str | None
    bank_code: str | None
    bank_reference: str
    has_charges: bool
    information: str
    transactions: tuple[CamtTransaction, ...]

    @property
    def signed(self) -> Decimal:
        """Positive for a credit."""
        return self.money.amount if self.direction == "CRDT" else -self.money.amount


@dataclass(slots=True)
class CamtSums:
    """What the entries of a statement come to, added up while they go by."""

    counts: dict[str, int] = field(default_factory=dict)  # by direction
    totals: dict[str, Decimal] = field(default_factory=dict)
    currencies: dict[str, None] = field(default_factory=dict)  # each once, in the order of the file
    booked: Decimal = NOTHING  # credits less debits

    def add(self, entry: CamtEntry) -> None:
        """Count one more."""
        direction, amount = entry.direction, entry.money.amount
        self.counts[direction] = self.counts.get(direction, 0) + 1
        self.totals[direction] = self.totals.get(direction, NOTHING) + amount
        self.currencies.setdefault(entry.money.currency)
        if entry.status == BOOKED:
            self.booked += entry.signed


@dataclass(slots=True, kw_only=True)
class CamtStatement:
    """What is told of one account; `balances` are code, signed amount, and the amount as it is written.

    The entries are kept only where somebody asks for them.
    """

    line: int
    identifier: str = ""
    account: str = ""
    currency: str = ""
    copy: str | None = None
    balances: list[tuple[str, CamtMoney]] = field(default_factory=list)
    sums: CamtSums = field(default_factory=CamtSums)
    entries: list[CamtEntry] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class CamtFile:
    """A whole message."""

    schema: CamtSchema
    message_id: str = ""
    statements: list[CamtStatement] = field(default_factory=list)
