"""From exported rows to the basis of a finance file: an order for each customer, its lines with article and dimensions.

Pure: values in, values out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing_backlog.finance_files.carrying import Carries
from billing_backlog.finance_files.log_csv import LogRow
from billing_backlog.finance_files.records import BasisCustomer, BasisFile, BasisHeader, BasisLine, BasisOrder
from foundation.money import round_amount

HUNDRED = Decimal(100)
REFERENCE_MAX = 15  # what the narrowest layout has room for; a longer one stands among the texts
BETWEEN = "; "


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """What stands in one of the receiver's positions (M-153)."""

    name: str
    is_required: bool = False
    is_project: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """How the use of a group of facilities is posted: its article, its dimensions, and what the invoice says."""

    article: str
    values: tuple[str, ...] = ()
    header_text: str = ""
    contact_department: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedRow:
    """A quantity that is exported, with what it belongs to."""

    row_id: UUID
    customer_id: UUID
    day: date
    text: str
    quantity: Decimal
    unit_price: Decimal  # without VAT
    net_amount: Decimal
    vat_amount: Decimal
    vat_code: str
    period_from: date | None = None
    source_id: str = ""
    source_kind: str = ""
    group: str = ""
    place: str = ""
    project: str = ""
    product: str = ""
    account: str = ""
    header_text: str = ""
    contact_department: str = ""
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Who pays an order, and under which number it goes."""

    customer: BasisCustomer
    order_number: str
    customer_number: str
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What a target says of posting: its positions, and a string for each group of facilities."""

    dimensions: Sequence[Dimension]
    strings: Mapping[str, Posted]

    def of(self, row: ExportedRow) -> Posted | None:
        """The string of the row's group, else the one for all that has no own."""
        return self.strings.get(row.group) or self.strings.get("")

    @property
    def demanded(self) -> dict[int, str]:
        """The positions that must have a value, with their names: the marked ones and the project."""
        return {
            position: each.name
            for position, each in enumerate(self.dimensions, start=1)
            if each.name and (each.is_required or each.is_project)
        }


def vat_of(amount: Decimal, percent: Decimal, *, includes_vat: bool) -> tuple[Decimal, Decimal]:
    """The amount without VAT, and the VAT of it."""
    if not includes_vat:
        return amount, round_amount(amount * percent / HUNDRED)
    vat = round_amount(amount * percent / (HUNDRED + percent))
    return amount - vat, vat


def basis_of(
    header: BasisHeader,
    rows: Iterable[ExportedRow],
    payers: Mapping[UUID, Payer],
    *,
    posting: Posting,
    carries: Carries,
) -> BasisFile:
    """The basis, one order for each customer in the order of the payers, its lines by day."""
    own: dict[UUID, list[ExportedRow]] = {}
    for row in rows:
        own.setdefault(row.customer_id, []).append(row)
    orders = tuple(_order(payer, own[key], posting, carries) for key, payer in payers.items() if key in own)
    return BasisFile(header=header, orders=orders)


def _order(payer: Payer, rows: Sequence[ExportedRow], posting: Posting, carries: Carries) -> BasisOrder:
    head = _joined((_string(posting, row).header_text or row.header_text) for row in rows)
    department = _joined((_string(posting, row).contact_department or row.contact_department) for row in rows)
    reference = payer.reference if len(payer.reference) <= REFERENCE_MAX else ""
    rest = [] if reference or not payer.reference else [payer.reference]
    told: dict[str, Any] = {"head_text": head, "contact_department": department}
    # What the layout has no room for at the order is said below its first line: it has to be on the invoice.
    extra = [text for name, text in told.items() if text and name not in carries.order] + rest
    if "extra_text" in carries.order:
        told, extra = told | {"extra_text": BETWEEN.join(extra)}, []
    lines = [_line(row, posting) for row in rows]
    if extra:
        lines[0] = replace(lines[0], texts=(*extra, *lines[0].texts))
    return BasisOrder(
        number=payer.order_number, customer=payer.customer, lines=tuple(lines), their_reference=reference, **told
    )


def _string(posting: Posting, row: ExportedRow) -> Posted:
    return posting.of(row) or Posted(article=row.product)


def _joined(texts: Iterable[str]) -> str:
    return BETWEEN.join(dict.fromkeys(text for text in texts if text))


def _line(row: ExportedRow, posting: Posting) -> BasisLine:
    string = _string(posting, row)
    return BasisLine(
        article=string.article or row.product,
        text=row.text,
        quantity=row.quantity,
        unit_price=_price(row),
        amount=row.net_amount,
        vat_amount=row.vat_amount,
        vat_code=row.vat_code,
        dimensions=tuple(_value(row, string, place, each) for place, each in enumerate(posting.dimensions)),
        texts=(_days(row),),
        from_date=row.period_from or row.day,
        to_date=row.day,
        account=row.account,
    )


def _price(row: ExportedRow) -> Decimal:
    """The price with the two decimals that layouts have."""
    price = round_amount(row.unit_price)
    return price if price == row.unit_price else round_amount(row.net_amount / row.quantity)


def _value(row: ExportedRow, string: Posted, place: int, dimension: Dimension) -> str:
    """The row's own value, else that of its posting string; the project is known by its number."""
    own = row.dimensions.get(dimension.name) or (row.project if dimension.is_project else "")
    return own or (string.values[place] if place < len(string.values) else "")


def _days(row: ExportedRow) -> str:
    days = [row.period_from, row.day] if row.period_from and row.period_from != row.day else [row.day]
    return "-".join(f"{day:%d.%m.%Y}" for day in days if day)


def log_rows(rows: Iterable[ExportedRow], payers: Mapping[UUID, Payer]) -> list[LogRow]:
    """The rows of the log beside the file; the customer by our own number (M-147)."""
    return [
        LogRow(
            source_id=row.source_id,
            source_kind=row.source_kind,
            order_number=payers[row.customer_id].order_number,
            customer_name=payers[row.customer_id].customer.name,
            customer_number=payers[row.customer_id].customer_number,
            text=f"{row.text} {_days(row)}",
            place=row.place,
            amount=row.net_amount,
            vat_amount=row.vat_amount,
        )
        for row in rows
    ]
