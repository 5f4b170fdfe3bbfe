"""How each amount of a document was made: the steps of the one arithmetic, which add up to the amount they explain.

Nothing is computed anew here that `calculation` has decided: the steps are read off its input and its totals. Pure: no
Django, no database, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from foundation.money import EXACT, HUNDRED, ZERO, round_amount
from invoicing.calculation import CHARGEABLE, DocumentInput, DocumentTotals, LineInput, LineTotals, VatTotals


@dataclass(frozen=True, slots=True)
class Step:
    """One step, told by its kind and the figures in it, with what it adds."""

    kind: str
    amount: Decimal
    figures: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The steps of one amount; together they come to it, to the last decimal."""

    total: Decimal
    steps: tuple[Step, ...]


def explain_line(given: LineInput, amounts: LineTotals) -> Explanation:
    """The amount column of a line: quantity times price, less its discounts; nothing where it is not charged."""
    with localcontext(EXACT):
        return Explanation(amounts.shown_amount, tuple(_line_steps(given)))


def _line_steps(given: LineInput) -> Iterator[Step]:
    exact = given.quantity * given.unit_price
    value = round_amount(exact)
    figures = {"quantity": given.quantity, "price": given.unit_price, "exact": exact}
    yield Step("product" if exact == value else "product_rounded", value, figures)
    sign = -1 if value < 0 else 1
    rest = abs(value)
    if given.discount_percent:
        off = round_amount(rest * given.discount_percent / HUNDRED)
        yield Step("line_percent", -sign * off, {"percent": given.discount_percent, "base": value})
        rest -= off
    if given.discount_amount:
        off = min(round_amount(given.discount_amount), rest)
        yield Step("line_amount", -sign * off, {"amount": given.discount_amount})
        rest -= off
    if given.charge_kind != CHARGEABLE:
        yield Step("not_charged", -sign * rest)


def explain_share(amounts: LineTotals) -> Explanation:
    """What the line's part of the document comes to with VAT: its net, its share of the discount, its share of VAT."""
    off = amounts.net_amount - amounts.net_after_document_discount
    steps = [Step("line_net", amounts.net_amount)]
    if off:
        steps.append(Step("share_of_discount", -off))
    steps.append(Step("share_of_vat", amounts.vat_amount))
    return Explanation(amounts.gross_amount, tuple(steps))


def explain_net(given: DocumentInput, totals: DocumentTotals) -> Explanation:
    """The net: the lines of each VAT rate, less the discount on them."""
    return Explanation(totals.net, tuple(_net_steps(given, totals)))


def _net_steps(given: DocumentInput, totals: DocumentTotals) -> Iterator[Step]:
    off = {(part.vat_category, part.vat_rate_percent): part.amount for part in totals.discount_parts}
    for part in totals.vat:
        key = (part.vat_category, part.vat_rate_percent)
        count = sum((line.vat_category, line.vat_rate_percent) == key for line in given.lines)
        discount = off.get(key, ZERO)
        figures = {"rate": part.vat_rate_percent, "count": Decimal(count)}
        yield Step("lines_of_rate", part.base_amount + discount, figures)
        if discount:
            yield Step("discount_of_rate", -discount, figures)


def explain_discount(given: DocumentInput, totals: DocumentTotals) -> Explanation:
    """The document's discount: what falls on each VAT rate, so that the parts are the whole."""
    kind = "discount_percent_part" if given.discount_percent else "discount_amount_part"
    steps = (
        Step(
            kind,
            part.amount,
            {"rate": part.vat_rate_percent, "base": part.base_amount, "percent": given.discount_percent},
        )
        for part in totals.discount_parts
    )
    return Explanation(totals.discount, tuple(steps))


def explain_vat(part: VatTotals) -> Explanation:
    """The VAT of one rate: the base times the rate, rounded once, half away from zero."""
    with localcontext(EXACT):
        exact = part.base_amount * part.vat_rate_percent / HUNDRED
        figures = {"base": part.base_amount, "rate": part.vat_rate_percent}
        steps = [Step("base_times_rate", exact, figures)]
        if exact != part.vat_amount:
            steps.append(Step("rounded_to_ore", part.vat_amount - exact))
        return Explanation(part.vat_amount, tuple(steps))


def explain_rounding(given: DocumentInput, totals: DocumentTotals) -> Explanation:
    """The visible rounding: what prices with VAT leave over, and what rounding the amount to pay adds."""
    steps = []
    rest = totals.rounding
    if given.prices_include_vat:
        whole = sum((line.shown_amount for line in totals.lines), ZERO) - totals.discount_shown
        steps = [
            Step("with_vat_exact", whole),
            Step("less_net", -totals.net),
            Step("less_vat", -totals.vat_total),
        ]
        rest -= whole - totals.net - totals.vat_total
    if rest:
        steps.append(Step("to_what_is_left" if given.left is not None else "to_unit", rest))
    return Explanation(totals.rounding, tuple(steps))


def explain_payable(totals: DocumentTotals) -> Explanation:
    """The amount to pay: net, the VAT of each rate, the rounding, less what is paid in advance."""
    steps = [Step("net", totals.net)]
    steps += [Step("vat_of_rate", part.vat_amount, {"rate": part.vat_rate_percent}) for part in totals.vat]
    if totals.rounding:
        steps.append(Step("rounding", totals.rounding))
    if totals.prepaid:
        steps.append(Step("prepaid", -totals.prepaid))
    return Explanation(totals.payable, tuple(steps))
