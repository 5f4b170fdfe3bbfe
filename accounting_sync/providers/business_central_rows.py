"""Rows of Business Central's answers as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from accounting_sync.mapping.entries import ZERO, Remote
from accounting_sync.providers.base import Answer, RemoteCustomer
from accounting_sync.providers.odata import time_of
from accounting_sync.providers.reading import mark_in

OPEN_TO_BUSINESS = ("", " ", "_x0020_")
Row = Mapping[str, Any]


def rows_of(answer: Answer) -> Sequence[Row]:
    """The rows of a page."""
    return answer.body.get("value", ()) if isinstance(answer.body, Mapping) else ()


def postings_of(rows: Sequence[Row]) -> list[Remote]:
    """The vouchers in rows of the general ledger; the last one is not booked as far as these rows tell the whole."""
    return [_posting_of(group, is_whole=is_whole) for group, is_whole in _groups(rows)]


def last_whole_entry(rows: Sequence[Row]) -> int:
    """The number of the last entry of the last voucher that is there as a whole; 0 where none is."""
    return max((int(group[-1]["entryNumber"]) for group, is_whole in _groups(rows) if is_whole), default=0)


def customer_of(row: Row) -> RemoteCustomer:
    """A customer card."""
    return RemoteCustomer(
        id=row["id"],
        number=row.get("number") or "",
        name=row.get("displayName") or "",
        organization_number=row.get("taxRegistrationNumber") or "",
        email=row.get("email") or "",
        street=row.get("addressLine1") or "",
        postal_code=row.get("postalCode") or "",
        city=row.get("city") or "",
        country=row.get("country") or "",
        is_active=(row.get("blocked") or "") in OPEN_TO_BUSINESS,
        changed_at=time_of(row.get("lastModifiedDateTime")),
        facts={"etag": row.get("@odata.etag") or ""},
    )


def _groups(rows: Sequence[Row]) -> Iterator[tuple[list[Row], bool]]:
    """Rows of one voucher after the other: each has its debits first and ends where they are balanced."""
    group: list[Row] = []
    balance = ZERO
    for row in sorted(rows, key=lambda row: int(row["entryNumber"])):
        if group and _voucher(row) != _voucher(group[0]):
            yield group, False
            group, balance = [], ZERO
        group.append(row)
        balance += _amount(row)
        if not balance:
            yield group, True
            group = []
    if group:
        yield group, False


def _posting_of(rows: Sequence[Row], *, is_whole: bool) -> Remote:
    accounts: dict[str, Decimal] = {}
    claims, claimed, debited = ZERO, set(), ZERO
    first = rows[0]
    for row in rows:
        amount, code = _amount(row), row["accountNumber"]
        accounts[code] = accounts.get(code, ZERO) + amount
        debited += max(amount, ZERO)
        claim = mark_in(row["description"]).partition(" ")[2]
        if claim:
            claimed.add(code)
        if claim == row["documentNumber"]:
            claims += amount
    return Remote(
        id=first["id"],
        number=first["documentNumber"],
        day=date.fromisoformat(first["postingDate"]),
        total=abs(claims) or debited,
        is_booked=is_whole,
        accounts=accounts,
        facts={"mark": mark_in(first["description"]).partition(" ")[0], "claims": " ".join(sorted(claimed))},
    )


def _voucher(row: Row) -> tuple[str, str]:
    return row["documentNumber"], mark_in(row["description"]).partition(" ")[0]


def _amount(row: Row) -> Decimal:
    return Decimal(row.get("debitAmount") or 0) - Decimal(row.get("creditAmount") or 0)
