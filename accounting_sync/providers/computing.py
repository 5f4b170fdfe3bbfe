"""VAT as accounting systems compute it: ours comes out there to the øre or is refused before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from accounting_sync.mapping.entries import ZERO, Entry
from foundation.money import HUNDRED, round_amount

PARTS_MAX = 4
ATTEMPTS = 200
CENT = Decimal("0.01")


def vat_within(gross: Decimal, rate_percent: Decimal) -> Decimal:
    """The VAT in an amount that includes it, half away from zero."""
    return round_amount(gross * rate_percent / (HUNDRED + rate_percent))


def vat_upon(net: Decimal, rate_percent: Decimal) -> Decimal:
    """The VAT on an amount without it, half away from zero."""
    return round_amount(net * rate_percent / HUNDRED)


def parts_that_bear(gross: Decimal, vat: Decimal, rate_percent: Decimal) -> Sequence[Decimal] | None:
    """The amount in as few parts as it takes for a system to find exactly this VAT in them; None where there are none.

    VAT of a whole document that was shared out over its accounts may be an øre off on one of them. Parts that are
    rounded each by itself make that up.
    """
    if vat_within(gross, rate_percent) == vat:
        return [gross]
    sign = 1 if gross > 0 else -1
    for more in range(1, PARTS_MAX):
        for count in range(1, ATTEMPTS):
            part = sign * count * CENT
            rest = gross - more * part
            if more * vat_within(part, rate_percent) + vat_within(rest, rate_percent) == vat:
                return [*[part] * more, rest]
    return None


def summed_by_tax(entry: Entry) -> tuple[Decimal, Decimal]:
    """Total and VAT as systems have them that sum each tax over the lines, and round what comes out."""
    taxes: dict[str, Decimal] = {}
    net = sum((item.net for item in entry.items), ZERO)
    for item in entry.items:
        if item.vat is not None:
            rate = Decimal(item.vat.facts.get("rate") or item.vat_rate_percent)
            taxes[item.vat.id] = taxes.get(item.vat.id, ZERO) + item.net * rate / HUNDRED
    return (
        round_amount(net + sum(taxes.values(), ZERO)),
        sum((round_amount(tax) for tax in taxes.values()), ZERO),
    )


def with_vat_beside(entry: Entry) -> list[tuple[str, Decimal]]:
    """The lines of a document as text and amount, its VAT as lines of their own: a system that only adds cannot err."""
    lines = [(item.text or entry.text, item.net) for item in entry.items if item.net]
    vat: dict[Decimal, Decimal] = {}
    for item in entry.items:
        vat[item.vat_rate_percent] = vat.get(item.vat_rate_percent, ZERO) + item.vat_amount
    return lines + [(f"VAT {rate.normalize():f} %", amount) for rate, amount in vat.items() if amount]
