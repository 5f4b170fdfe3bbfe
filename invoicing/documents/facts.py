"""What a document says: the frozen content of one invoice, credit note or payment request.

This is the one shape between records and bytes. It is built from the draft, stored as the snapshot of a finalized
document, and read by the PDF, the EHF, the screens and the exports. Pure: no Django, no database, no clock.
Amounts are Decimal in the document's currency; in JSON they are strings, so that nothing is ever rounded by a parser.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any, Self

from foundation.canonical import write_decimal

SCHEMA = 1
# Added after the first documents were frozen: empty, they are left out of the JSON, whose hash stays as it was.
LATER_FIELDS = frozenset(
    {
        ("DocumentBody", "attachments"),
        ("DocumentBody", "summed_sections"),
        ("DocumentBody", "hides_headings"),
        ("DocumentBody", "omits_specification"),
        ("Line", "section"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; country is ISO 3166-1 alpha-2."""

    name: str = ""
    street: str = ""
    street_2: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """The organization as it was when the document was finalized."""

    name: str
    organization_number: str  # digits only
    vat_number: str  # as in EHF, e.g. NO123456785MVA; empty when not VAT-registered
    is_in_company_register: bool  # foretaksregisterloven § 10-2: print "Foretaksregisteret"
    address: Address
    email: str = ""
    phone: str = ""
    website: str = ""
    endpoint_scheme: str = "0192"
    endpoint_id: str = ""
    contact_name: str = ""
    accent_color: str = ""  # #rrggbb or empty
    logo_sha256: str = ""  # the stored logo's hash; empty: the monogram
    footer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """The customer as it was when the document was finalized. National ids never enter a document."""

    kind: str  # business, public_body, consumer, internal
    number: str
    name: str
    organization_number: str = ""
    vat_number: str = ""  # a foreign buyer's VAT id
    resource_number: str = ""  # internal customers only
    address: Address
    email: str = ""
    endpoint_scheme: str = ""
    endpoint_id: str = ""
    contact_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAccount:
    """Where to pay. The KID itself belongs to the number and is not part of the body."""

    account_number: str = ""  # BBAN, digits only
    iban: str = ""
    bic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    buyer: str = ""  # Deres ref.
    order: str = ""
    our: str = ""
    contract: str = ""
    project: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """When and where goods or work were delivered: a day or a period, and a place."""

    day: date | None = None
    period_from: date | None = None
    period_to: date | None = None
    place: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditedDocument:
    """The document that a credit note corrects (bokføringsforskriften § 5-2-7)."""

    number: str
    issue_date: date
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line as printed and sent. Credit notes carry positive quantities and amounts, as EHF wants them."""

    id: str
    position: int
    description: str
    detail: str = ""  # second text, printed under the first
    product_number: str = ""
    gtin: str = ""
    quantity: Decimal
    unit_code: str  # UNECE Rec 20
    unit_price: Decimal  # as typed: with or without VAT by prices_include_vat of the document
    net_unit_price: Decimal  # without VAT, up to 10 decimals
    discount_percent: Decimal = Decimal(0)
    discount_amount: Decimal = Decimal(0)  # the whole discount of the line without VAT, two decimals
    charge_kind: str = "chargeable"  # complimentary and non_chargeable are shown, not summed
    vat_treatment: str
    vat_category: str
    vat_rate_percent: Decimal
    net_amount: Decimal  # after line discount, without VAT, two decimals; 0.00 when not charged
    vat_amount: Decimal  # information only: the line's share of the document's VAT
    shown_amount: Decimal  # the amount column: with VAT when prices include VAT, else without
    shown_value: Decimal = Decimal(0)  # what a line that is not charged would have cost, printed struck through
    delivery_day: date | None = None
    period_from: date | None = None
    period_to: date | None = None
    order_line_reference: str = ""
    section: str = ""  # neighbours of one name stand under it, with a subtotal


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountPart:
    """The share of the document discount that falls on one VAT category and rate, without VAT."""

    vat_category: str
    vat_rate_percent: Decimal
    amount: Decimal
    base_amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentDiscount:
    percent: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)  # sum of the parts, without VAT
    shown_amount: Decimal = Decimal(0)  # with VAT when prices include VAT, else equal to amount
    reason: str = ""
    parts: tuple[DiscountPart, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VatSubtotal:
    """One row of the VAT summary: one per (category, rate), as bokføringsforskriften § 5-1-5 and EN 16931 demand."""

    vat_category: str
    vat_rate_percent: Decimal
    reason: str = ""
    reason_code: str = ""
    base_amount: Decimal
    vat_amount: Decimal
    base_currency_vat_amount: Decimal | None = None  # set when the document is in a foreign currency


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    lines_net: Decimal  # sum of the lines' net amounts
    discount: Decimal  # document discount without VAT
    net: Decimal  # lines_net - discount
    vat: Decimal
    gross: Decimal  # net + vat
    rounding: Decimal = Decimal(0)
    prepaid: Decimal = Decimal(0)
    payable: Decimal  # gross + rounding - prepaid


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRate:
    """Units of the base currency for one unit of the document's currency."""

    rate: Decimal
    day: date
    source: str
    base_currency: str
    vat: Decimal  # the document's VAT in the base currency (bokføringsforskriften § 5-1-1)
    payable: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedFile:
    """A file that goes with the document; its bytes lie in the file store under their hash."""

    name: str
    content_type: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentBody:
    """Everything a document says but its number, KID and time of finalization."""

    schema: int = SCHEMA
    kind: str  # invoice, credit_note, payment_request, withdrawal
    language: str  # nb, da, sv, en
    currency: str
    issue_date: date
    due_date: date | None
    terms_text: str = ""
    note: str = ""
    prices_include_vat: bool = False
    seller: Seller
    payment: PaymentAccount
    buyer: Buyer
    references: References
    delivery: Delivery
    credits: CreditedDocument | None = None
    lines: tuple[Line, ...]
    document_discount: DocumentDiscount
    vat: tuple[VatSubtotal, ...]
    totals: Totals
    exchange: ExchangeRate | None = None
    attachments: tuple[AttachedFile, ...] = ()
    summed_sections: tuple[str, ...] = ()  # printed as one row; the EHF and the specification have their lines
    hides_headings: bool = False  # the sections are not named over their lines
    omits_specification: bool = False  # what is summed up is not listed at the end of the PDF

    @property
    def is_about_advance(self) -> bool:
        """Whether it asks for an advance or withdraws such a request: no sale, and no VAT."""
        return self.kind in {"payment_request", "withdrawal"}

    @property
    def takes_back(self) -> bool:
        """Whether it takes another document back, so that nothing is to be paid by it."""
        return self.kind in {"credit_note", "withdrawal"}

    @property
    def shared_country(self) -> str:
        """The country of seller and buyer; empty where they are in two."""
        country = self.seller.address.country.upper()
        return country if country == self.buyer.address.country.upper() else ""

    def to_json(self) -> dict[str, Any]:
        """The body as plain JSON values, decimals and dates as strings."""
        return _to_json(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """The body read back from what `to_json` wrote."""
        body = _from_json(cls, value)
        assert isinstance(body, cls)
        return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A finalized document: its body with the number, KID and time that finalizing gave it."""

    number: str
    kid: str  # empty on credit notes and where no agreement exists
    finalized_at: datetime
    body: DocumentBody


def plain_of(value: Any) -> dict[str, Any]:
    """Any value made of these classes, or of classes like them, as plain JSON values."""
    return _to_json(value)


def read_plain(target: type, value: dict[str, Any]) -> Any:
    """The value read back from what `plain_of` wrote."""
    return _from_json(target, value)


class _Writer:
    """How one class becomes JSON, worked out once: all values in one step, then those that are not JSON already."""

    def __init__(self, cls: type) -> None:
        kinds = _field_types(cls)
        self.names = tuple(sorted(kinds))  # as the canonical spelling wants them: it then has nothing to sort
        self.values_of = attrgetter(*self.names)
        converters = ((name, _converter(kind)) for name, kind in kinds.items())
        self.converters = tuple((name, convert) for name, convert in converters if convert is not None)
        self.later = tuple(sorted(name for owner, name in LATER_FIELDS if owner == cls.__name__))


@cache
def _writer_of(cls: type) -> _Writer:
    return _Writer(cls)


def _to_json(value: Any) -> dict[str, Any]:
    kind: type = type(value)
    writer = _writer_of(kind)
    told = dict(zip(writer.names, writer.values_of(value), strict=True))
    for name, convert in writer.converters:
        told[name] = convert(told[name])
    for name in writer.later:
        if not told[name]:
            del told[name]
    return told


def _converter(target: Any) -> Callable[[Any], Any] | None:
    if typing.get_origin(target) is types.UnionType:
        [inner] = [part for part in typing.get_args(target) if part is not type(None)]
        convert = _converter(inner)
        return None if convert is None else lambda value: None if value is None else convert(value)
    if typing.get_origin(target) is tuple:
        item = typing.get_args(target)[0]
        return lambda values: [_to_json(value) for value in values] if dataclasses.is_dataclass(item) else list(values)
    if dataclasses.is_dataclass(target):
        return _to_json
    if target is Decimal:
        return write_decimal
    if target is date:
        return date.isoformat
    return None


@cache
def _field_types(cls: type) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls)}


def _from_json(target: Any, value: Any) -> Any:
    if typing.get_origin(target) is types.UnionType:
        [inner] = [part for part in typing.get_args(target) if part is not type(None)]
        return None if value is None else _from_json(inner, value)
    if typing.get_origin(target) is tuple:
        return tuple(_from_json(typing.get_args(target)[0], item) for item in value)
    if dataclasses.is_dataclass(target):
        hints = _field_types(typing.cast(type, target))
        return typing.cast(Any, target)(**{name: _from_json(hints[name], item) for name, item in value.items()})
    if target is Decimal:
        return Decimal(value)
    if target is date:
        return date.fromisoformat(value)
    return value
