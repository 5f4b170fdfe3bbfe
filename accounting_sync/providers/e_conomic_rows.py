"""Rows of e-conomic's answers as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from accounting_sync.mapping.entries import Remote
from accounting_sync.providers.base import RemoteCustomer, RemotePayment
from accounting_sync.providers.reading import mark_in

CUSTOMER_PAYMENT, MANUAL_INVOICE = 2, 10
BOOKED_PAGE = 1000

Row = Mapping[str, Any]


def amount_of(row: Row, name: str) -> Decimal:
    """An amount of a row; whole numbers come as integers."""
    return Decimal(row.get(name) or 0)


def day_of(row: Row) -> date:
    """The date of an entry."""
    return date.fromisoformat(str(row["date"])[:10])


def id_of(day: date, number: Any) -> str:
    """What a voucher is called: its numbers begin anew each year."""
    return f"{day.year}-{int(number or 0)}"


def number_in(voucher_id: str) -> str:
    """The voucher's number in such an id."""
    return voucher_id.rpartition("-")[2]


def by_voucher(rows: Sequence[Row]) -> list[list[Row]]:
    """Entries put together again into their vouchers, in the order in which they come."""
    grouped: dict[tuple[int, int], list[Row]] = {}
    for row in rows:
        grouped.setdefault((day_of(row).year, row.get("voucherNumber") or 0), []).append(row)
    return list(grouped.values())


def whole_vouchers(rows: Sequence[Row]) -> list[list[Row]]:
    """The vouchers of a page without the last one of a full page: the next page begins with it."""
    grouped = by_voucher(rows)
    return grouped[:-1] if len(rows) >= BOOKED_PAGE and len(grouped) > 1 else grouped


def booked_of(rows: Sequence[Row]) -> Remote:
    """One booked voucher: a claim's amount is its total, elsewhere what is debited, where it is all of one currency."""
    currencies = {row.get("currencyCode") or "" for row in rows}
    claims = [row for row in rows if row.get("type") == MANUAL_INVOICE]
    first = claims[0] if claims else rows[0]
    accounts: dict[str, Decimal] = {}
    for row in rows:
        code = str(row["accountNumber"])
        accounts[code] = accounts.get(code, Decimal(0)) + amount_of(row, "amountInBaseCurrency")
    marked = next((found for row in rows if (found := mark_in(row.get("text") or ""))), "")
    return Remote(
        id=id_of(day_of(first), first.get("voucherNumber")),
        number=marked,
        day=day_of(first),
        currency=(first.get("currencyCode") or "") if claims or len(currencies) == 1 else "",
        total=abs(sum((amount_of(row, "amount") for row in claims), Decimal(0)))
        if claims
        else debited(rows)
        if len(currencies) == 1
        else None,
        open_amount=abs(sum((amount_of(row, "remainder") for row in claims), Decimal(0))) if claims else None,
        party_id=str(first.get("customerNumber") or "") if claims else "",
        accounts=accounts,
        facts={"kind": "claim" if claims else "journal"},
    )


def debited(rows: Sequence[Row]) -> Decimal:
    """What is debited."""
    return sum((max(amount_of(row, "amount"), Decimal(0)) for row in rows), Decimal(0))


def drafts_of(rows: Sequence[Row], number: str) -> list[Remote]:
    """The vouchers in the cash journal that bear a number of ours, with the numbers of their entries."""
    marked = [row for row in rows if mark_in(row.get("text") or "") == number]
    return [
        Remote(
            id=id_of(day_of(group[0]), group[0].get("voucherNumber")),
            number=number,
            day=day_of(group[0]),
            is_booked=False,
            facts={"entries": ",".join(str(row["entryNumber"]) for row in group)},
        )
        for group in by_voucher(marked)
    ]


def payments_of(rows: Sequence[Row]) -> list[RemotePayment]:
    """Customers' payments among booked entries."""
    return [
        RemotePayment(
            id=str(row["entryNumber"]),
            day=day_of(row),
            currency=row.get("currencyCode") or "",
            amount=-amount_of(row, "amount"),
            document_number=str(row.get("customerInvoiceNumber") or ""),
            text=row.get("text") or "",
            our_mark=mark_in(row.get("text") or ""),
        )
        for row in rows
        if row.get("type") == CUSTOMER_PAYMENT and amount_of(row, "amount") < 0
    ]


def customer_of(row: Row) -> RemoteCustomer:
    """A customer."""
    changed = row.get("lastUpdated")
    return RemoteCustomer(
        id=str(row["customerNumber"]),
        number=str(row["customerNumber"]),
        name=row.get("name") or "",
        organization_number=row.get("corporateIdentificationNumber") or "",
        email=row.get("email") or "",
        street=row.get("address") or "",
        postal_code=row.get("zip") or "",
        city=row.get("city") or "",
        country=row.get("country") or "",
        is_active=not row.get("barred", False),
        changed_at=datetime.fromisoformat(changed) if changed else None,
    )


def codes_of(body: Any) -> list[str]:
    """All codes of errors in an answer, the outermost first."""
    if isinstance(body, Mapping):
        own = [str(body["errorCode"])] if body.get("errorCode") else []
        return own + [code for value in body.values() for code in codes_of(value)]
    return [code for value in body for code in codes_of(value)] if isinstance(body, list) else []


def messages_in(errors: Any) -> list[str]:
    """All sentences in what an answer tells of errors, outermost first."""
    if isinstance(errors, Mapping):
        told = errors.get("errorMessage") or errors.get("message")
        own = [str(told)] if told else []
        return own + [text for value in errors.values() for text in messages_in(value)]
    return [text for value in errors for text in messages_in(value)] if isinstance(errors, list) else []
