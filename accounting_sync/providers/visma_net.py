"""Visma.net ERP (Norway), controller API: every voucher of ours as a journal transaction, line by line, then released.

Claims stand on the account that ours is mapped to, without customers: a journal transaction takes none. VAT lines are
ours and are not checked there. Values are wrapped: {"value": …}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import ZERO, Entry, EntryKind, LinePart, Remote
from accounting_sync.providers.base import (
    Adapter,
    Answer,
    Call,
    CannotBeTaken,
    Choice,
    ListKind,
    Mode,
    Option,
    Problem,
    ProblemKind,
    Rate,
    Stage,
    Upload,
    chosen,
)
from accounting_sync.providers.entering import OAuthCode
from accounting_sync.providers.own_lines import OwnLine, own_lines
from accounting_sync.providers.reading import mark_in
from foundation.money import EXACT, round_amount

PAGE_SIZE = 1000
TEXT_MAX = 60
REFERENCE_MAX = 15
PATH = "/controller/api/v2/journaltransaction"
BOOKED = frozenset({"Unposted", "Posted", "Released", "Completed"})
CLOSED_WORDS = ("closed", "inactive", "lukket", "avsluttet")
LISTED = {
    ListKind.ACCOUNTS: "/controller/api/v1/account",
    ListKind.VAT_CODES: "/controller/api/v1/vat",
    ListKind.JOURNALS: "/controller/api/v1/ledger",
}


class VismaNet(Adapter):
    """One company in Visma.net ERP."""

    slug = "visma-net"
    label = "Visma.net ERP"
    countries = frozenset({"NO"})
    stage = Stage.PREVIEW
    unverified = (
        _("Visma allows this interface by an agreement with partners alone, and is replacing it."),
        _("Claims are booked without customers: choose an account for them that Visma.net lets vouchers be booked on."),
        _("Only companies whose fiscal year is the calendar year have been thought of."),
        _("How Visma.net reports VAT that is booked by journal transactions has not been seen on a live company."),
    )
    entering = OAuthCode(
        authorize_address="https://connect.visma.com/connect/authorize",
        exchange_address="https://connect.visma.com/connect/token",
        revoke_address="https://connect.visma.com/connect/revocation",
        scopes=(
            "vismanet_erp_interactive_api:create",
            "vismanet_erp_interactive_api:read",
            "vismanet_erp_interactive_api:update",
            "offline_access",
        ),
        client="visma-net",
    )
    limits = (Rate(2, 1.0), Rate(500, 3600.0))
    modes = (Mode.JOURNAL,)
    takes = {Mode.JOURNAL: frozenset(EntryKind)}
    lists = (ListKind.ACCOUNTS, ListKind.VAT_CODES, ListKind.JOURNALS)
    options = (
        Option("ledger", _("General ledger"), ListKind.JOURNALS, is_required=False),
        Option("branch", _("Branch"), is_required=False, hint=_("Only where the company has more than one.")),
    )
    attaches = True
    has_customers = False
    tells_closed_periods = True
    answer_seconds = 60.0

    def base(self) -> str:
        """The API of all companies: the token says which one."""
        return "https://integration.visma.net/API"

    def problem(self, call: Call, answer: Answer) -> Problem | None:
        """A closed period is told in words, and a release that failed with success."""
        if answer.is_success and isinstance(answer.body, Mapping) and answer.body.get("actionResult") == "Failed":
            return Problem(self._kind(str(answer.body.get("errorInfo"))), str(answer.body.get("errorInfo")))
        problem = super().problem(call, answer)
        if problem is not None and problem.kind == ProblemKind.INVALID:
            return Problem(self._kind(problem.text), problem.text, problem.code)
        return problem

    @staticmethod
    def _kind(text: str) -> ProblemKind:
        words = text.lower()
        is_closed = "perio" in words and any(word in words for word in CLOSED_WORDS)
        return ProblemKind.PERIOD_CLOSED if is_closed else ProblemKind.INVALID

    def objection_text(self, answer: Answer) -> str:
        """The message."""
        if isinstance(answer.body, Mapping):
            return str(answer.body.get("message") or "")
        return super().objection_text(answer)

    # Pushing.

    def refuse(self, entry: Entry) -> None:
        """Visma.net converts each line by itself, which must come out as in our books."""
        if len(f"[{entry.number}]") > TEXT_MAX:
            raise CannotBeTaken(_("The number is too long for the description of a voucher in Visma.net."))
        if not entry.is_foreign:
            return
        for line in own_lines(entry):
            if round_amount(EXACT.multiply(line.currency_amount, entry.exchange_rate)) != line.amount:
                raise CannotBeTaken(
                    _("Visma.net would convert “%(text)s” from %(currency)s differently. Book the voucher by hand.")
                    % {"text": line.text or line.account.code, "currency": entry.currency}
                )

    def steps(self, entry: Entry) -> Sequence[str]:
        """Made, released, and the file."""
        return ("create", "release", "attach") if entry.is_document and entry.pdf_name else ("create", "release")

    def build(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The call of a step."""
        if step == "release":
            return Call(method="POST", path=f"{PATH}/{done['create'].id}/action/release")
        if step == "attach":
            path = f"{PATH}/module/GL/{done['create'].id}/attachment"
            return Call(method="POST", path=path, upload=Upload(entry.pdf_name, b"", "application/pdf"))
        return Call(method="POST", path=PATH, body=self._transaction(entry))

    def parse(self, step: str, entry: Entry, answer: Answer) -> Remote:
        """What was made stands in the place that the answer names."""
        if step == "create":
            return Remote(id=answer.headers.get("location", "").rstrip("/").rpartition("/")[2])
        return Remote(id=step)

    def find(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call | None:
        """By the number in the description, among the transactions of the period; later steps by the transaction."""
        return self._period(entry.day) if step == "create" else self.read(entry, done)

    def found(self, step: str, entry: Entry, answer: Answer) -> Sequence[Remote]:
        """What bears our number and is of the same kind; whether it was released, or has its file."""
        if step == "release":
            return [Remote(id=step)] if answer.body.get("status") in BOOKED else []
        if step == "attach":
            names = [each.get("name") for each in answer.body.get("attachments") or []]
            return [Remote(id=step)] if entry.pdf_name in names else []
        kind = _kind_of(entry)
        rows = [_transaction_of(row, _vat_accounts(entry)) for row in answer.body or [] if _is_whole(row)]
        return [each for each in rows if each.number == entry.number and each.facts["kind"] == kind]

    def read(self, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The transaction."""
        return Call(method="GET", path=f"{PATH}/{done['create'].id}")

    def read_back(self, entry: Entry, answer: Answer) -> Remote:
        """What stands in the ledger."""
        return _transaction_of(answer.body, _vat_accounts(entry))

    def _transaction(self, entry: Entry) -> dict[str, Any]:
        lines = own_lines(entry)
        body: dict[str, Any] = {
            "description": {"value": f"[{entry.number}] {entry.text}"[:TEXT_MAX].rstrip()},
            "transactionDate": {"value": f"{entry.day.isoformat()}T00:00:00Z"},
            "financialPeriod": {"value": _period_of(entry.day)},
            "hold": {"value": False},
            "createVatTransaction": {"value": any(line.vat for line in lines)},
            "skipVatAmountValidation": {"value": True},
            "currencyId": {"value": entry.currency},
            "journalTransactionLines": [self._line(number, line) for number, line in enumerate(lines, start=1)],
        }
        if entry.is_foreign:
            body["exchangeRate"] = {"value": entry.exchange_rate}
        for name in ("ledger", "branch"):
            if value := chosen(self, name):
                body[name] = {"value": value}
        return body

    def _line(self, number: int, line: OwnLine) -> dict[str, Any]:
        side = "debitAmountInCurrency" if line.currency_amount > 0 else "creditAmountInCurrency"
        made: dict[str, Any] = {
            "operation": "Insert",
            "lineNumber": {"value": number},
            "accountNumber": {"value": line.account.code},
            side: {"value": abs(line.currency_amount)},
            "transactionDescription": {"value": line.text[:TEXT_MAX]},
        }
        if line.document_number:
            made["referenceNumber"] = {"value": line.document_number[:REFERENCE_MAX]}
        if line.vat is not None:
            is_vat = line.part == LinePart.VAT
            code = line.vat.id if is_vat else line.vat.facts.get("category") or line.vat.id
            made["vatId" if is_vat else "vatCodeId"] = {"value": code}
        return made

    # Lists.

    def fetch(self, kind: ListKind) -> Call:
        """One of Visma.net's lists, whole."""
        active = [("active", "true")] if kind == ListKind.ACCOUNTS else []
        return Call(method="GET", path=LISTED[kind], query=active)

    def listed(self, kind: ListKind, answer: Answer) -> Sequence[Choice]:
        """Rows of a list; of VAT the newest rate, and the code that sales bear."""
        rows = answer.body or []
        if kind == ListKind.ACCOUNTS:
            return [Choice(row["accountCD"], row["accountCD"], row.get("description") or "") for row in rows]
        if kind == ListKind.JOURNALS:
            return [Choice(row["number"], row["number"], row.get("description") or "") for row in rows]
        return [Choice(row["vatId"], row["vatId"], row.get("description") or "", _vat_facts(row)) for row in rows]

    def next_page(self, call: Call, answer: Answer) -> Call | None:
        """The lines after these; pages are told to be full by the lines on them."""
        page = dict(call.query).get("pageNumber")
        lines = sum(len(row.get("journalTransactionLines") or []) for row in answer.body) if page else 0
        return call.with_query(pageNumber=str(int(page) + 1)) if page and lines >= PAGE_SIZE else None

    def fetch_closed_through(self) -> Call:
        """The periods of the company."""
        return Call(method="GET", path="/controller/api/v1/financialPeriod")

    def closed_through(self, answer: Answer) -> date | None:
        """The last day of the last period that the general ledger has closed."""
        ends = [date.fromisoformat(row["endDate"][:10]) for row in answer.body if row.get("closedInGeneralLedger")]
        return max(ends, default=None)

    # Back.

    def list_pushed(self, first: date, last: date) -> Sequence[Call]:
        """The transactions of each month that the days touch."""
        months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
        return [self._period(date(month // 12, month % 12 + 1, 1)) for month in months]

    def pushed(self, call: Call, answer: Answer) -> Sequence[Remote]:
        """Those with a number of ours in their description."""
        rows = [_transaction_of(row, frozenset()) for row in answer.body or [] if _is_whole(row)]
        return [each for each in rows if each.number]

    def _period(self, day: date) -> Call:
        query = [("periodId", _period_of(day)), ("module", "GL"), ("pageNumber", "1"), ("pageSize", str(PAGE_SIZE))]
        return Call(method="GET", path=PATH, query=query)


def _period_of(day: date) -> str:
    return f"{day.year}{day.month:02}"


def _is_whole(row: Mapping[str, Any]) -> bool:
    """Whether a transaction begins on this page: one that is split over two is told of where it begins."""
    return any(line.get("lineNumber") == 1 for line in row.get("journalTransactionLines") or [])


def _vat_accounts(entry: Entry) -> frozenset[str]:
    return frozenset(line.account.code for line in entry.lines if line.part == LinePart.VAT)


def _kind_of(entry: Entry) -> str:
    """What `_transaction_of` will call it: a document bears its own number on its claim."""
    own = [line for line in entry.lines if line.part == LinePart.RECEIVABLE and line.document_number == entry.number]
    return "journal" if not own else "sale" if own[0].amount > 0 else "credit"


def _transaction_of(row: Mapping[str, Any], vat_accounts: frozenset[str]) -> Remote:
    """A journal transaction; of one that goes on on the next page the accounts are not known."""
    number = mark_in(row.get("description") or "")
    lines = row.get("journalTransactionLines") or []
    own = [line for line in lines if number and line.get("referenceNumber") == number[:REFERENCE_MAX]]
    claimed = sum((_currency_amount(line) for line in own), ZERO)
    accounts: dict[str, Decimal] = {}
    for line in lines:
        amount = Decimal(line.get("debitAmount") or 0) - Decimal(line.get("creditAmount") or 0)
        accounts[line["accountNumber"]] = accounts.get(line["accountNumber"], ZERO) + amount
    vat = sum((_currency_amount(line) for line in lines if line["accountNumber"] in vat_accounts), ZERO)
    return Remote(
        id=str(row["batchNumber"]),
        number=number,
        day=date.fromisoformat(row["transactionDate"][:10]),
        currency=row.get("currencyId") or "",
        total=abs(claimed) if own else Decimal(row.get("debitTotalInCurrency") or 0),
        vat_total=abs(vat) if vat_accounts else None,
        is_booked=row.get("status") in BOOKED,
        accounts={} if sum(accounts.values(), ZERO) else accounts,
        facts={"kind": "journal" if not own else "sale" if claimed > ZERO else "credit"},
    )


def _currency_amount(line: Mapping[str, Any]) -> Decimal:
    return Decimal(line.get("debitAmountInCurrency") or 0) - Decimal(line.get("creditAmountInCurrency") or 0)


def _vat_facts(row: Mapping[str, Any]) -> dict[str, str]:
    schedules = sorted(row.get("schedules") or [], key=lambda each: str(each.get("startDate") or ""))
    rate = Decimal(schedules[-1].get("vatRate") or 0) if schedules else ZERO
    category = next((each["vatCategoryId"] for each in row.get("categories") or [] if each.get("vatCategoryId")), "")
    return {"rate": f"{rate.normalize():f}", "category": category}
