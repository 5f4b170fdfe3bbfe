"""What must hold of every row whatever file it came in: amounts that agree, days that can be, nothing told twice.

One row that is wrong is named and left out. Rows that are all wrong by the same power of ten show that the file's
decimals are read otherwise than they were meant, and nothing of it is taken.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from billing_backlog.finance_files.faults import Fault, FaultCode
from billing_backlog.source_files.rows import Reading, SourceRow
from foundation.dates import add_months
from foundation.money import round_amount

AMOUNT_MAX = Decimal(10) ** 12
HUGE_AMOUNT = Decimal(1_000_000)  # worth a look, and still possible
QUANTITY_DECIMALS = 6
PRICE_DECIMALS = 6
HALF_CENT = Decimal("0.005")
LAPSE_YEARS = 3  # foreldelsesloven § 2: a claim that is older has lapsed
FUTURE_YEARS_MAX = 2
OLDEST = date(2000, 1, 1)
SCALES = tuple(Decimal(10) ** power for power in (-4, -3, -2, -1, 1, 2, 3, 4))
SCALED_ROWS_MIN = 3  # fewer can be wrong each by itself
ODD_MAX = 200


@dataclass(slots=True)
class _Found:
    good: list[SourceRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)


def checked(
    rows: Sequence[SourceRow],
    *,
    today: date,
    faults: Iterable[Fault] = (),
    prices: Mapping[str, Decimal] | None = None,
) -> Reading:
    """The rows that can be taken, and what is wrong or odd with the others.

    `faults` are those of rows that could not even be read; `prices` of known products, which show a wrong scale in
    files that tell no prices of their own.
    """
    unread = tuple(faults)
    count = len(rows) + len({fault.line for fault in unread})
    scale = scale_of(rows, prices or {})
    if scale is not None:
        fault = Fault(FaultCode.SCALE, "amount", values={"factor": f"{scale:f}"})
        return Reading(count=count, faults=unread, refusal=(fault,))
    found = _Found(faults=list(unread))
    first_lines: dict[tuple[str, str], int] = {}
    for row in rows:
        wrong = _wrong(row, first_lines, today)
        if wrong:
            found.faults += wrong
            continue
        found.good.append(_upright(row))
        if len(found.warnings) < ODD_MAX:
            found.warnings += _odd(row, today)
    return Reading(
        rows=tuple(found.good),
        count=count,
        faults=tuple(sorted(found.faults, key=lambda fault: fault.line)),
        warnings=tuple(found.warnings),
    )


def scale_of(rows: Sequence[SourceRow], prices: Mapping[str, Decimal]) -> Decimal | None:
    """By which power of ten most rows are off, if by the same one; None where they agree or differ each for itself."""
    scales: Counter[Decimal] = Counter()
    compared = 0
    for row in rows:
        ratio = _ratio(row, prices)
        if ratio is None:
            continue
        compared += 1
        scales.update(scale for scale in SCALES if abs(ratio / scale - 1) < Decimal("0.005"))
    if not scales:
        return None
    scale, count = scales.most_common(1)[0]
    return scale if count >= min(SCALED_ROWS_MIN, compared) and count * 2 > compared else None


def _ratio(row: SourceRow, prices: Mapping[str, Decimal]) -> Decimal | None:
    """How many times the amount is what quantity and price make of it."""
    price = row.unit_price if row.unit_price is not None else prices.get(row.product)
    if row.amount is not None and price and row.quantity and row.amount:
        return row.amount / (price * row.quantity)
    known = prices.get(row.product)
    return row.unit_price / known if row.unit_price and known else None


def _wrong(row: SourceRow, first_lines: dict[tuple[str, str], int], today: date) -> list[Fault]:
    def fault(code: FaultCode, name: str, **values: str | int) -> Fault:
        return Fault(code, name, line=row.line, order=row.order, values=values)

    wrong = []
    first = first_lines.setdefault((row.order, row.order_line), row.line)
    if first != row.line:
        wrong.append(fault(FaultCode.TWICE, "order", found=f"{row.order} {row.order_line}".strip(), first=first))
    if not (row.payer.is_named or row.contract or row.project):
        wrong.append(fault(FaultCode.MISSING, "customer"))
    if not row.quantity:
        wrong.append(fault(FaultCode.ZERO, "quantity"))
    elif -row.quantity.normalize().as_tuple().exponent > QUANTITY_DECIMALS:  # type: ignore[operator]
        wrong.append(fault(FaultCode.DECIMALS, "quantity", found=f"{row.quantity:f}", most=QUANTITY_DECIMALS))
    if abs(row.told_amount) >= AMOUNT_MAX or abs(row.quantity) >= AMOUNT_MAX:
        wrong.append(fault(FaultCode.HUGE, "amount", found=f"{row.told_amount:f}"))
    if not OLDEST <= row.day <= add_months(today, 12 * FUTURE_YEARS_MAX):
        wrong.append(fault(FaultCode.DATE, "day", found=row.day.isoformat()))
    if row.period_from is not None and row.period_from > row.day:
        wrong.append(fault(FaultCode.DATE, "period_from", found=row.period_from.isoformat()))
    if not amounts_agree(row):
        told = {
            "price": f"{row.unit_price:f}",
            "quantity": f"{row.quantity.normalize():f}",
            "amount": f"{row.amount:f}",
        }
        wrong.append(fault(FaultCode.PRODUCT_DIFFERS, "amount", **told))
    return wrong


def amounts_agree(row: SourceRow) -> bool:
    """Whether price × quantity is the amount, as far as a price of two decimals can tell it."""
    if row.unit_price is None or row.amount is None:
        return True
    return abs(row.unit_price * row.quantity - row.amount) <= HALF_CENT * (abs(row.quantity) + 1)


def _odd(row: SourceRow, today: date) -> list[Fault]:
    odd = []
    if row.day > today:
        odd.append((FaultCode.FUTURE, "day", row.day.isoformat()))
    if row.day < add_months(today, -12 * LAPSE_YEARS):
        odd.append((FaultCode.ANCIENT, "day", row.day.isoformat()))
    if row.amount == 0 or row.unit_price == 0:
        odd.append((FaultCode.ZERO, "amount", "0"))
    if row.told_amount < 0:
        odd.append((FaultCode.NEGATIVE, "amount", f"{row.told_amount:.2f}"))
    if abs(row.told_amount) >= HUGE_AMOUNT:
        odd.append((FaultCode.HUGE, "amount", f"{row.told_amount:.2f}"))
    return [Fault(code, name, line=row.line, order=row.order, values={"found": told}) for code, name, told in odd]


def _upright(row: SourceRow) -> SourceRow:
    """The row with a price that is not negative, and with a price where only the amount was told."""
    price, quantity = row.unit_price, row.quantity
    if price is None and row.amount is not None:
        price = round_amount(row.amount / quantity, PRICE_DECIMALS)
    if price is not None and price < 0:
        price, quantity = -price, -quantity
    return dataclasses.replace(row, unit_price=price, quantity=quantity)
