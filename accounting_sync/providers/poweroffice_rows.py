"""Rows of PowerOffice Go's answers as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import date
from decimal import Decimal
from typing import Any

from accounting_sync.mapping.entries import ZERO, Entry, Remote
from accounting_sync.providers.base import RemoteCustomer, RemotePayment

BOOKS = "NOK"


def reference_of(entry: Entry) -> str:
    """What PowerOffice takes only once: kind and number, so that numbers may repeat from one kind to another."""
    return f"{entry.kind}:{entry.number}"


def number_in(reference: str) -> str:
    """Our number in such a reference; the reference itself where another program made it."""
    return reference.partition(":")[2] or reference


def vouchers_of(rows: Sequence[Mapping[str, Any]], accounts: Set[str] | None = None) -> list[Remote]:
    """The vouchers that transactions belong to, as far as they bear a number of ours: people copy them in Go too.

    With the accounts that an entry names, what lies on others is the VAT that PowerOffice carved out.
    """
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if _number_of(row) and not row.get("IsReversed"):
            grouped.setdefault(str(row["VoucherId"]), []).append(row)
    return [_voucher_of(voucher_id, own, accounts) for voucher_id, own in grouped.items()]


def _number_of(row: Mapping[str, Any]) -> str:
    """Our number, by the reference or as the first word of what the voucher is called."""
    if row.get("ExternalImportReference"):
        return number_in(str(row["ExternalImportReference"]))
    first = (row.get("VoucherDescription") or "").partition(" ")[0]
    return first if any(sign.isdigit() for sign in first) else ""


def _voucher_of(voucher_id: str, rows: Sequence[Mapping[str, Any]], accounts: Set[str] | None) -> Remote:
    claims = [row for row in rows if row.get("CustomerAccountNo")]
    claimed = sum((Decimal(row["CurrencyAmount"]) for row in claims), ZERO)
    reference = str(rows[0].get("ExternalImportReference") or "")
    # A copy has no reference: one claim and nothing but that against it is a document.
    kind = reference.partition(":")[0] or ("journal" if len(claims) != 1 else "sale" if claimed > 0 else "credit")
    is_document = kind in ("sale", "credit")
    currency = next((row["CurrencyCode"] for row in (*claims, *rows) if row.get("CurrencyCode")), BOOKS)
    own = [row for row in rows if (row.get("CurrencyCode") or BOOKS) == currency]
    debited = sum((max(Decimal(row["CurrencyAmount"]), ZERO) for row in own), ZERO)
    sums: dict[str, Decimal] = {}
    vat = ZERO
    for row in rows:
        code = str(row["AccountNo"])
        sums[code] = sums.get(code, ZERO) + Decimal(row["Amount"])
        if accounts is not None and not row.get("CustomerAccountNo") and code not in accounts:
            vat += Decimal(row["Amount"])
    tells_vat = is_document and accounts is not None and currency == BOOKS
    return Remote(
        id=voucher_id,
        number=_number_of(rows[0]),
        day=date.fromisoformat(rows[0]["PostingDate"][:10]),
        currency=currency,
        total=abs(claimed) if is_document else debited,
        vat_total=abs(vat) if tells_vat else None,
        party_id=next((str(row["ContactId"]) for row in rows if row.get("ContactId")), ""),
        accounts=sums,
        facts={"kind": kind, "voucher_number": str(rows[0].get("VoucherNo") or "")},
    )


def customer_of(row: Mapping[str, Any]) -> RemoteCustomer:
    """A customer by our number where it has it, with the account of its own that its claims stand on."""
    address = row.get("MailAddress") or {}
    person = f"{row.get('FirstName') or ''} {row.get('LastName') or ''}".strip()
    return RemoteCustomer(
        id=str(row["Id"]),
        number=str(row.get("ExternalImportReference") or row.get("ExternalNumber") or row.get("Number") or ""),
        name=person if row.get("IsPerson") else row.get("Name") or person,
        organization_number=row.get("OrganizationNumber") or "",
        email=row.get("InvoiceEmailAddress") or row.get("EmailAddress") or "",
        street=address.get("AddressLine1") or "",
        postal_code=address.get("ZipCode") or "",
        city=address.get("City") or "",
        country=address.get("CountryCode") or "",
        is_active=not row.get("IsArchived", False) and row.get("IsActive") is not False,
        facts={"account": str(row.get("SubledgerAccountId") or "")},
    )


def payments_of(rows: Sequence[Mapping[str, Any]]) -> list[RemotePayment]:
    """Money on customers' accounts; what it pays is told by our mark, or by what it was matched with."""
    matched = {
        row["MatchId"]: _document_of(row) for row in rows if row.get("MatchId") and Decimal(row["Amount"]) > ZERO
    }
    return [
        RemotePayment(
            id=str(row["Id"]),
            day=date.fromisoformat(row["PostingDate"][:10]),
            currency=row.get("CurrencyCode") or BOOKS,
            amount=-Decimal(row["CurrencyAmount"]),
            document_number=row.get("CustomMatchingReference") or matched.get(row.get("MatchId")) or "",
            kid=row.get("Cid") or "",
            payer=row.get("CustomerName") or "",
            our_mark=number_in(row.get("ExternalImportReference") or ""),
        )
        for row in rows
        if Decimal(row["Amount"]) < ZERO and not (row.get("ExternalImportReference") or "").startswith("credit:")
    ]


def _document_of(row: Mapping[str, Any]) -> str:
    return row.get("CustomMatchingReference") or number_in(row.get("ExternalImportReference") or "")
