"""Visma.net ERP as it behaves: journal transactions that count only once they are released, told a page of lines at a
time."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

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

PATH = "/controller/api/v2/journaltransaction"
VAT_OF = {
    "standard": ("3", 25), "food": ("31", 15), "low": ("33", 12), "zero": ("5", 0), "exempt": ("6", 0),
    "reverse_charge": ("51", 0), "export": ("52", 0), "outside": ("7", 0),
}  # fmt: skip
RECEIVABLES = "1500"


def objected(text: str, status: int = 400) -> Refused:
    """An error as Visma.net writes it."""
    return Refused(status, {"message": f"VismaId: 1. {text}"})


def worth(wrapped: Mapping[str, Any], name: str, otherwise: Any = None) -> Any:
    """A value out of its wrapping."""
    return (wrapped.get(name) or {}).get("value", otherwise)


class Ledger(System):
    """One company in Visma.net ERP."""

    slug = "visma-net"
    hosts = ("integration.visma.net", "connect.visma.com")
    contracts = (Contract(file="visma-net/openapi.yaml", host="integration.visma.net", prefix="/API"),)
    lacks = frozenset({"unique_numbers", "customers"})
    targets = Targets(
        accounts={number: Target(number, number) for number in OUR_ACCOUNTS},
        vat={(ours, Decimal(rate)): Target(code, code) for ours, (code, rate) in VAT_OF.items()},
    )

    def reset(self) -> None:
        """The chart and the codes that every company begins with."""
        super().reset()
        self.pages = OAuthCodePages(
            label="Visma.net ERP",
            authorize_path="/connect/authorize",
            token_path="/connect/token",
            revoke_path="/connect/revocation",
            tokens=Tokens(rotates=True),
        )
        self.accounts = {number: {"number": number} for number in OUR_ACCOUNTS}
        self.vat_codes = {code: {"rate": rate} for code, rate in VAT_OF.values()}

    # Entering.

    def secrets(self) -> dict[str, str]:
        """A fresh pair of tokens."""
        return self.pages.secrets()

    def authorized(self, request: LedgerRequest) -> bool:
        """A bearer token that holds."""
        return not self.is_revoked and self.pages.knows(request)

    def token(self, request: LedgerRequest) -> LedgerAnswer | None:
        """The pages of Visma Connect."""
        return self.pages.answer(request)

    def expire(self) -> None:
        """The hour is over."""
        self.pages.tokens.expire()

    def revoke(self) -> None:
        """The customer has removed the application."""
        super().revoke()
        self.pages.tokens.revoke()

    # Journal transactions.

    @answers(f"POST {PATH}")
    def create(self, request: LedgerRequest) -> LedgerAnswer:
        """A batch that balances; its place is told in a header and nothing else."""
        body = request.body
        day = date.fromisoformat(worth(body, "transactionDate")[:10])
        if worth(body, "financialPeriod") != f"{day.year}{day.month:02}":
            raise objected("The financial period does not suit the date.")
        if self.is_closed(day):
            raise objected(f"The {day.month:02}-{day.year} financial period is closed.")
        currency, rate = worth(body, "currencyId", "NOK"), Decimal(worth(body, "exchangeRate", 1))
        lines = [self._checked(line, rate) for line in body["journalTransactionLines"]]
        if sum((line["currency"] for line in lines), ZERO) or sum((line["base"] for line in lines), ZERO):
            raise objected("The batch is not balanced.")
        if not worth(body, "createVatTransaction") and any(line["vat"] for line in lines):
            raise objected("VAT needs VAT transactions.")
        text = worth(body, "description", "")
        held = HeldDocument(
            id=f"GL{int(self.next_id()):06}",
            number=text.partition("[")[2].partition("]")[0],
            kind="journal",
            day=day,
            currency=currency,
            total=ZERO,
            facts={"text": text, "lines": lines, "status": "Balanced", "names": []},
        )
        self._summed(held)
        self.hold(held)
        return LedgerAnswer(201, {}, {"Location": f"https://integration.visma.net/API{PATH}/{held.id}"})

    def _checked(self, line: Mapping[str, Any], rate: Decimal) -> dict[str, Any]:
        account = worth(line, "accountNumber")
        if account not in self.accounts:
            raise objected(f"Account '{account}' cannot be found in the system.")
        vat = worth(line, "vatId") or worth(line, "vatCodeId") or ""
        if vat and vat.removeprefix("K") not in self.vat_codes:
            raise objected(f"TaxCategoryID '{vat}' cannot be found in the system.")
        amount = Decimal(worth(line, "debitAmountInCurrency", 0)) - Decimal(worth(line, "creditAmountInCurrency", 0))
        return {
            "number": worth(line, "lineNumber"),
            "account": account,
            "currency": amount,
            "base": (amount * rate).quantize(Decimal("0.01"), ROUND_HALF_UP),
            "reference": worth(line, "referenceNumber", ""),
            "text": worth(line, "transactionDescription", ""),
            "vat": vat,
            "is_vat": "vatId" in line,
        }

    def _summed(self, held: HeldDocument) -> None:
        lines = held.facts["lines"]
        own = [line for line in lines if held.number and line["reference"] == held.number[:15]]
        owed = sum((line["currency"] for line in own), ZERO)
        claims = [line for line in lines if line["account"] == RECEIVABLES]
        others = len(lines) - len(claims)
        if own:
            held.kind = "sale" if owed > 0 else "credit"
        else:
            held.kind = "settlement" if not others else "payment" if claims and others == 1 else "journal"
        held.total = abs(owed) if own else sum((max(line["currency"], ZERO) for line in lines), ZERO)
        vat = sum((line["currency"] for line in lines if line["is_vat"]), ZERO)
        held.vat_total = abs(vat) if own else None
        held.accounts = {}
        for line in lines:
            held.accounts[line["account"]] = held.accounts.get(line["account"], ZERO) + line["base"]

    def _row(self, held: HeldDocument, numbers: range | None = None) -> dict[str, Any]:
        lines = held.facts["lines"]
        debits = sum((max(line["currency"], ZERO) for line in lines), ZERO)
        return {
            "batchNumber": held.id,
            "module": "ModuleGL",
            "description": held.facts["text"],
            "transactionDate": f"{held.day.isoformat()}T00:00:00Z",
            "financialPeriod": f"{held.day.year}{held.day.month:02}",
            "currencyId": held.currency,
            "status": held.facts["status"],
            "debitTotalInCurrency": debits,
            "attachments": [{"name": name} for name in held.facts["names"]],
            "journalTransactionLines": [
                {
                    "lineNumber": line["number"],
                    "accountNumber": line["account"],
                    "debitAmountInCurrency": max(line["currency"], ZERO),
                    "creditAmountInCurrency": max(-line["currency"], ZERO),
                    "debitAmount": max(line["base"], ZERO),
                    "creditAmount": max(-line["base"], ZERO),
                    "referenceNumber": line["reference"],
                    "transactionDescription": line["text"],
                }
                for line in lines
                if numbers is None or line["at"] in numbers
            ],
        }

    @answers(f"POST {PATH}/{{journalTransactionNumber}}/action/release")
    def release(self, request: LedgerRequest) -> LedgerAnswer:
        """From now on it counts; only once."""
        held = self.one(request.path_args["journalTransactionNumber"])
        if held.facts["status"] != "Balanced":
            raise objected("The batch status is not Balanced.")
        if self.is_closed(held.day):
            return LedgerAnswer(200, {"actionResult": "Failed", "errorInfo": "The financial period is closed."})
        held.facts["status"] = "Posted"
        return LedgerAnswer(200, {"actionResult": "Done"})

    @answers(f"GET {PATH}/{{journalTransactionNumber}}")
    def transaction(self, request: LedgerRequest) -> LedgerAnswer:
        """One batch."""
        return LedgerAnswer(200, self._row(self.one(request.path_args["journalTransactionNumber"])))

    @answers(f"GET {PATH}")
    def transactions(self, request: LedgerRequest) -> LedgerAnswer:
        """Those of a period; a page holds so many lines, and the rest of a batch stands on the next one."""
        wanted = request.asked("periodId")
        size, page = int(request.asked("pageSize", "500")), int(request.asked("pageNumber", "1"))
        shown = range((page - 1) * size, page * size)
        rows, at = [], 0
        for held in self.held.values():
            if f"{held.day.year}{held.day.month:02}" != wanted:
                continue
            for line in held.facts["lines"]:
                line["at"] = at
                at += 1
            if any(line["at"] in shown for line in held.facts["lines"]):
                rows.append(self._row(held, shown))
        return LedgerAnswer(200, rows)

    @answers(f"POST {PATH}/module/{{module}}/{{journalTransactionNumber}}/attachment")
    def attach(self, request: LedgerRequest) -> LedgerAnswer:
        """A file of a name that is there already becomes a revision of it."""
        held = self.one(request.path_args["journalTransactionNumber"])
        name, content = next(iter(request.files.values()))
        held.files = [content] if name in held.facts["names"] else [*held.files, content]
        held.facts["names"] = sorted({*held.facts["names"], name})
        return LedgerAnswer(201, {})

    # Lists.

    @answers("GET /controller/api/v1/account")
    def chart(self, request: LedgerRequest) -> LedgerAnswer:
        """The accounts."""
        return LedgerAnswer(200, [{"accountCD": own, "description": f"Konto {own}"} for own in self.accounts])

    @answers("GET /controller/api/v1/vat")
    def vats(self, request: LedgerRequest) -> LedgerAnswer:
        """The codes with their rates, and the categories that lines of sales bear."""
        rows = [
            {
                "vatId": code,
                "description": f"Kode {code}",
                "schedules": [
                    {"startDate": "2016-01-01T00:00:00Z", "vatRate": told["rate"]},
                    {"startDate": "2005-01-01T00:00:00Z", "vatRate": 1},
                ],
                "categories": [{"vatCategoryId": f"K{code}"}],
            }
            for code, told in self.vat_codes.items()
        ]
        return LedgerAnswer(200, rows)

    @answers("GET /controller/api/v1/ledger")
    def ledgers(self, request: LedgerRequest) -> LedgerAnswer:
        """The only one."""
        return LedgerAnswer(200, [{"number": "1", "description": "Hovedbok"}])

    @answers("GET /controller/api/v1/financialPeriod")
    def periods(self, request: LedgerRequest) -> LedgerAnswer:
        """The months of 2026."""
        rows = []
        for month in range(1, 13):
            end = date(2026, month, calendar.monthrange(2026, month)[1])
            is_closed = self.is_closed(date(2026, month, 1))
            told = {"year": 2026, "period": f"{month:02}", "endDate": f"{end}T00:00:00Z"}
            rows.append(told | {"closedInGeneralLedger": is_closed})
        return LedgerAnswer(200, rows)

    # Behind our back.

    def changed(self, held: HeldDocument, amount: Decimal) -> None:
        """The claim and what stands against it grow."""
        lines = held.facts["lines"]
        for side in (1, -1):
            line = next(line for line in lines if line["base"] * side > 0)
            line["base"] += side * amount
            line["currency"] += side * amount
        self._summed(held)

    def double(self, number: str) -> None:
        """With lines of its own."""
        with self.lock:
            for held in self.numbered(number):
                lines = [dict(line) for line in held.facts["lines"]]
                facts = {**held.facts, "lines": lines}
                again = replace(held, id=f"GL{int(self.next_id()):06}", accounts=dict(held.accounts), facts=facts)
                self.hold(again)
