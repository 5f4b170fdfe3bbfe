"""Fiken (Norway), API v2: documents as sales invoiced elsewhere, payments on them, the rest as journal entries.

Amounts are whole øre. One request at a time: Fiken shuts out who asks for two at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import Entry, EntryItem, EntryKind, LinePart, Party, Remote
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
    RemotePayment,
    Upload,
    chosen,
)
from accounting_sync.providers.entering import OAuthCode
from accounting_sync.providers.fiken_rows import customer_of, journal_of, payments_of, sale_of
from accounting_sync.providers.reading import from_minor, mark_of, to_minor

PAGE_SIZE = 100
TEXT_MAX = 200
JOURNAL_TEXT_MAX = 150  # Fiken puts words of its own before it
# The codes that a sale can bear; Fiken publishes no list of them.
VAT_CODES: tuple[tuple[str, str, str], ...] = (
    ("HIGH", "Utgående mva, høy sats", "25"),
    ("MEDIUM", "Utgående mva, middels sats", "15"),
    ("RAW_FISH", "Utgående mva, råfisk", "11.11"),
    ("LOW", "Utgående mva, lav sats", "12"),
    ("EXEMPT", "Innenlands omsetning fritatt for mva", "0"),
    ("EXEMPT_IMPORT_EXPORT", "Utførsel av varer og tjenester", "0"),
    ("EXEMPT_REVERSE", "Omvendt avgiftsplikt innenlands", "0"),
    ("OUTSIDE", "Omsetning utenfor mva-loven", "0"),
    ("NONE", "Ingen mva-behandling", "0"),
)
LISTED = {
    ListKind.COMPANIES: "/companies",
    ListKind.ACCOUNTS: "/accounts",
    ListKind.PAYMENT_ACCOUNTS: "/bankAccounts",
    ListKind.PROJECTS: "/projects",
}


class Fiken(Adapter):
    """One company in Fiken."""

    slug = "fiken"
    label = "Fiken"
    countries = frozenset({"NO"})
    unverified = (
        _("How Fiken books a negative sale for a credit note has not been seen on a live company."),
        _("Whether an open item of Fiken needs a customer has not been seen on a live company."),
    )
    entering = OAuthCode(
        authorize_address="https://fiken.no/oauth/authorize",
        exchange_address="https://fiken.no/oauth/token",
        revoke_address="https://fiken.no/oauth/revoke",
        scopes=(),
        client="fiken",
    )
    limits = (Rate(4, 1.0),)
    modes = (Mode.JOURNAL,)
    takes = {Mode.JOURNAL: frozenset(EntryKind)}
    lists = (ListKind.COMPANIES, ListKind.ACCOUNTS, ListKind.VAT_CODES, ListKind.PAYMENT_ACCOUNTS, ListKind.PROJECTS)
    options = (Option("company", _("Company"), ListKind.COMPANIES),)
    attaches = True
    updates_customers = True
    tells_payments = True
    tells_customers = True
    dimensions = {"project": ListKind.PROJECTS}

    def base(self) -> str:
        """The API; a company's own part of it is named in each path."""
        return "https://api.fiken.no/api/v2"

    def problem(self, call: Call, answer: Answer) -> Problem | None:
        """Fiken says in words that a year is locked or a number is taken."""
        problem = super().problem(call, answer)
        if problem is not None and problem.kind == ProblemKind.INVALID:
            text = problem.text.lower()
            if "locked" in text or "låst" in text:
                return Problem(ProblemKind.PERIOD_CLOSED, problem.text, problem.code)
            if "already exists" in text or "finnes allerede" in text:
                return Problem(ProblemKind.DUPLICATE, problem.text, problem.code)
        return problem

    def objection_text(self, answer: Answer) -> str:
        """The sentence of Fiken's error."""
        if isinstance(answer.body, Mapping):
            return str(answer.body.get("error_description") or answer.body.get("error") or "")
        return super().objection_text(answer)

    # Pushing.

    def refuse(self, entry: Entry) -> None:
        """A free journal entry cannot carry VAT that is not computed by Fiken."""
        if entry.kind == EntryKind.JOURNAL and any(line.part == LinePart.VAT for line in entry.lines):
            raise CannotBeTaken(_("Fiken takes no free voucher with VAT lines. Book it by hand in Fiken."))
        if entry.kind == EntryKind.PAYMENT and any(each.amount <= 0 for each in entry.settles):
            raise CannotBeTaken(_("Fiken takes no payment of zero. Book it by hand in Fiken."))

    def steps(self, entry: Entry) -> Sequence[str]:
        """A sale and its file; one payment for each sale that it pays; else one journal entry."""
        if entry.is_document:
            return ("create", "attach") if entry.pdf_name else ("create",)
        if _pays_sales(entry):
            return tuple(f"pay:{position}" for position in range(len(entry.settles)))
        return ("create",)

    def build(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The call of a step."""
        if step == "attach":
            file = Upload(entry.pdf_name, b"", "application/pdf")
            return Call(
                method="POST",
                path=self._own(f"/sales/{done['create'].id}/attachments"),
                query=[("attachToSale", "true")],
                form={"filename": entry.pdf_name},
                upload=file,
            )
        if step.startswith("pay:"):
            return self._payment(entry, int(step.partition(":")[2]))
        headers = {"X-Request-ID": entry.key}
        if entry.is_document:
            return Call(method="POST", path=self._own("/sales"), body=self._sale(entry), headers=headers)
        return Call(method="POST", path=self._own("/generalJournalEntries"), body=self._journal(entry), headers=headers)

    def parse(self, step: str, entry: Entry, answer: Answer) -> Remote:
        """Fiken answers with the place of what it made and nothing else."""
        return Remote(id=answer.headers.get("location", "").rstrip("/").rpartition("/")[2])

    def find(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call | None:
        """By our number; journal entries by their day and our mark in their text."""
        if step == "attach":
            return Call(method="GET", path=self._own(f"/sales/{done['create'].id}/attachments"))
        if step.startswith("pay:"):
            return Call(method="GET", path=self._own(f"/sales/{_paid_sale(entry, step)}/payments"))
        if entry.is_document:
            return Call(method="GET", path=self._own("/sales"), query=[("saleNumber", entry.number)])
        return self._page("/journalEntries", ("date", entry.day.isoformat()))

    def found(self, step: str, entry: Entry, answer: Answer) -> Sequence[Remote]:
        """What bears our number or mark."""
        rows = answer.body or []
        if step == "attach":
            return [Remote(id=str(row.get("identifier"))) for row in rows if row.get("type") != "payment"]
        if step.startswith("pay:"):
            wanted = self._payment(entry, int(step.partition(":")[2])).body
            same = ("date", "account", "amount")
            return [
                Remote(id=str(row["paymentId"])) for row in rows if all(row.get(name) == wanted[name] for name in same)
            ]
        if entry.is_document:
            return [sale_of(row) for row in rows if row.get("saleNumber") == entry.number and not row.get("deleted")]
        return [journal_of(row) for row in rows if mark_of(entry) in row.get("description", "")]

    def read(self, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The sale or the journal entry; of a payment the first sale that it pays."""
        if entry.is_document:
            return Call(method="GET", path=self._own(f"/sales/{done['create'].id}"))
        if "create" in done:
            return Call(method="GET", path=self._own(f"/journalEntries/{done['create'].id}"))
        sale = _paid_sale(entry, "pay:0")
        return Call(method="GET", path=self._own(f"/sales/{sale}/payments/{done['pay:0'].id}"))

    def read_back(self, entry: Entry, answer: Answer) -> Remote:
        """What Fiken keeps of it."""
        row = answer.body
        if entry.is_document:
            return sale_of(row)
        if "paymentId" in row:
            return Remote(
                id=str(row["paymentId"]),
                day=date.fromisoformat(row["date"]),
                currency=row.get("currency") or "NOK",
                # One of several payments says nothing of the whole.
                total=from_minor(row["amount"]) if len(entry.settles) == 1 else None,
            )
        return journal_of(row)

    def _sale(self, entry: Entry) -> dict[str, Any]:
        sign = 1 if entry.kind == EntryKind.SALE else -1
        assert entry.party is not None
        body: dict[str, Any] = {
            "saleNumber": entry.number,
            "date": entry.day.isoformat(),  # the one date that Fiken has is that of the books
            "kind": "external_invoice",
            "paid": False,
            "customerId": int(entry.party.remote_id),
            "currency": entry.currency,
            "lines": [self._sale_line(entry, item, sign) for item in entry.items],
        }
        if entry.due_date is not None:
            body["dueDate"] = entry.due_date.isoformat()
        if entry.kid:
            body["kid"] = entry.kid
        project = next((item.dimensions["project"] for item in entry.items if "project" in item.dimensions), None)
        if project is not None:
            body["projectId"] = int(project.id)
        return body

    def _sale_line(self, entry: Entry, item: EntryItem, sign: int) -> dict[str, Any]:
        line: dict[str, Any] = {
            "description": item.text[:TEXT_MAX] or entry.text[:TEXT_MAX],
            "vatType": item.vat.code if item.vat else "NONE",
            "account": item.account.code,
            "netPrice": to_minor(sign * item.base_net),
            "vat": to_minor(sign * item.base_vat_amount),
        }
        if entry.is_foreign:
            line["netPriceInCurrency"] = to_minor(sign * item.net)
            line["vatInCurrency"] = to_minor(sign * item.vat_amount)
        return line

    def _payment(self, entry: Entry, position: int) -> Call:
        settled = entry.settles[position]
        assert entry.money is not None
        assert settled.remote is not None
        body: dict[str, Any] = {
            "date": entry.day.isoformat(),
            "account": entry.money.account.code,
            "amount": to_minor(settled.amount),
        }
        if entry.is_foreign:
            body |= {"currency": entry.currency, "amountInNok": to_minor(settled.base_amount)}
        path = self._own(f"/sales/{settled.remote.id}/payments")
        return Call(method="POST", path=path, body=body, headers={"X-Request-ID": entry.key})

    def _journal(self, entry: Entry) -> dict[str, Any]:
        lines = []
        for line in entry.lines:
            side = "debit" if line.amount > 0 else "credit"
            code = line.account.code
            if line.part == LinePart.RECEIVABLE and line.party is not None:
                code = line.party.facts.get("account", code)
            lines.append({"amount": to_minor(abs(line.amount)), f"{side}Account": code})
        text = f"{mark_of(entry)} {entry.text}"[:JOURNAL_TEXT_MAX]
        one = {"description": text, "date": entry.day.isoformat(), "lines": lines}
        return {"description": text, "open": False, "journalEntries": [one]}

    # Customers.

    def find_customer(self, party: Party) -> Sequence[Call]:
        """By organization number, then by our number in the notes of their own."""
        calls = []
        if party.organization_number:
            calls.append(self._page("/contacts", ("organizationNumber", party.organization_number)))
        calls.append(self._page("/contacts", ("memberNumberString", party.number)))
        return calls

    def found_customers(self, answer: Answer) -> Sequence[RemoteCustomer]:
        """Contacts that are customers."""
        return [customer_of(row) for row in answer.body or [] if row.get("customer", True)]

    def create_customer(self, party: Party) -> Call:
        """A contact with our number as its member number: Fiken gives customer numbers itself."""
        return Call(method="POST", path=self._own("/contacts"), body=self._contact(party))

    def created_customer(self, party: Party, answer: Answer) -> RemoteCustomer:
        """Fiken tells only the place; the rest is asked for when it is needed."""
        return RemoteCustomer(id=answer.headers.get("location", "").rstrip("/").rpartition("/")[2], name=party.name)

    def update_customer(self, party: Party, remote: RemoteCustomer) -> Call:
        """The whole contact, as Fiken replaces it."""
        return Call(method="PUT", path=self._own(f"/contacts/{remote.id}"), body=self._contact(party))

    def list_customers(self, changed_since: datetime | None) -> Call:
        """Contacts, all or changed since a day."""
        since = [("lastModifiedGe", changed_since.date().isoformat())] if changed_since else []
        return self._page("/contacts", ("customer", "true"), *since)

    def _contact(self, party: Party) -> dict[str, Any]:
        body: dict[str, Any] = {
            "name": party.name,
            "customer": True,
            "memberNumberString": party.number,
            "currency": party.currency,
            "address": {
                "streetAddress": party.street,
                "postCode": party.postal_code,
                "city": party.city,
                "country": party.country,
            },
        }
        optional = {"email": party.email, "organizationNumber": party.organization_number, "phoneNumber": party.phone}
        return body | {name: value for name, value in optional.items() if value}

    # Lists.

    def fetch(self, kind: ListKind) -> Call:
        """One of Fiken's lists; the VAT codes stand with the company."""
        if kind == ListKind.COMPANIES:
            return Call(method="GET", path="/companies", query=[("page", "0"), ("pageSize", str(PAGE_SIZE))])
        if kind == ListKind.VAT_CODES:
            return Call(method="GET", path=self._own(""))
        return self._page(LISTED[kind])

    def listed(self, kind: ListKind, answer: Answer) -> Sequence[Choice]:
        """Rows of a list."""
        if kind == ListKind.VAT_CODES:
            return [Choice(code, code, label, {"rate": rate}) for code, label, rate in VAT_CODES]
        rows = answer.body or []
        if kind == ListKind.COMPANIES:
            return [Choice(row["slug"], row.get("organizationNumber", ""), row["name"]) for row in rows]
        if kind == ListKind.PAYMENT_ACCOUNTS:
            return [Choice(row["accountCode"], row["accountCode"], row["name"]) for row in rows]
        if kind == ListKind.PROJECTS:
            return [Choice(str(row["projectId"]), row.get("number", ""), row["name"]) for row in rows]
        return [Choice(row["code"], row["code"], row["name"]) for row in rows]

    def next_page(self, call: Call, answer: Answer) -> Call | None:
        """The page after this one, as the headers count them."""
        page, pages = answer.headers.get("fiken-api-page", "0"), answer.headers.get("fiken-api-page-count", "1")
        return call.with_query(page=str(int(page) + 1)) if int(page) + 1 < int(pages) else None

    # Back.

    def list_pushed(self, first: date, last: date) -> Sequence[Call]:
        """Sales and journal entries of the days."""
        days = (("dateGe", first.isoformat()), ("dateLe", last.isoformat()))
        return [self._page("/sales", *days), self._page("/journalEntries", *days)]

    def pushed(self, call: Call, answer: Answer) -> Sequence[Remote]:
        """What stands there under a number or a mark."""
        rows = answer.body or []
        if "/sales" in call.path:
            return [sale_of(row) for row in rows if not row.get("deleted")]
        return [journal_of(row) for row in rows]

    def list_payments(self, since: date) -> Call:
        """Sales that changed since the day bear their payments with them."""
        return self._page("/sales", ("lastModifiedGe", since.isoformat()))

    def paid(self, answer: Answer) -> Sequence[RemotePayment]:
        """The payments on the sales of a page."""
        return payments_of(answer.body or [])

    def _own(self, path: str) -> str:
        return f"/companies/{chosen(self, 'company')}{path}"

    def _page(self, path: str, *query: tuple[str, str]) -> Call:
        return Call(method="GET", path=self._own(path), query=[*query, ("page", "0"), ("pageSize", str(PAGE_SIZE))])


def _pays_sales(entry: Entry) -> bool:
    """Whether it is a payment of sales that all stand in Fiken, in their own currency."""
    return (
        entry.kind == EntryKind.PAYMENT
        and not entry.is_payout
        and all(each.remote is not None and each.remote.facts.get("kind") == "sale" for each in entry.settles)
    )


def _paid_sale(entry: Entry, step: str) -> str:
    remote = entry.settles[int(step.partition(":")[2])].remote
    assert remote is not None
    return remote.id
