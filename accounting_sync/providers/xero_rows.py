"""Rows of Xero's answers as values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounting_sync.mapping.entries import Remote
from accounting_sync.providers.base import Choice, RemoteCustomer, RemotePayment
from accounting_sync.providers.reading import mark_in, plain_name
from foundation.money import EXACT, round_amount

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICKS = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
BOOKED = frozenset({"AUTHORISED", "PAID"})
RATE_STEP = Decimal("0.000001")  # Xero keeps six decimals
LISTS = (
    "Accounts", "Allocations", "Attachments", "Contacts", "CreditNotes", "Invoices", "ManualJournals", "Organisations",
    "Payments", "TaxRates", "TrackingCategories",
)  # fmt: skip


def rows_of(body: Any) -> Sequence[Mapping[str, Any]]:
    """The rows of an answer, whatever Xero calls them."""
    if not isinstance(body, Mapping):
        return []
    return next((body[name] for name in LISTS if isinstance(body.get(name), list)), [])


def is_(name: str, value: str) -> str:
    """A filter: one element is so."""
    return f'{name}=="{value.replace(chr(34), "")}"'


def date_time(day: date) -> str:
    """A day as filters write it."""
    return f"DateTime({day.year}, {day.month:02}, {day.day:02})"


def amount_of(value: Any) -> Decimal:
    """An amount of a row, with two decimals."""
    return round_amount(Decimal(value or 0))


def moment_of(text: str | None) -> datetime | None:
    """A moment as Xero writes it: milliseconds since 1970, or ISO 8601."""
    if not text:
        return None
    ticks = TICKS.match(text)
    if ticks:
        return EPOCH + timedelta(milliseconds=int(ticks[1]))
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def day_of(text: str | None) -> date | None:
    """A day as Xero writes it."""
    moment = moment_of(text)
    return None if moment is None else moment.date()


def rate_of(amount: Decimal, base_amount: Decimal) -> Decimal:
    """Xero's rate, units of the foreign currency for one of the books, with the decimals that it keeps."""
    return EXACT.quantize(EXACT.divide(amount, base_amount), RATE_STEP)


def based(amount: Decimal, rate: Decimal) -> Decimal:
    """An amount in the currency of the books, as Xero converts it."""
    return round_amount(EXACT.divide(amount, rate))


def document_of(row: Mapping[str, Any], kind: str) -> Remote:
    """An invoice or a credit note."""
    id_name, number_name = ("InvoiceID", "InvoiceNumber") if kind == "invoice" else ("CreditNoteID", "CreditNoteNumber")
    sign = -1 if kind == "invoice" else 1
    rate = Decimal(row.get("CurrencyRate") or 1)
    accounts: dict[str, Decimal] = {}
    for line in row.get("LineItems") or []:
        code = line.get("AccountCode", "")
        accounts[code] = accounts.get(code, Decimal(0)) + sign * based(amount_of(line.get("LineAmount")), rate)
    open_name = "AmountDue" if kind == "invoice" else "RemainingCredit"
    return Remote(
        id=row[id_name],
        number=row.get(number_name, ""),
        day=day_of(row.get("Date")),
        currency=row.get("CurrencyCode", ""),
        total=amount_of(row.get("Total")),
        vat_total=amount_of(row.get("TotalTax")),
        open_amount=amount_of(row[open_name]) if open_name in row else None,
        party_id=(row.get("Contact") or {}).get("ContactID", ""),
        is_booked=row.get("Status") in BOOKED,
        accounts=accounts,
        facts={"kind": kind},
    )


def payment_of(row: Mapping[str, Any]) -> Remote:
    """A payment on an invoice or a credit note."""
    paid = row.get("Invoice") or row.get("CreditNote") or {}
    return Remote(
        id=row["PaymentID"],
        number=mark_in(row.get("Reference") or ""),
        day=day_of(row.get("Date")),
        currency=paid.get("CurrencyCode", ""),
        total=amount_of(row.get("Amount")),
        party_id=(paid.get("Contact") or {}).get("ContactID", ""),
        is_booked=row.get("Status", "AUTHORISED") == "AUTHORISED",
        facts={"kind": "payment"},
    )


