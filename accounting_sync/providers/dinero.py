"""Dinero (Denmark): our documents as its own invoices and credit notes under our numbers, payments on them.

Dinero computes the VAT of a document by the accounts of its lines. So every document is computed there first, without
being kept, and refused where an øre differs. Everything else, or everything at all where one wants that, goes as manual
vouchers; those know no customers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import Entry, EntryKind, Party, Remote
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
    Upload,
    chosen,
)
from accounting_sync.providers.dinero_bodies import (
    contact_body,
    document_body,
    invoice_paid,
    payment_body,
    reference_of,
    voucher_body,
)
from accounting_sync.providers.dinero_refusals import number_of, refuse_difference, refuse_unfit
from accounting_sync.providers.dinero_rows import customer_of, document_of, entries_of, voucher_of
from accounting_sync.providers.entering import OAuthCode

PAGE_SIZE = 1000
BOOKED = "Booked,Paid,OverPaid,Overdue"
CONTACT_FIELDS = "ContactGuid,ExternalReference,Name,VatNumber,Email,Street,ZipCode,City,CountryKey,UpdatedAt,DeletedAt"
DOCUMENT_FIELDS = "Guid,Number,ExternalReference,Date,Status,TotalInclVat"
ACCESS_CODE, STALE_CODE = 48, 58
CLOSED_WORDS = ("locked", "closed", "låst", "lukket")
TAKEN_WORDS = ("taken", "already", "in use", "allerede")


class Dinero(Adapter):
    """One company in Dinero."""

    slug = "dinero"
    label = "Dinero"
    countries = frozenset({"DK"})
    unverified = (
        _("How Dinero rounds the VAT of a document has not been seen live; one that differs is refused beforehand."),
        _("Whether Dinero books any free number, also outside of its own series, has not been seen live."),
        _("The list of booked lines and the answer to a manual voucher have not been seen live."),
        _("Whether manual vouchers may stand on the accounts of customers and of VAT has not been seen live."),
        _("The draft of a manual voucher whose answer is lost may stay in Dinero, never booked."),
    )
    entering = OAuthCode(
        authorize_address="https://connect.visma.com/connect/authorize",
        exchange_address="https://connect.visma.com/connect/token",
        scopes=("dineropublicapi:read", "dineropublicapi:write", "offline_access"),
        client="dinero",
    )
    limits = (Rate(60, 60.0),)
    modes = (Mode.DOCUMENT, Mode.JOURNAL)
    takes = {
        Mode.DOCUMENT: frozenset({EntryKind.SALE, EntryKind.CREDIT, EntryKind.PAYMENT, EntryKind.JOURNAL}),
        Mode.JOURNAL: frozenset(EntryKind),
    }
    lists = (ListKind.COMPANIES, ListKind.ACCOUNTS, ListKind.VAT_CODES, ListKind.PAYMENT_ACCOUNTS)
    options = (Option("organization", _("Company"), ListKind.COMPANIES),)
    attaches = True
    tells_customers = True

    def __init__(self, options: Mapping[str, str], mode: Mode) -> None:
        super().__init__(options, mode)
        self.has_customers = mode == Mode.DOCUMENT  # type: ignore[misc]  # manual vouchers know no customers

    def base(self) -> str:
        """The API; versions and the company stand in each path."""
        return "https://api.dinero.dk"

    def problem(self, call: Call, answer: Answer) -> Problem | None:
        """Codes where they are known, else the words for what is closed or taken."""
        problem = super().problem(call, answer)
        if problem is None or not isinstance(answer.body, Mapping):
            return problem
        code, text = answer.body.get("Code"), problem.text.lower()
        kind = problem.kind
        if code == ACCESS_CODE:
            kind = ProblemKind.ACCESS_ENDED
        elif code == STALE_CODE:
            kind = ProblemKind.CONFLICT
        elif kind in (ProblemKind.INVALID, ProblemKind.CONFLICT):
            if any(word in text for word in CLOSED_WORDS):
                kind = ProblemKind.PERIOD_CLOSED
            elif ("num" in text or "guid" in text) and any(word in text for word in TAKEN_WORDS):
                kind = ProblemKind.DUPLICATE
        return Problem(kind, problem.text, str(code or problem.code), problem.retry_after)

    def objection_text(self, answer: Answer) -> str:
        """The message, with what is wrong with each field."""
        if isinstance(answer.body, Mapping):
            told = answer.body.get("ValidationErrors")
            inner = [f"{name}: {text}" for name, text in told.items()] if isinstance(told, Mapping) else []
            return " ".join([str(answer.body.get("Message") or ""), *inner]).strip()
        return super().objection_text(answer)

    # Pushing.

    def refuse(self, entry: Entry) -> None:
        """What Dinero has no place for, what it would convert by itself, and VAT that its accounts do not give."""
        refuse_unfit(entry, self.mode)

    def steps(self, entry: Entry) -> Sequence[str]:
        """Documents are computed, drafted, read, booked; payments need the version of their invoice each time."""
        if self._as_document(entry):
            made = ("preview", "create", "look", "book")
            return (*made, "attach", "bind") if entry.pdf_name else made
        if self._as_payment(entry):
            return [step for at in range(len(entry.settles)) for step in (f"look:{at}", f"pay:{at}")]
        return ("create", "book", "attach", "bind") if entry.pdf_name else ("create", "book")

    def build(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The call of a step."""
        if step == "attach":
            upload = Upload(entry.pdf_name, b"", "application/pdf")
            return Call(method="POST", path=self._own("/files"), upload=upload)
        if step == "bind":
            return self._binding(entry, done)
        if not self._as_document(entry):
            return self._build_other(step, entry, done)
        place = self._documents(entry)
        if step == "preview":
            return Call(method="POST", path=f"{place}/fetch", body=document_body(entry), only_reads=True)
        if step == "create":
            return Call(method="POST", path=place, body=document_body(entry))
        if step == "book":
            body = {"Timestamp": done["look"].version, "Number": number_of(entry)}
            return Call(method="POST", path=f"{place}/{entry.key}/book", body=body)
        return Call(method="GET", path=f"{place}/{entry.key}")

    def _binding(self, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The file on its document; where there is none, nothing but a look."""
        if "attach" not in done or not done["attach"].id:
            return self.read(entry, done)
        path = f"/attachments/{done['create'].id}/{quote(done['attach'].id)}/{quote(entry.pdf_name)}"
        return Call(method="POST", path=self._own(path))

    def _build_other(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """A payment of one invoice, or a manual voucher."""
        if step.startswith("look:"):
            return Call(method="GET", path=self._own(f"/invoices/{invoice_paid(entry, step)}"))
        if step.startswith("pay:"):
            version = done[f"look:{step.partition(':')[2]}"].version
            path = self._own(f"/invoices/{invoice_paid(entry, step)}/payments")
            return Call(method="POST", path=path, body=payment_body(entry, step, version))
        path = self._own("/vouchers/manuel")
        if step == "create":
            return Call(method="POST", path=path, body=voucher_body(entry))
        body = {"Timestamp": done["create"].version}
        return Call(method="POST", path=f"{path}/{done['create'].id}/book", body=body)

    def parse(self, step: str, entry: Entry, answer: Answer) -> Remote:
        """What a step made; a document that Dinero computes otherwise goes no further."""
        row = answer.body if isinstance(answer.body, Mapping) else {}
        if step == "preview":
            refuse_difference(entry, document_of({**row, "Guid": entry.key}, _kind(entry)))
            return Remote(id=entry.key)
        if step == "look":
            return document_of(row, _kind(entry))
        if step.startswith("look:"):
            return Remote(id="", version=row.get("TimeStamp") or "")
        if step == "attach":
            return Remote(id=str(row["FileGuid"]))
        if step == "create" and not self._as_document(entry):
            return Remote(id=row["VoucherGuid"], version=row.get("Timestamp") or "", is_booked=False)
        return Remote(id=str(row.get("Guid") or entry.key))

    def find(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call | None:
        """Documents by our reference, payments on their invoice, vouchers among the booked lines of their day."""
        if step in ("preview", "look") or step.startswith("look:"):
            return self.build(step, entry, done)
        if step in ("attach", "bind"):
            return self.read(entry, done)
        if self._as_document(entry):
            return self._page(self._documents(entry), ("queryFilter", _equals("ExternalReference", entry.number)))
        if step.startswith("pay:"):
            return Call(method="GET", path=f"/v2/{self._company}/invoices/{invoice_paid(entry, step)}/payments")
        return self._entries(entry.day, entry.day)

    def found(self, step: str, entry: Entry, answer: Answer) -> Sequence[Remote]:
        """What is ours of it: documents by the id that we gave them; files are sent again, which does no harm."""
        if step in ("attach", "bind"):
            return []
        if step == "preview":
            return [document_of({**answer.body, "Guid": entry.key, "Status": "Booked"}, _kind(entry))]
        if step == "look" or step.startswith("look:"):
            return [self.parse(step, entry, answer)]
        if self._as_document(entry):
            rows = [document_of(row, _kind(entry)) for row in (answer.body or {}).get("Collection") or []]
            return [row for row in rows if row.id == entry.key and (step == "create" or row.is_booked)]
        if step.startswith("pay:"):
            wanted = reference_of(entry, step)
            payments = (answer.body or {}).get("Payments") or []
            return [Remote(id=row["Guid"]) for row in payments if row.get("ExternalReference") == wanted]
        return [remote for remote in entries_of(answer.body or []) if remote.number == entry.number]

    def read(self, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The document or voucher; of a payment what was paid on its first invoice."""
        if self._as_document(entry):
            return Call(method="GET", path=f"{self._documents(entry)}/{entry.key}")
        if self._as_payment(entry):
            return Call(method="GET", path=f"/v2/{self._company}/invoices/{invoice_paid(entry, 'pay:0')}/payments")
        return Call(method="GET", path=self._own(f"/vouchers/manuel/{done['create'].id}"))

    def read_back(self, entry: Entry, answer: Answer) -> Remote:
        """What Dinero keeps of it."""
        if self._as_document(entry):
            return document_of(answer.body, _kind(entry))
        if not self._as_payment(entry):
            return voucher_of(answer.body, is_claim=entry.is_document)
        for row in answer.body.get("Payments") or []:
            if row.get("ExternalReference") == reference_of(entry, "pay:0"):
                whole = row["Amount"] if len(entry.settles) == 1 else None
                paid = row.get("PaymentDate")
                return Remote(
                    id=row["Guid"],
                    day=date.fromisoformat(paid[:10]) if paid else None,
                    currency=row.get("Currency") or "",
                    total=whole,
                    facts={"kind": "payment"},
                )
        return Remote(id="", is_booked=False)

    def _as_document(self, entry: Entry) -> bool:
        return self.mode == Mode.DOCUMENT and entry.is_document

    def _as_payment(self, entry: Entry) -> bool:
        return self.mode == Mode.DOCUMENT and entry.kind == EntryKind.PAYMENT

    # Customers.

    def find_customer(self, party: Party) -> Sequence[Call]:
        """By CVR number, then by our number as their external reference, then by the address."""
        wanted = [("ExternalReference", party.number)]
        if party.organization_number:
            wanted.insert(0, ("VatNumber", party.organization_number))
        if party.email:
            wanted.append(("Email", party.email))
        return [self._contacts(("queryFilter", _equals(name, value))) for name, value in wanted]

    def found_customers(self, answer: Answer) -> Sequence[RemoteCustomer]:
        """The contacts of a page."""
        return [customer_of(row) for row in (answer.body or {}).get("Collection") or []]

    def create_customer(self, party: Party) -> Call:
        """A contact with our number as its external reference."""
        return Call(method="POST", path=self._own("/contacts"), body=contact_body(party))

    def created_customer(self, party: Party, answer: Answer) -> RemoteCustomer:
        """Only its id comes back."""
        return RemoteCustomer(id=answer.body["ContactGuid"], number=party.number, name=party.name)

    def list_customers(self, changed_since: datetime | None) -> Call:
        """Contacts, all or changed since."""
        since = [("changesSince", changed_since.strftime("%Y-%m-%dT%H:%M:%SZ"))] if changed_since else []
        return self._contacts(*since)

    # Lists.

    def fetch(self, kind: ListKind) -> Call:
        """One of its lists."""
        if kind == ListKind.COMPANIES:
            return Call(method="GET", path="/v1/organizations", query=[("fields", "Id,Name")])
        paths = {
            ListKind.ACCOUNTS: "/accounts/entry",
            ListKind.VAT_CODES: "/vatTypes",
            ListKind.PAYMENT_ACCOUNTS: "/accounts/deposit",
        }
        return Call(method="GET", path=self._own(paths[kind]))

    def listed(self, kind: ListKind, answer: Answer) -> Sequence[Choice]:
        """Rows of a list; the VAT code of an account is what decides on its lines."""
        rows = answer.body or []
        if kind == ListKind.COMPANIES:
            return [Choice(str(row["Id"]), "", row.get("Name") or "") for row in rows]
        if kind == ListKind.VAT_CODES:
            return [
                Choice(row["VatCode"], row["VatCode"], row.get("Name") or "", {"rate": _percent(row)})
                for row in rows
                if row.get("VatCode")
            ]
        shown = [row for row in rows if not row.get("IsHidden")]
        return [
            Choice(
                str(row["AccountNumber"]),
                str(row["AccountNumber"]),
                row.get("Name") or "",
                {"vat": row.get("VatCode") or ""} if kind == ListKind.ACCOUNTS else {"deposit": "yes"},
            )
            for row in shown
        ]

    def next_page(self, call: Call, answer: Answer) -> Call | None:
        """The page after this one, as the answer counts them."""
        told = answer.body.get("Pagination") if isinstance(answer.body, Mapping) else None
        if not told or (told["Page"] + 1) * told["PageSize"] >= told["Result"]:
            return None
        return call.with_query(page=str(told["Page"] + 1))

    # Back.

    def list_pushed(self, first: date, last: date) -> Sequence[Call]:
        """Booked invoices and credit notes of the days, and what is booked, year by year as Dinero wants it."""
        days = (("startDate", first.isoformat()), ("endDate", last.isoformat()), ("statusFilter", BOOKED))
        years = range(first.year, last.year + 1)
        entries = [self._entries(max(first, date(year, 1, 1)), min(last, date(year, 12, 31))) for year in years]
        if self.mode == Mode.JOURNAL:
            return entries
        return [self._page(self._own(path), *days) for path in ("/invoices", "/sales/creditnotes")] + entries

    def pushed(self, call: Call, answer: Answer) -> Sequence[Remote]:
        """Documents by their numbers, other vouchers by our mark."""
        if call.path.endswith("/entries"):
            return entries_of(answer.body or [])
        kind = "credit" if "creditnotes" in call.path else "invoice"
        return [document_of(row, kind) for row in answer.body.get("Collection") or []]

    @property
    def _company(self) -> str:
        return chosen(self, "organization")

    def _own(self, path: str) -> str:
        return f"/v1/{self._company}{path}"

    def _documents(self, entry: Entry) -> str:
        return self._own("/invoices" if entry.kind == EntryKind.SALE else "/sales/creditnotes")

    def _page(self, path: str, *query: tuple[str, str]) -> Call:
        pages = (("fields", DOCUMENT_FIELDS), ("page", "0"), ("pageSize", str(PAGE_SIZE)))
        return Call(method="GET", path=path, query=[*query, *pages])

    def _contacts(self, *query: tuple[str, str]) -> Call:
        pages = (("fields", CONTACT_FIELDS), ("page", "0"), ("pageSize", str(PAGE_SIZE)))
        return Call(method="GET", path=self._own("/contacts"), query=[*query, *pages])

    def _entries(self, first: date, last: date) -> Call:
        days = [("fromDate", first.isoformat()), ("toDate", last.isoformat())]
        return Call(method="GET", path=self._own("/entries"), query=days)


def _kind(entry: Entry) -> str:
    return "invoice" if entry.kind == EntryKind.SALE else "credit"


def _equals(name: str, value: str) -> str:
    """A filter; signs that end a value are left out."""
    plain = value.replace("'", "")
    return f"{name} eq '{plain}'"


def _percent(row: Mapping[str, Any]) -> str:
    rate = Decimal(row.get("VatRate") or 0)
    return str((rate * 100 if rate <= 1 else rate).normalize())
