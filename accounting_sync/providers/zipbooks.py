"""ZipBooks, API v2 (JSON:API): invoices only, with VAT as lines of their own. A token is kept, never a password."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import Entry, EntryKind, Party, Remote
from accounting_sync.providers.base import (
    Adapter,
    Answer,
    Call,
    CannotBeTaken,
    Choice,
    ListKind,
    Mode,
    Rate,
    RemoteCustomer,
    Stage,
)
from accounting_sync.providers.computing import with_vat_beside
from accounting_sync.providers.entering import Key, StaticKeys, bearer
from accounting_sync.providers.odata import time_of
from accounting_sync.providers.reading import mark_in, with_days, within_days

PAGE_SIZE = 100
TEXT_MAX = 250
JSON_API = {"Content-Type": "application/vnd.api+json", "Accept": "application/vnd.api+json"}


class ZipBooks(Adapter):
    """One account in ZipBooks."""

    slug = "zipbooks"
    label = "ZipBooks"
    countries = frozenset()
    stage = Stage.PREVIEW
    unverified = (
        _("ZipBooks describes its API as of 2019 and lets it change without notice; no live account has been used."),
        _("How ZipBooks takes the lines of an invoice is not described; what stands there is compared to the øre."),
        _("VAT comes as lines of its own, not as a tax of ZipBooks."),
    )
    entering = StaticKeys(
        keys=(Key("access_token", _("Access token"), _("From the sign-in call of ZipBooks' API")),),
        headers=lambda secrets: bearer(secrets["access_token"]),
    )
    limits = (Rate(2, 1.0),)
    modes = (Mode.DOCUMENT,)
    takes = {Mode.DOCUMENT: frozenset({EntryKind.SALE})}

    def base(self) -> str:
        """The one place that it has."""
        return "https://api.zipbooks.com/v2"

    def objection_text(self, answer: Answer) -> str:
        """The details of its errors."""
        errors = answer.body.get("errors") if isinstance(answer.body, Mapping) else None
        if not isinstance(errors, list):
            return super().objection_text(answer)
        return " ".join(str(error.get("detail") or error.get("title") or "") for error in errors).strip()

    # Pushing.

    def refuse(self, entry: Entry) -> None:
        """An invoice belongs to a customer."""
        if entry.party is None:
            raise CannotBeTaken(_("An invoice in ZipBooks belongs to a customer, and this has none."))

    def steps(self, entry: Entry) -> Sequence[str]:
        """The invoice."""
        return ("create",)

    def build(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """An invoice with its contact and its lines."""
        assert entry.party is not None
        attributes = {
            "number": entry.number,
            "date": entry.day.isoformat(),
            "due-date": entry.due_date.isoformat() if entry.due_date else None,
            "currency-code": entry.currency,
            "po-number": entry.order_reference or entry.buyer_reference,
            "notes": f"KID {entry.kid}" if entry.kid else None,
            "accept-credit-cards": False,
            "accept-paypal": False,
        }
        lines = with_vat_beside(entry)
        body = {
            "data": {
                "type": "invoice",
                "attributes": {name: value for name, value in attributes.items() if value not in (None, "")},
                "relationships": {
                    "contact": {"data": {"type": "contact", "id": entry.party.remote_id}},
                    "line-items": {"data": [{"type": "line-item", "id": f"new-{at}"} for at in range(len(lines))]},
                },
            },
            "included": [
                {
                    "type": "line-item",
                    "id": f"new-{at}",
                    "attributes": {"name": text[:TEXT_MAX], "quantity": "1", "rate": f"{amount:f}"},
                }
                for at, (text, amount) in enumerate(lines)
            ],
        }
        return Call(method="POST", path="/invoices", body=body, headers=JSON_API)

    def parse(self, step: str, entry: Entry, answer: Answer) -> Remote:
        """The invoice as it answers it."""
        return _invoice_of(answer.body["data"])

    def find(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call | None:
        """All invoices: it finds none by its number."""
        return _page("/invoices")

    def found(self, step: str, entry: Entry, answer: Answer) -> Sequence[Remote]:
        """Those that bear our number."""
        return [remote for remote in map(_invoice_of, _rows(answer)) if remote.number == entry.number]

    def read(self, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The invoice."""
        return Call(method="GET", path=f"/invoices/{done['create'].id}", headers=JSON_API)

    def read_back(self, entry: Entry, answer: Answer) -> Remote:
        """What ZipBooks keeps of it."""
        return _invoice_of(answer.body["data"])

    # Customers.

    def find_customer(self, party: Party) -> Sequence[Call]:
        """All contacts: their notes begin with our number, and tell the organization number."""
        return [_page("/contacts")]

    def found_customers(self, answer: Answer) -> Sequence[RemoteCustomer]:
        """The contacts of a page."""
        return [_contact_of(row) for row in _rows(answer)]

    def create_customer(self, party: Party) -> Call:
        """A contact with our number in its notes."""
        known = {
            "name": party.name,
            "email": party.email,
            "phone": party.phone,
            "address-1": party.street,
            "address-2": party.street_2,
            "city": party.city,
            "postal-code": party.postal_code,
            "country": party.country,
            "notes": f"[{party.number}] {party.organization_number}".strip(),
        }
        data = {"type": "contact", "attributes": {name: value for name, value in known.items() if value}}
        return Call(method="POST", path="/contacts", body={"data": data}, headers=JSON_API)

    def created_customer(self, party: Party, answer: Answer) -> RemoteCustomer:
        """The contact as it answers it."""
        return _contact_of(answer.body["data"])

    # Lists.

    def fetch(self, kind: ListKind) -> Call:
        """It offers neither accounts nor taxes: any short answer will do."""
        return Call(method="GET", path="/contacts", query=[("page[page]", "1"), ("page[page-size]", "1")])

    def listed(self, kind: ListKind, answer: Answer) -> Sequence[Choice]:
        """The one way that there is."""
        if kind == ListKind.VAT_CODES:
            return [Choice("line", "", gettext("VAT as a line of its own"), {"only": "yes"})]
        return [Choice("invoice", "", gettext("Invoices without accounts"), {"only": "yes"})]

    def next_page(self, call: Call, answer: Answer) -> Call | None:
        """The page after a full one."""
        asked = dict(call.query)
        if asked.get("page[page-size]") != str(PAGE_SIZE) or len(_rows(answer)) < PAGE_SIZE:
            return None
        return call.with_query(**{"page[page]": str(int(asked["page[page]"]) + 1)})

    # Back.

    def list_pushed(self, first: date, last: date) -> Sequence[Call]:
        """All invoices, of which those of the days are picked."""
        return [_page(with_days("/invoices", first, last))]

    def pushed(self, call: Call, answer: Answer) -> Sequence[Remote]:
        """The invoices of a page that lie in the days."""
        return within_days(call.path, map(_invoice_of, _rows(answer)))


