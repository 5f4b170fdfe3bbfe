"""Hiveage: an invoicing service, not books. Invoices are laid down there one way, marked as sent, never e-mailed."""

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
    Option,
    Problem,
    ProblemKind,
    Rate,
    RemoteCustomer,
    Stage,
    chosen,
)
from accounting_sync.providers.computing import with_vat_beside
from accounting_sync.providers.entering import Key, StaticKeys, basic
from accounting_sync.providers.odata import host_label
from accounting_sync.providers.reading import with_days, within_days

PAGE_SIZE = 100
TEXT_MAX = 250
TAKEN = ("already been taken", "already exists")


class Hiveage(Adapter):
    """One account in Hiveage."""

    slug = "hiveage"
    label = "Hiveage"
    countries = frozenset()
    stage = Stage.PREVIEW
    unverified = (
        _("Hiveage keeps no books: what is pushed is a second copy of each invoice, for looking up only."),
        _("How Hiveage takes customers and lines with a new invoice has not been seen on a live account."),
        _("VAT comes as lines of its own, not as a tax of Hiveage."),
    )
    entering = StaticKeys(
        keys=(Key("api_key", _("API key"), _("In Hiveage under Account settings, API")),),
        headers=lambda secrets: basic(secrets["api_key"], ""),
    )
    limits = (Rate(2, 1.0), Rate(1000, 3600.0))
    modes = (Mode.DOCUMENT,)
    takes = {Mode.DOCUMENT: frozenset({EntryKind.SALE})}
    options = (Option("subdomain", _("Subdomain"), hint=_("What stands before .hiveage.com")),)

    def base(self) -> str:
        """The account's own host."""
        return f"https://{host_label(chosen(self, 'subdomain'))}.hiveage.com/api"

    def problem(self, call: Call, answer: Answer) -> Problem | None:
        """A number that is taken is told in words."""
        problem = super().problem(call, answer)
        if problem is not None and answer.status == 422 and any(words in problem.text for words in TAKEN):
            return Problem(ProblemKind.DUPLICATE, problem.text, problem.code)
        return problem

    def objection_text(self, answer: Answer) -> str:
        """Its errors, with the names of the fields where it gives them."""
        if not isinstance(answer.body, Mapping):
            return super().objection_text(answer)
        errors = answer.body.get("errors") or answer.body.get("error") or answer.body.get("message") or ""
        if isinstance(errors, Mapping):
            return "; ".join(f"{name} {', '.join(map(str, texts))}" for name, texts in errors.items())
        return "; ".join(map(str, errors)) if isinstance(errors, list) else str(errors)

    # Pushing.

    def refuse(self, entry: Entry) -> None:
        """An invoice belongs to a customer."""
        if entry.party is None:
            raise CannotBeTaken(_("An invoice in Hiveage belongs to a customer, and this has none."))

    def steps(self, entry: Entry) -> Sequence[str]:
        """A draft, and the mark that it was sent elsewhere: Hiveage itself sends nothing."""
        return ("create", "send")

    def build(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The call of a step."""
        if step == "send":
            return Call(method="POST", path=f"/invs/{done['create'].id}/mark_as_sent")
        assert entry.party is not None
        invoice = {
            "connection_id": int(entry.party.facts.get("connection") or entry.party.remote_id),
            "statement_no": entry.number,
            "date": entry.day.isoformat(),
            "due_date": (entry.due_date or entry.day).isoformat(),
            "currency_iso_code": entry.currency,
            "send_receipts_automatically": False,
            "send_reminders": False,
            "payment_options": [],
            "items_attributes": [
                {"description": text[:TEXT_MAX], "price": amount, "quantity": 1, "sort_order": at}
                for at, (text, amount) in enumerate(with_vat_beside(entry), 1)
            ],
        }
        optional = {"po_number": entry.order_reference or entry.buyer_reference}
        optional["note"] = f"KID {entry.kid}" if entry.kid else ""
        body = {"invoice": invoice | {name: value for name, value in optional.items() if value}}
        return Call(method="POST", path="/invs", body=body)

    def parse(self, step: str, entry: Entry, answer: Answer) -> Remote:
        """The invoice; of the mark only that it was set."""
        return _invoice_of(answer.body["invoice"]) if step == "create" else Remote(id=entry.number)

    def find(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call | None:
        """All invoices, as none is found by its number; the mark stands on the invoice."""
        return _page("/invs") if step == "create" else self.read(entry, done)

    def found(self, step: str, entry: Entry, answer: Answer) -> Sequence[Remote]:
        """Those that bear our number; the mark where the invoice is a draft no more."""
        if step == "create":
            return [remote for remote in map(_invoice_of, _rows(answer, "invoice")) if remote.number == entry.number]
        remote = _invoice_of(answer.body["invoice"])
        return [remote] if remote.is_booked else []

    def read(self, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The invoice."""
        return Call(method="GET", path=f"/invs/{done['create'].id}")

    def read_back(self, entry: Entry, answer: Answer) -> Remote:
        """What Hiveage keeps of it."""
        return _invoice_of(answer.body["invoice"])

    # Customers.

    def find_customer(self, party: Party) -> Sequence[Call]:
        """All of the network: our number stands behind the name."""
        return [_page("/network")]

    def found_customers(self, answer: Answer) -> Sequence[RemoteCustomer]:
        """The customers of a page."""
        return [_customer_of(row) for row in _rows(answer, "network")]

    def create_customer(self, party: Party) -> Call:
        """A connection that bears our number behind its name, as there is no other place for it."""
        known = {
            "name": f"{party.name} ({party.number})",
            "category": "organization" if party.is_business or party.is_public else "individual",
            "business_email": party.email,
            "address": party.street,
            "city": party.city,
            "zip_code": party.postal_code,
            "country": party.country,
            "phone": party.phone,
            "currency": party.currency,
        }
        body = {"network": {name: value for name, value in known.items() if value}}
        return Call(method="POST", path="/network", body=body)

    def created_customer(self, party: Party, answer: Answer) -> RemoteCustomer:
        """The connection as it answers it."""
        return _customer_of(answer.body.get("network") or answer.body)

    # Lists.

    def fetch(self, kind: ListKind) -> Call:
        """It offers neither accounts nor taxes: any short answer will do."""
        return Call(method="GET", path="/network", query=[("page", "1"), ("per_page", "20")])

    def listed(self, kind: ListKind, answer: Answer) -> Sequence[Choice]:
        """The one way that there is."""
        if kind == ListKind.VAT_CODES:
            return [Choice("line", "", gettext("VAT as a line of its own"), {"only": "yes"})]
        return [Choice("invoice", "", gettext("Invoices without accounts"), {"only": "yes"})]

    def next_page(self, call: Call, answer: Answer) -> Call | None:
        """The page after a full one."""
        asked = dict(call.query)
        is_full = asked.get("per_page") == str(PAGE_SIZE) and len(_rows(answer)) >= PAGE_SIZE
        return call.with_query(page=str(int(asked["page"]) + 1)) if is_full else None

    # Back.

    def list_pushed(self, first: date, last: date) -> Sequence[Call]:
        """All invoices, of which those of the days are picked."""
        return [_page(with_days("/invs", first, last))]

    def pushed(self, call: Call, answer: Answer) -> Sequence[Remote]:
        """The invoices of a page that lie in the days."""
        return within_days(call.path, map(_invoice_of, _rows(answer, "invoice")))


def _page(path: str) -> Call:
    return Call(method="GET", path=path, query=[("page", "1"), ("per_page", str(PAGE_SIZE))])


def _rows(answer: Answer, name: str = "") -> Sequence[Mapping[str, Any]]:
    """The rows of a page: bare or under a name, each bare or under its own."""
    rows = answer.body
    if isinstance(rows, Mapping):
        rows = next((value for value in rows.values() if isinstance(value, list)), [])
    return [row.get(name, row) for row in rows or []]


def _invoice_of(row: Mapping[str, Any]) -> Remote:
    total, due = (Decimal(str(row[name])) if row.get(name) else None for name in ("billed_total", "total_due"))
    return Remote(
        id=str(row.get("hash_key") or row.get("id")),
        number=row.get("statement_no") or "",
        day=date.fromisoformat(row["date"][:10]) if row.get("date") else None,
        currency=row.get("currency_iso_code") or "",
        total=total,
        open_amount=due,
        is_booked=row.get("state") != "draft",
    )


def _customer_of(row: Mapping[str, Any]) -> RemoteCustomer:
    name, _space, number = (row.get("name") or "").rpartition(" (")
    is_ours = bool(name) and number.endswith(")")
    return RemoteCustomer(
        id=str(row.get("hash_key") or row["id"]),
        number=number[:-1] if is_ours else "",
        name=name if is_ours else row.get("name") or "",
        email=row.get("business_email") or "",
        street=row.get("address") or "",
        postal_code=row.get("zip_code") or "",
        city=row.get("city") or "",
        country=row.get("country") or "",
        facts={"connection": str(row["id"])},
    )
