"""Invoice basis for Visma Enterprise Fakturering, extended form: ST, then FL with its LT per line, then SL.

Prices and amounts include VAT. The short form of `kommfakt` is read and written by the same functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from billing_backlog.finance_files.carrying import Carries, words
from billing_backlog.finance_files.dialect import Dialect
from billing_backlog.finance_files.faults import FaultCode, FaultList, Place
from billing_backlog.finance_files.fixed_width import (
    ENCODING,
    Field,
    Layout,
    Shape,
    lines_of,
    numbered,
    read_record,
    repeated,
    write_record,
)
from billing_backlog.finance_files.records import (
    BasisCustomer,
    BasisFile,
    BasisHeader,
    BasisLine,
    BasisOrder,
    IdentifierKind,
    kind_of,
    without_empty_end,
)

POSTING_VALUES_MAX = 10
NATIONAL_ID_DIGITS = 11

BEGIN = Layout(
    "ST", 63, (Field("POSTTYPE", 1, 2, const="ST"), Field("REFERANSE", 3, 60), Field("FORMAT", 63, 1, const="U"))
)
ROW = Layout(
    "FL",
    397,
    (
        Field("POSTTYPE", 1, 2, const="FL"),
        Field("KUNDENR", 3, 11, Shape.DIGITS),
        Field("NAVN", 14, 40),
        Field("ADRESSE1", 54, 40),
        Field("ADRESSE2", 94, 40),
        Field("POSTNR", 134, 4),
        Field("BETFORM", 138, 2),
        Field("OPPDRGNR", 140, 3, Shape.DIGITS),
        Field("VARENR", 143, 4, Shape.DIGITS),
        Field("LOPENR", 147, 2, Shape.DIGITS),
        Field("PRIS", 149, 9, Shape.HUNDREDTHS_SIGN_LAST),
        Field("GRUNNLAG", 158, 9, Shape.HUNDREDTHS_UNSIGNED),
        Field("BELOP", 167, 11, Shape.HUNDREDTHS_SIGN_LAST),
        Field("SAKSNR", 178, 16),
        Field("INTFAKT", 194, 1),
        *repeated("KB", 195, 12, POSTING_VALUES_MAX),
        Field("MVAKODE", 315, 3, Shape.TEXT_RIGHT),
        Field("PROFIL", 318, 20),
        Field("DERESREF", 338, 40),
        Field("ORDREREF", 378, 20),
    ),
)
TEXT = Layout(
    "LT",
    74,
    (
        Field("POSTTYPE", 1, 2, const="LT"),
        Field("KUNDENR", 3, 11, Shape.DIGITS),
        Field("OPPDRGNR", 14, 3, Shape.DIGITS),
        Field("VARENR", 17, 4, Shape.DIGITS),
        Field("LOPENR", 21, 2, Shape.DIGITS),
        Field("LINJENR", 23, 2, Shape.DIGITS),
        Field("TEKST", 25, 50),
    ),
)
END = Layout("SL", 10, (Field("POSTTYPE", 1, 2, const="SL"), Field("ANTPOST", 3, 8, Shape.DIGITS)))
CARRIES = Carries(
    header=words("reference ordering_department payment_form"),
    customer=words("name street city postal_code"),
    order=words("number their_reference order_reference profile"),
    line=words("article quantity unit_price amount vat_code dimensions texts"),
    includes_vat=True,
    texts_width=50,
    has_negative_quantities=False,
    numeric=words("article ordering_department"),
)


@dataclass(frozen=True, slots=True)
class Form:
    """The records of one of the two forms, and whether each row is a group of its own."""

    begin: Layout
    row: Layout
    is_group_per_row: bool = False

    def of_dialect(self, dialect: Dialect) -> Form:
        """The form with quantities as the receiver reads them."""
        if dialect.quantity_has_decimals:
            return self
        fields = tuple(replace(one, shape=Shape.WHOLE) if one.name == "GRUNNLAG" else one for one in self.row.fields)
        return replace(self, row=Layout(self.row.name, self.row.length, fields))


EXTENDED = Form(BEGIN, ROW)


def written(basis: BasisFile, dialect: Dialect, faults: FaultList) -> bytes:
    """The file in the extended form; faults are noted by order, line and field."""
    return written_in(EXTENDED.of_dialect(dialect), basis, dialect, faults)


def read(data: bytes, dialect: Dialect | None = None) -> tuple[BasisFile, FaultList]:
    """The basis in a file of the extended form, and what is wrong with it, line by line."""
    return read_in(EXTENDED.of_dialect(dialect or Dialect()), data)


def written_in(form: Form, basis: BasisFile, dialect: Dialect, faults: FaultList) -> bytes:
    """The file in a form: one group, or one for each row."""
    begin = write_record(form.begin, {"REFERANSE": basis.header.reference}, Place(), faults)
    records: list[str] = []
    for rows in _rows(form, basis, faults):
        if form.is_group_per_row:
            records += _group(begin, rows, faults)
        else:
            records += rows
    if not form.is_group_per_row:
        records = _group(begin, records, faults)
    return "".join(record + dialect.line_end.value for record in records).encode(ENCODING, "replace")


def _group(begin: str, records: list[str], faults: FaultList) -> list[str]:
    end = write_record(END, {"ANTPOST": str(len(records) + 2)}, Place(), faults)
    return [begin, *records, end]


def _rows(form: Form, basis: BasisFile, faults: FaultList) -> Iterator[list[str]]:
    """The row of each line with the texts below it; rows of a customer that name the same article are counted."""
    seen: Counter[tuple[str, str]] = Counter()
    for order in basis.orders:
        for position, line in enumerate(order.lines, start=1):
            place = Place(order=order.number, position=position)
            key = (order.customer.identifier, line.article)
            seen[key] += 1
            values = {
                "KUNDENR": order.customer.identifier,
                "OPPDRGNR": basis.header.ordering_department,
                "VARENR": line.article,
                "LOPENR": str(1 if form.is_group_per_row else seen[key]),
            }
            if len(without_empty_end(line.dimensions)) > (0 if form.is_group_per_row else POSTING_VALUES_MAX):
                faults.add(FaultCode.NOT_CARRIED, "dimensions", place=place)
            row = _row_values(basis.header, order, line, is_first=form.is_group_per_row or position == 1)
            texts = [
                write_record(TEXT, {**values, "LINJENR": str(number), "TEKST": text}, place, faults)
                for number, text in enumerate(line.texts, start=1)
            ]
            yield [write_record(form.row, values | row, place, faults), *texts]


def _row_values(header: BasisHeader, order: BasisOrder, line: BasisLine, *, is_first: bool) -> dict[str, Any]:
    """Address and reference stand on an order's first row alone; so one system writes them."""
    customer = order.customer
    values: dict[str, Any] = {
        "NAVN": customer.name,
        "BETFORM": header.payment_form,
        "PRIS": line.unit_price,
        "GRUNNLAG": line.quantity,
        "BELOP": line.amount,
        "SAKSNR": order.number,
        "INTFAKT": "1" if customer.kind is IdentifierKind.RESOURCE_NUMBER else "",
        **numbered("KB", line.dimensions),
        "MVAKODE": line.vat_code,
        "PROFIL": order.profile,
        "ORDREREF": order.order_reference,
    }
    if is_first:
        values |= {"ADRESSE1": customer.street, "ADRESSE2": customer.city, "POSTNR": customer.postal_code}
        values["DERESREF"] = order.their_reference
    return values


