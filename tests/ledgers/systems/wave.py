"""How Wave behaves (public GraphQL API): objections inside answers that succeed, products on lines, no credit notes.

Every operation is held to `wave/schema.graphql`, and carried out by graphql-core, so that an answer has its shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema, build_schema, execute_sync, parse, validate
from graphql.execution.values import get_variable_values
from graphql.language.ast import OperationDefinitionNode

from accounting_sync.mapping.entries import Target
from tests.ledgers.contracts import FOLDER
from tests.ledgers.oauth import OAuthCodePages, Tokens
from tests.ledgers.system import (
    OUR_ACCOUNTS,
    ZERO,
    Contract,
    HeldDocument,
    LedgerAnswer,
    LedgerRequest,
    System,
    Targets,
    answers,
)

BUSINESS = "QnVzaW5lc3M6MQ=="
CENT = Decimal("0.01")
UNIT = Decimal("0.00000001")
RECEIVABLES, VAT_ACCOUNT = "1500", "2700"
NOT_SOLD_ON = (RECEIVABLES, "1900", "1920", "1945", "2700", "2701", "2702")
TAXES = {"tax-25": ("MVA 25 %", "0.25"), "tax-15": ("MVA 15 %", "0.15"), "tax-12": ("MVA 12 %", "0.12")}
VAT_OF = {
    ("standard", 25): "tax-25", ("food", 15): "tax-15", ("low", 12): "tax-12", ("zero", 0): "none",
    ("exempt", 0): "none", ("reverse_charge", 0): "none", ("export", 0): "none", ("outside", 0): "none",
}  # fmt: skip
SYMBOLS = {"NOK": "kr", "EUR": "€"}


@cache
def schema() -> GraphQLSchema:
    """What Wave describes of itself."""
    return build_schema((FOLDER / "wave/schema.graphql").read_text())


@lru_cache(maxsize=256)
def read(query: str) -> tuple[DocumentNode, tuple[str, ...]]:
    """An operation, and what in it the schema does not know."""
    document = parse(query)
    return document, tuple(error.message for error in validate(schema(), document))


def cents(amount: Any) -> Decimal:
    """To two decimals, ties away from zero."""
    return Decimal(amount).quantize(CENT, ROUND_HALF_UP)


def row_id(number: str) -> str:
    """What a line of an invoice names for an account of ours: a product where it is sold on."""
    return f"account-{number}" if number in NOT_SOLD_ON else f"product-{number}"


class Ledger(System):
    """One business in Wave, with Wave Pro."""

    slug = "wave"
    hosts = ("gql.waveapps.com", "api.waveapps.com")
    contracts = (Contract(file="wave/openapi.yaml", host="gql.waveapps.com"),)
    options = {"business": BUSINESS}
    # Wave closes no periods; nothing says that it refuses a number that another invoice has already.
    lacks = frozenset({"closed_periods", "unique_numbers"})
    targets = Targets(
        accounts={number: Target(row_id(number), number) for number in OUR_ACCOUNTS},
        vat={(treatment, Decimal(rate)): Target(code, code) for (treatment, rate), code in VAT_OF.items()},
    )

    def reset(self) -> None:
        """An empty business with its chart and a product for every account that is sold on."""
        super().reset()
        self.pages = OAuthCodePages(
            label="Wave",
            authorize_path="/oauth2/authorize/",
            token_path="/oauth2/token/",
            revoke_path="/oauth2/token-revoke/",
            uses_pkce=False,
            in_body=True,
            tokens=Tokens(access_seconds=7200),
        )
        self.accounts = {number: self._account(number) for number in OUR_ACCOUNTS}
        self.vat_codes = {own: self._tax(own, name, rate) for own, (name, rate) in TAXES.items()}
        self.products = {row_id(number): self._product(number) for number in OUR_ACCOUNTS if number not in NOT_SOLD_ON}

    @staticmethod
    def _account(number: str) -> dict[str, Any]:
        return {
            "id": f"account-{number}",
            "name": f"Konto {number}",
            "displayId": number,
            "currency": currency("NOK"),
            "isArchived": False,
            "normalBalanceType": "DEBIT" if number[0] == "1" else "CREDIT",
            "sequence": int(number),
        }

    def _product(self, number: str) -> dict[str, Any]:
        return {
            "id": row_id(number),
            "name": f"Salg {number}",
            "unitPrice": ZERO,
            "isSold": True,
            "isBought": False,
            "isArchived": False,
            "incomeAccount": self.accounts[number],
            "defaultSalesTaxes": [],
        }

    @staticmethod
    def _tax(own: str, name: str, rate: str) -> dict[str, Any]:
        return {
            "id": own,
            "name": name,
            "abbreviation": name.split(maxsplit=1)[0],
            "showTaxNumberOnInvoices": True,
            "rate": Decimal(rate),
            "isCompound": False,
            "isRecoverable": True,
            "isArchived": False,
        }

    # Entering.

    def secrets(self) -> dict[str, str]:
        """A fresh pair of tokens."""
        return self.pages.secrets()

    def authorized(self, request: LedgerRequest) -> bool:
        """A bearer token that holds."""
        return not self.is_revoked and self.pages.knows(request)

    def token(self, request: LedgerRequest) -> LedgerAnswer | None:
        """The pages of the log-in."""
        return self.pages.answer(request) if request.host != "gql.waveapps.com" else None

    def unauthorized(self, request: LedgerRequest) -> LedgerAnswer:
        """As it says that a token is over."""
        error = {"message": "Authentication credentials were invalid.", "extensions": {"code": "UNAUTHENTICATED"}}
        return LedgerAnswer(401, {"errors": [error], "data": None})

    def expire(self) -> None:
        """Two hours are over."""
        self.pages.tokens.expire()

    def revoke(self) -> None:
        """The business was disconnected."""
        super().revoke()
        self.pages.tokens.revoke()

    # One address for everything.

    def check(self, request: LedgerRequest) -> list[str]:
        """What in the operation or its variables the schema does not know."""
        body = request.body or {}
        try:
            document, told = read(body.get("query", ""))
        except GraphQLError as error:
            return [str(error.message)]
        wrong = list(told)
        for operation in document.definitions:
            if isinstance(operation, OperationDefinitionNode):
                declared = operation.variable_definitions or ()
                found = get_variable_values(schema(), declared, body.get("variables") or {})
                wrong += [error.message for error in found] if isinstance(found, list) else []
        return wrong

    @answers("POST /graphql/public")
    def _carry_out(self, request: LedgerRequest) -> LedgerAnswer:
        root = {
            "businesses": lambda _info, **page: connection([self._business()], page),
            "business": lambda _info, **asked: self._business() if asked["id"] == BUSINESS else None,
            "invoiceCreate": lambda _info, **told: self._create_invoice(told["input"]),
            "customerCreate": lambda _info, **told: self._keep_customer(self.next_id(), told["input"]),
            "customerPatch": lambda _info, **told: self._keep_customer(told["input"]["id"], told["input"]),
        }
        document, _told = read(request.body["query"])
        done = execute_sync(schema(), document, root, variable_values=request.body.get("variables"))
        body: dict[str, Any] = {"data": done.data}
        if done.errors:
            raise AssertionError(f"the behaviour does not fit the schema: {done.errors}")
        return LedgerAnswer(200, body)

    def _business(self) -> dict[str, Any]:
        return {
            "id": BUSINESS,
            "name": "Nordlys Rådgivning AS",
            "isPersonal": False,
            "currency": currency("NOK"),
            "accounts": lambda _info, **page: connection(list(self.accounts.values()), page),
            "products": lambda _info, **page: connection(list(self.products.values()), page),
            "salesTaxes": lambda _info, **page: connection(list(self.vat_codes.values()), page),
            "customers": lambda _info, **page: connection([one["row"] for one in self.parties.values()], page),
            "invoices": self._invoices,
            "invoice": lambda _info, **asked: self._row(self.held[asked["id"]]) if asked["id"] in self.held else None,
        }

    def _invoices(self, _info: Any, **asked: Any) -> dict[str, Any]:
        first, last = asked.get("invoiceDateStart") or "0001-01-01", asked.get("invoiceDateEnd") or "9999-12-31"
        number = asked.get("invoiceNumber")
        listed = [
            self._row(held)
            for held in self.held.values()
            if number in (None, held.number) and first <= held.day.isoformat() <= last
        ]
        return connection(listed, asked)

    # Customers.

    def _keep_customer(self, own: str, told: Mapping[str, Any]) -> dict[str, Any]:
        if "id" in told and own not in self.parties:
            return objection("customer", ["input", "id"], "Customer could not be found.")
        before: dict[str, Any] = self.parties[own]["row"] if own in self.parties else {"createdAt": now()}
        kept = {name: value for name, value in told.items() if name not in ("businessId", "address", "currency")}
        row = {**before, **kept, "id": own, "isArchived": False, "modifiedAt": now()}
        if "currency" in told:
            row["currency"] = currency(told["currency"])
        self.parties[own] = {
            "id": own,
            "number": row.get("displayId", ""),
            "name": row["name"],
            "organization_number": row.get("internalNotes", ""),
            "row": row,
        }
        return {"didSucceed": True, "customer": row}

    def rename_customer(self, party_id: str, name: str) -> None:
        """In the row that answers are made of, too."""
        super().rename_customer(party_id, name)
        self.parties[party_id]["row"]["name"] = name

    # Invoices.

    def _create_invoice(self, told: Mapping[str, Any]) -> dict[str, Any]:
        wrong = self._wrong_with(told)
        if wrong:
            return objection("invoice", *wrong)
        lines = [self._line(line) for line in told["items"]]
        net, tax = sum((line["net"] for line in lines), ZERO), sum((line["tax"] for line in lines), ZERO)
        if net + tax < 0:
            return objection("invoice", ["input", "items"], "The total of an invoice cannot be negative.")
        held = HeldDocument(
            id=self.next_id(),
            number=told["invoiceNumber"],
            kind="sale",
            day=date.fromisoformat(told["invoiceDate"]),
            currency=told["currency"],
            total=net + tax,
            vat_total=tax,
            party_id=told["customerId"],
            open_amount=net + tax,
            facts={"told": told, "rate": Decimal(told.get("exchangeRate") or 1), "lines": lines},
        )
        self._book(held)
        return {"didSucceed": True, "invoice": self._row(self.hold(held))}

    def _wrong_with(self, told: Mapping[str, Any]) -> tuple[list[str], str] | None:
        if told["businessId"] != BUSINESS:
            return ["input", "businessId"], "Business could not be found."
        if told["customerId"] not in self.parties:
            return ["input", "customerId"], "Customer could not be found."
        if told["currency"] != "NOK" and not told.get("exchangeRate"):
            return ["input", "exchangeRate"], "An exchange rate is needed."
        for line in told["items"]:
            if line["productId"] not in self.products:
                return ["input", "items", "productId"], "Product could not be found."
            if any(tax["salesTaxId"] not in self.vat_codes for tax in line.get("taxes") or ()):
                return ["input", "items", "taxes", "salesTaxId"], "Sales tax could not be found."
        return None

    def _line(self, line: Mapping[str, Any]) -> dict[str, Any]:
        """A line with its tax, each rounded by itself unless the tax was told."""
        quantity, price = Decimal(line["quantity"]).quantize(UNIT), Decimal(line["unitPrice"]).quantize(UNIT)
        net, tax = cents(quantity * price), ZERO
        for each in line.get("taxes") or ():
            told = each.get("amount")
            tax += cents(net * self.vat_codes[each["salesTaxId"]]["rate"] if told is None else told)
        return {"net": net, "tax": tax, "code": self.products[line["productId"]]["incomeAccount"]["displayId"]}

    def _book(self, held: HeldDocument) -> None:
        rate = held.facts["rate"]
        held.accounts = {RECEIVABLES: cents(held.total * rate)}
        for line in held.facts["lines"]:
            for code, amount in ((line["code"], line["net"]), (VAT_ACCOUNT, line["tax"])):
                held.accounts[code] = held.accounts.get(code, ZERO) - cents(amount * rate)

    def _row(self, held: HeldDocument) -> dict[str, Any]:
        told = held.facts["told"]

        def money(amount: Decimal | None) -> dict[str, Any]:
            return {"value": f"{amount or ZERO:,.2f}", "raw": int((amount or ZERO) * 100)} | {
                "currency": currency(held.currency)
            }

        return {
            "id": held.id,
            "customer": self.parties[held.party_id]["row"],
            "currency": currency(held.currency),
            "exchangeRate": held.facts["rate"],
            "status": told["status"] if held.open_amount else "PAID",
            "title": "Invoice",
            "invoiceNumber": held.number,
            "invoiceDate": held.day.isoformat(),
            "dueDate": told["dueDate"],
            "taxTotal": money(held.vat_total),
            "total": money(held.total),
            "amountDue": money(held.open_amount),
            "amountPaid": money(held.total - (held.open_amount or ZERO)),
            "memo": told.get("memo"),
            "pdfUrl": "https://next.waveapps.com/pdf",
            "viewUrl": "https://next.waveapps.com/view",
            "createdAt": now(),
            "modifiedAt": now(),
        }

    def changed(self, held: HeldDocument, amount: Decimal) -> None:
        """On the first line, as somebody would who edits an invoice."""
        super().changed(held, amount)
        first, *rest = held.facts["lines"]
        held.facts["lines"] = [{**first, "net": first["net"] + amount}, *rest]
        self._book(held)


def currency(code: str) -> dict[str, Any]:
    """A currency as Wave tells of it."""
    return {"code": code, "symbol": SYMBOLS.get(code, code), "name": code, "exponent": 2}


def objection(name: str, path: Sequence[str], text: str) -> dict[str, Any]:
    """What was sent was wrong: told in an answer that succeeds."""
    return {"didSucceed": False, "inputErrors": [{"path": path, "message": text, "code": "INVALID"}], name: None}


def connection(listed: Sequence[Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """One page of a list; the first is 1."""
    page, size = asked["page"], asked["pageSize"]
    told = {"currentPage": page, "totalPages": -(-len(listed) // size), "totalCount": len(listed)}
    return {"pageInfo": told, "edges": [{"node": node} for node in listed[(page - 1) * size : page * size]]}


def now() -> str:
    """A moment of its own clock."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
