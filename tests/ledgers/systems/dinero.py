"""How Dinero behaves: drafts booked with a number, VAT by the account of each line, a version on everything."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from accounting_sync.mapping.entries import Target
from tests.ledgers.oauth import OAuthCodePages, Tokens
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

HOST, CONNECT = "api.dinero.dk", "connect.visma.com"
COMPANY = "47110815"
OWN = "/v1/{organizationId}"
ZERO = Decimal(0)
RECEIVABLES, VAT_ACCOUNT = "1500", "2700"
VAT_CODES = {"U25": Decimal("0.25"), "UMF": ZERO, "UEUV": ZERO, "UY": ZERO}
VAT_OF = {
    ("standard", 25): "U25",
    ("zero", 0): "UMF",
    ("exempt", 0): "UMF",
    ("reverse_charge", 0): "UEUV",
    ("export", 0): "UY",
    ("outside", 0): "UMF",
}
CODE_OF_ACCOUNT = {"3000": "U25", "3001": "U25", "3002": "U25", "3100": "UMF", "3200": "UMF"}
DEPOSITS = ("1920", "1945")
CHANGED = "2026-03-01T08:00:00Z"
STALE, INVALID, NO_ACCESS = 58, 42, 48


class Ledger(System):
    """One company with a plan that allows the API."""

    slug = "dinero"
    hosts = (HOST, CONNECT)
    contracts = (Contract(file="dinero/openapi.yaml", host=HOST),)
    options = {"organization": COMPANY}
    lacks = frozenset({"unique_numbers"})  # of manual vouchers; those of documents are
    targets = Targets(
        accounts={number: Target(number, number) for number in OUR_ACCOUNTS},
        money={number: Target(number, number) for number in DEPOSITS},
        vat={(treatment, Decimal(rate)): Target(code, code) for (treatment, rate), code in VAT_OF.items()},
        country="DK",
        base_currency="DKK",
        number_format="{0}",
    )

    def reset(self) -> None:
        """A company with accounts, nothing booked."""
        super().reset()
        self.pages = OAuthCodePages(
            label="Visma Connect",
            authorize_path="/connect/authorize",
            token_path="/connect/token",
            tokens=Tokens(access_seconds=3600),
        )
        self.accounts = {number: {"code": CODE_OF_ACCOUNT.get(number)} for number in OUR_ACCOUNTS}
        self.vat_codes = {code: {"rate": rate} for code, rate in VAT_CODES.items()}
        self.uploads: dict[str, bytes] = {}

    # Entering.

    def secrets(self) -> dict[str, str]:
        """A fresh pair of tokens."""
        return self.pages.secrets()

    def authorized(self, request: LedgerRequest) -> bool:
        """A bearer token that holds."""
        return not self.is_revoked and self.pages.knows(request)

    def token(self, request: LedgerRequest) -> LedgerAnswer | None:
        """The pages of Visma Connect."""
        return self.pages.answer(request) if request.host != HOST else None

    def expire(self) -> None:
        """The hour is over."""
        self.pages.tokens.expire()

    def revoke(self) -> None:
        """The owner has removed the app."""
        super().revoke()
        self.pages.tokens.revoke()

    def conflict(self) -> LedgerAnswer:
        """Somebody else has changed it."""
        return LedgerAnswer(400, {"Code": STALE, "Message": "The timestamp is not the latest."})

    def answer(self, request: LedgerRequest) -> LedgerAnswer:
        """Another company is nobody's business."""
        if request.path_args.get("organizationId", COMPANY) != COMPANY:
            return LedgerAnswer(403, {"Code": NO_ACCESS, "Message": "No access to the organization."})
        return super().answer(request)

    # Lists.

    @answers("GET /v1/organizations")
    def _organizations(self, request: LedgerRequest) -> LedgerAnswer:
        return LedgerAnswer(200, [{"Id": int(COMPANY), "Name": "Nordlys ApS"}])

    @answers(f"GET {OWN}/accounts/entry")
    def _accounts(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [
            {"AccountNumber": int(number), "Name": f"Konto {number}", "VatCode": row["code"], "IsHidden": False}
            for number, row in self.accounts.items()
        ]
        return LedgerAnswer(200, rows)

    @answers(f"GET {OWN}/accounts/deposit")
    def _deposits(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [
            {"AccountNumber": int(number), "Name": "Bank", "IsDefault": False, "IsHidden": False} for number in DEPOSITS
        ]
        return LedgerAnswer(200, rows)

    @answers(f"GET {OWN}/vatTypes")
    def _vat_types(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [{"VatCode": code, "Name": code, "VatRate": row["rate"]} for code, row in self.vat_codes.items()]
        return LedgerAnswer(200, rows)

    # Customers.

    @answers(f"GET {OWN}/contacts")
    def _contacts(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [party["row"] for party in self.parties.values()]
        suiting = [row for row in rows if _suits(row, request, {"ExternalReference", "VatNumber", "Email", "Name"})]
        told = ("ContactGuid", "ExternalReference", "Name", "VatNumber", "UpdatedAt")
        return _page(request, [{name: row.get(name) for name in told} for row in suiting])

    @answers(f"POST {OWN}/contacts")
    def _create_contact(self, request: LedgerRequest) -> LedgerAnswer:
        guid = request.body.get("ContactGuid") or self.next_guid()
        row = {**request.body, "ContactGuid": guid, "UpdatedAt": CHANGED}
        self.parties[guid] = {
            "id": guid,
            "number": row.get("ExternalReference", ""),
            "name": row["Name"],
            "organization_number": row.get("VatNumber", ""),
            "row": row,
        }
        return LedgerAnswer(201, {"ContactGuid": guid})

    def rename_customer(self, party_id: str, name: str) -> None:
        """In the row that answers are made of, too."""
        super().rename_customer(party_id, name)
        self.parties[party_id]["row"]["Name"] = name

    # Documents.

    @answers(f"POST {OWN}/invoices/fetch")
    @answers(f"POST {OWN}/sales/creditnotes/fetch")
    def _preview(self, request: LedgerRequest) -> LedgerAnswer:
        return LedgerAnswer(200, self._row(self._drafted(request)))

    @answers(f"POST {OWN}/invoices")
    @answers(f"POST {OWN}/sales/creditnotes")
    def _create(self, request: LedgerRequest) -> LedgerAnswer:
        guid = request.body.get("Guid") or self.next_guid()
        if guid in self.held:
            raise _objection(f"A document with the guid {guid} already exists.")
        held = self.hold(self._drafted(request))
        return LedgerAnswer(201, {"Guid": held.id, "TimeStamp": self._stamp(held)})

    def _drafted(self, request: LedgerRequest) -> HeldDocument:
        """What a document comes to: the VAT of each line by the code of its account, rounded line by line."""
        body = request.body
        net, vat = ZERO, ZERO
        accounts: dict[str, Decimal] = {}
        sign = -1 if "creditnotes" in request.path else 1
        for line in body["ProductLines"]:
            number = str(line["AccountNumber"])
            if number not in self.accounts:
                raise _objection(f"Account {number} does not exist.")
            code = self.accounts[number]["code"]
            if code is not None and code not in self.vat_codes:
                raise _objection(f"VAT code {code} does not exist.")
            own = _rounded(line["BaseAmountValue"] * line["Quantity"] * (100 - line["Discount"]) / Decimal(100))
            own_vat = _rounded(own * (self.vat_codes[code]["rate"] if code else ZERO))
            net, vat = net + own, vat + own_vat
            for account, amount in ((number, own), (VAT_ACCOUNT, own_vat), (RECEIVABLES, -own - own_vat)):
                accounts[account] = accounts.get(account, ZERO) - sign * amount
        return HeldDocument(
            id=body.get("Guid") or self.next_guid(),
            number="",
            kind="sale" if sign > 0 else "credit",
            day=date.fromisoformat(body["Date"]),
            currency=body.get("Currency") or "DKK",
            total=net + vat,
            vat_total=vat,
            party_id=body.get("ContactGuid", ""),
            open_amount=net + vat,
            accounts={code: amount for code, amount in accounts.items() if amount},
            key=body.get("Guid", ""),
            facts={"body": body, "version": 1, "payments": []},
        )

    @answers(f"GET {OWN}/invoices/{{guid}}")
    @answers(f"GET {OWN}/sales/creditnotes/{{guid}}")
    def _document(self, request: LedgerRequest) -> LedgerAnswer:
        return LedgerAnswer(200, self._row(self._held(request)))

    @answers(f"POST {OWN}/invoices/{{guid}}/book")
    @answers(f"POST {OWN}/sales/creditnotes/{{guid}}/book")
    def _book(self, request: LedgerRequest) -> LedgerAnswer:
        held = self._held(request)
        self._fresh(held, request.body["Timestamp"])
        if held.number:
            raise _objection("The document is booked.")
        if held.party_id not in self.parties:
            raise _objection("A document needs a contact to be booked.")
        self._open(held.day)
        number = str(request.body.get("Number") or 0)
        if self.numbered(number, held.kind):
            raise _objection(f"The number {number} is already taken.")
        held.number = number
        held.facts["version"] += 1
        credited = self.held.get(held.facts["body"].get("CreditNoteFor", ""))
        if credited is not None:
            credited.open_amount = (credited.open_amount or ZERO) - held.total
        return LedgerAnswer(200, self._row(held))

    @answers(f"GET {OWN}/invoices")
    def _invoices(self, request: LedgerRequest) -> LedgerAnswer:
        return self._listed(request, "sale")

    @answers(f"GET {OWN}/sales/creditnotes")
    def _credit_notes(self, request: LedgerRequest) -> LedgerAnswer:
        return self._listed(request, "credit")

    def _listed(self, request: LedgerRequest, kind: str) -> LedgerAnswer:
        first, last = request.asked("startDate", "0001-01-01"), request.asked("endDate", "9999-12-31")
        told = ("Guid", "Number", "ExternalReference", "Date", "Status", "TotalInclVat")
        rows = [self._row(held) for held in self.held.values() if held.kind == kind]
        statuses = request.asked("statusFilter", "Draft,Booked").split(",")
        fitting = [
            {name: row.get(name) for name in told}
            for row in rows
            if first <= row["Date"] <= last
            and row["Status"] in statuses
            and _suits(row, request, {"ExternalReference", "ContactName"})
        ]
        return _page(request, fitting)

    def _row(self, held: HeldDocument) -> dict[str, Any]:
        vat = held.vat_total or ZERO
        return {
            "Guid": held.id,
            "TimeStamp": self._stamp(held),
            "Number": int(held.number or 0),
            "Status": "Booked" if held.number else "Draft",
            "ContactGuid": held.party_id or None,
            "Currency": held.currency,
            "Date": held.day.isoformat(),
            "ExternalReference": held.facts["body"].get("ExternalReference"),
            "TotalExclVat": held.total - vat,
            "TotalVat": vat,
            "TotalInclVat": held.total,
            "ProductLines": held.facts["body"]["ProductLines"],
        }

    # Payments.

    @answers(f"POST {OWN}/invoices/{{guid}}/payments")
    def _pay(self, request: LedgerRequest) -> LedgerAnswer:
        sale = self._held(request)
        body = request.body
        self._fresh(sale, body["Timestamp"])
        self._open(date.fromisoformat(body["PaymentDate"]))
        if str(body["DepositAccountNumber"]) not in DEPOSITS:
            raise _objection("The account is no deposit account.")
        if not sale.number or not body["Amount"]:
            raise _objection("Only booked invoices can be paid, and not with zero.")
        held = self._keep_payment(sale, body)
        return LedgerAnswer(201, {"Guid": held.id, "TimeStamp": self._stamp(sale)})

    def _keep_payment(self, sale: HeldDocument, body: Mapping[str, Any]) -> HeldDocument:
        amount = Decimal(body["Amount"])
        sale.open_amount = (sale.open_amount or ZERO) - amount
        sale.facts["version"] += 1
        held = HeldDocument(
            id=self.next_guid(),
            number=(body.get("ExternalReference") or "").partition("/")[0],
            kind="payment",
            day=date.fromisoformat(body["PaymentDate"]),
            currency="DKK",
            total=amount,
            party_id=sale.party_id,
            accounts={str(body["DepositAccountNumber"]): amount, RECEIVABLES: -amount},
            facts={"body": dict(body), "version": 1},
        )
        sale.facts["payments"].append(held.id)
        return self.hold(held)

    def pay(self, number: str, amount: Decimal, day: date) -> None:
        """Money that the company itself books on an invoice."""
        with self.lock:
            told = {"Amount": amount, "PaymentDate": day.isoformat(), "DepositAccountNumber": DEPOSITS[0]}
            self._keep_payment(self.numbered(number, "sale")[0], {**told, "Description": "Indbetaling"})

    @answers("GET /v2/{organizationId}/invoices/{guid}/payments")
    def _payments(self, request: LedgerRequest) -> LedgerAnswer:
        sale = self._held(request)
        paid = [self.held[one] for one in sale.facts["payments"] if one in self.held]
        rows = [
            {
                "Guid": held.id,
                "DepositAccountNumber": int(held.facts["body"]["DepositAccountNumber"]),
                "Currency": "DKK",
                "ExchangeRate": 100,
                "ExternalReference": held.facts["body"].get("ExternalReference"),
                "PaymentDate": held.day.isoformat(),
                "Description": held.facts["body"]["Description"],
                "Amount": held.total,
            }
            for held in paid
        ]
        sums = {"RemainingAmount": sale.open_amount, "PaidAmount": sum((held.total for held in paid), ZERO)}
        return LedgerAnswer(200, {"Payments": rows, **sums, "InvoiceTotalIncludingReminderExpenses": sale.total})

    # Files.

    @answers(f"POST {OWN}/files")
    def _upload(self, request: LedgerRequest) -> LedgerAnswer:
        guid = self.next_guid()
        self.uploads[guid] = request.files["file"][1]
        return LedgerAnswer(201, {"FileGuid": guid})

    @answers(f"POST {OWN}/attachments/{{documentGuid}}/{{fileGuid}}/{{fileName}}")
    def _bind(self, request: LedgerRequest) -> LedgerAnswer:
        held = self.one(request.path_args["documentGuid"])
        bound = held.facts.setdefault("bound", [])
        guid = request.path_args["fileGuid"]
        if guid not in self.uploads:
            raise _objection("There is no such file.")
        if guid not in bound:
            bound.append(guid)
            held.files.append(self.uploads[guid])
        return LedgerAnswer(200)

    # Manual vouchers.

    @answers(f"POST {OWN}/vouchers/manuel")
    def _create_voucher(self, request: LedgerRequest) -> LedgerAnswer:
        body = request.body
        accounts: dict[str, Decimal] = {}
        for line in body["Lines"]:
            number, code, amount = str(line["AccountNumber"]), line["AccountVatCode"], Decimal(line["Amount"])
            if number not in self.accounts or code not in {"none", *self.vat_codes}:
                raise _objection(f"The line on account {number} with VAT code {code} cannot be taken.")
            vat = _rounded(amount * (self.vat_codes[code]["rate"] if code != "none" else ZERO))
            for account, part in ((number, amount), (VAT_ACCOUNT, vat)):
                accounts[account] = accounts.get(account, ZERO) + part
        claims = [Decimal(line["Amount"]) for line in body["Lines"] if str(line["AccountNumber"]) == RECEIVABLES]
        debited = sum((max(Decimal(line["Amount"]), ZERO) for line in body["Lines"]), ZERO)
        is_claim = len(claims) == 1 and str(body["Lines"][0]["AccountNumber"]) == RECEIVABLES
        held = HeldDocument(
            id=self.next_guid(),
            number="",
            kind="journal",
            day=date.fromisoformat(body["VoucherDate"]),
            currency="DKK",
            total=abs(claims[0]) if is_claim else debited,
            accounts={code: amount for code, amount in accounts.items() if amount},
            facts={"body": body, "version": 1, "number": int(self.next_id())},
        )
        self.hold(held)
        return LedgerAnswer(201, {"VoucherGuid": held.id, "Timestamp": self._stamp(held)})

    @answers(f"POST {OWN}/vouchers/manuel/{{guid}}/book")
    def _book_voucher(self, request: LedgerRequest) -> LedgerAnswer:
        held = self._held(request)
        self._fresh(held, request.body["Timestamp"])
        self._open(held.day)
        if held.number or sum(held.accounts.values(), ZERO):
            raise _objection("The voucher is booked already or does not balance.")
        held.number = held.facts["body"]["ExternalReference"]
        held.facts["version"] += 1
        if RECEIVABLES in held.accounts and any(code in held.accounts for code in DEPOSITS):
            held.kind = "payment"  # only now has money moved
        return LedgerAnswer(200, {"Guid": held.id})

    @answers(f"GET {OWN}/vouchers/manuel/{{guid}}")
    def _voucher(self, request: LedgerRequest) -> LedgerAnswer:
        held = self._held(request)
        row = {
            "Guid": held.id,
            "VoucherNumber": held.facts["number"],
            "VoucherDate": held.day.isoformat(),
            "Status": "Booked" if held.number else "Draft",
            "Lines": held.facts["body"]["Lines"],
            "Timestamp": self._stamp(held),
            "ExternalReference": held.facts["body"]["ExternalReference"],
        }
        return LedgerAnswer(200, row)

    @answers(f"GET {OWN}/entries")
    def _entries(self, request: LedgerRequest) -> LedgerAnswer:
        first, last = date.fromisoformat(request.asked("fromDate")), date.fromisoformat(request.asked("toDate"))
        if first.year != last.year:
            raise _objection("The interval must lie in one accounting year.")
        rows = []
        for held in self.held.values():
            if not first <= held.day <= last or not held.number:
                continue
            text = held.facts["body"].get("Description") or ""
            lines = held.facts["body"].get("Lines")
            told = [(str(line["AccountNumber"]), line["Amount"], line["Description"]) for line in lines or ()]
            for code, amount, words in told or [(code, amount, text) for code, amount in held.accounts.items()]:
                row = {"AccountNumber": int(code), "Amount": amount, "Description": words}
                number = held.facts.get("number", held.number)
                rows.append({**row, "Date": held.day.isoformat(), "VoucherNumber": number, "VoucherType": held.kind})
        return LedgerAnswer(200, rows)

    # What all of them need.

    def changed(self, held: HeldDocument, amount: Decimal) -> None:
        """In a version of its own."""
        super().changed(held, amount)
        held.facts["version"] += 1
        if "Lines" in held.facts["body"]:
            first, *others = held.facts["body"]["Lines"]
            lines = [{**first, "Amount": first["Amount"] + amount}, *others]
            held.facts["body"] = {**held.facts["body"], "Lines": lines}

    def numbered(self, number: str, kind: str = "") -> list[HeldDocument]:
        """Drafts have no number yet."""
        return [held for held in super().numbered(number, kind) if number]

    def double(self, number: str) -> None:
        """Under ids of its own shape."""
        with self.lock:
            before = set(self.held)
            super().double(number)
            for held in [self.held[one] for one in self.held if one not in before]:
                del self.held[held.id]
                held.id = self.next_guid()
                if "number" in held.facts:
                    held.facts["number"] = int(self.next_id())
                self.hold(held)

    def _held(self, request: LedgerRequest) -> HeldDocument:
        held = self.held.get(request.path_args["guid"])
        if held is None:
            raise Refused(404, {"Code": 404, "Message": "Not found."})
        return held

    @staticmethod
    def _stamp(held: HeldDocument) -> str:
        return f"{held.facts['version']:016X}"

    def _fresh(self, held: HeldDocument, told: str) -> None:
        if told != self._stamp(held):
            raise Refused(400, {"Code": STALE, "Message": "The timestamp is not the latest."})

    def _open(self, day: date) -> None:
        if self.is_closed(day):
            raise _objection(f"The accounting period of {day.isoformat()} is locked.")


def _suits(row: Mapping[str, Any], request: LedgerRequest, allowed: set[str]) -> bool:
    """Whether a row passes the filter, which may name only some of its fields."""
    asked = request.asked("queryFilter")
    if not asked:
        return True
    found = re.fullmatch(r"(\w+) eq '([^']*)'", asked)
    if found is None or found[1] not in allowed:
        raise _objection(f"The filter {asked} cannot be used.")
    return row.get(found[1]) == found[2]


def _page(request: LedgerRequest, rows: Sequence[Any]) -> LedgerAnswer:
    number, size = int(request.asked("page", "0")), int(request.asked("pageSize", "100"))
    pagination = {
        "MaxPageSizeAllowed": 1000,
        "PageSize": size,
        "Result": len(rows),
        "ResultWithoutFilter": len(rows),
        "Page": number,
    }
    return LedgerAnswer(200, {"Collection": page_of(rows, number, size), "Pagination": pagination})


def _rounded(amount: Decimal) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _objection(text: str) -> Refused:
    return Refused(400, {"Code": INVALID, "Message": text})
