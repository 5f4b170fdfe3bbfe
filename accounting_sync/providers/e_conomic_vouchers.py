"""Our vouchers and customers as e-conomic's older API takes them. Pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from accounting_sync.mapping.entries import Entry, EntryKind, EntryLine, LinePart, Party
from accounting_sync.providers.vat_lines import with_vat

LINE_TEXT_MAX = 250
NUMBER_DIGITS = 9
DOMESTIC, EUROPEAN, ABROAD = 1, 2, 3  # VAT zones
EU = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())  # noqa: SIM905


def document_entries(entry: Entry) -> dict[str, list[dict[str, Any]]]:
    """The claim on its customer, and each item with its VAT against it."""
    sign = 1 if entry.kind == EntryKind.SALE else -1
    claim = _amounts(entry, sign * entry.total, sign * entry.base_total) | {
        "text": _text(entry, entry.text),
        "customer": {"customerNumber": int(entry.party.remote_id if entry.party else 0)},
    }
    number = digits(entry.number)
    if number is not None:
        claim["customerInvoice"] = number
    if entry.due_date is not None:
        claim["dueDate"] = entry.due_date.isoformat()
    rows = []
    for item in entry.items:
        if not item.gross and not item.base_gross:
            continue
        row = _amounts(entry, -sign * item.gross, -sign * item.base_gross) | {
            "text": _text(entry, item.text),
            "account": {"accountNumber": int(item.account.code)},
        }
        if item.vat is not None:
            row |= _vat(entry, item.vat.code, -sign * item.vat_amount, -sign * item.base_vat_amount)
        rows.append(row)
    return {"manualCustomerInvoices": [claim], "financeVouchers": rows}


def line_entries(entry: Entry) -> dict[str, list[dict[str, Any]]]:
    """What is no document, line by line; on customers with the number of the claim."""
    opened: list[dict[str, Any]] = []
    settled: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for line, vat, base_vat in with_vat(entry.lines):
        row = _amounts(entry, line.currency_amount + vat, line.amount + base_vat)
        row["text"] = _text(entry, line.text or entry.text)
        if line.part != LinePart.RECEIVABLE:
            row["account"] = {"accountNumber": int(line.account.code)}
            if vat or base_vat:
                row |= _vat(entry, line.vat.code if line.vat else "", vat, base_vat)
            others.append(row)
            continue
        row["customer"] = {"customerNumber": int(customer_number(entry, line))}
        number = digits(line.document_number)
        if number is not None:
            row["customerInvoice"] = number
        if entry.kind == EntryKind.JOURNAL and line.amount > 0 and line.due_date is not None:
            opened.append(row | {"dueDate": line.due_date.isoformat()})
        else:
            settled.append(row)
    return {"manualCustomerInvoices": opened, "customerPayments": settled, "financeVouchers": others}


def year_of(day: date, first_month: str) -> str:
    """The accounting year of a day, as e-conomic names years."""
    first = int(first_month) if first_month.isdigit() and 1 <= int(first_month) <= 12 else 1
    if first == 1:
        return str(day.year)
    start = day.year if day.month >= first else day.year - 1
    return f"{start}/{start + 1}"


def customer_body(party: Party, group: str, terms: str) -> dict[str, Any]:
    """A new customer, with our number as its number where e-conomic can hold it."""
    zone = DOMESTIC if party.country == "DK" else EUROPEAN if party.country in EU else ABROAD
    body: dict[str, Any] = {
        "name": party.name[:255],
        "currency": party.currency,
        "customerGroup": {"customerGroupNumber": int(group)},
        "paymentTerms": {"paymentTermsNumber": int(terms)},
        "vatZone": {"vatZoneNumber": zone},
    }
    number = digits(party.number)
    if number is not None:
        body["customerNumber"] = number
    optional = {
        "corporateIdentificationNumber": party.organization_number,
        "email": party.email[:255],
        "telephoneAndFaxNumber": party.phone[:255],
        "address": "\n".join(line for line in (party.street, party.street_2) if line)[:510],
        "zip": party.postal_code[:30],
        "city": party.city[:50],
        "country": party.country,
    }
    return body | {name: value for name, value in optional.items() if value}


def digits(number: str) -> int | None:
    """The number as e-conomic can hold it; None where it cannot."""
    fits = number.isascii() and number.isdigit() and not number.startswith("0") and len(number) <= NUMBER_DIGITS
    return int(number) if fits else None


def customer_number(entry: Entry, line: EntryLine) -> str:
    """The customer that a claim on a line stands on; empty where it is not linked."""
    party = line.party or entry.party
    return party.remote_id if party is not None else ""


def _text(entry: Entry, text: str) -> str:
    """Begins with our number, by which the voucher is found again."""
    return f"[{entry.number}] {text}"[:LINE_TEXT_MAX]


def _amounts(entry: Entry, amount: Decimal, base_amount: Decimal) -> dict[str, Any]:
    """An amount in its currency; a difference of exchange stands in the books' own."""
    row: dict[str, Any] = {"date": entry.day.isoformat()}
    if not entry.is_foreign or not amount:
        return row | {"amount": base_amount, "currency": {"code": entry.base_currency}}
    rate = (entry.exchange_rate * 100).normalize()  # for a hundred units of the currency
    return row | {
        "amount": amount,
        "currency": {"code": entry.currency},
        "exchangeRate": int(rate) if rate == int(rate) else rate,
        "amountBaseCurrency": base_amount,
    }


def _vat(entry: Entry, code: str, amount: Decimal, base_amount: Decimal) -> dict[str, Any]:
    row: dict[str, Any] = {"vatAccount": {"vatCode": code}, "vatAmount": amount}
    return row | {"vatAmountBaseCurrency": base_amount} if entry.is_foreign else row
