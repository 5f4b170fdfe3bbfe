"""Rows of Visma eAccounting's answers as values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from accounting_sync.mapping.entries import ZERO, Entry, Remote
from accounting_sync.providers.base import RemoteCustomer
from accounting_sync.providers.reading import mark_in

INVOICE_NUMBER_MAX = 2**31 - 1
FOREIGN = re.compile(r"\] [A-Z]{3} \d+\.\d\d ")  # amounts of the books say nothing of the voucher's own


def invoice_number(number: str) -> int | None:
    """The digits of our number as the whole number that Visma keeps; None where they are none or too many."""
    digits = "".join(sign for sign in number if sign.isascii() and sign.isdigit())
    return int(digits) if digits and int(digits) <= INVOICE_NUMBER_MAX else None


def item_of(entry: Entry, row: Mapping[str, Any]) -> Remote:
    """An item of the customer ledger; it keeps the digits of our number alone."""
    told = int(row["InvoiceNumber"])
    return Remote(
        id=str(row.get("VoucherId") or row["Id"]),
        number=entry.number if told == invoice_number(entry.number) else str(told),
        day=date.fromisoformat(row["InvoiceDate"][:10]),
        currency=row["CurrencyCode"],
        total=abs(Decimal(row["TotalAmountInvoiceCurrency"])),
        vat_total=abs(Decimal(row["VATAmountInvoiceCurrency"])),
        party_id=str(row["CustomerId"]),
        facts={"kind": "credit" if row["IsCreditInvoice"] else "sale", "item": str(row["Id"])},
    )


def voucher_of(row: Mapping[str, Any]) -> Remote:
    """A voucher, whose amounts are of the books: what bears its own number is a document's claim."""
    number = mark_in(row["VoucherText"])
    accounts: dict[str, Decimal] = {}
    claimed = debited = ZERO
    is_document = False
    for each in row["Rows"]:
        debit, credit = Decimal(each.get("DebitAmount") or 0), Decimal(each.get("CreditAmount") or 0)
        code = str(each["AccountNumber"])
        accounts[code] = accounts.get(code, ZERO) + debit - credit
        debited += debit
        if number and each.get("TransactionText") == number:
            is_document = True
            claimed += debit - credit
    return Remote(
        id=str(row["Id"]),
        number=number,
        day=date.fromisoformat(row["VoucherDate"][:10]),
        total=None if FOREIGN.search(row["VoucherText"]) else abs(claimed) if is_document else debited,
        accounts=accounts,
        facts={"kind": "journal" if not is_document else "sale" if claimed > ZERO else "credit"},
    )


def customer_of(row: Mapping[str, Any]) -> RemoteCustomer:
    """A customer."""
    changed = row.get("ChangedUtc")
    return RemoteCustomer(
        id=str(row["Id"]),
        number=row.get("CustomerNumber") or "",
        name=row["Name"],
        organization_number=row.get("CorporateIdentityNumber") or "",
        email=row.get("EmailAddress") or "",
        street=row.get("InvoiceAddress1") or "",
        postal_code=row.get("InvoicePostalCode") or "",
        city=row.get("InvoiceCity") or "",
        country=row.get("InvoiceCountryCode") or "",
        is_active=bool(row.get("IsActive", True)),
        changed_at=datetime.fromisoformat(changed) if changed else None,
    )


def percent_of(rate: Any) -> str:
    """A rate told in percent or as a part of one, in percent."""
    value = Decimal(rate or 0)
    return f"{(value * 100 if value < 1 else value).normalize():f}"
