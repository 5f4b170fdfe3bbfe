"""QuickBooks Online, accounting API 3: documents with our numbers and our VAT, payments, the rest as journal entries.

Lines of documents there name items, not accounts: one item is made for each account that is sold on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import simplejson
from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import Entry, EntryKind, Party, Remote, Settled
from accounting_sync.providers import quickbooks_bodies as bodies
from accounting_sync.providers import quickbooks_rows as rows
from accounting_sync.providers.base import (
    PREPARING,
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
    Upload,
    chosen,
)
from accounting_sync.providers.entering import OAuthCode
from accounting_sync.providers.reading import in_entry_currency

MINOR_VERSION = "75"
PAGE_SIZE = 1000
ITEM = f"{PREPARING}item:"
SELECT = "select * from"  # of QuickBooks' own query language, which only reads
CODES: Mapping[str, ProblemKind] = {
    "120": ProblemKind.ACCESS_ENDED,  # the user behind the connection may not do it any more
    "610": ProblemKind.MISSING,
    "3100": ProblemKind.ACCESS_ENDED,
    "3200": ProblemKind.ACCESS_EXPIRED,
    "5010": ProblemKind.CONFLICT,  # somebody else changed it meanwhile
    "6140": ProblemKind.DUPLICATE,  # the number
    "6210": ProblemKind.PERIOD_CLOSED,
    "6240": ProblemKind.DUPLICATE,  # the name
}
NAMES = {EntryKind.SALE: "Invoice", EntryKind.CREDIT: "CreditMemo"}
QUERIES = {
    ListKind.ACCOUNTS: ("Account", "Item", "Preferences"),
    ListKind.PAYMENT_ACCOUNTS: ("Account", "Item", "Preferences"),  # of both lists: what is in both tells the same
    ListKind.VAT_CODES: ("TaxCode", "TaxRate"),
    ListKind.PROJECTS: ("Class",),
    ListKind.DEPARTMENTS: ("Department",),
}


class QuickBooks(Adapter):
    """One company in QuickBooks Online."""

    slug = "quickbooks"
    label = "QuickBooks Online"
    countries = frozenset[str]()
    unverified = (
        _("Whether QuickBooks repeats a payment whose answer was lost has not been seen on a live company."),
        _("How QuickBooks links a journal entry to an invoice has not been seen on a live company."),
        _("Turn off “Automatically apply credits” in QuickBooks: our vouchers say which credit pays which invoice."),
        _("Companies in the United States, where QuickBooks works out the sales tax itself, cannot be connected."),
    )
    entering = OAuthCode(
        authorize_address="https://appcenter.intuit.com/connect/oauth2",
        exchange_address="https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
        revoke_address="https://developer.api.intuit.com/v2/oauth2/tokens/revoke",
        scopes=("com.intuit.quickbooks.accounting",),
        client="quickbooks",
        uses_pkce=False,
        refresh_days=100,
        returned=("realmId",),
    )
    limits = (Rate(500, 60.0),)
    modes = (Mode.DOCUMENT,)
    takes = {Mode.DOCUMENT: frozenset(EntryKind)}
    lists = tuple(QUERIES)
    options = (
        Option(
            "untaxed",
            _("VAT code of lines without VAT"),
            ListKind.VAT_CODES,
            hint=_("For rounding, fees, interest and advances: QuickBooks asks for a code on every line."),
        ),
    )
    attaches = True
    updates_customers = True
    tells_payments = True
    tells_customers = True
    tells_closed_periods = True
    dimensions = {"project": ListKind.PROJECTS, "department": ListKind.DEPARTMENTS}

    def base(self) -> str:
        """The API of live companies."""
        return "https://quickbooks.api.intuit.com"

    def problem(self, call: Call, answer: Answer) -> Problem | None:
        """QuickBooks names what went wrong by codes, sometimes inside an answer that succeeded."""
        problem = super().problem(call, answer)
        faults = bodies.faults_in(answer.body)
        if not faults or (problem is not None and problem.kind == ProblemKind.RATE_LIMITED):
            return problem
        code = str(faults[0].get("code", "")).lstrip("0")
        kind = CODES.get(code) or (problem.kind if problem is not None else ProblemKind.INVALID)
        return Problem(kind, self.objection_text(answer), code, problem.retry_after if problem else None)

    def objection_text(self, answer: Answer) -> str:
        """The details of its errors, which say more than their messages."""
        faults = bodies.faults_in(answer.body)
        if faults:
            return "; ".join(str(fault.get("Detail") or fault.get("Message") or "") for fault in faults)
        return super().objection_text(answer)

    # Pushing.

    def refuse(self, entry: Entry) -> None:
        """What QuickBooks has no place for, or would book with other amounts."""
        bodies.refuse(entry)

    def steps(self, entry: Entry) -> Sequence[str]:
        """Items that are missing, the document and its file; payments by customer; a journal entry and its use."""
        if entry.is_document:
            items = [f"{ITEM}{position}" for position in range(len(bodies.unknown_items(entry)))]
            return (*items, "create", "attach") if entry.pdf_name else (*items, "create")
        if entry.kind == EntryKind.PAYMENT and bodies.is_deposit(entry):
            return tuple(f"pay:{position}" for position in range(len(bodies.groups_of(entry))))
        if entry.kind == EntryKind.PAYMENT:
            return ("create", "use")
        return ("use",) if entry.kind == EntryKind.SETTLEMENT else ("create",)

    def build(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The call of a step; its key makes the same call twice one."""
        query = (
            ("minorversion", MINOR_VERSION),
            ("requestid", f"{entry.key}-{step.removeprefix(PREPARING).replace(':', '')}"),
        )
        if step == "attach":
            told = {
                "AttachableRef": [{"EntityRef": {"type": NAMES[entry.kind], "value": done["create"].id}}],
                "FileName": entry.pdf_name,
                "ContentType": "application/pdf",
            }
            form = {"file_metadata_01": simplejson.dumps(told, ensure_ascii=False)}
            file = Upload(entry.pdf_name, b"", "application/pdf", "file_content_01")
            return Call(method="POST", path=self._own("/upload"), query=query, form=form, upload=file)
        if step.startswith(ITEM):
            path, body = "/item", bodies.item(_account(entry, step))
        elif step.startswith("pay:"):
            path, body = "/payment", bodies.payment(entry, _group(entry, step))
        elif step == "use":
            path, body = "/payment", bodies.use(entry, done["create"].id if "create" in done else "")
        elif entry.is_document:
            path = f"/{NAMES[entry.kind].lower()}"
            body = bodies.document(entry, _item_ids(entry, done), chosen(self, "untaxed"))
        else:
            path, body = "/journalentry", bodies.journal(entry)
        return Call(method="POST", path=self._own(path), query=query, body=body)

    def parse(self, step: str, entry: Entry, answer: Answer) -> Remote:
        """What was made."""
        if step == "attach":
            return Remote(id=str(answer.body["AttachableResponse"][0]["Attachable"]["Id"]))
        if step.startswith(ITEM):
            return Remote(id=str(answer.body["Item"]["Id"]))
        return self._made(step, entry, answer)[0]

    def find(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call | None:
        """By our number; payments by their day and our mark; items by their names."""
        if step == "attach":
            entity = f"AttachableRef.EntityRef.Type = {_text(NAMES[entry.kind])}"
            return self._query("Attachable", f"{entity} AND AttachableRef.EntityRef.value = {_text(done['create'].id)}")
        if step.startswith(ITEM):
            return self._query("Item", f"Name = {_text(bodies.item_name(_account(entry, step)))}")
        if step == "use" or step.startswith("pay:"):
            return self._query("Payment", f"TxnDate = {_text(entry.day.isoformat())}")
        return self._query(NAMES.get(entry.kind, "JournalEntry"), f"DocNumber = {_text(entry.number)}")

    def found(self, step: str, entry: Entry, answer: Answer) -> Sequence[Remote]:
        """What bears our number or mark."""
        if step == "attach":
            files = rows.rows_of(answer.body, "Attachable")
            return [Remote(id=str(row["Id"])) for row in files if row.get("FileName") == entry.pdf_name]
        if step.startswith(ITEM):
            account = _account(entry, step)
            items = rows.rows_of(answer.body, "Item")
            return [
                Remote(id=str(row["Id"])) for row in items if rows.reference_of(row, "IncomeAccountRef") == account.id
            ]
        made = self._made(step, entry, answer)
        if step == "use" or step.startswith("pay:"):
            group = _group(entry, step)
            party_id = group[0].party.remote_id if group[0].party else ""
            return [one for one in made if one.number == entry.voucher_label and one.party_id == party_id]
        return [one for one in made if one.number == entry.number]

    def read(self, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """What was made, by its id; of several payments the first."""
        step = next(step for step in self.steps(entry) if not step.startswith(PREPARING))
        name = "payment" if step == "use" or step.startswith("pay:") else NAMES.get(entry.kind, "JournalEntry").lower()
        path = self._own(f"/{name}/{done[step].id}")
        return Call(method="GET", path=path, query=(("minorversion", MINOR_VERSION),))

    def read_back(self, entry: Entry, answer: Answer) -> Remote:
        """What QuickBooks keeps of it."""
        step = next(step for step in self.steps(entry) if not step.startswith(PREPARING))
        return self._made(step, entry, answer)[0]

    def _made(self, step: str, entry: Entry, answer: Answer) -> list[Remote]:
        """The rows that a step makes, as values."""
        if step == "use" or step.startswith("pay:"):
            return [_paid(entry, row) for row in rows.rows_of(answer.body, "Payment")]
        if entry.is_document:
            kind = "invoice" if entry.kind == EntryKind.SALE else "credit"
            return [rows.document_of(row, kind) for row in rows.rows_of(answer.body, NAMES[entry.kind])]
        found = rows.rows_of(answer.body, "JournalEntry")
        return [in_entry_currency(entry, rows.journal_of(row)) for row in found]

    # Customers.

    def find_customer(self, party: Party) -> Sequence[Call]:
        """By our number behind the name, then by the address: QuickBooks looks for no organization number."""
        calls = [self._query("Customer", f"DisplayName LIKE {_text(f'%({party.number})')}")]
        if party.email:
            calls.append(self._query("Customer", f"PrimaryEmailAddr = {_text(party.email)}"))
        return calls

    def found_customers(self, answer: Answer) -> Sequence[RemoteCustomer]:
        """The customers in an answer."""
        return [rows.customer_of(row) for row in rows.rows_of(answer.body, "Customer")]

    def create_customer(self, party: Party) -> Call:
        """A customer with our number behind its name, in the one currency that it can have."""
        body = bodies.customer(party) | {"CurrencyRef": {"value": party.currency}}
        return Call(method="POST", path=self._own("/customer"), query=(("minorversion", MINOR_VERSION),), body=body)

    def created_customer(self, party: Party, answer: Answer) -> RemoteCustomer:
        """What was made."""
        return rows.customer_of(rows.rows_of(answer.body, "Customer")[0])

    def update_customer(self, party: Party, remote: RemoteCustomer) -> Call:
        """What we know of the customer; the rest stays."""
        own = {"Id": remote.id, "SyncToken": remote.facts.get("version", "0"), "sparse": True}
        query = (("minorversion", MINOR_VERSION),)
        return Call(method="POST", path=self._own("/customer"), query=query, body=own | bodies.customer(party))

    def list_customers(self, changed_since: datetime | None) -> Call:
        """Customers, those put away too."""
        since = f" AND MetaData.LastUpdatedTime >= {_text(_moment(changed_since))}" if changed_since else ""
        return self._query("Customer", f"Active IN (true, false){since}")

    # Lists.

    def fetch(self, kind: ListKind) -> Call:
        """The lists that a choice is put together from, in one call."""
        asked = [
            {"bId": name, "Query": f"{SELECT} {name}" + ("" if name == "Preferences" else f" maxresults {PAGE_SIZE}")}
            for name in QUERIES[kind]
        ]
        query = (("minorversion", MINOR_VERSION),)
        body = {"BatchItemRequest": asked}
        return Call(method="POST", path=self._own("/batch"), query=query, body=body, only_reads=True)

    def listed(self, kind: ListKind, answer: Answer) -> Sequence[Choice]:
        """Rows of a list."""
        found = rows.batch_of(answer.body)
        if kind == ListKind.ACCOUNTS:
            return rows.accounts_of(found)
        if kind == ListKind.PAYMENT_ACCOUNTS:
            return [account for account in rows.accounts_of(found) if account.facts["type"] in rows.DEPOSITABLE]
        if kind == ListKind.VAT_CODES:
            return rows.tax_codes_of(found)
        listed = found.get(QUERIES[kind][0], ())
        return [Choice(str(row["Id"]), row["Name"], row.get("FullyQualifiedName") or row["Name"]) for row in listed]

    def next_page(self, call: Call, answer: Answer) -> Call | None:
        """The page after this one: a query says itself where it starts."""
        asked = dict(call.query).get("query", "")
        start, _sign, count = asked.rpartition(" startposition ")[2].partition(" maxresults ")
        listed = answer.body.get("QueryResponse") if isinstance(answer.body, Mapping) else None
        if not start.isdigit() or not isinstance(listed, Mapping):
            return None
        length = max((len(value) for value in listed.values() if isinstance(value, list)), default=0)
        if length < int(count):
            return None
        further = asked.replace(f" startposition {start} ", f" startposition {int(start) + length} ")
        return call.with_query(query=further)

    def fetch_closed_through(self) -> Call:
        """The closing date stands among the preferences."""
        return Call(method="GET", path=self._own("/preferences"), query=(("minorversion", MINOR_VERSION),))

    def closed_through(self, answer: Answer) -> date | None:
        """The day through which the books are closed."""
        preferences = answer.body.get("Preferences") or {}
        told = (preferences.get("AccountingInfoPrefs") or {}).get("BookCloseDate")
        return date.fromisoformat(told[:10]) if told else None

    # Back.

    def list_pushed(self, first: date, last: date) -> Sequence[Call]:
        """Invoices, credit memos and journal entries of the days."""
        days = f"TxnDate >= {_text(first.isoformat())} AND TxnDate <= {_text(last.isoformat())}"
        return [self._query(name, days) for name in ("Invoice", "CreditMemo", "JournalEntry")]

    def pushed(self, call: Call, answer: Answer) -> Sequence[Remote]:
        """What stands there under a number."""
        return [
            *(rows.document_of(row, "invoice") for row in rows.rows_of(answer.body, "Invoice")),
            *(rows.document_of(row, "credit") for row in rows.rows_of(answer.body, "CreditMemo")),
            *(rows.journal_of(row) for row in rows.rows_of(answer.body, "JournalEntry")),
        ]

    def list_payments(self, since: date) -> Call:
        """Payments that were entered or changed since the day."""
        moment = _moment(datetime(since.year, since.month, since.day, tzinfo=UTC))
        return self._query("Payment", f"MetaData.LastUpdatedTime >= {_text(moment)}")

    def paid(self, answer: Answer) -> Sequence[RemotePayment]:
        """What customers have paid."""
        return rows.paid_of(rows.rows_of(answer.body, "Payment"))

    def _own(self, path: str) -> str:
        return f"/v3/company/{chosen(self, 'realmId')}{path}"

    def _query(self, name: str, condition: str) -> Call:
        text = f"{SELECT} {name} where {condition} startposition 1 maxresults {PAGE_SIZE}"
        return Call(method="GET", path=self._own("/query"), query=(("query", text), ("minorversion", MINOR_VERSION)))


def _text(value: str) -> str:
    """A value in a query."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _account(entry: Entry, step: str) -> Any:
    return bodies.unknown_items(entry)[int(step.removeprefix(ITEM))]


def _item_ids(entry: Entry, done: Mapping[str, Remote]) -> dict[str, str]:
    """The items of the accounts: those that stood in the list, and those that steps before have made."""
    made = {account.id: done[f"{ITEM}{place}"].id for place, account in enumerate(bodies.unknown_items(entry))}
    return {each.account.id: each.account.facts.get("item", "") for each in entry.items} | made


def _group(entry: Entry, step: str) -> Sequence[Settled]:
    groups = bodies.groups_of(entry)
    return groups[int(step.partition(":")[2])] if step.startswith("pay:") else groups[0]


def _paid(entry: Entry, row: Mapping[str, Any]) -> Remote:
    """A payment; of one that only links, what it puts to use is its total, of several none says the whole."""
    paid = rows.payment_of(row)
    if entry.kind == EntryKind.SETTLEMENT:
        return replace(paid, total=rows.used_in(row, "CreditMemo"))
    if not bodies.is_deposit(entry) or len(bodies.groups_of(entry)) > 1:
        return replace(paid, total=None)
    return replace(paid, total=paid.total or Decimal(0))
