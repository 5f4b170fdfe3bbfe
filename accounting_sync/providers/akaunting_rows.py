"""Rows of Akaunting's answers as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from accounting_sync.mapping.entries import ZERO, Remote
from accounting_sync.providers.base import Answer, RemoteCustomer, RemotePayment
from accounting_sync.providers.odata import time_of
from accounting_sync.providers.reading import mark_in
from foundation.money import round_amount

Row = Mapping[str, Any]


def errors_in(answer: Answer) -> Mapping[str, Any]:
    """What was objected to, by the names of the fields."""
    told = answer.body.get("errors") if isinstance(answer.body, Mapping) else None
    return told if isinstance(told, Mapping) else {}


def is_invoice(row: Row, number: str) -> bool:
    """Whether it is the invoice of a number of ours."""
    return row.get("document_number") == number and row.get("type") == "invoice"


def document_of(row: Row, category: str) -> Remote:
    """An invoice, with the category that payments for it go on."""
    totals = (row.get("totals") or {}).get("data") or []
    paid = sum((_amount(each["amount"]) for each in (row.get("transactions") or {}).get("data") or []), ZERO)
    total = _amount(row.get("amount"))
    return Remote(
        id=str(row["id"]),
        number=row.get("document_number") or "",
        day=_day(row.get("issued_at")),
        currency=row.get("currency_code") or "",
        total=total,
        vat_total=sum((_amount(each["amount"]) for each in totals if each.get("code") == "tax"), ZERO),
        open_amount=total - paid,
        party_id=str(row.get("contact_id") or ""),
        version=row.get("updated_at") or "",
        is_booked=row.get("status") not in ("draft", "cancelled"),
        facts={"category": category} if category else {},
    )


def payment_id(row: Row) -> str:
    """Documents and payments are counted apart there, so that a bare number could mean either."""
    return f"payment:{row['id']}"


def payments_in(rows: Sequence[Row], *, is_whole: bool) -> Remote:
    """Our payment on a document; one of several says nothing of the whole. It stands there once, or is too large."""
    if not rows:
        return Remote(id="")
    return Remote(
        id=payment_id(rows[0]),
        number=mark_in(rows[0].get("reference") or ""),
        day=_day(rows[0].get("paid_at")),
        currency=rows[0].get("currency_code") or "",
        total=sum((_amount(row["amount"]) for row in rows), ZERO) if is_whole else None,
    )


def payments_of(rows: Sequence[Row]) -> list[RemotePayment]:
    """Money received for documents."""
    return [
        RemotePayment(
            id=str(row["id"]),
            day=_day(row["paid_at"]) or date.min,
            currency=row["currency_code"],
            amount=_amount(row["amount"]),
            document_id=str(row["document_id"]),
            payer=(row.get("contact") or {}).get("name") or "",
            text=row.get("description") or "",
            our_mark=mark_in(row.get("reference") or ""),
        )
        for row in rows
        if row.get("type") == "income" and row.get("document_id")
    ]


def customer_of(row: Row) -> RemoteCustomer:
    """A contact."""
    return RemoteCustomer(
        id=str(row["id"]),
        number=row.get("reference") or "",
        name=row.get("name") or "",
        organization_number=row.get("tax_number") or "",
        email=row.get("email") or "",
        street=row.get("address") or "",
        postal_code=row.get("zip_code") or "",
        city=row.get("city") or "",
        country=row.get("country") or "",
        is_active=bool(row.get("enabled", True)),
        changed_at=time_of(row.get("updated_at")),
    )


def _amount(value: object) -> Decimal:
    return round_amount(Decimal(str(value or 0)))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None
