"""How QuickBooks Online behaves (API 3): documents of items, keys in the query, one currency for each customer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import simplejson

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
)

REALM = "9130357849201146"
OWN = "/v3/company/{realmId}"
CENT = Decimal("0.01")
RECEIVABLES, VAT_ACCOUNT, BANK = "1500", "2700", "1920"
WITHOUT_ITEM = ("3950", "8050")  # accounts that nothing has been sold on yet
RATES = {"11": 25, "12": 15, "13": 12, "14": 0, "15": 0, "16": 0, "17": 0, "18": 0}
CODES = {
    "2": ("25 %", "11"), "3": ("15 %", "12"), "4": ("12 %", "13"), "5": ("Fritatt", "14"), "6": ("Unntatt", "15"),
    "7": ("Omvendt", "16"), "8": ("Eksport", "17"), "9": ("Uten mva", "18"),
}  # fmt: skip
VAT_OF = {
    ("standard", 25): "2", ("food", 15): "3", ("low", 12): "4", ("zero", 0): "5", ("exempt", 0): "6",
    ("reverse_charge", 0): "7", ("export", 0): "8", ("outside", 0): "9",
}  # fmt: skip
KINDS = {"Invoice": "sale", "CreditMemo": "credit", "Payment": "payment", "JournalEntry": "journal"}
QUERY = re.compile(r"select \* from (\w+)(?: where (.*?))?(?: startposition (\d+))?(?: maxresults (\d+))?$")
CONDITION = re.compile(r"\s*([\w.]+)\s*(=|>=|<=|LIKE|IN)\s*(?:'((?:[^'\\]|\\.)*)'|(\(.*\)))\s*$")


def account_id(number: str) -> str:
    """QuickBooks' own name for an account."""
    return str(int(number) - 1000)


def cents(amount: Any) -> Decimal:
    """To two decimals, half away from zero."""
    return Decimal(amount).quantize(CENT, ROUND_HALF_UP)