@dataclass(slots=True)
class _Reader:
    """Walks over the records; what belongs to a row is told by the row before it."""

    form: Form
    faults: FaultList
    header: BasisHeader = field(default_factory=BasisHeader)
    rows: list[tuple[dict[str, Any], list[str]]] = field(default_factory=list)
    in_group: int = 0  # records of the open group; 0 where none is open

    def take(self, record: str, place: Place) -> None:
        """One record."""
        kind = record[:2]
        layout = {"ST": self.form.begin, "FL": self.form.row, "LT": TEXT, "SL": END}.get(kind)
        if layout is None:
            self.faults.add(FaultCode.RECORD_UNKNOWN, place=place, found=kind)
            return
        if (kind == "ST") == bool(self.in_group):
            self.faults.add(FaultCode.RECORD_MISPLACED, kind, place=place, found=kind)
        self.in_group += 1
        values = read_record(layout, record, place, self.faults)
        if values is None:
            return
        if kind == "ST":
            self.in_group = 1
            self._begin(values, place)
        elif kind == "FL":
            self.rows.append((values | {"place": place}, []))
        elif kind == "LT":
            self._take_text(values, place)
        else:
            self._end(values, place)

    def _begin(self, values: dict[str, Any], place: Place) -> None:
        if self.rows and values["REFERANSE"] != self.header.reference:
            told = {"found": values["REFERANSE"], "expected": self.header.reference}
            self.faults.add(FaultCode.DIFFERS, "REFERANSE", place=place, **told)
        self.header = replace(self.header, reference=values["REFERANSE"])

    def _take_text(self, values: dict[str, Any], place: Place) -> None:
        same = ("KUNDENR", "OPPDRGNR", "VARENR", "LOPENR")
        if not self.rows or any(values[name] != self.rows[-1][0][name] for name in same):
            self.faults.add(FaultCode.RECORD_MISPLACED, "LT", place=place, found=values["KUNDENR"].lstrip("0"))
            return
        texts = self.rows[-1][1]
        if int(values["LINJENR"] or 0) != len(texts) + 1:
            told: dict[str, str | int] = {"found": values["LINJENR"], "expected": len(texts) + 1}
            self.faults.add(FaultCode.DIFFERS, "LINJENR", place=place, **told)
        texts.append(values["TEKST"])

    def _end(self, values: dict[str, Any], place: Place) -> None:
        told = int(values["ANTPOST"] or 0)
        if told != self.in_group:
            self.faults.add(FaultCode.COUNT_DIFFERS, "ANTPOST", place=place, found=self.in_group, expected=told)
        self.in_group = 0


