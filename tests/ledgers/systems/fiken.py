"""How Fiken behaves (API v2): sales and journal entries in øre, answers that hold nothing but a place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
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

COMPANY = "nordlys-radgivning-as"
BASE = "https://api.fiken.no/api/v2"
OWN = "/companies/{companySlug}"
VAT_ACCOUNTS = {"HIGH": "2700", "MEDIUM": "2701", "LOW": "2702", "RAW_FISH": "2703"}
VAT_TYPES = (*VAT_ACCOUNTS, "NONE", "EXEMPT", "EXEMPT_IMPORT_EXPORT", "EXEMPT_REVERSE", "OUTSIDE")
VAT_OF = {
    ("standard", 25): "HIGH",
    ("food", 15): "MEDIUM",
    ("low", 12): "LOW",
    ("zero", 0): "EXEMPT",
    ("exempt", 0): "OUTSIDE",
    ("reverse_charge", 0): "EXEMPT_REVERSE",
    ("export", 0): "EXEMPT_IMPORT_EXPORT",
    ("outside", 0): "OUTSIDE",
}
BANKS = {"1920": "1920:10001", "1945": "1945:10002"}
RECEIVABLES = "1500"
WRITE_ONLY = ("memberNumberString", "currency", "phoneNumber")  # of contacts, says the contract
MARKED_BY_FIKEN = "Fri postering registrert via API: "
DAYS = {"": date.__eq__, "Ge": date.__ge__, "Gt": date.__gt__, "Le": date.__le__, "Lt": date.__lt__}


def _minor(count: Any) -> Decimal:
    return Decimal(int(count or 0)) / 100


def _count(amount: Decimal) -> int:
    return int(amount * 100)


class Ledger(System):
    """One company in Fiken."""

    slug = "fiken"
    hosts = ("api.fiken.no", "fiken.no")
    contracts = (Contract(file="fiken/openapi.yaml", host="api.fiken.no", prefix="/api/v2"),)
    options = {"company": COMPANY}
    at_once_max = 1
    # Nothing says that Fiken refuses a number that another sale has already.
    lacks = frozenset({"unique_numbers"})
    targets = Targets(
        accounts={number: Target(number, number) for number in OUR_ACCOUNTS},
        money={number: Target(code, code) for number, code in BANKS.items()},
        vat={(treatment, Decimal(rate)): Target(code, code) for (treatment, rate), code in VAT_OF.items()},
        dimensions={"project": {"P-1": Target("7001", "P-1")}},
    )

    def reset(self) -> None:
        """An empty company with the standard accounts."""
        super().reset()
        self.pages = OAuthCodePages(
            label="Fiken",
            authorize_path="/oauth/authorize",
            token_path="/oauth/token",
            revoke_path="/oauth/revoke",
            uses_pkce=False,
            tokens=Tokens(access_seconds=86_157),
        )
        self.accounts = {number: {"code": number, "name": f"Konto {number}"} for number in (*OUR_ACCOUNTS, "2703")}
        self.vat_codes = {name: {} for name in VAT_TYPES}
        self.gone: dict[str, HeldDocument] = {}

    # Entering.

    def secrets(self) -> dict[str, str]:
        """A fresh pair of tokens."""
        return self.pages.secrets()

    def authorized(self, request: LedgerRequest) -> bool:
        """A bearer token that holds."""
        return not self.is_revoked and self.pages.knows(request)

    def token(self, request: LedgerRequest) -> LedgerAnswer | None:
        """The pages of fiken.no."""
        return self.pages.answer(request) if request.host != "api.fiken.no" else None

    def unauthorized(self, request: LedgerRequest) -> LedgerAnswer:
        """RFC 6750 3.1."""
        return LedgerAnswer(401, {"error": "invalid_token"})

    def expire(self) -> None:
        """The day is over."""
        self.pages.tokens.expire()

    def revoke(self) -> None:
        """The owner has removed the app."""
        super().revoke()
        self.pages.tokens.revoke()

    def answer(self, request: LedgerRequest) -> LedgerAnswer:
        """Another company is nobody's business."""
        if request.path_args.get("companySlug", COMPANY) != COMPANY:
            return LedgerAnswer(403, {"error": "forbidden"})
        return super().answer(request)

    # Lists.

    @answers("GET /companies")
    def _companies(self, request: LedgerRequest) -> LedgerAnswer:
        return self._page(request, [self._company_row()])

    @answers(f"GET {OWN}")
    def _company(self, request: LedgerRequest) -> LedgerAnswer:
        return LedgerAnswer(200, self._company_row())

    @staticmethod
    def _company_row() -> dict[str, Any]:
        return {
            "name": "Nordlys Rådgivning AS",
            "slug": COMPANY,
            "organizationNumber": "914778271",
            "hasApiAccess": True,
        }

    @answers(f"GET {OWN}/accounts")
    def _accounts(self, request: LedgerRequest) -> LedgerAnswer:
        return self._page(request, list(self.accounts.values()))

    @answers(f"GET {OWN}/bankAccounts")
    def _bank_accounts(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [
            {"bankAccountId": index, "name": f"Bank {code}", "accountCode": code, "type": "normal"}
            for index, code in enumerate(BANKS.values(), 1)
        ]
        return self._page(request, rows)

    @answers(f"GET {OWN}/projects")
    def _projects(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [
            {"projectId": int(target.id), "number": target.code, "name": f"Prosjekt {target.code}"}
            for target in self.targets.dimensions["project"].values()
        ]
        return self._page(request, rows)

    @staticmethod
    def _page(request: LedgerRequest, rows: Sequence[Any]) -> LedgerAnswer:
        number, size = int(request.asked("page", "0")), int(request.asked("pageSize", "25"))
        headers = {
            "Fiken-Api-Page": str(number),
            "Fiken-Api-Page-Size": str(size),
            "Fiken-Api-Page-Count": str(-(-len(rows) // size)),
            "Fiken-Api-Result-Count": str(len(rows)),
        }
        return LedgerAnswer(200, page_of(rows, number, size), headers)

    # Customers.

    @answers(f"GET {OWN}/contacts")
    def _contacts(self, request: LedgerRequest) -> LedgerAnswer:
        wanted = {name: request.asked(name) for name in ("organizationNumber", "email", "name")}
        rows = [
            row["row"]
            for row in self.parties.values()
            if all(not value or row["row"].get(name) == value for name, value in wanted.items())
            and request.asked("memberNumberString", row["number"]) == row["number"]
            and _days_fit(request, "lastModified", date.fromisoformat(row["row"]["lastModifiedDate"]))
        ]
        return self._page(request, rows)

    @answers(f"POST {OWN}/contacts")
    def _create_contact(self, request: LedgerRequest) -> LedgerAnswer:
        number = self.next_id()
        self._keep_contact(number, request.body)
        return LedgerAnswer(201, headers={"Location": f"{BASE}/companies/{COMPANY}/contacts/{number}"})

    @answers(f"GET {OWN}/contacts/{{contactId}}")
    def _contact(self, request: LedgerRequest) -> LedgerAnswer:
        return LedgerAnswer(200, self._party(request.path_args["contactId"])["row"])

    @answers(f"PUT {OWN}/contacts/{{contactId}}")
    def _change_contact(self, request: LedgerRequest) -> LedgerAnswer:
        number = request.path_args["contactId"]
        self._party(number)
        self._keep_contact(number, request.body)
        return LedgerAnswer(200, headers={"Location": f"{BASE}/companies/{COMPANY}/contacts/{number}"})

    def _keep_contact(self, number: str, body: Mapping[str, Any]) -> None:
        row = {name: value for name, value in body.items() if name not in WRITE_ONLY}
        row |= {"contactId": int(number), "lastModifiedDate": _today()}
        ours = body.get("memberNumberString", "")
        if body.get("customer"):
            row |= {
                "customerNumber": 20_000 + int(number),
                "customerAccountCode": f"{RECEIVABLES}:{20_000 + int(number)}",
            }
        self.parties[number] = {
            "id": number,
            "number": ours,
            "name": row["name"],
            "organization_number": row.get("organizationNumber", ""),
            "told": dict(body),  # with what Fiken never tells again
            "row": row,
        }

    def rename_customer(self, party_id: str, name: str) -> None:
        """In the row that answers are made of, too."""
        super().rename_customer(party_id, name)
        self.parties[party_id]["row"]["name"] = name

    def _party(self, number: str) -> dict[str, Any]:
        if number not in self.parties:
            raise Refused(404, {"error": "not_found"})
        return self.parties[number]

    # Sales.

    @answers(f"POST {OWN}/sales")
    def _create_sale(self, request: LedgerRequest) -> LedgerAnswer:
        body = request.body
        day = date.fromisoformat(body["date"])
        self._open(day)
        if str(body.get("customerId", "")) not in self.parties:
            raise _objection("customerId does not belong to a customer of the company")
        for line in body["lines"]:
            if line["vatType"] not in self.vat_codes:
                raise _objection(f"vatType {line['vatType']} is not valid for sales")
            self._known(line.get("account", ""))
        accounts: dict[str, Decimal] = {}
        net = sum((_minor(line["netPrice"]) for line in body["lines"]), Decimal(0))
        vat = sum((_minor(line.get("vat")) for line in body["lines"]), Decimal(0))
        for line in body["lines"]:
            _add(accounts, line["account"], -_minor(line["netPrice"]))
            _add(accounts, VAT_ACCOUNTS.get(line["vatType"], "2700"), -_minor(line.get("vat")))
        party = self.parties[str(body["customerId"])]
        _add(accounts, party["row"]["customerAccountCode"], net + vat)
        is_foreign = body["currency"] != "NOK"
        in_currency = [
            _minor(line.get("netPriceInCurrency")) + _minor(line.get("vatInCurrency")) for line in body["lines"]
        ]
        total = sum(in_currency, Decimal(0)) if is_foreign else net + vat
        held = HeldDocument(
            id=self.next_id(),
            number=body.get("saleNumber", ""),
            kind="credit" if net + vat < 0 else "sale",
            day=day,
            currency=body["currency"],
            total=abs(total),
            vat_total=None if is_foreign else abs(vat),
            party_id=str(body["customerId"]),
            open_amount=total,
            accounts=accounts,
            key=request.headers.get("x-request-id", ""),
            facts={"body": body, "net": net, "vat": vat, "modified": _today()},
        )
        self.hold(held)
        return LedgerAnswer(201, headers={"Location": f"{BASE}/companies/{COMPANY}/sales/{held.id}"})

    @answers(f"GET {OWN}/sales")
    def _sales(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [
            self._sale_row(held)
            for held in (*self.held.values(), *self.gone.values())
            if held.kind in ("sale", "credit")
            and request.asked("saleNumber", held.number) == held.number
            and _days_fit(request, "date", held.day)
            and _days_fit(request, "lastModified", date.fromisoformat(held.facts["modified"]))
        ]
        return self._page(request, rows)

    @answers(f"GET {OWN}/sales/{{saleId}}")
    def _sale(self, request: LedgerRequest) -> LedgerAnswer:
        return LedgerAnswer(200, self._sale_row(self._held(request.path_args["saleId"], "sale", "credit")))

    def _sale_row(self, held: HeldDocument) -> dict[str, Any]:
        body = held.facts["body"]
        kept = ("saleNumber", "date", "kind", "currency", "dueDate", "kid")
        lines = [{name: value for name, value in line.items() if name != "projectId"} for line in body["lines"]]
        row = {name: body[name] for name in kept if name in body} | {
            "saleId": int(held.id),
            "lastModifiedDate": held.facts["modified"],
            "netAmount": _count(held.facts["net"]),
            "vatAmount": _count(held.facts["vat"]),
            "settled": not held.open_amount,
            "outstandingBalance": _count(held.open_amount or Decimal(0)),
            "lines": lines,
            "salePayments": [self._payment_row(payment) for payment in self._payments_of(held)],
            "saleAttachments": self._attachment_rows(held),
            "deleted": held.id in self.gone,
        }
        if held.party_id in self.parties:
            row["customer"] = self.parties[held.party_id]["row"]
        return row

    # Payments and files.

    @answers(f"POST {OWN}/sales/{{saleId}}/payments")
    def _create_payment(self, request: LedgerRequest) -> LedgerAnswer:
        sale = self._held(request.path_args["saleId"], "sale", "credit")
        body = request.body
        self._open(date.fromisoformat(body["date"]))
        self._known(body["account"])
        if body.get("currency", "NOK") != sale.currency:
            raise _objection("The currency of the payment is not that of the sale")
        held = self._keep_payment(sale, body)
        place = f"{BASE}/companies/{COMPANY}/sales/{sale.id}/payments/{held.id}"
        return LedgerAnswer(201, headers={"Location": place})

    def _keep_payment(self, sale: HeldDocument, body: Mapping[str, Any]) -> HeldDocument:
        amount, base = _minor(body["amount"]), _minor(body.get("amountInNok", body["amount"]))
        receivable = next(code for code in sale.accounts if code.startswith(RECEIVABLES))
        sale.open_amount = (sale.open_amount or Decimal(0)) - amount
        sale.facts["modified"] = _today()
        return self.hold(
            HeldDocument(
                id=self.next_id(),
                number=sale.number,
                kind="payment",
                day=date.fromisoformat(body["date"]),
                currency=sale.currency,
                total=amount,
                party_id=sale.party_id,
                accounts={body["account"]: base, receivable: -base},
                facts={"sale": sale.id, "body": dict(body)},
            )
        )

    def pay(self, number: str, amount: Decimal, day: date) -> None:
        """Money that the company itself books on a sale."""
        with self.lock:
            sale = next(held for held in self.held.values() if held.number == number and held.kind == "sale")
            self._keep_payment(sale, {"date": day.isoformat(), "account": BANKS["1920"], "amount": _count(amount)})

    @answers(f"GET {OWN}/sales/{{saleId}}/payments")
    def _payments(self, request: LedgerRequest) -> LedgerAnswer:
        sale = self._held(request.path_args["saleId"], "sale", "credit")
        return LedgerAnswer(200, [self._payment_row(payment) for payment in self._payments_of(sale)])

    @answers(f"GET {OWN}/sales/{{saleId}}/payments/{{paymentId}}")
    def _payment(self, request: LedgerRequest) -> LedgerAnswer:
        return LedgerAnswer(200, self._payment_row(self._held(request.path_args["paymentId"], "payment")))

    def _payments_of(self, sale: HeldDocument) -> list[HeldDocument]:
        return [held for held in self.held.values() if held.kind == "payment" and held.facts["sale"] == sale.id]

    @staticmethod
    def _payment_row(held: HeldDocument) -> dict[str, Any]:
        return {**held.facts["body"], "amount": _count(held.total), "paymentId": int(held.id)}

    @answers(f"POST {OWN}/sales/{{saleId}}/attachments")
    def _attach(self, request: LedgerRequest) -> LedgerAnswer:
        if request.asked("attachToSale") != "true":
            raise _objection("At least one of attachToPayment and attachToSale must be true")
        sale = self._held(request.path_args["saleId"], "sale", "credit")
        name, content = request.files["file"]
        sale.files.append(content)
        sale.facts.setdefault("names", []).append(request.form.get("filename") or name)
        place = f"{BASE}/companies/{COMPANY}/sales/{sale.id}/attachments/{len(sale.files)}"
        return LedgerAnswer(201, headers={"Location": place})

    @answers(f"GET {OWN}/sales/{{saleId}}/attachments")
    def _attachments(self, request: LedgerRequest) -> LedgerAnswer:
        return LedgerAnswer(200, self._attachment_rows(self._held(request.path_args["saleId"], "sale", "credit")))

    @staticmethod
    def _attachment_rows(held: HeldDocument) -> list[dict[str, Any]]:
        return [{"identifier": name, "type": "unspecified"} for name in held.facts.get("names", ())]

    # Journal entries.

    @answers(f"POST {OWN}/generalJournalEntries")
    def _create_journal(self, request: LedgerRequest) -> LedgerAnswer:
        place = ""
        for one in request.body["journalEntries"]:
            accounts, lines = self._journal_lines(one)
            day = date.fromisoformat(one["date"])
            self._open(day)
            text = MARKED_BY_FIKEN + one["description"]
            held = HeldDocument(
                id=self.next_id(),
                number=one["description"].partition("[")[2].partition("]")[0],
                kind="journal",
                day=day,
                currency="NOK",
                total=sum((_minor(line["amount"]) for line in lines if line["amount"] > 0), Decimal(0)),
                accounts=accounts,
                key=request.headers.get("x-request-id", ""),
                facts={"text": text, "lines": lines, "modified": _today()},
            )
            self.hold(held)
            place = f"{BASE}/companies/{COMPANY}/generalJournalEntries/{held.id}"
        return LedgerAnswer(201, headers={"Location": place})

    def _journal_lines(self, one: Mapping[str, Any]) -> tuple[dict[str, Decimal], list[dict[str, Any]]]:
        accounts: dict[str, Decimal] = {}
        lines = []
        for line in one["lines"]:
            for name, sign in (("debitAccount", 1), ("creditAccount", -1)):
                if code := line.get(name):
                    self._known(code)
                    _add(accounts, code, sign * _minor(line["amount"]))
                    lines.append({"amount": sign * line["amount"], "account": code})
        if sum(accounts.values()):
            raise _objection("The journal entry does not balance")
        return {code: amount for code, amount in accounts.items() if amount}, lines

    @answers(f"GET {OWN}/journalEntries")
    def _journals(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [
            self._journal_row(held)
            for held in self.held.values()
            if held.kind == "journal" and _days_fit(request, "date", held.day)
        ]
        return self._page(request, rows)

    @answers(f"GET {OWN}/journalEntries/{{journalEntryId}}")
    def _journal(self, request: LedgerRequest) -> LedgerAnswer:
        return LedgerAnswer(200, self._journal_row(self._held(request.path_args["journalEntryId"], "journal")))

    @staticmethod
    def _journal_row(held: HeldDocument) -> dict[str, Any]:
        return {
            "journalEntryId": int(held.id),
            "description": held.facts["text"],
            "date": held.day.isoformat(),
            "lastModifiedDate": held.facts["modified"],
            "lines": held.facts["lines"],
        }

    # What all of them need.

    def changed(self, held: HeldDocument, amount: Decimal) -> None:
        """In the rows that answers are made of, too."""
        super().changed(held, amount)
        if held.kind in ("sale", "credit"):
            sign = 1 if held.kind == "sale" else -1
            held.facts["net"] += sign * amount
            held.facts["modified"] = _today()
            body = held.facts["body"]
            first = {**body["lines"][0], "netPrice": body["lines"][0]["netPrice"] + _count(sign * amount)}
            held.facts["body"] = {**body, "lines": [first, *body["lines"][1:]]}
        elif held.kind == "journal":
            held.facts["lines"] = [{"amount": _count(value), "account": code} for code, value in held.accounts.items()]

    def delete(self, number: str) -> None:
        """What is deleted in Fiken is still listed, as deleted."""
        with self.lock:
            for held in self.numbered(number):
                self.gone[held.id] = self.held.pop(held.id)

    def _held(self, number: str, *kinds: str) -> HeldDocument:
        held = self.one(number)
        if held.kind not in kinds:
            raise Refused(404, {"error": "not_found"})
        return held

    def _open(self, day: date) -> None:
        if self.is_closed(day):
            raise _objection(f"The accounting period of {day.isoformat()} is locked")

    def _known(self, account: str) -> None:
        start = account.partition(":")[0]
        is_customer = start == RECEIVABLES and ":" in account
        if start not in self.accounts or (":" in account and account not in BANKS.values() and not is_customer):
            raise _objection(f"There is no account {account}")


def _add(accounts: dict[str, Decimal], code: str, amount: Decimal) -> None:
    if amount:
        accounts[code] = accounts.get(code, Decimal(0)) + amount


def _objection(text: str) -> Refused:
    return Refused(400, {"error": "bad_request", "error_description": text})


def _today() -> str:
    return date.today().isoformat()  # noqa: DTZ011 - Fiken dates what it changes by a clock of its own


def _days_fit(request: LedgerRequest, name: str, day: date) -> bool:
    """Whether a day suits the filters of its name: date, dateGe, …"""
    asked = {end: request.asked(f"{name}{end}") for end in DAYS}
    return all(DAYS[end](day, date.fromisoformat(value)) for end, value in asked.items() if value)
