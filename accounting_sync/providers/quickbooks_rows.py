"""Rows of QuickBooks Online's answers as values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from accounting_sync.mapping.entries import Remote
from accounting_sync.providers.base import Choice, RemoteCustomer, RemotePayment
from accounting_sync.providers.reading import mark_in
from foundation.money import round_amount

OUR_NUMBER = re.compile(r" \(([^()]+)\)$")
DEPOSITABLE = frozenset({"Bank", "Other Current Asset"})  # where a payment can be deposited


def rows_of(body: Any, name: str) -> Sequence[Mapping[str, Any]]:
    """The rows of one kind in an answer, whether it was asked for one by its id or for many."""
    if not isinstance(body, Mapping):
        return []
    if isinstance(body.get(name), Mapping):
        return [body[name]]
    asked = body.get("QueryResponse")
    return (asked.get(name) or []) if isinstance(asked, Mapping) else []


def batch_of(body: Any) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The rows in the answers of a batch of queries, by their kinds."""
    answers = [answer.get("QueryResponse") or {} for answer in body.get("BatchItemResponse") or []]
    return {name: value for answer in answers for name, value in answer.items() if isinstance(value, list)}


def amount_of(value: Any) -> Decimal:
    """An amount of a row, with two decimals."""
    return round_amount(Decimal(value or 0))


def reference_of(row: Mapping[str, Any], name: str) -> str:
    """What a reference points at; empty where there is none."""
    return str((row.get(name) or {}).get("value", ""))


def moment_of(row: Mapping[str, Any]) -> datetime | None:
    """When a row was changed."""
    told = (row.get("MetaData") or {}).get("LastUpdatedTime")
    return datetime.fromisoformat(told) if told else None


def document_of(row: Mapping[str, Any], kind: str) -> Remote:
    """An invoice or a credit memo."""
    open_amount = row.get("Balance" if kind == "invoice" else "RemainingCredit", row.get("Balance"))
    return Remote(
        id=str(row["Id"]),
        number=row.get("DocNumber", ""),
        day=date.fromisoformat(row["TxnDate"]),
        currency=reference_of(row, "CurrencyRef"),
        total=amount_of(row.get("TotalAmt")),
        vat_total=amount_of((row.get("TxnTaxDetail") or {}).get("TotalTax")),
        open_amount=None if open_amount is None else amount_of(open_amount),
        party_id=reference_of(row, "CustomerRef"),
        version=str(row.get("SyncToken", "")),
        facts={"kind": kind},
    )


def payment_of(row: Mapping[str, Any]) -> Remote:
    """A payment; one that uses a credit memo sums to zero and says nothing of the amount."""
    total = amount_of(row.get("TotalAmt"))
    return Remote(
        id=str(row["Id"]),
        number=mark_in(row.get("PrivateNote") or ""),
        day=date.fromisoformat(row["TxnDate"]),
        currency=reference_of(row, "CurrencyRef"),
        total=total or None,
        party_id=reference_of(row, "CustomerRef"),
        version=str(row.get("SyncToken", "")),
        facts={"kind": "payment"},
    )


def used_in(row: Mapping[str, Any], kind: str) -> Decimal:
    """How much of documents of one kind a payment touches."""
    lines = [line for line in row.get("Line") or [] if any(each.get("TxnType") == kind for each in _linked(line))]
    return sum((amount_of(line.get("Amount")) for line in lines), Decimal(0))


def journal_of(row: Mapping[str, Any]) -> Remote:
    """A journal entry: what is debited is its total."""
    debited = Decimal(0)
    for line in row.get("Line") or []:
        if (line.get("JournalEntryLineDetail") or {}).get("PostingType") == "Debit":
            debited += amount_of(line.get("Amount"))
    return Remote(
        id=str(row["Id"]),
        number=row.get("DocNumber", ""),
        day=date.fromisoformat(row["TxnDate"]),
        currency=reference_of(row, "CurrencyRef"),
        total=debited,
        version=str(row.get("SyncToken", "")),
        facts={"kind": "journal"},
    )


