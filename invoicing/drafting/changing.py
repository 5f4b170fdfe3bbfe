"""One change for many lines: what it does to each, and which of them it cannot touch."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from customers.vat import rule_of
from foundation.money import EXACT, HUNDRED, round_amount
from invoicing.models import InvoiceLine

QUANTITY_DECIMALS = PRICE_DECIMALS = 6
AMOUNT_DECIMALS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    """What is to be said of every chosen line; None and nothing leave a field as it is."""

    charge_kind: str = ""
    quantity: Decimal | None = None
    quantity_factor: Decimal | None = None
    unit_price: Decimal | None = None
    price_percent: Decimal | None = None  # 3: three per cent more; -3: less
    discount_percent: Decimal | None = None
    vat_treatment: str = ""
    section: str | None = None  # empty: out of every section
    text_before: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing."""
        return self == LineChange()


@dataclass(slots=True)
class ChangedLines:
    """The lines in their new order, and the positions of those whose source has decided a field, by that field."""

    ordered: list[InvoiceLine]
    kept: dict[str, list[int]] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)


def change_each(lines: Sequence[InvoiceLine], chosen: Collection[UUID], change: LineChange) -> ChangedLines:
    """Say the change of every chosen line; what a line's source has decided stays, and is told. Nothing is stored."""
    changed = ChangedLines(list(lines))
    of_chosen = [line for line in lines if line.pk in chosen]
    for line in of_chosen:
        for name in _change(line, change):
            changed.kept.setdefault(name, []).append(line.position)
            changed.sources.add(str(line.source.get("label", "")))
    placed = [line for line in of_chosen if "section" not in line.locked_fields]
    if change.section is not None and placed:
        changed.ordered = _gathered(lines, placed)
        for position, line in enumerate(changed.ordered, start=1):
            line.position = position
    return changed


def _change(line: InvoiceLine, change: LineChange) -> list[str]:
    """Say the change of one line; returns the fields that its source keeps from it."""
    wanted = dict(_wanted(line, change))
    kept = [name for name, value in wanted.items() if name in line.locked_fields and value != getattr(line, name)]
    wanted = {name: value for name, value in wanted.items() if name not in line.locked_fields}
    if "discount_percent" in wanted and "discount_amount" not in line.locked_fields:
        wanted["discount_amount"] = Decimal(0)  # a discount is a percentage or an amount
    if "vat_treatment" in wanted and not rule_of(wanted["vat_treatment"]).needs_reason:
        wanted["vat_reason"] = ""
    for name, value in wanted.items():
        setattr(line, name, value)
    return kept


def _wanted(line: InvoiceLine, change: LineChange) -> Iterator[tuple[str, Any]]:
    if change.charge_kind:
        yield "charge_kind", change.charge_kind
    if change.quantity is not None:
        yield "quantity", change.quantity
    elif change.quantity_factor is not None:
        product = EXACT.multiply(line.quantity, change.quantity_factor)
        yield "quantity", round_amount(product, QUANTITY_DECIMALS)
    if change.unit_price is not None:
        yield "unit_price", change.unit_price
    elif change.price_percent is not None:
        product = EXACT.multiply(line.unit_price, EXACT.divide(HUNDRED + change.price_percent, HUNDRED))
        yield "unit_price", round_amount(product, _decimals_of(line.unit_price))
    if change.discount_percent is not None:
        yield "discount_percent", change.discount_percent
    if change.vat_treatment:
        yield "vat_treatment", change.vat_treatment
    if change.section is not None:
        yield "section", change.section
    if change.text_before:
        yield "description", f"{change.text_before} {line.description}"


def _decimals_of(price: Decimal) -> int:
    """A price stays as fine as it was, and never coarser than money is."""
    exponent = price.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return min(max(AMOUNT_DECIMALS, -exponent), PRICE_DECIMALS)


def _gathered(lines: Sequence[InvoiceLine], placed: Sequence[InvoiceLine]) -> list[InvoiceLine]:
    """The placed lines together: after the section that is there, else where the first stood; unsectioned ones last."""
    section = placed[0].section
    ids = {line.pk for line in placed}
    rest = [line for line in lines if line.pk not in ids]
    if not section:
        return [*rest, *placed]
    there = [place for place, line in enumerate(rest) if line.section == section]
    first = next(place for place, line in enumerate(lines) if line.pk in ids)
    at = there[-1] + 1 if there else first
    return [*rest[:at], *placed, *rest[at:]]
