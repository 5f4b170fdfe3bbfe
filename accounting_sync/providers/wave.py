"""Wave, public GraphQL API: invoices with our numbers and our VAT.

Wave's API knows no credit notes and no payments on invoices: those are refused by name. Lines of its invoices name
products, so the accounts that are sold on are mapped to products.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import Entry, EntryItem, EntryKind, Party, Remote
from accounting_sync.providers import wave_rows as rows
from accounting_sync.providers import wave_words as words
from accounting_sync.providers.base import (
    DEFAULT_PROBLEMS,
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
from accounting_sync.providers.rates import amounts_of, differing, exact_rate
from accounting_sync.providers.reading import mark_of

PAGE_SIZE = 100
TEXT_MAX = 1000
NO_TAX = "none"  # our own choice for lines that no sales tax of Wave belongs to
CODES: Mapping[str, ProblemKind] = {
    "UNAUTHENTICATED": ProblemKind.ACCESS_EXPIRED,
    "FORBIDDEN": ProblemKind.ACCESS_ENDED,
    "NOT_FOUND": ProblemKind.MISSING,
    "THROTTLED": ProblemKind.RATE_LIMITED,
    "GRAPHQL_VALIDATION_FAILED": ProblemKind.INVALID,
    "BAD_USER_INPUT": ProblemKind.INVALID,
}


class Wave(Adapter):
    """One business in Wave."""

    slug = "wave"
    label = "Wave"
    countries = frozenset[str]()
    stage = Stage.PREVIEW
    unverified = (
        _("Wave lets applications in only where the business has Wave Pro."),
        _("Wave takes no credit notes and no payments from applications: book them by hand there."),
        _("Whether Wave refuses a number that another invoice has, has not been seen in a live business."),
        _("Whether Wave keeps the VAT that we send to the øre, has not been seen in a live business."),
        _("How many calls Wave allows is told by others than Wave."),
    )
    entering = OAuthCode(
        authorize_address="https://api.waveapps.com/oauth2/authorize/",
        exchange_address="https://api.waveapps.com/oauth2/token/",
        revoke_address="https://api.waveapps.com/oauth2/token-revoke/",
        scopes=(
            "business:read",
            "customer:read",
            "customer:write",
            "invoice:read",
            "invoice:write",
            "product:read",
            "account:read",
            "sales_tax:read",
            "offline_access",
        ),
        client="wave",
        authenticates_by="client_secret_post",
        uses_pkce=False,
    )
    limits = (Rate(60, 60.0), Rate(5000, 86400.0))
    modes = (Mode.DOCUMENT,)
    takes = {Mode.DOCUMENT: frozenset({EntryKind.SALE})}
    lists = (ListKind.COMPANIES, ListKind.ACCOUNTS, ListKind.VAT_CODES)
    options = (Option("business", _("Company"), ListKind.COMPANIES),)
    updates_customers = True
    tells_customers = True

    def base(self) -> str:
        """The one address that everything is asked at."""
        return "https://gql.waveapps.com"

    def problem(self, call: Call, answer: Answer) -> Problem | None:
        """Wave says in an answer that succeeds what it objects to."""
        errors = rows.errors_in(answer.body)
        if answer.is_success and not errors:
            return None if isinstance(answer.body, Mapping) else Problem(ProblemKind.UNKNOWN, "", str(answer.status))
        problem = super().problem(call, answer)
        if answer.status in DEFAULT_PROBLEMS and answer.status != 400:
            return problem
        code = next((rows.code_of(error) for error in errors), "")
        if not code and problem is not None:
            return problem
        kind = CODES.get(code) or (ProblemKind.TRANSIENT if call.is_reading else ProblemKind.UNKNOWN)
        if any("path" in error and "extensions" not in error for error in errors):  # of what we sent
            kind = ProblemKind.DUPLICATE if rows.is_taken(errors) else ProblemKind.INVALID
        return Problem(kind, self.objection_text(answer), code)

    def objection_text(self, answer: Answer) -> str:
        """The messages of its errors."""
        told = [str(error.get("message") or "") for error in rows.errors_in(answer.body)]
        return "; ".join(text for text in told if text) or super().objection_text(answer)

    # Pushing.

    def refuse(self, entry: Entry) -> None:
        """An account that is no product, a tax on a line without one, a rate that gives other amounts."""
        for item in entry.items:
            if "product" not in item.account.facts:
                raise CannotBeTaken(
                    _("Lines of invoices in Wave name products. Map the account %(account)s to a product there.")
                    % {"account": item.account_number}
                )
            if item.vat_amount and not _taxes(item):
                raise CannotBeTaken(
                    _("A line with VAT of %(rate)s %% is mapped to no sales tax of Wave.")
                    % {"rate": item.vat_rate_percent}
                )
        if entry.is_foreign:
            amounts = amounts_of(entry)
            other = differing(amounts, exact_rate(amounts) or entry.exchange_rate)
            if other is not None:
                raise CannotBeTaken(
                    _("Wave would book %(theirs)s %(currency)s where we have %(ours)s. Book it by hand there.")
                    % {"theirs": other[0], "ours": other[1], "currency": entry.base_currency}
                )

    def steps(self, entry: Entry) -> Sequence[str]:
        """One invoice; Wave takes no files."""
        return ("create",)

    def build(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """An approved invoice that nobody sends."""
        assert entry.party is not None
        told: dict[str, Any] = {
            "businessId": chosen(self, "business"),
            "customerId": entry.party.remote_id,
            "status": "SAVED",
            "invoiceNumber": entry.number,
            "invoiceDate": entry.day.isoformat(),
            "dueDate": (entry.due_date or entry.day).isoformat(),
            "currency": entry.currency,
            "items": [_item(entry, item) for item in entry.items],
            "memo": f"{mark_of(entry)} {entry.text}"[:TEXT_MAX],
            # The customer pays by our invoice.
            "disableAmexPayments": True,
            "disableCreditCardPayments": True,
            "disableBankPayments": True,
        }
        if entry.order_reference:
            told["poNumber"] = entry.order_reference
        if entry.is_foreign:
            told["exchangeRate"] = exact_rate(amounts_of(entry)) or entry.exchange_rate
        return _asked(words.CREATE_INVOICE, {"input": told}, only_reads=False)

    def parse(self, step: str, entry: Entry, answer: Answer) -> Remote:
        """The invoice that was made."""
        return rows.invoice_of(answer.body["data"]["invoiceCreate"]["invoice"])

    def find(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """By our number."""
        return self._page(words.INVOICES_OF_NUMBER, number=entry.number)

    def found(self, step: str, entry: Entry, answer: Answer) -> Sequence[Remote]:
        """What bears our number."""
        return [
            rows.invoice_of(row)
            for row in rows.nodes_of(answer.body, "invoices")
            if row["invoiceNumber"] == entry.number
        ]

    def read(self, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The invoice by its id."""
        told = {"business": chosen(self, "business"), "invoice": done["create"].id}
        return _asked(words.INVOICE_BY_ID, told)

    def read_back(self, entry: Entry, answer: Answer) -> Remote:
        """What Wave keeps of it; an id of nothing where it is gone."""
        row = ((answer.body.get("data") or {}).get("business") or {}).get("invoice")
        return rows.invoice_of(row) if row else Remote(id="", total=Decimal(0), is_booked=False)

    # Customers.

    def find_customer(self, party: Party) -> Sequence[Call]:
        """Among all customers: by organization number in their notes, then by our number, then by the address."""
        wanted = (("notes", party.organization_number), ("number", party.number), ("email", party.email))
        return [self._customers(name, value) for name, value in wanted if value]

    def found_customers(self, answer: Answer) -> Sequence[RemoteCustomer]:
        """The customers in an answer that are what its list is called by."""
        business = (answer.body.get("data") or {}).get("business") or {}
        return [
            rows.customer_of(row)
            for alias in business
            for row in rows.nodes_of(answer.body, alias)
            if rows.fits(row, *alias.partition("_")[::2])
        ]

    def create_customer(self, party: Party) -> Call:
        """A customer with our number as its own and the organization number in its notes."""
        told = {"businessId": chosen(self, "business"), **_party(party), "currency": party.currency}
        return _asked(words.CREATE_CUSTOMER, {"input": told}, only_reads=False)

    def created_customer(self, party: Party, answer: Answer) -> RemoteCustomer:
        """What was made."""
        return rows.customer_of(answer.body["data"]["customerCreate"]["customer"])

    def update_customer(self, party: Party, remote: RemoteCustomer) -> Call:
        """What we know of the customer; the rest stays."""
        return _asked(words.CHANGE_CUSTOMER, {"input": {"id": remote.id, **_party(party)}}, only_reads=False)

    def list_customers(self, changed_since: datetime | None) -> Call:
        """All customers: Wave does not tell apart when they were changed."""
        return self._customers("all", "")

    def _customers(self, name: str, value: str) -> Call:
        return self._page(words.customers_called(f"{name}_{value.lower().encode().hex()}"))

    # Lists.

    def fetch(self, kind: ListKind) -> Call:
        """One of Wave's lists; products stand among the accounts that they sell on."""
        if kind == ListKind.COMPANIES:
            return _asked(words.BUSINESSES, {"page": 1, "pageSize": PAGE_SIZE})
        return self._page(words.SALES_TAXES if kind == ListKind.VAT_CODES else words.ACCOUNTS)

    def listed(self, kind: ListKind, answer: Answer) -> Sequence[Choice]:
        """Rows of a list that are in use."""
        if kind == ListKind.COMPANIES:
            return [Choice(row["id"], "", row["name"]) for row in rows.nodes_of(answer.body, "businesses")]
        if kind == ListKind.VAT_CODES:
            taxes = [rows.tax_of(row) for row in rows.nodes_of(answer.body, "salesTaxes") if not row["isArchived"]]
            is_first = rows.page_info(answer.body).get("currentPage", 1) == 1
            none = Choice(NO_TAX, "0", str(_("No sales tax")), {"rate": "0"})
            return [none, *taxes] if is_first else taxes
        products = [row for row in rows.nodes_of(answer.body, "products") if row["isSold"] and not row["isArchived"]]
        sold_on = {row["incomeAccount"]["id"] for row in products if row["incomeAccount"]}
        accounts = [row for row in rows.nodes_of(answer.body, "accounts") if not row["isArchived"]]
        return [
            *(rows.product_of(row) for row in products if row["incomeAccount"]),
            *(Choice(row["id"], row["displayId"] or "", row["name"]) for row in accounts if row["id"] not in sold_on),
        ]

    def next_page(self, call: Call, answer: Answer) -> Call | None:
        """The page after this one, as long as any list in the answer has one."""
        told = rows.page_info(answer.body)
        if told.get("currentPage", 0) >= told.get("totalPages", 0) or "page" not in call.body["variables"]:
            return None
        further = call.body["variables"] | {"page": told["currentPage"] + 1}
        return _asked(call.body["query"], further)

    # Back.

    def list_pushed(self, first: date, last: date) -> Sequence[Call]:
        """Invoices of the days."""
        return [self._page(words.INVOICES_OF_DAYS, first=first.isoformat(), last=last.isoformat())]

    def pushed(self, call: Call, answer: Answer) -> Sequence[Remote]:
        """What stands there under a number."""
        return [rows.invoice_of(row) for row in rows.nodes_of(answer.body, "invoices") if row["status"] != rows.DRAFT]

    def _page(self, query: str, **values: str) -> Call:
        told = {"business": chosen(self, "business"), **values, "page": 1, "pageSize": PAGE_SIZE}
        return _asked(query, told)


def _asked(query: str, variables: Mapping[str, Any], *, only_reads: bool = True) -> Call:
    body = {"query": query, "variables": dict(variables)}
    return Call(method="POST", path="/graphql/public", body=body, only_reads=only_reads)


def _item(entry: Entry, item: EntryItem) -> dict[str, Any]:
    return {
        "productId": item.account.id,
        "description": (item.text or entry.text)[:TEXT_MAX],
        "quantity": Decimal(1),
        "unitPrice": item.net,
        "taxes": _taxes(item),
    }


def _taxes(item: EntryItem) -> list[dict[str, Any]]:
    if item.vat is None or item.vat.id == NO_TAX:
        return []
    return [{"salesTaxId": item.vat.id, "amount": item.vat_amount}]


def _party(party: Party) -> dict[str, Any]:
    address = {
        "addressLine1": party.street,
        "addressLine2": party.street_2,
        "city": party.city,
        "postalCode": party.postal_code,
        "countryCode": party.country,
    }
    told = {
        "displayId": party.number,
        "email": party.email,
        "phone": party.phone,
        "internalNotes": party.organization_number,
    }
    own = {"name": party.name, "address": {name: value for name, value in address.items() if value}}
    return own | {name: value for name, value in told.items() if value}