def customer_of(row: Mapping[str, Any]) -> RemoteCustomer:
    """A customer; our number stands in brackets behind its name."""
    address = row.get("BillAddr") or {}
    name = row.get("DisplayName", "")
    ours = OUR_NUMBER.search(name)
    company_number = row.get("PrimaryTaxIdentifier") or ""
    return RemoteCustomer(
        id=str(row["Id"]),
        number=ours[1] if ours else "",
        name=name[: ours.start()] if ours else name,
        organization_number=company_number if company_number.isdigit() else "",  # others get it masked
        email=(row.get("PrimaryEmailAddr") or {}).get("Address", ""),
        street=address.get("Line1", ""),
        postal_code=address.get("PostalCode", ""),
        city=address.get("City", ""),
        country=address.get("Country", ""),
        is_active=row.get("Active", True),
        changed_at=moment_of(row),
        facts={"currency": reference_of(row, "CurrencyRef"), "version": str(row.get("SyncToken", "0"))},
    )


def paid_of(rows: Sequence[Mapping[str, Any]]) -> list[RemotePayment]:
    """The money that customers paid, one row for each invoice."""
    found = []
    for row in rows:
        total = amount_of(row.get("TotalAmt"))
        lines = [(line, each) for line in row.get("Line") or [] for each in _linked(line)]
        invoices = [(line, each) for line, each in lines if each.get("TxnType") == "Invoice"]
        if not total:
            continue
        for line, invoice in invoices:
            # Where a credit memo pays a part, only the rest of the line is money.
            is_whole = len(invoices) == 1 and len(lines) > 1
            found.append(
                RemotePayment(
                    id=str(row["Id"]) if len(invoices) == 1 else f"{row['Id']}/{invoice['TxnId']}",
                    day=date.fromisoformat(row["TxnDate"]),
                    currency=reference_of(row, "CurrencyRef"),
                    amount=total if is_whole else amount_of(line.get("Amount")),
                    document_id=str(invoice["TxnId"]),
                    payer=(row.get("CustomerRef") or {}).get("name", ""),
                    text=row.get("PrivateNote") or row.get("PaymentRefNum") or "",
                    our_mark=mark_in(row.get("PrivateNote") or ""),
                )
            )
    return found


def _linked(line: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return line.get("LinkedTxn") or []


def accounts_of(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Choice]:
    """The accounts, each with the item that sells on it and with what the company has chosen about numbers."""
    items = {
        reference_of(row, "IncomeAccountRef"): str(row["Id"])
        for row in found.get("Item", ())
        if row.get("Active", True) and row.get("Type") in ("Service", "NonInventory")
    }
    preferences = next(iter(found.get("Preferences", ())), {})
    has_own_numbers = (preferences.get("SalesFormsPrefs") or {}).get("CustomTxnNumbers", True)
    return [
        Choice(
            str(row["Id"]),
            row.get("AcctNum") or str(row["Id"]),
            row.get("FullyQualifiedName") or row["Name"],
            {
                "type": row.get("AccountType", ""),
                "numbers": "own" if has_own_numbers else "theirs",
                **({"item": items[str(row["Id"])]} if str(row["Id"]) in items else {}),
            },
        )
        for row in found.get("Account", ())
        if row.get("Active", True)
    ]


def tax_codes_of(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Choice]:
    """The tax codes of sales, each with its rate where it has only one."""
    percents = {str(row["Id"]): Decimal(row.get("RateValue") or 0) for row in found.get("TaxRate", ())}
    choices = []
    for row in found.get("TaxCode", ()):
        details = (row.get("SalesTaxRateList") or {}).get("TaxRateDetail") or []
        rates = [reference_of(detail, "TaxRateRef") for detail in details]
        if not row.get("Active", True) or not rates:
            continue
        percent = sum((percents.get(rate, Decimal(0)) for rate in rates), Decimal(0))
        facts = {"rate": format(percent.normalize(), "f")}
        if len(rates) == 1:
            facts["rate_id"] = rates[0]
        choices.append(Choice(str(row["Id"]), row["Name"], row.get("Description") or row["Name"], facts))
    return choices
