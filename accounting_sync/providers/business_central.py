"""Business Central (Microsoft Dynamics 365), API v2.0: vouchers in journals, or documents as sales documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import Entry, EntryKind, Party, Remote
from accounting_sync.providers import business_central_documents as documents
from accounting_sync.providers import business_central_journal as journal
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
    chosen,
)
from accounting_sync.providers.business_central_rows import customer_of, last_whole_entry, postings_of, rows_of
from accounting_sync.providers.entering import ClientCredentials, Key
from accounting_sync.providers.odata import quoted, utc_text

NUMBER_MAX = 20
TEXT_MAX = 100
ENGLISH = {"Accept-Language": "en-US"}  # what it objects to is told in the caller's language
CODES = {
    "Internal_EntityWithSameKeyExists": ProblemKind.DUPLICATE,
    "Request_EntityChanged": ProblemKind.CONFLICT,
    "Internal_RecordNotFound": ProblemKind.MISSING,
}
WORDS = (
    ("allowed posting dates", ProblemKind.PERIOD_CLOSED),
    ("already exists", ProblemKind.DUPLICATE),
    ("nothing to post", ProblemKind.DUPLICATE),  # the lines are gone: somebody has posted them
    ("locked by another user", ProblemKind.CONFLICT),
)


class BusinessCentral(Adapter):
    """One company in Business Central."""

    slug = "business-central"
    label = "Business Central"
    countries = frozenset({"NO", "DK", "SE", "FI"})
    unverified = (
        _("Business Central computes VAT by its own VAT posting setup; no live company has shown how yet."),
        _("A journal of its own for each voucher has not been tried on a live company."),
        _("Payments come as open customer entries; apply them to the invoices in Business Central."),
        _("Documents bear a number of Business Central's beside ours, and foreign ones are converted at its own rate."),
        _("Our customer numbers need a number series in Business Central that allows manual numbers."),
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
        scopes=("https://api.businesscentral.dynamics.com/.default",),
        authenticates_by="client_secret_post",
    )
    limits = (Rate(10, 1.0), Rate(600, 60.0))
    modes = (Mode.JOURNAL, Mode.DOCUMENT)
    takes = {Mode.JOURNAL: frozenset(EntryKind), Mode.DOCUMENT: frozenset(EntryKind)}
    lists = (ListKind.COMPANIES, ListKind.ACCOUNTS, ListKind.VAT_CODES, ListKind.PAYMENT_ACCOUNTS)
    options = (
        Option("tenant", _("Microsoft Entra tenant ID")),
        Option("environment", _("Environment"), hint=_("Such as Production or Sandbox")),
        Option("company", _("Company"), ListKind.COMPANIES),
        Option(
            "template",
            _("General journal template"),
            is_required=False,
            hint=_("Empty: the usual one. It must have no number series of its own, since vouchers keep our numbers."),
        ),
    )
    updates_customers = True
    tells_customers = True
    answer_seconds = 60.0

    def base(self) -> str:
        """The environment's API; the company is named in each path."""
        tenant, environment = (quote(chosen(self, name), safe="") for name in ("tenant", "environment"))
        return f"https://api.businesscentral.dynamics.com/v2.0/{tenant}/{environment}/api/v2.0"

    def problem(self, call: Call, answer: Answer) -> Problem | None:
        """By Business Central's own codes and English words; a journal that is gone already needs no deleting."""
        if call.method == "DELETE" and answer.status == 404:
            return None
        problem = super().problem(call, answer)
        if problem is None or problem.kind not in (ProblemKind.INVALID, ProblemKind.CONFLICT):
            return problem
        error = answer.body.get("error") if isinstance(answer.body, Mapping) else None
        code = str(error.get("code", "")) if isinstance(error, Mapping) else ""
        text = problem.text.lower()
        kind = CODES.get(code) or next((kind for words, kind in WORDS if words in text), problem.kind)
        return Problem(kind, problem.text, code or problem.code, problem.retry_after)

    def objection_text(self, answer: Answer) -> str:
        """The sentence without the number that Microsoft's support asks for."""
        if isinstance(answer.body, Mapping) and isinstance(answer.body.get("error"), Mapping):
            return str(answer.body["error"].get("message", "")).partition("CorrelationId:")[0].strip()
        return super().objection_text(answer)

    # Pushing.

    def refuse(self, entry: Entry) -> None:
        """What the way that it goes has no place for."""
        if self._is_document(entry):
            documents.refuse(entry)
        else:
            journal.refuse(entry)

    def steps(self, entry: Entry) -> Sequence[str]:
        """A draft and its posting, or a journal with everything about it."""
        return documents.steps(entry) if self._is_document(entry) else journal.steps(entry)

    def build(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The call of a step."""
        if self._is_document(entry):
            call = documents.build(step, entry, done)
        else:
            call = journal.build(step, entry, done, chosen(self, "template"))
        return replace(call, path=self._own(call.path))

    def parse(self, step: str, entry: Entry, answer: Answer) -> Remote:
        """What the step has made."""
        return documents.parse(step, entry, answer) if self._is_document(entry) else journal.parse(entry, answer)

    def find(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call | None:
        """By our number, and in a journal by code and place."""
        if self._is_document(entry):
            return self._filtered(*documents.find(entry))
        return self._filtered(*journal.find(step, entry, done, chosen(self, "template")))

    def found(self, step: str, entry: Entry, answer: Answer) -> Sequence[Remote]:
        """What of the answer is this entry."""
        if self._is_document(entry):
            return documents.found(step, entry, answer)
        return journal.found(step, entry, answer)

    def read(self, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The document, or the entries in the general ledger, by our number."""
        return self._filtered(*(documents.find(entry) if self._is_document(entry) else journal.read(entry)))

    def read_back(self, entry: Entry, answer: Answer) -> Remote:
        """What Business Central keeps of it."""
        return documents.read_back(entry, answer) if self._is_document(entry) else journal.read_back(entry, answer)

    def _is_document(self, entry: Entry) -> bool:
        return self.mode == Mode.DOCUMENT and entry.is_document

    # Customers.

    def find_customer(self, party: Party) -> Sequence[Call]:
        """By organization number, our number, the address for e-mail."""
        asked = (
            ("taxRegistrationNumber", party.organization_number),
            ("number", party.number[:NUMBER_MAX]),
            ("email", party.email),
        )
        return [self._filtered("/customers", f"{name} eq {quoted(value)}") for name, value in asked if value]

    def found_customers(self, answer: Answer) -> Sequence[RemoteCustomer]:
        """The customers of an answer."""
        return [customer_of(row) for row in rows_of(answer)]

    def create_customer(self, party: Party) -> Call:
        """A customer card with our number."""
        body = {"number": party.number[:NUMBER_MAX], **self._card(party)}
        return Call(method="POST", path=self._own("/customers"), body=body, headers=ENGLISH)

    def created_customer(self, party: Party, answer: Answer) -> RemoteCustomer:
        """The card as it answers it."""
        return customer_of(answer.body)

    def update_customer(self, party: Party, remote: RemoteCustomer) -> Call:
        """The fields of the card that are ours."""
        headers = {**ENGLISH, "If-Match": remote.facts.get("etag") or "*"}
        path = self._own(f"/customers({remote.id})")
        return Call(method="PATCH", path=path, body=self._card(party), headers=headers)

    def list_customers(self, changed_since: datetime | None) -> Call:
        """All cards, or those changed since."""
        query = f"lastModifiedDateTime gt {utc_text(changed_since)}" if changed_since else ""
        return self._filtered("/customers", query)

    def _card(self, party: Party) -> dict[str, Any]:
        known = {
            "displayName": party.name[:TEXT_MAX],
            "type": "Company" if party.is_business or party.is_public else "Person",
            "addressLine1": party.street,
            "addressLine2": party.street_2,
            "city": party.city,
            "postalCode": party.postal_code,
            "country": party.country,
            "phoneNumber": party.phone,
            "email": party.email,
            "taxRegistrationNumber": party.organization_number or party.vat_number,
        }
        return {name: value for name, value in known.items() if value}

    # Lists.

    def fetch(self, kind: ListKind) -> Call:
        """Accounts are those that can be posted on."""
        if kind == ListKind.COMPANIES:
            return Call(method="GET", path="/companies")
        if kind == ListKind.VAT_CODES:
            return self._filtered("/taxGroups", "")
        return self._filtered("/accounts", "accountType eq 'Posting' and blocked eq false")

    def listed(self, kind: ListKind, answer: Answer) -> Sequence[Choice]:
        """Rows of a list; VAT codes tell no rate."""
        rows = rows_of(answer)
        if kind == ListKind.COMPANIES:
            return [
                Choice(row["id"], row.get("name", ""), row.get("displayName") or row.get("name", "")) for row in rows
            ]
        if kind == ListKind.VAT_CODES:
            return [Choice(row["code"], row["code"], row.get("displayName", "")) for row in rows]
        return [
            Choice(row["number"], row["number"], row.get("displayName", ""), {"type": row.get("category", "")})
            for row in rows
        ]

    def next_page(self, call: Call, answer: Answer) -> Call | None:
        """As the answer says; of the general ledger after the last voucher that is on the page as a whole."""
        body = answer.body if isinstance(answer.body, Mapping) else {}
        following = body.get("@odata.nextLink")
        if not following:
            return None
        if call.path.endswith("/generalLedgerEntries") and (last := last_whole_entry(rows_of(answer))):
            query = dict(call.query)["$filter"].partition(" and entryNumber gt ")[0]
            return call.with_query(**{"$filter": f"{query} and entryNumber gt {last}"})
        return Call(method="GET", path=following)

    # Back.

    def list_pushed(self, first: date, last: date) -> Sequence[Call]:
        """The entries of the days whose text begins as ours do, and the sales documents where we push such."""
        days = f"postingDate ge {first.isoformat()} and postingDate le {last.isoformat()}"
        calls = [self._filtered("/generalLedgerEntries", f"{days} and startswith(description,'[')")]
        if self.mode == Mode.DOCUMENT:
            calls += [self._filtered(place, days) for place in (documents.INVOICES, documents.MEMOS)]
        return calls

    def pushed(self, call: Call, answer: Answer) -> Sequence[Remote]:
        """The vouchers on a page that are posted; one that goes on upon the next is left to it."""
        rows = rows_of(answer)
        is_journal = "/generalLedgerEntries" in call.path
        remotes = postings_of(rows) if is_journal else [documents.document_of(row) for row in rows]
        return [each for each in remotes if each.is_booked and each.number]

    def _own(self, path: str) -> str:
        return f"/companies({quote(chosen(self, 'company'), safe='')}){path}"

    def _filtered(self, path: str, query: str) -> Call:
        order = "entryNumber" if path == "/generalLedgerEntries" else ""
        told = [("$filter", query), ("$orderby", order)]
        return Call(method="GET", path=self._own(path), query=[each for each in told if each[1]])
