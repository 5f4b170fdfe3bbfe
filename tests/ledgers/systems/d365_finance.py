"""How Dynamics 365 Finance behaves (OData data entities): journals and their lines, booked where they balance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from accounting_sync.mapping.entries import Target
from tests.ledgers.oauth import CLIENT, CLIENT_SECRET, ClientCredentialTokens, Tokens
from tests.ledgers.odata import page
from tests.ledgers.system import (
    OUR_ACCOUNTS,
    OUR_VAT,
    Contract,
    HeldDocument,
    LedgerAnswer,
    LedgerRequest,
    Refused,
    System,
    Targets,
    answers,
)

TENANT = "0e0bb7a5-0a53-4b4e-9a0c-5f2f0c1b7d43"
HOST = "nordlys-test.operations.dynamics.com"
ENTITY = "NOR1"
JOURNAL = "BILAG"
GROUP = "KUNDER"
PAGE_SIZE = 40
RECEIVABLES = "1500"
MONEY = {"1900", "1920", "1945"}
ZERO = Decimal(0)


class Ledger(System):
    """One legal entity in one environment."""

    slug = "d365-finance"
    hosts = (HOST, "login.microsoftonline.com")
    contracts = (Contract(file="d365-finance/openapi.yaml", host=HOST),)
    options = {
        "tenant": TENANT,
        "environment": "nordlys-test",
        "company": ENTITY,
        "journal": JOURNAL,
        "customer_group": GROUP,
    }
    lacks = frozenset({"unique_numbers", "vat_codes"})
    targets = Targets(
        accounts={number: Target(number, number) for number in OUR_ACCOUNTS},
        vat=dict.fromkeys(OUR_VAT, Target("as-posted")),
    )

    def reset(self) -> None:
        """An empty legal entity with its main accounts."""
        super().reset()
        self.entra = ClientCredentialTokens(
            token_path=f"/{TENANT}/oauth2/v2.0/token",
            in_body=True,
            needs={"scope": f"https://{HOST}/.default"},
            tokens=Tokens(access_seconds=3599),
        )
        self.accounts = {number: {"MainAccountId": number, "Name": f"Konto {number}"} for number in OUR_ACCOUNTS}
        self.journals: dict[str, dict[str, Any]] = {}

    # Entering.

    def secrets(self) -> dict[str, str]:
        """The keys and a fresh token."""
        given = self.entra.tokens.give(with_refresh=False)
        return {"client_id": CLIENT, "client_secret": CLIENT_SECRET, "access_token": str(given["access_token"])}

    def authorized(self, request: LedgerRequest) -> bool:
        """A bearer token that holds."""
        return not self.is_revoked and self.entra.knows(request)

    def token(self, request: LedgerRequest) -> LedgerAnswer | None:
        """Microsoft Entra."""
        if request.host != "login.microsoftonline.com":
            return None
        return LedgerAnswer(401, {"error": "invalid_client"}) if self.is_revoked else self.entra.answer(request)

    def unauthorized(self, request: LedgerRequest) -> LedgerAnswer:
        """Without a word."""
        return LedgerAnswer(401, _error("Unauthorized"))

    def expire(self) -> None:
        """The hour is over."""
        self.entra.tokens.expire()

    def revoke(self) -> None:
        """The app registration is gone."""
        super().revoke()
        self.entra.tokens.revoke()

    def answer(self, request: LedgerRequest) -> LedgerAnswer:
        """What is made belongs to a legal entity that there is."""
        if request.method == "POST" and request.body.get("dataAreaId") != ENTITY:
            return LedgerAnswer(400, _error("Company does not exist."))
        return super().answer(request)

    # Lists.

    @answers("GET /data/MainAccounts")
    def _accounts(self, request: LedgerRequest) -> LedgerAnswer:
        size = int(request.asked("$top", str(PAGE_SIZE)))
        return self._page(request, "MainAccounts", list(self.accounts.values()), size)

    def _page(
        self, request: LedgerRequest, path: str, rows: Sequence[Mapping[str, Any]], size: int = PAGE_SIZE
    ) -> LedgerAnswer:
        return LedgerAnswer(200, page(request, f"https://{HOST}/data/{path}", rows, size))

    # Customers.

    @answers("GET /data/CustomersV3")
    def _customers(self, request: LedgerRequest) -> LedgerAnswer:
        return self._page(request, "CustomersV3", [party["row"] for party in self.parties.values()])

    @answers("POST /data/CustomersV3")
    def _create_customer(self, request: LedgerRequest) -> LedgerAnswer:
        number = request.body["CustomerAccount"]
        if number in self.parties:
            raise _objection("CustCustomerV3Entity", "The record already exists.")
        if request.body["CustomerGroupId"] != GROUP:
            raise _objection("CustCustomerV3Entity", "The value in field Customer group is not found.")
        self.parties[number] = {
            "id": number,
            "number": number,
            "name": request.body["OrganizationName"],
            "organization_number": request.body.get("TaxExemptNumber", ""),
            "row": request.body,
        }
        return LedgerAnswer(201, request.body)

    # Journals.

    @answers("GET /data/LedgerJournalHeaders")
    def _headers(self, request: LedgerRequest) -> LedgerAnswer:
        return self._page(request, "LedgerJournalHeaders", [one["header"] for one in self.journals.values()])

    @answers("POST /data/LedgerJournalHeaders")
    def _create_header(self, request: LedgerRequest) -> LedgerAnswer:
        if request.body["JournalName"] != JOURNAL:
            raise _objection("LedgerJournalHeaderEntity", "The value in field Name is not found.")
        number = f"NOR1-{self.next_id()}"
        header = {**request.body, "JournalBatchNumber": number, "IsPosted": "No"}
        self.journals[number] = {"header": header, "lines": {}}
        return LedgerAnswer(201, header)

    @answers("POST /data/LedgerJournalLines")
    def _create_line(self, request: LedgerRequest) -> LedgerAnswer:
        line = request.body
        journal = self.journals.get(line["JournalBatchNumber"])
        if journal is None:
            raise _objection("LedgerJournalLineEntity", "Journal batch number is not found.")
        if line["LineNumber"] in journal["lines"]:
            raise _objection("LedgerJournalLineEntity", "The record already exists.")
        day = date.fromisoformat(line["TransDate"][:10])
        if self.is_closed(day):
            raise _objection("LedgerJournalLineEntity", f"Fiscal period for {day.isoformat()} is not open.")
        known = self.parties if line["AccountType"] == "Cust" else self.accounts
        if line["AccountDisplayValue"] not in known:
            raise _objection("LedgerJournalLineEntity", f"Account {line['AccountDisplayValue']} is not found.")
        journal["lines"][line["LineNumber"]] = line
        lines = [journal["lines"][number] for number in sorted(journal["lines"])]
        if not sum((_amount(one) for one in lines), ZERO):
            self._keep(line["JournalBatchNumber"], lines)
        return LedgerAnswer(201, line)

    @answers("GET /data/LedgerJournalLines")
    def _lines(self, request: LedgerRequest) -> LedgerAnswer:
        loose = [
            line for number, one in self.journals.items() if number not in self.held for line in one["lines"].values()
        ]
        booked = [
            {**line, "JournalBatchNumber": held.id} for held in self.held.values() for line in held.facts["lines"]
        ]
        rows = sorted([*loose, *booked], key=lambda line: (line["JournalBatchNumber"], line["LineNumber"]))
        return self._page(request, "LedgerJournalLines", rows)

    def _keep(self, number: str, lines: Sequence[dict[str, Any]]) -> None:
        first = lines[0]
        claims = [line for line in lines if line["AccountType"] == "Cust"]
        claimed = sum((_amount(line) for line in claims if line["Invoice"] == line["Document"]), ZERO)
        money = any(line["AccountDisplayValue"] in MONEY for line in lines)
        kind = "sale" if claimed > 0 else "credit" if claimed < 0 else "payment" if claims and money else "journal"
        accounts: dict[str, Decimal] = {}
        for line in lines:
            account = RECEIVABLES if line["AccountType"] == "Cust" else line["AccountDisplayValue"]
            accounts[account] = accounts.get(account, ZERO) + _amount(line)
        self.hold(
            HeldDocument(
                id=number,
                number=first["Document"],
                kind=kind,
                day=date.fromisoformat(first["TransDate"][:10]),
                currency=first["CurrencyCode"],
                total=abs(claimed) or sum((max(_amount(line), ZERO) for line in lines), ZERO),
                party_id=claims[0]["AccountDisplayValue"] if claims else "",
                accounts=accounts,
                facts={"lines": list(lines)},
            )
        )

    def changed(self, held: HeldDocument, amount: Decimal) -> None:
        """In the lines that answers are made of, too."""
        super().changed(held, amount)
        lines = list(held.facts["lines"])
        for side in ("DebitAmount", "CreditAmount"):
            place = next(index for index, line in enumerate(lines) if side in line)
            lines[place] = {**lines[place], side: lines[place][side] + amount}
        held.facts["lines"] = lines

    def delete(self, number: str) -> None:
        """With its journal."""
        with self.lock:
            for held in self.numbered(number):
                del self.held[held.id]
                self.journals.pop(held.id, None)


def _amount(line: Mapping[str, Any]) -> Decimal:
    return Decimal(line.get("DebitAmount", 0)) - Decimal(line.get("CreditAmount", 0))


def _error(text: str) -> dict[str, Any]:
    return {"error": {"code": "", "message": "An error has occurred.", "innererror": {"message": text}}}


def _objection(entity: str, text: str) -> Refused:
    return Refused(400, _error(f"Write failed for table row of type '{entity}'. Infolog: Error: {text}"))
