"""PowerOffice Go as it behaves: references once only, claims on the customers' own accounts, VAT carved out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from accounting_sync.mapping.entries import Target
from tests.ledgers.oauth import Tokens, basic_of, bearer_of
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

APPLICATION, CLIENT, SUBSCRIPTION = "application-of-the-tests", "client-of-the-tests", "subscription-of-the-tests"
RECEIVABLES, BANK = "1500", "1920"
RATES = {"10": "0", "13": "0.25", "131": "0.15", "132": "0.12", "15": "0", "16": "0", "151": "0", "152": "0"}
VAT_ACCOUNTS = {"13": "2700", "131": "2701", "132": "2702"}
VAT_OF = {
    "standard": ("13", 25), "food": ("131", 15), "low": ("132", 12), "zero": ("15", 0), "exempt": ("16", 0),
    "reverse_charge": ("151", 0), "export": ("152", 0), "outside": ("16", 0),
}  # fmt: skip
FIRST_CUSTOMER = 10_000
PAGED = ("AccountTransactions", "Customers", "Customerledger/Statement", "GeneralLedgerAccounts", "VatCodes")
EXPLODED = "the object resourceParameter goes out as the names in it, as OpenAPI explodes objects in a query"


def account_id(number: str) -> int:
    """Go names accounts by ids of its own."""
    return 5_000_000 + int(number)


def problem(detail: str, status: int = 400) -> Refused:
    """An error as Go writes it (RFC 9457)."""
    return Refused(status, {"Title": "Validation failed", "Status": status, "Detail": detail})


def cents(amount: Decimal) -> Decimal:
    """To the øre."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