class Ledger(System):
    """One company in QuickBooks Online, outside the United States."""

    slug = "quickbooks"
    hosts = (
        "quickbooks.api.intuit.com",
        "appcenter.intuit.com",
        "oauth.platform.intuit.com",
        "developer.api.intuit.com",
    )
    contracts = (
        Contract(
            file="quickbooks/openapi.yaml",
            host="quickbooks.api.intuit.com",
            undescribed={
                f"POST {OWN}/batch:BatchItemRequest.Query": "the description leaves out what an item of a batch is",
            },
        ),
    )
    options = {"realmId": REALM, "untaxed": "9"}
    targets = Targets(
        accounts={number: Target(account_id(number), number) for number in OUR_ACCOUNTS},
        vat={(treatment, Decimal(rate)): Target(code, CODES[code][0]) for (treatment, rate), code in VAT_OF.items()},
        dimensions={"project": {"P-1": Target("5001", "P-1")}},
    )

    def reset(self) -> None:
        """An empty company with numbers of its own and two currencies."""
        super().reset()
        self.pages = OAuthCodePages(
            label="QuickBooks",
            authorize_path="/connect/oauth2",
            token_path="/oauth2/v1/tokens/bearer",
            revoke_path="/v2/oauth2/tokens/revoke",
            uses_pkce=False,
            returned={"realmId": REALM},
            tokens=Tokens(access_seconds=3600, rotates=True),
        )
        self.accounts = {account_id(number): self._account(number) for number in OUR_ACCOUNTS}
        self.vat_codes = {code: {"Id": code, "name": name, "rate_id": rate} for code, (name, rate) in CODES.items()}
        self.items: dict[str, dict[str, Any]] = {}
        for number in OUR_ACCOUNTS:
            if number not in WITHOUT_ITEM:
                self._keep_item({"Name": number, "Type": "Service", "IncomeAccountRef": {"value": account_id(number)}})
        self.files: dict[str, dict[str, Any]] = {}
        self.remembered: dict[str, tuple[bytes, LedgerAnswer]] = {}
        self.has_own_numbers = True

    @staticmethod
    def _account(number: str) -> dict[str, Any]:
        kind = {"1": "Other Current Asset", "2": "Other Current Liability", "3": "Income"}.get(number[0], "Expense")
        kind = {RECEIVABLES: "Accounts Receivable", "1900": "Bank", BANK: "Bank"}.get(number, kind)
        name = f"Konto {number}"
        return {
            "Id": account_id(number),
            "AcctNum": number,
            "Name": name,
            "FullyQualifiedName": name,
            "AccountType": kind,
            "Active": True,
        }

    # Entering.

    def secrets(self) -> dict[str, str]:
        """A fresh pair of tokens."""
        return self.pages.secrets()

    def authorized(self, request: LedgerRequest) -> bool:
        """A bearer token that holds."""
        return not self.is_revoked and self.pages.knows(request)

    def token(self, request: LedgerRequest) -> LedgerAnswer | None:
        """The pages of Intuit."""
        return self.pages.answer(request) if request.host != "quickbooks.api.intuit.com" else None

    def unauthorized(self, request: LedgerRequest) -> LedgerAnswer:
        """As it says that a token is over."""
        return fault(401, "3200", "message=AuthenticationFailed; errorCode=003200; statusCode=401").answer

    def expire(self) -> None:
        """The hour is over."""
        self.pages.tokens.expire()

    def revoke(self) -> None:
        """The company was disconnected."""
        super().revoke()
        self.pages.tokens.revoke()

    def answer(self, request: LedgerRequest) -> LedgerAnswer:
        """The same key is answered as before and does nothing."""
        if request.path_args.get("realmId") != REALM:
            return fault(403, "3100", "The application is not authorized for this company").answer
        if request.asked("minorversion") != "75":
            return fault(400, "2500", "Minor versions before 75 are not served any more").answer
        key = request.asked("requestid")
        if key in self.remembered:
            content, answer = self.remembered[key]
            if content != request.content and not request.files:
                return fault(400, "2030", "The request id was used for another request").answer
            return answer
        answer = super().answer(request)
        if key and answer.status < 300:
            self.remembered[key] = (request.content, frozen(answer))
        return answer

    # Queries.

    @answers(f"GET {OWN}/query")
    def _query(self, request: LedgerRequest) -> LedgerAnswer:
        return LedgerAnswer(200, {"QueryResponse": self._asked(request.asked("query")), "time": now()})

    @answers(f"POST {OWN}/batch")
    def _batch(self, request: LedgerRequest) -> LedgerAnswer:
        parts = [
            {"bId": one["bId"], "QueryResponse": self._asked(one["Query"])} for one in request.body["BatchItemRequest"]
        ]
        return LedgerAnswer(200, {"BatchItemResponse": parts, "time": now()})

    def _asked(self, text: str) -> dict[str, Any]:
        match = QUERY.match(text)
        if match is None:
            raise fault(400, "4000", f"Error parsing query: {text}")
        name, conditions, start, count = match.groups()
        listed = self._rows(name)
        for condition in re.split(r" AND ", conditions) if conditions else ():
            listed = [row for row in listed if fits(row, condition)]
        first, size = int(start or 1), int(count or 100)
        if size > 1000:
            raise fault(400, "4001", "maxresults is at most 1000")
        page = listed[first - 1 : first - 1 + size]
        return {name: page, "startPosition": first, "maxResults": len(page)} if page else {}

    def _rows(self, name: str) -> list[dict[str, Any]]:
        if name in KINDS:
            return [self._row(held) for held in self.held.values() if held.kind == KINDS[name]]
        simple: dict[str, Sequence[dict[str, Any]]] = {
            "Account": list(self.accounts.values()),
            "Item": list(self.items.values()),
            "Customer": [party["row"] for party in self.parties.values()],
            "Attachable": list(self.files.values()),
            "Preferences": [self._preference_row()],
            "Class": [{"Id": "5001", "Name": "P-1", "FullyQualifiedName": "P-1", "Active": True}],
            "Department": [],
            "TaxCode": [self._tax_code_row(code) for code in self.vat_codes.values()],
            "TaxRate": [
                {"Id": rate, "Name": f"{percent} %", "RateValue": percent, "Active": True}
                for rate, percent in RATES.items()
            ],
        }
        if name not in simple:
            raise fault(400, "4000", f"No such entity: {name}")
        return list(simple[name])

    @staticmethod
    def _tax_code_row(code: Mapping[str, Any]) -> dict[str, Any]:
        rates = {"TaxRateDetail": [{"TaxRateRef": {"value": code["rate_id"]}, "TaxTypeApplicable": "TaxOnAmount"}]}
        return {"Id": code["Id"], "Name": code["name"], "Active": True, "Taxable": True, "SalesTaxRateList": rates}

    def _preference_row(self) -> dict[str, Any]:
        accounting: dict[str, Any] = {"TrackDepartments": False}
        closed = [day for day in (self.closed_day, *(date(year, 12, 31) for year in self.locked_years)) if day]
        if closed:
            accounting["BookCloseDate"] = max(closed).isoformat()
        return {
            "Id": "1",
            "AccountingInfoPrefs": accounting,
            "SalesFormsPrefs": {"CustomTxnNumbers": self.has_own_numbers},
        }

    @answers(f"GET {OWN}/preferences")
    def _preferences(self, request: LedgerRequest) -> LedgerAnswer:
        return LedgerAnswer(200, {"Preferences": self._preference_row(), "time": now()})

    # Customers and items.

    @answers(f"POST {OWN}/customer")
    def _save_customer(self, request: LedgerRequest) -> LedgerAnswer:
        body = request.body
        own = body.get("Id") or self.next_id()
        before: dict[str, Any] = self.parties[own]["row"] if own in self.parties else {"SyncToken": "-1"}
        if "Id" in body and (own not in self.parties or body.get("SyncToken") != before["SyncToken"]):
            raise fault(400, "5010", "Stale Object Error")
        if any(
            party["row"]["DisplayName"] == body["DisplayName"] and party["id"] != own for party in self.parties.values()
        ):
            raise fault(400, "6240", f"The name supplied already exists. : {body['DisplayName']}")
        if ":" in body["DisplayName"]:
            raise fault(400, "6000", "A name must not contain a colon")
        row = {**before, **{name: value for name, value in body.items() if name != "sparse"}, "Id": own, "Active": True}
        row |= {"SyncToken": str(int(before["SyncToken"]) + 1), "MetaData": {"LastUpdatedTime": now()}}
        self.parties[own] = {
            "id": own,
            "number": row["DisplayName"].rpartition("(")[2].rstrip(")"),
            "name": row["DisplayName"].rpartition(" (")[0],
            "organization_number": row.get("PrimaryTaxIdentifier", ""),
            "row": row,
        }
        return LedgerAnswer(200, {"Customer": row, "time": now()})

    def rename_customer(self, party_id: str, name: str) -> None:
        """In the row that answers are made of, too."""
        super().rename_customer(party_id, name)
        party = self.parties[party_id]
        party["row"]["DisplayName"] = f"{name} ({party['number']})"

    @answers(f"POST {OWN}/item")
    def _save_item(self, request: LedgerRequest) -> LedgerAnswer:
        if any(row["Name"] == request.body["Name"] for row in self.items.values()):
            raise fault(400, "6240", f"The name supplied already exists. : {request.body['Name']}")
        return LedgerAnswer(200, {"Item": self._keep_item(request.body), "time": now()})

    def _keep_item(self, body: Mapping[str, Any]) -> dict[str, Any]:
        if body["IncomeAccountRef"]["value"] not in self.accounts:
            raise fault(400, "2500", "Invalid Reference Id : Account element id not found")
        row = {**body, "Id": self.next_id(), "Active": True}
        self.items[row["Id"]] = row
        return row

    # Invoices and credit memos.

    @answers(f"POST {OWN}/invoice")
    def _save_invoice(self, request: LedgerRequest) -> LedgerAnswer:
        return LedgerAnswer(200, {"Invoice": self._row(self._keep_document(request.body, "sale")), "time": now()})

    @answers(f"POST {OWN}/creditmemo")
    def _save_credit_memo(self, request: LedgerRequest) -> LedgerAnswer:
        return LedgerAnswer(200, {"CreditMemo": self._row(self._keep_document(request.body, "credit")), "time": now()})

    def _keep_document(self, body: Mapping[str, Any], kind: str) -> HeldDocument:
        day, number = date.fromisoformat(body["TxnDate"]), self._number(body, kind)
        self._open(day)
        party = self._customer(body)
        if not body["Line"] or body.get("GlobalTaxCalculation") != "TaxExcluded":
            raise fault(400, "6000", "Make sure all your transactions have a VAT rate before you save.")
        for line in body["Line"]:
            self._checked_line(line)
        net = sum((cents(line["Amount"]) for line in body["Line"]), ZERO)
        tax = self._tax_of(body)
        if net + tax < 0:
            raise fault(400, "6070", "Invalid Line Amount: the total must not be negative")
        held = HeldDocument(
            id=self.next_id(),
            number=number,
            kind=kind,
            day=day,
            currency=body["CurrencyRef"]["value"],
            total=net + tax,
            vat_total=tax,
            party_id=party["id"],
            open_amount=net + tax,
            facts={"body": json.loads(simplejson.dumps(body, use_decimal=True), parse_float=Decimal), "net": net},
        )
        self._book(held)
        return self.hold(held)

    def _number(self, body: Mapping[str, Any], kind: str) -> str:
        """Ours where the company has own numbers, else the next of QuickBooks; used twice is refused."""
        if not self.has_own_numbers:
            return str(1000 + len(self.held))
        number = str(body.get("DocNumber", ""))
        if any(held.number == number and held.kind == kind for held in self.held.values()):
            text = f"Duplicate Document Number Error : You must specify a different number. DocNumber={number}"
            raise fault(400, "6140", text)
        return number

    def _customer(self, body: Mapping[str, Any]) -> dict[str, Any]:
        party = self.parties.get(body["CustomerRef"]["value"])
        if party is None:
            raise fault(400, "2500", "Invalid Reference Id : Names element id not found")
        if party["row"].get("CurrencyRef", {}).get("value", "NOK") != body["CurrencyRef"]["value"]:
            raise fault(400, "6000", "The currency of the transaction is not the customer's")
        if body["CurrencyRef"]["value"] != "NOK" and "ExchangeRate" not in body:
            raise fault(400, "6000", "An exchange rate is needed")
        return party

    def _checked_line(self, line: Mapping[str, Any]) -> None:
        detail = line["SalesItemLineDetail"]
        if detail["ItemRef"]["value"] not in self.items:
            raise fault(400, "2500", "Invalid Reference Id : Item element id not found")
        if detail["TaxCodeRef"]["value"] not in self.vat_codes:
            text = f"Invalid Reference Id : TaxCode element id {detail['TaxCodeRef']['value']} not found"
            raise fault(400, "2500", text)
        if cents(Decimal(detail["Qty"]) * Decimal(detail["UnitPrice"])) != cents(line["Amount"]):
            raise fault(400, "6070", "Amount is not equal to UnitPrice * Qty. Supplied value: " + str(line["Amount"]))
        if "ClassRef" in detail and detail["ClassRef"]["value"] != "5001":
            raise fault(400, "2500", "Invalid Reference Id : Class element id not found")

    def _tax_of(self, body: Mapping[str, Any]) -> Decimal:
        """The tax of each rate as it was told, else as QuickBooks rounds it: once for each rate."""
        nets: dict[str, Decimal] = {}
        for line in body["Line"]:
            rate = self.vat_codes[line["SalesItemLineDetail"]["TaxCodeRef"]["value"]]["rate_id"]
            nets[rate] = nets.get(rate, ZERO) + cents(line["Amount"])
        told: dict[str, Decimal] = {}
        for line in body.get("TxnTaxDetail", {}).get("TaxLine", ()):
            rate = line["TaxLineDetail"]["TaxRateRef"]["value"]
            if rate not in nets:
                raise fault(400, "6000", "A tax line names a rate that no line has")
            told[rate] = cents(line["Amount"])
        total = ZERO
        for rate, net in nets.items():
            computed = cents(net * RATES[rate] / 100)
            tax = told.get(rate, computed)
            if abs(tax - computed) > 1:
                raise fault(400, "6000", "The tax amount is too far from what the rate says")
            total += tax
        if cents(body.get("TxnTaxDetail", {}).get("TotalTax", total)) != total:
            raise fault(400, "6000", "The total tax is not the sum of the tax lines")
        return total

    def _book(self, held: HeldDocument) -> None:
        body = held.facts["body"]
        sign, rate = (1 if held.kind == "sale" else -1), Decimal(body.get("ExchangeRate", 1))
        held.accounts = {account_id(RECEIVABLES): sign * cents(held.total * rate)}
        for line in body["Line"]:
            item = self.items[line["SalesItemLineDetail"]["ItemRef"]["value"]]
            add(held.accounts, item["IncomeAccountRef"]["value"], -sign * cents(Decimal(line["Amount"]) * rate))
        add(held.accounts, account_id(VAT_ACCOUNT), -sign * cents((held.vat_total or ZERO) * rate))

    def _row(self, held: HeldDocument) -> dict[str, Any]:
        row = {
            **held.facts["body"],
            "Id": held.id,
            "SyncToken": "0",
            "TxnDate": held.day.isoformat(),
            "MetaData": {"LastUpdatedTime": now()},
        }
        if held.kind in ("sale", "credit"):
            row |= {
                "DocNumber": held.number,
                "TotalAmt": held.total,
                "Balance": held.open_amount,
                "TxnTaxDetail": {**row.get("TxnTaxDetail", {}), "TotalTax": held.vat_total},
            }
        return row

    @answers(f"GET {OWN}/invoice/{{id}}")
    def _invoice(self, request: LedgerRequest) -> LedgerAnswer:
        return self._read(request, "Invoice")

    @answers(f"GET {OWN}/creditmemo/{{id}}")
    def _credit_memo(self, request: LedgerRequest) -> LedgerAnswer:
        return self._read(request, "CreditMemo")

    @answers(f"GET {OWN}/payment/{{id}}")
    def _payment(self, request: LedgerRequest) -> LedgerAnswer:
        return self._read(request, "Payment")

    @answers(f"GET {OWN}/journalentry/{{id}}")
    def _journal(self, request: LedgerRequest) -> LedgerAnswer:
        return self._read(request, "JournalEntry")

    def _read(self, request: LedgerRequest, name: str) -> LedgerAnswer:
        held = self.held.get(request.path_args["id"])
        if held is None or held.kind != KINDS[name]:
            raise fault(400, "610", "Object Not Found : Something you're trying to use has been made inactive.")
        return LedgerAnswer(200, {name: self._row(held), "time": now()})

    # Payments and journal entries.

    @answers(f"POST {OWN}/payment")
    def _save_payment(self, request: LedgerRequest) -> LedgerAnswer:
        return LedgerAnswer(200, {"Payment": self._row(self._keep_payment(request.body)), "time": now()})

    def _keep_payment(self, body: Mapping[str, Any]) -> HeldDocument:
        day, party = date.fromisoformat(body["TxnDate"]), self._customer(body)
        self._open(day)
        owed, given = ZERO, ZERO
        touched: list[tuple[HeldDocument, Decimal]] = []
        for line in body["Line"]:
            [link] = line["LinkedTxn"]
            held = self.held.get(link["TxnId"])
            if held is None or held.kind != KINDS[link["TxnType"]] or held.party_id != party["id"]:
                raise fault(400, "2500", "Invalid Reference Id : Transaction element id not found")
            amount = cents(line["Amount"])
            if amount <= 0 or amount > abs(held.open_amount or ZERO):
                raise fault(400, "6000", "You can't pay more than the balance of a transaction")
            is_owed = held.kind == "sale" or (held.kind == "journal" and (held.open_amount or ZERO) > 0)
            owed, given = (owed + amount, given) if is_owed else (owed, given + amount)
            touched.append((held, amount))
        total = cents(body["TotalAmt"])
        if owed - given != total:
            raise fault(400, "6000", "The lines do not sum to the total of the payment")
        if total:
            account = self.accounts.get(body["DepositToAccountRef"]["value"])
            if account is None or account["AccountType"] not in ("Bank", "Other Current Asset"):
                raise fault(400, "6000", "A payment is deposited to a bank or another current asset")
        for held, amount in touched:
            held.open_amount = (held.open_amount or ZERO) - amount.copy_sign(held.open_amount or ZERO)
        base = cents(total * Decimal(body.get("ExchangeRate", 1)))
        note = body.get("PrivateNote", "")
        return self.hold(
            HeldDocument(
                id=self.next_id(),
                number=note.partition("[")[2].partition("]")[0],
                kind="payment",
                day=day,
                currency=body["CurrencyRef"]["value"],
                total=total,
                party_id=party["id"],
                accounts={body["DepositToAccountRef"]["value"]: base, account_id(RECEIVABLES): -base} if total else {},
                facts={"body": dict(body)},
            )
        )

    def pay(self, number: str, amount: Decimal, day: date) -> None:
        """Money that the company itself books on an invoice."""
        with self.lock:
            invoice = self.numbered(number, "sale")[0]
            self._keep_payment(
                {
                    "CustomerRef": {"value": invoice.party_id},
                    "CurrencyRef": {"value": invoice.currency},
                    "TotalAmt": amount,
                    "TxnDate": day.isoformat(),
                    "DepositToAccountRef": {"value": account_id(BANK)},
                    "Line": [{"Amount": amount, "LinkedTxn": [{"TxnId": invoice.id, "TxnType": "Invoice"}]}],
                }
            )

    @answers(f"POST {OWN}/journalentry")
    def _save_journal(self, request: LedgerRequest) -> LedgerAnswer:
        body = request.body
        day, number = date.fromisoformat(body["TxnDate"]), self._number(body, "journal")
        self._open(day)
        accounts: dict[str, Decimal] = {}
        debited, claimed, party_id = ZERO, ZERO, ""
        for line in body["Line"]:
            detail = line["JournalEntryLineDetail"]
            own = detail["AccountRef"]["value"]
            if own not in self.accounts or line["Amount"] <= 0:
                raise fault(400, "2500", "Invalid Reference Id : Account element id not found")
            amount = cents(line["Amount"]) * (1 if detail["PostingType"] == "Debit" else -1)
            debited += max(amount, ZERO)
            add(accounts, own, amount)
            if self.accounts[own]["AccountType"] == "Accounts Receivable":
                if claimed or detail.get("Entity", {}).get("EntityRef", {}).get("value") not in self.parties:
                    raise fault(400, "6000", "When you use Accounts Receivable, you must choose one customer")
                claimed, party_id = amount, detail["Entity"]["EntityRef"]["value"]
        if sum(accounts.values()) or not debited:
            raise fault(400, "6000", "Debits and credits do not balance")
        held = HeldDocument(
            id=self.next_id(),
            number=number,
            kind="journal",
            day=day,
            currency=body["CurrencyRef"]["value"],
            total=debited,
            party_id=party_id,
            open_amount=claimed or None,
            accounts=accounts,
            facts={"body": dict(body)},
        )
        return LedgerAnswer(200, {"JournalEntry": self._row(self.hold(held)), "time": now()})

    # Files.

    @answers(f"POST {OWN}/upload")
    def _upload(self, request: LedgerRequest) -> LedgerAnswer:
        told = json.loads(request.form["file_metadata_01"])
        entity = told["AttachableRef"][0]["EntityRef"]
        held = self.held.get(entity["value"])
        if held is None or held.kind != KINDS[entity["type"]]:
            part: dict[str, Any] = {"Fault": {"Error": [{"Message": "Object Not Found", "code": "610"}]}}
            return LedgerAnswer(200, {"AttachableResponse": [part], "time": now()})
        held.files.append(request.files["file_content_01"][1])
        row = {**told, "Id": self.next_id()}
        self.files[row["Id"]] = row
        return LedgerAnswer(200, {"AttachableResponse": [{"Attachable": row}], "time": now()})

    # What all of them need.

    def changed(self, held: HeldDocument, amount: Decimal) -> None:
        """On the first line, as somebody would who edits an invoice."""
        super().changed(held, amount)
        if held.kind in ("sale", "credit"):
            first = held.facts["body"]["Line"][0]
            first["Amount"] = Decimal(first["Amount"]) + amount
            first["SalesItemLineDetail"]["UnitPrice"] = first["Amount"]
            self._book(held)

    def _open(self, day: date) -> None:
        if self.is_closed(day):
            raise fault(400, "6210", "Account Period Closed, Cannot Update Through Services API")