def read_in(form: Form, data: bytes) -> tuple[BasisFile, FaultList]:
    """The basis in a file of a form, as far as it can be read, and what is wrong with it."""
    faults = FaultList()
    reader = _Reader(form, faults)
    number = 0
    for number, record in enumerate(lines_of(data, faults), start=1):
        reader.take(record, Place(line=number))
    if reader.in_group:
        faults.add(FaultCode.ENDS_EARLY, "SL", place=Place(line=number))
    if not reader.rows:
        faults.add(FaultCode.NO_ORDERS)
        return BasisFile(header=reader.header, orders=(), includes_vat=True), faults
    first = reader.rows[0][0]
    header = replace(reader.header, ordering_department=first["OPPDRGNR"].lstrip("0"), payment_form=first["BETFORM"])
    return BasisFile(header=header, orders=_orders(reader.rows), includes_vat=True), faults


def _orders(rows: list[tuple[dict[str, Any], list[str]]]) -> tuple[BasisOrder, ...]:
    """Consecutive rows of the same payer and case are one order."""
    found: list[tuple[dict[str, Any], list[BasisLine]]] = []
    for values, texts in rows:
        line = _line_of(values, texts)
        if found and _is_same_order(found[-1][0], values):
            found[-1][1].append(line)
        else:
            found.append((values, [line]))
    return tuple(_order_of(values, lines) for values, lines in found)


def _is_same_order(first: dict[str, Any], values: dict[str, Any]) -> bool:
    if any(values.get(name) != first.get(name) for name in ("KUNDENR", "SAKSNR", "INTFAKT", "ORDREREF", "NAVN")):
        return False
    return values.get("DERESREF", "") in {"", first.get("DERESREF", "")}


def _order_of(values: dict[str, Any], lines: list[BasisLine]) -> BasisOrder:
    identifier = identifier_of(values["KUNDENR"])
    return BasisOrder(
        number=values["SAKSNR"],
        customer=BasisCustomer(
            kind=_kind_of(identifier, is_internal=values.get("INTFAKT") == "1"),
            identifier=identifier,
            name=values["NAVN"],
            street=values["ADRESSE1"],
            city=values["ADRESSE2"],
            postal_code=values["POSTNR"],
        ),
        lines=tuple(lines),
        their_reference=values.get("DERESREF", ""),
        order_reference=values.get("ORDREREF", ""),
        profile=values.get("PROFIL", ""),
    )


def identifier_of(padded: str) -> str:
    """The identifier that was padded with zeros: ten digits or more are a national id, of which a zero was first."""
    digits = padded.lstrip("0")
    return digits.rjust(NATIONAL_ID_DIGITS, "0") if len(digits) >= NATIONAL_ID_DIGITS - 1 else digits


def _kind_of(identifier: str, *, is_internal: bool) -> IdentifierKind:
    """A short number is the receiver's own customer number here, for internal rows are marked."""
    kind = kind_of(identifier, is_internal=is_internal)
    is_unmarked = kind is IdentifierKind.RESOURCE_NUMBER and not is_internal
    return IdentifierKind.CUSTOMER_NUMBER if is_unmarked else kind


def _line_of(values: dict[str, Any], texts: list[str]) -> BasisLine:
    return BasisLine(
        article=values["VARENR"].lstrip("0"),
        quantity=values["GRUNNLAG"],
        unit_price=values["PRIS"],
        amount=values["BELOP"] if values["BELOP"] is not None else Decimal(0),
        vat_code=values.get("MVAKODE", ""),
        dimensions=without_empty_end(values.get(f"KB_{number}", "") for number in range(1, POSTING_VALUES_MAX + 1)),
        texts=tuple(texts),
        line=values["place"].line,
    )
