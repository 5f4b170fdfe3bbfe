"""Xero, accounting API 2.0: documents with our numbers and our VAT, payments and credit notes used on them.

Xero lets no journal touch claims or bank accounts, so claims are only made by documents and settled by payments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import Entry, EntryKind, Party, Remote, Settled
from accounting_sync.providers import xero_bodies as bodies
from accounting_sync.providers import xero_rows as rows
from accounting_sync.providers.base import (
    Adapter,
    Answer,
    Call,
    Choice,
    ListKind,
    Mode,
    Option,
    Problem,
    ProblemKind,
    Rate,
    RemoteCustomer,
    RemotePayment,
    chosen,
)
from accounting_sync.providers.entering import OAuthCode
from accounting_sync.providers.reading import in_entry_currency

PAGE_SIZE = 100
PAGE_SIZE_OF_A_DAY = 1000
# What stands in the words of a refusal, in small letters, and what it means.
OBJECTIONS: tuple[tuple[str, ProblemKind], ...] = (
    ("lock date", ProblemKind.PERIOD_CLOSED),
    ("must be unique", ProblemKind.DUPLICATE),
    ("idempotency", ProblemKind.CONFLICT),
)


class Xero(Adapter):
    """One organisation in Xero."""

    slug = "xero"
    label = "Xero"
    countries = frozenset[str]()
    unverified = (
        _("How long Xero remembers the key of a call has not been seen on a live company."),
        _("Whether Xero finds a contact by its company number has not been seen on a live company."),
        _("Xero keeps few decimals of an exchange rate: what would differ in the currency of the books is refused."),
    )
    entering = OAuthCode(
        authorize_address="https://login.xero.com/identity/connect/authorize",
        exchange_address="https://identity.xero.com/connect/token",
        revoke_address="https://identity.xero.com/connect/revocation",
        scopes=(
            "accounting.invoices",
            "accounting.payments",
            "accounting.contacts",
            "accounting.settings.read",
            "accounting.attachments",
            "accounting.manualjournals",
            "offline_access",
        ),
        client="xero",
        refresh_days=60,
    )
    limits = (Rate(60, 60.0), Rate(5000, 86400.0))
    modes = (Mode.DOCUMENT,)
    takes = {Mode.DOCUMENT: frozenset(EntryKind)}
    lists = (
        ListKind.COMPANIES,
        ListKind.ACCOUNTS,
        ListKind.VAT_CODES,
        ListKind.PAYMENT_ACCOUNTS,
        ListKind.PROJECTS,
        ListKind.DEPARTMENTS,
    )
    options = (Option("tenant", _("Organization"), ListKind.COMPANIES),)
    attaches = True
    updates_customers = True
    tells_payments = True
    tells_customers = True
    tells_closed_periods = True
    dimensions = {"project": ListKind.PROJECTS, "department": ListKind.DEPARTMENTS}

    def base(self) -> str:
        """The accounting API; the organization is named in a header."""
        return "https://api.xero.com/api.xro/2.0"

    def problem(self, call: Call, answer: Answer) -> Problem | None:
        """Xero tells its rules in words, sometimes inside an answer that succeeded."""
        problem = super().problem(call, answer)
        if problem is None and bodies.objections_in(answer.body):
            problem = Problem(ProblemKind.INVALID, self.objection_text(answer), "200")
        if problem is None or problem.kind != ProblemKind.INVALID:
            return problem
        words = problem.text.lower()
        kind = next((kind for part, kind in OBJECTIONS if part in words), ProblemKind.INVALID)
        return replace(problem, kind=kind)

    def objection_text(self, answer: Answer) -> str:
        """The sentences of its validation; else its title for them."""
        if isinstance(answer.body, Mapping):
            told = bodies.objections_in(answer.body)
            return "; ".join(told) or str(answer.body.get("Detail") or answer.body.get("Message") or "")
        return super().objection_text(answer)

    # Pushing.

    def refuse(self, entry: Entry) -> None:
        """What Xero has no place for, or would book with other amounts."""
        bodies.refuse(entry)

    def steps(self, entry: Entry) -> Sequence[str]:
        """A document and its file; one payment or one use of a credit note for each claim; else a manual journal."""
        if entry.is_document:
            return ("create", "attach") if entry.pdf_name else ("create",)
        if entry.kind == EntryKind.PAYMENT:
            return tuple(f"pay:{position}" for position in range(len(entry.settles)))
        if entry.kind == EntryKind.SETTLEMENT:
            return tuple(f"use:{position}" for position in range(len(bodies.claims_of(entry))))
        return ("create",)

    def build(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The call of a step; PUT creates, and would fail on a number that is taken."""
        if step == "attach":
            path = f"{_document_path(entry)}/{done['create'].id}/Attachments/{quote(entry.pdf_name, safe='')}"
            call = self._call("PUT", path)
            return replace(
                call,
                content=b"",
                content_type="application/octet-stream",
                headers={**call.headers, **_key(entry, step)},
            )
        if step.startswith("pay:"):
            path, name, body = "/Payments", "Payments", bodies.payment(entry, _settled(entry, step))
        elif step.startswith("use:"):
            path, name = f"/CreditNotes/{_credit_note_id(entry)}/Allocations", "Allocations"
            body = bodies.allocation(entry, _used_on(entry, step))
        elif entry.is_document:
            path, name = _document_path(entry), _document_path(entry).removeprefix("/")
            body = bodies.document(entry)
        else:
            path, name, body = "/ManualJournals", "ManualJournals", bodies.journal(entry)
        query = (("unitdp", "4"),) if entry.is_document else ()
        call = self._call("PUT", path, *query)
        return replace(call, body={name: [body]}, headers={**call.headers, **_key(entry, step)})

    def parse(self, step: str, entry: Entry, answer: Answer) -> Remote:
        """The row that was made."""
        row = rows.rows_of(answer.body)[0]
        if step == "attach":
            return Remote(id=row["AttachmentID"])
        if step.startswith("pay:"):
            return rows.payment_of(row)
        if step.startswith("use:"):
            return rows.allocation_of(row, _credit_note_id(entry))
        return _read(entry, row)

    def find(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call | None:
        """By our number; what settles claims in the claim itself; journals by their day and our mark."""
        if step == "attach":
            own = f"{_document_path(entry)}/{done['create'].id}"
            return self._call("GET", f"{own}/Attachments" if entry.kind == EntryKind.SALE else own)
        if step.startswith("pay:"):
            return self._call("GET", _path_of(_settled(entry, step)))
        if step.startswith("use:"):
            return self._call("GET", f"/CreditNotes/{_credit_note_id(entry)}")
        if entry.kind == EntryKind.SALE:
            return self._call("GET", "/Invoices", ("InvoiceNumbers", entry.number), *_pages())
        if entry.kind == EntryKind.CREDIT:
            return self._call("GET", "/CreditNotes", ("where", rows.is_("CreditNoteNumber", entry.number)), *_pages())
        day = f"Date == {rows.date_time(entry.day)}"
        return self._call("GET", "/ManualJournals", ("where", day), *_pages(PAGE_SIZE_OF_A_DAY))

    def found(self, step: str, entry: Entry, answer: Answer) -> Sequence[Remote]:
        """What bears our number or mark."""
        found = rows.rows_of(answer.body)
        if step == "attach" and entry.kind == EntryKind.SALE:
            return [Remote(id=row["AttachmentID"]) for row in found if row.get("FileName") == entry.pdf_name]
        if step == "attach":  # Xero lists no files of credit notes; only we put one there
            return [Remote(id=entry.pdf_name) for row in found if row.get("HasAttachments")]
        if step.startswith("pay:"):
            payments = [replace(rows.payment_of(paid), currency=row["CurrencyCode"])
                        for row in found for paid in row.get("Payments") or []]  # fmt: skip
            return [_whole(entry, paid) for paid in payments if paid.number == entry.voucher_label]
        if step.startswith("use:"):
            return [_whole(entry, used) for used in _same_use(entry, _used_on(entry, step), found)]
        remotes = [_read(entry, row) for row in found if row.get("Status") != "DELETED"]
        number = entry.number if entry.is_document else entry.voucher_label
        return [remote for remote in remotes if remote.number == number]

    def read(self, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """What was made, by its id; of several payments the first, of a used credit note the note."""
        if entry.kind == EntryKind.PAYMENT:
            return self._call("GET", f"/Payments/{done['pay:0'].id}")
        if entry.kind == EntryKind.SETTLEMENT:
            return self._call("GET", f"/CreditNotes/{_credit_note_id(entry)}")
        path = _document_path(entry) if entry.is_document else "/ManualJournals"
        return self._call("GET", f"{path}/{done['create'].id}")

    def read_back(self, entry: Entry, answer: Answer) -> Remote:
        """What Xero keeps of it."""
        row = rows.rows_of(answer.body)[0]
        if entry.kind == EntryKind.PAYMENT:
            paid = rows.payment_of(row)
            return _whole(entry, paid)
        if entry.kind == EntryKind.SETTLEMENT:
            used = _same_use(entry, bodies.claims_of(entry)[0], [row])
            if not used:  # it is not there: nothing of what was asked for can be told
                return Remote(id="", total=rows.amount_of(0), is_booked=False)
            return _whole(entry, used[0])
        return _read(entry, row)

    # Customers.

    def find_customer(self, party: Party) -> Sequence[Call]:
        """By company number, then by our number, which only applications can set, then by the address."""
        wanted = (
            ("CompanyNumber", party.organization_number),
            ("ContactNumber", party.number),
            ("EmailAddress", party.email),
        )
        return [
            self._call("GET", "/Contacts", ("where", rows.is_(name, value)), *_pages())
            for name, value in wanted
            if value
        ]

    def found_customers(self, answer: Answer) -> Sequence[RemoteCustomer]:
        """Contacts; Xero calls one a customer only once it has an invoice."""
        return [rows.customer_of(row) for row in rows.rows_of(answer.body)]

    def create_customer(self, party: Party) -> Call:
        """A contact with our number."""
        call = self._call("PUT", "/Contacts")
        return replace(call, body={"Contacts": [bodies.contact(party)]})

    def created_customer(self, party: Party, answer: Answer) -> RemoteCustomer:
        """What was made."""
        return rows.customer_of(rows.rows_of(answer.body)[0])

    def update_customer(self, party: Party, remote: RemoteCustomer) -> Call:
        """What we know of the contact; the rest stays."""
        call = self._call("POST", f"/Contacts/{remote.id}")
        return replace(call, body={"Contacts": [{"ContactID": remote.id} | bodies.contact(party)]})

    def list_customers(self, changed_since: datetime | None) -> Call:
        """Contacts, those put away too."""
        return self._since(self._call("GET", "/Contacts", ("includeArchived", "true"), *_pages()), changed_since)

    # Lists.

    def fetch(self, kind: ListKind) -> Call:
        """One of Xero's lists; the organizations stand beside the accounting API."""
        if kind == ListKind.COMPANIES:
            return Call(method="GET", path="https://api.xero.com/connections")
        if kind == ListKind.VAT_CODES:
            return self._call("GET", "/TaxRates")
        if kind in (ListKind.PROJECTS, ListKind.DEPARTMENTS):
            return self._call("GET", "/TrackingCategories")
        return self._call("GET", "/Accounts", ("where", rows.is_("Status", "ACTIVE")))

    def listed(self, kind: ListKind, answer: Answer) -> Sequence[Choice]:
        """Rows of a list."""
        if kind == ListKind.COMPANIES:
            listed = answer.body if isinstance(answer.body, list) else []
            return [Choice(row["tenantId"], "", row["tenantName"]) for row in listed]
        found = rows.rows_of(answer.body)
        if kind == ListKind.VAT_CODES:
            own = [row for row in found if row.get("Status") == "ACTIVE" and row.get("CanApplyToRevenue", True)]
            return [rows.tax_rate_of(row) for row in own]
        if kind in (ListKind.PROJECTS, ListKind.DEPARTMENTS):
            return rows.tracking_of(found)
        choices = [rows.account_of(row) for row in found]
        if kind == ListKind.PAYMENT_ACCOUNTS:
            return [choice for choice in choices if choice.facts["payments"] == "yes"]
        return choices

    def next_page(self, call: Call, answer: Answer) -> Call | None:
        """The page after this one."""
        page = next((int(value) for name, value in call.query if name == "page"), 0)
        told = answer.body.get("pagination") if isinstance(answer.body, Mapping) else None
        if not page or not isinstance(told, Mapping) or page >= int(told.get("pageCount") or 0):
            return None
        return call.with_query(page=str(page + 1))

    def fetch_closed_through(self) -> Call:
        """The lock dates stand with the organization."""
        return self._call("GET", "/Organisation")

    def closed_through(self, answer: Answer) -> date | None:
        """The later of the two lock dates: advisers may pass one of them, we are none."""
        row = rows.rows_of(answer.body)[0]
        days = [rows.day_of(row.get(name)) for name in ("PeriodLockDate", "EndOfYearLockDate")]
        return max((day for day in days if day is not None), default=None)

    # Back.

    def list_pushed(self, first: date, last: date) -> Sequence[Call]:
        """Invoices, credit notes and manual journals of the days."""
        days = f"Date >= {rows.date_time(first)} AND Date <= {rows.date_time(last)}"
        return [
            self._call("GET", "/Invoices", ("where", f"{rows.is_('Type', 'ACCREC')} AND {days}"), *_pages()),
            self._call("GET", "/CreditNotes", ("where", f"{rows.is_('Type', 'ACCRECCREDIT')} AND {days}"), *_pages()),
            self._call("GET", "/ManualJournals", ("where", days), *_pages()),
        ]

    def pushed(self, call: Call, answer: Answer) -> Sequence[Remote]:
        """What is booked there under a number or a mark."""
        if call.path == "/ManualJournals":
            remotes = [rows.journal_of(row) for row in rows.rows_of(answer.body)]
        else:
            kind = "invoice" if call.path == "/Invoices" else "credit"
            remotes = [rows.document_of(row, kind) for row in rows.rows_of(answer.body)]
        return [remote for remote in remotes if remote.is_booked]

    def list_payments(self, since: date) -> Call:
        """Payments that were entered or changed since the day."""
        moment = datetime(since.year, since.month, since.day, tzinfo=UTC)
        return self._since(self._call("GET", "/Payments", *_pages()), moment)

    def paid(self, answer: Answer) -> Sequence[RemotePayment]:
        """What customers have paid."""
        return rows.paid_of(rows.rows_of(answer.body))

    def _call(self, method: str, path: str, *query: tuple[str, str]) -> Call:
        return Call(method=method, path=path, query=query, headers={"xero-tenant-id": chosen(self, "tenant")})

    @staticmethod
    def _since(call: Call, moment: datetime | None) -> Call:
        if moment is None:
            return call
        told = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return replace(call, headers={**call.headers, "If-Modified-Since": told})


def _key(entry: Entry, step: str) -> dict[str, str]:
    return {"Idempotency-Key": f"{entry.key}-{step}"}


def _pages(size: int = PAGE_SIZE) -> tuple[tuple[str, str], ...]:
    return (("page", "1"), ("pageSize", str(size)))


def _read(entry: Entry, row: Mapping[str, Any]) -> Remote:
    if entry.is_document:
        return rows.document_of(row, "invoice" if entry.kind == EntryKind.SALE else "credit")
    return in_entry_currency(entry, rows.journal_of(row))


def _whole(entry: Entry, remote: Remote) -> Remote:
    """One of several payments or uses says nothing of the whole."""
    return remote if len(bodies.claims_of(entry)) == 1 else replace(remote, total=None)


def _document_path(entry: Entry) -> str:
    return "/Invoices" if entry.kind == EntryKind.SALE else "/CreditNotes"


def _path_of(settled: Settled) -> str:
    assert settled.remote is not None
    path = "/CreditNotes" if settled.remote.facts.get("kind") == "credit" else "/Invoices"
    return f"{path}/{settled.remote.id}"


def _settled(entry: Entry, step: str) -> Settled:
    return entry.settles[int(step.partition(":")[2])]


def _used_on(entry: Entry, step: str) -> Settled:
    return bodies.claims_of(entry)[int(step.partition(":")[2])]


def _credit_note_id(entry: Entry) -> str:
    remote = next(each.remote for each in entry.settles if each.is_credit)
    assert remote is not None
    return remote.id


def _same_use(entry: Entry, claim: Settled, found: Sequence[Mapping[str, Any]]) -> list[Remote]:
    """The uses of the credit note on the claim by our amount and on our day, with the currency of the note."""
    assert claim.remote is not None
    uses = [
        replace(rows.allocation_of(each, row["CreditNoteID"]), currency=row["CurrencyCode"], number=entry.number)
        for row in found
        for each in row.get("Allocations") or []
    ]
    return [
        use
        for use in uses
        if use.facts["invoice"] == claim.remote.id and use.total == claim.amount and use.day == entry.day
    ]
