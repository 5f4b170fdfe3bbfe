"""What we pushed against what the accounting system says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounting_sync.mapping.entries import Entry, Remote


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as we pushed it: number, day, currency, total, vat, booked."""

    name: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a pushed entry must say there."""

    numbers: tuple[str, ...]  # any of them: of the document, or of our voucher
    days: tuple[date, ...]  # any of them: systems keep the accounting date or that of the document
    currency: str
    total: Decimal
    base_currency: str
    base_total: Decimal
    vat_total: Decimal | None


def expected_of(entry: Entry) -> Expected:
    """What must be found again."""
    return Expected(
        numbers=(entry.number, entry.voucher_label),
        days=(entry.day, entry.issue_date),
        currency=entry.currency,
        total=entry.total,
        base_currency=entry.base_currency,
        base_total=entry.base_total,
        vat_total=entry.vat_total if entry.is_document else None,
    )


def differences(expected: Expected, remote: Remote) -> list[Difference]:
    """What differs, to the øre; what the accounting system does not tell is not compared."""
    found = []
    if remote.number and bare(remote.number) not in map(bare, expected.numbers):
        found.append(Difference("number", expected.numbers[0], remote.number))
    if remote.day is not None and remote.day not in expected.days:
        found.append(Difference("day", expected.days[0].isoformat(), remote.day.isoformat()))
    total = expected.total
    if remote.currency and remote.currency != expected.currency:
        if remote.currency == expected.base_currency:
            total = expected.base_total  # it keeps the voucher in the currency of the books
        else:
            found.append(Difference("currency", expected.currency, remote.currency))
    if remote.total is not None and abs(remote.total) != abs(total):
        found.append(Difference("total", str(total), str(remote.total)))
    if (
        remote.vat_total is not None
        and expected.vat_total is not None
        and remote.currency == expected.currency
        and abs(remote.vat_total) != abs(expected.vat_total)
    ):
        found.append(Difference("vat", str(expected.vat_total), str(remote.vat_total)))
    if not remote.is_booked:
        found.append(Difference("booked", "", ""))
    return found


def bare(number: str) -> str:
    """Systems that take digits only get ours without its hyphen."""
    return "".join(letter for letter in number if letter.isalnum()).lower()
