"""The one arithmetic: from lines as typed to amounts, VAT and totals, for every screen, file and voucher.

The rules are those of BIS Billing 3.0 and EN 16931 (BR-CO-10, -13, -14, -15, -16, -17). A line is its rounded value
less its rounded discount, VAT is computed once per category and rate on the document, half goes away from zero, and
every sum is a sum of the amounts that are shown.

Prices that include VAT keep the gross exact: ten lines of one give the same to pay as one line of ten. Base and VAT are
computed from the gross of each category and rate, and what their rounding leaves over is a visible rounding, never
hidden in a line. Pure: no Django, no database, no clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation, localcontext

from foundation.money import EXACT, HUNDRED, ZERO, round_amount, round_to_sum, round_to_unit, split_amount

CHARGEABLE = "chargeable"
CHARGE_KINDS = frozenset({CHARGEABLE, "complimentary", "non_chargeable"})
NET_PRICE_DECIMALS = 10
CREDIT_ROUNDING_LIMIT = Decimal(1)  # a greater difference is no rounding

# Beyond this, ten decimals of a net price taken from a price with VAT no longer give the line to the øre (PEPPOL R120).
QUANTITY_WITH_VAT_MAX = Decimal(10) ** 8


def gettext_noop(sentence: str) -> str:
    """Mark a sentence for the catalogue; whoever shows it translates it, since this module imports no Django."""
    return sentence


class ImpossibleAmount(ValueError):
    """What was typed gives no amount that a document can carry; names the field, and the sentence can be translated."""

    def __init__(self, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInput:
    """One line as typed; a returned item has a negative quantity, never a negative price (BR-27)."""

    quantity: Decimal
    unit_price: Decimal
    vat_category: str
    vat_rate_percent: Decimal
    discount_percent: Decimal = Decimal(0)
    discount_amount: Decimal = Decimal(0)  # in the price's own terms, for the whole line, on top of the percentage
    charge_kind: str = CHARGEABLE  # complimentary and non_chargeable lines are shown, not summed


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left to credit of an invoice, and whether a credit note takes the whole rest of its quantities."""

    payable: Decimal
    is_all: bool
    prepaid: Decimal = Decimal(0)  # what advances have paid of it, which a note gives back when the claim is used up


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentInput:
    """The lines and what holds for all of them."""

    lines: tuple[LineInput, ...]
    prices_include_vat: bool = False
    discount_percent: Decimal = Decimal(0)
    discount_amount: Decimal = Decimal(0)  # in the price's own terms; one of the two
    prepaid: Decimal = Decimal(0)
    rounding_unit: Decimal | None = None  # Decimal(1): the payable amount is whole kroner
    left: Left | None = None  # of a credit note: what the invoice that it credits has left


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTotals:
    """What one line comes to.

    On a charged line always |net_amount - (quantity * net_unit_price - discount_amount)| <= 0.02 (PEPPOL-EN16931-R120).
    One that is not charged keeps its own discount, comes to 0.00, and is written to an EHF as given away whole.
    """

    net_unit_price: Decimal  # without VAT, at most ten decimals when it was taken from a price with VAT
    discount_amount: Decimal  # without VAT
    net_amount: Decimal  # without VAT, before the document discount
    net_after_document_discount: Decimal
    vat_amount: Decimal  # information only: the lines' sum is the document's VAT
    gross_amount: Decimal  # net_after_document_discount + vat_amount: the lines' sum is the document's gross
    shown_amount: Decimal  # the amount column: in the price's own terms, before the document discount
    shown_value: Decimal  # what a line that is not charged would have cost; 0.00 on the others


