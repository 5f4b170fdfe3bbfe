"""Akaunting, REST API v3, hosted by its makers or by the company itself: documents, and money received for them.

It has no journal and no credit notes of its own. An amount of a document comes from its lines: `amount` is what they
are added to, so it goes out as zero. Tax is summed over the lines before it is rounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import ZERO, Entry, EntryKind, Party, Remote, Settled
from accounting_sync.providers.akaunting_rows import (
    customer_of,
    document_of,
    errors_in,
    is_invoice,
    payment_id,
    payments_in,
    payments_of,
)
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
    chosen,
)
from accounting_sync.providers.computing import summed_by_tax
from accounting_sync.providers.entering import Key, StaticKeys, basic
from accounting_sync.providers.reading import mark_in, mark_of
from foundation.money import round_amount

PAGE_SIZE = 100
NAME_MAX = 180
GONE = "on null"
BANK = "bank"
BY_BANK = "offline-payments.bank_transfer.2"
LISTED = {
    ListKind.COMPANIES: "/companies",
    ListKind.ACCOUNTS: "/categories",
    ListKind.VAT_CODES: "/taxes",
    ListKind.PAYMENT_ACCOUNTS: "/accounts",
    ListKind.PRODUCTS: "/items",
}
NUMBERS = ("document_number", "number")


class Akaunting(Adapter):
    """One company in Akaunting."""

    slug = "akaunting"
    label = "Akaunting"
    countries = frozenset()
    unverified = (
        _("No live company of Akaunting has been pushed to yet; what is here was read in its program."),
        _("A document in Akaunting has one category: that of its largest line."),
        _("The rate of a foreign document is told to Akaunting; its payments are converted at Akaunting's own rate."),
    )
    entering = StaticKeys(
        keys=(
            Key("email", _("E-mail address of the user"), _("A user who may use the API"), is_secret=False),
            Key("password", _("Password")),
        ),
        headers=lambda secrets: basic(secrets["email"], secrets["password"]),
    )
    limits = (Rate(60, 60.0),)
    modes = (Mode.DOCUMENT,)
    takes = {Mode.DOCUMENT: frozenset({EntryKind.SALE, EntryKind.PAYMENT})}
    lists = tuple(LISTED)
    options = (
        Option("host", _("Address of Akaunting"), hint=_("Such as app.akaunting.com, or your own server's name")),
        Option("company", _("Company"), ListKind.COMPANIES),
        Option("product", _("Item that lines stand on"), ListKind.PRODUCTS),
        Option(
            "payment_method",
            _("Payment method"),
            is_required=False,
            hint=_("The code of the method; empty: bank transfer."),
        ),
    )
    updates_customers = True
    tells_payments = True
    tells_customers = True
    host_is_typed = True

    def base(self) -> str:
        """The API below the address that was typed, over https in any case."""
        typed = (
            chosen(self, "host")
            .strip()
            .removeprefix("https://")
            .removeprefix("http://")
            .rstrip("/")
            .removesuffix("/api")
        )
        return f"https://{typed}/api"

    def problem(self, call: Call, answer: Answer) -> Problem | None:
        """A number that is taken is told among the errors of the fields; a row that is gone by PHP itself."""
        problem = super().problem(call, answer)
        if problem is not None and answer.status == 500 and GONE in problem.text:
            return Problem(ProblemKind.INVALID, problem.text, problem.code)  # within a transaction: nothing was kept
        if problem is not None and answer.status == 422 and any(name in errors_in(answer) for name in NUMBERS):
            return Problem(ProblemKind.DUPLICATE, problem.text, problem.code)
        return problem

    def objection_text(self, answer: Answer) -> str:
        """The sentences on the fields, else the message."""
        told = [
            str(text) for texts in errors_in(answer).values() for text in (texts if isinstance(texts, list) else [])
        ]
        if told:
            return " ".join(told)
        return (
            str(answer.body.get("message", "")) if isinstance(answer.body, Mapping) else super().objection_text(answer)
        )

    # Pushing.

    def refuse(self, entry: Entry) -> None:
        """Prices below zero, totals that Akaunting would compute otherwise, money that it has nothing to put on."""
        if entry.kind == EntryKind.PAYMENT:
            self._refuse_payment(entry)
            return
        if any(net <= 0 for _name, net, _tax in _lines(entry)):
            raise CannotBeTaken(_("Akaunting takes no line below zero, and this discount leaves one. Book it by hand."))
        if any(item.vat_amount and item.vat is None for item in entry.items):
            raise CannotBeTaken(_("VAT has no tax in Akaunting that it stands for."))
        if summed_by_tax(entry) != (entry.total, entry.vat_total):
            raise CannotBeTaken(
                _("Akaunting would compute another total than the document has. Book it by hand there.")
            )

    def _refuse_payment(self, entry: Entry) -> None:
        if entry.is_payout:
            raise CannotBeTaken(_("Akaunting has no money that goes back to a customer. Book it by hand there."))
        if entry.money is None or entry.money.account.facts.get("type") != BANK:
            raise CannotBeTaken(_("Akaunting takes a claim as paid by money only. Book this by hand there."))
        if any(each.remote is None or each.amount <= 0 for each in entry.settles):
            raise CannotBeTaken(_("The payment is for a document that does not stand in Akaunting."))

    def steps(self, entry: Entry) -> Sequence[str]:
        """The document, or one payment for each document that is paid."""
        if entry.kind == EntryKind.PAYMENT:
            return tuple(f"pay:{position}" for position in range(len(entry.settles)))
        return ("create",)

    def build(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The call of a step."""
        if step == "create":
            return self._call("POST", "/documents", self._document(entry))
        settled = _settled(step, entry)
        assert settled.remote is not None
        return self._call("POST", f"/documents/{settled.remote.id}/transactions", self._payment(step, entry, settled))

    def parse(self, step: str, entry: Entry, answer: Answer) -> Remote:
        """What the answer tells."""
        if step == "create":
            return document_of(answer.body["data"], _category(entry))
        return Remote(id=payment_id(answer.body["data"]))

    def find(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call | None:
        """A document by our number, a payment among those of its document."""
        if step == "create":
            return self._searched("/documents", f'type:invoice document_number:"{entry.number}"')
        settled = _settled(step, entry)
        assert settled.remote is not None
        return self._call("GET", f"/documents/{settled.remote.id}/transactions")

    def found(self, step: str, entry: Entry, answer: Answer) -> Sequence[Remote]:
        """What bears our number."""
        rows = answer.body["data"]
        if step == "create":
            return [document_of(row, _category(entry)) for row in rows if is_invoice(row, entry.number)]
        return [Remote(id=payment_id(row)) for row in rows if row.get("number") == _payment_number(step, entry)]

    def read(self, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The document; of a payment those of the first document that it pays."""
        if entry.kind == EntryKind.PAYMENT:
            call = self.find("pay:0", entry, done)
            assert call is not None
            return call
        return self._call("GET", f"/documents/{done['create'].id}")

    def read_back(self, entry: Entry, answer: Answer) -> Remote:
        """What Akaunting keeps of it."""
        if entry.kind != EntryKind.PAYMENT:
            return document_of(answer.body["data"], _category(entry))
        rows = [row for row in answer.body["data"] if row.get("number") == _payment_number("pay:0", entry)]
        return payments_in(rows, is_whole=len(entry.settles) == 1)

    def _document(self, entry: Entry) -> dict[str, Any]:
        party = entry.party
        assert party is not None
        due = entry.due_date or entry.issue_date
        optional = {
            "contact_email": party.email,
            "contact_tax_number": party.organization_number or party.vat_number,
            "contact_phone": party.phone,
            "contact_address": party.street,
            "contact_city": party.city,
            "contact_zip_code": party.postal_code,
            "contact_country": party.country,
            "order_number": entry.order_reference or entry.buyer_reference,
            "notes": f"KID {entry.kid}" if entry.kid else "",
        }
        return {
            "company_id": int(chosen(self, "company")),
            "type": "invoice",
            "document_number": entry.number,
            "status": "sent",
            "issued_at": f"{entry.day.isoformat()} 00:00:00",
            "due_at": f"{due.isoformat()} 00:00:00",
            "amount": 0,
            "currency_code": entry.currency,
            "currency_rate": _rate(entry),
            "contact_id": int(party.remote_id),
            "contact_name": party.name,
            "category_id": int(_category(entry)),
            "items": [self._line(*line) for line in _lines(entry)],
        } | {name: value for name, value in optional.items() if value}

    def _line(self, name: str, net: Decimal, tax: str) -> dict[str, Any]:
        line = {"item_id": int(chosen(self, "product")), "name": name[:NAME_MAX], "description": "", "quantity": 1}
        return line | {"price": net} | ({"tax_ids": [int(tax)]} if tax else {})

    def _payment(self, step: str, entry: Entry, settled: Settled) -> dict[str, Any]:
        assert entry.money is not None
        assert settled.remote is not None
        claim = next(line for line in entry.lines if line.document_number == settled.document_number)
        return {
            "company_id": int(chosen(self, "company")),
            "type": "income",
            "number": _payment_number(step, entry),
            "account_id": int(entry.money.account.id),
            "paid_at": f"{entry.day.isoformat()} 00:00:00",
            "amount": settled.amount,
            "currency_code": entry.currency,
            "currency_rate": _rate(entry),
            "document_id": int(settled.remote.id),
            "category_id": int(settled.remote.facts.get("category") or claim.account.id),
            "payment_method": chosen(self, "payment_method") or BY_BANK,
            "reference": mark_of(entry),
            "description": entry.text,
        }

    # Customers.

    def find_customer(self, party: Party) -> Sequence[Call]:
        """By tax number, then by our number as the reference, then by e-mail as somebody may have entered it there."""
        asked = (("tax_number", party.organization_number), ("reference", party.number), ("email", party.email))
        return [self._searched("/contacts", f'type:customer {name}:"{value}"') for name, value in asked if value]

    def found_customers(self, answer: Answer) -> Sequence[RemoteCustomer]:
        """The customers of an answer."""
        return [customer_of(row) for row in answer.body["data"] if row.get("type") == "customer"]

    def create_customer(self, party: Party) -> Call:
        """A contact with our number as its reference."""
        return self._call("POST", "/contacts", self._contact(party))

    def created_customer(self, party: Party, answer: Answer) -> RemoteCustomer:
        """The contact as it answers it."""
        return customer_of(answer.body["data"])

    def update_customer(self, party: Party, remote: RemoteCustomer) -> Call:
        """The whole contact."""
        return self._call("PUT", f"/contacts/{remote.id}", self._contact(party))

    def list_customers(self, changed_since: datetime | None) -> Call:
        """All of them: it does not tell which have changed."""
        return self._searched("/contacts", "type:customer")

    def _contact(self, party: Party) -> dict[str, Any]:
        """Without the address for e-mail: Akaunting wants it of one customer alone, and ours may share theirs."""
        optional = {
            "tax_number": party.organization_number or party.vat_number,
            "phone": party.phone,
            "address": party.street,
            "city": party.city,
            "zip_code": party.postal_code,
            "country": party.country,
        }
        return {
            "company_id": int(chosen(self, "company")),
            "type": "customer",
            "name": party.name,
            "currency_code": party.currency,
            "reference": party.number,
            "enabled": 1,
        } | {name: value for name, value in optional.items() if value}

    # Lists.

    def fetch(self, kind: ListKind) -> Call:
        """One of its lists; the income categories stand for our accounts."""
        query = [("page", "1"), ("limit", str(PAGE_SIZE))]
        if kind == ListKind.COMPANIES:
            return Call(method="GET", path="/companies", query=query)
        return self._call("GET", LISTED[kind], query=query)

    def listed(self, kind: ListKind, answer: Answer) -> Sequence[Choice]:
        """Rows of a list; of the taxes those that are added to a price."""
        rows = [row for row in answer.body["data"] if row.get("enabled", True)]
        if kind == ListKind.VAT_CODES:
            return [
                Choice(str(row["id"]), str(row["id"]), row["name"], {"rate": f"{Decimal(str(row['rate'])):f}"})
                for row in rows
                if row.get("type", "normal") == "normal"
            ]
        if kind == ListKind.ACCOUNTS:
            rows = [row for row in rows if row.get("type") == "income"]
        if kind == ListKind.PAYMENT_ACCOUNTS:
            return [Choice(str(row["id"]), row.get("number") or "", row["name"], {"type": BANK}) for row in rows]
        return [Choice(str(row["id"]), str(row["id"]), row["name"]) for row in rows]

    def next_page(self, call: Call, answer: Answer) -> Call | None:
        """The page after this one, as the answer counts them."""
        meta = answer.body.get("meta") if isinstance(answer.body, Mapping) else None
        if not meta or int(meta["current_page"]) >= int(meta["last_page"]):
            return None
        return call.with_query(page=str(int(meta["current_page"]) + 1))

    # Back.

    def list_pushed(self, first: date, last: date) -> Sequence[Call]:
        """The invoices of the days, and the money that came in on them."""
        return [
            self._searched("/documents", f"type:invoice issued_at>={first} issued_at<={last}"),
            self._searched("/transactions", f"type:income paid_at>={first} paid_at<={last}"),
        ]

    def pushed(self, call: Call, answer: Answer) -> Sequence[Remote]:
        """The invoices that are not cancelled or mere drafts; money that bears our mark, one row for each document."""
        rows = answer.body["data"]
        if call.path == "/transactions":
            return [payments_in([row], is_whole=True) for row in rows if mark_in(row.get("reference") or "")]
        rows = [document_of(row, "") for row in rows if row.get("type") == "invoice"]
        return [remote for remote in rows if remote.is_booked]

    def list_payments(self, since: date) -> Call:
        """Money that came in since the day."""
        return self._searched("/transactions", f"type:income paid_at>={since}")

    def paid(self, answer: Answer) -> Sequence[RemotePayment]:
        """The money that belongs to a document; ours is known by its reference."""
        return payments_of(answer.body["data"])

    def _call(self, method: str, path: str, body: Any = None, query: Sequence[tuple[str, str]] = ()) -> Call:
        return Call(method=method, path=path, body=body, query=query, headers={"X-Company": chosen(self, "company")})

    def _searched(self, path: str, words: str) -> Call:
        return self._call("GET", path, query=[("search", words), ("page", "1"), ("limit", str(PAGE_SIZE))])


def _lines(entry: Entry) -> list[tuple[str, Decimal, str]]:
    """The lines as text, net and tax; all of one tax in one where one of them is below zero."""
    lines = [(item.text or entry.text, item.net, item.vat.id if item.vat is not None else "") for item in entry.items]
    if all(net > 0 for _name, net, _id in lines):
        return lines
    groups: dict[str, tuple[str, Decimal, str]] = {}
    for name, net, tax in lines:
        first, sum_of, _id = groups.get(tax, (name, ZERO, tax))
        groups[tax] = (first, sum_of + net, tax)
    return [line for line in groups.values() if line[1]]


def _category(entry: Entry) -> str:
    largest = max(entry.items, key=lambda item: item.net)
    return largest.account.id


def _rate(entry: Entry) -> Decimal:
    """Units of the document's currency for one of the company's, as Akaunting writes rates."""
    return round_amount(1 / entry.exchange_rate, 8) if entry.is_foreign else Decimal(1)


def _settled(step: str, entry: Entry) -> Settled:
    return entry.settles[int(step.partition(":")[2])]


def _payment_number(step: str, entry: Entry) -> str:
    """Our voucher, and its place where one voucher pays several documents."""
    return entry.voucher_label if len(entry.settles) == 1 else f"{entry.voucher_label}/{step.partition(':')[2]}"
