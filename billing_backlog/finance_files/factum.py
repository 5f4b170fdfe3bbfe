"""Factum XML: a group for each order, with lines that tell dimensions, net amount and VAT."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from billing_backlog.finance_files.carrying import Carries, words
from billing_backlog.finance_files.dialect import Dialect
from billing_backlog.finance_files.faults import FaultCode, FaultList, Place
from billing_backlog.finance_files.fixed_width import text_fault
from billing_backlog.finance_files.records import (
    BasisCustomer,
    BasisFile,
    BasisHeader,
    BasisLine,
    BasisOrder,
    kind_of,
    without_empty_end,
)
from foundation.money import round_amount
from foundation.xml_guard import danger_of

ENCODING = "ISO-8859-1"
ROOT = "BkPffFakturagrunnlags"
GROUP = "BkPffFakturagrunnlag"
LINES = "Fakturalinjer"
LINE = "BkPffFakturagrunnlaglinje"
FORM_TYPE = "F"
BASIS_TYPE = "KRV"
DIMENSIONS = ("AnsvarDim", "FormalDim", "ObjektDim")
LENGTHS = {"AnsvarDim": 8, "FormalDim": 8, "ObjektDim": 8, "Fakturaoverskrift": 60, "Tilleggstekst": 225}
DAY = "%d.%m.%Y"
NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?\Z")
CARRIES = Carries(
    header=words("system_code day"),
    customer=frozenset(),
    order=words("number their_reference head_text contact_department"),
    line=words(
        "article quantity unit_price amount vat_amount vat_code dimensions texts from_date to_date account "
        "balance_account organization_code"
    ),
)


@dataclass(frozen=True, slots=True)
class _Writer:
    dialect: Dialect
    faults: FaultList

    def text(self, parent: etree._Element, name: str, text: str, place: Place) -> None:
        """An element with a text; what cannot be written is noted by its name."""
        element = etree.SubElement(parent, name)
        code = text_fault(text)
        if code is not None:
            self.faults.add(code, name, place=place, found="")
        elif len(text) > LENGTHS.get(name, 255):
            self.faults.add(FaultCode.TOO_LONG, name, place=place, length=len(text), most=LENGTHS.get(name, 255))
        else:
            element.text = text or None

    def number(self, parent: etree._Element, name: str, number: Decimal | None, place: Place, *, cents: bool) -> None:
        """An element with a figure; amounts have two decimals and no more."""
        if number is not None and cents and number != round_amount(number):
            self.faults.add(FaultCode.DECIMALS, name, place=place, found=f"{number:f}", most=2)
        told = "" if number is None else f"{round_amount(number) if cents else number:f}"
        self.text(parent, name, told, place)


def written(basis: BasisFile, dialect: Dialect, faults: FaultList) -> bytes:
    """The file; faults are noted by order, line and field."""
    writer = _Writer(dialect, faults)
    root = etree.Element(ROOT)
    for order in basis.orders:
        place = Place(order=order.number)
        group = etree.SubElement(root, GROUP)
        writer.text(group, "Systemid", basis.header.system_code, place)
        writer.text(group, "Blanketttype", FORM_TYPE, place)
        writer.text(group, "datoendr", _day(basis.header.day), place)
        writer.text(group, "Deresref", order.their_reference, place)
        writer.text(group, "Fagsystemkundeid", order.customer.identifier, place)
        lines = etree.SubElement(group, LINES)
        for position, line in enumerate(order.lines, start=1):
            _write_line(writer, lines, order, line, position)
    content: Any = etree.tostring(root, encoding=ENCODING, xml_declaration=True, pretty_print=True)
    data: bytes = content
    return data if dialect.line_end.value == "\n" else data.replace(b"\n", b"\r\n")


def _write_line(writer: _Writer, lines: etree._Element, order: BasisOrder, line: BasisLine, position: int) -> None:
    place = Place(order=order.number, position=position)
    dimensions = [*without_empty_end(line.dimensions), "", "", ""]
    if any(dimensions[len(DIMENSIONS) :]):
        writer.faults.add(FaultCode.NOT_CARRIED, f"dim_{len(DIMENSIONS) + 1}", place=place)
    element = etree.SubElement(lines, LINE)
    writer.text(element, "AnsvarDim", dimensions[0], place)
    writer.text(element, "ArtDim", line.account, place)
    writer.text(element, "FormalDim", dimensions[1], place)
    writer.text(element, "ObjektDim", dimensions[2], place)
    writer.text(element, "BalanseDim", line.balance_account, place)
    writer.text(element, "orgkode", line.organization_code, place)
    writer.number(element, "antall", line.quantity, place, cents=False)
    writer.number(element, "enhetspris", line.unit_price, place, cents=False)
    writer.number(element, "Avgift", line.vat_amount, place, cents=True)
    writer.number(element, "SumPrisUtenAvgift", line.amount, place, cents=True)
    writer.text(element, "mvakode", dict(writer.dialect.vat_codes).get(line.vat_code, line.vat_code), place)
    writer.text(element, "fradato", _day(line.from_date), place)
    writer.text(element, "tildato", _day(line.to_date), place)
    writer.text(element, "Varekode", line.article, place)
    writer.text(element, "Linjenr", str(position), place)
    writer.text(element, "Fakturaoverskrift", order.head_text, place)
    writer.text(element, "Tilleggstekst", line.texts[0] if line.texts else "", place)
    writer.text(element, "Grunnlagstype", BASIS_TYPE, place)
    writer.text(element, "Fagsystemkontoid", order.number, place)
    writer.text(element, "Fakturaorgkode", order.contact_department, place)
    writer.text(element, "FeiletLinjeFelt", "", place)


def _day(day: date | None) -> str:
    return f"{day:{DAY}}" if day else ""


def read(data: bytes, dialect: Dialect | None = None) -> tuple[BasisFile, FaultList]:
    """The basis in a file, as far as it can be read, and what is wrong with it, line by line."""
    faults = FaultList()
    root = _root(data, faults)
    if root is None:
        return BasisFile(header=BasisHeader(), orders=()), faults
    reader = _Reader(faults, {code: ours for ours, code in (dialect or Dialect()).vat_codes})
    groups = root.findall(GROUP)
    if not groups:
        faults.add(FaultCode.NO_ORDERS)
        return BasisFile(header=BasisHeader(), orders=()), faults
    place = _place(groups[0])
    header = BasisHeader(system_code=_text(groups[0], "Systemid"), day=reader.day(groups[0], "datoendr", place))
    for group in groups:
        if _text(group, "Systemid") != header.system_code:
            told = {"found": _text(group, "Systemid"), "expected": header.system_code}
            faults.add(FaultCode.DIFFERS, "Systemid", place=_place(group), **told)
    return BasisFile(header=header, orders=tuple(reader.order(group) for group in groups)), faults


def _root(data: bytes, faults: FaultList) -> etree._Element | None:
    danger = danger_of(data)
    if danger is not None:
        faults.add(FaultCode.UNREADABLE, reason=str(danger))
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        faults.add(FaultCode.UNREADABLE, reason=str(error))
        return None
    if root.tag != ROOT:
        faults.add(FaultCode.RECORD_UNKNOWN, place=Place(line=1), found=str(root.tag)[:40])
        return None
    return root


@dataclass(frozen=True, slots=True)
class _Reader:
    faults: FaultList
    vat_codes: dict[str, str]

    def order(self, group: etree._Element) -> BasisOrder:
        """One order; what its lines repeat is taken from the first."""
        place = _place(group)
        elements = group.findall(f"{LINES}/{LINE}")
        if not elements:
            self.faults.add(FaultCode.NO_LINES, place=place, found=_text(group, "Fagsystemkundeid"))
        first = elements[0] if elements else group
        identifier = _text(group, "Fagsystemkundeid")
        return BasisOrder(
            number=_text(first, "Fagsystemkontoid"),
            customer=BasisCustomer(kind=kind_of(identifier), identifier=identifier),
            lines=tuple(self.line(element, position) for position, element in enumerate(elements, start=1)),
            their_reference=_text(group, "Deresref"),
            head_text=_text(first, "Fakturaoverskrift"),
            contact_department=_text(first, "Fakturaorgkode"),
        )

    def line(self, element: etree._Element, position: int) -> BasisLine:
        """One line."""
        place = _place(element)
        if _text(element, "Linjenr") != str(position):
            told: dict[str, str | int] = {"found": _text(element, "Linjenr"), "expected": position}
            self.faults.add(FaultCode.DIFFERS, "Linjenr", place=place, **told)
        amount = self.number(element, "SumPrisUtenAvgift", place)
        if amount is None:
            self.faults.add(FaultCode.MISSING, "SumPrisUtenAvgift", place=place)
        code = _text(element, "mvakode")
        text = _text(element, "Tilleggstekst")
        return BasisLine(
            article=_text(element, "Varekode"),
            quantity=self.number(element, "antall", place),
            unit_price=self.number(element, "enhetspris", place),
            amount=amount or Decimal(0),
            vat_amount=self.number(element, "Avgift", place),
            vat_code=self.vat_codes.get(code, code),
            dimensions=without_empty_end(_text(element, name) for name in DIMENSIONS),
            texts=(text,) if text else (),
            from_date=self.day(element, "fradato", place),
            to_date=self.day(element, "tildato", place),
            account=_text(element, "ArtDim"),
            balance_account=_text(element, "BalanseDim"),
            organization_code=_text(element, "orgkode"),
        )

    def number(self, element: etree._Element, name: str, place: Place) -> Decimal | None:
        """A figure, None where nothing stands."""
        text = _text(element, name)
        if text and not NUMBER.match(text):
            self.faults.add(FaultCode.NUMBER, name, place=place, found=text[:40])
            return None
        return Decimal(text) if text else None

    def day(self, element: etree._Element, name: str, place: Place) -> date | None:
        """A day, None where nothing stands."""
        text = _text(element, name)
        if not text:
            return None
        try:
            return datetime.strptime(text, DAY).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            self.faults.add(FaultCode.DATE, name, place=place, found=text[:40])
            return None


def _place(element: etree._Element) -> Place:
    line: Any = element.sourceline
    return Place(line=line or 0)


def _text(element: etree._Element, name: str) -> str:
    return (element.findtext(name) or "").strip()
