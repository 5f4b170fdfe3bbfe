"""VAT of vouchers that are no documents, put back on the lines that it was reckoned from. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import ZERO, EntryLine, LinePart
from accounting_sync.providers.base import CannotBeTaken

LineWithVat = tuple[EntryLine, Decimal, Decimal]  # the line, its VAT in the entry's currency and in the books'


def with_vat(lines: Sequence[EntryLine]) -> list[LineWithVat]:
    """The lines but those of VAT, which stand beside the one line that bears their code; refuses what is ambiguous."""
    vat: dict[int, tuple[Decimal, Decimal]] = {}
    for line in lines:
        if line.part != LinePart.VAT or not (line.amount or line.currency_amount):
            continue
        bearing = [
            position
            for position, other in enumerate(lines)
            if other.part == LinePart.OTHER and other.vat and line.vat and other.vat.id == line.vat.id
        ]
        if len(bearing) != 1:
            raise CannotBeTaken(
                _("It is not clear which line the VAT on account %(account)s belongs to. Book the voucher by hand.")
                % {"account": line.account_number}
            )
        before = vat.get(bearing[0], (ZERO, ZERO))
        vat[bearing[0]] = (before[0] + line.currency_amount, before[1] + line.amount)
    return [
        (line, *vat.get(position, (ZERO, ZERO)))
        for position, line in enumerate(lines)
        if line.part != LinePart.VAT and (line.amount or line.currency_amount)
    ]
