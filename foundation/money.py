"""Money: the only rounding and splitting in the house.

Amounts are Decimal, never float. Half goes away from zero, as BIS Billing 3.0 rounds, and parts always add up to the
whole. Pure: no Django, no database, no clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext

ZERO = Decimal("0.00")
HUNDRED = Decimal(100)

# Wide enough that the product of two numbers of 10^12 with six decimals, times a rate, is exact: 28 digits are not.
EXACT = Context(prec=76, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero, Overflow])

DECIMALS_MAX = 12
_ONE = Decimal(1)
_STEPS = tuple(_ONE.scaleb(-decimals) for decimals in range(DECIMALS_MAX + 1))
_ZEROS = tuple(Decimal(0).scaleb(-decimals) for decimals in range(DECIMALS_MAX + 1))

# ISO 4217 minor units of the currencies that do not have two.
_MINOR_UNITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"), 0),
    **dict.fromkeys(("PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


def minor_units(currency: str) -> int:
    """How many decimals an amount of this currency has (ISO 4217); two for every currency not known to differ."""
    return _MINOR_UNITS.get(currency, 2)


def round_amount(amount: Decimal, decimals: int = 2) -> Decimal:
    """The amount with exactly so many decimals, half away from zero, never -0; ValueError when it has no such form."""
    try:
        rounded = amount.quantize(_STEPS[decimals], ROUND_HALF_UP, EXACT)
    except InvalidOperation:  # infinite, or longer than the context
        raise ValueError(f"{amount} is not an amount.") from None
    if rounded.is_nan():
        raise ValueError(f"{amount} is not an amount.")
    return rounded or _ZEROS[decimals]  # -0.00 is false, and nobody wants to read it


def round_to_unit(amount: Decimal, unit: Decimal) -> Decimal:
    """The multiple of the unit (1, 0.50 …) nearest to the amount, half away from zero, with two decimals."""
    if unit <= 0:
        raise ValueError("A rounding unit is greater than zero.")
    with localcontext(EXACT):
        # Twice the amount and the unit itself decide the tie without a division that may not end.
        halves, _ = divmod(abs(amount) * 2, unit)
        multiples = (halves + 1) // 2
        return round_amount((multiples * unit).copy_sign(amount))


def convert_amount(amount: Decimal, rate: Decimal, decimals: int = 2) -> Decimal:
    """The amount times an exchange rate, rounded once."""
    return round_amount(EXACT.multiply(amount, rate), decimals)


def split_amount(amount: Decimal, weights: Sequence[Decimal], *, decimals: int = 2) -> list[Decimal]:
    """Parts in proportion to the weights that sum to the amount exactly; the largest remainders get the odd units.

    Equal parts when the weights sum to zero. A part of weight zero is zero, ties go to the earlier part, and splitting
    the negated amount gives the negated parts.
    """
    with localcontext(EXACT):
        total_weight = sum(weights, Decimal(0))
        if not total_weight:
            weights, total_weight = [_ONE] * len(weights), Decimal(len(weights))
        if total_weight < 0:
            weights, total_weight = [-weight for weight in weights], -total_weight
        if not weights:
            if amount:
                raise ValueError("An amount cannot be split into no parts.")
            return []
        shares = [amount * weight for weight in weights]
    return round_to_sum(shares, amount, divisor=total_weight, decimals=decimals)


def round_to_sum(
    values: Sequence[Decimal], total: Decimal, *, divisor: Decimal = _ONE, decimals: int = 2
) -> list[Decimal]:
    """The values / divisor as rounded parts that sum to the total exactly: the largest remainders go up.

    A total that rounding alone cannot reach is reached by spreading the rest in proportion to the values' size. The
    negated values and total give the negated parts. ValueError when the total has more decimals than the parts.
    """
    with localcontext(EXACT):
        if total < 0 or (not total and next((value for value in values if value), total) < 0):
            # Ties then fall on the same parts as for the mirrored values, so that a credit mirrors what it credits.
            mirrored = round_to_sum([-value for value in values], -total, divisor=divisor, decimals=decimals)
            return [-part for part in mirrored]
        step = _STEPS[decimals]
        unit = divisor * step
        parts = []
        remainders = []
        for value in values:
            part, remainder = divmod(value, unit)
            if remainder < 0:  # Decimal's divmod goes towards zero; a floor is wanted
                part, remainder = part - 1, remainder + unit
            parts.append(part)
            remainders.append(remainder)
        missing = total / step - sum(parts)
        if missing:
            if missing != missing.to_integral_value():
                raise ValueError(f"{total} has more than {decimals} decimals.")
            _hand_out(int(missing), parts, remainders, values)
        zero = _ZEROS[decimals]
        return [part * step or zero for part in parts]


def _hand_out(missing: int, parts: list[Decimal], remainders: list[Decimal], values: Sequence[Decimal]) -> None:
    """Add the missing units to the parts in place."""
    if 0 < missing <= sum(map(bool, remainders)):
        order = sorted(range(len(parts)), key=remainders.__getitem__, reverse=True)  # stable: ties to the earlier
        for index in order[:missing]:
            parts[index] += 1
        return
    for index, extra in enumerate(split_amount(Decimal(missing), list(map(abs, values)), decimals=0)):
        parts[index] += extra
