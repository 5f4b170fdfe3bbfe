"""What several adapters read and write alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from accounting_sync.mapping.entries import Entry, Party, Remote

HUNDREDTH = Decimal("0.01")


def to_minor(amount: Decimal) -> int:
    """An amount in hundredths."""
    return int(amount * 100)


def from_minor(count: int) -> Decimal:
    """An amount of so many hundredths."""
    return (Decimal(count) / 100).quantize(HUNDREDTH)


def mark_of(entry: Entry) -> str:
    """How our voucher is recognized in a text that people may add to: its number in brackets."""
    return f"[{entry.voucher_label}]"


def mark_in(text: str) -> str:
    """The number of our voucher in such a text; empty where there is none."""
    return text.partition("[")[2].partition("]")[0]


def unique_name(party: Party) -> str:
    """A name for systems that refuse two of one: private persons, who often share theirs, bear our number in it."""
    return party.name if party.is_business else f"{party.name} ({party.number})"


def plain_name(name: str, number: str) -> str:
    """The name without our number behind it."""
    return name.removesuffix(f" ({number})")


def in_entry_currency(entry: Entry, remote: Remote) -> Remote:
    """What a system keeps in the currency of the books alone, told in that of the entry where the amounts agree."""
    agrees = entry.is_foreign and remote.total == entry.base_total
    return replace(remote, currency=entry.currency, total=entry.total if agrees else remote.total)


def with_days(path: str, first: date, last: date) -> str:
    """A path that bears the days that are asked for where the system cannot be asked for days: as its fragment, which
    is never sent (RFC 9110, 4.2.5)."""
    return f"{path}#{first.isoformat()}/{last.isoformat()}"


def within_days(path: str, remotes: Iterable[Remote]) -> list[Remote]:
    """What of a page lies in the days of the path that it was asked by."""
    first, _, last = path.partition("#")[2].partition("/")
    return [each for each in remotes if each.day is None or first <= each.day.isoformat() <= last]