class Ledger(System):
    """One client in PowerOffice Go."""

    slug = "poweroffice"
    hosts = ("goapi.poweroffice.net",)
    contracts = (
        Contract(
            file="poweroffice/openapi.yaml",
            host="goapi.poweroffice.net",
            prefix="/v2",
            undescribed={f"GET /{path}?{name}": EXPLODED for path in PAGED for name in ("PageNumber", "PageSize")}
            | {"PATCH /Customers/{id}:value": "it calls every value of a patch an object; RFC 6902 takes any"},
        ),
    )
    options = {"no_vat": "10"}
    beyond = dict.fromkeys(("GET /Projects", "GET /Departments"), "the copy was trimmed to what an invoice needs")
    targets = Targets(
        accounts={number: Target(str(account_id(number)), number) for number in OUR_ACCOUNTS},
        dimensions={"project": {"P-1": Target("71", "P-1")}, "department": {"10": Target("81", "10")}},
        vat={(ours, Decimal(rate)): Target(code, code) for ours, (code, rate) in VAT_OF.items()},
    )

    def reset(self) -> None:
        """The chart and the codes that every client begins with."""
        super().reset()
        self.tokens = Tokens(access_seconds=1200)
        self.accounts = {str(account_id(number)): {"number": number} for number in OUR_ACCOUNTS}
        self.vat_codes = {code: {"rate": Decimal(rate)} for code, rate in RATES.items()}

    # Entering.

    def secrets(self) -> dict[str, str]:
        """The three keys and a token."""
        token = str(self.tokens.give(with_refresh=False)["access_token"])
        keys = {"application_key": APPLICATION, "client_key": CLIENT, "subscription_key": SUBSCRIPTION}
        return keys | {"access_token": token}

    def authorized(self, request: LedgerRequest) -> bool:
        """By the token, and by the key of the subscription beside it."""
        is_known = request.headers.get("ocp-apim-subscription-key") == SUBSCRIPTION
        return is_known and not self.is_revoked and bearer_of(request) in self.tokens.access

    def token(self, request: LedgerRequest) -> LedgerAnswer | None:
        """RFC 6749 4.4, with the key of the subscription."""
        if request.path != "/OAuth/Token":
            return None
        is_known = request.headers.get("ocp-apim-subscription-key") == SUBSCRIPTION
        if self.is_revoked or not is_known or basic_of(request) != (APPLICATION, CLIENT):
            return LedgerAnswer(400, {"error": "invalid_client"})
        if request.form.get("grant_type") != "client_credentials":
            return LedgerAnswer(400, {"error": "unsupported_grant_type"})
        return LedgerAnswer(200, self.tokens.give(with_refresh=False))

    def expire(self) -> None:
        """Twenty minutes are over."""
        self.tokens.expire()

    def revoke(self) -> None:
        """The client has ended the integration."""
        super().revoke()
        self.tokens.revoke()

    # Vouchers.

    @answers("POST /Vouchers/ManualJournals")
    def create_voucher(self, request: LedgerRequest) -> LedgerAnswer:
        """Posted at once, if it balances in the currency of the books."""
        body = request.body
        reference = body.get("ExternalImportReference") or ""
        if self.by_key(reference) is not None:
            raise problem(f"A voucher with ExternalImportReference '{reference}' already exists on the client.")
        rows: list[dict[str, Any]] = []
        for line in body.get("VoucherLines") or []:
            rows += self._posted(line, body)
        if not rows:
            raise problem("The voucher has no lines.")
        if sum((row["Amount"] for row in rows), ZERO):
            raise problem("The voucher does not balance.")
        voucher_id = self.next_guid()
        held = HeldDocument(
            id=voucher_id,
            number=reference.partition(":")[2] or reference,
            kind=reference.partition(":")[0],
            day=date.fromisoformat(rows[0]["PostingDate"]),
            currency="NOK",
            total=ZERO,
            key=reference,
            facts={"rows": rows, "voucher_number": int(self.next_id()), "text": body.get("Description")},
        )
        self._summed(held)
        self.hold(held)
        made = {name: value for name, value in body.items() if name != "VoucherLines"}
        return LedgerAnswer(201, made | {"Id": voucher_id, "VoucherNo": held.facts["voucher_number"]})

    def _posted(self, line: Mapping[str, Any], body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The transactions of a line: its own, and that of its VAT."""
        day = date.fromisoformat(line["PostingDate"])
        if self.is_closed(day):
            raise problem(f"PostingDate {day} is on or before the lock date of the client.")
        customer = next((each for each in self.parties.values() if each["account"] == line["AccountId"]), None)
        account = self.accounts.get(str(line["AccountId"]))
        if account is None and customer is None:
            raise problem(f"AccountId {line['AccountId']} was not found.")
        if account is not None and account["number"] == RECEIVABLES:
            raise problem("Account 1500 is a subledger account: post to the customer instead.")
        code = self.vat_codes.get(str(line["VatId"]))
        if code is None:
            raise problem(f"VatId {line['VatId']} was not found.")
        if line.get("ProjectId", 71) != 71 or line.get("DepartmentId", 81) != 81:
            raise problem("The dimension was not found.")
        amount, currency = Decimal(line["CurrencyAmount"]), line.get("CurrencyCode") or body["CurrencyCode"]
        if not amount:
            raise problem("CurrencyAmount must not be 0.")
        rate = Decimal(line.get("CurrencyExchangeRate") or (1 if currency == "NOK" else 10))
        base = cents(amount * rate)
        own = {
            "AccountNo": int(RECEIVABLES if account is None else account["number"]),
            "Amount": base,
            "CurrencyAmount": amount,
            "CurrencyCode": currency,
            "PostingDate": day.isoformat(),
            "VoucherDate": body["VoucherDate"],
            "Description": line.get("Description") or "",
            "match": line.get("CustomMatchingReference") or "",
            "customer": "" if customer is None else customer["id"],
            "is_vat": False,
        }
        # Divided last: a fraction that was cut off would round an exact half the wrong way.
        rate = code["rate"]
        vat, vat_currency = cents(base * rate / (1 + rate)), cents(amount * rate / (1 + rate))
        if not vat:
            return [own]
        own |= {"Amount": base - vat, "CurrencyAmount": amount - vat_currency}
        carved = {"AccountNo": int(VAT_ACCOUNTS[str(line["VatId"])]), "Amount": vat, "CurrencyAmount": vat_currency}
        return [own, own | carved | {"is_vat": True}]

    def _summed(self, held: HeldDocument) -> None:
        rows: Sequence[Mapping[str, Any]] = held.facts["rows"]
        claims = [row for row in rows if row["customer"]]
        held.currency = (claims or rows)[0]["CurrencyCode"]
        if held.kind in ("sale", "credit"):
            held.total = abs(sum((row["CurrencyAmount"] for row in claims), ZERO))
            held.vat_total = abs(sum((row["CurrencyAmount"] for row in rows if row["is_vat"]), ZERO))
        else:
            own = [row for row in rows if row["CurrencyCode"] == held.currency]
            held.total = sum((max(row["CurrencyAmount"], ZERO) for row in own), ZERO)
        held.party_id = claims[0]["customer"] if claims else ""
        held.accounts = {}
        for row in rows:
            code = str(row["AccountNo"])
            held.accounts[code] = held.accounts.get(code, ZERO) + row["Amount"]

    def _row(self, held: HeldDocument, row: Mapping[str, Any]) -> dict[str, Any]:
        told = {
            name: row[name]
            for name in ("AccountNo", "Amount", "CurrencyAmount", "CurrencyCode", "PostingDate", "VoucherDate")
        }
        told |= {
            "VoucherId": held.id,
            "VoucherNo": held.facts["voucher_number"],
            "VoucherType": "ManualJournal",
            "VoucherDescription": held.facts.get("text"),
            "Description": row["Description"],
            "ExternalImportReference": held.key or None,
            "IsReversed": False,
        }
        if row["customer"]:
            told |= {"ContactId": int(row["customer"]), "CustomerAccountNo": self._number_of(row["customer"])}
        return told

    def _number_of(self, customer: str) -> int:
        return int(self.parties[customer]["number"]) if customer in self.parties else 0

    def _page(self, request: LedgerRequest, rows: Sequence[Any]) -> LedgerAnswer:
        page = page_of(rows, int(request.asked("PageNumber", "1")) - 1, int(request.asked("PageSize", "5000")))
        return LedgerAnswer(200, page) if page else LedgerAnswer(204)

    @answers("GET /AccountTransactions")
    def transactions(self, request: LedgerRequest) -> LedgerAnswer:
        """Of some days, or of some vouchers in them."""
        first, last = request.asked("fromDate"), request.asked("toDate")
        numbers = request.asked("voucherNos")
        rows = [
            self._row(held, row)
            for held in self.held.values()
            for row in held.facts["rows"]
            if first <= row["PostingDate"] <= last and numbers in ("", str(held.facts["voucher_number"]))
        ]
        return self._page(request, rows)

    @answers("GET /Customerledger/Statement")
    def statement(self, request: LedgerRequest) -> LedgerAnswer:
        """What stands on the customers' accounts."""
        first, last = request.asked("fromDate"), request.asked("toDate")
        rows = []
        for held in self.held.values():
            for row in held.facts["rows"]:
                if row["customer"] and first <= row["PostingDate"] <= last:
                    told = self._row(held, row) | {
                        "Id": row.get("id", 1),
                        "CustomMatchingReference": row["match"] or None,
                        "CustomerName": self.parties[row["customer"]]["name"],
                    }
                    rows.append({name: value for name, value in told.items() if name in STATED})
        return self._page(request, rows)

    @answers("PUT /VoucherDocumentation")
    def attach(self, request: LedgerRequest) -> LedgerAnswer:
        """The last file replaces the one before."""
        self.one(request.asked("id")).files = [request.files["file"][1]]
        return LedgerAnswer(204)

    @answers("GET /VoucherDocumentation")
    def documentation(self, request: LedgerRequest) -> LedgerAnswer:
        """Whether there is a file."""
        held = self.one(request.asked("id"))
        return LedgerAnswer(200, [{"VoucherId": held.id, "HasPdf": bool(held.files), "IsImported": True}])

    @answers("GET /LockDateSettings")
    def lock_date(self, request: LedgerRequest) -> LedgerAnswer:
        """The last day on which nothing may be posted."""
        days = [date(year, 12, 31) for year in self.locked_years]
        last = max([*days, self.closed_day or date(2020, 12, 31)])
        return LedgerAnswer(200, {"LockDate": last.isoformat()})

    # Customers.

    @answers("GET /Customers")
    def customers_found(self, request: LedgerRequest) -> LedgerAnswer:
        """By the references that other programs gave them."""
        reference, external = request.asked("externalImportReference"), request.asked("externalNos")
        rows = [
            self._customer_row(party)
            for party in self.parties.values()
            if reference in ("", party["body"].get("ExternalImportReference"))
            and external in ("", str(party["body"].get("ExternalNumber", "")))
        ]
        return self._page(request, rows)

    @answers("POST /Customers")
    def create_customer(self, request: LedgerRequest) -> LedgerAnswer:
        """A customer, with an account under the next number."""
        body = request.body
        reference = body.get("ExternalImportReference")
        if reference and any(
            each["body"].get("ExternalImportReference") == reference for each in self.parties.values()
        ):
            raise problem("ExternalImportReference must be unique within each client.")
        if not (body.get("LastName") if body.get("IsPerson") else body.get("Name")):
            raise problem("Name is required.")
        name = body.get("Name") or f"{body.get('FirstName', '')} {body['LastName']}".strip()
        identity = self.next_id()
        party = {
            "id": identity,
            "number": str(FIRST_CUSTOMER + len(self.parties)),
            "account": 7_000_000 + int(identity),
            "name": name,
            "organization_number": body.get("OrganizationNumber", ""),
            "body": dict(body),
        }
        self.parties[identity] = party
        return LedgerAnswer(201, self._customer_row(party))

    @answers("PATCH /Customers/{id}")
    def change_customer(self, request: LedgerRequest) -> LedgerAnswer:
        """RFC 6902."""
        party = self.parties.get(request.path_args["id"])
        if party is None:
            raise problem("The customer was not found.", 404)
        for each in request.body:
            party["body"][each["path"].removeprefix("/")] = each["value"]
        party["name"] = party["body"].get("Name") or party["name"]
        return LedgerAnswer(200, self._customer_row(party))

    def _customer_row(self, party: Mapping[str, Any]) -> dict[str, Any]:
        row = dict(party["body"]) | {"Id": int(party["id"]), "Number": int(party["number"]), "IsActive": True}
        if row.get("IsPerson"):
            row["FirstName"], _space, row["LastName"] = party["name"].rpartition(" ")
        else:
            row["Name"] = party["name"]
        return row | {"SubledgerAccountId": party["account"]}

    # Lists.

    @answers("GET /GeneralLedgerAccounts")
    def chart(self, request: LedgerRequest) -> LedgerAnswer:
        """The accounts."""
        rows = [
            {"Id": int(own), "AccountNo": int(told["number"]), "Name": f"Konto {told['number']}", "IsActive": True}
            for own, told in self.accounts.items()
        ]
        return self._page(request, rows)

    @answers("GET /VatCodes")
    def codes(self, request: LedgerRequest) -> LedgerAnswer:
        """The codes, their rates as parts of one."""
        rows = [
            {"Id": int(code), "Code": code[1:], "Name": f"Kode {code[1:]}", "Rate": told["rate"], "IsActive": True}
            for code, told in self.vat_codes.items()
        ]
        return self._page(request, rows)

    @answers("GET /Projects")
    def projects(self, request: LedgerRequest) -> LedgerAnswer:
        """The only project."""
        return self._page(request, [{"Id": 71, "Code": "P-1", "Name": "Havna", "IsActive": True}])

    @answers("GET /Departments")
    def departments(self, request: LedgerRequest) -> LedgerAnswer:
        """The only department."""
        return self._page(request, [{"Id": 81, "Code": "10", "Name": "Drift", "IsActive": True}])

    # Behind our back.

    def changed(self, held: HeldDocument, amount: Decimal) -> None:
        """The claim and what stands against it grow."""
        sign = -1 if held.kind == "credit" else 1
        for row in (
            next(row for row in held.facts["rows"] if row["Amount"] * sign > 0),
            next(row for row in held.facts["rows"] if row["Amount"] * sign < 0),
        ):
            added = amount if row["Amount"] > 0 else -amount
            row["Amount"] += added
            row["CurrencyAmount"] += added
        self._summed(held)

    def double(self, number: str) -> None:
        """By hand: the copy is called the same and has no reference."""
        with self.lock:
            for held in self.numbered(number):
                rows = [dict(row) for row in held.facts["rows"]]
                facts = {**held.facts, "rows": rows, "voucher_number": int(self.next_id())}
                self.hold(replace(held, id=self.next_guid(), key="", accounts=dict(held.accounts), facts=facts))

    def pay(self, number: str, amount: Decimal, day: date) -> None:
        """Money that the bank told of, matched with a claim."""
        with self.lock:
            paid = self.numbered(number)[0]
            rows = []
            for account, sign in ((BANK, 1), (RECEIVABLES, -1)):
                rows.append(
                    {
                        "AccountNo": int(account),
                        "Amount": sign * amount,
                        "CurrencyAmount": sign * amount,
                        "CurrencyCode": paid.currency,
                        "PostingDate": day.isoformat(),
                        "VoucherDate": day.isoformat(),
                        "Description": "OCR",
                        "match": "" if sign > 0 else number,
                        "is_vat": False,
                        "customer": "" if sign > 0 else paid.party_id,
                        "id": int(self.next_id()),
                    }
                )
            held = HeldDocument(
                id=self.next_guid(), number="", kind="payment", day=day, currency=paid.currency, total=amount
            )
            held.facts = {"rows": rows, "voucher_number": int(self.next_id())}
            self._summed(held)
            self.hold(held)


STATED = frozenset(
    {
        "Id", "Amount", "CurrencyAmount", "CurrencyCode", "CustomMatchingReference", "CustomerAccountNo",
        "CustomerName", "ExternalImportReference", "PostingDate", "VoucherDate", "VoucherId", "VoucherNo",
        "VoucherType",
    }
)  # fmt: skip