def allocation_of(row: Mapping[str, Any], credit_note_id: str) -> Remote:
    """What of a credit note was used on an invoice; older rows have no id of their own."""
    invoice = (row.get("Invoice") or {}).get("InvoiceID", "")
    return Remote(
        id=row.get("AllocationID") or f"{credit_note_id}/{invoice}",
        day=day_of(row.get("Date")),
        total=amount_of(row.get("Amount")),
        facts={"kind": "allocation", "invoice": invoice},
    )


def journal_of(row: Mapping[str, Any]) -> Remote:
    """A manual journal: what is debited is its total, and our mark its number."""
    accounts: dict[str, Decimal] = {}
    debited = Decimal(0)
    for line in row.get("JournalLines") or []:
        amount = amount_of(line.get("LineAmount"))
        code = line.get("AccountCode", "")
        accounts[code] = accounts.get(code, Decimal(0)) + amount
        debited += max(amount, Decimal(0))
    return Remote(
        id=row["ManualJournalID"],
        number=mark_in(row.get("Narration") or ""),
        day=day_of(row.get("Date")),
        total=debited,
        is_booked=row.get("Status") == "POSTED",
        accounts=accounts,
        facts={"kind": "journal"},
    )


def customer_of(row: Mapping[str, Any]) -> RemoteCustomer:
    """A contact."""
    addresses = {each.get("AddressType"): each for each in row.get("Addresses") or []}
    address = addresses.get("POBOX") or addresses.get("STREET") or {}
    number = row.get("ContactNumber") or ""
    return RemoteCustomer(
        id=row["ContactID"],
        number=number,
        name=plain_name(row.get("Name", ""), number),
        organization_number=row.get("CompanyNumber") or "",
        email=row.get("EmailAddress") or "",
        street=address.get("AddressLine1") or "",
        postal_code=address.get("PostalCode") or "",
        city=address.get("City") or "",
        country=address.get("Country") or "",
        is_active=row.get("ContactStatus", "ACTIVE") == "ACTIVE",
        changed_at=moment_of(row.get("UpdatedDateUTC")),
    )


def paid_of(rows: Sequence[Mapping[str, Any]]) -> list[RemotePayment]:
    """The payments by customers that stand."""
    found = []
    for row in rows:
        day = day_of(row.get("Date"))
        if day is None or row.get("Status") != "AUTHORISED" or row.get("PaymentType") != "ACCRECPAYMENT":
            continue
        invoice = row.get("Invoice") or {}
        found.append(
            RemotePayment(
                id=row["PaymentID"],
                day=day,
                currency=invoice.get("CurrencyCode", ""),
                amount=amount_of(row.get("Amount")),
                document_number=invoice.get("InvoiceNumber", ""),
                document_id=invoice.get("InvoiceID", ""),
                payer=(invoice.get("Contact") or {}).get("Name", ""),
                text=row.get("Reference") or "",
                our_mark=mark_in(row.get("Reference") or ""),
            )
        )
    return found


def account_of(row: Mapping[str, Any]) -> Choice:
    """An account; bank accounts may have no code."""
    is_bank = row.get("Type") == "BANK"
    facts = {
        "type": row.get("Type", ""),
        "system": row.get("SystemAccount", ""),
        "payments": "yes" if is_bank or row.get("EnablePaymentsToAccount") else "no",
    }
    return Choice(row["AccountID"], row.get("Code", ""), row["Name"], facts)


def tax_rate_of(row: Mapping[str, Any]) -> Choice:
    """A tax rate; its type is what lines bear."""
    rate = Decimal(row.get("EffectiveRate") or 0)
    return Choice(row["TaxType"], row["TaxType"], row["Name"], {"rate": format(rate.normalize(), "f")})


def tracking_of(rows: Sequence[Mapping[str, Any]]) -> list[Choice]:
    """The options of all tracking categories."""
    return [
        Choice(
            option["TrackingOptionID"],
            option["Name"],
            f"{row['Name']}: {option['Name']}",
            {"category": row["TrackingCategoryID"]},
        )
        for row in rows
        for option in row.get("Options") or []
        if option.get("Status", "ACTIVE") == "ACTIVE"
    ]
