"""A section printed as one row: what its lines come to together, each VAT rate apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from foundation.money import EXACT
from foundation.templatetags.formatting import format_day, format_quantity
from invoicing.documents.facts import Line

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionSum:
    """The lines of a section that are charged alike and have one VAT rate, taken together."""

    lines: tuple[Line, ...]
    vat_category: str
    vat_rate_percent: Decimal
    charge_kind: str
    unit_code: str  # empty where the lines are counted in different units
    quantity: Decimal
    unit_price: Decimal | None  # where every line has the same one, and no discount
    shown_amount: Decimal
    shown_value: Decimal
    first_day: date | None
    last_day: date | None


def section_sums(lines: Sequence[Line]) -> list[SectionSum]:
    """The sums of a section: bokføringsforskriften § 5-1-5 keeps the VAT rates apart, and what is free stays shown."""
    ordered = sorted(enumerate(lines), key=lambda pair: (_alike(pair[1]), pair[0]))
    runs = [[line for _place, line in run] for _key, run in groupby(ordered, key=lambda pair: _alike(pair[1]))]
    first_place = {id(line): place for place, line in enumerate(lines)}
    return [_sum(run) for run in sorted(runs, key=lambda run: first_place[id(run[0])])]


def _alike(line: Line) -> tuple[str, str, Decimal]:
    return line.charge_kind, line.vat_category, line.vat_rate_percent


def _sum(lines: Sequence[Line]) -> SectionSum:
    first = lines[0]
    units = {line.unit_code for line in lines}
    prices = {line.unit_price for line in lines}
    is_plain = not any(line.discount_percent or line.discount_amount for line in lines)
    days = [day for line in lines for day in (line.delivery_day, line.period_from, line.period_to) if day]
    quantity = Decimal(0)
    for line in lines:
        quantity = EXACT.add(quantity, line.quantity)
    return SectionSum(
        lines=tuple(lines),
        vat_category=first.vat_category,
        vat_rate_percent=first.vat_rate_percent,
        charge_kind=first.charge_kind,
        unit_code=first.unit_code if len(units) == 1 else "",
        quantity=quantity,
        unit_price=first.unit_price if len(prices) == 1 == len(units) and is_plain else None,
        shown_amount=sum((line.shown_amount for line in lines), NOTHING),
        shown_value=sum((line.shown_value for line in lines), NOTHING),
        first_day=min(days, default=None),
        last_day=max(days, default=None),
    )


def sum_details(total: SectionSum, word: Mapping[str, str], language: str, *, where: str) -> tuple[str, ...]:
    """What stands small beneath the row: how many lines it stands for, when they were made, where they are listed."""
    count = format_quantity(Decimal(len(total.lines)), language)
    facts = [word["line_together" if len(total.lines) == 1 else "lines_together"].format(count=count)]
    if total.first_day and total.last_day:
        days = format_day(total.first_day, language)
        if total.last_day != total.first_day:
            days += f"–{format_day(total.last_day, language)}"
        facts.append(word["delivered"].format(day=days))
    if where:
        facts.append(where)
    told = " · ".join(facts)
    return (told,) if total.charge_kind == "chargeable" else (word[total.charge_kind], told)
