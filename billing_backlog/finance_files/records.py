"""What an invoice basis says, whatever layout it is written in: who pays, the orders, their lines, and the sums."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from foundation.money import round_amount

# Marks of good typography and the plain ones that older systems can write.
PLAIN_MARKS = str.maketrans(
    {
        "–": "-",
        "—": "-",
        "−": "-",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "…": "...",
        "•": "-",
        "\u2011": "-",
    }
    | dict.fromkeys("\u00a0\u2007\u2009\u202f\t\n\r", " ")
    | {"€": "EUR", "™": "(TM)", "Š": "S", "š": "s", "Ž": "Z", "ž": "z", "Œ": "OE", "œ": "oe"}
)


class IdentifierKind(StrEnum):
    """By what a finance system knows who pays."""

    ORGANIZATION_NUMBER = "organization_number"
    NATIONAL_ID = "national_id"
    RESOURCE_NUMBER = "resource_number"  # of a unit of the same organization
    CUSTOMER_NUMBER = "customer_number"


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisCustomer:
    """Who pays. The identifier may be a national id, and so is never part of what is printed for developers."""

    kind: IdentifierKind
    identifier: str = field(repr=False)
    name: str = ""
    street: str = ""
    city: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisLine:
    """One thing that is billed. What a layout does not tell is None or empty after reading."""

    article: str = ""
    text: str = ""
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    amount: Decimal = Decimal(0)
    vat_amount: Decimal | None = None
    vat_code: str = ""
    dimensions: tuple[str, ...] = ()  # by position, as the organization has named them
    texts: tuple[str, ...] = ()
    from_date: date | None = None
    to_date: date | None = None
    account: str = ""
    balance_account: str = ""
    organization_code: str = ""
    line: int = field(default=0, compare=False)  # of the file that it was read from


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisOrder:
    """What one customer is billed in one invoice."""

    number: str = ""
    customer: BasisCustomer
    lines: tuple[BasisLine, ...]
    their_reference: str = ""
    order_reference: str = ""
    head_text: str = ""
    extra_text: str = ""
    user_identifier: str = field(default="", repr=False)  # who used what the customer pays
    source_payer: str = field(default="", repr=False)
    delivery_date: date | None = None
    dimensions: tuple[str, ...] = ()
    contact_department: str = ""
    profile: str = ""

    @property
    def amount(self) -> Decimal:
        """The sum of the lines."""
        return sum((line.amount for line in self.lines), Decimal("0.00"))


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisHeader:
    """Who sends, for which period, and the codes by which the receiver knows the batch."""

    system_code: str = ""  # of the sender, with its department where the receiver wants that
    system_name: str = ""
    client: str = ""
    day: date | None = None
    period: date | None = None  # the first day of the month
    currency: str = "NOK"
    reference: str = ""
    order_type: str = ""
    payment_method: str = ""
    voucher_type: str = ""
    dimension_kinds: tuple[str, ...] = ()
    ordering_department: str = ""
    payment_form: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisFile:
    """A whole invoice basis; the amounts include VAT or not throughout."""

    header: BasisHeader
    orders: tuple[BasisOrder, ...]
    includes_vat: bool = False


@dataclass(frozen=True, slots=True)
class Totals:
    """What a receipt has to repeat: how many orders and lines, and their sum."""

    orders: int
    lines: int
    amount: Decimal


def totals_of(basis: BasisFile) -> Totals:
    """The counts and the sum of a basis as its layout tells them, with or without VAT."""
    return Totals(
        orders=len(basis.orders),
        lines=sum(len(order.lines) for order in basis.orders),
        amount=sum((order.amount for order in basis.orders), Decimal("0.00")),
    )


def with_vat(basis: BasisFile) -> BasisFile:
    """The basis with VAT in its amounts and prices; each line must tell its VAT."""
    return basis if basis.includes_vat else _converted(basis, is_adding=True)


def without_vat(basis: BasisFile) -> BasisFile:
    """The basis without VAT in its amounts and prices; each line must tell its VAT."""
    return _converted(basis, is_adding=False) if basis.includes_vat else basis


def _converted(basis: BasisFile, *, is_adding: bool) -> BasisFile:
    orders = tuple(
        replace(order, lines=tuple(_line_with(line, is_adding=is_adding) for line in order.lines))
        for order in basis.orders
    )
    return replace(basis, orders=orders, includes_vat=is_adding)


def _line_with(line: BasisLine, *, is_adding: bool) -> BasisLine:
    if line.vat_amount is None:
        raise ValueError("A line that does not tell its VAT cannot be converted.")
    if not line.vat_amount:
        return line
    amount = line.amount + (line.vat_amount if is_adding else -line.vat_amount)
    price = None if line.unit_price is None or not line.quantity else round_amount(amount / line.quantity)
    return replace(line, amount=amount, unit_price=price)


def tells_its_vat(basis: BasisFile) -> bool:
    """Whether every line says how much of it is VAT."""
    return all(line.vat_amount is not None for order in basis.orders for line in order.lines)


def kind_of(identifier: str, *, is_internal: bool = False) -> IdentifierKind:
    """What an identifier is, told by its length where a file does not say."""
    if is_internal or len(identifier) in {5, 6}:
        return IdentifierKind.RESOURCE_NUMBER
    if len(identifier) == 9:
        return IdentifierKind.ORGANIZATION_NUMBER
    return IdentifierKind.NATIONAL_ID if len(identifier) == 11 else IdentifierKind.CUSTOMER_NUMBER


def without_empty_end(values: Iterable[str]) -> tuple[str, ...]:
    """The values up to the last that says something."""
    kept = list(values)
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)


def plain_text(text: str) -> str:
    """The text with plain marks for those that older systems cannot write, and one blank where several stood."""
    return " ".join(text.translate(PLAIN_MARKS).split())


def wrapped(text: str, width: int) -> tuple[str, ...]:
    """The words of a text on lines of at most so many characters, none lost; a longer word is broken."""
    return tuple(textwrap.wrap(plain_text(text), width, break_on_hyphens=False))
