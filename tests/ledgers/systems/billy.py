"""How Billy behaves: daybooks take the VAT out of each line, invoices add it to each; no keys, no checks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from accounting_sync.mapping.entries import Target
from tests.ledgers.system import (
    OUR_ACCOUNTS,
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

HOST = "api.billysbilling.com"
TOKEN = "token-of-the-company"
DAYBOOK = "daybook-1"
ZERO = Decimal(0)
RECEIVABLES, VAT_ACCOUNT = "1500", "2700"
VAT_CODES = {"tax-25": "0.25", "tax-0": "0", "tax-eu": "0", "tax-abroad": "0"}
VAT_OF = {
    ("standard", 25): "tax-25",
    ("zero", 0): "tax-0",
    ("exempt", 0): "tax-0",
    ("reverse_charge", 0): "tax-eu",
    ("export", 0): "tax-abroad",
    ("outside", 0): "tax-0",
}
TOLD_OF_INVOICES = (
    "id", "type", "invoiceNo", "state", "contactId", "entryDate", "dueDate", "amount", "tax", "grossAmount", "balance",
    "isPaid", "currencyId", "exchangeRate", "externalId", "creditedInvoiceId",
)  # fmt: skip


class Ledger(System):
    """One company with one daybook."""

    slug = "billy"
    hosts = (HOST,)
    contracts = (
        Contract(
            file="billy/openapi.yaml",
            host=HOST,
            prefix="/v2",
            undescribed={"GET /daybookTransactions/{id}?include": "Billy documents it for every read"},
        ),
    )
    options = {"daybook": DAYBOOK}
    lacks = frozenset({"token_expiry", "unique_numbers"})
    targets = Targets(
        accounts={number: Target(f"account-{number}", number) for number in OUR_ACCOUNTS},
        vat={(treatment, Decimal(rate)): Target(code, code) for (treatment, rate), code in VAT_OF.items()},
        country="DK",
        base_currency="DKK",
    )

    def reset(self) -> None:
        """A company with accounts and tax rates, nothing booked."""
        super().reset()
        self.accounts = {f"account-{number}": {"accountNo": number} for number in OUR_ACCOUNTS}
        self.vat_codes = {code: {"rate": Decimal(rate)} for code, rate in VAT_CODES.items()}
        self.products: dict[str, dict[str, Any]] = {}
        self.uploads: dict[str, bytes] = {}

    # Entering.

    def secrets(self) -> dict[str, str]:
        """The token of the company, which holds until it is revoked."""
        return {"token": TOKEN}

    def authorized(self, request: LedgerRequest) -> bool:
        """The token."""
        return not self.is_revoked and request.headers.get("x-access-token") == TOKEN

    def unauthorized(self, request: LedgerRequest) -> LedgerAnswer:
        """In its own shape."""
        return LedgerAnswer(401, _error("UNAUTHORIZED", "The access token is not valid.", 401))

    def expire(self) -> None:
        """It does not."""

    # Lists.

    @answers("GET /accounts")
    def _accounts(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [{"id": number, "name": f"Konto {row['accountNo']}", **row} for number, row in self.accounts.items()]
        return _page(request, "accounts", rows)

    @answers("GET /taxRates")
    def _tax_rates(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [
            {"id": code, "name": code, "abbreviation": code, "rate": row["rate"]}
            for code, row in self.vat_codes.items()
        ]
        return _page(request, "taxRates", rows)

    @answers("GET /daybooks")
    def _daybooks(self, request: LedgerRequest) -> LedgerAnswer:
        return _page(request, "daybooks", [{"id": DAYBOOK, "name": "Bilag"}])

    # Contacts and products.

    @answers("GET /contacts")
    def _contacts(self, request: LedgerRequest) -> LedgerAnswer:
        words, number = request.asked("q"), request.asked("contactNo")
        rows = [party["row"] for party in self.parties.values()]
        searched = [row for row in rows if words in (row["name"], row.get("registrationNo")) or words in str(row)]
        return _page(request, "contacts", [row for row in searched if number in ("", row.get("contactNo"))])

    @answers("POST /contacts")
    def _create_contact(self, request: LedgerRequest) -> LedgerAnswer:
        row = {**request.body["contact"], "id": f"contact-{self.next_id()}"}
        self.parties[row["id"]] = {
            "id": row["id"],
            "number": row.get("contactNo", ""),
            "name": row["name"],
            "organization_number": row.get("registrationNo", ""),
            "row": row,
        }
        return _made("contacts", row)

    def rename_customer(self, party_id: str, name: str) -> None:
        """In the row that answers are made of, too."""
        super().rename_customer(party_id, name)
        self.parties[party_id]["row"]["name"] = name

    @answers("GET /products")
    def _products(self, request: LedgerRequest) -> LedgerAnswer:
        number = request.asked("productNo")
        rows = [row for row in self.products.values() if number in ("", row.get("productNo"))]
        return _page(request, "products", rows)

    @answers("POST /products")
    def _create_product(self, request: LedgerRequest) -> LedgerAnswer:
        row = {**request.body["product"], "id": f"product-{self.next_id()}"}
        self._known(row["accountId"])
        self.products[row["id"]] = row
        return _made("products", row)

    @answers("GET /products/{id}")
    def _product(self, request: LedgerRequest) -> LedgerAnswer:
        row = self.products.get(request.path_args["id"])
        if row is None:
            raise _missing()
        return LedgerAnswer(200, {"meta": _meta(), "product": row})

    # Daybooks.

    @answers("POST /daybookTransactions")
    def _create_transaction(self, request: LedgerRequest) -> LedgerAnswer:
        body = request.body["daybookTransaction"]
        self._open(date.fromisoformat(body["entryDate"]))
        if body["daybookId"] != DAYBOOK:
            raise _objection("daybookId", "The daybook does not exist.")
        accounts: dict[str, Decimal] = {}
        vat = ZERO
        for line in body["lines"]:
            self._known(line["accountId"])
            amount = line["amount"] if line["side"] == "debit" else -line["amount"]
            own = self._carved(amount, line.get("taxRateId"))
            vat += own
            _add(accounts, self.accounts[line["accountId"]]["accountNo"], amount - own)
            _add(accounts, VAT_ACCOUNT, own)
        if sum(accounts.values(), ZERO):
            raise _objection("lines", "The lines do not balance.")
        held = self.hold(self._transaction(body, accounts, vat))
        return _made("daybookTransactions", self._transaction_row(held, with_lines=False))

    def _transaction(self, body: Mapping[str, Any], accounts: dict[str, Decimal], vat: Decimal) -> HeldDocument:
        """What the tags that we send call it; Billy itself knows no kinds."""
        claim = body["lines"][0]
        is_document = body["apiType"] == "bilag-document"
        kind = "journal"
        if is_document:
            kind = "sale" if claim["side"] == "debit" else "credit"
        elif RECEIVABLES in accounts and any(code in accounts for code in ("1920", "1945")):
            kind = "payment"
        debited = sum((line["amount"] for line in body["lines"] if line["side"] == "debit"), ZERO)
        return HeldDocument(
            id=f"transaction-{self.next_id()}",
            number=body["voucherNo"],
            kind=kind,
            day=date.fromisoformat(body["entryDate"]),
            currency="DKK",
            total=claim["amount"] if is_document else debited,
            vat_total=abs(vat) if is_document else None,
            accounts={code: amount for code, amount in accounts.items() if amount},
            facts={"body": body},
        )

    def _carved(self, amount: Decimal, tax: str | None) -> Decimal:
        """The VAT in an amount, by the rate of its code."""
        if tax is None:
            return ZERO
        rate = self._rate(tax)
        return _rounded(amount * rate / (1 + rate))

    @answers("GET /daybookTransactions")
    def _transactions(self, request: LedgerRequest) -> LedgerAnswer:
        with_lines = "daybookTransaction.lines" in request.asked("include")
        rows = [
            self._transaction_row(held, with_lines=with_lines)
            for held in self.held.values()
            if "apiType" in held.facts["body"]
            and request.asked("apiType", held.facts["body"]["apiType"]) == held.facts["body"]["apiType"]
            and _within(request, held.day)
        ]
        return _page(request, "daybookTransactions", rows)

    @answers("GET /daybookTransactions/{id}")
    def _one_transaction(self, request: LedgerRequest) -> LedgerAnswer:
        row = self._transaction_row(self._held(request), with_lines=bool(request.asked("include")))
        return LedgerAnswer(200, {"meta": _meta(), "daybookTransaction": row})

    @staticmethod
    def _transaction_row(held: HeldDocument, *, with_lines: bool) -> dict[str, Any]:
        row = {name: value for name, value in held.facts["body"].items() if name != "lines"}
        return {"id": held.id, **row, **({"lines": held.facts["body"]["lines"]} if with_lines else {})}

    # Invoices.

    @answers("POST /invoices")
    def _create_invoice(self, request: LedgerRequest) -> LedgerAnswer:
        body = request.body["invoice"]
        if body["contactId"] not in self.parties:
            raise _objection("contactId", "The contact does not exist.")
        self._open(date.fromisoformat(body["entryDate"]))
        held = self.hold(self._invoice(body))
        return _made("invoices", self._invoice_row(held))

    def _invoice(self, body: Mapping[str, Any]) -> HeldDocument:
        """What an invoice comes to: the VAT of each line, rounded line by line."""
        sign = 1 if body["type"] == "invoice" else -1
        rate = Decimal(body.get("exchangeRate") or 1)
        net, vat = ZERO, ZERO
        accounts: dict[str, Decimal] = {}
        for line in body["lines"]:
            if line["productId"] not in self.products:
                raise _objection("lines", "The product does not exist.")
            own = _rounded(line["unitPrice"] * line["quantity"])
            own_vat = _rounded(own * self._rate(line["taxRateId"])) if line.get("taxRateId") else ZERO
            net, vat = net + own, vat + own_vat
            number = self.accounts[self.products[line["productId"]]["accountId"]]["accountNo"]
            _add(accounts, number, -sign * _rounded(own * rate))
            _add(accounts, VAT_ACCOUNT, -sign * _rounded(own_vat * rate))
        _add(accounts, RECEIVABLES, -sum(accounts.values(), ZERO))
        return HeldDocument(
            id=f"invoice-{self.next_id()}",
            number=body["invoiceNo"],
            kind="sale" if sign > 0 else "credit",
            day=date.fromisoformat(body["entryDate"]),
            currency=body["currencyId"],
            total=net + vat,
            vat_total=vat,
            party_id=body["contactId"],
            open_amount=net + vat,
            accounts={code: amount for code, amount in accounts.items() if amount},
            key=body.get("externalId") or "",
            facts={"body": dict(body)},
        )

    @answers("GET /invoices")
    def _invoices(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [
            self._invoice_row(held)
            for held in self.held.values()
            if held.kind in ("sale", "credit")
            and "type" in held.facts["body"]
            and request.asked("invoiceNo", held.number) == held.number
            and request.asked("state", held.facts["body"]["state"]) == held.facts["body"]["state"]
            and _within(request, held.day)
        ]
        return _page(request, "invoices", rows)

    @answers("GET /invoices/{id}")
    def _one_invoice(self, request: LedgerRequest) -> LedgerAnswer:
        return LedgerAnswer(200, {"meta": _meta(), "invoice": self._invoice_row(self._held(request))})

    @answers("PUT /invoices/{id}")
    def _change_invoice(self, request: LedgerRequest) -> LedgerAnswer:
        held = self._held(request)
        if set(request.body["invoice"]) != {"state"}:
            raise _objection("invoice", "An approved invoice cannot be changed.")
        self._open(held.day)
        credited = self.held.get(held.facts["body"].get("creditedInvoiceId") or "")
        if credited is not None and held.facts["body"]["state"] == "draft":
            credited.open_amount = (credited.open_amount or ZERO) - held.total
        held.facts["body"]["state"] = request.body["invoice"]["state"]
        return _made("invoices", self._invoice_row(held))

    def _invoice_row(self, held: HeldDocument) -> dict[str, Any]:
        body = {name: value for name, value in held.facts["body"].items() if name in TOLD_OF_INVOICES}
        vat = held.vat_total or ZERO
        sums = {"amount": held.total - vat, "tax": vat, "grossAmount": held.total, "balance": held.open_amount}
        return {**body, "id": held.id, **sums, "isPaid": not held.open_amount}

    # Payments.

    @answers("POST /bankPayments")
    def _create_payment(self, request: LedgerRequest) -> LedgerAnswer:
        body = request.body["bankPayment"]
        self._open(date.fromisoformat(body["entryDate"]))
        self._known(body["cashAccountId"])
        kind, _, paid_id = body["associations"][0]["subjectReference"].partition(":")
        paid = self.held.get(paid_id)
        if kind != "invoice" or paid is None or paid.facts["body"]["state"] != "approved":
            raise _objection("associations", "The invoice does not exist or is a draft.")
        return _made("bankPayments", self._payment_row(self._keep_payment(paid, body)))

    def _keep_payment(self, paid: HeldDocument, body: Mapping[str, Any]) -> HeldDocument:
        amount = Decimal(body["cashAmount"])
        paid.open_amount = (paid.open_amount or ZERO) - amount
        sign = 1 if body["cashSide"] == "debit" else -1
        cash = self.accounts[body["cashAccountId"]]["accountNo"]
        return self.hold(
            HeldDocument(
                id=f"payment-{self.next_id()}",
                number=paid.number,
                kind="payment",
                day=date.fromisoformat(body["entryDate"]),
                currency="DKK",
                total=amount,
                party_id=paid.party_id,
                accounts={cash: sign * amount, RECEIVABLES: -sign * amount},
                facts={"body": dict(body)},
            )
        )

    def pay(self, number: str, amount: Decimal, day: date) -> None:
        """Money that the company itself books on an invoice."""
        with self.lock:
            told = {"entryDate": day.isoformat(), "cashAmount": amount, "cashSide": "debit"}
            sale = self.numbered(number, "sale")[0]
            self._keep_payment(sale, {**told, "cashAccountId": "account-1920", "associations": []})

    @answers("GET /bankPayments")
    def _payments(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [
            self._payment_row(held)
            for held in self.held.values()
            if "cashAmount" in held.facts["body"]
            and request.asked("contactId", held.facts["body"].get("contactId", ""))
            == held.facts["body"].get("contactId", "")
        ]
        return _page(request, "bankPayments", rows)

    @answers("GET /bankPayments/{id}")
    def _one_payment(self, request: LedgerRequest) -> LedgerAnswer:
        return LedgerAnswer(200, {"meta": _meta(), "bankPayment": self._payment_row(self._held(request))})

    @staticmethod
    def _payment_row(held: HeldDocument) -> dict[str, Any]:
        return {**held.facts["body"], "id": held.id}

    # Files.

    @answers("POST /files")
    def _upload(self, request: LedgerRequest) -> LedgerAnswer:
        number = f"file-{self.next_id()}"
        self.uploads[number] = request.content
        return LedgerAnswer(200, {"meta": _meta(), "files": [{"id": number}]})

    @answers("POST /attachments")
    def _bind(self, request: LedgerRequest) -> LedgerAnswer:
        told = request.body["attachment"]
        held = self.held.get(told["ownerReference"].partition(":")[2])
        if held is None or told["fileId"] not in self.uploads:
            raise _objection("attachment", "The file or its owner does not exist.")
        bound = held.facts.setdefault("bound", [])
        if told["fileId"] not in bound:
            bound.append(told["fileId"])
            held.files.append(self.uploads[told["fileId"]])
        return LedgerAnswer(200, {"meta": _meta(), "attachments": [told]})

    # What all of them need.

    def changed(self, held: HeldDocument, amount: Decimal) -> None:
        """In the lines that answers are made of, too."""
        super().changed(held, amount)
        lines = held.facts["body"].get("lines") or []
        if "apiType" in held.facts["body"]:
            changed = [{**line, "amount": line["amount"] + amount} for line in lines[:2]]
            held.facts["body"] = {**held.facts["body"], "lines": [*changed, *lines[2:]]}

    def double(self, number: str) -> None:
        """Under ids of its own shape."""
        with self.lock:
            before = set(self.held)
            super().double(number)
            for held in [self.held[one] for one in self.held if one not in before]:
                del self.held[held.id]
                held.id = f"doubled-{self.next_id()}"
                self.hold(held)

    def _rate(self, tax: str) -> Decimal:
        if tax not in self.vat_codes:
            raise _objection("taxRateId", f"The tax rate {tax} does not exist.")
        rate: Decimal = self.vat_codes[tax]["rate"]
        return rate

    def _known(self, account: str) -> None:
        if account not in self.accounts:
            raise _objection("accountId", f"The account {account} does not exist.")

    def _held(self, request: LedgerRequest) -> HeldDocument:
        held = self.held.get(request.path_args["id"])
        if held is None:
            raise _missing()
        return held

    def _open(self, day: date) -> None:
        if self.is_closed(day):
            raise _objection("entryDate", f"The period of {day.isoformat()} is locked.")


def _within(request: LedgerRequest, day: date) -> bool:
    asked = request.asked("entryDatePeriod")
    found = re.fullmatch(r"dates:(\d{4}-\d\d-\d\d)\.\.\.(\d{4}-\d\d-\d\d)", asked)
    if asked and found is None:
        raise _objection("entryDatePeriod", f"{asked} is no period.")
    return found is None or found[1] <= day.isoformat() <= found[2]


def _meta() -> dict[str, Any]:
    return {"statusCode": 200, "success": True}


def _made(name: str, row: Mapping[str, Any]) -> LedgerAnswer:
    return LedgerAnswer(200, {"meta": _meta(), name: [row]})


def _page(request: LedgerRequest, name: str, rows: Sequence[Any]) -> LedgerAnswer:
    number, size = int(request.asked("page", "1")), int(request.asked("pageSize", "1000"))
    paging = {"page": number, "pageSize": size, "pageCount": -(-len(rows) // size), "total": len(rows)}
    return LedgerAnswer(200, {"meta": {**_meta(), "paging": paging}, name: page_of(rows, number - 1, size)})


def _add(accounts: dict[str, Decimal], code: str, amount: Decimal) -> None:
    accounts[code] = accounts.get(code, ZERO) + amount


def _rounded(amount: Decimal) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _error(code: str, text: str, status: int = 400) -> dict[str, Any]:
    return {"meta": {"statusCode": status, "success": False}, "errorCode": code, "errorMessage": text}


def _missing() -> Refused:
    return Refused(404, _error("RECORD_NOT_FOUND", "The record was not found.", 404))


def _objection(name: str, text: str) -> Refused:
    told = {"validationErrors": {"record": {"attributes": {name: [text]}}}}
    return Refused(422, {**_error("VALIDATION_ERROR", "The record is not valid.", 422), **told})
