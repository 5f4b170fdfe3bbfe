"""How Business Central behaves (API v2.0): journals that are posted whole, VAT taken out of what includes it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from accounting_sync.mapping.entries import Target
from foundation.money import round_amount
from tests.ledgers.oauth import CLIENT, CLIENT_SECRET, ClientCredentialTokens, Tokens
from tests.ledgers.odata import page
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
)

TENANT = "5c1f5b52-6b0f-4a3b-9b5e-0f7f2a3c9d11"
COMPANY = "b5a0f0a2-7d5c-4a5b-8a61-1f3f5b1e2c77"
HOST = "https://api.businesscentral.dynamics.com/v2.0/" + TENANT + "/Production/api/v2.0"
OWN = "/companies({companyId})"
DEFAULT_TEMPLATE = "GENERAL"
PAGE_SIZE = 50
RECEIVABLES = "1500"
MONEY = {"1900", "1920", "1945"}
CUSTOMER = "Customer"
VAT = {"HØY": (25, "2700"), "MIDDELS": (15, "2701"), "LAV": (12, "2702")}
VAT_OF = {
    ("standard", 25): "HØY",
    ("food", 15): "MIDDELS",
    ("low", 12): "LAV",
    ("zero", 0): "FRITATT",
    ("exempt", 0): "UNNTATT",
    ("reverse_charge", 0): "OMVENDT",
    ("export", 0): "EKSPORT",
    ("outside", 0): "UTENFOR",
}
ZERO = Decimal(0)


class Ledger(System):
    """One company in Business Central."""

    slug = "business-central"
    hosts = ("api.businesscentral.dynamics.com", "login.microsoftonline.com")
    contracts = (
        Contract(
            file="business-central/openapi.yaml",
            host="api.businesscentral.dynamics.com",
            prefix="/v2.0/{tenant}/{environment}/api/v2.0",
        ),
    )
    options = {"tenant": TENANT, "environment": "Production", "company": COMPANY}
    # Documents of journals have no type, and only typed ones must have numbers of their own.
    lacks = frozenset({"unique_numbers"})
    targets = Targets(
        accounts={number: Target(number, number) for number in OUR_ACCOUNTS},
        vat={(treatment, Decimal(rate)): Target(code, code) for (treatment, rate), code in VAT_OF.items()},
    )

    def reset(self) -> None:
        """An empty company with accounts, VAT groups and one journal."""
        super().reset()
        self.entra = ClientCredentialTokens(
            token_path=f"/{TENANT}/oauth2/v2.0/token",
            in_body=True,
            needs={"scope": "https://api.businesscentral.dynamics.com/.default"},
            tokens=Tokens(access_seconds=3599),
        )
        self.accounts = {number: {"number": number} for number in OUR_ACCOUNTS}
        self.vat_codes = {code: {} for code in VAT_OF.values()}
        self.journals: dict[str, dict[str, Any]] = {}
        self.drafts: dict[str, HeldDocument] = {}

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
        """In the form of all its errors."""
        return LedgerAnswer(401, _error("Authentication_InvalidCredentials", "The server has rejected the client."))

    def expire(self) -> None:
        """The hour is over."""
        self.entra.tokens.expire()

    def revoke(self) -> None:
        """The app registration is gone."""
        super().revoke()
        self.entra.tokens.revoke()

    def answer(self, request: LedgerRequest) -> LedgerAnswer:
        """Another company is not found."""
        if request.path_args.get("companyId", COMPANY) != COMPANY:
            return LedgerAnswer(404, _error("Internal_CompanyNotFound", "Cannot find company."))
        return super().answer(request)

    # Lists.

    @answers("GET /companies")
    def _companies(self, request: LedgerRequest) -> LedgerAnswer:
        return LedgerAnswer(200, {"value": [{"id": COMPANY, "name": "NORDLYS", "displayName": "Nordlys Rådgivning"}]})

    @answers(f"GET {OWN}/accounts")
    def _accounts(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [
            {
                "id": _guid(number),
                "number": number,
                "displayName": f"Konto {number}",
                "category": "Assets",
                "accountType": "Posting",
                "blocked": False,
                "directPosting": True,
            }
            for number in self.accounts
        ]
        return self._page(request, "accounts", rows)

    @answers(f"GET {OWN}/taxGroups")
    def _tax_groups(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [{"id": _guid(code), "code": code, "displayName": code, "taxType": "VAT"} for code in self.vat_codes]
        return self._page(request, "taxGroups", rows)

    def _page(self, request: LedgerRequest, path: str, rows: Sequence[Mapping[str, Any]]) -> LedgerAnswer:
        return LedgerAnswer(200, page(request, f"{HOST}/companies({COMPANY})/{path}", rows, PAGE_SIZE))

    # Customers.

    @answers(f"GET {OWN}/customers")
    def _customers(self, request: LedgerRequest) -> LedgerAnswer:
        return self._page(request, "customers", [party["row"] for party in self.parties.values()])

    @answers(f"POST {OWN}/customers")
    def _create_customer(self, request: LedgerRequest) -> LedgerAnswer:
        number = request.body.get("number") or f"D{self.next_id()}"
        if any(party["number"] == number for party in self.parties.values()):
            raise _objection("Internal_EntityWithSameKeyExists", f"The Customer already exists. No.='{number}'")
        return LedgerAnswer(201, self._keep_customer(self.next_guid(), {**request.body, "number": number}))

    @answers(f"PATCH {OWN}/customers({{id}})")
    def _change_customer(self, request: LedgerRequest) -> LedgerAnswer:
        party = self.parties.get(request.path_args["id"])
        if party is None:
            raise Refused(404, _error("Internal_RecordNotFound", "The Customer does not exist."))
        if request.headers.get("if-match") not in ("*", party["row"]["@odata.etag"]):
            raise Refused(409, _error("Request_EntityChanged", "Another user has already changed the record."))
        return LedgerAnswer(200, self._keep_customer(party["id"], {**party["row"], **request.body}))

    def _keep_customer(self, number: str, told: Mapping[str, Any]) -> dict[str, Any]:
        version = f'W/"{self.next_id()}"'
        row = {"blocked": "_x0020_", **told, "id": number, "lastModifiedDateTime": "2026-11-20T08:00:00Z"}
        row["@odata.etag"] = version
        self.parties[number] = {
            "id": number,
            "number": row["number"],
            "name": row["displayName"],
            "organization_number": row.get("taxRegistrationNumber", ""),
            "row": row,
        }
        return row

    def rename_customer(self, party_id: str, name: str) -> None:
        """In the row that answers are made of, too."""
        super().rename_customer(party_id, name)
        self.parties[party_id]["row"]["displayName"] = name

    # Journals.

    @answers(f"GET {OWN}/journals")
    def _journals(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [self._journal_row(journal) for journal in self.journals.values()]
        if "templateDisplayName" not in request.asked("$filter"):
            rows = [row for row in rows if row["templateDisplayName"] == DEFAULT_TEMPLATE]
        return self._page(request, "journals", rows)

    @answers(f"POST {OWN}/journals")
    def _create_journal(self, request: LedgerRequest) -> LedgerAnswer:
        code = request.body["code"]
        if len(code) > 10 or code != code.upper():
            raise _objection("Application_StringExceededLength", "The length of the string is more than 10.")
        template = request.body.get("templateDisplayName", DEFAULT_TEMPLATE)
        if any((one["code"], one["template"]) == (code, template) for one in self.journals.values()):
            raise _objection("Internal_EntityWithSameKeyExists", "The Gen. Journal Batch already exists.")
        journal = {"id": self.next_guid(), "code": code, "template": template, "lines": {}}
        self.journals[journal["id"]] = journal
        return LedgerAnswer(201, self._journal_row(journal))

    @staticmethod
    def _journal_row(journal: Mapping[str, Any]) -> dict[str, Any]:
        return {"id": journal["id"], "code": journal["code"], "templateDisplayName": journal["template"]}

    @answers(f"DELETE {OWN}/journals({{id}})")
    def _delete_journal(self, request: LedgerRequest) -> LedgerAnswer:
        self._journal(request)
        del self.journals[request.path_args["id"]]
        return LedgerAnswer(204)

    @answers(f"POST {OWN}/journals({{id}})/journalLines")
    def _create_line(self, request: LedgerRequest) -> LedgerAnswer:
        journal, line = self._journal(request), request.body
        if line["lineNumber"] in journal["lines"]:
            raise _objection("Internal_EntityWithSameKeyExists", "The Gen. Journal Line already exists.")
        if line.get("accountType") == CUSTOMER:
            if all(party["number"] != line["accountNumber"] for party in self.parties.values()):
                raise _objection("Internal_RecordNotFound", f"The Customer does not exist. '{line['accountNumber']}'")
        elif line["accountNumber"] not in self.accounts:
            raise _objection("Application_DialogException", "The account number does not match to an Account.")
        if line.get("taxCode", "") not in ("", *self.vat_codes):
            raise _objection("Application_FieldValidationException", "VAT Prod. Posting Group cannot be found.")
        row = {**line, "id": self.next_guid(), "journalId": journal["id"], "journalDisplayName": journal["code"]}
        journal["lines"][line["lineNumber"]] = row
        return LedgerAnswer(201, row)

    @answers(f"GET {OWN}/journalLines")
    def _lines(self, request: LedgerRequest) -> LedgerAnswer:
        if "journalId eq " not in request.asked("$filter"):
            raise _objection("Application_DialogException", "You must specify a journal batch ID or a journal ID.")
        rows = [line for journal in self.journals.values() for line in journal["lines"].values()]
        return self._page(request, "journalLines", rows)

    def _journal(self, request: LedgerRequest) -> dict[str, Any]:
        journal = self.journals.get(request.path_args["id"])
        if journal is None:
            raise Refused(404, _error("Internal_RecordNotFound", "The Gen. Journal Batch does not exist."))
        return journal

    @answers(f"POST {OWN}/journals({{id}})/Microsoft.NAV.post")
    def _post(self, request: LedgerRequest) -> LedgerAnswer:
        journal = self._journal(request)
        lines = [journal["lines"][number] for number in sorted(journal["lines"])]
        if not lines:
            raise _objection("Application_DialogException", "There is nothing to post.")
        documents: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for line in lines:
            documents.setdefault((line["documentNumber"], line["postingDate"]), []).append(line)
        for (number, day), own in documents.items():
            if self.is_closed(date.fromisoformat(day)):
                raise _objection(
                    "Application_DialogException", "Posting Date is not within your range of allowed posting dates."
                )
            if sum((line["amount"] for line in own), ZERO):
                raise _objection("Application_DialogException", f"Document No. {number} is out of balance.")
        for own in documents.values():
            self._keep(own)
        journal["lines"].clear()
        return LedgerAnswer(204)

    def _keep(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """One document into the general ledger."""
        rows: list[tuple[str, Decimal, str]] = []
        vat = ZERO
        for line in lines:
            account, amount, text = line["accountNumber"], Decimal(line["amount"]), line["description"]
            rate, vat_account = VAT.get(line.get("taxCode", ""), (0, ""))
            if line.get("accountType") == CUSTOMER:
                account = RECEIVABLES
            within = round_amount(amount * rate / (100 + rate))
            rows += [(account, amount - within, text), *([(vat_account, within, text)] if within else [])]
            vat += within
        first = lines[0]
        claims = [line for line in lines if line.get("accountType") == CUSTOMER]
        claimed = sum((line["amount"] for line in claims), ZERO)
        kind = _kind_of(lines, claims, claimed)
        number = claims[0]["accountNumber"] if claims else ""
        party = next((party["id"] for party in self.parties.values() if party["number"] == number), "")
        is_document = kind in ("sale", "credit")
        held = HeldDocument(
            id=self.next_guid(),
            number=first["documentNumber"],
            kind=kind,
            day=date.fromisoformat(first["postingDate"]),
            currency="NOK",
            total=abs(claimed) if is_document else sum((row[1] for row in rows if row[1] > 0), ZERO),
            vat_total=abs(vat) if is_document else None,
            party_id=party,
            accounts={},
            facts={"rows": rows},
        )
        for account, amount, _ in rows:
            held.accounts[account] = held.accounts.get(account, ZERO) + amount
        self.hold(held)

    # Sales documents.

    @answers(f"POST {OWN}/salesInvoices")
    def _create_invoice(self, request: LedgerRequest) -> LedgerAnswer:
        return self._create_document(request, "sale", "salesInvoiceLines")

    @answers(f"POST {OWN}/salesCreditMemos")
    def _create_memo(self, request: LedgerRequest) -> LedgerAnswer:
        return self._create_document(request, "credit", "salesCreditMemoLines")

    def _create_document(self, request: LedgerRequest, kind: str, name: str) -> LedgerAnswer:
        body = request.body
        party = next((one for one in self.parties.values() if one["number"] == body["customerNumber"]), None)
        if party is None:
            raise _objection("Internal_RecordNotFound", f"The Customer does not exist. '{body['customerNumber']}'")
        groups: dict[tuple[str, bool], Decimal] = {}
        accounts: dict[str, Decimal] = {}
        for line in body[name]:
            amount, code = Decimal(line["quantity"]) * Decimal(line["unitPrice"]), line.get("taxCode", "")
            if line["lineObjectNumber"] not in self.accounts or code not in ("", *self.vat_codes):
                raise _objection("Application_FieldValidationException", "The value cannot be found in the table.")
            groups[code, amount >= 0] = groups.get((code, amount >= 0), ZERO) + amount
            _add(accounts, line["lineObjectNumber"], -amount)
        vat = ZERO
        for (code, _is_positive), net in groups.items():
            rate, vat_account = VAT.get(code, (0, ""))
            vat += round_amount(net * rate / 100)
            _add(accounts, vat_account, -round_amount(net * rate / 100))
        total = sum(groups.values(), ZERO) + vat
        _add(accounts, RECEIVABLES, total)
        sign = 1 if kind == "sale" else -1
        draft = HeldDocument(
            id=self.next_guid(),
            number=body["externalDocumentNumber"],
            kind=kind,
            day=date.fromisoformat(body["postingDate"]),
            currency=body.get("currencyCode", "NOK"),
            total=total,
            vat_total=vat,
            party_id=party["id"],
            # Foreign documents are booked at a rate of its own, which nobody tells.
            accounts={} if "currencyCode" in body else {code: sign * value for code, value in accounts.items()},
            facts={"sales": f"{'SF' if kind == 'sale' else 'SK'}{self.next_id()}"},
        )
        self.drafts[draft.id] = draft
        return LedgerAnswer(201, self._sales_row(draft))

    def _sales_row(self, held: HeldDocument) -> dict[str, Any]:
        return {
            "id": held.id if held.id in self.drafts else _guid(held.id),
            "number": held.facts["sales"] if held.id in self.held else "",
            "externalDocumentNumber": held.number,
            "postingDate": held.day.isoformat(),
            "customerId": held.party_id,
            "currencyCode": held.currency,
            "totalAmountIncludingTax": held.total,
            "totalTaxAmount": held.vat_total,
            "status": "Draft" if held.id in self.drafts else "Open",
        }

    @answers(f"POST {OWN}/salesInvoices({{id}})/Microsoft.NAV.post")
    @answers(f"POST {OWN}/salesCreditMemos({{id}})/Microsoft.NAV.post")
    def _post_document(self, request: LedgerRequest) -> LedgerAnswer:
        number = request.path_args["id"]
        draft = self.drafts.get(number)
        if draft is None:
            raise Refused(404, _error("Internal_RecordNotFound", "There is nothing to post."))
        if self.is_closed(draft.day):
            raise _objection(
                "Application_DialogException", "Posting Date is not within your range of allowed posting dates."
            )
        self.hold(self.drafts.pop(number))
        return LedgerAnswer(204)

    @answers(f"GET {OWN}/salesInvoices")
    def _invoices(self, request: LedgerRequest) -> LedgerAnswer:
        return self._documents(request, "sale", "salesInvoices")

    @answers(f"GET {OWN}/salesCreditMemos")
    def _memos(self, request: LedgerRequest) -> LedgerAnswer:
        return self._documents(request, "credit", "salesCreditMemos")

    def _documents(self, request: LedgerRequest, kind: str, path: str) -> LedgerAnswer:
        known = [*self.drafts.values(), *self.held.values()]
        rows = [self._sales_row(held) for held in known if held.kind == kind and "sales" in held.facts]
        return self._page(request, path, rows)

    @answers(f"GET {OWN}/generalLedgerEntries")
    def _entries(self, request: LedgerRequest) -> LedgerAnswer:
        rows: list[dict[str, Any]] = []
        for held in self.held.values():
            for account, amount, text in held.facts.get("rows", ()):
                rows.append(
                    {
                        "id": _guid(f"{held.id}/{len(rows)}"),
                        "entryNumber": len(rows) + 1,
                        "postingDate": held.day.isoformat(),
                        "documentNumber": held.number,
                        "documentType": "_x0020_",
                        "accountNumber": account,
                        "description": text,
                        "debitAmount": max(amount, ZERO),
                        "creditAmount": max(-amount, ZERO),
                    }
                )
        return self._page(request, "generalLedgerEntries", rows)

    def changed(self, held: HeldDocument, amount: Decimal) -> None:
        """In the entries that answers are made of, too."""
        super().changed(held, amount)
        if "sales" in held.facts:
            return
        rows = list(held.facts["rows"])
        for sign in (1, -1):
            place = next(index for index, row in enumerate(rows) if row[1] * sign > 0)
            account, value, text = rows[place]
            rows[place] = (account, value + sign * amount, text)
        held.facts["rows"] = rows

    def pay(self, number: str, amount: Decimal, day: date) -> None:
        """Money that the company itself books for a customer."""
        with self.lock:
            sale = next(held for held in self.held.values() if held.number == number and held.kind == "sale")
            rows = [("1920", amount, "Bank"), (RECEIVABLES, -amount, f"Payment {number}")]
            accounts = {account: value for account, value, _ in rows}
            self.hold(
                HeldDocument(
                    id=self.next_guid(),
                    number=f"BANK{self.next_id()}",
                    kind="payment",
                    day=day,
                    currency="NOK",
                    total=amount,
                    party_id=sale.party_id,
                    accounts=accounts,
                    facts={"rows": rows},
                )
            )


def _add(accounts: dict[str, Decimal], code: str, amount: Decimal) -> None:
    if amount:
        accounts[code] = accounts.get(code, ZERO) + amount


def _kind_of(lines: Sequence[Mapping[str, Any]], claims: Sequence[Mapping[str, Any]], claimed: Decimal) -> str:
    """What somebody who reads the lines takes them for."""
    if any(line["externalDocumentNumber"] == line["documentNumber"] for line in claims):
        return "sale" if claimed > 0 else "credit"
    if claims and len(claims) == len(lines):
        return "settlement"
    money = [line for line in lines if line["accountNumber"] in MONEY and "accountType" not in line]
    return "payment" if claims and money else "journal"


def _guid(text: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"business-central/{text}"))


def _error(code: str, text: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": f"{text}  CorrelationId:  {_guid(text)}."}}


def _objection(code: str, text: str) -> Refused:
    return Refused(400, _error(code, text))
