"""Rows of Tripletex's answers as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from accounting_sync.mapping.entries import ZERO, Party, Remote
from accounting_sync.providers.base import RemoteCustomer, RemotePayment

BOOKS = "NOK"
NAME_MAX = 255
CUSTOMER_NUMBER_MAX = 2**31 - 1


def voucher_of(row: Mapping[str, Any]) -> Remote:
    """A voucher: what the customer owes by it if it bears its own number on a claim, else what it debits."""
    postings = row.get("postings") or []
    number = row.get("externalVoucherNumber") or ""
    claims = [each for each in postings if each.get("customer") and number and each.get("invoiceNumber") == number]
    claimed = sum((_amount(each, "amountGrossCurrency") for each in claims), ZERO)
    accounts: dict[str, Decimal] = {}
    for each in postings:
        code = str((each.get("account") or {}).get("number", ""))
        accounts[code] = accounts.get(code, ZERO) + _amount(each, "amount")
    debited = sum((max(_amount(each, "amountGrossCurrency"), ZERO) for each in _typed(postings)), ZERO)
    kind = "journal" if not claims else "sale" if claimed >= 0 else "credit"
    currency = _currency_of(claims or postings)
    # In other currencies the VAT that counts is that of the books; Tripletex tells the other rounded by itself.
    vat = abs(sum((_vat(each) for each in _typed(postings)), ZERO)) if claims and currency == BOOKS else None
    return Remote(
        id=str(row["id"]),
        number=number,
        day=date.fromisoformat(row["date"]),
        currency=currency,
        total=abs(claimed) if claims else debited,
        vat_total=vat,
        party_id=next((str(each["customer"]["id"]) for each in claims or postings if each.get("customer")), ""),
        version=str(row.get("version", "")),
        is_booked=bool(row.get("number")),
        accounts=accounts,
        facts={"kind": kind},
    )


def _typed(postings: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The postings that we made, without the VAT that Tripletex carves out of them."""
    return [each for each in postings if not each.get("systemGenerated")]


def _amount(posting: Mapping[str, Any], name: str) -> Decimal:
    value = posting.get(name)
    return ZERO if value is None else Decimal(value)


def _vat(posting: Mapping[str, Any]) -> Decimal:
    return _amount(posting, "amountGrossCurrency") - _amount(posting, "amountCurrency")


def _currency_of(postings: Sequence[Mapping[str, Any]]) -> str:
    return next((each["currency"]["code"] for each in postings if (each.get("currency") or {}).get("code")), BOOKS)


def customer_of(row: Mapping[str, Any]) -> RemoteCustomer:
    """A customer, with the version that a change must name."""
    address = row.get("postalAddress") or {}
    return RemoteCustomer(
        id=str(row["id"]),
        number=str(row.get("customerNumber") or ""),
        name=row.get("name") or "",
        organization_number=row.get("organizationNumber") or "",
        email=row.get("invoiceEmail") or row.get("email") or "",
        street=address.get("addressLine1") or "",
        postal_code=address.get("postalCode") or "",
        city=address.get("city") or "",
        is_active=not row.get("isInactive", False),
        facts={"version": str(row.get("version", 0))},
    )


def payment_of(row: Mapping[str, Any]) -> RemotePayment | None:
    """Money on a customer's claim: registered as a payment, or on a voucher that touches a bank account."""
    voucher = row.get("voucher") or {}
    amount = _amount(row, "amountGrossCurrency")
    if not row.get("customer") or amount >= 0:
        return None
    touched = [each.get("account") or {} for each in voucher.get("postings") or []]
    if row.get("type") != "INCOMING_PAYMENT" and not any(account.get("isBankAccount") for account in touched):
        return None
    return RemotePayment(
        id=str(row["id"]),
        day=date.fromisoformat(row["date"]),
        currency=_currency_of([row]),
        amount=-amount,
        document_number=row.get("invoiceNumber") or "",
        kid=row.get("externalRef") or "",
        payer=row["customer"].get("name") or "",
        text=row.get("description") or "",
        our_mark=voucher.get("externalVoucherNumber") or "",
    )


def customer_number(party: Party) -> int:
    """Our number where Tripletex can hold it; zero where not."""
    is_number = party.number.isdigit() and not party.number.startswith("0")
    return int(party.number) if is_number and int(party.number) <= CUSTOMER_NUMBER_MAX else 0


def customer_body(party: Party) -> dict[str, Any]:
    """A customer in Tripletex's words, to whom it sends nothing by itself."""
    body: dict[str, Any] = {
        "name": party.name[:NAME_MAX],
        "isPrivateIndividual": not party.is_business,
        "language": "NO" if party.language in ("nb", "nn", "no", "da", "sv") else "EN",
        "invoiceSendMethod": "MANUAL",
        "invoicesDueIn": party.payment_terms_days,
        "invoicesDueInType": "DAYS",
        "postalAddress": {
            "addressLine1": party.street,
            "addressLine2": party.street_2,
            "postalCode": party.postal_code,
            "city": party.city,
        },
    }
    optional = {
        "organizationNumber": party.organization_number,
        "email": party.email,
        "invoiceEmail": party.email,
        "phoneNumber": party.phone,
    }
    return body | {name: value for name, value in optional.items() if value}