@dataclass(frozen=True, slots=True, kw_only=True)
class VatTotals:
    """One row of the VAT summary."""

    vat_category: str
    vat_rate_percent: Decimal
    base_amount: Decimal
    vat_amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountPart:
    """The share of the document discount on one category and rate, and the base it is taken from, without VAT."""

    vat_category: str
    vat_rate_percent: Decimal
    amount: Decimal
    base_amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentTotals:
    """What the document comes to.

    net = lines_net - discount, gross = net + vat_total, payable = gross + rounding - prepaid: each to the øre.
    """

    lines: tuple[LineTotals, ...]
    vat: tuple[VatTotals, ...]  # by category, then rate
    discount_parts: tuple[DiscountPart, ...]  # in the same order, parts of 0.00 left out
    discount: Decimal  # without VAT: the sum of the parts
    discount_shown: Decimal  # in the prices' own terms
    lines_net: Decimal
    net: Decimal
    vat_total: Decimal
    gross: Decimal
    rounding: Decimal
    prepaid: Decimal
    payable: Decimal


@dataclass(slots=True)
class _Group:
    """One category and rate with the lines charged in it; BR-S-08 asks for its row even when none of them is."""

    category: str
    rate: Decimal
    indexes: list[int] = field(default_factory=list)
    shown: Decimal = ZERO  # before and after discount in the prices' own terms
    shown_discount: Decimal = ZERO
    lines_net: Decimal = ZERO
    base: Decimal = ZERO
    vat: Decimal = ZERO
    rounding: Decimal = ZERO  # what rounding base and VAT leaves of an exact gross

    @property
    def divisor(self) -> Decimal:
        return HUNDRED + self.rate


@dataclass(slots=True)
class _Line:
    """A line on its way: its value and discount in the price's own terms, then its nets."""

    value: Decimal
    discount: Decimal
    net: Decimal = ZERO
    net_after: Decimal = ZERO
    vat: Decimal = ZERO


def totals(document: DocumentInput) -> DocumentTotals:
    """Every amount of the document; ImpossibleAmount (a ValueError) for input that no document can carry."""
    try:
        with localcontext(EXACT):
            return _totals(document)
    except InvalidOperation:
        sentence = gettext_noop("A quantity, price, discount or rate is not a number, or is too large.")
        raise ImpossibleAmount(sentence) from None


def _totals(document: DocumentInput) -> DocumentTotals:
    _refuse_impossible(document)
    lines = [_line_value(line, prices_include_vat=document.prices_include_vat) for line in document.lines]
    groups = _groups(document.lines, lines)
    _discount_groups(document, groups)
    for group in groups:
        _close_group(group, prices_include_vat=document.prices_include_vat)
        _share_with_lines(group, lines, document)
    return _document_totals(document, lines, groups)


def _refuse_impossible(document: DocumentInput) -> None:
    if document.discount_percent and document.discount_amount:
        sentence = gettext_noop("The discount on the document is a percentage or an amount, not both.")
        raise ImpossibleAmount(sentence, field="discount_amount")
    _refuse_percent(document.discount_percent, field="discount_percent")
    _refuse_negative_discount(document.discount_amount)
    if not 0 <= document.prepaid < Decimal("Infinity"):
        raise ImpossibleAmount(gettext_noop("What is prepaid is not negative."), field="prepaid")
    if document.rounding_unit is not None and not 0 < document.rounding_unit < Decimal("Infinity"):
        sentence = gettext_noop("The unit that amounts are rounded to is greater than zero.")
        raise ImpossibleAmount(sentence, field="rounding_unit")


def _refuse_percent(percent: Decimal, *, field: str) -> None:
    if not 0 <= percent <= HUNDRED:
        raise ImpossibleAmount(gettext_noop("A percentage lies between 0 and 100."), field=field)


def _refuse_negative_discount(amount: Decimal) -> None:
    if not 0 <= amount < Decimal("Infinity"):
        sentence = gettext_noop("A discount is not negative: write a surcharge as a line.")
        raise ImpossibleAmount(sentence, field="discount_amount")