def fault(status: int, code: str, text: str) -> Refused:
    """An error with its code."""
    kind = "AUTHENTICATION" if status in (401, 403) else "ValidationFault"
    error = {"Message": text.partition(" : ")[0], "Detail": text, "code": code}
    return Refused(status, {"Fault": {"Error": [error], "type": kind}, "time": now()})


def frozen(answer: LedgerAnswer) -> LedgerAnswer:
    """An answer as it was, whatever happens to the rows in it later."""
    body = json.loads(simplejson.dumps(answer.body, use_decimal=True), parse_float=Decimal)
    return LedgerAnswer(answer.status, body, dict(answer.headers))


def now() -> str:
    """A moment of its own clock."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def add(accounts: dict[str, Decimal], code: str, amount: Decimal) -> None:
    """More on an account."""
    if amount:
        accounts[code] = accounts.get(code, ZERO) + amount


def fits(row: Any, condition: str) -> bool:
    """Whether a row suits one condition of a query."""
    match = CONDITION.match(condition)
    if match is None:
        raise fault(400, "4000", f"Error parsing query: {condition}")
    name, sign, text, listed = match.groups()
    values = [row]
    for part in name.split("."):
        values = [inner for value in values if isinstance(value, dict) for inner in told(value.get(part))]
    if sign == "IN":
        return any(str(value).lower() in listed for value in values)
    wanted = re.sub(r"\\(.)", r"\1", text)
    if sign == "LIKE":
        pattern = re.escape(wanted).replace("%", ".*")
        return any(re.fullmatch(pattern, str(value)) for value in values)
    compared = {"=": str.__eq__, ">=": str.__ge__, "<=": str.__le__}[sign]
    return any(compared(str(value), wanted) for value in values)


def told(value: Any) -> list[Any]:
    """What a name stands for in a row: an address by its text, a list by its members."""
    if isinstance(value, dict) and set(value) == {"Address"}:
        return [value["Address"]]
    return value if isinstance(value, list) else [value]
