"""e-conomic (Denmark): our vouchers in a cash journal, booked at once; claims stand on the customers as open items.

Two generations of its API are needed: the older one takes a voucher with the VAT amounts that we tell and knows an
idempotency key, the newer one books it and tells of what is booked. Versions of the newer one stand in the addresses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import Entry, EntryKind, LinePart, Party, Remote
from accounting_sync.providers.base import (
    TEXT_MAX,
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
from accounting_sync.providers.e_conomic_rows import (
    BOOKED_PAGE,
    booked_of,
    codes_of,
    customer_of,
    drafts_of,
    id_of,
    messages_in,
    number_in,
    payments_of,
    whole_vouchers,
)
from accounting_sync.providers.e_conomic_vouchers import (
    NUMBER_DIGITS,
    customer_body,
    customer_number,
    digits,
    document_entries,
    line_entries,
    year_of,
)
from accounting_sync.providers.entering import Key, StaticKeys
from accounting_sync.providers.vat_lines import with_vat

JOURNALS = "https://apis.e-conomic.com/journalsapi/v15.0.0"
BOOKED = "https://apis.e-conomic.com/bookedEntriesapi/v4.0.0"
DOCUMENTS = "https://apis.e-conomic.com/documentsapi/v4.0.1"
PAGE_SIZE = 1000
ESCAPED = "$()*,[]"
CODES: Mapping[str, ProblemKind] = {
    "JournalEntryDateAccountingYearClosed": ProblemKind.PERIOD_CLOSED,
    "JournalEntryDateAccountingYearPeriodBarred": ProblemKind.PERIOD_CLOSED,
    "JournalVoucherAccountingYearClosed": ProblemKind.PERIOD_CLOSED,
    "JournalEntryDoesNotExist": ProblemKind.DUPLICATE,  # no draft any more: look whether it is booked
    "OneAPIEntriesListCannotBeEmpty": ProblemKind.DUPLICATE,
    "JournalVoucherEntityAlreadyExistsError": ProblemKind.DUPLICATE,
    "DocumentAlreadyAttachedToVoucher": ProblemKind.DUPLICATE,
}
# What is no invoice to the customer may have a number of another kind; it is then an open item without a number.
NEED_NUMBER = ("sale", "credit")
LISTED: Mapping[ListKind, tuple[str, str]] = {
    ListKind.ACCOUNTS: ("/accounts", "accountNumber"),
    ListKind.VAT_CODES: ("/vat-accounts", "vatCode"),
    ListKind.JOURNALS: ("/journals", "journalNumber"),
    ListKind.CUSTOMER_GROUPS: ("/customer-groups", "customerGroupNumber"),
    ListKind.PAYMENT_TERMS: ("/payment-terms", "paymentTermsNumber"),
}


class EConomic(Adapter):
    """One agreement in e-conomic."""

    slug = "e-conomic"
    label = "e-conomic"
    countries = frozenset({"DK"})
    unverified = (
        _("Whether e-conomic keeps a VAT amount that differs by an øre from its own has not been seen live."),
        _("How e-conomic books amounts that are told in both currencies has not been seen live."),
        _("For how long e-conomic remembers the key of a request is not known."),
    )
    entering = StaticKeys(
        keys=(
            Key("app_secret", _("App secret token"), _("Of your app at e-conomic's developer pages.")),
            Key("grant", _("Agreement grant token"), _("What e-conomic shows after you have allowed the app.")),
        ),
        headers=lambda secrets: {
            "X-AppSecretToken": secrets["app_secret"],
            "X-AgreementGrantToken": secrets["grant"],
        },
    )
    limits = (Rate(10, 1.0),)
    modes = (Mode.JOURNAL,)
    takes = {Mode.JOURNAL: frozenset(EntryKind)}
    lists = tuple(LISTED)
    options = (
        Option("journal", _("Cash journal"), ListKind.JOURNALS, hint=_("Best one that nobody else writes in.")),
        Option("customer_group", _("Group of new customers"), ListKind.CUSTOMER_GROUPS),
        Option("payment_terms", _("Payment terms of new customers"), ListKind.PAYMENT_TERMS),
        Option(
            "first_month",
            _("First month of the accounting year"),
            is_required=False,
            hint=_("A number from 1 to 12; empty where it is the calendar year."),
        ),
    )
    attaches = True
    tells_payments = True
    tells_customers = True

    def base(self) -> str:
        """The older API; calls to the newer one name its host."""
        return "https://restapi.e-conomic.com"

    def problem(self, call: Call, answer: Answer) -> Problem | None:
        """The codes of both APIs; the older one says in words what is closed or taken."""
        problem = super().problem(call, answer)
        if problem is None or problem.kind not in (ProblemKind.INVALID, ProblemKind.MISSING):
            return problem
        codes = codes_of(answer.body)
        kind = next((CODES[code] for code in codes if code in CODES), None)
        text = problem.text.lower()
        if kind is None and "accounting year" in text and ("closed" in text or "barred" in text):
            kind = ProblemKind.PERIOD_CLOSED
        if kind is None and call.path == "/customers" and "already" in text:
            kind = ProblemKind.DUPLICATE
        return problem if kind is None else Problem(kind, problem.text, codes[0] if codes else problem.code)

    def objection_text(self, answer: Answer) -> str:
        """The sentences of its errors, the innermost ones where there are any."""
        if isinstance(answer.body, Mapping):
            inner = messages_in(answer.body.get("errors"))
            whole = answer.body.get("message") or answer.body.get("detail") or answer.body.get("title") or ""
            return " ".join(dict.fromkeys(inner)) or str(whole)
        return super().objection_text(answer)[:TEXT_MAX]

    # Pushing.

    def refuse(self, entry: Entry) -> None:
        """Numbers must be digits; every claim needs a customer that is known there."""
        if entry.voucher_kind in NEED_NUMBER and entry.is_document and digits(entry.number) is None:
            raise CannotBeTaken(
                _("The number %(number)s: e-conomic takes only numbers of at most %(digits)s digits.")
                % {"number": entry.number, "digits": NUMBER_DIGITS}
            )
        for line in entry.lines:
            if line.part == LinePart.RECEIVABLE and not customer_number(entry, line):
                raise CannotBeTaken(_("A customer of this voucher is not known in e-conomic yet."))
        if not entry.is_document:
            with_vat(entry.lines)

    def steps(self, entry: Entry) -> Sequence[str]:
        """The voucher in the cash journal; the numbers of its lines there (only read); booking; the file."""
        made = ("create", "look", "book")
        return (*made, "attach") if entry.pdf_name else made

    def build(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The call of a step."""
        if step == "look":
            return self._drafts(entry)
        if step == "book":
            numbers = [int(number) for number in done["look"].facts.get("entries", "").split(",") if number]
            if not numbers:  # somebody has booked the journal meanwhile, or deleted from it
                return self.read(entry, done)
            path = f"{JOURNALS}/journals/{chosen(self, 'journal')}/bookdraftentries"
            return Call(method="POST", path=path, body={"entryNumbers": numbers})
        if step == "attach":
            form = {
                "accountingYear": self._year(entry),
                "voucherNumber": number_in(done["create"].id),
                "onConflict": "1",
            }
            upload = Upload(entry.pdf_name, b"", "application/pdf")
            return Call(method="POST", path=f"{DOCUMENTS}/AttachedDocuments", form=form, upload=upload)
        path = f"/journals/{chosen(self, 'journal')}/vouchers"
        return Call(method="POST", path=path, body=self._voucher(entry), headers={"Idempotency-Key": entry.key})

    def parse(self, step: str, entry: Entry, answer: Answer) -> Remote:
        """The voucher's number; the numbers of its lines; booking answers with nothing."""
        if step == "create":
            row = answer.body[0]
            return Remote(id=id_of(entry.day, row["voucherNumber"]), number=entry.number, is_booked=False)
        if step == "look":
            return next(iter(self.found("look", entry, answer)), Remote(id="", number=entry.number, is_booked=False))
        return Remote(id=str(answer.body["number"]) if step == "attach" else entry.key)

    def find(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call | None:
        """In the cash journal, then among what is booked; a file by its voucher."""
        if step in ("create", "look"):
            return self._drafts(entry)
        if step == "attach":
            wanted = f"voucherNumber$eq:{number_in(done['create'].id)}$and:accountingYear$eq:{self._year(entry)}"
            return Call(method="GET", path=f"{DOCUMENTS}/AttachedDocuments", query=[("filter", wanted)])
        return self.read(entry, done)

    def found(self, step: str, entry: Entry, answer: Answer) -> Sequence[Remote]:
        """What bears our number."""
        rows = _items(answer)
        if step in ("create", "look"):
            return drafts_of(rows, entry.number)
        if step == "attach":
            return [Remote(id=str(row["number"])) for row in rows]
        return [remote for group in whole_vouchers(rows) if (remote := booked_of(group)).number == entry.number]

    def read(self, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The booked lines of the voucher."""
        return self._booked(f"voucherNumber$eq:{number_in(done['create'].id)}$and:date$eq:{entry.day.isoformat()}")

    def read_back(self, entry: Entry, answer: Answer) -> Remote:
        """The voucher as it is booked, its VAT by the accounts of the codes."""
        rows = [row for group in whole_vouchers(_items(answer)) for row in group]
        if not rows:
            return Remote(id="", total=Decimal(0), is_booked=False)
        remote = booked_of(rows)
        if not entry.is_document:
            return remote
        codes = {item.vat.id: item.vat.facts.get("account", "") for item in entry.items if item.vat and item.vat_amount}
        on_codes = [Decimal(row.get("amount") or 0) for row in rows if str(row["accountNumber"]) in codes.values()]
        vat_total = None if "" in codes.values() else abs(sum(on_codes, Decimal(0)))
        number = next((row.get("customerInvoiceNumber") for row in rows if row.get("customerInvoiceNumber")), None)
        told = remote.number if number is None or number == digits(entry.number) else str(number)
        return Remote(
            id=remote.id,
            number=told,
            day=remote.day,
            currency=remote.currency,
            total=remote.total,
            vat_total=vat_total,
            open_amount=remote.open_amount,
            party_id=remote.party_id,
            accounts=remote.accounts,
            facts=remote.facts,
        )

    def _voucher(self, entry: Entry) -> dict[str, Any]:
        entries = document_entries(entry) if entry.is_document else line_entries(entry)
        return {
            "accountingYear": {"year": self._year(entry)},
            "journal": {"journalNumber": int(chosen(self, "journal"))},
            "entries": {name: rows for name, rows in entries.items() if rows},
        }

    def _year(self, entry: Entry) -> str:
        return year_of(entry.day, chosen(self, "first_month"))

    def _drafts(self, entry: Entry) -> Call:
        wanted = f"journalNumber$eq:{chosen(self, 'journal')}$and:date$eq:{entry.day.isoformat()}"
        return Call(method="GET", path=f"{JOURNALS}/draft-entries", query=[("filter", wanted)])

    def _booked(self, wanted: str) -> Call:
        return Call(method="GET", path=f"{BOOKED}/booked-entries", query=[("filter", wanted)])

    # Customers.

    def find_customer(self, party: Party) -> Sequence[Call]:
        """By organization number; by our number where the name is the same, as it may be theirs of somebody else."""
        calls = []
        if party.organization_number:
            calls.append(_customers(f"corporateIdentificationNumber$eq:{_escaped(party.organization_number)}"))
        if digits(party.number) is not None:
            calls.append(_customers(f"customerNumber$eq:{party.number}$and:name$eq:{_escaped(party.name)}"))
        elif party.email:
            calls.append(_customers(f"email$eq:{_escaped(party.email)}"))
        return calls

    def found_customers(self, answer: Answer) -> Sequence[RemoteCustomer]:
        """The customers of a page."""
        return [customer_of(row) for row in (answer.body or {}).get("collection") or []]

    def create_customer(self, party: Party) -> Call:
        """With our number as its number, which e-conomic keeps unique."""
        body = customer_body(party, chosen(self, "customer_group"), chosen(self, "payment_terms"))
        return Call(method="POST", path="/customers", body=body)

    def created_customer(self, party: Party, answer: Answer) -> RemoteCustomer:
        """The whole customer comes back."""
        return customer_of(answer.body)

    def list_customers(self, changed_since: datetime | None) -> Call:
        """All customers, or those changed since."""
        since = f"lastUpdated$gte:{changed_since.strftime('%Y-%m-%dT%H:%M:%SZ')}" if changed_since else ""
        return _customers(since)

    # Lists.

    def fetch(self, kind: ListKind) -> Call:
        """One of its lists."""
        return Call(method="GET", path=LISTED[kind][0], query=_pages())

    def listed(self, kind: ListKind, answer: Answer) -> Sequence[Choice]:
        """Rows that may be used; accounts that only sum others are none."""
        name = LISTED[kind][1]
        choices = []
        for row in answer.body.get("collection") or []:
            if row.get("barred") or row.get("accountType", "status") not in ("profitAndLoss", "status"):
                continue
            facts = {}
            if kind == ListKind.VAT_CODES:
                account = (row.get("account") or {}).get("accountNumber")
                facts = {"rate": str(row.get("ratePercentage") or 0), "account": str(account or "")}
            choices.append(Choice(str(row[name]), str(row[name]), row.get("name") or "", facts))
        return choices

    def next_page(self, call: Call, answer: Answer) -> Call | None:
        """By pages in the older API; what is booked goes on with the voucher that a full page may have cut."""
        body = answer.body if isinstance(answer.body, Mapping) else {}
        asked = dict(call.query)
        if "skippages" in asked:
            more = (body.get("pagination") or {}).get("nextPage")
            return call.with_query(skippages=str(int(asked["skippages"]) + 1)) if more else None
        rows = body.get("items") or []
        if len(rows) < BOOKED_PAGE or not body.get("cursor"):
            return None
        kept = sum(len(group) for group in whole_vouchers(rows))
        if "customerNumber$gt" in asked.get("filter", "") or kept == len(rows):
            return call.with_query(cursor=str(body["cursor"]))
        wanted = asked["filter"].partition("$and:entryNumber$gte")[0]
        return call.with_query(filter=f"{wanted}$and:entryNumber$gte:{rows[kept]['entryNumber']}")

    # Back.

    def list_pushed(self, first: date, last: date) -> Sequence[Call]:
        """Everything that is booked in these days."""
        return [self._booked(f"date$gte:{first.isoformat()}$and:date$lte:{last.isoformat()}")]

    def pushed(self, call: Call, answer: Answer) -> Sequence[Remote]:
        """The vouchers that bear a number of ours."""
        return [remote for group in whole_vouchers(_items(answer)) if (remote := booked_of(group)).number]

    def list_payments(self, since: date) -> Call:
        """What is booked on customers since a day."""
        return self._booked(f"date$gte:{since.isoformat()}$and:customerNumber$gt:0")

    def paid(self, answer: Answer) -> Sequence[RemotePayment]:
        """The payments among it."""
        return payments_of(_items(answer))


def _items(answer: Answer) -> list[Mapping[str, Any]]:
    return list((answer.body or {}).get("items") or [])


def _pages() -> list[tuple[str, str]]:
    return [("skippages", "0"), ("pagesize", str(PAGE_SIZE))]


def _customers(wanted: str) -> Call:
    return Call(method="GET", path="/customers", query=[*([("filter", wanted)] if wanted else []), *_pages()])


def _escaped(text: str) -> str:
    """A value inside a filter, where some signs mean something."""
    return "".join(f"${sign}" if sign in ESCAPED else sign for sign in text)
