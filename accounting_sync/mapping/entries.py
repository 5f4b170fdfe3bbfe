"""One voucher of ours in an accounting system's words: what an adapter turns into calls.

Debit is positive, credit negative, as in our own ledger. What a document sums to (`total`, `vat_total`, the amounts of
`items`) is positive on sales and on credit notes alike; the kind of the entry says which of them it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class EntryKind(StrEnum):
    """The shape of a voucher, which decides what an accounting system can take it as."""

    SALE = "sale"  # opens one claim: invoices, payment requests, fees, interest
    CREDIT = "credit"  # opens one negative claim: credit notes, withdrawn payment requests
    PAYMENT = "payment"  # one account of money (or what stands for it) against claims
    SETTLEMENT = "settlement"  # a negative claim against a claim: no account changes
    JOURNAL = "journal"  # everything else


class LinePart(StrEnum):
    """What one line of a voucher stands for."""

    RECEIVABLE = "receivable"
    VAT = "vat"
    OTHER = "other"  # revenue, money, rounding, fees, losses, advances


@dataclass(frozen=True, slots=True)
class Target:
    """What something of ours is called in the accounting system."""

    id: str
    code: str = ""
    label: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)  # what the adapter read with it: rate, type, …


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A customer as we know it, and what the accounting system calls it once it is linked."""

    number: str  # our customer number
    name: str
    is_business: bool
    is_public: bool = False
    organization_number: str = ""
    vat_number: str = ""
    email: str = ""
    phone: str = ""
    contact_name: str = ""
    street: str = ""
    street_2: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = "NO"
    language: str = "nb"
    currency: str = "NOK"
    payment_terms_days: int = 14
    remote_id: str = ""
    remote_number: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)  # what the adapter said when it was linked


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """One line of the voucher, debit positive."""

    part: LinePart
    account_number: str  # ours
    account: Target
    amount: Decimal  # of the base currency
    currency_amount: Decimal  # of the entry's currency
    vat: Target | None = None
    vat_rate_percent: Decimal = ZERO
    text: str = ""
    document_number: str = ""  # of lines on the receivables account: the claim's number
    due_date: date | None = None
    party: Party | None = None  # of lines on the receivables account
    dimensions: Mapping[str, Target] = field(default_factory=dict)  # our dimension → its value there


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryItem:
    """One line of a document: everything on the voucher but the claim, with the VAT that belongs to it.

    Positive where it makes the document larger, on credit notes too; their nets and VAT sum to the total exactly, in
    both currencies.
    """

    text: str
    account_number: str
    account: Target
    net: Decimal
    vat_amount: Decimal
    base_net: Decimal
    base_vat_amount: Decimal
    vat: Target | None = None
    vat_rate_percent: Decimal = ZERO
    vat_treatment: str = ""  # of ours; empty: no sale, such as rounding, fees and advances
    dimensions: Mapping[str, Target] = field(default_factory=dict)

    @property
    def gross(self) -> Decimal:
        """With its VAT, in the entry's currency."""
        return self.net + self.vat_amount

    @property
    def base_gross(self) -> Decimal:
        """With its VAT, in the base currency."""
        return self.base_net + self.base_vat_amount


@dataclass(frozen=True, slots=True)
class Settled:
    """A claim that the voucher settles, wholly or in part."""

    document_number: str
    amount: Decimal  # of the entry's currency, positive
    base_amount: Decimal
    remote: Remote | None  # as which it stands in the accounting system; None: it was never pushed there
    is_credit: bool = False  # of settlements: the negative claim that gives
    party: Party | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """Something in the accounting system, as far as it told of it."""

    id: str
    number: str = ""
    day: date | None = None
    currency: str = ""
    total: Decimal | None = None  # signed as the entry's; of the document's currency
    vat_total: Decimal | None = None
    open_amount: Decimal | None = None
    party_id: str = ""
    version: str = ""
    is_booked: bool = True
    accounts: Mapping[str, Decimal] = field(
        default_factory=dict
    )  # their account code → debit less credit, base currency
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_nothing(self) -> bool:
        """Whether an answer says that there is no such thing: it has no id, and no amount."""
        return not self.id and not self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One voucher of ours, translated."""

    key: str  # a UUID: the same for every attempt at the same voucher
    kind: EntryKind
    voucher_kind: str  # of ours: sale, credit, payment, write_off, …
    number: str  # the document's number on sales and credit notes, the voucher's elsewhere: unique per kind
    voucher_label: str  # our voucher, such as 2026-00017
    day: date  # the accounting date
    issue_date: date
    due_date: date | None
    text: str
    currency: str
    base_currency: str
    exchange_rate: Decimal  # units of the base currency for one of the entry's
    lines: Sequence[EntryLine]
    items: Sequence[EntryItem] = ()  # of sales and credit notes
    settles: Sequence[Settled] = ()  # of payments and settlements; of a credit note: the invoice it takes back
    party: Party | None = None  # of sales, credit notes and what one customer paid
    total: Decimal = ZERO  # of the entry's currency, positive
    base_total: Decimal = ZERO
    vat_total: Decimal = ZERO  # of the entry's currency
    kid: str = ""
    buyer_reference: str = ""
    order_reference: str = ""
    money: EntryLine | None = None  # of payments: the account that the money came to
    is_payout: bool = False  # of payments: money that went back to the customer
    pdf_name: str = ""  # the file of the document, for ledgers that take it

    @property
    def is_document(self) -> bool:
        """Whether it is an invoice or a credit note to the customer."""
        return self.kind in (EntryKind.SALE, EntryKind.CREDIT)

    @property
    def claimed(self) -> tuple[Decimal, Decimal]:
        """What the claim of a document is posted with: in its currency and in that of the books, as its total is."""
        sign = -1 if self.kind == EntryKind.CREDIT else 1
        claims = [line for line in self.lines if line.part == LinePart.RECEIVABLE]
        return (
            sign * sum((claim.currency_amount for claim in claims), ZERO),
            sign * sum((claim.amount for claim in claims), ZERO),
        )

    @property
    def contained(self) -> tuple[Decimal, Decimal]:
        """What the items of a document, which its calls are made of, sum to: in both currencies."""
        return sum((item.gross for item in self.items), ZERO), sum((item.base_gross for item in self.items), ZERO)

    @property
    def is_foreign(self) -> bool:
        """Whether it is not in the currency of the books."""
        return self.currency != self.base_currency