def _refuse_impossible_line(line: LineInput, *, prices_include_vat: bool) -> None:
    if not line.unit_price >= 0:
        sentence = gettext_noop("A price is not negative: give what is returned or deducted a negative quantity.")
        raise ImpossibleAmount(sentence, field="unit_price")  # BR-27
    if not (line.quantity.is_finite() and line.unit_price.is_finite()):
        raise InvalidOperation
    if prices_include_vat and abs(line.quantity) > QUANTITY_WITH_VAT_MAX:
        sentence = gettext_noop("Where prices include VAT, a quantity is at most 100,000,000.")
        raise ImpossibleAmount(sentence, field="quantity")
    if line.charge_kind not in CHARGE_KINDS:
        raise ImpossibleAmount(gettext_noop("Choose whether the line is charged."), field="charge_kind")
    _refuse_percent(line.vat_rate_percent, field="vat_treatment")
    if line.discount_percent:
        _refuse_percent(line.discount_percent, field="discount_percent")
    if line.discount_amount:
        _refuse_negative_discount(line.discount_amount)


def _line_value(line: LineInput, *, prices_include_vat: bool) -> _Line:
    """The rounded value less the rounded discount, which always brings the line nearer to zero and never past it."""
    _refuse_impossible_line(line, prices_include_vat=prices_include_vat)
    amount = round_amount(line.quantity * line.unit_price)
    if not (line.discount_percent or line.discount_amount):
        return _Line(amount, ZERO)
    discount = round_amount(abs(amount) * line.discount_percent / HUNDRED) + round_amount(line.discount_amount)
    discount = min(discount, abs(amount))
    discount = -discount if amount < 0 else discount
    return _Line(amount - discount, discount)


def _groups(inputs: Sequence[LineInput], lines: Sequence[_Line]) -> list[_Group]:
    groups: dict[tuple[str, Decimal], _Group] = {}
    for index, (given, line) in enumerate(zip(inputs, lines, strict=True)):
        key = (given.vat_category, given.vat_rate_percent)
        group = groups.get(key)
        if group is None:
            group = groups[key] = _Group(*key)
        if given.charge_kind == CHARGEABLE:
            group.indexes.append(index)
            group.shown += line.value
    return [groups[key] for key in sorted(groups)]


def _discount_groups(document: DocumentInput, groups: list[_Group]) -> None:
    """Share the document discount between categories and rates, as BR-32 and § 5-1-5 of bokføringsforskriften ask.

    A percentage takes its share of every group, returned goods included. An amount falls on what is sold, not on what
    is returned, and never takes more than the sum.
    """
    whole = sum((group.shown for group in groups), ZERO)
    if document.discount_percent:
        shares = [group.shown * document.discount_percent for group in groups]
        discount = round_amount(whole * document.discount_percent / HUNDRED)
        parts = round_to_sum(shares, discount, divisor=HUNDRED)
    elif document.discount_amount and whole > 0:
        discount = min(round_amount(document.discount_amount), whole)
        parts = split_amount(discount, [max(group.shown, ZERO) for group in groups])
    else:
        return
    for group, part in zip(groups, parts, strict=True):
        group.shown_discount = part


def _close_group(group: _Group, *, prices_include_vat: bool) -> None:
    """Base and VAT of one category and rate: base * rate, rounded once (BR-CO-17, to the øre)."""
    after = group.shown - group.shown_discount
    if prices_include_vat:
        group.lines_net = round_amount(group.shown * HUNDRED / group.divisor)
        group.base = round_amount(after * HUNDRED / group.divisor)
    else:
        group.lines_net = group.shown
        group.base = after
    group.vat = round_amount(group.base * group.rate / HUNDRED)
    if prices_include_vat:
        group.rounding = after - group.base - group.vat


