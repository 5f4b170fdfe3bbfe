"""LG04, the batch of sales orders for Unit4 (Agresso): records of 1905 characters, amounts without VAT.

An order is a header record, its items, and after each item its text records.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from billing_backlog.finance_files.carrying import Carries, words
from billing_backlog.finance_files.dialect import DateForm, Dialect, written_day
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
    kind_of,
    without_empty_end,
)

RECORD_LENGTH = 1905
LINE_PLACE = Field("line_no", 1053, 4, Shape.DIGITS)
SEQUENCE_PLACE = Field("sequence_no", 1645, 8, Shape.DIGITS)
DIMENSIONS_MAX = 7
BATCH = re.compile(r"(?P<sender>.{0,6}?)(?P<day>\d{6})\Z")

_EVERY = (
    Field("batch_id", 347, 12),
    Field("client", 359, 2),
    LINE_PLACE,
    Field("order_id", 1526, 9, Shape.DIGITS),
    Field("trans_type", 1804, 2, const="42"),
    Field("voucher_type", 1885, 2),
)
HEADER = Layout(
    "header",
    RECORD_LENGTH,
    (
        Field("accept_flag", 1, 1, const="1"),
        *repeated("att", 298, 2, DIMENSIONS_MAX),
        Field("confirm_date", 363, 17),
        Field("currency", 398, 3),
        Field("deliv_date", 829, 17),
        *repeated("dim_value", 914, 12, DIMENSIONS_MAX),
        Field("ext_ord_ref", 1032, 15),
        Field("long_info1", 1061, 120),
        Field("long_info2", 1181, 120),
        Field("order_type", 1535, 2),
        Field("pay_method", 1537, 2),
        Field("period", 1539, 8, Shape.DIGITS),
        Field("responsible", 1629, 8),
        Field("responsible2", 1637, 8),
        Field("status", 1741, 1, const="N"),
        Field("tekst2", 1768, 12),
        Field("tekst3", 1780, 12),
        Field("tekst4", 1792, 12),
        *_EVERY,
    ),
)
ITEM = Layout(
    "item",
    RECORD_LENGTH,
    (
        Field("accept_flag", 1, 1, const="0"),
        Field("amount", 192, 17, Shape.HUNDREDTHS),
        Field("amount_set", 209, 1, const="1"),
        Field("art_descr", 248, 35),
        Field("article", 283, 15),
        *repeated("dim", 862, 8, 4),
        Field("dim_5", 894, 12),
        Field("dim_6", 906, 4),
        Field("dim_7", 910, 4),
        Field("period", 1539, 8, Shape.DIGITS),
        SEQUENCE_PLACE,
        Field("status", 1741, 1, const="N"),
        Field("tax_code", 1742, 2, Shape.TEXT_RIGHT),
        Field("value_1", 1859, 17, Shape.HUNDREDTHS),
        *_EVERY,
    ),
)
TEXT = Layout(
    "text",
    RECORD_LENGTH,
    (Field("accept_flag", 1, 1, const="0"), SEQUENCE_PLACE, Field("short_info", 1681, 60), *_EVERY),
)
CARRIES = Carries(
    header=words(
        "system_code system_name client day period currency order_type payment_method voucher_type dimension_kinds"
    ),
    customer=frozenset(),
    order=words("number their_reference head_text extra_text user_identifier source_payer delivery_date dimensions"),
    line=words("article text quantity amount vat_code dimensions texts"),
    text_width=35,
    texts_width=60,
    numeric=words("number"),
)


def written(basis: BasisFile, dialect: Dialect, faults: FaultList) -> bytes:
    """The batch; faults are noted by order, line and field."""
    records: list[str] = []
    for order in basis.orders:
        records += _written_order(basis.header, order, dialect, faults)
    return "".join(record + dialect.line_end.value for record in records).encode(ENCODING, "replace")


def _written_order(header: BasisHeader, order: BasisOrder, dialect: Dialect, faults: FaultList) -> Iterator[str]:
    every = {
        "batch_id": f"{header.system_code}{header.day:%y%m%d}" if header.day else header.system_code,
        "client": header.client,
        "order_id": order.number,
        "voucher_type": header.voucher_type,
    }
    period = f"00{header.period:%Y%m}" if header.period else ""
    yield _header_record(header, order, {**every, "line_no": "0", "period": period}, dialect, faults)
    for position, line in enumerate(order.lines, start=1):
        place = Place(order=order.number, position=position)
        values: dict[str, Any] = {
            **every,
            "line_no": str(position),
            "sequence_no": "0",
            "period": period,
            "amount": line.amount,
            "art_descr": line.text,
            "article": line.article,
            "tax_code": line.vat_code,
            "value_1": line.quantity,
            **numbered("dim", line.dimensions),
        }
        _refuse_more_dimensions(line.dimensions, place, faults)
        yield write_record(ITEM, values, place, faults)
        for number, text in enumerate(line.texts, start=1):
            told = {**every, "line_no": str(position), "sequence_no": str(number), "short_info": text}
            yield write_record(TEXT, told, place, faults)


def _header_record(
    header: BasisHeader, order: BasisOrder, every: dict[str, Any], dialect: Dialect, faults: FaultList
) -> str:
    place = Place(order=order.number)
    _refuse_more_dimensions(order.dimensions, place, faults)
    _refuse_more_dimensions(header.dimension_kinds, place, faults)
    values = {
        **every,
        **numbered("att", header.dimension_kinds),
        "confirm_date": written_day(header.day, dialect.date_form),
        "currency": header.currency,
        "deliv_date": written_day(order.delivery_date, dialect.date_form),
        **numbered("dim_value", order.dimensions),
        "ext_ord_ref": order.their_reference,
        "long_info1": order.head_text,
        "long_info2": order.extra_text,
        "order_type": header.order_type,
        "pay_method": header.payment_method,
        "responsible": header.system_name,
        "responsible2": header.system_name,
        "tekst2": order.source_payer,
        "tekst3": order.user_identifier,
        "tekst4": order.customer.identifier,
    }
    return write_record(_dated(HEADER, dialect), values, place, faults)


def _dated(layout: Layout, dialect: Dialect) -> Layout:
    """The layout with its days at the side where the dialect has them."""
    shape = Shape.TEXT_RIGHT if dialect.date_form is DateForm.LONG_RIGHT else Shape.TEXT
    fields = tuple(
        replace(one, shape=shape) if one.name in {"confirm_date", "deliv_date"} else one for one in layout.fields
    )
    return Layout(layout.name, layout.length, fields)


def _refuse_more_dimensions(values: tuple[str, ...], place: Place, faults: FaultList) -> None:
    if len(without_empty_end(values)) > DIMENSIONS_MAX:
        faults.add(FaultCode.NOT_CARRIED, f"dim_{DIMENSIONS_MAX + 1}", place=place)


@dataclass(slots=True)
class _OpenLine:
    line: BasisLine
    texts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _OpenOrder:
    values: dict[str, Any]
    lines: list[_OpenLine] = field(default_factory=list)


def read(data: bytes, dialect: Dialect | None = None) -> tuple[BasisFile, FaultList]:
    """The basis in a batch, as far as it can be read, and what is wrong with it, line by line."""
    del dialect  # a day tells by its length which form it has
    faults = FaultList()
    orders: list[_OpenOrder] = []
    for number, record in enumerate(lines_of(data, faults), start=1):
        _take_record(record, Place(line=number), orders, faults)
    header = _header_of(orders, faults)
    return BasisFile(header=header, orders=tuple(_order_of(order, faults) for order in orders)), faults


def _take_record(record: str, place: Place, orders: list[_OpenOrder], faults: FaultList) -> None:
    layout = _layout_of(record)
    if layout is None:
        faults.add(FaultCode.RECORD_UNKNOWN, place=place, found=record[:1])
        return
    values = read_record(layout, record, place, faults)
    if values is None:
        return
    if layout is HEADER:
        orders.append(_OpenOrder(values | {"place": place}))
        return
    if not orders or values["order_id"] != orders[-1].values["order_id"]:
        faults.add(FaultCode.RECORD_MISPLACED, "order_id", place=place, found=values["order_id"])
        return
    lines = orders[-1].lines
    if layout is ITEM:
        if int(values["line_no"] or 0) != len(lines) + 1:
            faults.add(FaultCode.DIFFERS, "line_no", place=place, found=values["line_no"], expected=len(lines) + 1)
        lines.append(_OpenLine(replace(_line_of(values), line=place.line)))
    elif not lines or int(values["line_no"] or 0) != len(lines):
        faults.add(FaultCode.RECORD_MISPLACED, "line_no", place=place, found=values["line_no"])
    else:
        lines[-1].texts.append(values["short_info"])


def _layout_of(record: str) -> Layout | None:
    if record[:1] == "1":
        return HEADER
    if record[:1] != "0":
        return None
    return ITEM if not SEQUENCE_PLACE.columns(record).strip("0 ") else TEXT


def _line_of(values: dict[str, Any]) -> BasisLine:
    return BasisLine(
        article=values["article"],
        text=values["art_descr"],
        quantity=values["value_1"],
        amount=values["amount"] if values["amount"] is not None else BasisLine().amount,
        vat_code=values["tax_code"],
        dimensions=without_empty_end(values[f"dim_{number}"] for number in range(1, DIMENSIONS_MAX + 1)),
    )


def _order_of(order: _OpenOrder, faults: FaultList) -> BasisOrder:
    values, place = order.values, order.values["place"]
    if not order.lines:
        faults.add(FaultCode.NO_LINES, place=place, found=values["order_id"])
    return BasisOrder(
        number=values["order_id"].lstrip("0"),
        customer=BasisCustomer(kind=kind_of(values["tekst4"]), identifier=values["tekst4"]),
        lines=tuple(replace(line.line, texts=tuple(line.texts)) for line in order.lines),
        their_reference=values["ext_ord_ref"],
        head_text=values["long_info1"],
        extra_text=values["long_info2"],
        source_payer=values["tekst2"],
        user_identifier=values["tekst3"],
        delivery_date=_day_of(values["deliv_date"], "deliv_date", place, faults),
        dimensions=without_empty_end(values[f"dim_value_{number}"] for number in range(1, DIMENSIONS_MAX + 1)),
    )


def _header_of(orders: list[_OpenOrder], faults: FaultList) -> BasisHeader:
    """The header that all orders share; one that differs is another batch in the same file."""
    if not orders:
        faults.add(FaultCode.NO_ORDERS)
        return BasisHeader()
    first = orders[0].values
    for order in orders[1:]:
        for name in ("batch_id", "client", "currency", "confirm_date", "period", "order_type", "voucher_type"):
            if order.values[name] != first[name]:
                told = {"found": str(order.values[name]), "expected": str(first[name])}
                faults.add(FaultCode.DIFFERS, name, place=order.values["place"], **told)
    place = first["place"]
    batch = BATCH.match(first["batch_id"])
    if batch is None:
        faults.add(FaultCode.DIFFERS, "batch_id", place=place, found=first["batch_id"], expected="YYMMDD")
    return BasisHeader(
        system_code=batch["sender"] if batch else first["batch_id"],
        system_name=first["responsible"],
        client=first["client"],
        day=_day_of(first["confirm_date"], "confirm_date", place, faults),
        period=_period_of(first["period"], place, faults),
        currency=first["currency"],
        order_type=first["order_type"],
        payment_method=first["pay_method"],
        voucher_type=first["voucher_type"],
        dimension_kinds=without_empty_end(first[f"att_{number}"] for number in range(1, DIMENSIONS_MAX + 1)),
    )


def _day_of(text: str, name: str, place: Place, faults: FaultList) -> date | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y%m%d" if len(text) == 8 else "%y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        faults.add(FaultCode.DATE, name, place=place, found=text)
        return None


def _period_of(text: str, place: Place, faults: FaultList) -> date | None:
    if not text.strip("0"):
        return None
    return _day_of(f"{text.removeprefix('00')}01", "period", place, faults)
