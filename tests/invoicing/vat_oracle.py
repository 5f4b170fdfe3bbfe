"""What a document must come to, computed a second time and in another way.

Written from the text of the rules (BIS Billing 3.0, calculation of amounts; EN 16931 BR-CO-10 to -17; bokførings-
forskriften § 5-1-5) with fractions, which never round by themselves. It shares no line with the product: a mistake has
to be made twice, in two ways, to pass unseen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

from invoicing.calculation import DocumentInput
from invoicing.documents.facts import DocumentBody

Group = tuple[str, Fraction]


@dataclass(frozen=True)
class OracleLine:
    """A line as typed; `typed_discount` in kroner comes on top of the percentage."""

    quantity: Fraction
    price: Fraction
    group: Group
    percent: Fraction
    typed_discount: Fraction
    is_charged: bool


@dataclass(frozen=True)
class OracleAmounts:
    """What must be paid, and the VAT summary as {(category, rate): (base, VAT)}."""

    vat: dict[Group, tuple[Fraction, Fraction]]
    lines: tuple[Fraction, ...]  # what each line shows, in the terms of its price
    gross: Fraction
    rounding: Fraction
    payable: Fraction


def to_ore(value: Fraction) -> Fraction:
    """The value in whole øre; exactly half an øre goes away from zero."""
    ore = floor(abs(value) * 100 + Fraction(1, 2))
    return Fraction(ore if value >= 0 else -ore, 100)


def to_unit(value: Fraction, unit: Fraction) -> Fraction:
    """The nearest whole number of units; exactly half a unit goes away from zero."""
    units = floor(abs(value) / unit + Fraction(1, 2))
    return unit * units if value >= 0 else -unit * units


def shares_in_ore(exact: Sequence[Fraction], whole: Fraction) -> list[Fraction]:
    """The exact shares cut down to øre, and the øre that are then missing given to those who lost most."""
    if whole < 0:
        return [-share for share in shares_in_ore([-value for value in exact], -whole)]
    ore = [floor(value * 100) for value in exact]
    lost = [value * 100 - whole_ore for value, whole_ore in zip(exact, ore, strict=True)]
    missing = whole * 100 - sum(ore)
    while missing > 0:
        most = max(range(len(lost)), key=lambda index: (lost[index], -index))
        ore[most] += 1
        lost[most] -= 1
        missing -= 1
    assert missing == 0
    return [Fraction(whole_ore, 100) for whole_ore in ore]


def amounts(
    lines: Sequence[OracleLine],
    *,
    prices_include_vat: bool,
    percent: Fraction,
    typed_discount: Fraction,
    prepaid: Fraction,
    rounding_unit: Fraction | None,
) -> OracleAmounts:
    """Base, VAT and what is payable, by the text of the rules."""
    shown = tuple(line_amount(line) for line in lines)
    sums: dict[Group, Fraction] = {line.group: Fraction(0) for line in lines}
    for line, amount in zip(lines, shown, strict=True):
        sums[line.group] += amount if line.is_charged else 0
    discounts = discount_by_group(sums, percent, typed_discount)
    vat = {}
    exact = Fraction(0)
    for (category, rate), amount in sums.items():
        left = amount - discounts[category, rate]
        base = to_ore(left / (1 + rate / 100)) if prices_include_vat else left
        tax = to_ore(base * rate / 100)
        vat[category, rate] = (base, tax)
        exact += left if prices_include_vat else base + tax
    gross = sum((base + tax for base, tax in vat.values()), Fraction(0))
    payable = exact - prepaid
    if rounding_unit is not None:
        payable = to_unit(payable, rounding_unit)
    visible = tuple(amount if line.is_charged else Fraction(0) for line, amount in zip(lines, shown, strict=True))
    return OracleAmounts(vat=vat, lines=visible, gross=gross, rounding=payable + prepaid - gross, payable=payable)


def line_amount(line: OracleLine) -> Fraction:
    """Quantity x price in øre less its discount in øre; a discount ends at nothing, for returned goods too."""
    value = to_ore(line.quantity * line.price)
    size = abs(value)
    discount = to_ore(size * line.percent / 100) + to_ore(line.typed_discount)
    left = max(size - discount, Fraction(0))
    return left if value >= 0 else -left


def discount_by_group(
    sums: dict[Group, Fraction], percent: Fraction, typed_discount: Fraction
) -> dict[Group, Fraction]:
    """A percentage of every group, or an amount over the groups that are sold, at most what they come to."""
    groups = sorted(sums)
    whole = sum(sums.values(), Fraction(0))
    if percent:
        exact = [sums[group] * percent / 100 for group in groups]
        return dict(zip(groups, shares_in_ore(exact, to_ore(whole * percent / 100)), strict=True))
    discount = max(min(to_ore(typed_discount), whole), Fraction(0))
    sold = sum((amount for amount in sums.values() if amount > 0), Fraction(0))
    if not discount:
        return dict.fromkeys(groups, Fraction(0))
    exact = [discount * max(sums[group], Fraction(0)) / sold for group in groups]
    return dict(zip(groups, shares_in_ore(exact, discount), strict=True))


def amounts_of_input(document: DocumentInput) -> OracleAmounts:
    """What the product's input must come to."""
    lines = [
        OracleLine(
            quantity=Fraction(line.quantity),
            price=Fraction(line.unit_price),
            group=(line.vat_category, Fraction(line.vat_rate_percent)),
            percent=Fraction(line.discount_percent),
            typed_discount=Fraction(line.discount_amount),
            is_charged=line.charge_kind == "chargeable",
        )
        for line in document.lines
    ]
    return amounts(
        lines,
        prices_include_vat=document.prices_include_vat,
        percent=Fraction(document.discount_percent),
        typed_discount=Fraction(document.discount_amount),
        prepaid=Fraction(document.prepaid),
        rounding_unit=None if document.rounding_unit is None else Fraction(document.rounding_unit),
    )


