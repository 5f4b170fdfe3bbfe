"""The finance systems that a basis can be written for, what each must be told, and the one way to write a file.

Whatever is written is read back at once: only a file that tells the same records and the same sum leaves this room.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from stdnum.no import orgnr

from billing_backlog.finance_files import csv_basis, factum, kommfakt, lg04, visma_fl
from billing_backlog.finance_files.carrying import Carries, prepared, words
from billing_backlog.finance_files.dialect import Dialect
from billing_backlog.finance_files.faults import Fault, FaultCode, FaultList, FileRefused, Place
from billing_backlog.finance_files.records import (
    BasisFile,
    BasisLine,
    BasisOrder,
    IdentifierKind,
    Totals,
    tells_its_vat,
    totals_of,
    with_vat,
    without_vat,
)
from customers.national_id import NationalIdRefused, clean_national_id

HALF_CENT = Decimal("0.005")
CUSTOMER_NUMBER_DIGITS_MAX = 8  # with nine it would be read as an organization number
ORDERS_MAX = 10_000
LINES_MAX = 100_000


class TargetCode(StrEnum):
    """The layouts, as settings and runs keep them."""

    LG04 = "lg04"
    VISMA_FL = "visma_fl"
    KOMMFAKT = "kommfakt"
    FACTUM = "factum"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One layout: how its file is called, what it takes and what it must be told."""

    code: TargetCode
    name: str
    extension: str
    carries: Carries
    identifiers: frozenset[IdentifierKind]
    header: frozenset[str]  # fields that must say something
    order: frozenset[str]
    line: frozenset[str]
    written: Callable[[BasisFile, Dialect, FaultList], bytes]
    read: Callable[[bytes, Dialect | None], tuple[BasisFile, FaultList]]
    encoding: str = "iso-8859-1"

    @property
    def takes_national_ids(self) -> bool:
        """Whether a person can be named by the national id."""
        return IdentifierKind.NATIONAL_ID in self.identifiers

    @property
    def takes_internal_customers(self) -> bool:
        """Whether units of the same organization can stand in the same file."""
        return IdentifierKind.RESOURCE_NUMBER in self.identifiers


@dataclass(frozen=True, slots=True)
class Demands:
    """What this organization and its receiver want beyond the layout."""

    dialect: Dialect = field(default_factory=Dialect)
    dimensions: Mapping[int, str] = field(
        default_factory=dict
    )  # positions on lines that must have a value, and their names


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file, the records that it tells, and what its receipt has to repeat."""

    data: bytes
    basis: BasisFile
    totals: Totals


_ALL = frozenset(IdentifierKind)
_KNOWN_TO_EVERYBODY = _ALL - {IdentifierKind.CUSTOMER_NUMBER}
TARGETS: Mapping[TargetCode, Target] = MappingProxyType(
    {
        target.code: target
        for target in (
            Target(
                code=TargetCode.LG04,
                name="Unit4 (Agresso) LG04",
                extension="txt",
                carries=lg04.CARRIES,
                identifiers=_KNOWN_TO_EVERYBODY,
                header=words(
                    "system_code system_name client day period currency order_type payment_method voucher_type"
                ),
                order=words("number"),
                line=words("article text quantity vat_code"),
                written=lg04.written,
                read=lg04.read,
            ),
            Target(
                code=TargetCode.VISMA_FL,
                name="Visma Enterprise Fakturering",
                extension="txt",
                carries=visma_fl.CARRIES,
                identifiers=_ALL,
                header=words("reference ordering_department payment_form"),
                order=words("number"),
                line=words("article quantity unit_price vat_code"),
                written=visma_fl.written,
                read=visma_fl.read,
            ),
            Target(
                code=TargetCode.KOMMFAKT,
                name="Kommfakt",
                extension="txt",
                carries=kommfakt.CARRIES,
                identifiers=_ALL - {IdentifierKind.RESOURCE_NUMBER},  # the short form cannot mark them
                header=words("reference ordering_department payment_form"),
                order=words("number"),
                line=words("article quantity unit_price"),
                written=kommfakt.written,
                read=kommfakt.read,
            ),
            Target(
                code=TargetCode.FACTUM,
                name="Factum XML",
                extension="xml",
                carries=factum.CARRIES,
                identifiers=_KNOWN_TO_EVERYBODY,
                header=words("system_code day"),
                order=words("number"),
                line=words("article quantity unit_price vat_amount vat_code"),
                written=factum.written,
                read=factum.read,
            ),
            Target(
                code=TargetCode.CSV,
                name="CSV",
                extension="csv",
                carries=csv_basis.CARRIES,
                identifiers=_KNOWN_TO_EVERYBODY,
                header=words("period"),
                order=words("number"),
                line=words("article text"),
                written=csv_basis.written,
                read=csv_basis.read,
            ),
        )
    }
)


def file_name(day: date, number: int, target: Target) -> str:
    """The file's identity: the day and its running number on that day (M-147)."""
    return f"{day:%y%m%d}{number:02d}.{target.extension}"


