"""What must hold in a camt message beyond its grammar: decimals, sums of details, totals, balances, currencies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from foundation.money import minor_units
from payments.bank_files.camt_elements import line_of
from payments.bank_files.camt_grammar import CamtSchema
from payments.bank_files.camt_message import BOOKED, NOTHING, CamtEntry, CamtStatement
from payments.bank_files.faults import FaultCode, FaultList

_NUMBER = re.compile(r"[+-]?([0-9]{1,15})(?:\.([0-9]*))?\Z")
_ACCOUNT = re.compile(r"[0-9A-Za-z]{4,34}\Z")
_OPENING, _CLOSING = ("OPBD", "PRCD"), "CLBD"


def amount_of(text: str, currency: str, line: int, faults: FaultList) -> Decimal:
    """The number; notes a negative one, and decimals that the currency does not have.

    Two zeros after the point are borne of a currency without minor units, as banks write them.
    """
    match = _NUMBER.match(text)
    if not match:
        faults.add(line, FaultCode.FIELD, field="amount", found=text[:40], first=0, last=0)
        return NOTHING
    decimals, allowed = match[2] or "", minor_units(currency)
    if len(decimals) > max(allowed, 2) or decimals[allowed:].strip("0"):
        faults.add(line, FaultCode.DECIMALS, found=text[:40], currency=currency, allowed=allowed)
    if text.startswith("-"):
        faults.add(line, FaultCode.SIGN, found=text[:40])
    return Decimal(text)


def day_of(text: str | None) -> date | None:
    """The day of a date or a moment as it is written, in the bank's own time."""
    if not text:
        return None
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def note_schema_faults(schema: CamtSchema, element: etree._Element, faults: FaultList) -> None:
    """Note the first thing that the grammar has against an element, without the namespace that stands on every name."""
    log: Any = schema.xsd.error_log
    error = log[0]
    reason = error.message.replace(f"{{{schema.namespace}}}", "")
    line = error.line if error.line > 0 else line_of(element)
    faults.add(line, FaultCode.SCHEMA, schema=schema.name, reason=reason[:300])


def details_total(entry: CamtEntry) -> Decimal | None:
    """The sum of the payments of an entry, in the entry's direction; None where the bank does not tell every one.

    Charges may stand between the payments and what reached the account, and payments from abroad are told in their own
    currency: there is nothing to compare then.
    """
    if not entry.transactions or entry.has_charges:
        return None
    total = NOTHING
    for transaction in entry.transactions:
        money = transaction.money
        if money is None or money.currency != entry.money.currency or transaction.has_charges:
            return None
        total += money.amount if transaction.direction in (None, entry.direction) else -money.amount
    return total


def check_entry(entry: CamtEntry, statement: CamtStatement, faults: FaultList) -> None:
    """The payments of an entry add up to it, it has a day, and the currency of its statement."""
    total = details_total(entry)
    if total is not None and total != entry.money.amount:
        faults.add(entry.line, FaultCode.SUM_DIFFERS, told=entry.money.text, found=f"{total:f}")
    for text in (entry.booking, entry.value):
        if text is not None and day_of(text) is None:
            faults.add(entry.line, FaultCode.DATE, found=text[:40])
    if entry.status == BOOKED and entry.booking is None and entry.value is None:
        faults.add(entry.line, FaultCode.DATE, found="")
    if statement.currency and entry.money.currency != statement.currency:
        values = {"found": entry.money.currency, "expected": statement.currency}
        faults.add(entry.line, FaultCode.CURRENCY_DIFFERS, **values)


def check_summary(
    statement: CamtStatement, summary: Mapping[str, tuple[int, str | None, str | None]], faults: FaultList
) -> None:
    """The bank's own counts and sums of the entries of a statement."""
    counts, totals = statement.sums.counts, statement.sums.totals
    chosen = {
        "TtlNtries": (sum(counts.values()), sum(totals.values(), start=NOTHING)),
        "TtlCdtNtries": (counts.get("CRDT", 0), totals.get("CRDT", NOTHING)),
        "TtlDbtNtries": (counts.get("DBIT", 0), totals.get("DBIT", NOTHING)),
    }
    for name, (line, count, total) in summary.items():
        entries, found = chosen[name]
        if count and count.isdecimal() and int(count) != entries:
            faults.add(line, FaultCode.COUNT_DIFFERS, what="entries", told=int(count), found=entries)
        if total and _NUMBER.match(total.strip()) and Decimal(total.strip()) != found:
            faults.add(line, FaultCode.SUM_DIFFERS, told=total.strip(), found=f"{found:f}")


def check_statement(statement: CamtStatement, faults: FaultList, *, is_whole: bool) -> None:
    """The account has a possible number, and balances and entries agree."""
    if not _ACCOUNT.match(statement.account.replace(" ", "").replace(".", "")):
        faults.add(statement.line, FaultCode.ACCOUNT, found=statement.account)
    opening, closing = balance(statement, *_OPENING), balance(statement, _CLOSING)
    if opening is None or closing is None or not is_whole:
        return
    found = opening + statement.sums.booked
    if found != closing:
        faults.add(statement.line, FaultCode.BALANCE_DIFFERS, told=f"{closing:f}", found=f"{found:f}")


def balance(statement: CamtStatement, *codes: str) -> Decimal | None:
    """The one balance of these codes in the currency of the statement; None where there is none, or several."""
    currencies = set(statement.sums.currencies) | {statement.currency} - {""}
    found = [money for code, money in statement.balances if code in codes]
    if len(found) != 1 or len(currencies) > 1 or (currencies and found[0].currency not in currencies):
        return None
    return found[0].amount
