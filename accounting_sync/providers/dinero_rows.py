"""Rows of Dinero's answers as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from accounting_sync.mapping.entries import Remote
from accounting_sync.providers.base import RemoteCustomer
from accounting_sync.providers.reading import mark_in

Row = Mapping[str, Any]


def amount_of(row: Row, name: str) -> Decimal:
    """An amount of a row; whole numbers come as integers."""
    return Decimal(row.get(name) or 0)


def day_of(text: str | None) -> date | None:
    """A date, however much of a time stands behind it."""
    return date.fromisoformat(text[:10]) if text else None


def document_of(row: Row, kind: str) -> Remote:
    """An invoice or a credit note; a draft has no number yet."""
    return Remote(
        id=row["Guid"],
        number=str(row.get("Number") or ""),
        day=day_of(row.get("Date")),
        currency=row.get("Currency") or "",
        total=abs(amount_of(row, "TotalInclVat")) if row.get("TotalInclVat") is not None else None,
        vat_total=abs(amount_of(row, "TotalVat")) if row.get("TotalVat") is not None else None,
        party_id=row.get("ContactGuid") or "",
        version=row.get("TimeStamp") or "",
        is_booked=row.get("Status", "Booked") != "Draft",
        facts={"kind": kind},
    )


def voucher_of(row: Row, *, is_claim: bool) -> Remote:
    """A manual voucher: of a document the first line, its claim, is the total; else what is debited."""
    accounts: dict[str, Decimal] = {}
    debited = Decimal(0)
    for line in row.get("Lines") or []:
        code = str(line.get("AccountNumber") or "")
        accounts[code] = accounts.get(code, Decimal(0)) + amount_of(line, "Amount")
        debited += max(amount_of(line, "Amount"), Decimal(0))
    if is_claim:
        debited, accounts = abs(amount_of(row["Lines"][0], "Amount")), {}
    return Remote(
        id=row["Guid"],
        number=row.get("ExternalReference") or "",
        day=day_of(row.get("VoucherDate")),
        currency="DKK",
        total=debited,
        version=row.get("Timestamp") or "",
        is_booked=row.get("Status", "Booked") != "Draft",
        accounts=accounts,
        facts={"kind": "journal"},
    )


def entries_of(rows: Sequence[Row]) -> list[Remote]:
    """Booked lines that bear our mark, put together into their vouchers; of documents only the claim bears it."""
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        number = mark_in(row.get("Description") or "")
        if number:
            grouped.setdefault((number, str(row.get("VoucherNumber"))), []).append(row)
    remotes = []
    for (number, there), own in grouped.items():
        accounts: dict[str, Decimal] = {}
        for row in own:
            code = str(row["AccountNumber"])
            accounts[code] = accounts.get(code, Decimal(0)) + amount_of(row, "Amount")
        balance = sum(accounts.values(), Decimal(0))
        debited = sum((max(amount_of(row, "Amount"), Decimal(0)) for row in own), Decimal(0))
        remotes.append(
            Remote(
                id=f"voucher-{there}",
                number=number,
                day=day_of(own[0].get("Date")),
                currency="DKK",
                total=max(debited, debited - balance),
                accounts={} if balance else accounts,
                facts={"kind": "journal"},
            )
        )
    return remotes


def customer_of(row: Row) -> RemoteCustomer:
    """A contact; our number stands in its external reference."""
    changed = row.get("UpdatedAt")
    return RemoteCustomer(
        id=row["ContactGuid"],
        number=row.get("ExternalReference") or "",
        name=row.get("Name") or "",
        organization_number=row.get("VatNumber") or "",
        email=row.get("Email") or "",
        street=row.get("Street") or "",
        postal_code=row.get("ZipCode") or "",
        city=row.get("City") or "",
        country=row.get("CountryKey") or "",
        is_active=not row.get("DeletedAt"),
        changed_at=datetime.fromisoformat(changed) if changed else None,
    )