def write(target: Target, basis: BasisFile, demands: Demands | None = None) -> WrittenFile:
    """The file, or a refusal that names every order, line and field that does not fit; nothing is cut."""
    wanted = demands or Demands()
    faults = FaultList()
    told = _as_told(target, basis, faults)
    check(target, told, wanted, faults)
    faults.raise_if_any()
    data = target.written(told, wanted.dialect, faults)
    faults.raise_if_any()
    found, reading = target.read(data, wanted.dialect)
    reading.raise_if_any()
    if found != told or totals_of(found) != totals_of(told):
        raise FileRefused([_first_difference(told, found)])
    return WrittenFile(data, told, totals_of(told))


def _as_told(target: Target, basis: BasisFile, faults: FaultList) -> BasisFile:
    """The basis with VAT or without as the layout has it, and with what it can tell."""
    if basis.includes_vat != target.carries.includes_vat:
        if not tells_its_vat(basis):
            faults.add(FaultCode.MISSING, "vat_amount")
        else:
            basis = with_vat(basis) if target.carries.includes_vat else without_vat(basis)
    return prepared(basis, target.carries)


def _first_difference(told: BasisFile, found: BasisFile) -> Fault:
    for ours, read in zip(told.orders, found.orders, strict=False):
        if ours != read:
            return Fault(FaultCode.DIFFERS, "order", order=ours.number, values={"found": "", "expected": ""})
    return Fault(FaultCode.DIFFERS, "header", values={"found": "", "expected": ""})


def check(target: Target, basis: BasisFile, demands: Demands, faults: FaultList) -> None:
    """Note what the layout or the organization wants and the basis does not say; for rehearsals as for files."""
    _want(target.header, basis.header, Place(), faults)
    if "currency" not in target.carries.header and basis.header.currency != "NOK":
        faults.add(FaultCode.CURRENCY, "currency", found=basis.header.currency, expected="NOK")
    if not basis.orders:
        faults.add(FaultCode.NO_ORDERS)
    if len(basis.orders) > ORDERS_MAX or sum(len(order.lines) for order in basis.orders) > LINES_MAX:
        faults.add(FaultCode.TOO_MANY_ROWS, most=LINES_MAX)
        return
    seen: set[str] = set()
    for order in basis.orders:
        place = Place(order=order.number)
        _want(target.order, order, place, faults)
        if order.number and order.number in seen:
            faults.add(FaultCode.TWICE, "number", place=place, found=order.number)
        seen.add(order.number)
        _check_customer(target, order, place, faults)
        if not order.lines:
            faults.add(FaultCode.NO_LINES, place=place, found=order.number)
        for position, line in enumerate(order.lines, start=1):
            _check_line(target, line, demands, Place(order=order.number, position=position), faults)


def _want(names: frozenset[str], record: object, place: Place, faults: FaultList) -> None:
    for name in sorted(names):
        if getattr(record, name) in {None, ""}:
            faults.add(FaultCode.MISSING, name, place=place)


def _check_customer(target: Target, order: BasisOrder, place: Place, faults: FaultList) -> None:
    customer = order.customer
    if customer.kind not in target.identifiers:
        faults.add(FaultCode.IDENTIFIER_KIND, "identifier", place=place, kind=customer.kind.value, target=target.name)
    elif not customer.identifier:
        faults.add(FaultCode.MISSING, "identifier", place=place)
    elif not is_identifier(customer.kind, customer.identifier):
        faults.add(FaultCode.IDENTIFIER, "identifier", place=place, kind=customer.kind.value)


def is_identifier(kind: IdentifierKind, identifier: str) -> bool:
    """Whether the digits can be an identifier of this kind (M-139): check digits where the kind has them."""
    if not (identifier.isascii() and identifier.isdigit()):
        return False
    if kind is IdentifierKind.ORGANIZATION_NUMBER:
        return bool(orgnr.is_valid(identifier))
    if kind is IdentifierKind.NATIONAL_ID:
        return _is_national_id(identifier)
    if identifier.startswith("0"):
        return False  # it would be lost among the zeros that fill the columns
    lengths = {5, 6} if kind is IdentifierKind.RESOURCE_NUMBER else range(1, CUSTOMER_NUMBER_DIGITS_MAX + 1)
    return len(identifier) in lengths


def _is_national_id(identifier: str) -> bool:
    try:
        return clean_national_id("NO", identifier) == identifier
    except NationalIdRefused:
        return False


def _check_line(target: Target, line: BasisLine, demands: Demands, place: Place, faults: FaultList) -> None:
    _want(target.line, line, place, faults)
    for position, name in demands.dimensions.items():
        if len(line.dimensions) < position or not line.dimensions[position - 1]:
            faults.add(FaultCode.MISSING, f"dim_{position}", place=place, name=name)
    if not amounts_agree(line):
        told = {"price": f"{line.unit_price:f}", "quantity": f"{line.quantity:f}", "amount": f"{line.amount:f}"}
        faults.add(FaultCode.PRODUCT_DIFFERS, "amount", place=place, **told)


def amounts_agree(line: BasisLine) -> bool:
    """Whether price × quantity is the amount, as far as a price of two decimals can tell it."""
    if line.unit_price is None or line.quantity is None:
        return True
    return abs(line.unit_price * line.quantity - line.amount) <= HALF_CENT * (abs(line.quantity) + 1)
