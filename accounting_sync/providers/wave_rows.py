"""Rows of Wave's answers as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from accounting_sync.mapping.entries import Remote
from accounting_sync.providers.base import Choice, RemoteCustomer
from foundation.money import round_amount

DRAFT = "DRAFT"


def errors_in(body: Any) -> list[Mapping[str, Any]]:
    """What an answer objects to: errors of the request, and those of what was sent with it."""
    if not isinstance(body, Mapping):
        return []
    told = list(body.get("errors") or [])
    for made in (body.get("data") or {}).values():
        if isinstance(made, Mapping) and made.get("didSucceed") is False:
            told += made.get("inputErrors") or [{"path": [], "message": ""}]
    return told


def code_of(error: Mapping[str, Any]) -> str:
    """The code of an error, wherever it stands."""
    return str((error.get("extensions") or {}).get("code") or error.get("code") or "")


def is_taken(errors: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the number of the invoice is one that Wave has already."""
    return any(
        "invoiceNumber" in (error.get("path") or ())
        and any(word in str(error.get("message")).lower() for word in ("unique", "already", "exists"))
        for error in errors
    )


def nodes_of(body: Any, name: str) -> Iterator[Mapping[str, Any]]:
    """The rows of one list in an answer."""
    data = (body.get("data") or {}) if isinstance(body, Mapping) else {}
    there = data.get(name) or (data.get("business") or {}).get(name) or {}
    return (edge["node"] for edge in there.get("edges") or () if edge.get("node"))


def page_info(body: Any) -> Mapping[str, int]:
    """Which page an answer is, and how many the longest list in it has."""
    data = (body.get("data") or {}) if isinstance(body, Mapping) else {}
    lists = [*data.values(), *(data.get("business") or {}).values()]
    infos = [each["pageInfo"] for each in lists if isinstance(each, Mapping) and "pageInfo" in each]
    return max(infos, key=lambda info: int(info["totalPages"]), default={})


def money_of(told: Mapping[str, Any] | None) -> Decimal:
    """An amount, as Wave writes it for people."""
    return round_amount(Decimal(str((told or {}).get("value") or 0).replace(",", "")))


def invoice_of(row: Mapping[str, Any]) -> Remote:
    """An invoice."""
    return Remote(
        id=row["id"],
        number=row["invoiceNumber"],
        day=date.fromisoformat(row["invoiceDate"]),
        currency=row["currency"]["code"],
        total=money_of(row["total"]),
        vat_total=money_of(row["taxTotal"]),
        open_amount=money_of(row["amountDue"]),
        party_id=row["customer"]["id"],
        version=row["modifiedAt"],
        is_booked=row["status"] != DRAFT,
        facts={"kind": "invoice"},
    )


def customer_of(row: Mapping[str, Any]) -> RemoteCustomer:
    """A customer; the organization number is all that we write in the notes."""
    notes = row["internalNotes"] or ""
    return RemoteCustomer(
        id=row["id"],
        number=row["displayId"] or "",
        name=row["name"],
        organization_number=notes if notes.isdigit() else "",
        email=row["email"] or "",
        is_active=not row["isArchived"],
        changed_at=datetime.fromisoformat(row["modifiedAt"]),
    )


def fits(row: Mapping[str, Any], name: str, coded: str) -> bool:
    """Whether a customer is what was looked for, as the name of the list tells it."""
    wanted = bytes.fromhex(coded).decode()
    if name == "notes":
        return wanted in (row["internalNotes"] or "").lower().split()
    told = {"number": row["displayId"], "email": row["email"]}.get(name)
    return name == "all" or (told or "").lower() == wanted


def product_of(row: Mapping[str, Any]) -> Choice:
    """A product, by the number of the account that it sells on."""
    account = row["incomeAccount"]
    return Choice(row["id"], account["displayId"] or "", f"{row['name']} ({account['name']})", {"product": "yes"})


def tax_of(row: Mapping[str, Any]) -> Choice:
    """A sales tax; its rate is a fraction there."""
    percent = Decimal(row["rate"]) * 100
    return Choice(row["id"], row["abbreviation"], row["name"], {"rate": format(percent.normalize(), "f")})
