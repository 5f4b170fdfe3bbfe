"""GL07, ledger transactions for Unit4 (Agresso): how work for units of the same organization is charged, uninvoiced.

Each line becomes two postings of one voucher: income where the work was done, and its cost where it was used.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

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
    write_record,
)
from billing_backlog.finance_files.records import BasisFile, BasisLine, BasisOrder, plain_text, without_empty_end

DIMENSIONS_MAX = 7
_WIDTHS: tuple[tuple[str, int, Shape, str], ...] = (
    ("batch_id", 25, Shape.TEXT, ""),
    ("interface", 25, Shape.TEXT, ""),
    ("voucher_type", 25, Shape.TEXT, ""),
    ("trans_type", 2, Shape.TEXT, "GL"),
    ("client", 25, Shape.TEXT, ""),
    ("account", 25, Shape.TEXT, ""),
    *((f"dim_{number}", 25, Shape.TEXT, "") for number in range(1, DIMENSIONS_MAX + 1)),
    ("tax_code", 25, Shape.TEXT, ""),
    ("tax_system", 25, Shape.TEXT, ""),
    ("currency", 25, Shape.TEXT, ""),
    ("dc_flag", 2, Shape.TEXT, ""),
    ("cur_amount", 20, Shape.HUNDREDTHS, ""),
    ("amount", 20, Shape.HUNDREDTHS, ""),
    ("number_1", 11, Shape.TEXT, ""),
    ("value_1", 20, Shape.HUNDREDTHS, ""),
    ("value_2", 20, Shape.HUNDREDTHS, ""),
    ("value_3", 20, Shape.HUNDREDTHS, ""),
    ("description", 255, Shape.TEXT, ""),
    ("trans_date", 8, Shape.TEXT, ""),
    ("voucher_date", 8, Shape.TEXT, ""),
    ("voucher_no", 15, Shape.DIGITS, ""),
    ("period", 6, Shape.TEXT, ""),
    *((f"filler_{number}", width, Shape.TEXT, "") for number, width in enumerate((100, 255, 8, 8, 20, 25), start=1)),
    ("order_id", 15, Shape.TEXT, ""),
)


def _fields() -> tuple[Field, ...]:
    fields, start = [], 1
    for name, width, shape, const in _WIDTHS:
        if not name.startswith("filler"):
            fields.append(Field(name, start, width, shape, const))
        start += width
    return tuple(fields)


FIELDS = _fields()
# The layout has 66 fields; after the order's number all are blank, and what the receiver wants of them is its length.
SHORTEST = sum(width for _name, width, _shape, _const in _WIDTHS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One side of a voucher; a debit is positive."""

    account: str
    dimensions: tuple[str, ...] = ()
    tax_code: str = ""
    amount: Decimal = Decimal(0)
    quantity: Decimal | None = None
    description: str = ""
    voucher_number: str
    order_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingFile:
    """The vouchers of a batch; each sums to zero."""

    batch: str
    interface: str
    voucher_type: str
    client: str
    currency: str = "NOK"
    day: date | None = None
    period: date | None = None
    postings: tuple[Posting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """On which accounts work for units of the same organization is posted."""

    income: str
    cost: str
    interface: str = ""


def postings_of(basis: BasisFile, accounts: Accounts, *, first_voucher: int = 1) -> PostingFile:
    """Income with the dimensions of each line, and its cost with the dimensions of the order: the unit that used it."""
    header = basis.header
    postings: list[Posting] = []
    for number, order in enumerate(basis.orders, start=first_voucher):
        for line in order.lines:
            postings += _pair(order, line, accounts, str(number))
    return PostingFile(
        batch=f"{header.system_code}{header.day:%y%m%d}" if header.day else header.system_code,
        interface=accounts.interface or header.system_code,
        voucher_type=header.voucher_type,
        client=header.client,
        currency=header.currency,
        day=header.day,
        period=header.period,
        postings=tuple(postings),
    )


def _pair(order: BasisOrder, line: BasisLine, accounts: Accounts, voucher: str) -> tuple[Posting, Posting]:
    description = plain_text(" ".join(part for part in (line.text, *line.texts) if part))
    told: dict[str, Any] = {
        "tax_code": line.vat_code,
        "quantity": line.quantity,
        "description": description,
        "voucher_number": voucher,
        "order_number": order.number,
    }
    # The buying unit stands first among the dimensions of its side where the order names none.
    unit = without_empty_end(order.dimensions) or (order.customer.identifier,)
    income = Posting(
        account=line.account or accounts.income,
        dimensions=without_empty_end(line.dimensions),
        amount=-line.amount,
        **told,
    )
    return income, Posting(account=accounts.cost, dimensions=unit, amount=line.amount, **told)


def layout_of(dialect: Dialect) -> Layout:
    """The record as long as the receiver wants it."""
    return Layout("GL07", max(SHORTEST, dialect.gl07_length), FIELDS)


def written(file: PostingFile, dialect: Dialect, faults: FaultList) -> bytes:
    """The file; faults are noted by order, voucher and field, and a voucher that does not sum to zero is one."""
    _refuse_unbalanced(file, faults)
    layout = layout_of(dialect)
    records = []
    for position, posting in enumerate(file.postings, start=1):
        place = Place(order=posting.order_number, position=position)
        if len(posting.dimensions) > DIMENSIONS_MAX:
            faults.add(FaultCode.NOT_CARRIED, f"dim_{DIMENSIONS_MAX + 1}", place=place)
        records.append(write_record(layout, _values(file, posting), place, faults))
    return "".join(record + dialect.line_end.value for record in records).encode(ENCODING, "replace")


def write(file: PostingFile, dialect: Dialect | None = None) -> bytes:
    """The bytes, or a refusal that names every field that does not fit."""
    faults = FaultList()
    data = written(file, dialect or Dialect(), faults)
    faults.raise_if_any()
    return data


def _values(file: PostingFile, posting: Posting) -> dict[str, Any]:
    day = f"{file.day:%Y%m%d}" if file.day else ""
    return {
        "batch_id": file.batch,
        "interface": file.interface,
        "voucher_type": file.voucher_type,
        "client": file.client,
        "account": posting.account,
        **numbered("dim", posting.dimensions),
        "tax_code": posting.tax_code,
        "currency": file.currency,
        "dc_flag": "-1" if posting.amount < 0 else "1",
        "cur_amount": posting.amount,
        "amount": posting.amount,
        "value_1": posting.quantity,
        "description": posting.description,
        "trans_date": day,
        "voucher_date": day,
        "voucher_no": posting.voucher_number,
        "period": f"{file.period:%Y%m}" if file.period else "",
        "order_id": posting.order_number,
    }


def _refuse_unbalanced(file: PostingFile, faults: FaultList) -> None:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for posting in file.postings:
        sums[posting.voucher_number] += posting.amount
    for voucher, amount in sums.items():
        if amount:
            faults.add(FaultCode.UNBALANCED, "amount", found=f"{amount:f}", voucher=voucher)


def read(data: bytes, dialect: Dialect | None = None) -> tuple[PostingFile, FaultList]:
    """The postings in a file, as far as they can be read, and what is wrong with them, line by line."""
    faults = FaultList()
    layout = layout_of(dialect or Dialect())
    found = []
    for number, record in enumerate(lines_of(data, faults), start=1):
        values = read_record(layout, record.ljust(layout.length), Place(line=number), faults)
        if values is not None:
            found.append(values)
    first = found[0] if found else defaultdict(str)
    file = PostingFile(
        batch=first["batch_id"],
        interface=first["interface"],
        voucher_type=first["voucher_type"],
        client=first["client"],
        currency=first["currency"],
        day=_day(first["trans_date"], "%Y%m%d", "trans_date", faults),
        period=_day(first["period"], "%Y%m", "period", faults),
        postings=tuple(map(_posting_of, found)),
    )
    _refuse_unbalanced(file, faults)
    return file, faults


def _posting_of(values: dict[str, Any]) -> Posting:
    return Posting(
        account=values["account"],
        dimensions=without_empty_end(values[f"dim_{number}"] for number in range(1, DIMENSIONS_MAX + 1)),
        tax_code=values["tax_code"],
        amount=values["amount"] if values["amount"] is not None else Decimal(0),
        quantity=values["value_1"],
        description=values["description"],
        voucher_number=values["voucher_no"].lstrip("0"),
        order_number=values["order_id"],
    )


def _day(text: str, form: str, name: str, faults: FaultList) -> date | None:
    try:
        return datetime.strptime(text, form).date() if text else None  # noqa: DTZ007 - a day has no zone
    except ValueError:
        faults.add(FaultCode.DATE, name, found=text)
        return None
