"""Invoices and credit notes as sales documents of Business Central, which numbers them anew beside our number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import ZERO, Entry, EntryItem, EntryKind, Remote
from accounting_sync.providers.base import Answer, Call, CannotBeTaken
from accounting_sync.providers.business_central_rows import rows_of
from accounting_sync.providers.computing import vat_upon
from accounting_sync.providers.odata import quoted

NUMBER_MAX = 35
TEXT_MAX = 100
INVOICES, MEMOS = "/salesInvoices", "/salesCreditMemos"
OPEN_STATES = ("Draft", "In Review", "In_x0020_Review")
ENGLISH = {"Accept-Language": "en-US"}


def refuse(entry: Entry) -> None:
    """Totals that Business Central would compute otherwise: VAT by code, apart for lines below zero."""
    if len(entry.number) > NUMBER_MAX:
        raise CannotBeTaken(_("Business Central takes numbers of at most 35 characters. Shorten the series."))
    if entry.party is None:
        raise CannotBeTaken(_("A document in Business Central belongs to a customer, and this has none."))
    if any(item.vat_amount and item.vat is None for item in entry.items) or _vat_computed(entry) != entry.vat_total:
        raise CannotBeTaken(
            _("Business Central would compute another VAT than the document has. Book it by hand there.")
        )


def steps(entry: Entry) -> Sequence[str]:
    """A draft and its posting; on another day it is another draft."""
    return (_first(entry), "post")


def build(step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
    """The draft with its lines, then its posting, below the company."""
    if step == "post":
        return Call(method="POST", path=f"{place(entry)}({done[_first(entry)].id})/Microsoft.NAV.post", headers=ENGLISH)
    assert entry.party is not None
    body: dict[str, Any] = {
        "externalDocumentNumber": entry.number,
        "customerNumber": entry.party.remote_number,
        "postingDate": entry.day.isoformat(),
        "dueDate": (entry.due_date or entry.day).isoformat(),
    }
    if entry.is_foreign:
        body["currencyCode"] = entry.currency
    lines = [_line(entry, item) for item in entry.items if item.net]
    if entry.kind == EntryKind.CREDIT:
        body |= {"creditMemoDate": entry.issue_date.isoformat(), "salesCreditMemoLines": lines}
    else:
        body |= {"invoiceDate": entry.issue_date.isoformat(), "salesInvoiceLines": lines}
        if reference := entry.order_reference or entry.buyer_reference:
            body["customerPurchaseOrderReference"] = reference[:NUMBER_MAX]
    return Call(method="POST", path=place(entry), body=body, headers=ENGLISH)


def parse(step: str, entry: Entry, answer: Answer) -> Remote:
    """The draft, which is not posted where its total is not ours; posting answers with nothing."""
    if step == "post":
        return Remote(id=entry.number)
    draft = document_of(answer.body, entry.base_currency)
    if draft.total not in (None, entry.total) or draft.vat_total not in (None, entry.vat_total):
        raise CannotBeTaken(
            _("Business Central computed %(theirs)s with VAT, and the document has %(ours)s. Its draft is not posted.")
            % {"theirs": draft.total, "ours": entry.total}
        )
    return draft


def find(entry: Entry) -> tuple[str, str]:
    """Where to ask for either step and for the document itself, and by which filter: our number."""
    return place(entry), f"externalDocumentNumber eq {quoted(entry.number)}"


def found(step: str, entry: Entry, answer: Answer) -> Sequence[Remote]:
    """The documents with our number on the day; of the posting those that are no drafts any more."""
    remotes = [document_of(row, entry.base_currency) for row in rows_of(answer)]
    return [remote for remote in remotes if remote.day == entry.day and (step != "post" or remote.is_booked)]


def read_back(entry: Entry, answer: Answer) -> Remote:
    """What Business Central keeps of it; a document that stands there twice is twice as large."""
    remotes = [document_of(row, entry.base_currency) for row in rows_of(answer)]
    remotes = [remote for remote in remotes if remote.is_booked] or remotes  # drafts of another day stay behind
    if len(remotes) != 1:
        return Remote(id="", total=sum((remote.total or ZERO for remote in remotes), ZERO))
    return remotes[0]


def place(entry: Entry) -> str:
    """Where documents of the kind stand."""
    return MEMOS if entry.kind == EntryKind.CREDIT else INVOICES


def document_of(row: Mapping[str, Any], base_currency: str = "") -> Remote:
    """An invoice or a credit note."""
    return Remote(
        id=row["id"],
        number=row.get("externalDocumentNumber") or "",
        day=date.fromisoformat(row["postingDate"]) if row.get("postingDate") else None,
        currency=row.get("currencyCode") or base_currency,
        total=_amount(row, "totalAmountIncludingTax"),
        vat_total=_amount(row, "totalTaxAmount"),
        open_amount=_amount(row, "remainingAmount"),
        party_id=row.get("customerId") or "",
        version=row.get("@odata.etag") or "",
        is_booked=row.get("status") not in OPEN_STATES,
        facts={"document": row.get("number") or ""},
    )


def _first(entry: Entry) -> str:
    return f"create:{entry.day:%y%m%d}"


def _line(entry: Entry, item: EntryItem) -> dict[str, Any]:
    line = {
        "lineType": "Account",
        "lineObjectNumber": item.account.code,
        "description": (item.text or entry.text)[:TEXT_MAX],
        "quantity": 1 if item.net > 0 else -1,
        "unitPrice": abs(item.net),
    }
    return line | {"taxCode": item.vat.code} if item.vat else line


def _vat_computed(entry: Entry) -> Decimal:
    groups: dict[tuple[str, Decimal, bool], Decimal] = {}
    for item in entry.items:
        if item.vat is not None:
            key = (item.vat.code, item.vat_rate_percent, item.net >= 0)
            groups[key] = groups.get(key, ZERO) + item.net
    return sum((vat_upon(net, rate) for (_code, rate, _sign), net in groups.items()), ZERO)


def _amount(row: Mapping[str, Any], name: str) -> Decimal | None:
    return Decimal(row[name]) if row.get(name) is not None else None