def _share_with_lines(group: _Group, lines: list[_Line], document: DocumentInput) -> None:
    """Give each line its share of the group's net, discount and VAT, so that the shares add up."""
    members = [lines[index] for index in group.indexes]
    values = [line.value for line in members]
    if document.prices_include_vat and group.rate:
        nets = round_to_sum([value * HUNDRED for value in values], group.lines_net, divisor=group.divisor)
    else:
        nets = values
    discount = group.lines_net - group.base
    if not discount:
        nets_after = nets
    else:
        if document.discount_percent:
            shares = round_to_sum([net * document.discount_percent for net in nets], discount, divisor=HUNDRED)
        else:
            shares = split_amount(discount, [max(net, ZERO) for net in nets])
        nets_after = [net - share for net, share in zip(nets, shares, strict=True)]
    vats = round_to_sum([net * group.rate for net in nets_after], group.vat, divisor=HUNDRED) if group.vat else None
    for position, line in enumerate(members):
        line.net = nets[position]
        line.net_after = nets_after[position]
        if vats:
            line.vat = vats[position]


def _line_totals(given: LineInput, line: _Line, *, prices_include_vat: bool) -> LineTotals:
    price, discount = given.unit_price, line.discount
    if prices_include_vat and given.vat_rate_percent:
        divisor = HUNDRED + given.vat_rate_percent
        price = _tidy_price(price * HUNDRED / divisor)
        discount = round_amount(discount * HUNDRED / divisor) if discount else discount
    is_charged = given.charge_kind == CHARGEABLE
    return LineTotals(
        net_unit_price=price,
        discount_amount=discount,
        net_amount=line.net,
        net_after_document_discount=line.net_after,
        vat_amount=line.vat,
        gross_amount=line.net_after + line.vat,
        shown_amount=line.value if is_charged else ZERO,
        shown_value=ZERO if is_charged else line.value,
    )


def _tidy_price(price: Decimal) -> Decimal:
    """The price with at most ten decimals and at least two."""
    rounded = round_amount(price, NET_PRICE_DECIMALS)
    short = round_amount(rounded)
    return short if short == rounded else rounded.normalize()


def _within(payable: Decimal, left: Left) -> Decimal:
    """The amount of a credit note, where parts that were rounded one by one have come to more or less than the whole.

    The note that takes the rest takes all that is left, and none takes more: the odd øre is a visible rounding.
    """
    whole = left.payable + left.prepaid
    difference = payable - whole
    is_rounding = abs(difference) < CREDIT_ROUNDING_LIMIT
    return whole if is_rounding and (left.is_all or difference > 0) else payable


def _document_totals(document: DocumentInput, lines: list[_Line], groups: list[_Group]) -> DocumentTotals:
    lines_net = sum((group.lines_net for group in groups), ZERO)
    net = sum((group.base for group in groups), ZERO)
    vat_total = sum((group.vat for group in groups), ZERO)
    gross = net + vat_total
    rounding = sum((group.rounding for group in groups), ZERO)
    prepaid = round_amount(document.prepaid)
    payable = gross + rounding - prepaid
    if document.rounding_unit is not None:
        payable = round_to_unit(payable, document.rounding_unit)
        rounding = payable + prepaid - gross
    if document.left is not None:
        whole = _within(payable, document.left)
        rounding = whole - gross
        prepaid = max(ZERO, min(whole - document.left.payable, document.left.prepaid))
        payable = whole - prepaid
    return DocumentTotals(
        lines=tuple(
            _line_totals(given, line, prices_include_vat=document.prices_include_vat)
            for given, line in zip(document.lines, lines, strict=True)
        ),
        vat=tuple(
            VatTotals(
                vat_category=group.category, vat_rate_percent=group.rate, base_amount=group.base, vat_amount=group.vat
            )
            for group in groups
        ),
        discount_parts=tuple(
            DiscountPart(
                vat_category=group.category,
                vat_rate_percent=group.rate,
                amount=group.lines_net - group.base,
                base_amount=group.lines_net,
            )
            for group in groups
            if group.lines_net != group.base
        ),
        discount=lines_net - net,
        discount_shown=sum((group.shown_discount for group in groups), ZERO),
        lines_net=lines_net,
        net=net,
        vat_total=vat_total,
        gross=gross,
        rounding=rounding,
        prepaid=prepaid,
        payable=payable,
    )
