"""Visma eAccounting (Norway, Sweden), API v2: documents as items of the customer ledger with their voucher, the rest as
vouchers.

Every line of a voucher is ours, VAT lines too: nothing is computed there. Visma keeps the digits of our numbers; the
whole number stands in brackets in the voucher's text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import ZERO, Entry, EntryKind, Party, Remote
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
from accounting_sync.providers.entering import OAuthCode
from accounting_sync.providers.odata import quoted, utc_text
from accounting_sync.providers.own_lines import OwnLine, own_lines
from accounting_sync.providers.visma_eaccounting_rows import (
    customer_of,
    invoice_number,
    item_of,
    percent_of,
    voucher_of,
)

PAGE_SIZE = 1000
VOUCHER_TEXT_MAX = 100
ROW_TEXT_MAX = 50
NAME_MAX = 50
CUSTOMER_NUMBER_MAX = 16
AMOUNT_MAX = Decimal(1_000_000_000)
PROBLEMS = {"4000": ProblemKind.DUPLICATE, "4004": ProblemKind.ACCESS_ENDED, "4005": ProblemKind.ACCESS_ENDED}
CLOSED_WORDS = ("locked", "closed", "låst", "lukket", "stängd", "avsluttet")
OWN_ROWS = (("useAutomaticVatCalculation", "false"), ("useDefaultVatCodes", "false"))
LISTED = {
    ListKind.ACCOUNTS: "/v2/accounts",
    ListKind.VAT_CODES: "/v2/vatcodes",
    ListKind.PAYMENT_TERMS: "/v2/termsofpayments",
    ListKind.PROJECTS: "/v2/projects",
}


class VismaEAccounting(Adapter):
    """One company in Visma eAccounting."""

    slug = "visma-eaccounting"
    label = "Visma eAccounting"
    countries = frozenset({"NO", "SE"})
    stage = Stage.PREVIEW
    unverified = (
        _("The description of the interface that this was built from is from 2018."),
        _("Items of the customer ledger with a voucher have not been tried in a Norwegian company."),
        _("Payments are booked as vouchers: the items that they pay are set off by hand in Visma eAccounting."),
        _("That credit notes are negative items has not been seen on a live company."),
    )
    entering = OAuthCode(
        authorize_address="https://identity.vismaonline.com/connect/authorize",
        exchange_address="https://identity.vismaonline.com/connect/token",
        revoke_address="https://identity.vismaonline.com/connect/revocation",
        scopes=("ea:api", "ea:sales", "ea:accounting", "offline_access"),
        client="visma-eaccounting",
    )
    limits = (Rate(5, 1.0), Rate(300, 60.0))
    modes = (Mode.JOURNAL,)
    takes = {Mode.JOURNAL: frozenset(EntryKind)}
    lists = (*LISTED,)
    options = (Option("payment_terms", _("Payment terms of new customers"), ListKind.PAYMENT_TERMS),)
    tells_customers = True
    tells_closed_periods = True
    dimensions = {"project": ListKind.PROJECTS}

    def base(self) -> str:
        """The API of all companies: the token says which one."""
        return "https://eaccountingapi.vismaonline.com"

    def problem(self, call: Call, answer: Answer) -> Problem | None:
        """Visma's own codes; closed periods it tells in words."""
        problem = super().problem(call, answer)
        if problem is None or not isinstance(answer.body, Mapping):
            return problem
        code = str(answer.body.get("ErrorCode") or problem.code)
        kind = PROBLEMS.get(code, problem.kind)
        words = problem.text.lower()
        if kind in (ProblemKind.INVALID, ProblemKind.CONFLICT) and any(word in words for word in CLOSED_WORDS):
            kind = ProblemKind.PERIOD_CLOSED
        return Problem(kind, problem.text, code, problem.retry_after)

    def objection_text(self, answer: Answer) -> str:
        """The message, with the id that Visma's support asks for."""
        if not isinstance(answer.body, Mapping):
            return super().objection_text(answer)
        text = str(answer.body.get("DeveloperErrorMessage") or answer.body.get("Message") or "")
        error_id = answer.body.get("ErrorId")
        return f"{text} (Error ID {error_id})" if error_id else text

    # Pushing.

    def refuse(self, entry: Entry) -> None:
        """Documents need a number whose digits fit, and a customer; amounts have a limit."""
        if entry.is_document and invoice_number(entry.number) is None:
            raise CannotBeTaken(
                _("The number %(number)s: Visma eAccounting takes whole numbers up to 2147483647.")
                % {"number": entry.number}
            )
        if entry.is_document and entry.party is None:
            raise CannotBeTaken(_("Visma eAccounting takes no document without a customer. Book it by hand there."))
        if any(abs(line.amount) > AMOUNT_MAX for line in entry.lines) or entry.total > AMOUNT_MAX:
            raise CannotBeTaken(_("Visma eAccounting takes no amounts above one billion."))

    def steps(self, entry: Entry) -> Sequence[str]:
        """One call makes the item and its voucher."""
        return ("create",)

    def build(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The item with its voucher, or the voucher alone."""
        if entry.is_document:
            path = "/v2/customerledgeritems/customerledgeritemswithvoucher"
            return Call(method="POST", path=path, query=OWN_ROWS, body=self._item(entry))
        return Call(method="POST", path="/v2/vouchers", query=OWN_ROWS, body=self._voucher(entry))

    def parse(self, step: str, entry: Entry, answer: Answer) -> Remote:
        """What was made, by the id of its voucher; an item has one of its own beside it."""
        made = answer.body
        if not entry.is_document:
            return Remote(id=str(made["Id"]))
        return Remote(id=str((made.get("Voucher") or made)["Id"]), facts={"item": str(made["Id"])})

    def find(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call | None:
        """Items by the digits of their number, vouchers by their day and the number in their text."""
        if entry.is_document:
            return self._page("/v2/customerledgeritems", f"InvoiceNumber eq {invoice_number(entry.number)}")
        return self._vouchers(entry.day, entry.day)

    def found(self, step: str, entry: Entry, answer: Answer) -> Sequence[Remote]:
        """What is of the same kind and bears our number."""
        rows = answer.body["Data"]
        if entry.is_document:
            items = [item_of(entry, row) for row in rows]
            return [each for each in items if each.number == entry.number and each.facts["kind"] == entry.kind]
        return [each for each in map(voucher_of, rows) if each.number == entry.number]

    def read(self, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The item; of a voucher the vouchers of its day, as its year there is not known."""
        if entry.is_document:
            return Call(method="GET", path=f"/v2/customerledgeritems/{done['create'].facts['item']}")
        return self._vouchers(entry.day, entry.day)

    def read_back(self, entry: Entry, answer: Answer) -> Remote:
        """What Visma keeps of it."""
        if entry.is_document:
            return item_of(entry, answer.body)
        own = [each for each in map(voucher_of, answer.body["Data"]) if each.number == entry.number]
        return own[0] if own else Remote(id="", number="—", is_booked=False)

    def _item(self, entry: Entry) -> dict[str, Any]:
        sign = 1 if entry.kind == EntryKind.SALE else -1
        assert entry.party is not None
        item: dict[str, Any] = {
            "CustomerId": entry.party.remote_id,
            "InvoiceNumber": invoice_number(entry.number),
            "InvoiceDate": entry.issue_date.isoformat(),
            "DueDate": (entry.due_date or entry.issue_date).isoformat(),
            "IsCreditInvoice": entry.kind == EntryKind.CREDIT,
            "CurrencyCode": entry.currency,
            "TotalAmountInvoiceCurrency": sign * entry.total,
            "VATAmountInvoiceCurrency": sign * entry.vat_total,
            "RemainingAmountInvoiceCurrency": sign * entry.total,
            "RoundingsAmountInvoiceCurrency": ZERO,
            "PaymentReferenceNumber": entry.kid,
            "Voucher": self._voucher(entry),
        }
        if entry.is_foreign:
            item |= {"CurrencyRate": entry.exchange_rate, "CurrencyRateUnit": 1}
        return item

    def _voucher(self, entry: Entry) -> dict[str, Any]:
        # Vouchers have no currency: it stands in the text, where `voucher_of` sees it.
        own = f"{entry.currency} {entry.total} " if entry.is_foreign else ""
        return {
            "VoucherDate": entry.day.isoformat(),
            "VoucherText": f"[{entry.number}] {own}{entry.text}"[:VOUCHER_TEXT_MAX],
            "Rows": [_row(line) for line in own_lines(entry) if line.amount],
        }

    # Customers.

    def find_customer(self, party: Party) -> Sequence[Call]:
        """By organization number, then by our number, then by the address."""
        filters = [f"CustomerNumber eq {quoted(party.number[:CUSTOMER_NUMBER_MAX])}"]
        if party.organization_number:
            filters.insert(0, f"CorporateIdentityNumber eq {quoted(party.organization_number)}")
        if party.email:
            filters.append(f"EmailAddress eq {quoted(party.email)}")
        return [self._page("/v2/customers", each) for each in filters]

    def found_customers(self, answer: Answer) -> Sequence[RemoteCustomer]:
        """The customers of a page."""
        return [customer_of(row) for row in answer.body["Data"]]

    def create_customer(self, party: Party) -> Call:
        """A customer with our number."""
        body: dict[str, Any] = {
            "CustomerNumber": party.number[:CUSTOMER_NUMBER_MAX],
            "Name": party.name[:NAME_MAX],
            "IsPrivatePerson": not party.is_business,
            "IsActive": True,
            "TermsOfPaymentId": chosen(self, "payment_terms"),
            "CurrencyCode": party.currency,
            "InvoiceAddress1": party.street[:NAME_MAX],
            "InvoiceAddress2": party.street_2[:NAME_MAX],
            "InvoicePostalCode": party.postal_code[:10],
            "InvoiceCity": party.city[:NAME_MAX],
            "InvoiceCountryCode": party.country,
        }
        optional = {
            "CorporateIdentityNumber": party.organization_number,
            "EmailAddress": party.email,
            "Telephone": party.phone,
            "VatNumber": party.vat_number,
        }
        return Call(
            method="POST",
            path="/v2/customers",
            body=body | {name: value for name, value in optional.items() if value},
        )

    def created_customer(self, party: Party, answer: Answer) -> RemoteCustomer:
        """The customer as Visma repeats it."""
        return customer_of(answer.body)

    def list_customers(self, changed_since: datetime | None) -> Call:
        """Customers, all or changed since a moment."""
        since = f"ChangedUtc gt {utc_text(changed_since)}" if changed_since else ""
        return self._page("/v2/customers", since)

    # Lists.

    def fetch(self, kind: ListKind) -> Call:
        """One of Visma's lists; VAT codes come on one page."""
        if kind == ListKind.VAT_CODES:
            return Call(method="GET", path=LISTED[kind])
        return self._page(LISTED[kind], "")

    def listed(self, kind: ListKind, answer: Answer) -> Sequence[Choice]:
        """Rows of a list; each fiscal year has the accounts anew."""
        if kind == ListKind.VAT_CODES:
            return [
                Choice(str(row["Id"]), row["Code"], row.get("Description") or "", {"rate": percent_of(row["VatRate"])})
                for row in answer.body
            ]
        rows = answer.body["Data"]
        if kind in (ListKind.PAYMENT_TERMS, ListKind.PROJECTS):
            return [Choice(str(row["Id"]), row.get("Number") or "", row.get("Name") or "") for row in rows]
        active = {row["Number"]: row["Name"] for row in rows if row.get("IsActive")}
        return [Choice(number, number, name) for number, name in active.items()]

    def next_page(self, call: Call, answer: Answer) -> Call | None:
        """The page after this one, as the answer counts them."""
        meta = answer.body.get("Meta") if isinstance(answer.body, Mapping) else None
        if not meta or meta["CurrentPage"] >= meta["TotalNumberOfPages"]:
            return None
        return call.with_query(**{"$page": str(meta["CurrentPage"] + 1)})

    def fetch_closed_through(self) -> Call:
        """The settings of the company tell it."""
        return Call(method="GET", path="/v2/companysettings")

    def closed_through(self, answer: Answer) -> date | None:
        """The day up to which bookkeeping is locked."""
        told = answer.body.get("AccountingLockedTo")
        return date.fromisoformat(told[:10]) if told else None

    # Back.

    def list_pushed(self, first: date, last: date) -> Sequence[Call]:
        """All vouchers of the days: those of documents too."""
        return [self._vouchers(first, last)]

    def pushed(self, call: Call, answer: Answer) -> Sequence[Remote]:
        """Those with a number of ours in their text."""
        return [each for each in map(voucher_of, answer.body["Data"]) if each.number]

    def _vouchers(self, first: date, last: date) -> Call:
        return self._page("/v2/vouchers", f"VoucherDate ge {first.isoformat()} and VoucherDate le {last.isoformat()}")

    def _page(self, path: str, condition: str) -> Call:
        filtered = [("$filter", condition)] if condition else []
        return Call(method="GET", path=path, query=[*filtered, ("$page", "1"), ("$pagesize", str(PAGE_SIZE))])


def _row(line: OwnLine) -> dict[str, Any]:
    """A row of a voucher; a claim is known by its number, which `voucher_of` looks for."""
    side = "DebitAmount" if line.amount > 0 else "CreditAmount"
    row = {
        "AccountNumber": int(line.account.code),
        side: abs(line.amount),
        "TransactionText": (line.document_number or line.text)[:ROW_TEXT_MAX],
    }
    project = line.dimensions.get("project")
    named = {"VatCodeId": line.vat, "ProjectId": project}
    return row | {name: target.id for name, target in named.items() if target is not None}
