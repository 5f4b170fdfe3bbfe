"""Files of OCR giro and AvtaleGiro: transmissions with assignments, their counts and sums checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from payments.bank_files import avtalegiro, ocr_giro
from payments.bank_files.avtalegiro import Claim
from payments.bank_files.faults import Fault, FaultCode, FaultList
from payments.bank_files.lines import (
    LINES_MAX,
    BankFileContent,
    BankFileFormat,
    BankFileLine,
    BankFileStatement,
    Mandate,
    sum_of,
)
from payments.bank_files.nets_records import Cursor, Record, amount_of, read_records
from payments.bank_files.ocr_giro import OcrPayment

PAYMENTS = (ocr_giro.SERVICE, "00")
CLAIMS = (avtalegiro.SERVICE, avtalegiro.CLAIMS)
CANCELLATIONS = (avtalegiro.SERVICE, avtalegiro.CANCELLATIONS)
MANDATES = (avtalegiro.SERVICE, avtalegiro.MANDATES)
ASSIGNMENTS = {PAYMENTS, CLAIMS, CANCELLATIONS, MANDATES}


@dataclass(slots=True, kw_only=True)
class NetsAssignment:
    """The transactions of one account; only one of the three lists is filled."""

    line: int
    service: str
    assignment_type: str
    agreement: str
    number: str
    account: str
    payments: list[OcrPayment] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    mandates: list[Mandate] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many transactions it holds."""
        return len(self.payments) + len(self.claims) + len(self.mandates)

    @property
    def net(self) -> int:
        """The sum in øre; credit notes are netted, reversals of card payments are not."""
        return sum(payment.minor for payment in self.payments) + sum(claim.minor for claim in self.claims)


@dataclass(slots=True, kw_only=True)
class NetsTransmission:
    """What was sent in one go."""

    number: str
    sender: str
    recipient: str
    assignments: list[NetsAssignment] = field(default_factory=list)


def read_nets_file(data: bytes) -> BankFileContent:
    """Every transmission of the file, or `BankFileRefused` with everything that is wrong in it."""
    faults = FaultList()
    cursor = Cursor(read_records(data, faults), faults)
    transmissions = []
    while not cursor.is_done:
        transmissions.append(_read_transmission(cursor))
    faults.raise_if_any()
    return _content(transmissions)


def _read_transmission(cursor: Cursor) -> NetsTransmission:
    before = cursor.place
    start = cursor.take_kind("00", "10", "start of transmission")
    transmission = NetsTransmission(
        number=cursor.digits(start, 17, 23, "transmission number"),
        sender=cursor.digits(start, 9, 16, "sender"),
        recipient=cursor.digits(start, 24, 31, "recipient"),
    )
    while cursor.peek("end of transmission").kind == "20":
        transmission.assignments.append(_read_assignment(cursor))
    end = cursor.take_kind("00", "89", "end of transmission")
    count = sum(assignment.count for assignment in transmission.assignments)
    net = sum(assignment.net for assignment in transmission.assignments)
    _check_totals(cursor, end, count=count, records=cursor.place - before, net=net)
    return transmission


def _read_assignment(cursor: Cursor) -> NetsAssignment:
    before = cursor.place
    start = cursor.take("start of assignment")
    key = (start.service, start.subtype)
    if key not in ASSIGNMENTS:
        raise cursor.unexpected(start, "start of assignment")
    assignment = NetsAssignment(
        line=start.line,
        service=start.service,
        assignment_type=start.subtype,
        agreement=cursor.digits(start, 9, 17, "agreement"),
        number=cursor.digits(start, 18, 24, "assignment number"),
        account=cursor.account(start, 25, 35),
    )
    while cursor.peek("end of assignment").kind != "88":
        _read_transaction(cursor, key, assignment)
        if assignment.count > LINES_MAX:
            raise cursor.faults.refuse(start.line, FaultCode.TOO_MANY_LINES, most=LINES_MAX)
    end = cursor.take_kind(start.service, "88", "end of assignment")
    if end.subtype != start.subtype:
        raise cursor.unexpected(end, "end of assignment")
    _check_totals(
        cursor,
        end,
        count=assignment.count,
        records=cursor.place - before,
        net=None if key == MANDATES else assignment.net,
    )
    return assignment


def _read_transaction(cursor: Cursor, key: tuple[str, str], assignment: NetsAssignment) -> None:
    if key == PAYMENTS:
        assignment.payments.append(ocr_giro.read_payment(cursor))
    elif key == MANDATES:
        assignment.mandates.append(avtalegiro.read_mandate(cursor, account=assignment.account))
    else:
        assignment.claims.append(avtalegiro.read_claim(cursor, is_cancellation=key == CANCELLATIONS))


def _check_totals(cursor: Cursor, end: Record, *, count: int, records: int, net: int | None) -> None:
    told_count = cursor.number(end, 9, 16, "number of transactions")
    told_records = cursor.number(end, 17, 24, "number of records")
    if told_count != count:
        cursor.faults.add(end.line, FaultCode.COUNT_DIFFERS, what="transactions", told=told_count, found=count)
    if told_records != records:
        cursor.faults.add(end.line, FaultCode.COUNT_DIFFERS, what="records", told=told_records, found=records)
    if net is None:
        return
    told = cursor.number(end, 25, 41, "sum")
    if told != abs(net):
        told_sum, found_sum = f"{amount_of(told):f}", f"{amount_of(net):f}"
        cursor.faults.add(end.line, FaultCode.SUM_DIFFERS, told=told_sum, found=found_sum)


def _content(transmissions: list[NetsTransmission]) -> BankFileContent:
    assignments = [assignment for transmission in transmissions for assignment in transmission.assignments]
    lines: list[BankFileLine] = []
    statements = []
    for assignment in assignments:
        first = len(lines)
        for payment in assignment.payments:
            lines.append(ocr_giro.line_of(payment, account=assignment.account, position=len(lines) + 1))
        statements.append(_statement(assignment, lines[first:]))
    is_ocr = any(assignment.service == ocr_giro.SERVICE for assignment in assignments)
    return BankFileContent(
        format=BankFileFormat.OCR_GIRO if is_ocr else BankFileFormat.AVTALEGIRO,
        message_id="+".join(transmission.number for transmission in transmissions),
        sender=transmissions[0].sender,
        statements=tuple(statements),
        lines=tuple(lines),
        mandates=tuple(mandate for assignment in assignments for mandate in assignment.mandates),
        source=tuple(transmissions),
        warnings=tuple(_wrong_references(lines)),
    )


def _statement(assignment: NetsAssignment, lines: list[BankFileLine]) -> BankFileStatement:
    return BankFileStatement(
        account=assignment.account,
        currency="NOK",
        identifier=assignment.number,
        count=assignment.count,
        total=sum_of(lines),
    )


def _wrong_references(lines: Iterable[BankFileLine]) -> Iterable[Fault]:
    """No total covers a KID: one with a wrong check digit is told of, and its line waits for a person."""
    return (
        Fault(line.line, FaultCode.FIELD, {"field": "kid", "found": line.reference, "first": 50, "last": 74})
        for line in lines
        if not line.is_reference_valid
    )
