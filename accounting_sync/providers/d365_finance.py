"""Dynamics 365 Finance, OData data entities: each voucher in a general journal of its own, which posts there by itself.

No contract of these entities is public; every environment has its own. VAT goes on its account as on our voucher, so
that nothing is computed there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import Entry, EntryKind, EntryLine, LinePart, Party, Remote
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
from accounting_sync.providers.d365_finance_rows import customer_of, journals_of, rows_of, whole_rows
from accounting_sync.providers.entering import ClientCredentials, Key
from accounting_sync.providers.odata import host_label, quoted
from accounting_sync.providers.reading import mark_of

NUMBER_MAX = 20
TEXT_MAX = 60
DAYS_AT_ONCE = 7
LINES, HEADERS, CUSTOMERS = "/data/LedgerJournalLines", "/data/LedgerJournalHeaders", "/data/CustomersV3"
WORDS = (
    ("already exists", ProblemKind.DUPLICATE),
    ("period", ProblemKind.PERIOD_CLOSED),  # "Fiscal period … is not open", "Period … is on hold"
)


class D365Finance(Adapter):
    """One legal entity in an environment of Dynamics 365 Finance."""

    slug = "d365-finance"
    label = "Dynamics 365 Finance"
    countries = frozenset()
    stage = Stage.PREVIEW
    unverified = (
        _("No environment of Dynamics 365 Finance has been pushed to yet; names of its data entities may differ."),
        _("The journal is posted by Dynamics 365 itself; here it counts as posted once all its lines stand there."),
        _("VAT goes on its account without sales tax codes, so the tax reports of Dynamics 365 do not count it."),
        _("The journal must let our voucher numbers stand."),
        _("Project Operations takes its invoices from Dynamics 365 Finance; nothing is pushed to it directly."),
    )
    entering = ClientCredentials(
        keys=(
            Key(
                "client_id",
                _("Application (client) ID"),
                _("Of the app registration in Microsoft Entra"),
                is_secret=False,
            ),
            Key("client_secret", _("Client secret")),
        ),
        exchange_address="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        client_id="client_id",
        client_secret="client_secret",  # noqa: S106 - the name of a key
        scopes=("https://{environment}.operations.dynamics.com/.default",),
        authenticates_by="client_secret_post",
    )
    limits = (Rate(10, 1.0), Rate(6000, 300.0))
    modes = (Mode.JOURNAL,)
    takes = {Mode.JOURNAL: frozenset(EntryKind)}
    options = (
        Option("tenant", _("Microsoft Entra tenant ID")),
        Option("environment", _("Environment"), hint=_("What stands before .operations.dynamics.com")),
        Option("company", _("Legal entity"), hint=_("Its short name of up to four characters")),
        Option("journal", _("Journal name"), hint=_("A general journal for Bilag alone")),
        Option("customer_group", _("Customer group"), hint=_("Of customers that are made from here")),
    )
    answer_seconds = 60.0

    def base(self) -> str:
        """The environment's own host."""
        return f"https://{host_label(chosen(self, 'environment'))}.operations.dynamics.com"

    def problem(self, call: Call, answer: Answer) -> Problem | None:
        """By the words of the log that Dynamics 365 answers with."""
        problem = super().problem(call, answer)
        if problem is None or problem.kind != ProblemKind.INVALID:
            return problem
        text = problem.text.lower()
        kind = next((kind for words, kind in WORDS if words in text), problem.kind)
        return Problem(kind, problem.text, problem.code)

    def objection_text(self, answer: Answer) -> str:
        """What stands in the inner error; the outer one only says that there was one."""
        error = answer.body.get("error") if isinstance(answer.body, Mapping) else None
        if not isinstance(error, Mapping):
            return super().objection_text(answer)
        inner = error.get("innererror")
        told = inner.get("message") if isinstance(inner, Mapping) else ""
        return str(told or error.get("message") or "").rpartition("Infolog:")[2].strip().removeprefix("Error: ")

    # Pushing.

    def refuse(self, entry: Entry) -> None:
        """Foreign currencies, whose rates Dynamics 365 may count by the hundred, and numbers that are too long."""
        if entry.is_foreign:
            raise CannotBeTaken(_("Vouchers in foreign currency are not pushed to Dynamics 365 yet. Book it by hand."))
        if len(entry.number) > NUMBER_MAX:
            raise CannotBeTaken(_("Dynamics 365 takes numbers of at most 20 characters. Shorten the series."))
        if any(line.part == LinePart.RECEIVABLE and line.party is None for line in entry.lines):
            raise CannotBeTaken(_("A line on claims has no customer. Book it by hand in Dynamics 365."))
        if not _lines(entry):
            raise CannotBeTaken(_("Dynamics 365 takes no voucher without amounts."))

    def steps(self, entry: Entry) -> Sequence[str]:
        """A journal and its lines; on another day another journal."""
        return (
            _journal_step(entry),
            *(f"line:{entry.day:%y%m%d}:{position}" for position in range(len(_lines(entry)))),
        )

    def build(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The call of a step."""
        own = {"dataAreaId": chosen(self, "company")}
        if step == _journal_step(entry):
            body = own | {"JournalName": chosen(self, "journal"), "Description": _description(entry)}
            return Call(method="POST", path=HEADERS, body=body)
        position = int(step.rpartition(":")[2])
        place = {"JournalBatchNumber": done[_journal_step(entry)].id, "LineNumber": position + 1}
        return Call(method="POST", path=LINES, body=own | place | _line(entry, _lines(entry)[position]))

    def parse(self, step: str, entry: Entry, answer: Answer) -> Remote:
        """The number of the journal."""
        return Remote(id=str(answer.body["JournalBatchNumber"]))

    def find(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call | None:
        """The journal by its description, a line by its place in it."""
        if step == _journal_step(entry):
            return self._filtered(HEADERS, f"Description eq {quoted(_description(entry))}")
        line_number = int(step.rpartition(":")[2]) + 1
        journal = done[_journal_step(entry)].id
        return self._filtered(LINES, f"JournalBatchNumber eq {quoted(journal)} and LineNumber eq {line_number}")

    def found(self, step: str, entry: Entry, answer: Answer) -> Sequence[Remote]:
        """What is there."""
        return [Remote(id=str(row["JournalBatchNumber"])) for row in rows_of(answer)]

    def read(self, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The lines of the journal."""
        return self._filtered(LINES, f"JournalBatchNumber eq {quoted(done[_journal_step(entry)].id)}")

    def read_back(self, entry: Entry, answer: Answer) -> Remote:
        """What the lines come to; the VAT is what stands on its accounts."""
        rows = rows_of(answer)
        remote = next(iter(journals_of(rows)), Remote(id=""))
        vat_accounts = {line.account.code for line in entry.lines if line.part == LinePart.VAT}
        vat = sum((remote.accounts.get(code, Decimal(0)) for code in vat_accounts), Decimal(0))
        return Remote(
            id=remote.id,
            number=remote.number,
            day=remote.day,
            currency=remote.currency,
            total=remote.total,
            vat_total=abs(vat) if entry.is_document and vat_accounts else None,
            accounts=remote.accounts,
        )

    # Customers.

    def find_customer(self, party: Party) -> Sequence[Call]:
        """By organization number, our number, the address for e-mail."""
        asked = (
            ("TaxExemptNumber", party.organization_number),
            ("CustomerAccount", party.number[:NUMBER_MAX]),
            ("PrimaryContactEmail", party.email),
        )
        return [self._filtered(CUSTOMERS, f"{name} eq {quoted(value)}") for name, value in asked if value]

    def found_customers(self, answer: Answer) -> Sequence[RemoteCustomer]:
        """The customers of an answer."""
        return [customer_of(row) for row in rows_of(answer)]

    def create_customer(self, party: Party) -> Call:
        """A customer with our number as its account."""
        known = {
            "OrganizationName": party.name[:100],
            "SalesCurrencyCode": party.currency,
            "TaxExemptNumber": party.organization_number or party.vat_number,
            "AddressStreet": party.street,
            "AddressCity": party.city,
            "AddressZipCode": party.postal_code,
            "PrimaryContactEmail": party.email,
            "PartyType": "Organization" if party.is_business or party.is_public else "Person",
        }
        body = {
            "dataAreaId": chosen(self, "company"),
            "CustomerAccount": party.number[:NUMBER_MAX],
            "CustomerGroupId": chosen(self, "customer_group"),
        } | {name: value for name, value in known.items() if value}
        return Call(method="POST", path=CUSTOMERS, body=body)

    def created_customer(self, party: Party, answer: Answer) -> RemoteCustomer:
        """The customer as it answers it."""
        return customer_of(answer.body)

    # Lists.

    def fetch(self, kind: ListKind) -> Call:
        """The main accounts; the one way with VAT is known without asking, so any short list will do."""
        if kind == ListKind.VAT_CODES:
            return Call(method="GET", path="/data/MainAccounts", query=[("$top", "1")])
        return Call(method="GET", path="/data/MainAccounts")

    def listed(self, kind: ListKind, answer: Answer) -> Sequence[Choice]:
        """Rows of a list."""
        if kind == ListKind.VAT_CODES:
            return [Choice("as-posted", "", gettext("VAT as on our voucher"), {"only": "yes"})]
        return [Choice(row["MainAccountId"], row["MainAccountId"], row.get("Name", "")) for row in rows_of(answer)]

    def next_page(self, call: Call, answer: Answer) -> Call | None:
        """As the answer says; of journal lines after the last journal that is on the page as a whole."""
        body = answer.body if isinstance(answer.body, Mapping) else {}
        following = body.get("@odata.nextLink")
        if not following or ("$top", "1") in call.query:
            return None
        whole = len(whole_rows(answer)) if call.path == LINES else 0
        if whole:
            return call.with_query(**{"$skip": str(int(dict(call.query).get("$skip", "0")) + whole)})
        return Call(method="GET", path=following)

    # Back.

    def list_pushed(self, first: date, last: date) -> Sequence[Call]:
        """The journal lines of the days, a week at a time."""
        calls = []
        while first <= last:
            end = min(first + timedelta(days=DAYS_AT_ONCE - 1), last)
            days = f"TransDate ge {first.isoformat()}T00:00:00Z and TransDate le {end.isoformat()}T23:59:59Z"
            calls.append(self._filtered(LINES, days))
            first = end + timedelta(days=1)
        return calls

    def pushed(self, call: Call, answer: Answer) -> Sequence[Remote]:
        """The journals whose lines bear our mark; one that goes on upon the next page is left to it."""
        return [remote for remote in journals_of(whole_rows(answer)) if remote.facts["mark"]]

    def _filtered(self, path: str, query: str) -> Call:
        own = f"dataAreaId eq {quoted(chosen(self, 'company'))} and {query}"
        return Call(method="GET", path=quote(path), query=[("cross-company", "true"), ("$filter", own)])


def _journal_step(entry: Entry) -> str:
    return f"journal:{entry.day:%y%m%d}"


def _description(entry: Entry) -> str:
    """What the journal is found by: the same for every attempt at the same voucher on the same day."""
    return f"{mark_of(entry)} {entry.number} {entry.key[:8]}/{entry.day:%y%m%d}"[:TEXT_MAX]


def _lines(entry: Entry) -> list[EntryLine]:
    return [line for line in entry.lines if line.amount]


def _line(entry: Entry, line: EntryLine) -> dict[str, Any]:
    moment = f"{entry.day.isoformat()}T12:00:00Z"  # noon: no time zone makes another day of it
    side = "DebitAmount" if line.amount > 0 else "CreditAmount"
    body: dict[str, Any] = {
        "TransDate": moment,
        "AccountType": "Ledger",
        "AccountDisplayValue": line.account.code,
        side: abs(line.amount),
        "CurrencyCode": entry.base_currency,
        "Text": f"{mark_of(entry)} {line.text or entry.text}"[:TEXT_MAX],
        "Document": entry.number,
        "DocumentDate": f"{entry.issue_date.isoformat()}T12:00:00Z",
        "Voucher": entry.voucher_label[:NUMBER_MAX],
    }
    if line.part == LinePart.RECEIVABLE:
        assert line.party is not None
        body |= {
            "AccountType": "Cust",
            "AccountDisplayValue": line.party.remote_number,
            "Invoice": line.document_number[:NUMBER_MAX],
        }
        if line.due_date is not None:
            body["DueDate"] = f"{line.due_date.isoformat()}T12:00:00Z"
        if entry.kid and len(entry.kid) <= NUMBER_MAX:
            body["PaymentReference"] = entry.kid
    return body
