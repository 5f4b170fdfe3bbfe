"""What would become of a bank file, and what has become of it, line by line: for whoever imports by command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from payments.actions import bank_files
from payments.actions.bank_posting import movement_of
from payments.bank import claims as bank_claims
from payments.bank import queries as bank_queries
from payments.bank.matching import References, decide
from payments.bank_files.lines import BankFileContent, BankFileLine, LineKind, fingerprints
from payments.models import BankFile, BankLine, LineOutcome
from tenants.models import BankAccount, Organization

POSTED, WORK_LIST, REPEATED, ANNOUNCED = "posted", "work_list", "repeated", "announced"


@dataclass(frozen=True, slots=True)
class LineReport:
    """One movement: its amount with its sign, its reference, and what becomes of it and why."""

    amount: Decimal
    reference: str
    outcome: str
    reason: str


def rehearse(organization: Organization, content: BankFileContent, *, today: date) -> list[LineReport]:
    """What would become of every movement now; nothing is written. BankFileRefused as when it is imported."""
    accounts = bank_queries.list_bank_accounts(organization)
    bank_files.refuse_strange_accounts(content, accounts)
    booked = [line for line in content.lines if line.kind != LineKind.NOT_BOOKED]
    agreements = bank_queries.agreements_by_account(organization)
    own = {accounts[bank_queries.plain_number(number)].pk for number in content.accounts}
    if booked:
        bank_files.refuse_other_source(content, [agreements[key] for key in own if key in agreements])
    told = fingerprints(booked)
    standing = bank_queries.standing_fingerprints(organization.pk, told)
    decided = _decide(organization, booked, accounts, today)
    found = iter(zip(decided, told, strict=True))
    reports = []
    for line in content.lines:
        if line.kind == LineKind.NOT_BOOKED:
            reports.append(LineReport(line.signed_amount, line.reference, ANNOUNCED, ""))
            continue
        (outcome, reason), fingerprint = next(found)
        is_known = fingerprint in standing
        reports.append(
            LineReport(
                line.signed_amount, line.reference, REPEATED if is_known else outcome, "" if is_known else reason
            )
        )
    return reports


def report_lines(organization: Organization, file: BankFile, content: BankFileContent) -> list[LineReport]:
    """What has become of every movement of a file that was imported."""
    stored = dict(
        bank_queries.lines_of_file(organization, file.pk).order_by("position").values_list("position", "outcome")
    )
    reasons = dict(bank_queries.lines_of_file(organization, file.pk).values_list("position", "reason"))
    reports = []
    for line in content.lines:
        outcome = stored.get(line.position)
        if line.kind == LineKind.NOT_BOOKED:
            said = ANNOUNCED
        elif outcome is None:
            said = REPEATED
        else:
            said = POSTED if outcome == LineOutcome.POSTED else WORK_LIST
        reports.append(LineReport(line.signed_amount, line.reference, said, reasons.get(line.position, "")))
    return reports


def _decide(
    organization: Organization, lines: Sequence[BankFileLine], accounts: dict[str, BankAccount], today: date
) -> list[tuple[str, str]]:
    """Decide of each movement in order, the later ones seeing what the earlier ones pay."""
    rows = [_unstored(line, accounts[bank_queries.plain_number(line.account)]) for line in lines]
    books = bank_queries.books_by_account(organization, rows, today, accounts={row.bank_account for row in rows})
    movements = [movement_of(row) for row in rows]
    references = References(bank_claims.claims_by_reference(organization.pk, movements))
    open_now: dict[UUID, Decimal] = {}
    decided = []
    for row, movement in zip(rows, movements, strict=True):
        decision = decide(movement, references, open_now, books[row.bank_account_id].books)
        decided.append((WORK_LIST if decision.waits else POSTED, decision.reason.value))
    return decided


def _unstored(line: BankFileLine, account: BankAccount) -> BankLine:
    return BankLine(
        bank_account=account,
        day=line.day,
        amount=line.amount,
        is_out=line.is_out,
        currency=line.currency,
        kind=line.kind.value,
        is_lump_sum=line.is_lump_sum,
        reference=line.reference,
        reference_kind=line.reference_kind.value if line.reference_kind else "",
        is_reference_valid=line.is_reference_valid,
        text=line.text,
        payer_account=line.payer_account,
    )
