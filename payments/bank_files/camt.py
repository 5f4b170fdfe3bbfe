"""camt.053 and camt.054 as bank lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from payments.bank_files.camt_checks import balance, day_of, details_total
from payments.bank_files.camt_files import parse_camt
from payments.bank_files.camt_message import BOOKED, CamtEntry, CamtReference, CamtStatement, CamtTransaction
from payments.bank_files.faults import Fault, FaultCode, FaultList
from payments.bank_files.lines import (
    BankFileContent,
    BankFileFormat,
    BankFileLine,
    BankFileStatement,
    LineKind,
    sum_of,
)
from payments.bank_files.references import classify_reference, plain_account

STRUCTURED = "SCOR"  # the type of a reference that the payee gave out
COPIES = {"COPY", "CODU", "DUPL"}


@dataclass(frozen=True, slots=True)
class _Part:
    """What of a payment is for one reference."""

    amount: Decimal
    reference: CamtReference | None
    others: tuple[str, ...] = ()


def read_camt(data: bytes, *, keeps_source: bool = True) -> BankFileContent:
    """The whole message, or `BankFileRefused` with everything that is wrong in it.

    Without its source each entry is forgotten once its lines are made: a large file is held once, not twice.
    """
    faults = FaultList()
    lines: list[BankFileLine] = []
    ends: dict[int, int] = {}  # after which of the lines a statement ends

    def take(entry: CamtEntry, statement: CamtStatement) -> None:
        lines.extend(_lines_of(entry, statement, position=len(lines) + 1))
        ends[id(statement)] = len(lines)
        if keeps_source:
            statement.entries.append(entry)

    file = parse_camt(data, faults, take)
    faults.raise_if_any()
    statements = []
    first = 0
    for statement in file.statements:
        end = ends.get(id(statement), first)
        statements.append(_statement(statement, lines[first:end]))
        first = end
    return BankFileContent(
        format=BankFileFormat.CAMT053 if file.schema.message == "053" else BankFileFormat.CAMT054,
        message_id=file.message_id,
        sender="",
        statements=tuple(statements),
        lines=tuple(lines),
        source=file if keeps_source else None,
        warnings=tuple(_wrong_references(lines)),
    )


def _statement(statement: CamtStatement, lines: list[BankFileLine]) -> BankFileStatement:
    return BankFileStatement(
        account=plain_account(statement.account),
        currency=statement.currency or next(iter(statement.sums.currencies), ""),
        identifier=statement.identifier,
        opening=balance(statement, "OPBD", "PRCD"),
        closing=balance(statement, "CLBD"),
        is_copy=statement.copy in COPIES,
        count=len(lines),
        total=sum_of(line for line in lines if line.kind != LineKind.NOT_BOOKED),
    )


def _lines_of(entry: CamtEntry, statement: CamtStatement, *, position: int) -> Iterator[BankFileLine]:
    """A line per payment where the bank tells what each is worth, else one for the whole entry."""
    payments = entry.transactions
    if entry.booking is None and entry.value is None:
        return  # announced without a day: it comes again when it is booked
    if len(payments) == 1:
        told = payments[0].money
        is_told = told is not None and details_total(entry) is not None
        amount = told.amount if told is not None and is_told else entry.money.amount
        yield from _payment_lines(entry, payments[0], statement, position, amount)
    elif payments and details_total(entry) is not None:
        for payment in payments:
            amount = payment.money.amount if payment.money else entry.money.amount
            for line in _payment_lines(entry, payment, statement, position, amount):
                yield line
                position += 1
    else:
        yield _entry_line(entry, statement, position)


def _entry_line(entry: CamtEntry, statement: CamtStatement, position: int) -> BankFileLine:
    """The entry as one line: a lump sum, or payments that the bank names without amounts."""
    references = tuple(told.reference for payment in entry.transactions for told in payment.references)
    texts = [text for payment in entry.transactions for text in payment.texts]
    return BankFileLine(
        position=position,
        line=entry.line,
        day=_day(entry),
        value_day=day_of(entry.value),
        amount=entry.money.amount,
        currency=entry.money.currency,
        account=plain_account(statement.account),
        kind=_kind(entry, entry.direction),
        is_out=entry.direction == "DBIT",
        other_references=references,
        documents=tuple(document for payment in entry.transactions for document in payment.documents),
        text=" ".join([*texts, entry.information]).strip(),
        archive_reference=entry.bank_reference,
        entry_reference=entry.bank_reference,
        bank_code=entry.bank_code or "",
        is_lump_sum=True,
    )


def _payment_lines(
    entry: CamtEntry, payment: CamtTransaction, statement: CamtStatement, position: int, amount: Decimal
) -> Iterator[BankFileLine]:
    """One line; several where the payer says how much each of several references is for, to the last øre."""
    own = tuple(told for told in payment.references if told.kind == STRUCTURED)
    shares = [told.amount for told in own if told.amount is not None]
    if len(own) > 1 and len(shares) == len(own) and sum(shares) == amount and not payment.documents:
        for told, share in zip(own, shares, strict=True):
            yield _payment_line(entry, payment, statement, position, _Part(share, told))
            position += 1
        return
    first = own[0] if own else None
    others = tuple(told.reference for told in payment.references if told is not first)
    yield _payment_line(entry, payment, statement, position, _Part(amount, first, others))


def _payment_line(
    entry: CamtEntry, payment: CamtTransaction, statement: CamtStatement, position: int, part: _Part
) -> BankFileLine:
    direction = payment.direction or entry.direction
    told, currency = part.reference, entry.money.currency
    kind, is_valid = classify_reference(told.reference, currency, issuer=told.issuer) if told else (None, True)
    is_single = len(entry.transactions) == 1
    own_reference = payment.bank_reference or payment.other_reference
    return BankFileLine(
        position=position,
        line=payment.line,
        day=_day(entry),
        value_day=day_of(entry.value),
        amount=part.amount,
        currency=currency,
        account=plain_account(statement.account),
        kind=_kind(entry, direction),
        is_out=direction == "DBIT",
        reference=told.reference if told else "",
        reference_kind=kind,
        is_reference_valid=is_valid,
        other_references=part.others,
        documents=payment.documents,
        text=" ".join(payment.texts) or (entry.information if is_single else ""),
        payer_name=payment.payer_name or "",
        payer_account=plain_account(payment.payer_account),
        payer_number=payment.payer_number,
        archive_reference=own_reference or (entry.bank_reference if is_single else ""),
        entry_reference=entry.bank_reference,
        bank_code=entry.bank_code or "",
    )


def _kind(entry: CamtEntry, direction: str) -> LineKind:
    if entry.status != BOOKED:
        return LineKind.NOT_BOOKED
    if entry.is_reversal:
        return LineKind.REVERSAL
    return LineKind.CREDIT if direction == "CRDT" else LineKind.DEBIT


def _day(entry: CamtEntry) -> date:
    return day_of(entry.booking) or day_of(entry.value) or date.min


def _wrong_references(lines: list[BankFileLine]) -> Iterator[Fault]:
    for line in lines:
        if not line.is_reference_valid:
            yield Fault(line.line, FaultCode.FIELD, {"field": "kid", "found": line.reference, "first": 0, "last": 0})
