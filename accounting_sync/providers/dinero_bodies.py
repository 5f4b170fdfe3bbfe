"""Our documents, payments, vouchers and customers as Dinero takes them. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import ZERO, Entry, EntryKind, EntryLine, LinePart, Party
from accounting_sync.providers.base import CannotBeTaken
from accounting_sync.providers.computing import vat_upon
from accounting_sync.providers.reading import mark_of

TEXT_MAX = 200
NO_VAT = "none"


def document_body(entry: Entry) -> dict[str, Any]:
    """An invoice or a credit note, a line for each item, without VAT as Dinero computes that."""
    assert entry.party is not None
    body: dict[str, Any] = {
        "Guid": entry.key,
        "ContactGuid": entry.party.remote_id,
        "ExternalReference": entry.number,
        "Currency": entry.currency,
        "Date": entry.issue_date.isoformat(),
        "ShowLinesInclVat": False,
        "Description": entry.text[:TEXT_MAX],
        "ProductLines": [
            {
                "Description": text[:TEXT_MAX] or entry.text[:TEXT_MAX],
                "AccountNumber": int(account),
                "BaseAmountValue": net,
                "Quantity": 1,
                "Discount": 0,
                "Unit": "parts",
                "LineType": "Product",
            }
            for account, text, net in _lines_of(entry)
        ],
    }
    if entry.kind == EntryKind.CREDIT:
        credited = next((each.remote.id for each in entry.settles if each.remote is not None), "")
        return body | ({"CreditNoteFor": credited} if credited else {})
    if entry.due_date is not None:
        body["PaymentConditionType"] = "Netto"
        body["PaymentConditionNumberOfDays"] = max((entry.due_date - entry.issue_date).days, 0)
    return body


def _lines_of(entry: Entry) -> list[tuple[str, str, Decimal]]:
    """Account, text and net of each line; one line for an account where VAT rounded line by line is not ours."""
    told = [(item.account.code, item.text, item.net) for item in entry.items]
    if sum((vat_upon(item.net, item.vat_rate_percent) for item in entry.items), ZERO) == entry.vat_total:
        return told
    merged: dict[str, tuple[str, Decimal]] = {}
    for account, text, net in told:
        before = merged.get(account)
        merged[account] = (f"{before[0]}; {text}", before[1] + net) if before else (text, net)
    return [(account, text, net) for account, (text, net) in merged.items()]


def payment_body(entry: Entry, step: str, version: str) -> dict[str, Any]:
    """The payment of one invoice, which must be as we have last seen it."""
    at = step.partition(":")[2]
    assert entry.money is not None
    return {
        "Timestamp": version,
        "DepositAccountNumber": int(entry.money.account.code),
        "RemainderIsFee": False,
        "Description": f"{mark_of(entry)} {entry.text}"[:TEXT_MAX],
        "Amount": entry.settles[int(at)].amount,
        "PaymentDate": entry.day.isoformat(),
        "ExternalReference": reference_of(entry, step),
    }


def voucher_body(entry: Entry) -> dict[str, Any]:
    """A manual voucher: our mark stands on the claim of a document, on every line of what is none."""
    rows = _document_rows(entry) if entry.is_document else [_row(entry, line) for line in entry.lines if line.amount]
    return {"VoucherDate": entry.day.isoformat(), "ExternalReference": entry.number, "Lines": rows}


def _document_rows(entry: Entry) -> list[dict[str, Any]]:
    """The claim and the items, to which Dinero adds VAT by their codes; what is over stands on the VAT account."""
    sign = -1 if entry.kind == EntryKind.SALE else 1
    rows = [_row(entry, line) for line in entry.lines if line.part == LinePart.RECEIVABLE]
    over = ZERO
    for item in entry.items:
        if not item.base_net and not item.base_vat_amount:
            continue
        code = item.vat.code if item.vat is not None else NO_VAT
        rate = Decimal((item.vat.facts.get("rate") if item.vat else "0") or item.vat_rate_percent)
        over += sign * item.base_vat_amount - vat_upon(sign * item.base_net, rate)
        row = {"AccountNumber": int(item.account.code), "Amount": sign * item.base_net, "AccountVatCode": code}
        rows.append({"Description": (item.text or entry.text)[:TEXT_MAX], **row})
    if over:
        accounts = {line.account.code for line in entry.lines if line.part == LinePart.VAT}
        if len(accounts) != 1:
            raise CannotBeTaken(_("Dinero would compute other VAT than ours. Book it by hand in Dinero."))
        row = {"AccountNumber": int(accounts.pop()), "Amount": over, "AccountVatCode": NO_VAT}
        rows.append({"Description": entry.text[:TEXT_MAX], **row})
    return rows


def _row(entry: Entry, line: EntryLine) -> dict[str, Any]:
    return {
        "Description": f"[{entry.number}] {line.text or entry.text}"[:TEXT_MAX],
        "AccountNumber": int(line.account.code),
        "Amount": line.amount,
        "AccountVatCode": NO_VAT,
    }


def contact_body(party: Party) -> dict[str, Any]:
    """A new contact, found again by our number."""
    body: dict[str, Any] = {
        "Name": party.name,
        "ExternalReference": party.number,
        "CountryKey": party.country,
        "IsPerson": not party.is_business,
        "IsMember": False,
        "UseCvr": party.is_business and party.country == "DK" and bool(party.organization_number),
    }
    optional = {
        "VatNumber": party.organization_number,
        "Email": party.email,
        "Phone": party.phone,
        "Street": ", ".join(line for line in (party.street, party.street_2) if line),
        "ZipCode": party.postal_code,
        "City": party.city,
        "AttPerson": party.contact_name,
    }
    return body | {name: value for name, value in optional.items() if value}


def invoice_paid(entry: Entry, step: str) -> str:
    """The invoice that a step pays."""
    remote = entry.settles[int(step.partition(":")[2])].remote
    assert remote is not None
    return remote.id


def reference_of(entry: Entry, step: str) -> str:
    """How one of the payments of a voucher is found again."""
    return f"{entry.voucher_label}/{step.partition(':')[2]}"
