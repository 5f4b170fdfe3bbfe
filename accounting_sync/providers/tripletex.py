"""Tripletex (Norway), API v2: every voucher of ours as a voucher in its ledger, found by its external number.

Tripletex takes amounts with VAT and carves the VAT out by itself, posting by posting; `gross` keeps that exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import Entry, EntryItem, EntryKind, EntryLine, LinePart, Party, Remote, Target
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
    seconds_in,
)
from accounting_sync.providers.entering import Key, Secrets, SessionToken, basic
from accounting_sync.providers.gross import item_parts
from accounting_sync.providers.tripletex_rows import (
    customer_body,
    customer_number,
    customer_of,
    payment_of,
    voucher_of,
)

PAGE_SIZE = 1000
TEXT_MAX = 255
NUMBER_MAX = 70
SESSION_DAYS = 2  # a session ends at midnight in the beginning of its last day, in Norway
SESSION_SECONDS = 24 * 60 * 60
NO_VAT = 0  # the id of "Ingen avgiftsbehandling", the same in every company
PAYMENT_DAYS = 400  # how far ahead somebody may have dated a payment
POSTING_FIELDS = (
    "id,date,description,amount,amountCurrency,amountGross,amountGrossCurrency,invoiceNumber,systemGenerated,type,"
    "externalRef,account(id,number),customer(id,name),currency(code),vatType(id)"
)
VOUCHER_FIELDS = f"id,version,date,number,description,externalVoucherNumber,attachment(id),postings({POSTING_FIELDS})"
PAYMENT_FIELDS = f"{POSTING_FIELDS},voucher(id,externalVoucherNumber,postings(account(isBankAccount)))"
PROBLEMS = {
    "7000": ProblemKind.DUPLICATE,
    "8000": ProblemKind.CONFLICT,
    "10000": ProblemKind.CONFLICT,
    "14000": ProblemKind.DUPLICATE,
}
CLOSED_WORDS = ("lukket", "låst", "avsluttet", "closed", "locked")
LISTED: Mapping[ListKind, tuple[str, Sequence[tuple[str, str]]]] = {
    ListKind.ACCOUNTS: ("/ledger/account", (("isInactive", "false"),)),
    ListKind.PAYMENT_ACCOUNTS: ("/ledger/account", (("isInactive", "false"), ("isBankAccount", "true"))),
    ListKind.VAT_CODES: ("/ledger/vatType", (("typeOfVat", "OUTGOING"),)),
    ListKind.JOURNALS: ("/ledger/voucherType", ()),
    ListKind.PROJECTS: ("/project", (("isClosed", "false"), ("fields", "id,number,name"))),
    ListKind.DEPARTMENTS: ("/department", (("fields", "id,departmentNumber,name"),)),
}


def _ask(secrets: Secrets) -> tuple[str, str, Sequence[tuple[str, str]], object]:
    last = date.fromisoformat(secrets["today"]) + timedelta(days=SESSION_DAYS)
    query = (
        ("consumerToken", secrets["consumer_token"]),
        ("employeeToken", secrets["employee_token"]),
        ("expirationDate", last.isoformat()),
    )
    return "PUT", "/token/session/:create", query, None


def _session(body: object) -> tuple[str, int]:
    assert isinstance(body, Mapping)
    return str(body["value"]["token"]), SESSION_SECONDS


class Tripletex(Adapter):
    """One company in Tripletex."""

    slug = "tripletex"
    label = "Tripletex"
    countries = frozenset({"NO"})
    unverified = (
        _("Whether Tripletex matches a payment with its claim by the invoice number alone has not been seen."),
        _("Whether Tripletex rounds VAT line by line has not been seen on a live company; it is compared each time."),
        _("Vouchers in other currencies than the company's have not been tried on a live company."),
    )
    entering = SessionToken(
        keys=(
            Key("consumer_token", _("Consumer token"), _("Given by Tripletex to whoever runs this installation.")),
            Key("employee_token", _("Employee token"), _("Made in Tripletex under the user's own API access.")),
        ),
        ask=_ask,
        parse=_session,
        headers=lambda secrets: basic("0", secrets["access_token"]),
    )
    limits = (Rate(5, 1.0),)  # Tripletex tells its limit only in the headers of each answer
    modes = (Mode.JOURNAL,)
    takes = {Mode.JOURNAL: frozenset(EntryKind)}
    lists = (*LISTED,)
    options = (
        Option(
            "voucher_type",
            _("Voucher type"),
            ListKind.JOURNALS,
            is_required=False,
            hint=_("Not the type of outgoing invoices: Tripletex keeps that one for its own."),
        ),
    )
    attaches = True
    updates_customers = True
    tells_payments = True
    tells_customers = True
    dimensions = {"project": ListKind.PROJECTS, "department": ListKind.DEPARTMENTS}

    def base(self) -> str:
        """The API of all companies: the session says which one."""
        return "https://tripletex.no/v2"

    def problem(self, call: Call, answer: Answer) -> Problem | None:
        """Tripletex's own codes; closed periods it tells in words; when to come back, in a header of its own."""
        problem = super().problem(call, answer)
        if problem is None:
            return None
        kind, code = problem.kind, problem.code
        if isinstance(answer.body, Mapping):
            code = str(answer.body.get("code") or code)
            kind = PROBLEMS.get(code, kind)
            words = problem.text.lower()
            if kind == ProblemKind.INVALID and any(word in words for word in CLOSED_WORDS):
                kind = ProblemKind.PERIOD_CLOSED
        after = problem.retry_after
        if after is None and kind == ProblemKind.RATE_LIMITED:
            after = seconds_in(answer, "x-rate-limit-reset")
        return Problem(kind, problem.text, code, after)

    def objection_text(self, answer: Answer) -> str:
        """The message, with what is said of each field."""
        if not isinstance(answer.body, Mapping):
            return super().objection_text(answer)
        fields = [
            f"{each.get('field') or ''}: {each.get('message') or ''}".strip(": ")
            for each in answer.body.get("validationMessages") or []
        ]
        return " ".join([str(answer.body.get("message") or ""), *fields]).strip()

    # Pushing.

    def refuse(self, entry: Entry) -> None:
        """What Tripletex would compute otherwise than we did, or cannot hold."""
        if len(entry.number) > NUMBER_MAX:
            raise CannotBeTaken(_("Tripletex takes numbers of at most 70 characters."))
        if not entry.is_document and any(line.part == LinePart.VAT for line in entry.lines):
            raise CannotBeTaken(_("Tripletex computes VAT itself and takes no free VAT line. Book it by hand there."))
        for item in entry.items:
            if item_parts(entry, item) is None:
                raise CannotBeTaken(
                    _("Tripletex would compute the VAT of “%(text)s” differently. Book it by hand there.")
                    % {"text": item.text or item.account_number}
                )

    def steps(self, entry: Entry) -> Sequence[str]:
        """The voucher and its file; before it the currency is asked for where it is not the company's."""
        steps = ["create"]
        if entry.is_foreign:
            steps.insert(0, "currency")
        if entry.is_document and entry.pdf_name:
            steps.append("attach")
        return tuple(steps)

    def build(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The call of a step."""
        if step == "currency":
            return Call(method="GET", path="/currency", query=[("code", entry.currency)])
        if step == "attach":
            path = f"/ledger/voucher/{done['create'].id}/attachment"
            return Call(method="POST", path=path, upload=Upload(entry.pdf_name, b"", "application/pdf"))
        body = self._voucher(entry, done["currency"].facts["currency_id"] if entry.is_foreign else "")
        return Call(method="POST", path="/ledger/voucher", query=[("sendToLedger", "true")], body=body)

    def parse(self, step: str, entry: Entry, answer: Answer) -> Remote:
        """The voucher as Tripletex repeats it, or the currency of ours."""
        if step == "currency":
            rows = self.found(step, entry, answer)
            if not rows:
                raise CannotBeTaken(_("Tripletex does not know the currency %(code)s.") % {"code": entry.currency})
            return rows[0]
        made = answer.body["value"]
        return Remote(id=str(made["id"] if step == "create" else made["attachment"]["id"]))

    def find(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call | None:
        """By the external number; the file by the voucher that bears it."""
        if step == "currency":
            return self.build(step, entry, done)
        if step == "attach":
            return self.read(entry, done)
        query = [("externalVoucherNumber", entry.number), ("fields", VOUCHER_FIELDS)]
        return Call(method="GET", path="/ledger/voucher/>externalVoucherNumber", query=query)

    def found(self, step: str, entry: Entry, answer: Answer) -> Sequence[Remote]:
        """Vouchers with our number that are of the same kind: numbers repeat from one kind to another."""
        if step == "currency":
            rows = answer.body.get("values") or []
            # Without an id of its own: the currency is not what stands for the voucher.
            own = [str(row["id"]) for row in rows if row.get("code") == entry.currency]
            return [Remote(id="", facts={"currency_id": each}) for each in own]
        if step == "attach":
            attachment = answer.body["value"].get("attachment")
            return [Remote(id=str(attachment["id"]))] if attachment else []
        kind = _kind_of(entry)
        vouchers = [voucher_of(row) for row in answer.body.get("values") or []]
        return [each for each in vouchers if each.number == entry.number and each.facts["kind"] == kind]

    def read(self, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The voucher with its postings."""
        return Call(method="GET", path=f"/ledger/voucher/{done['create'].id}", query=[("fields", VOUCHER_FIELDS)])

    def read_back(self, entry: Entry, answer: Answer) -> Remote:
        """What stands in the ledger."""
        return voucher_of(answer.body["value"])

    def _voucher(self, entry: Entry, currency_id: str) -> dict[str, Any]:
        postings = [
            self._claim(entry, line)
            for line in entry.lines
            if line.amount and (line.part == LinePart.RECEIVABLE or not entry.is_document)
        ]
        for item in entry.items:
            postings += self._item(entry, item)
        for row, posting in enumerate(postings, start=1):  # row 0 is Tripletex's own
            posting |= {"row": row, "date": entry.day.isoformat()}
            if currency_id:
                posting["currency"] = {"id": int(currency_id)}
        body: dict[str, Any] = {
            "date": entry.day.isoformat(),
            "description": f"{entry.number} {entry.text}".strip()[:TEXT_MAX],
            "externalVoucherNumber": entry.number,
            "postings": postings,
        }
        if voucher_type := chosen(self, "voucher_type"):
            body["voucherType"] = {"id": int(voucher_type)}
        return body

    def _claim(self, entry: Entry, line: EntryLine) -> dict[str, Any]:
        """A line as it stands in our voucher; on the receivables account with its customer and number."""
        posting: dict[str, Any] = {
            "description": (line.text or entry.text)[:TEXT_MAX],
            "account": {"id": int(line.account.id)},
            "amountGross": line.amount,
            "amountGrossCurrency": line.currency_amount,
            "vatType": {"id": int(line.vat.id) if line.vat else NO_VAT},
        }
        if line.part == LinePart.RECEIVABLE and line.party is not None:
            posting |= {"customer": {"id": int(line.party.remote_id)}, "invoiceNumber": line.document_number}
            if line.due_date is not None:
                posting["termOfPayment"] = line.due_date.isoformat()
            return posting
        return posting | _named(line.dimensions)

    def _item(self, entry: Entry, item: EntryItem) -> list[dict[str, Any]]:
        """What a line of a document brings in, with its VAT; more than one posting where that keeps the VAT exact."""
        sign = -1 if entry.kind == EntryKind.SALE else 1
        return [
            {
                "description": (item.text or entry.text)[:TEXT_MAX],
                "account": {"id": int(item.account.id)},
                "amountGross": sign * part.base,
                "amountGrossCurrency": sign * part.amount,
                "vatType": {"id": int(part.vat.id) if part.vat else NO_VAT},
                **_named(item.dimensions),
            }
            for part in item_parts(entry, item) or ()
        ]

    # Customers.

    def find_customer(self, party: Party) -> Sequence[Call]:
        """By organization number, then by our number as theirs, then by the address that invoices go to."""
        calls = []
        if party.organization_number:
            calls.append(self._page("/customer", ("organizationNumber", party.organization_number)))
        if customer_number(party):
            calls.append(self._page("/customer", ("customerAccountNumber", party.number)))
        if party.email:
            calls.append(self._page("/customer", ("invoiceEmail", party.email)))
        return calls

    def found_customers(self, answer: Answer) -> Sequence[RemoteCustomer]:
        """The customers of a page."""
        return [customer_of(row) for row in answer.body.get("values") or []]

    def create_customer(self, party: Party) -> Call:
        """A customer with our number, to whom Tripletex itself sends nothing."""
        body = customer_body(party)
        number = customer_number(party)
        return Call(method="POST", path="/customer", body=body | ({"customerNumber": number} if number else {}))

    def created_customer(self, party: Party, answer: Answer) -> RemoteCustomer:
        """The customer as Tripletex repeats it."""
        return customer_of(answer.body["value"])

    def update_customer(self, party: Party, remote: RemoteCustomer) -> Call:
        """Only what we name changes; the version tells whether somebody was there first."""
        identity = {"id": int(remote.id), "version": int(remote.facts.get("version") or 0)}
        return Call(method="PUT", path=f"/customer/{remote.id}", body=identity | customer_body(party))

    def list_customers(self, changed_since: datetime | None) -> Call:
        """Customers, all or changed since a moment."""
        since = [("changedSince", changed_since.strftime("%Y-%m-%dT%H:%M:%SZ"))] if changed_since else []
        return self._page("/customer", *since)

    # Lists.

    def fetch(self, kind: ListKind) -> Call:
        """One of Tripletex's lists."""
        path, query = LISTED[kind]
        return self._page(path, *query)

    def listed(self, kind: ListKind, answer: Answer) -> Sequence[Choice]:
        """Rows of a list."""
        rows = answer.body.get("values") or []
        if kind == ListKind.VAT_CODES:
            return [
                Choice(str(row["id"]), row.get("number") or "", row["name"], {"rate": str(row["percentage"])})
                for row in rows
            ]
        if kind in (ListKind.JOURNALS, ListKind.PROJECTS, ListKind.DEPARTMENTS):
            codes = [row.get("number") or row.get("departmentNumber") or "" for row in rows]
            return [Choice(str(row["id"]), code, row["name"]) for row, code in zip(rows, codes, strict=True)]
        return [
            Choice(str(row["id"]), str(row["number"]), row["name"], {"type": row.get("type") or ""}) for row in rows
        ]

    def next_page(self, call: Call, answer: Answer) -> Call | None:
        """The rows after these; how many there are in all Tripletex tells only roughly."""
        if not isinstance(answer.body, Mapping) or len(answer.body.get("values") or []) < PAGE_SIZE:
            return None
        return call.with_query(**{"from": str(int(answer.body.get("from") or 0) + PAGE_SIZE)})

    # Back.

    def list_pushed(self, first: date, last: date) -> Sequence[Call]:
        """All vouchers of the days with their postings."""
        days = (("dateFrom", first.isoformat()), ("dateTo", (last + timedelta(days=1)).isoformat()))
        return [self._page("/ledger/voucher", *days, ("fields", VOUCHER_FIELDS))]

    def pushed(self, call: Call, answer: Answer) -> Sequence[Remote]:
        """Those that came from elsewhere, as their external number says."""
        return [voucher_of(row) for row in answer.body.get("values") or [] if row.get("externalVoucherNumber")]

    def list_payments(self, since: date) -> Call:
        """Postings since the day: payments are among them."""
        last = since + timedelta(days=PAYMENT_DAYS)
        days = (("dateFrom", since.isoformat()), ("dateTo", last.isoformat()))
        return self._page("/ledger/posting", *days, ("fields", PAYMENT_FIELDS))

    def paid(self, answer: Answer) -> Sequence[RemotePayment]:
        """The payments among the postings of a page."""
        payments = [payment_of(row) for row in answer.body.get("values") or []]
        return [each for each in payments if each is not None]

    def _page(self, path: str, *query: tuple[str, str]) -> Call:
        return Call(method="GET", path=path, query=[*query, ("from", "0"), ("count", str(PAGE_SIZE))])


def _named(dimensions: Mapping[str, Target]) -> dict[str, Any]:
    """Project and department of a posting."""
    return {kind: {"id": int(target.id)} for kind, target in dimensions.items() if kind in Tripletex.dimensions}


def _kind_of(entry: Entry) -> str:
    """What `voucher_of` will call it: a document bears its own number on its claim."""
    own = [line for line in entry.lines if line.part == LinePart.RECEIVABLE and line.document_number == entry.number]
    return "journal" if not own else "sale" if own[0].amount > 0 else "credit"
