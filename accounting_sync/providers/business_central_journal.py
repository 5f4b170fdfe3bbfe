"""Vouchers as general journals of Business Central: one for each, posted whole, and taken away when it is empty.

Business Central posts everything that stands in a journal. A journal for each voucher keeps one that is refused from
holding up or carrying along another. VAT is computed there out of what includes it; see `parts_that_bear`.
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import ZERO, Entry, EntryItem, EntryKind, EntryLine, LinePart, Remote
from accounting_sync.providers.base import Answer, Call, CannotBeTaken
from accounting_sync.providers.business_central_rows import postings_of, rows_of
from accounting_sync.providers.computing import parts_that_bear
from accounting_sync.providers.odata import quoted
from accounting_sync.providers.reading import mark_of

NUMBER_MAX = 20
TEXT_MAX = 100
LINE_STEP = 10_000
ENGLISH = {"Accept-Language": "en-US"}  # what it objects to is told in the caller's language
CUSTOMER = "Customer"  # a line that says nothing of it stands on an account


def refuse(entry: Entry) -> None:
    """What a journal line has no field for, and VAT that cannot come out to the øre."""
    if entry.is_foreign:
        raise CannotBeTaken(
            _("Business Central's journals take no foreign currency from outside. Book it by hand there.")
        )
    if len(entry.number) > NUMBER_MAX:
        raise CannotBeTaken(_("Business Central takes numbers of at most 20 characters. Shorten the series."))
    if not entry.is_document and any(line.part == LinePart.VAT for line in entry.lines):
        raise CannotBeTaken(_("Business Central takes no free voucher with VAT lines. Book it by hand there."))
    if any(line.part == LinePart.RECEIVABLE and line.party is None for line in entry.lines):
        raise CannotBeTaken(_("A line on claims has no customer. Book it by hand in Business Central."))
    if not _lines(entry):
        raise CannotBeTaken(_("Business Central takes no voucher without amounts."))


def steps(entry: Entry) -> Sequence[str]:
    """A journal, its lines, the posting of all of them at once, and the empty journal away again.

    On another day it is another journal: lines that wait in a closed period stay where they are.
    """
    lines = (f"line:{entry.day:%y%m%d}:{position}" for position in range(len(_lines(entry))))
    return (_first(entry), *lines, "post", "clear")


def build(step: str, entry: Entry, done: Mapping[str, Remote], template: str) -> Call:
    """The call of a step, below the company."""
    if step == _first(entry):
        body = {"code": _code(entry), "displayName": f"{mark_of(entry)} {entry.number}"[:TEXT_MAX]}
        if template:
            body["templateDisplayName"] = template
        return Call(method="POST", path="/journals", body=body, headers=ENGLISH)
    journal = f"/journals({done[_first(entry)].id})"
    if step == "post":
        return Call(method="POST", path=f"{journal}/Microsoft.NAV.post", headers=ENGLISH)
    if step == "clear":
        return Call(method="DELETE", path=journal, headers={**ENGLISH, "If-Match": "*"})
    position = int(step.rpartition(":")[2])
    body = _lines(entry)[position] | {"lineNumber": LINE_STEP * (position + 1)}
    return Call(method="POST", path=f"{journal}/journalLines", body=body, headers=ENGLISH)


def parse(entry: Entry, answer: Answer) -> Remote:
    """What has an id has told it; posting and deleting answer with nothing."""
    row = answer.body if isinstance(answer.body, Mapping) else {}
    return Remote(id=str(row.get("id") or entry.number))


def find(step: str, entry: Entry, done: Mapping[str, Remote], template: str) -> tuple[str, str]:
    """Where to ask for a step, and by which filter: by the journal's code, the line's place, our number."""
    if step in (_first(entry), "clear"):
        query = f"code eq {quoted(_code(entry))}"
        return "/journals", f"{query} and templateDisplayName eq {quoted(template)}" if template else query
    if step == "post":
        return read(entry)
    line_number = LINE_STEP * (int(step.rpartition(":")[2]) + 1)
    return "/journalLines", f"journalId eq {done[_first(entry)].id} and lineNumber eq {line_number}"


def found(step: str, entry: Entry, answer: Answer) -> Sequence[Remote]:
    """What is there; where the journal is to be gone, that it is."""
    rows = rows_of(answer)
    if step == "post":
        return _ours(entry, answer)
    if step == "clear":
        return [] if rows else [Remote(id=entry.number)]
    return [Remote(id=row["id"]) for row in rows]


def read(entry: Entry) -> tuple[str, str]:
    """The entries in the general ledger under our number."""
    return "/generalLedgerEntries", f"documentNumber eq {quoted(entry.number)}"


def read_back(entry: Entry, answer: Answer) -> Remote:
    """What was posted, all of it: a voucher that stands there twice is twice as large."""
    remote, *doubled = _ours(entry, answer) or [Remote(id="")]
    if doubled:
        total = sum((each.total or ZERO for each in doubled), remote.total or ZERO)
        return Remote(id=remote.id, number=remote.number, day=remote.day, total=total)
    return Remote(
        id=remote.id,
        number=remote.number,
        day=remote.day,
        currency=entry.base_currency,
        total=remote.total,
        vat_total=_vat_booked(entry, remote) if entry.is_document and remote.id else None,
        accounts=remote.accounts,
        facts=remote.facts,
    )


def _ours(entry: Entry, answer: Answer) -> list[Remote]:
    return [each for each in postings_of(rows_of(answer)) if each.facts["mark"] == entry.voucher_label]


def _first(entry: Entry) -> str:
    return f"journal:{entry.day:%y%m%d}"


def _code(entry: Entry) -> str:
    """Ten signs that are the same for every attempt at the same voucher on the same day."""
    told = hashlib.sha256(f"{entry.key}/{entry.day}".encode()).digest()
    return f"B{b32encode(told).decode()[:9]}"


def _lines(entry: Entry) -> list[dict[str, Any]]:
    """The journal lines, debits first: then the running sum comes to zero at the end and nowhere before."""
    lines = [_claim(entry, line) for line in entry.lines if line.part == LinePart.RECEIVABLE]
    if entry.is_document:
        lines += _sold(entry)
    else:
        others = [line for line in entry.lines if line.part == LinePart.OTHER]
        lines += [_line(entry, line.account.code, line.amount, line.text or entry.text) for line in others]
    return sorted((line for line in lines if line["amount"]), key=lambda line: bool(line["amount"] < 0))


def _claim(entry: Entry, line: EntryLine) -> dict[str, Any]:
    assert line.party is not None
    text = f"{mark_of(entry)[:-1]} {line.document_number}] {line.party.name}"
    return _line(entry, line.party.remote_number, line.amount, text) | {
        "accountType": CUSTOMER,
        "externalDocumentNumber": line.document_number,
        "description": text[:TEXT_MAX],
    }


def _sold(entry: Entry) -> list[dict[str, Any]]:
    """What was sold, one line for each account and VAT code, with the VAT that Business Central takes out again."""
    sign = -1 if entry.kind == EntryKind.SALE else 1
    groups: dict[tuple[str, str, Decimal], list[EntryItem]] = {}
    for item in entry.items:
        key = (item.account.code, item.vat.code if item.vat else "", item.vat_rate_percent)
        groups.setdefault(key, []).append(item)
    lines = []
    for (account, code, rate), items in groups.items():
        gross = sum((item.base_gross for item in items), ZERO)
        vat = sum((item.base_vat_amount for item in items), ZERO)
        parts = parts_that_bear(gross, vat, rate)
        if parts is None or (vat and not code):
            raise CannotBeTaken(
                _("Business Central would compute another VAT than the document has. Book it by hand there.")
            )
        for part in parts:
            line = _line(entry, account, sign * part, items[0].text or entry.text)
            lines.append(line | {"taxCode": code} if code else line)
    return lines


def _line(entry: Entry, account: str, amount: Decimal, text: str) -> dict[str, Any]:
    return {
        "accountNumber": account,
        "postingDate": entry.day.isoformat(),
        "documentNumber": entry.number,
        "externalDocumentNumber": entry.number,
        "amount": amount,
        "description": f"{mark_of(entry)} {text}"[:TEXT_MAX],
    }


def _vat_booked(entry: Entry, remote: Remote) -> Decimal:
    """What was posted beside the claim on accounts that nothing was sold on: that is the VAT."""
    sold = {item.account.code for item in entry.items}
    claims = set(remote.facts["claims"].split())
    return abs(sum((value for code, value in remote.accounts.items() if code not in sold | claims), ZERO))