def mistakes(body: DocumentBody) -> list[str]:
    """Every amount of a document's body that is not what its lines, discounts and rates make it; empty when all are.

    A typed discount in kroner is not in the body but its effect is: it is read from the amount that the line shows.
    """
    lines = []
    found = []
    for line in body.lines:
        is_charged = line.charge_kind == "chargeable"
        percent = Fraction(line.discount_percent)
        group = (line.vat_category, Fraction(line.vat_rate_percent))
        before = OracleLine(
            quantity=Fraction(line.quantity),
            price=Fraction(line.unit_price),
            group=group,
            percent=percent,
            typed_discount=Fraction(0),
            is_charged=is_charged,
        )
        shown = Fraction(line.shown_amount if is_charged else line.shown_value)
        typed = abs(line_amount(before)) - abs(shown)
        if typed < 0 or (line.discount_amount == 0 and typed):
            found.append(f"line {line.position}: shows {shown}, comes to {line_amount(before)}")
        lines.append(
            OracleLine(
                quantity=before.quantity,
                price=before.price,
                group=group,
                percent=percent,
                typed_discount=max(typed, Fraction(0)),
                is_charged=is_charged,
            )
        )
    discount = body.document_discount
    expected = amounts(
        lines,
        prices_include_vat=body.prices_include_vat,
        percent=Fraction(discount.percent),
        typed_discount=Fraction(0 if discount.percent else discount.shown_amount),
        prepaid=Fraction(body.totals.prepaid),
        rounding_unit=None,
    )
    return [*found, *_sums_that_differ(body, expected), *_lines_that_differ(body)]


def _sums_that_differ(body: DocumentBody, expected: OracleAmounts) -> Iterable[str]:
    totals = body.totals
    vat = {
        (row.vat_category, Fraction(row.vat_rate_percent)): (Fraction(row.base_amount), Fraction(row.vat_amount))
        for row in body.vat
    }
    claims: list[tuple[str, Any, Any]] = [
        ("the VAT summary", vat, expected.vat),
        ("gross", totals.gross, expected.gross),
        ("sum of lines", totals.lines_net, sum(line.net_amount for line in body.lines)),
        ("sum of discounts", totals.discount, sum(part.amount for part in body.document_discount.parts)),
        ("net", totals.net, totals.lines_net - totals.discount),
        ("net as bases", totals.net, sum(row.base_amount for row in body.vat)),
        ("VAT", totals.vat, sum(row.vat_amount for row in body.vat)),
        ("VAT of the lines", totals.vat, sum(line.vat_amount for line in body.lines)),
        ("gross as net and VAT", totals.gross, totals.net + totals.vat),
        ("payable", totals.payable, totals.gross + totals.rounding - totals.prepaid),
    ]
    for name, ours, right in claims:
        if ours != right:
            yield f"{name}: {ours}, should be {right}"
    rounded_away = abs(Fraction(totals.rounding) - expected.rounding)
    if rounded_away and (totals.payable % 1 or rounded_away > Fraction(1, 2)):
        yield f"rounding: {totals.rounding}, should be {expected.rounding} or lead to the nearest whole krone"


def _lines_that_differ(body: DocumentBody) -> Iterable[str]:
    for line in body.lines:
        # PEPPOL-EN16931-R120
        value = Fraction(line.quantity) * Fraction(line.net_unit_price) - Fraction(line.discount_amount)
        if line.charge_kind == "chargeable" and abs(Fraction(line.net_amount) - value) > Fraction(2, 100):
            yield f"line {line.position}: {line.net_amount} is not quantity x price less discount ({value})"
        if line.charge_kind != "chargeable" and (line.net_amount or line.vat_amount or line.shown_amount):
            yield f"line {line.position} is not charged, and yet counts"
