"""Rows of Fiken's answers as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from accounting_sync.mapping.entries import Remote
from accounting_sync.providers.base import RemoteCustomer, RemotePayment
from accounting_sync.providers.reading import from_minor, mark_in


def sale_of(row: Mapping[str, Any]) -> Remote:
    """A sale; a negative one is a credit note, whose amounts are positive here."""
    net, vat = from_minor(row.get("netAmount") or 0), from_minor(row.get("vatAmount") or 0)
    is_foreign = (row.get("currency") or "NOK") != "NOK"
    accounts: dict[str, Decimal] = {}
    for line in row.get("lines") or []:
        accounts[line["account"]] = accounts.get(line["account"], Decimal(0)) - from_minor(line.get("netPrice") or 0)
    return Remote(
        id=str(row["saleId"]),
        number=row.get("saleNumber", ""),
        day=date.fromisoformat(row["date"]),
        currency=row.get("currency") or "NOK",
        total=None if is_foreign else abs(net + vat),
        vat_total=None if is_foreign else abs(vat),
        party_id=str((row.get("customer") or {}).get("contactId", "")),
        accounts=accounts,
        facts={"kind": "sale"},
    )


def journal_of(row: Mapping[str, Any]) -> Remote:
    """A journal entry: what is debited is its total, and our mark its number."""
    accounts: dict[str, Decimal] = {}
    debited = Decimal(0)
    for line in row.get("lines") or []:
        amount = from_minor(line["amount"])
        code = line.get("account", "")
        accounts[code] = accounts.get(code, Decimal(0)) + amount
        debited += max(amount, Decimal(0))
    text = row.get("description", "")
    return Remote(
        id=str(row["journalEntryId"]),
        number=mark_in(text),
        day=date.fromisoformat(row["date"]),
        currency="NOK",
        total=debited,
        accounts=accounts,
        facts={"kind": "journal"},
    )


def customer_of(row: Mapping[str, Any]) -> RemoteCustomer:
    """A contact."""
    address = row.get("address") or {}
    return RemoteCustomer(
        id=str(row["contactId"]),
        # Our own number is its member number, which can be asked for but is never told.
        number=str(row.get("customerNumber") or ""),
        name=row["name"],
        organization_number=row.get("organizationNumber") or "",
        email=row.get("email") or "",
        street=address.get("streetAddress") or "",
        postal_code=address.get("postCode") or "",
        city=address.get("city") or "",
        country=address.get("country") or "",
        is_active=not row.get("inactive", False),
        facts={"account": row.get("customerAccountCode") or ""},
    )


def payments_of(rows: Sequence[Mapping[str, Any]]) -> list[RemotePayment]:
    """The payments on sales that stand."""
    return [
        RemotePayment(
            id=str(payment["paymentId"]),
            day=date.fromisoformat(payment["date"]),
            currency=payment.get("currency") or "NOK",
            amount=from_minor(payment["amount"]),
            document_number=row.get("saleNumber", ""),
            document_id=str(row["saleId"]),
            kid=row.get("kid") or "",
            payer=(row.get("customer") or {}).get("name", ""),
        )
        for row in rows
        if not row.get("deleted")
        for payment in row.get("salePayments") or []
    ]
