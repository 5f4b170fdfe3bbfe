"""Vouchers line by line, for systems that keep what they are sent and compute nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from accounting_sync.mapping.entries import ZERO, Entry, EntryKind, EntryLine, LinePart, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLine:
    """One line, debit positive, with the VAT code that it bears or whose VAT it is."""

    part: LinePart
    account: Target
    amount: Decimal
    currency_amount: Decimal
    text: str
    vat: Target | None = None
    document_number: str = ""
    dimensions: Mapping[str, Target] = field(default_factory=dict)


def own_lines(entry: Entry) -> Sequence[OwnLine]:
    """The lines of a voucher; of a document what was sold stands item by item, since each has a VAT code of its own."""
    lines = [
        OwnLine(
            part=line.part,
            account=line.account,
            amount=line.amount,
            currency_amount=line.currency_amount,
            text=line.text or entry.text,
            vat=_code_of(entry, line) if line.part == LinePart.VAT else line.vat,
            document_number=line.document_number if line.part == LinePart.RECEIVABLE else "",
            dimensions={} if line.part == LinePart.RECEIVABLE else line.dimensions,
        )
        for line in entry.lines
        if not (entry.is_document and line.part == LinePart.OTHER)
    ]
    sign = -1 if entry.kind == EntryKind.SALE else 1
    lines += [
        OwnLine(
            part=LinePart.OTHER,
            account=item.account,
            amount=sign * item.base_net,
            currency_amount=sign * item.net,
            text=item.text or entry.text,
            vat=item.vat,
            dimensions=item.dimensions,
        )
        for item in entry.items
    ]
    return [line for line in lines if line.amount or line.currency_amount]


def _code_of(entry: Entry, line: EntryLine) -> Target | None:
    """The VAT code of a VAT line: its own, or that of the items whose VAT it sums."""
    if line.vat is not None:
        return line.vat
    sums: dict[str, Decimal] = {}
    codes: dict[str, Target] = {}
    for item in entry.items:
        if item.vat is not None and item.base_vat_amount:
            codes[item.vat.id] = item.vat
            sums[item.vat.id] = sums.get(item.vat.id, ZERO) + item.base_vat_amount
    return next((codes[code] for code, amount in sums.items() if amount == abs(line.amount)), None)
