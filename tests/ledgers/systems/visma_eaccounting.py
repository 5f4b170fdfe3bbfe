"""Visma eAccounting as it behaves: vouchers row by row as they are sent, numbers of digits that may repeat."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from accounting_sync.mapping.entries import Target
from tests.ledgers.oauth import OAuthCodePages, Tokens
from tests.ledgers.system import (
    OUR_ACCOUNTS,
    ZERO,
    Contract,
    HeldDocument,
    LedgerAnswer,
    LedgerRequest,
    Refused,
    System,
    Targets,
    answers,
    page_of,
)

VAT_OF = {
    "standard": 25, "food": 15, "low": 12, "zero": 0, "exempt": 0, "reverse_charge": 0, "export": 0, "outside": 0,
}  # fmt: skip
RECEIVABLES = "1500"
PROJECT = "00000000-0000-4000-8000-0000000000bb"
TERMS = "00000000-0000-4000-8000-0000000000aa"
QUERIED = ("$filter", "$page", "$pagesize")
LISTS = ("customers", "customerledgeritems", "vouchers", "accounts", "termsofpayments")
ODATA = "the description of 2018 leaves out the values that every list takes: $filter, $page and $pagesize"
DAYS = "it calls every date a moment, and says of these that their format is YYYY-MM-DD"
CONDITION = re.compile(r"(\w+) (eq|ge|le|gt) ('(?:[^']|'')*'|\S+)")


def vat_id(treatment: str) -> str:
    """VAT codes are named by UUIDs."""
    return f"00000000-0000-4000-8000-{list(VAT_OF).index(treatment):012d}"


def objected(text: str, code: int, status: int = 400) -> Refused:
    """An error as Visma writes it."""
    return Refused(status, {"ErrorCode": code, "DeveloperErrorMessage": text, "ErrorId": "e-1"})


class Ledger(System):
    """One company in Visma eAccounting."""

    slug = "visma-eaccounting"
    hosts = ("eaccountingapi.vismaonline.com", "identity.vismaonline.com")
    contracts = (
        Contract(
            file="visma-eaccounting/openapi.yaml",
            host="eaccountingapi.vismaonline.com",
            undescribed={f"GET /v2/{path}?{name}": ODATA for path in LISTS for name in QUERIED}
            | {
                "POST /v2/vouchers:VoucherDate": DAYS,
                **{
                    f"POST /v2/customerledgeritems/customerledgeritemswithvoucher:{name}": DAYS
                    for name in ("DueDate", "InvoiceDate", "Voucher.VoucherDate")
                },
            },
        ),
    )
    options = {"payment_terms": TERMS}
    beyond = {"GET /v2/projects": "the copy was trimmed to what an invoice needs"}
    lacks = frozenset({"unique_numbers"})
    targets = Targets(
        accounts={number: Target(number, number) for number in OUR_ACCOUNTS},
        dimensions={"project": {"P-1": Target(PROJECT, "P-1")}},
        vat={(ours, Decimal(rate)): Target(vat_id(ours), ours) for ours, rate in VAT_OF.items()},
    )

    def reset(self) -> None:
        """The chart and the codes that every company begins with."""
        super().reset()
        self.pages = OAuthCodePages(
            label="Visma eAccounting",
            authorize_path="/connect/authorize",
            token_path="/connect/token",
            revoke_path="/connect/revocation",
            tokens=Tokens(rotates=True),
        )
        self.accounts = {number: {"number": number} for number in OUR_ACCOUNTS}
        self.vat_codes = {vat_id(ours): {"code": ours, "rate": rate} for ours, rate in VAT_OF.items()}

    # Entering.

    def secrets(self) -> dict[str, str]:
        """A fresh pair of tokens."""
        return self.pages.secrets()

    def authorized(self, request: LedgerRequest) -> bool:
        """A bearer token that holds."""
        return not self.is_revoked and self.pages.knows(request)

    def token(self, request: LedgerRequest) -> LedgerAnswer | None:
        """The pages of Visma's identity."""
        return self.pages.answer(request)

    def expire(self) -> None:
        """The hour is over."""
        self.pages.tokens.expire()

    def revoke(self) -> None:
        """The customer has removed the application."""
        super().revoke()
        self.pages.tokens.revoke()

    # Vouchers and items.

    @answers("POST /v2/customerledgeritems/customerledgeritemswithvoucher")
    def create_item(self, request: LedgerRequest) -> LedgerAnswer:
        """An item that its voucher stands behind."""
        body = request.body
        if body["CustomerId"] not in self.parties:
            raise objected("The customer does not exist.", 3000)
        rows = self._checked(request, body["Voucher"])
        total = Decimal(body["TotalAmountInvoiceCurrency"])
        if (total < 0) != body["IsCreditInvoice"] and total:
            raise objected("The amounts of a credit invoice are negative.", 2000)
        held = self._kept(body["Voucher"], rows)
        held.kind = "credit" if body["IsCreditInvoice"] else "sale"
        held.currency = body["CurrencyCode"]
        held.total = abs(total)
        held.vat_total = abs(Decimal(body["VATAmountInvoiceCurrency"]))
        held.party_id = body["CustomerId"]
        item = {name: value for name, value in body.items() if name != "Voucher"}
        held.facts["item"] = item | {"Id": self.next_guid()}
        told = {name: value for name, value in self._item_row(held).items() if name != "VoucherId"}
        return LedgerAnswer(200, told | {"Voucher": self._voucher_row(held)})

    @answers("POST /v2/vouchers")
    def create_voucher(self, request: LedgerRequest) -> LedgerAnswer:
        """A voucher alone."""
        held = self._kept(request.body, self._checked(request, request.body))
        held.total = sum((Decimal(row.get("DebitAmount", 0)) for row in held.facts["rows"]), ZERO)
        claims = [row for row in held.facts["rows"] if str(row["AccountNumber"]) == RECEIVABLES]
        others = len(held.facts["rows"]) - len(claims)
        held.kind = "settlement" if not others else "payment" if claims and others == 1 else "journal"
        foreign = re.search(r"\] ([A-Z]{3}) (\d+\.\d\d) ", held.facts["text"])
        if foreign:
            held.currency, held.total = foreign[1], Decimal(foreign[2])
        return LedgerAnswer(200, self._voucher_row(held))

    def _checked(self, request: LedgerRequest, voucher: Mapping[str, Any]) -> list[dict[str, Any]]:
        if request.asked("useAutomaticVatCalculation") != "false" or request.asked("useDefaultVatCodes") != "false":
            raise objected("These tests send every row themselves.", 2000)
        day = date.fromisoformat(voucher["VoucherDate"][:10])
        if self.is_closed(day):
            raise objected(f"The accounting is locked on {day}.", 4002)
        rows = [dict(row) for row in voucher["Rows"]]
        for row in rows:
            if str(row["AccountNumber"]) not in self.accounts:
                raise objected(f"Account {row['AccountNumber']} does not exist.", 3002)
            if "VatCodeId" in row and row["VatCodeId"] not in self.vat_codes:
                raise objected(f"VAT code {row['VatCodeId']} does not exist.", 3000)
            if row.get("ProjectId", PROJECT) != PROJECT:
                raise objected("The project does not exist.", 3000)
        if sum((self._amount(row) for row in rows), ZERO):
            raise objected("The voucher does not balance.", 2000)
        return rows

    def _kept(self, voucher: Mapping[str, Any], rows: list[dict[str, Any]]) -> HeldDocument:
        text = voucher["VoucherText"]
        held = HeldDocument(
            id=self.next_guid(),
            number=text.partition("[")[2].partition("]")[0],
            kind="journal",
            day=date.fromisoformat(voucher["VoucherDate"][:10]),
            currency="NOK",
            total=ZERO,
            facts={"text": text, "rows": rows},
        )
        self._summed(held)
        return self.hold(held)

    @staticmethod
    def _amount(row: Mapping[str, Any]) -> Decimal:
        return Decimal(row.get("DebitAmount", 0)) - Decimal(row.get("CreditAmount", 0))

    def _summed(self, held: HeldDocument) -> None:
        held.accounts = {}
        for row in held.facts["rows"]:
            code = str(row["AccountNumber"])
            held.accounts[code] = held.accounts.get(code, ZERO) + self._amount(row)

    def _voucher_row(self, held: HeldDocument) -> dict[str, Any]:
        return {
            "Id": held.id,
            "VoucherDate": f"{held.day.isoformat()}T00:00:00Z",
            "VoucherText": held.facts["text"],
            "Rows": held.facts["rows"],
            "VoucherType": 2,
        }

    def _item_row(self, held: HeldDocument) -> dict[str, Any]:
        sign = -1 if held.kind == "credit" else 1
        day = f"{held.facts['item']['InvoiceDate'][:10]}T00:00:00Z"
        told: dict[str, Any] = held.facts["item"]
        return told | {
            "InvoiceDate": day,
            "DueDate": f"{held.facts['item']['DueDate'][:10]}T00:00:00Z",
            "TotalAmountInvoiceCurrency": sign * held.total,
            "VoucherId": held.id,
        }

    @answers("GET /v2/customerledgeritems/{customerLedgerItemId}")
    def item(self, request: LedgerRequest) -> LedgerAnswer:
        """One item."""
        wanted = request.path_args["customerLedgerItemId"]
        for held in self.held.values():
            if held.facts.get("item", {}).get("Id") == wanted:
                return LedgerAnswer(200, self._item_row(held))
        raise objected("The item does not exist.", 3000, 404)

    @answers("GET /v2/customerledgeritems")
    def items(self, request: LedgerRequest) -> LedgerAnswer:
        """Items, filtered."""
        return self._page(request, [self._item_row(held) for held in self.held.values() if "item" in held.facts])

    @answers("GET /v2/vouchers")
    def vouchers(self, request: LedgerRequest) -> LedgerAnswer:
        """Vouchers, filtered."""
        return self._page(request, [self._voucher_row(held) for held in self.held.values()])

    def _page(self, request: LedgerRequest, rows: Sequence[Mapping[str, Any]]) -> LedgerAnswer:
        for name, operator, told in CONDITION.findall(request.asked("$filter")):
            wanted = told.strip("'").replace("''", "'")
            rows = [row for row in rows if _suits(row.get(name), operator, wanted)]
        number, size = int(request.asked("$page", "1")), int(request.asked("$pagesize", "50"))
        pages = max(1, -(-len(rows) // size))
        meta = {"CurrentPage": number, "PageSize": size, "TotalNumberOfPages": pages, "TotalNumberOfResults": len(rows)}
        return LedgerAnswer(200, {"Meta": meta, "Data": page_of(rows, number - 1, size)})

    @answers("GET /v2/companysettings")
    def company_settings(self, request: LedgerRequest) -> LedgerAnswer:
        """Up to when bookkeeping is locked."""
        days = [*(date(year, 12, 31) for year in self.locked_years), *([self.closed_day] if self.closed_day else [])]
        told = {"Name": "Nordlys Rådgivning AS", "CountryCode": "NO", "CurrencyCode": "NOK"}
        return LedgerAnswer(200, told | ({"AccountingLockedTo": f"{max(days)}T00:00:00Z"} if days else {}))

    # Customers.

    @answers("GET /v2/customers")
    def customers_found(self, request: LedgerRequest) -> LedgerAnswer:
        """Customers, filtered."""
        return self._page(request, [self._customer_row(party) for party in self.parties.values()])

    @answers("POST /v2/customers")
    def create_customer(self, request: LedgerRequest) -> LedgerAnswer:
        """A customer whose number is its own."""
        body = request.body
        if body["TermsOfPaymentId"] != TERMS:
            raise objected("The terms of payment do not exist.", 3000)
        if any(party["number"] == body.get("CustomerNumber") for party in self.parties.values()):
            raise objected("The customer number is taken.", 4000, 409)
        identity = self.next_guid()
        self.parties[identity] = {
            "id": identity,
            "number": body.get("CustomerNumber", ""),
            "name": body["Name"],
            "organization_number": body.get("CorporateIdentityNumber", ""),
            "body": dict(body),
        }
        return LedgerAnswer(200, self._customer_row(self.parties[identity]))

    def _customer_row(self, party: Mapping[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = party["body"]
        return told | {"Id": party["id"], "Name": party["name"], "ChangedUtc": "2026-03-01T10:00:00Z"}

    # Lists.

    @answers("GET /v2/accounts")
    def chart(self, request: LedgerRequest) -> LedgerAnswer:
        """The accounts of two fiscal years."""
        years = [f"00000000-0000-4000-8000-00000000{year}" for year in (2025, 2026)]
        rows = [
            {"Name": f"Konto {number}", "Number": number, "FiscalYearId": year, "IsActive": True}
            for year in years
            for number in self.accounts
        ]
        return self._page(request, rows)

    @answers("GET /v2/vatcodes")
    def codes(self, request: LedgerRequest) -> LedgerAnswer:
        """The codes, on one page."""
        rows = [
            {"Id": own, "Code": told["code"], "Description": told["code"], "VatRate": Decimal(told["rate"]) / 100}
            for own, told in self.vat_codes.items()
        ]
        return LedgerAnswer(200, rows)

    @answers("GET /v2/termsofpayments")
    def terms(self, request: LedgerRequest) -> LedgerAnswer:
        """The only terms."""
        return self._page(request, [{"Id": TERMS, "Name": "14 dager", "NumberOfDays": 14}])

    @answers("GET /v2/projects")
    def projects(self, request: LedgerRequest) -> LedgerAnswer:
        """The only project."""
        return self._page(request, [{"Id": PROJECT, "Number": "P-1", "Name": "Havna"}])

    # Behind our back.

    def changed(self, held: HeldDocument, amount: Decimal) -> None:
        """The first row of each side grows, and the item with them."""
        for side in ("DebitAmount", "CreditAmount"):
            row = next(row for row in held.facts["rows"] if side in row)
            row[side] = Decimal(row[side]) + amount
        held.total += amount
        self._summed(held)

    def double(self, number: str) -> None:
        """With rows of its own."""
        with self.lock:
            for held in self.numbered(number):
                rows = [dict(row) for row in held.facts["rows"]]
                facts = {"text": held.facts["text"], "rows": rows}
                self.hold(replace(held, id=self.next_guid(), accounts=dict(held.accounts), facts=facts))


def _suits(value: Any, operator: str, wanted: str) -> bool:
    """A condition of OData on texts, days and whole numbers."""
    if value is None:
        return False
    have = str(value)[: len(wanted)] if operator in ("ge", "le") else str(value)
    return {"eq": have == wanted, "ge": have >= wanted, "le": have <= wanted, "gt": have > wanted}[operator]
