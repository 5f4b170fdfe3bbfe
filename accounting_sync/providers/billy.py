"""Billy (Denmark): our vouchers in a daybook, or our documents as its own invoices with payments on them.

Billy has no key against doubled requests: everything is looked for by our number before it is sent again, and an
invoice stays a draft until its sums are ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import Entry, EntryKind, LinePart, Party, Remote
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
    chosen,
)
from accounting_sync.providers.billy_bodies import (
    accounts_of,
    contact_body,
    document_body,
    payment_body,
    product_body,
    product_number,
    refuse_difference,
    refuse_document,
    refuse_payment,
    voucher_body,
)
from accounting_sync.providers.billy_rows import (
    DOCUMENT_TAG,
    VOUCHER_TAG,
    customer_of,
    invoice_of,
    payment_of,
    pays,
    rows_in,
    transaction_of,
)
from accounting_sync.providers.entering import Key, StaticKeys
from accounting_sync.providers.reading import mark_in

PAGE_SIZE = 1000
WITH_LINES = ("include", "daybookTransaction.lines:embed")
LISTED = {ListKind.ACCOUNTS: "accounts", ListKind.VAT_CODES: "taxRates", ListKind.JOURNALS: "daybooks"}
CLOSED_WORDS = ("locked", "closed", "låst", "lukket")


class Billy(Adapter):
    """One company in Billy."""

    slug = "billy"
    label = "Billy"
    countries = frozenset({"DK"})
    unverified = (
        _("That Billy takes the VAT out of the amounts in a daybook, line by line, has not been seen live."),
        _("Billy does not tell what VAT it has posted for a voucher in a daybook."),
        _("Whether Billy keeps our own mark on an invoice has not been seen live; it is else known by its number."),
        _("The names of Billy's periods and of the lines that it answers with have not been seen live."),
    )
    entering = StaticKeys(
        keys=(Key("token", _("Access token"), _("From Billy's settings, under access tokens.")),),
        headers=lambda secrets: {"X-Access-Token": secrets["token"]},
    )
    limits = (Rate(5, 1.0),)
    modes = (Mode.JOURNAL, Mode.DOCUMENT)
    takes = {
        Mode.JOURNAL: frozenset(EntryKind),
        Mode.DOCUMENT: frozenset({EntryKind.SALE, EntryKind.CREDIT, EntryKind.PAYMENT, EntryKind.JOURNAL}),
    }
    lists = tuple(LISTED)
    options = (Option("daybook", _("Daybook"), ListKind.JOURNALS),)
    attaches = True

    def __init__(self, options: Mapping[str, str], mode: Mode) -> None:
        super().__init__(options, mode)
        self.has_customers = mode == Mode.DOCUMENT  # type: ignore[misc]  # a daybook knows no customers

    def base(self) -> str:
        """The API; the token names the company."""
        return "https://api.billysbilling.com/v2"

    def problem(self, call: Call, answer: Answer) -> Problem | None:
        """Billy says in words that a period is closed."""
        problem = super().problem(call, answer)
        if problem is None or problem.kind != ProblemKind.INVALID:
            return problem
        is_closed = any(word in problem.text.lower() for word in CLOSED_WORDS)
        return Problem(ProblemKind.PERIOD_CLOSED, problem.text, problem.code) if is_closed else problem

    def objection_text(self, answer: Answer) -> str:
        """The message, with what is wrong with each field."""
        if isinstance(answer.body, Mapping):
            inner = _texts_in(answer.body.get("validationErrors"))
            return " ".join([str(answer.body.get("errorMessage") or ""), *inner]).strip()
        return super().objection_text(answer)

    # Pushing.

    def refuse(self, entry: Entry) -> None:
        """What Billy would compute otherwise, and what its invoices have no place for."""
        if entry.base_currency != "DKK":
            raise CannotBeTaken(_("Billy keeps its books in Danish kroner. Book it by hand in Billy."))
        if self._as_invoice(entry):
            refuse_document(entry)
        elif self._as_payment(entry):
            refuse_payment(entry)
        elif self.mode == Mode.DOCUMENT and any(line.part == LinePart.RECEIVABLE for line in entry.lines):
            raise CannotBeTaken(_("Billy can book this on a customer only by hand."))
        else:
            voucher_body(entry, "")

    def steps(self, entry: Entry) -> Sequence[str]:
        """A voucher in one step; an invoice needs its products, stays a draft until it was read, and is approved."""
        if self._as_payment(entry):
            return [f"pay:{at}" for at in range(len(entry.settles))]
        steps = ["create"]
        if self._as_invoice(entry):
            products = [step for at in range(len(accounts_of(entry))) for step in (f"seek:{at}", f"product:{at}")]
            steps = [*products, "seek", "create", "look", "approve"]
        return [*steps, "attach", "bind"] if entry.pdf_name else steps

    def build(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The call of a step."""
        if step == "attach":
            headers = {"X-Filename": entry.pdf_name}
            return Call(method="POST", path="/files", content=b"", content_type="application/pdf", headers=headers)
        if step == "bind" and "attach" in done and done["attach"].id:
            kind = "invoice" if self._as_invoice(entry) else "daybookTransaction"
            attachment = {"ownerReference": f"{kind}:{done['create'].id}", "fileId": done["attach"].id}
            return Call(method="POST", path="/attachments", body={"attachment": attachment})
        if step == "bind":
            return self.read(entry, done)
        if step.startswith("pay:"):
            return Call(method="POST", path="/bankPayments", body={"bankPayment": payment_body(entry, step)})
        if self._as_invoice(entry):
            return self._invoice_step(step, entry, done)
        body = {"daybookTransaction": voucher_body(entry, chosen(self, "daybook"))}
        return Call(method="POST", path="/daybookTransactions", body=body)

    def _invoice_step(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """Products and the draft are only made where they were not found."""
        name, _colon, at = step.partition(":")
        if name == "seek" and at:
            number = product_number(entry, accounts_of(entry)[int(at)])
            return _page("/products", ("productNo", number))
        if name == "product":
            found = done[f"seek:{at}"].version
            if found:
                return Call(method="GET", path=f"/products/{found}")
            body = product_body(entry, accounts_of(entry)[int(at)])
            return Call(method="POST", path="/products", body={"product": body})
        if step == "seek":
            return _page("/invoices", ("invoiceNo", entry.number))
        if step == "create" and not done["seek"].version:
            products = {account: done[f"product:{at}"].version for at, account in enumerate(accounts_of(entry))}
            return Call(method="POST", path="/invoices", body={"invoice": document_body(entry, products)})
        place = f"/invoices/{done['create'].id if 'create' in done else done['seek'].version}"
        if step == "approve":
            return Call(method="PUT", path=place, body={"invoice": {"state": "approved"}})
        return Call(method="GET", path=place)

    def parse(self, step: str, entry: Entry, answer: Answer) -> Remote:
        """What a step made; an invoice whose number somebody else has, or whose sums are not ours, goes no further."""
        name, _colon, at = step.partition(":")
        if name == "attach":
            return Remote(id=_first(answer, "files"))
        if name == "pay":
            return Remote(id=_first(answer, "bankPayments"))
        if not self._as_invoice(entry) or name == "bind":
            return Remote(id=_first(answer, "daybookTransactions") if name == "create" else entry.key)
        if name == "product" or at:
            wanted = product_number(entry, accounts_of(entry)[int(at)])
            rows = [row for row in rows_in(answer, "products") if row.get("productNo", wanted) == wanted]
            return Remote(id="", version=str(rows[0]["id"]) if rows else "")
        if step == "seek":
            return self._sought(entry, answer)
        if step == "look":
            refuse_difference(entry, invoice_of(rows_in(answer, "invoices")[0]))
        return Remote(id=_first(answer, "invoices"))

    def _sought(self, entry: Entry, answer: Answer) -> Remote:
        """Nothing, or ours from an earlier time."""
        rows = [row for row in rows_in(answer, "invoices") if row.get("invoiceNo") == entry.number]
        own = [row for row in rows if row.get("externalId") == entry.key]
        if rows and not own:
            raise CannotBeTaken(_("The number %(number)s is taken in Billy already.") % {"number": entry.number})
        return Remote(id="", version=str(own[0]["id"]) if own else "")

    def find(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call | None:
        """By our number or mark; payments by their customer, as Billy keeps no reference with them."""
        name, _colon, at = step.partition(":")
        if name in ("attach", "bind"):
            return self.read(entry, done)
        if name == "pay":
            contact = payment_body(entry, step).get("contactId")
            return _page("/bankPayments", *([("contactId", contact)] if contact else []))
        if not self._as_invoice(entry):
            return _daybook(DOCUMENT_TAG if entry.is_document else VOUCHER_TAG, entry.day, entry.day)
        if name == "product":
            return self._invoice_step(f"seek:{at}", entry, done)
        return _page("/invoices", ("invoiceNo", entry.number)) if step == "create" else self.build(step, entry, done)

    def found(self, step: str, entry: Entry, answer: Answer) -> Sequence[Remote]:
        """What is ours; a file is sent again, which does no harm."""
        name = step.partition(":")[0]
        if name in ("attach", "bind"):
            return []
        if name == "pay":
            wanted = payment_body(entry, step)
            return [Remote(id=str(row["id"])) for row in rows_in(answer, "bankPayments") if pays(row, wanted)]
        if not self._as_invoice(entry):
            rows = rows_in(answer, "daybookTransactions")
            return [transaction_of(row) for row in rows if mark_in(row.get("description") or "") == entry.voucher_label]
        if step == "create":
            kind = "invoice" if entry.kind == EntryKind.SALE else "creditNote"
            rows = [row for row in rows_in(answer, "invoices") if row.get("invoiceNo") == entry.number]
            rows = [row for row in rows if row.get("type", kind) == kind]
            return [invoice_of(row) for row in rows if row.get("externalId") in (None, "", entry.key)]
        parsed = self.parse(step, entry, answer)
        return [] if name == "product" and not parsed.version else [parsed]

    def read(self, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The voucher with its lines, the invoice, or the first payment."""
        if self._as_payment(entry):
            return Call(method="GET", path=f"/bankPayments/{done['pay:0'].id}")
        if self._as_invoice(entry):
            return Call(method="GET", path=f"/invoices/{done['create'].id}")
        return Call(method="GET", path=f"/daybookTransactions/{done['create'].id}", query=[WITH_LINES])

    def read_back(self, entry: Entry, answer: Answer) -> Remote:
        """What Billy keeps of it."""
        if self._as_payment(entry):
            return payment_of(rows_in(answer, "bankPayments")[0], is_whole=len(entry.settles) == 1)
        if self._as_invoice(entry):
            return invoice_of(rows_in(answer, "invoices")[0])
        return transaction_of(rows_in(answer, "daybookTransactions")[0])

    def _as_invoice(self, entry: Entry) -> bool:
        return self.mode == Mode.DOCUMENT and entry.is_document

    def _as_payment(self, entry: Entry) -> bool:
        return self.mode == Mode.DOCUMENT and entry.kind == EntryKind.PAYMENT

    # Customers.

    def find_customer(self, party: Party) -> Sequence[Call]:
        """By CVR number, by our number, then by the address."""
        calls = [_page("/contacts", ("q", party.organization_number))] if party.organization_number else []
        calls.append(_page("/contacts", ("contactNo", party.number)))
        return [*calls, _page("/contacts", ("q", party.email))] if party.email else calls

    def found_customers(self, answer: Answer) -> Sequence[RemoteCustomer]:
        """The contacts of a page that are customers."""
        return [customer_of(row) for row in rows_in(answer, "contacts") if row.get("isCustomer", True)]

    def create_customer(self, party: Party) -> Call:
        """A contact with our number as its own."""
        return Call(method="POST", path="/contacts", body={"contact": contact_body(party)})

    def created_customer(self, party: Party, answer: Answer) -> RemoteCustomer:
        """The contact as it was kept."""
        return customer_of(rows_in(answer, "contacts")[0])

    # Lists.

    def fetch(self, kind: ListKind) -> Call:
        """One of its lists."""
        return _page(f"/{LISTED[kind]}")

    def listed(self, kind: ListKind, answer: Answer) -> Sequence[Choice]:
        """Rows that may be used."""
        choices = []
        for row in rows_in(answer, LISTED[kind]):
            if row.get("isArchived") or row.get("isActive") is False:
                continue
            code = str(row.get("accountNo") or row.get("abbreviation") or "")
            facts = {}
            if kind == ListKind.VAT_CODES:
                facts = {"rate": f"{(Decimal(row.get('rate') or 0) * 100).normalize():f}"}
            choices.append(Choice(str(row["id"]), code, row.get("name") or "", facts))
        return choices

    def next_page(self, call: Call, answer: Answer) -> Call | None:
        """The page after this one, as the answer counts them."""
        told = ((answer.body or {}).get("meta") or {}).get("paging") or {}
        page, pages = int(told.get("page") or 1), int(told.get("pageCount") or 1)
        return call.with_query(page=str(page + 1)) if page < pages else None

    # Back.

    def list_pushed(self, first: date, last: date) -> Sequence[Call]:
        """Vouchers of the daybook that bear our tags; in the other mode the invoices of the days, drafts too."""
        if self.mode == Mode.JOURNAL:
            return [_daybook(DOCUMENT_TAG, first, last), _daybook(VOUCHER_TAG, first, last)]
        return [_page("/invoices", _days(first, last)), _daybook(VOUCHER_TAG, first, last)]

    def pushed(self, call: Call, answer: Answer) -> Sequence[Remote]:
        """What stands there, with our numbers."""
        if call.path == "/invoices":
            return [invoice_of(row) for row in rows_in(answer, "invoices")]
        return [transaction_of(row) for row in rows_in(answer, "daybookTransactions")]


def _page(path: str, *query: tuple[str, str]) -> Call:
    return Call(method="GET", path=path, query=[*query, ("page", "1"), ("pageSize", str(PAGE_SIZE))])


def _days(first: date, last: date) -> tuple[str, str]:
    return ("entryDatePeriod", f"dates:{first.isoformat()}...{last.isoformat()}")


def _daybook(tag: str, first: date, last: date) -> Call:
    return _page("/daybookTransactions", ("apiType", tag), _days(first, last), WITH_LINES)


def _first(answer: Answer, name: str) -> str:
    """The id of what was made or read."""
    return str(rows_in(answer, name)[0]["id"])


def _texts_in(errors: Any) -> list[str]:
    """All sentences in what is told of fields, however deep."""
    if isinstance(errors, Mapping):
        return [text for value in errors.values() for text in _texts_in(value)]
    if isinstance(errors, list):
        return [text for value in errors for text in _texts_in(value)]
    return [errors] if isinstance(errors, str) else []
