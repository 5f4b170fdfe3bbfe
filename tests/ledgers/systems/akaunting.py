"""How Akaunting behaves (API v3): documents whose total is what was told plus what their lines come to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from accounting_sync.mapping.entries import Target
from foundation.money import round_amount
from tests.ledgers.oauth import basic_of
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

HOST = "books.nordlys.example"
USER, PASSWORD = "bilag@nordlys.example", "a password of the tests"
COMPANY = 3
ITEM = 77
CATEGORIES = {"11": "Salg", "12": "Annet"}
BANKS = {"1920": "21", "1945": "22", "1900": "23"}
TAXES = {"31": ("MVA 25 %", 25), "32": ("MVA 15 %", 15), "33": ("MVA 12 %", 12), "34": ("MVA 0 %", 0)}
TAX_OF = {
    ("standard", 25): "31",
    ("food", 15): "32",
    ("low", 12): "33",
    ("zero", 0): "34",
    ("exempt", 0): "34",
    ("reverse_charge", 0): "34",
    ("export", 0): "34",
    ("outside", 0): "34",
}
PRICE = re.compile(r"^(?=.*?[0-9])[0-9.,]+$")
WORD = re.compile(r'(\w+)(:|>=|<=)("[^"]*"|\S+)')
ZERO = Decimal(0)


class Ledger(System):
    """One company in an Akaunting of its own."""

    slug = "akaunting"
    hosts = (HOST,)
    contracts = (Contract(file="akaunting/openapi.yaml", host=HOST, prefix="/api"),)
    options = {"host": f"https://{HOST}/", "company": str(COMPANY), "product": str(ITEM)}
    lacks = frozenset({"closed_periods", "token_expiry"})
    targets = Targets(
        accounts={number: Target("12" if number < "3000" else "11") for number in OUR_ACCOUNTS},
        money={number: Target(code) for number, code in BANKS.items()},
        vat={(treatment, Decimal(rate)): Target(code) for (treatment, rate), code in TAX_OF.items()},
    )

    def reset(self) -> None:
        """An empty company."""
        super().reset()
        self.accounts = {code: {"id": int(code)} for code in CATEGORIES}
        self.vat_codes = {code: {"name": name, "rate": rate} for code, (name, rate) in TAXES.items()}

    # Entering.

    def secrets(self) -> dict[str, str]:
        """The user and its password."""
        return {"email": USER, "password": PASSWORD}

    def authorized(self, request: LedgerRequest) -> bool:
        """HTTP Basic."""
        return not self.is_revoked and basic_of(request) == (USER, PASSWORD)

    def unauthorized(self, request: LedgerRequest) -> LedgerAnswer:
        """In the form of all its errors."""
        return LedgerAnswer(401, {"message": "Invalid credentials.", "status_code": 401})

    def expire(self) -> None:
        """A password does not expire."""

    def answer(self, request: LedgerRequest) -> LedgerAnswer:
        """Another company is nobody's business."""
        if request.operation != "GET /companies" and request.headers.get("x-company") != str(COMPANY):
            return LedgerAnswer(403, {"message": "This action is unauthorized.", "status_code": 403})
        return super().answer(request)

    # Lists.

    @answers("GET /companies")
    def _companies(self, request: LedgerRequest) -> LedgerAnswer:
        return _page(request, [{"id": COMPANY, "name": "Nordlys Rådgivning AS", "enabled": True}])

    @answers("GET /categories")
    def _categories(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [{"id": int(code), "name": name, "type": "income", "enabled": True} for code, name in CATEGORIES.items()]
        return _page(request, [*rows, {"id": 13, "name": "Kostnader", "type": "expense", "enabled": True}])

    @answers("GET /accounts")
    def _accounts(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [{"id": int(code), "name": f"Bank {number}", "number": number} for number, code in BANKS.items()]
        return _page(request, rows)

    @answers("GET /items")
    def _items(self, request: LedgerRequest) -> LedgerAnswer:
        return _page(request, [{"id": ITEM, "name": "Vare eller tjeneste", "enabled": True}])

    @answers("GET /taxes")
    def _taxes(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [
            {"id": int(code), "name": tax["name"], "rate": tax["rate"], "type": "normal", "enabled": True}
            for code, tax in self.vat_codes.items()
        ]
        return _page(request, rows)

    # Customers.

    @answers("GET /contacts")
    def _contacts(self, request: LedgerRequest) -> LedgerAnswer:
        return _page(request, _searched(request, [party["row"] for party in self.parties.values()]))

    @answers("POST /contacts")
    def _create_contact(self, request: LedgerRequest) -> LedgerAnswer:
        email = request.body.get("email")
        if email and any(party["row"].get("email") == email for party in self.parties.values()):
            raise _invalid("email", "The email has already been taken.")
        return LedgerAnswer(201, {"data": self._keep_contact(self.next_id(), request.body)})

    @answers("PUT /contacts/{id}")
    def _change_contact(self, request: LedgerRequest) -> LedgerAnswer:
        number = request.path_args["id"]
        if number not in self.parties:
            raise _missing()
        return LedgerAnswer(200, {"data": self._keep_contact(number, request.body)})

    def _keep_contact(self, number: str, told: Mapping[str, Any]) -> dict[str, Any]:
        row = {**told, "id": int(number), "updated_at": "2026-11-20T08:00:00+00:00"}
        self.parties[number] = {
            "id": number,
            "number": row.get("reference", ""),
            "name": row["name"],
            "organization_number": row.get("tax_number", ""),
            "row": row,
        }
        return row

    def rename_customer(self, party_id: str, name: str) -> None:
        """In the row that answers are made of, too."""
        super().rename_customer(party_id, name)
        self.parties[party_id]["row"]["name"] = name

    # Documents.

    @answers("POST /documents")
    def _create_document(self, request: LedgerRequest) -> LedgerAnswer:
        body = request.body
        if any(held.number == body["document_number"] for held in self._documents()):
            raise _invalid("document_number", "The document number has already been taken.")
        for line in body["items"]:
            if not PRICE.match(f"{line['price']}") or Decimal(line["price"]) <= 0:
                raise _invalid("items.0.price", "The price is not a valid amount.")
        if str(body["contact_id"]) not in self.parties or str(body["category_id"]) not in self.accounts:
            raise _missing()
        net = ZERO
        taxes: dict[str, Decimal] = {}
        for line in body["items"]:
            amount = Decimal(line["price"]) * Decimal(line["quantity"])
            net += round_amount(amount)
            for tax in line.get("tax_ids") or ():
                if str(tax) not in self.vat_codes:
                    raise Refused(500, {"message": 'Attempt to read property "type" on null', "status_code": 500})
                taxes[str(tax)] = taxes.get(str(tax), ZERO) + amount * self.vat_codes[str(tax)]["rate"] / 100
        total = round_amount(Decimal(body["amount"]) + net + sum(taxes.values(), ZERO))
        vat = {tax: round_amount(amount) for tax, amount in taxes.items()}
        held = HeldDocument(
            id=self.next_id(),
            number=body["document_number"],
            kind="sale",
            day=date.fromisoformat(body["issued_at"][:10]),
            currency=body["currency_code"],
            total=total,
            vat_total=sum(vat.values(), ZERO),
            party_id=str(body["contact_id"]),
            open_amount=total,
            facts={"body": body, "net": net, "vat": vat},
        )
        self.hold(held)
        return LedgerAnswer(201, {"data": self._row(held)})

    @answers("GET /documents")
    def _list(self, request: LedgerRequest) -> LedgerAnswer:
        return _page(request, _searched(request, [self._row(held) for held in self._documents()]))

    @answers("GET /documents/{id}")
    def _document(self, request: LedgerRequest) -> LedgerAnswer:
        return LedgerAnswer(200, {"data": self._row(self._sale(request.path_args["id"]))})

    def _documents(self) -> list[HeldDocument]:
        return [held for held in self.held.values() if held.kind == "sale"]

    def _sale(self, number: str) -> HeldDocument:
        held = self.held.get(number)
        if held is None or held.kind != "sale":
            raise _missing()
        return held

    def _row(self, held: HeldDocument) -> dict[str, Any]:
        body = held.facts["body"]
        totals = [{"code": "sub_total", "amount": held.facts["net"]}]
        totals += [{"code": "tax", "amount": amount} for amount in held.facts["vat"].values()]
        payments = [payment.facts["row"] for payment in self._payments_of(held.id)]
        return {
            "id": int(held.id),
            "company_id": COMPANY,
            "type": "invoice",
            "document_number": held.number,
            "status": body["status"] if held.open_amount else "paid",
            "issued_at": f"{held.day.isoformat()}T00:00:00+00:00",
            "due_at": f"{body['due_at'][:10]}T00:00:00+00:00",
            "amount": held.total,
            "currency_code": held.currency,
            "currency_rate": body["currency_rate"],
            "contact_id": int(held.party_id),
            "totals": {"data": [*totals, {"code": "total", "amount": held.total}]},
            "transactions": {"data": payments},
            "updated_at": "2026-11-20T08:00:00+00:00",
        }

    def changed(self, held: HeldDocument, amount: Decimal) -> None:
        """In the totals that answers are made of, too."""
        super().changed(held, amount)
        if held.kind == "sale":
            held.facts["net"] += amount
        else:
            held.facts["row"] = {**held.facts["row"], "amount": held.total}

    # Payments.

    @answers("POST /documents/{document}/transactions")
    def _pay(self, request: LedgerRequest) -> LedgerAnswer:
        sale, body = self._sale(request.path_args["document"]), request.body
        if any(held.facts["row"]["number"] == body["number"] for held in self.held.values() if held.kind == "payment"):
            raise _invalid("number", "The number has already been taken.")
        if Decimal(body["amount"]) > (sale.open_amount or ZERO):
            raise Refused(500, {"message": "Error: Payment is larger than the amount due.", "status_code": 500})
        if str(body["account_id"]) not in BANKS.values() or str(body["category_id"]) not in self.accounts:
            raise _missing()
        return LedgerAnswer(201, {"data": self._keep_payment(sale, body)})

    def _keep_payment(self, sale: HeldDocument, body: Mapping[str, Any]) -> dict[str, Any]:
        number = self.next_id()
        day, amount = date.fromisoformat(body["paid_at"][:10]), Decimal(body["amount"])
        sale.open_amount = (sale.open_amount or ZERO) - amount
        row = {
            **body,
            "id": int(number),
            "document_id": int(sale.id),
            "contact_id": int(sale.party_id),
            "paid_at": f"{day.isoformat()}T00:00:00+00:00",
            "contact": {"name": self.parties[sale.party_id]["name"]},
        }
        self.hold(
            HeldDocument(
                id=number,
                number=body["reference"].strip("[]") or body["number"],
                kind="payment",
                day=day,
                currency=body["currency_code"],
                total=amount,
                party_id=sale.party_id,
                facts={"row": row, "sale": sale.id},
            )
        )
        return row

    def _payments_of(self, number: str) -> list[HeldDocument]:
        return [held for held in self.held.values() if held.kind == "payment" and held.facts["sale"] == number]

    @answers("GET /documents/{document}/transactions")
    def _payments(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [held.facts["row"] for held in self._payments_of(request.path_args["document"])]
        return LedgerAnswer(200, {"data": rows})

    @answers("GET /transactions")
    def _transactions(self, request: LedgerRequest) -> LedgerAnswer:
        return _page(
            request, _searched(request, [held.facts["row"] for held in self.held.values() if held.kind == "payment"])
        )

    def pay(self, number: str, amount: Decimal, day: date) -> None:
        """Money that the company itself books on an invoice."""
        with self.lock:
            sale = next(held for held in self._documents() if held.number == number)
            self._keep_payment(
                sale,
                {
                    "type": "income",
                    "number": f"TRA-{self.next_id()}",
                    "account_id": 21,
                    "paid_at": day.isoformat(),
                    "amount": amount,
                    "currency_code": sale.currency,
                    "reference": "",
                },
            )


def _searched(request: LedgerRequest, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows that a search lets through: name:value, and days from and to."""
    kept = list(rows)
    for name, compared, quoted in WORD.findall(request.asked("search")):
        wanted = quoted.strip('"')
        if compared == ":":
            kept = [row for row in kept if str(row.get(name, "")) == wanted]
        elif compared == ">=":
            kept = [row for row in kept if row[name][:10] >= wanted]
        else:
            kept = [row for row in kept if row[name][:10] <= wanted]
    return kept


def _page(request: LedgerRequest, rows: Sequence[Mapping[str, Any]]) -> LedgerAnswer:
    number, size = int(request.asked("page", "1")), int(request.asked("limit", "25"))
    meta = {"current_page": number, "last_page": max(-(-len(rows) // size), 1), "total": len(rows)}
    return LedgerAnswer(200, {"data": page_of(rows, number - 1, size), "meta": meta})


def _invalid(name: str, text: str) -> Refused:
    return Refused(422, {"message": text, "errors": {name: [text]}, "status_code": 422})


def _missing() -> Refused:
    return Refused(404, {"message": "No query results for model.", "status_code": 404})
