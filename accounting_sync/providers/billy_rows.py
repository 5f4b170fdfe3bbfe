"""Rows of Billy's answers as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from accounting_sync.mapping.entries import ZERO, Remote
from accounting_sync.providers.base import Answer, RemoteCustomer

DOCUMENT_TAG, VOUCHER_TAG = "bilag-document", "bilag-voucher"

Row = Mapping[str, Any]


def rows_in(answer: Answer, name: str) -> Sequence[Row]:
    """Records of an answer: a list under the plural, or the one under the singular."""
    body = answer.body if isinstance(answer.body, Mapping) else {}
    one = body.get(name.removesuffix("s"))
    return [one] if isinstance(one, Mapping) else list(body.get(name) or [])


def amount_of(row: Row, name: str) -> Decimal:
    """An amount of a row; whole numbers come as integers."""
    return Decimal(row.get(name) or 0)


def day_of(row: Row) -> date | None:
    """The accounting date of a row."""
    return date.fromisoformat(row["entryDate"][:10]) if row.get("entryDate") else None


def transaction_of(row: Row) -> Remote:
    """A voucher of the daybook: of a document the first line, its claim, is the total; else what is debited."""
    lines = sorted(row.get("lines") or [], key=lambda line: line.get("priority") or 0)
    debited = sum((amount_of(line, "amount") for line in lines if line.get("side") == "debit"), ZERO)
    is_document = row.get("apiType") == DOCUMENT_TAG
    return Remote(
        id=str(row["id"]),
        number=row.get("voucherNo") or "",
        day=day_of(row),
        currency="DKK",
        total=(amount_of(lines[0], "amount") if is_document else debited) if lines else None,
        is_booked=row.get("state", "approved") == "approved",
        facts={"kind": "journal"},
    )


def invoice_of(row: Row) -> Remote:
    """An invoice or a credit note, whose amounts are positive here."""
    gross = row.get("grossAmount")
    total = Decimal(gross) if gross is not None else amount_of(row, "amount") + amount_of(row, "tax")
    return Remote(
        id=str(row["id"]),
        number=row.get("invoiceNo") or "",
        day=day_of(row),
        currency=row.get("currencyId") or "",
        total=abs(total),
        vat_total=abs(amount_of(row, "tax")),
        open_amount=abs(amount_of(row, "balance")),
        party_id=row.get("contactId") or "",
        is_booked=row.get("state", "approved") == "approved",
        facts={"kind": row.get("type") or "invoice"},
    )


def payment_of(row: Row, *, is_whole: bool) -> Remote:
    """A payment; one of several says nothing of the whole."""
    return Remote(
        id=str(row["id"]),
        day=day_of(row),
        currency="DKK" if is_whole else "",
        total=amount_of(row, "cashAmount") if is_whole else None,
        facts={"kind": "payment"},
    )


def pays(row: Row, wanted: Row) -> bool:
    """Whether a payment is the wanted one, as far as it tells."""
    told = [each.get("subjectReference") for each in row.get("associations") or []]
    same = all(row.get(name) == wanted[name] for name in ("entryDate", "cashAccountId", "cashSide"))
    paid = [each["subjectReference"] for each in wanted["associations"]]
    return same and amount_of(row, "cashAmount") == wanted["cashAmount"] and told in ([], paid)


def customer_of(row: Row) -> RemoteCustomer:
    """A contact."""
    people = row.get("contactPersons") or []
    return RemoteCustomer(
        id=str(row["id"]),
        number=row.get("contactNo") or "",
        name=row.get("name") or "",
        organization_number=row.get("registrationNo") or "",
        email=next((person.get("email") or "" for person in people if isinstance(person, Mapping)), ""),
        street=row.get("street") or "",
        postal_code=row.get("zipcodeText") or "",
        city=row.get("cityText") or "",
        country=row.get("countryId") or "",
        is_active=not row.get("isArchived", False),
    )
