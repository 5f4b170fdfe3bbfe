"""Rows of Dynamics 365 Finance's answers as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from accounting_sync.mapping.entries import ZERO, Remote
from accounting_sync.providers.base import Answer, RemoteCustomer
from accounting_sync.providers.reading import mark_in

Row = Mapping[str, Any]


def rows_of(answer: Answer) -> list[Row]:
    """The rows of a page."""
    return list(answer.body.get("value", ())) if isinstance(answer.body, Mapping) else []


def whole_rows(answer: Answer) -> list[Row]:
    """The rows of a page without its last journal, where there are more pages and that may go on."""
    rows = rows_of(answer)
    if not rows or not answer.body.get("@odata.nextLink"):
        return rows
    last = rows[-1]["JournalBatchNumber"]
    return [row for row in rows if row["JournalBatchNumber"] != last]


def journals_of(rows: Sequence[Row]) -> list[Remote]:
    """The journals in lines of journals: on documents the claim is the total, elsewhere what is debited."""
    journals: dict[str, list[Row]] = {}
    for row in rows:
        journals.setdefault(str(row["JournalBatchNumber"]), []).append(row)
    return [_journal_of(number, own) for number, own in journals.items()]


def customer_of(row: Row) -> RemoteCustomer:
    """A customer; its account is its number."""
    return RemoteCustomer(
        id=row["CustomerAccount"],
        number=row["CustomerAccount"],
        name=row.get("OrganizationName") or "",
        organization_number=row.get("TaxExemptNumber") or "",
        email=row.get("PrimaryContactEmail") or "",
        street=row.get("AddressStreet") or "",
        postal_code=row.get("AddressZipCode") or "",
        city=row.get("AddressCity") or "",
        country=row.get("AddressCountryRegionId") or "",
    )


def _journal_of(number: str, rows: Sequence[Row]) -> Remote:
    accounts: dict[str, Decimal] = {}
    claimed, debited = ZERO, ZERO
    for row in rows:
        amount = Decimal(row.get("DebitAmount") or 0) - Decimal(row.get("CreditAmount") or 0)
        debited += max(amount, ZERO)
        if row["AccountType"] != "Cust":
            accounts[row["AccountDisplayValue"]] = accounts.get(row["AccountDisplayValue"], ZERO) + amount
        elif row.get("Invoice") == row.get("Document"):
            claimed += amount
    first = rows[0]
    return Remote(
        id=number,
        number=first.get("Document") or "",
        day=date.fromisoformat(first["TransDate"][:10]),
        currency=first["CurrencyCode"],
        total=abs(claimed) or debited,
        accounts=accounts,
        facts={"mark": mark_in(first.get("Text") or "")},
    )