def _page(path: str) -> Call:
    query = [("page[page]", "1"), ("page[page-size]", str(PAGE_SIZE))]
    return Call(method="GET", path=path, query=query, headers=JSON_API)


def _rows(answer: Answer) -> Sequence[Mapping[str, Any]]:
    data = answer.body.get("data") if isinstance(answer.body, Mapping) else None
    return data if isinstance(data, list) else ()


def _invoice_of(row: Mapping[str, Any]) -> Remote:
    told = row["attributes"]
    contact = ((row.get("relationships") or {}).get("contact") or {}).get("data") or {}
    total = Decimal(str(told["total"])) if told.get("total") not in (None, "") else None
    return Remote(
        id=str(row["id"]),
        number=told.get("number") or "",
        day=date.fromisoformat(told["date"][:10]) if told.get("date") else None,
        currency=told.get("currency-code") or "",
        total=total,
        open_amount=total - Decimal(str(told.get("paid-total") or 0)) if total is not None else None,
        party_id=str(contact.get("id") or ""),
        version=told.get("updated-at") or "",
        is_booked=not told.get("archived-at"),
    )


def _contact_of(row: Mapping[str, Any]) -> RemoteCustomer:
    told = row["attributes"]
    notes = told.get("notes") or ""
    return RemoteCustomer(
        id=str(row["id"]),
        number=mark_in(notes),
        name=told.get("name") or "",
        organization_number=notes.partition("]")[2].strip(),
        email=told.get("email") or "",
        street=told.get("address-1") or "",
        postal_code=told.get("postal-code") or "",
        city=told.get("city") or "",
        country=told.get("country") or "",
        is_active=not told.get("archived-at"),
        changed_at=time_of(told.get("updated-at")),
    )
