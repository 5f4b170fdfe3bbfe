"""How e-conomic behaves: vouchers in a cash journal by its older API, booking and what is booked by its newer one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
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

REST = "restapi.e-conomic.com"
NEWER = "apis.e-conomic.com"
SECRETS = {"app_secret": "app-secret-of-bilag", "grant": "grant-of-the-agreement"}
JOURNAL, GROUP, TERMS = 3, 1, 2
RECEIVABLES = "1500"
ZERO = Decimal(0)
TYPES = {"financeVouchers": 5, "customerPayments": 2, "manualCustomerInvoices": 10}
VAT_CODES = {"U25": ("25", 2700), "U0": ("0", 2701), "UEUV": ("0", 2702), "OMV": ("0", 2905)}
VAT_OF = {
    ("standard", 25): "U25",
    ("zero", 0): "U0",
    ("exempt", 0): "U0",
    ("reverse_charge", 0): "OMV",
    ("export", 0): "UEUV",
    ("outside", 0): "U0",
}
BANKS = ("1920", "1945")
OPERATORS = {
    "eq": lambda told, wanted: told == wanted,
    "ne": lambda told, wanted: told != wanted,
    "gt": lambda told, wanted: told > wanted,
    "gte": lambda told, wanted: told >= wanted,
    "lt": lambda told, wanted: told < wanted,
    "lte": lambda told, wanted: told <= wanted,
}
# What may be filtered, as the contracts tell.
CUSTOMER_FILTERS = frozenset({"customerNumber", "name", "email", "corporateIdentificationNumber", "lastUpdated"})
DRAFT_FILTERS = frozenset({"journalNumber", "date", "entryNumber", "customerNumber"})
BOOKED_FILTERS = frozenset({"voucherNumber", "date", "entryNumber", "customerNumber", "customerInvoiceNumber", "text"})
FILE_FILTERS = frozenset({"number", "voucherNumber", "accountingYear"})
PROBLEM = {"Content-Type": "application/problem+json"}
CHANGED = "2026-03-01T08:00:00Z"


class Ledger(System):
    """One agreement whose accounting year is the calendar year."""

    slug = "e-conomic"
    hosts = (REST, NEWER)
    contracts = (
        Contract(file="e-conomic/rest.openapi.yaml", host=REST),
        Contract(file="e-conomic/journals.openapi.yaml", host=NEWER, prefix="/journalsapi/v15.0.0"),
        Contract(file="e-conomic/bookedentries.openapi.yaml", host=NEWER, prefix="/bookedEntriesapi/v4.0.0"),
        Contract(file="e-conomic/documents.openapi.yaml", host=NEWER, prefix="/documentsapi/v4.0.1"),
    )
    options = {"journal": str(JOURNAL), "customer_group": str(GROUP), "payment_terms": str(TERMS)}
    lacks = frozenset({"token_expiry", "unique_numbers"})
    targets = Targets(
        accounts={number: Target(number, number) for number in OUR_ACCOUNTS},
        vat={(treatment, Decimal(rate)): Target(code, code) for (treatment, rate), code in VAT_OF.items()},
        country="DK",
        base_currency="DKK",
        number_format="{0}",
    )

    def reset(self) -> None:
        """An agreement with accounts and VAT codes, nothing booked."""
        super().reset()
        self.accounts = {number: {"name": f"Konto {number}"} for number in OUR_ACCOUNTS}
        self.vat_codes = {code: {"rate": rate, "account": account} for code, (rate, account) in VAT_CODES.items()}
        self.kept: dict[str, LedgerAnswer] = {}
        self._voucher, self._entry = 5000, 100

    # Entering.

    def secrets(self) -> dict[str, str]:
        """Both tokens, which hold until they are revoked."""
        return dict(SECRETS)

    def authorized(self, request: LedgerRequest) -> bool:
        """The app and the agreement."""
        told = (request.headers.get("x-appsecrettoken"), request.headers.get("x-agreementgranttoken"))
        return not self.is_revoked and told == (SECRETS["app_secret"], SECRETS["grant"])

    def unauthorized(self, request: LedgerRequest) -> LedgerAnswer:
        """Each API in its own shape."""
        if request.host == REST:
            return LedgerAnswer(401, {"message": "Unauthorized.", "errorCode": "E00500", "httpStatusCode": 401})
        return LedgerAnswer(401, {"title": "Unauthorized", "status": 401}, dict(PROBLEM))

    def expire(self) -> None:
        """They do not."""

    def answer(self, request: LedgerRequest) -> LedgerAnswer:
        """A key that was seen before is answered with what was answered then."""
        key = request.headers.get("idempotency-key", "") if request.host == REST else ""
        if key in self.kept:
            before = self.kept[key]
            return LedgerAnswer(before.status, before.body, {"X-ResultFromCache": "true"})
        answer = super().answer(request)
        if key and answer.status < 300:
            self.kept[key] = answer
        return answer

    # Lists.

    @answers("GET /accounts")
    def _accounts(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [{"accountNumber": 1, "accountType": "heading", "name": "Resultat", "self": _place("accounts/1")}]
        for number, account in self.accounts.items():
            kind = "profitAndLoss" if number >= "3000" else "status"
            rows.append({"accountNumber": int(number), "accountType": kind, "name": account["name"]})
            rows[-1]["self"] = _place(f"accounts/{number}")
        return _page(request, rows)

    @answers("GET /vat-accounts")
    def _vat_accounts(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [
            {
                "vatCode": code,
                "name": f"Moms {code}",
                "ratePercentage": Decimal(told["rate"]),
                "account": {"accountNumber": told["account"], "self": _place(f"accounts/{told['account']}")},
                "self": _place(f"vat-accounts/{code}"),
            }
            for code, told in self.vat_codes.items()
        ]
        return _page(request, rows)

    @answers("GET /journals")
    def _journals(self, request: LedgerRequest) -> LedgerAnswer:
        return _page(request, [_numbered("journals", "journalNumber", JOURNAL, "Bilag")])

    @answers("GET /customer-groups")
    def _groups(self, request: LedgerRequest) -> LedgerAnswer:
        return _page(request, [_numbered("customer-groups", "customerGroupNumber", GROUP, "Kunder")])

    @answers("GET /payment-terms")
    def _terms(self, request: LedgerRequest) -> LedgerAnswer:
        row = _numbered("payment-terms", "paymentTermsNumber", TERMS, "Netto 14 dage")
        return _page(request, [{**row, "paymentTermsType": "net", "daysOfCredit": 14}])

    # Customers.

    @answers("GET /customers")
    def _customers(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [party["row"] for party in self.parties.values()]
        return _page(request, [row for row in rows if _suits(row, request, CUSTOMER_FILTERS)])

    @answers("POST /customers")
    def _create_customer(self, request: LedgerRequest) -> LedgerAnswer:
        number = str(request.body.get("customerNumber") or self.next_id())
        if number in self.parties:
            raise _objection("E04300", "customerNumber", "Customer with this number already exists.")
        if request.body["customerGroup"]["customerGroupNumber"] != GROUP:
            raise _objection("E04040", "customerGroup", "Customer group not found.")
        row = {**request.body, "customerNumber": int(number), "lastUpdated": CHANGED, "balance": 0}
        for name in ("customerGroup", "paymentTerms", "vatZone"):
            row[name] = {**row[name], "self": _place(name)}
        row["self"] = _place(f"customers/{number}")
        self.parties[number] = {
            "id": number,
            "number": number,
            "name": row["name"],
            "organization_number": row.get("corporateIdentificationNumber", ""),
            "row": row,
        }
        return LedgerAnswer(201, row)

    def rename_customer(self, party_id: str, name: str) -> None:
        """In the row that answers are made of, too."""
        super().rename_customer(party_id, name)
        self.parties[party_id]["row"]["name"] = name

    # Vouchers.

    @answers("POST /journals/{journalNumber}/vouchers")
    def _create_voucher(self, request: LedgerRequest) -> LedgerAnswer:
        if int(request.path_args["journalNumber"]) != JOURNAL:
            raise _objection("E05010", "journal", "Journal not found.", 404)
        year = request.body["accountingYear"]["year"]
        lines = [(kind, row) for kind, rows in request.body["entries"].items() for row in rows]
        for kind, row in lines:
            self._check_line(kind, row, year)
        self._voucher += 1
        drafts = [self._draft(kind, row) for kind, row in lines]
        self._hold(drafts, lines, request.headers.get("idempotency-key", ""))
        made = {
            "voucherNumber": self._voucher,
            "accountingYear": {"year": year, "self": _place(f"accounting-years/{year}")},
            "journal": {"journalNumber": JOURNAL, "self": _place(f"journals/{JOURNAL}")},
            "entries": {
                kind: [{"text": row.get("text", ""), "amount": row["amount"], "date": row["date"]} for row in rows]
                for kind, rows in request.body["entries"].items()
            },
        }
        return LedgerAnswer(201, [made])

    def _check_line(self, kind: str, row: Mapping[str, Any], year: str) -> None:
        day = date.fromisoformat(row["date"])
        if str(day.year) != year:
            raise _objection("E07080", "date", "The date is not within the accounting year of the voucher.")
        if self.is_closed(day):
            raise _objection("E07010", "accountingYear", "The accounting year or its period is closed or barred.")
        if kind == "financeVouchers":
            if str(row["account"]["accountNumber"]) not in self.accounts:
                raise _objection("E07030", "account", "Account not found.")
        elif str(row["customer"]["customerNumber"]) not in self.parties:
            raise _objection("E06010", "customer", "Customer not found.")
        code = row.get("vatAccount", {}).get("vatCode")
        if code is not None and code not in self.vat_codes:
            raise _objection("E07060", "vatAccount", f"VAT account {code} not found.")
        if code is None and row.get("vatAmount"):
            raise _objection("E07061", "vatAmount", "A VAT amount needs a VAT account.")
        if row["currency"]["code"] == "DKK" and row.get("exchangeRate", 100) != 100:
            raise _objection("E07070", "exchangeRate", "The exchange rate must be 100 for the base currency.")

    def _draft(self, kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
        self._entry += 1
        rate = Decimal(row.get("exchangeRate") or 100)
        amount = Decimal(row["amount"])
        vat = self._vat_of(row)
        return {
            "number": self._entry,
            "type": TYPES[kind],
            "voucher": self._voucher,
            "day": row["date"],
            "text": row.get("text", ""),
            "currency": row["currency"]["code"],
            "amount": amount,
            "base": Decimal(row.get("amountBaseCurrency", _rounded(amount * rate / 100))),
            "rate": rate,
            "vat": vat,
            "base_vat": Decimal(row.get("vatAmountBaseCurrency", _rounded(vat * rate / 100))),
            "code": row.get("vatAccount", {}).get("vatCode"),
            "account": row["account"]["accountNumber"] if "account" in row else None,
            "customer": row["customer"]["customerNumber"] if "customer" in row else None,
            "invoice": row.get("customerInvoice"),
            "due": row.get("dueDate"),
        }

    def _vat_of(self, row: Mapping[str, Any]) -> Decimal:
        """What is told, else what the rate of the code carves out of the amount."""
        if "vatAccount" not in row:
            return ZERO
        rate = Decimal(self.vat_codes[row["vatAccount"]["vatCode"]]["rate"])
        carved = _rounded(Decimal(row["amount"]) * rate / (100 + rate))
        return Decimal(row["vatAmount"]) if "vatAmount" in row else carved

    def _hold(
        self, drafts: list[dict[str, Any]], lines: Sequence[tuple[str, Mapping[str, Any]]], key: str
    ) -> HeldDocument:
        claims = [draft for draft in drafts if draft["type"] == 10]
        kinds = {kind for kind, _ in lines}
        has_money = any(str(draft["account"]) in BANKS for draft in drafts)
        if claims:
            kind = "sale" if claims[0]["amount"] > 0 else "credit"
        elif "customerPayments" in kinds and has_money:
            kind = "payment"
        else:
            kind = "settlement" if kinds == {"customerPayments"} else "journal"
        first = (claims or drafts)[0]
        total = abs(sum((draft["amount"] for draft in claims), ZERO))
        if not claims:
            total = sum((max(draft["base"], ZERO) for draft in drafts), ZERO)
        return self.hold(
            HeldDocument(
                id=f"{first['day'][:4]}-{first['voucher']}",  # the numbers of vouchers begin anew each year
                number=first["text"].partition("[")[2].partition("]")[0],
                kind=kind,
                day=date.fromisoformat(first["day"]),
                currency=first["currency"],
                total=total,
                vat_total=abs(sum((draft["vat"] for draft in drafts), ZERO)) if claims else None,
                party_id=str(first["customer"] or ""),
                open_amount=total if claims else None,
                accounts=_accounts_of(self._booked_rows(drafts)),
                key=key,
                facts={"voucher": first["voucher"], "drafts": drafts, "rows": []},
            )
        )

    @answers("GET /draft-entries")
    def _drafts(self, request: LedgerRequest) -> LedgerAnswer:
        rows = []
        for held in self.held.values():
            for draft in held.facts["drafts"]:
                row = {
                    "entryNumber": draft["number"],
                    "entryTypeNumber": draft["type"],
                    "voucherNumber": draft["voucher"],
                    "journalNumber": JOURNAL,
                    "date": f"{draft['day']}T00:00:00Z",
                    "amount": draft["amount"],
                    "currency": draft["currency"],
                    "text": draft["text"],
                    "customerNumber": draft["customer"],
                    "accountNumber": draft["account"],
                    "vatCode": draft["code"],
                }
                if _suits(row, request, DRAFT_FILTERS):
                    rows.append(row)
        return LedgerAnswer(200, {"items": rows})

    @answers("POST /journals/{journalNumber}/bookdraftentries")
    def _book(self, request: LedgerRequest) -> LedgerAnswer:
        wanted = set(request.body["entryNumbers"])
        if not wanted:
            raise _problem("OneAPIEntriesListCannotBeEmpty", "The list of entries cannot be empty.")
        held = [one for one in self.held.values() if any(draft["number"] in wanted for draft in one.facts["drafts"])]
        drafts = [draft for one in held for draft in one.facts["drafts"] if draft["number"] in wanted]
        if len(drafts) != len(wanted):
            raise _problem("JournalEntryDoesNotExist", "Journal entry does not exist.")
        if any(self.is_closed(date.fromisoformat(draft["day"])) for draft in drafts):
            raise _problem("JournalEntryDateAccountingYearPeriodBarred", "The period is barred.")
        if sum((draft["base"] for draft in drafts), ZERO):
            raise _problem("JournalVoucherDataIntegrityError", "The voucher does not balance.")
        for one in held:
            one.facts["rows"] += self._booked_rows(one.facts["drafts"])
            one.facts["drafts"] = []
            for row in one.facts["rows"]:
                self._match(row)
        return LedgerAnswer(204)

    def _booked_rows(self, drafts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """The lines of a booked voucher: the account without its VAT, and the VAT on the account of its code."""
        rows = []
        for draft in drafts:
            code = draft["code"]
            shared = {
                "text": draft["text"],
                "date": f"{draft['day']}T00:00:00Z",
                "currencyCode": draft["currency"],
                "voucherNumber": draft["voucher"],
                "type": draft["type"],
            }
            own = {"amount": draft["amount"] - draft["vat"], "amountInBaseCurrency": draft["base"] - draft["base_vat"]}
            account = draft["account"] or int(RECEIVABLES)
            row = {"entryNumber": draft["number"] * 10, "accountNumber": account, **own, **shared}
            if draft["customer"]:
                row |= {"customerNumber": draft["customer"], "customerInvoiceNumber": draft["invoice"]}
                row["remainder"] = draft["amount"]
            if code:
                row["vatAccountNumber"] = code
            rows.append(row)
            if draft["vat"]:
                vat = {"amount": draft["vat"], "amountInBaseCurrency": draft["base_vat"]}
                number = self.vat_codes[code]["account"] if code in self.vat_codes else VAT_CODES[code][1]
                rows.append({"entryNumber": draft["number"] * 10 + 1, "accountNumber": number, **vat, **shared})
        return rows

    def _match(self, row: dict[str, Any]) -> None:
        """A payment that names an invoice of its customer pays it."""
        if row["type"] != 2 or not row.get("customerInvoiceNumber"):
            return
        for held in self.held.values():
            for other in held.facts["rows"]:
                same = ("customerNumber", "customerInvoiceNumber")
                if other["type"] == 10 and all(other.get(name) == row.get(name) for name in same):
                    other["remainder"] += row["amount"]
                    held.open_amount = abs(other["remainder"])

    @answers("GET /booked-entries")
    def _booked(self, request: LedgerRequest) -> LedgerAnswer:
        rows = sorted(
            (row for held in self.held.values() for row in held.facts["rows"]), key=lambda row: row["entryNumber"]
        )
        fitting = [row for row in rows if _suits(row, request, BOOKED_FILTERS)]
        start = int(request.asked("cursor", "0"))
        page = fitting[start : start + 1000]
        more = {"cursor": str(start + 1000)} if len(fitting) > start + 1000 else {}
        return LedgerAnswer(200, {**more, "items": page})

    # Files.

    @answers("POST /AttachedDocuments")
    def _attach(self, request: LedgerRequest) -> LedgerAnswer:
        number = int(request.form["voucherNumber"])
        held = next((one for one in self.held.values() if one.facts["voucher"] == number), None)
        if held is None or str(held.day.year) != request.form["accountingYear"]:
            raise _problem("InvalidVoucherNumber", "There is no such voucher.")
        if held.files and request.form.get("onConflict") == "1":
            raise _problem("DocumentAlreadyAttachedToVoucher", "A document is attached to the voucher already.")
        held.files.append(request.files["file"][1])
        return LedgerAnswer(201, {"number": number * 10})

    @answers("GET /AttachedDocuments")
    def _files(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [
            {
                "number": held.facts["voucher"] * 10,
                "voucherNumber": held.facts["voucher"],
                "accountingYear": str(held.day.year),
            }
            for held in self.held.values()
            if held.files
        ]
        return LedgerAnswer(200, {"items": [row for row in rows if _suits(row, request, FILE_FILTERS)]})

    # What happens there behind our back.

    def changed(self, held: HeldDocument, amount: Decimal) -> None:
        """In the booked lines that answers are made of, too."""
        super().changed(held, amount)
        rows = held.facts["rows"]
        claim = next((row for row in rows if row["type"] == 10), rows[0])
        other = next(row for row in rows if row is not claim)
        sign = 1 if claim["amount"] > 0 else -1
        for row, added in ((claim, sign * amount), (other, -sign * amount)):
            row["amount"] += added
            row["amountInBaseCurrency"] += added

    def double(self, number: str) -> None:
        """The same lines under another voucher number."""
        with self.lock:
            before = set(self.held)
            super().double(number)
            for held in (one for held_id, one in self.held.items() if held_id not in before):
                self._voucher += 1
                rows = []
                for row in held.facts["rows"]:
                    self._entry += 1
                    rows.append({**row, "voucherNumber": self._voucher, "entryNumber": self._entry * 10})
                held.facts |= {"rows": rows, "drafts": [], "voucher": self._voucher}

    def pay(self, number: str, amount: Decimal, day: date) -> None:
        """Money that the bookkeeper books on an invoice."""
        with self.lock:
            sale = self.numbered(number, "sale")[0]
            self._voucher += 1
            told = {"date": day.isoformat(), "text": f"Indbetaling {number}", "currency": {"code": sale.currency}}
            customer = {"customerNumber": int(sale.party_id)}
            lines: list[tuple[str, dict[str, Any]]] = [
                ("customerPayments", {**told, "amount": -amount, "customer": customer, "customerInvoice": int(number)}),
                ("financeVouchers", {**told, "amount": amount, "account": {"accountNumber": int(BANKS[0])}}),
            ]
            held = self._hold([self._draft(kind, row) for kind, row in lines], lines, "")
            held.facts["rows"] = self._booked_rows(held.facts["drafts"])
            held.facts["drafts"] = []
            for row in held.facts["rows"]:
                self._match(row)


def _place(path: str) -> str:
    return f"https://{REST}/{path}"


def _numbered(path: str, name: str, number: int, label: str) -> dict[str, Any]:
    return {name: number, "name": label, "self": _place(f"{path}/{number}")}


def _page(request: LedgerRequest, rows: Sequence[Any]) -> LedgerAnswer:
    number, size = int(request.asked("skippages", "0")), int(request.asked("pagesize", "20"))
    pagination: dict[str, Any] = {"skipPages": number, "pageSize": size, "results": len(rows)}
    if len(rows) > (number + 1) * size:
        pagination["nextPage"] = _place(f"{request.path.lstrip('/')}?skippages={number + 1}&pagesize={size}")
    body = {"collection": page_of(rows, number, size), "pagination": pagination, "self": _place(request.path)}
    return LedgerAnswer(200, body)


def _suits(row: Mapping[str, Any], request: LedgerRequest, allowed: frozenset[str]) -> bool:
    """Whether a row passes the filter, which may name only some of its fields."""
    text = request.asked("filter")
    for part in text.split("$and:") if text else ():
        found = re.fullmatch(r"(\w+)\$(\w+):(.*)", part)
        if found is None or found[1] not in allowed or found[2] not in OPERATORS:
            raise _objection("E00100", "filter", f"The filter {part} cannot be used.")
        wanted = re.sub(r"\$([$()*,\[\]])", r"\1", found[3])
        told = row.get(found[1])
        if told is None:
            return False
        if isinstance(told, int):
            if not OPERATORS[found[2]](told, int(wanted)):
                return False
        elif not OPERATORS[found[2]](str(told)[: len(wanted)] if found[1] == "date" else str(told), wanted):
            return False
    return True


def _accounts_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, Decimal]:
    accounts: dict[str, Decimal] = {}
    for row in rows:
        code = str(row["accountNumber"])
        accounts[code] = accounts.get(code, ZERO) + row["amountInBaseCurrency"]
    return accounts


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))


def _objection(code: str, name: str, text: str, status: int = 400) -> Refused:
    errors = {name: {"errors": [{"errorMessage": text, "errorCode": code}]}}
    whole = {"message": "Validation failed.", "errorCode": "E04300", "httpStatusCode": status, "errors": errors}
    return Refused(status, whole)


def _problem(code: str, text: str) -> Refused:
    return Refused(400, {"title": "Bad Request", "status": 400, "errorCode": code, "detail": text}, PROBLEM)
