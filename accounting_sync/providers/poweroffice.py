"""PowerOffice Go (Norway), API v2: every voucher of ours as a manual voucher, once only by its import reference.

Claims stand on the customers' own accounts, never on 1500 itself. Amounts go out with VAT, which PowerOffice carves out
line by line; in other currencies each line bears the rate that makes it come out as in our books.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
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
)
from accounting_sync.providers.entering import ClientCredentials, Key, bearer
from accounting_sync.providers.gross import item_parts
from accounting_sync.providers.poweroffice_rows import customer_of, payments_of, reference_of, vouchers_of
from foundation.money import EXACT, round_amount

PAGE_SIZE = 5000
TEXT_MAX = 200
IMPORTED_DIGITS_MAX = 18  # a whole number of 64 bits
REFERENCE_MAX = 50
NEVER = date(2099, 12, 31)
RATE_STEP = Decimal("0.0000000001")
TRANSACTIONS_MAX = 20_000  # on one page: a week of them, so that no voucher stands on two
WEEK = timedelta(days=7)
KEY_HEADER = "Ocp-Apim-Subscription-Key"
LISTED = {
    ListKind.ACCOUNTS: "/GeneralLedgerAccounts",
    ListKind.VAT_CODES: "/VatCodes",
    ListKind.PROJECTS: "/Projects",
    ListKind.DEPARTMENTS: "/Departments",
}
DIMENSIONS = {"project": "ProjectId", "department": "DepartmentId"}


class PowerOffice(Adapter):
    """One client in PowerOffice Go."""

    slug = "poweroffice"
    label = "PowerOffice Go"
    countries = frozenset({"NO"})
    unverified = (
        _("Documents become manual vouchers: whether Go now takes them as outgoing invoices has not been seen."),
        _("How PowerOffice Go rounds VAT in other currencies has not been seen on a live client."),
    )
    entering = ClientCredentials(
        keys=(
            Key("application_key", _("Application key"), _("Given by PowerOffice for this application.")),
            Key("client_key", _("Client key"), _("Shown in Go when the client activates the application.")),
            Key("subscription_key", _("Subscription key"), _("Given with the application key.")),
        ),
        exchange_address="https://goapi.poweroffice.net/OAuth/Token",
        client_id="application_key",
        client_secret="client_key",  # noqa: S106 - the name of the key
        exchange_headers=lambda secrets: {KEY_HEADER: secrets["subscription_key"]},
        headers=lambda secrets: {**bearer(secrets["access_token"]), KEY_HEADER: secrets["subscription_key"]},
    )
    limits = (Rate(5, 1.0),)  # ten in a second for all connections together
    modes = (Mode.JOURNAL,)
    takes = {Mode.JOURNAL: frozenset(EntryKind)}
    lists = (*LISTED,)
    options = (
        Option("no_vat", _("VAT code for lines without VAT"), ListKind.VAT_CODES, hint=_("In Go usually code 0.")),
    )
    attaches = True
    updates_customers = True
    tells_payments = True
    tells_customers = True
    tells_closed_periods = True
    dimensions = {"project": ListKind.PROJECTS, "department": ListKind.DEPARTMENTS}

    def base(self) -> str:
        """The API of all clients: the token says which one."""
        return "https://goapi.poweroffice.net/v2"

    def problem(self, call: Call, answer: Answer) -> Problem | None:
        """A reference that is taken and a closed period are told in words."""
        problem = super().problem(call, answer)
        if problem is None or problem.kind not in (ProblemKind.INVALID, ProblemKind.CONFLICT):
            return problem
        words = problem.text.lower()
        if "externalimportreference" in words.replace(" ", "") and any(word in words for word in ("exist", "unique")):
            return Problem(ProblemKind.DUPLICATE, problem.text, problem.code)
        if "lock date" in words or "lockdate" in words or "locked" in words:
            return Problem(ProblemKind.PERIOD_CLOSED, problem.text, problem.code)
        return problem

    def objection_text(self, answer: Answer) -> str:
        """Title and detail (RFC 9457), with what is said of each field."""
        if not isinstance(answer.body, Mapping):
            return super().objection_text(answer)
        told = {str(name).lower(): value for name, value in answer.body.items()}
        errors = told.get("errors")
        fields = [f"{name}: {value}" for name, value in errors.items()] if isinstance(errors, Mapping) else []
        return " ".join(str(part) for part in (told.get("title"), told.get("detail"), *fields) if part)

    # Pushing.

    def refuse(self, entry: Entry) -> None:
        """What PowerOffice would compute otherwise than we did, and claims of customers without an account there."""
        if not entry.is_document and any(line.part == LinePart.VAT for line in entry.lines):
            raise CannotBeTaken(_("PowerOffice Go computes VAT itself and takes no free VAT line. Book it by hand."))
        for item in entry.items:
            if item_parts(entry, item) is None:
                raise CannotBeTaken(
                    _("PowerOffice Go would compute the VAT of “%(text)s” differently. Book it by hand there.")
                    % {"text": item.text or item.account_number}
                )
        for party in [line.party for line in entry.lines if line.part == LinePart.RECEIVABLE and line.amount]:
            if party is None or (party.remote_id and not party.facts.get("account")):
                raise CannotBeTaken(_("The customer has no account in PowerOffice Go. Link the customer again."))

    def steps(self, entry: Entry) -> Sequence[str]:
        """The voucher and its file."""
        return ("create", "attach") if entry.is_document and entry.pdf_name else ("create",)

    def build(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The call of a step."""
        if step == "attach":
            file = Upload(entry.pdf_name, b"", "application/pdf")
            return Call(method="PUT", path="/VoucherDocumentation", query=[("id", done["create"].id)], upload=file)
        return Call(method="POST", path="/Vouchers/ManualJournals", body=self._voucher(entry))

    def parse(self, step: str, entry: Entry, answer: Answer) -> Remote:
        """The voucher with the number that Go gave it; of a file Go tells nothing."""
        if step == "attach":
            return Remote(id=entry.pdf_name)
        return Remote(id=str(answer.body["Id"]), facts={"voucher_number": str(answer.body.get("VoucherNo") or "")})

    def find(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call | None:
        """Among the transactions of the day; of the file Go tells whether the voucher has one."""
        if step == "attach":
            return Call(method="GET", path="/VoucherDocumentation", query=[("id", done["create"].id)])
        return self._transactions(entry.day, entry.day)

    def found(self, step: str, entry: Entry, answer: Answer) -> Sequence[Remote]:
        """What bears our reference."""
        if step == "attach":
            return [Remote(id=entry.pdf_name) for row in answer.body or [] if row.get("HasPdf")]
        return self._own(entry, answer)

    def read(self, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The transactions of the voucher."""
        number = done["create"].facts.get("voucher_number", "")
        return self._transactions(entry.day, entry.day, *([("voucherNos", number)] if number else []))

    def read_back(self, entry: Entry, answer: Answer) -> Remote:
        """What stands in the ledger."""
        own = self._own(entry, answer)
        return own[0] if own else Remote(id="", number="—", is_booked=False)

    def _own(self, entry: Entry, answer: Answer) -> Sequence[Remote]:
        wanted = reference_of(entry)
        rows = [row for row in answer.body or [] if row.get("ExternalImportReference") == wanted]
        others = {line.account.code for line in entry.lines if line.part != LinePart.VAT}
        return vouchers_of(rows, others | {item.account.code for item in entry.items})

    def _transactions(self, first: date, last: date, *query: tuple[str, str]) -> Call:
        days = (("fromDate", first.isoformat()), ("toDate", last.isoformat()))
        size = (("PageNumber", "1"), ("PageSize", str(TRANSACTIONS_MAX)))
        return Call(method="GET", path="/AccountTransactions", query=[*days, *query, *size])

    def _voucher(self, entry: Entry) -> dict[str, Any]:
        lines = [
            self._line(entry, line)
            for line in entry.lines
            if line.amount and (line.part == LinePart.RECEIVABLE or not entry.is_document)
        ]
        for item in entry.items:
            lines += self._item(entry, item)
        body: dict[str, Any] = {
            "CurrencyCode": entry.base_currency,
            "VoucherDate": entry.issue_date.isoformat(),
            "Description": f"{entry.number} {entry.text}".strip()[:TEXT_MAX],
            "ExternalImportReference": reference_of(entry),
            "VoucherLines": lines,
        }
        digits = "".join(sign for sign in entry.number if sign.isdigit())
        if digits and len(digits) <= IMPORTED_DIGITS_MAX:
            body["ImportedVoucherNo"] = int(digits)
        return body

    def _line(self, entry: Entry, line: EntryLine) -> dict[str, Any]:
        """A line of our voucher; a claim stands on its customer's account and is matched by its number."""
        made = self._posted(entry, line.text, line.account.id, (line.amount, line.currency_amount))
        if line.part == LinePart.RECEIVABLE and line.party is not None:
            made |= {"AccountId": int(line.party.facts["account"]), "CustomMatchingReference": line.document_number}
            return made
        return made | _named(line.dimensions)

    def _item(self, entry: Entry, item: EntryItem) -> list[dict[str, Any]]:
        """What a line of a document brings in; more than one line where that keeps the VAT exact."""
        sign = -1 if entry.kind == EntryKind.SALE else 1
        return [
            self._posted(entry, item.text, item.account.id, (sign * part.base, sign * part.amount))
            | ({"VatId": int(part.vat.id)} if part.vat else {})
            | _named(item.dimensions)
            for part in item_parts(entry, item) or ()
            if part.base
        ]

    def _posted(self, entry: Entry, text: str, account: str, amounts: tuple[Decimal, Decimal]) -> dict[str, Any]:
        base, amount = amounts
        made: dict[str, Any] = {
            "AccountId": int(account),
            "PostingDate": entry.day.isoformat(),
            "VatId": int(chosen(self, "no_vat")),
            "CurrencyAmount": base,
            "Description": (text or entry.text)[:TEXT_MAX],
        }
        if entry.is_foreign and amount:
            rate = _rate(base, amount, entry.exchange_rate)
            made |= {"CurrencyAmount": amount, "CurrencyCode": entry.currency, "CurrencyExchangeRate": rate}
        return made

    # Customers.

    def find_customer(self, party: Party) -> Sequence[Call]:
        """By the reference that we made it with, our number as the external one, then among all of them."""
        calls = [self._page("/Customers", ("externalImportReference", party.number[:REFERENCE_MAX]))]
        if party.number.isdigit():
            calls.append(self._page("/Customers", ("externalNos", party.number)))
        return [*calls, self._page("/Customers")] if party.organization_number else calls

    def found_customers(self, answer: Answer) -> Sequence[RemoteCustomer]:
        """The customers of a page."""
        return [customer_of(row) for row in answer.body or []]

    def create_customer(self, party: Party) -> Call:
        """A customer with our number as its reference: Go gives its own numbers, which are accounts too."""
        body = self._customer(party) | {"ExternalImportReference": party.number[:REFERENCE_MAX]}
        if party.number.isdigit() and len(party.number) <= IMPORTED_DIGITS_MAX:
            body["ExternalNumber"] = int(party.number)
        if party.postal_code and party.city:
            body["MailAddress"] = {
                "AddressLine1": party.street,
                "AddressLine2": party.street_2,
                "ZipCode": party.postal_code,
                "City": party.city,
                "CountryCode": party.country,
            }
        return Call(method="POST", path="/Customers", body=body)

    def created_customer(self, party: Party, answer: Answer) -> RemoteCustomer:
        """The customer as Go repeats it."""
        return customer_of(answer.body)

    def update_customer(self, party: Party, remote: RemoteCustomer) -> Call:
        """What differs in name and ways to reach it (RFC 6902); addresses are changed in Go."""
        changes = [
            {"op": "replace", "path": f"/{name}", "value": value} for name, value in self._customer(party).items()
        ]
        headers = {"Content-Type": "application/json-patch+json"}
        return Call(method="PATCH", path=f"/Customers/{remote.id}", body=changes, headers=headers)

    def list_customers(self, changed_since: datetime | None) -> Call:
        """Customers, all or changed since a moment."""
        name = "lastChangedDateTimeOffsetGreaterThan"
        return self._page("/Customers", *([(name, changed_since.isoformat())] if changed_since else []))

    def _customer(self, party: Party) -> dict[str, Any]:
        first, _space, last = party.name.rpartition(" ")
        named = {"Name": party.name} if party.is_business else {"FirstName": first or last, "LastName": last}
        optional = {
            "OrganizationNumber": party.organization_number,
            "EmailAddress": party.email,
            "InvoiceEmailAddress": party.email,
            "PhoneNumber": party.phone,
        }
        return {
            "IsPerson": not party.is_business,
            **named,
            **{name: value for name, value in optional.items() if value},
        }

    # Lists.

    def fetch(self, kind: ListKind) -> Call:
        """One of Go's lists."""
        return self._page(LISTED[kind])

    def listed(self, kind: ListKind, answer: Answer) -> Sequence[Choice]:
        """Rows of a list; a rate is told as a part of one."""
        rows = answer.body or []
        if kind == ListKind.VAT_CODES:
            return [
                Choice(str(row["Id"]), row.get("Code") or "", row.get("Name") or "", {"rate": _percent(row["Rate"])})
                for row in rows
                if row.get("IsActive") is not False
            ]
        return [
            Choice(str(row["Id"]), str(row.get("AccountNo") or row.get("Code") or ""), row.get("Name") or "")
            for row in rows
            if row.get("IsActive") is not False
        ]

    def next_page(self, call: Call, answer: Answer) -> Call | None:
        """The rows after these, as long as pages are full."""
        asked = dict(call.query)
        if "PageNumber" not in asked or len(answer.body or []) < int(asked["PageSize"]):
            return None
        return call.with_query(PageNumber=str(int(asked["PageNumber"]) + 1))

    def fetch_closed_through(self) -> Call:
        """The lock date of the client."""
        return Call(method="GET", path="/LockDateSettings")

    def closed_through(self, answer: Answer) -> date | None:
        """On this day and before it nothing is booked any more."""
        told = (answer.body or {}).get("LockDate")
        return date.fromisoformat(told[:10]) if told else None

    # Back.

    def list_pushed(self, first: date, last: date) -> Sequence[Call]:
        """All transactions of the days, week by week."""
        weeks = [first + count * WEEK for count in range((last - first) // WEEK + 1)]
        return [self._transactions(day, min(day + WEEK - timedelta(days=1), last)) for day in weeks]

    def pushed(self, call: Call, answer: Answer) -> Sequence[Remote]:
        """The vouchers among them that came by the API."""
        return vouchers_of(answer.body or [])

    def list_payments(self, since: date) -> Call:
        """The customers' accounts since the day."""
        return self._page("/Customerledger/Statement", ("fromDate", since.isoformat()), ("toDate", NEVER.isoformat()))

    def paid(self, answer: Answer) -> Sequence[RemotePayment]:
        """What made claims smaller."""
        return payments_of(answer.body or [])

    def _page(self, path: str, *query: tuple[str, str]) -> Call:
        return Call(method="GET", path=path, query=[*query, ("PageNumber", "1"), ("PageSize", str(PAGE_SIZE))])


def _named(dimensions: Mapping[str, Target]) -> dict[str, Any]:
    """Project and department of a line."""
    return {DIMENSIONS[kind]: int(target.id) for kind, target in dimensions.items() if kind in DIMENSIONS}


def _rate(base: Decimal, amount: Decimal, usual: Decimal) -> Decimal:
    """The rate by which the amount is the base: the voucher's own where that does it."""
    if round_amount(EXACT.multiply(amount, usual)) == base:
        return usual
    return EXACT.divide(base, amount).quantize(RATE_STEP)


def _percent(rate: Any) -> str:
    """A rate such as 0.25 in percent, without zeros behind it."""
    return f"{(Decimal(rate) * 100).normalize():f}"
