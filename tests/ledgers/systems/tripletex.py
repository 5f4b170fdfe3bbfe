"""Tripletex as it behaves: gross amounts in, VAT carved out posting by posting, external numbers that may repeat."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from accounting_sync.mapping.entries import Target
from tests.ledgers.oauth import Tokens, basic_of
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

CONSUMER, EMPLOYEE = "consumer-of-the-tests", "employee-of-the-tests"
RATES = {"0": "0", "3": "25", "31": "15", "32": "12", "5": "0", "6": "0", "7": "0", "51": "0", "52": "0"}
CURRENCIES = {"1": "NOK", "2": "SEK", "3": "DKK", "4": "USD", "5": "EUR"}
VOUCHER_TYPES = {"11": "Utgående faktura", "12": "Memoriale"}
CUSTOMER_ACCOUNT, BANK_ACCOUNT = "1500", "1920"
VAT_ACCOUNTS = {"3": "2700", "31": "2701", "32": "2702"}
VAT_OF = {
    "standard": "3", "food": "31", "low": "32", "zero": "5", "exempt": "6", "reverse_charge": "51", "export": "52",
    "outside": "7",
}  # fmt: skip
OUR_RATES = {"standard": 25, "food": 15, "low": 12}


def account_id(number: str) -> int:
    """Tripletex names accounts by ids of its own."""
    return 880_000 + int(number)


def objected(text: str, *, status: int = 422, code: int = 18000, field: str = "") -> Refused:
    """An error as Tripletex writes it."""
    messages = [{"field": field, "message": text, "path": None, "rootId": None}]
    return Refused(
        status, {"status": status, "code": code, "message": "Validering feilet.", "validationMessages": messages}
    )


class Ledger(System):
    """One company in Tripletex."""

    slug = "tripletex"
    hosts = ("tripletex.no",)
    contracts = (
        Contract(
            file="tripletex/openapi.yaml",
            host="tripletex.no",
            prefix="/v2",
            undescribed={
                "POST /ledger/voucher:postings.currency": "it calls currencies read-only wherever they stand; "
                "programs that speak with it write them on postings all the same"
            },
        ),
    )
    lacks = frozenset({"unique_numbers"})
    beyond = dict.fromkeys(("GET /project", "GET /department"), "the copy was trimmed to what an invoice needs")
    targets = Targets(
        accounts={number: Target(str(account_id(number)), number) for number in OUR_ACCOUNTS},
        dimensions={"project": {"P-1": Target("71", "P-1")}, "department": {"10": Target("81", "10")}},
        vat={(ours, Decimal(OUR_RATES.get(ours, 0))): Target(theirs, theirs) for ours, theirs in VAT_OF.items()},
    )

    def reset(self) -> None:
        """The chart and the codes that every company begins with."""
        super().reset()
        self.sessions = Tokens()
        self.accounts = {str(account_id(number)): {"number": number} for number in OUR_ACCOUNTS}
        self.vat_codes = {code: {"rate": Decimal(rate)} for code, rate in RATES.items()}

    # Entering.

    def secrets(self) -> dict[str, str]:
        """The two tokens that never end, and the session made of them."""
        token = str(self.sessions.give(with_refresh=False)["access_token"])
        return {"consumer_token": CONSUMER, "employee_token": EMPLOYEE, "access_token": token}

    def authorized(self, request: LedgerRequest) -> bool:
        """By the session, as the password of nobody."""
        if request.operation == "PUT /token/session/:create":
            return True
        user, password = basic_of(request)
        return user == "0" and password in self.sessions.access

    def unauthorized(self, request: LedgerRequest) -> LedgerAnswer:
        """As a session that has ended."""
        return LedgerAnswer(401, {"status": 401, "code": 3000, "message": "Unauthorized"})

    def expire(self) -> None:
        """Sessions end."""
        self.sessions.expire()

    def revoke(self) -> None:
        """The employee token was deleted."""
        super().revoke()
        self.sessions.revoke()

    @answers("PUT /token/session/:create")
    def create_session(self, request: LedgerRequest) -> LedgerAnswer:
        """A session for a pair of tokens, until a day that is still to come."""
        known = request.asked("consumerToken") == CONSUMER and request.asked("employeeToken") == EMPLOYEE
        if self.is_revoked or not known:
            raise objected("Unauthorized", status=401, code=3000)
        last = date.fromisoformat(request.asked("expirationDate"))
        token = str(self.sessions.give(with_refresh=False)["access_token"])
        return LedgerAnswer(200, {"value": {"token": token, "expirationDate": last.isoformat()}})

    def too_many(self, retry_after: float | None) -> LedgerAnswer:
        """When to come back stands in a header of Tripletex's own, and sometimes nowhere."""
        headers = {} if retry_after is None else {"X-Rate-Limit-Reset": f"{retry_after:g}"}
        return LedgerAnswer(429, {"status": 429, "code": 5000, "message": "Too many requests"}, headers)

    # Vouchers.

    @answers("POST /ledger/voucher")
    def create_voucher(self, request: LedgerRequest) -> LedgerAnswer:
        """A voucher that balances, on a day that is open; the VAT is computed here."""
        body = request.body
        day = date.fromisoformat(body["date"])
        if self.is_closed(day):
            raise objected(f"Perioden for {day} er avsluttet og kan ikke endres.", field="date")
        if (body.get("voucherType") or {}).get("id") == 11:
            raise objected("Bilagstypen kan ikke brukes.", field="voucherType")
        if len(body.get("externalVoucherNumber") or "") > 70:
            raise objected("Maksimalt 70 tegn.", field="externalVoucherNumber")
        if not body.get("postings"):
            raise objected("Et bilag kan ikke registreres uten posteringer.", field="postings")
        postings = [self._checked(each) for each in body["postings"]]
        for name in ("amountGross", "amountGrossCurrency"):
            if sum((each[name] for each in postings), ZERO):
                raise objected(f"Summen av posteringene for {day} er ikke lik 0.", field="postings")
        held = HeldDocument(
            id=self.next_id(),
            number=body.get("externalVoucherNumber") or "",
            kind="",
            day=day,
            currency="NOK",
            total=ZERO,
            facts={"text": body.get("description") or "", "postings": [], "attachment": None},
        )
        for each in postings:
            held.facts["postings"] += self._with_vat(each, day)
        self._summed(held)
        return LedgerAnswer(201, {"value": self._voucher_row(self.hold(held))})

    def _checked(self, posting: Mapping[str, Any]) -> dict[str, Any]:
        if posting.get("row", 0) < 1:
            raise objected("Posteringene på rad 0 (guiRow 0) er systemgenererte.", field="postings.row")
        account = self.accounts.get(str(posting["account"]["id"]))
        if account is None:
            raise objected("Kontoen finnes ikke.", field="postings.account.id")
        vat = str((posting.get("vatType") or {}).get("id", 0))
        if vat not in self.vat_codes:
            raise objected("MVA-koden finnes ikke.", field="postings.vatType.id")
        customer = str((posting.get("customer") or {}).get("id", ""))
        if account["number"] == CUSTOMER_ACCOUNT and not customer:
            raise objected("Kunde mangler.", field="postings.customer.id")
        if customer and customer not in self.parties:
            raise objected("Kunden finnes ikke.", field="postings.customer.id")
        currency = CURRENCIES.get(str((posting.get("currency") or {"id": 1})["id"]), "")
        amounts = Decimal(posting["amountGross"]), Decimal(posting["amountGrossCurrency"])
        if not currency or (currency == "NOK" and amounts[0] != amounts[1]):
            raise objected("Ugyldig valuta.", field="postings.currency")
        for name, known in (("project", 71), ("department", 81)):
            if posting.get(name, {"id": known})["id"] != known:
                raise objected(f"{name} finnes ikke.", field=f"postings.{name}.id")
        return {
            "account": account["number"],
            "vat": vat,
            "customer": customer,
            "currency": currency,
            "amountGross": amounts[0],
            "amountGrossCurrency": amounts[1],
            "invoiceNumber": posting.get("invoiceNumber") or "",
            "description": posting.get("description") or "",
            "type": None,
        }

    def _with_vat(self, posting: dict[str, Any], day: date) -> list[dict[str, Any]]:
        """A posting with its net amounts, and the posting of its VAT that nobody may touch."""
        rate = self.vat_codes[posting["vat"]]["rate"]
        posting |= {"id": int(self.next_id()), "date": day.isoformat(), "systemGenerated": False}
        for name in ("amount", "amountCurrency"):
            gross = posting[name.replace("amount", "amountGross")]
            vat = (gross * rate / (100 + rate)).quantize(Decimal("0.01"), ROUND_HALF_UP)
            posting[name] = gross - vat
        if not rate:
            return [posting]
        carved = posting["amountGross"] - posting["amount"]
        carved_currency = posting["amountGrossCurrency"] - posting["amountCurrency"]
        own = {
            "id": int(self.next_id()), "account": VAT_ACCOUNTS[posting["vat"]], "vat": "0", "customer": "",
            "invoiceNumber": "", "systemGenerated": True, "amount": carved, "amountGross": carved,
            "amountCurrency": carved_currency, "amountGrossCurrency": carved_currency,
        }  # fmt: skip
        return [posting, posting | own]

    def _summed(self, held: HeldDocument) -> None:
        """What the tests look at, from the postings as they stand."""
        postings = held.facts["postings"]
        typed = [each for each in postings if not each["systemGenerated"]]
        claims = [each for each in typed if each["customer"]]
        own = [each for each in claims if held.number and each["invoiceNumber"] == held.number]
        others = [each for each in typed if not each["customer"]]
        owed = sum((each["amountGrossCurrency"] for each in own), ZERO)
        if own:
            held.kind = "sale" if owed >= 0 else "credit"
        elif claims and not others:
            held.kind = "settlement"
        else:
            held.kind = "payment" if claims and len(others) == 1 else "journal"
        debits = sum((max(each["amountGrossCurrency"], ZERO) for each in typed), ZERO)
        held.total = abs(owed) if own else debits
        vat = sum((each["amountGrossCurrency"] - each["amountCurrency"] for each in typed), ZERO)
        held.vat_total = abs(vat) if own else None
        held.currency = typed[0]["currency"]
        held.party_id = next((each["customer"] for each in claims), "")
        held.accounts = {}
        for each in postings:
            held.accounts[each["account"]] = held.accounts.get(each["account"], ZERO) + each["amount"]

    def _posting_row(self, posting: Mapping[str, Any]) -> dict[str, Any]:
        row = {
            name: posting[name]
            for name in (
                "id", "date", "description", "amount", "amountCurrency", "amountGross", "amountGrossCurrency",
                "invoiceNumber", "systemGenerated",
            )
        }  # fmt: skip
        row |= {
            "account": {"id": account_id(posting["account"]), "number": int(posting["account"])},
            "currency": {"code": posting["currency"]},
            "vatType": {"id": int(posting["vat"])},
        }
        if posting["customer"]:
            name = self.parties.get(posting["customer"], {}).get("name", "")
            row["customer"] = {"id": int(posting["customer"]), "name": name}
        if posting["type"]:
            row["type"] = posting["type"]
        return row

    def _voucher_row(self, held: HeldDocument) -> dict[str, Any]:
        row: dict[str, Any] = {
            "id": int(held.id),
            "version": 1,
            "date": held.day.isoformat(),
            "number": int(held.id),
            "description": held.facts["text"],
            "externalVoucherNumber": held.number,
            "postings": [self._posting_row(each) for each in held.facts["postings"]],
        }
        if held.files:
            row["attachment"] = {"id": 1}
        return row

    def _found(self, vouchers: list[HeldDocument], request: LedgerRequest) -> LedgerAnswer:
        return self._rows([self._voucher_row(held) for held in vouchers], request)

    def _rows(self, rows: list[dict[str, Any]], request: LedgerRequest) -> LedgerAnswer:
        first, count = int(request.asked("from", "0")), int(request.asked("count", "1000"))
        page = page_of(rows[first:], 0, count)
        return LedgerAnswer(200, {"fullResultSize": len(rows), "from": first, "count": len(page), "values": page})

    @answers("GET /ledger/voucher/{id}")
    def voucher(self, request: LedgerRequest) -> LedgerAnswer:
        """One voucher."""
        return LedgerAnswer(200, {"value": self._voucher_row(self.one(request.path_args["id"]))})

    @answers("GET /ledger/voucher")
    def vouchers(self, request: LedgerRequest) -> LedgerAnswer:
        """Those of some days, the last one not among them."""
        first, last = request.asked("dateFrom"), request.asked("dateTo")
        if first >= last:
            raise objected("'From and including' >= 'To and excluding'", field="dateTo")
        return self._found([held for held in self.held.values() if first <= held.day.isoformat() < last], request)

    @answers("GET /ledger/voucher/>externalVoucherNumber")
    def vouchers_numbered(self, request: LedgerRequest) -> LedgerAnswer:
        """All with an external number."""
        number = request.asked("externalVoucherNumber")
        return self._found([held for held in self.held.values() if held.number == number], request)

    @answers("POST /ledger/voucher/{voucherId}/attachment")
    def attach(self, request: LedgerRequest) -> LedgerAnswer:
        """The file goes behind what is there already."""
        held = self.one(request.path_args["voucherId"])
        held.files.append(request.files["file"][1])
        return LedgerAnswer(201, {"value": self._voucher_row(held)})

    @answers("GET /ledger/posting")
    def postings(self, request: LedgerRequest) -> LedgerAnswer:
        """Those of some days, each with its voucher."""
        first, last = request.asked("dateFrom"), request.asked("dateTo")
        rows = []
        for held in self.held.values():
            if first <= held.day.isoformat() < last:
                own = held.facts["postings"]
                touched = [{"account": {"isBankAccount": each["account"] == BANK_ACCOUNT}} for each in own]
                voucher = {"id": int(held.id), "externalVoucherNumber": held.number, "postings": touched}
                rows += [self._posting_row(each) | {"voucher": voucher} for each in own]
        return self._rows(rows, request)

    # Customers.

    def _customer_row(self, party: Mapping[str, Any]) -> dict[str, Any]:
        row = {name: value for name, value in party["body"].items() if name not in ("id", "version")}
        return row | {"id": int(party["id"]), "version": party["version"], "name": party["name"]}

    @answers("GET /customer")
    def customers_found(self, request: LedgerRequest) -> LedgerAnswer:
        """Those that everything asked for is true of."""
        found = [
            party
            for party in self.parties.values()
            if request.asked("organizationNumber") in ("", party["organization_number"])
            and request.asked("customerAccountNumber") in ("", party["number"])
            and request.asked("invoiceEmail") in ("", party["body"].get("invoiceEmail", ""))
        ]
        return self._rows([self._customer_row(party) for party in found], request)

    @answers("POST /customer")
    def create_customer(self, request: LedgerRequest) -> LedgerAnswer:
        """A customer whose number is its own."""
        body = request.body
        number = str(body.get("customerNumber") or self.next_id())
        if any(party["number"] == number for party in self.parties.values()):
            raise objected("Kundenummeret er i bruk.", field="customerNumber")
        party = {
            "id": self.next_id(),
            "number": number,
            "name": body["name"],
            "organization_number": body.get("organizationNumber", ""),
            "version": 1,
            "body": {**body, "customerNumber": int(number)},
        }
        self.parties[party["id"]] = party
        return LedgerAnswer(201, {"value": self._customer_row(party)})

    @answers("PUT /customer/{id}")
    def change_customer(self, request: LedgerRequest) -> LedgerAnswer:
        """Only on top of the version that stands there."""
        party = self.parties.get(request.path_args["id"])
        if party is None:
            raise Refused(404, {"status": 404, "code": 6000, "message": "Object not found"})
        if request.body.get("version") != party["version"]:
            raise Refused(409, {"status": 409, "code": 8000, "message": "Revision"})
        party["version"] += 1
        party["body"] |= request.body
        party["name"] = request.body.get("name", party["name"])
        return LedgerAnswer(200, {"value": self._customer_row(party)})

    # Lists.

    @answers("GET /currency")
    def currencies(self, request: LedgerRequest) -> LedgerAnswer:
        """By their codes."""
        wanted = request.asked("code")
        rows = [{"id": int(own), "code": code} for own, code in CURRENCIES.items() if wanted in ("", code)]
        return self._rows(rows, request)

    @answers("GET /ledger/account")
    def chart(self, request: LedgerRequest) -> LedgerAnswer:
        """The accounts, or those of banks."""
        rows = [
            {"id": int(own), "number": int(account["number"]), "name": f"Konto {account['number']}"}
            for own, account in self.accounts.items()
            if request.asked("isBankAccount") != "true" or account["number"] == BANK_ACCOUNT
        ]
        return self._rows(rows, request)

    @answers("GET /ledger/vatType")
    def vat_types(self, request: LedgerRequest) -> LedgerAnswer:
        """The codes of sales."""
        rows = [
            {"id": int(code), "number": code, "name": f"Kode {code}", "percentage": told["rate"]}
            for code, told in self.vat_codes.items()
        ]
        return self._rows(rows, request)

    @answers("GET /ledger/voucherType")
    def voucher_types(self, request: LedgerRequest) -> LedgerAnswer:
        """The types of vouchers."""
        return self._rows([{"id": int(own), "name": name} for own, name in VOUCHER_TYPES.items()], request)

    @answers("GET /project")
    def projects(self, request: LedgerRequest) -> LedgerAnswer:
        """The only project."""
        return self._rows([{"id": 71, "number": "P-1", "name": "Havna"}], request)

    @answers("GET /department")
    def departments(self, request: LedgerRequest) -> LedgerAnswer:
        """The only department."""
        return self._rows([{"id": 81, "departmentNumber": "10", "name": "Drift"}], request)

    # Behind our back.

    def changed(self, held: HeldDocument, amount: Decimal) -> None:
        """The claim and the first line against it grow."""
        typed = [each for each in held.facts["postings"] if not each["systemGenerated"]]
        sign = -1 if held.kind == "credit" else 1
        first = next(each for each in typed if each["amountGross"] * sign > 0)
        second = next(each for each in typed if each["amountGross"] * sign < 0)
        for each, added in ((first, sign * amount), (second, -sign * amount)):
            for name in ("amount", "amountCurrency", "amountGross", "amountGrossCurrency"):
                each[name] += added
        self._summed(held)

    def double(self, number: str) -> None:
        """With postings of its own."""
        super().double(number)
        for held in self.numbered(number):
            held.facts["postings"] = [dict(each) for each in held.facts["postings"]]

    def merge_customers(self, kept: str, gone: str) -> None:
        """Postings move with their customer."""
        with self.lock:
            for held in self.held.values():
                for each in held.facts["postings"]:
                    each["customer"] = kept if each["customer"] == gone else each["customer"]
        super().merge_customers(kept, gone)

    def pay(self, number: str, amount: Decimal, day: date) -> None:
        """Money that a bookkeeper registers on a document."""
        with self.lock:
            paid = self.numbered(number)[0]
            held = HeldDocument(
                id=self.next_id(), number="", kind="payment", day=day, currency=paid.currency, total=amount
            )
            held.facts = {"text": "Innbetaling", "postings": []}
            for account, sign in ((BANK_ACCOUNT, 1), (CUSTOMER_ACCOUNT, -1)):
                posting = {
                    "account": account, "vat": "0", "currency": paid.currency, "description": "Innbetaling",
                    "customer": paid.party_id if sign < 0 else "", "invoiceNumber": number if sign < 0 else "",
                    "type": "INCOMING_PAYMENT" if sign < 0 else "INCOMING_PAYMENT_OPPOSITE",
                    "amountGross": sign * amount, "amountGrossCurrency": sign * amount,
                }  # fmt: skip
                held.facts["postings"] += self._with_vat(posting, day)
            self._summed(held)
            self.hold(held)
