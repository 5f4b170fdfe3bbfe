"""Bankgirot's payments, BGMAX: sections per bankgiro number, each closed by the deposit that its payments add up to."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from payments.bank_files.faults import Fault, FaultCode, FaultList
from payments.bank_files.lines import (
    LINES_MAX,
    BankFileContent,
    BankFileFormat,
    BankFileLine,
    BankFileStatement,
    LineKind,
    sum_of,
)
from payments.bank_files.nets_records import RECORD_LENGTH, Record, amount_of, text_lines
from payments.reference import ReferenceKind, is_valid_ocr

LAYOUT, LAYOUT_VERSION = "BGMAX", "01"
CURRENCIES = {"SEK", "EUR"}
REFERENCE_RIGHT, REFERENCE_WRONG = "2", "5"

_DIGITS = re.compile(r"[0-9]+\Z")


@dataclass(slots=True, kw_only=True)
class BgmaxPayment:
    """One payment or deduction; the amount is in öre, positive."""

    line: int
    is_deduction: bool
    payer_bankgiro: str
    reference: str
    minor: int
    reference_code: str
    channel: str
    serial: str
    extra: list[tuple[str, int, bool]] = field(default_factory=list)  # reference, öre, is it a deduction
    texts: list[str] = field(default_factory=list)
    payer: str = ""
    payer_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BgmaxDeposit:
    """What reached the account, and when."""

    day: date
    serial: str
    minor: int
    currency: str
    count: int


@dataclass(slots=True, kw_only=True)
class BgmaxSection:
    """The payments to one bankgiro number in one currency, and their deposit."""

    line: int
    bankgiro: str
    currency: str
    payments: list[BgmaxPayment] = field(default_factory=list)
    deposit: BgmaxDeposit | None = None

    @property
    def net(self) -> int:
        """Payments less deductions, in öre."""
        return sum(-payment.minor if payment.is_deduction else payment.minor for payment in self.payments)


@dataclass(slots=True, kw_only=True)
class BgmaxFile:
    """A whole file with the counts of its end record."""

    stamp: str = ""
    sections: list[BgmaxSection] = field(default_factory=list)
    told: dict[str, int] = field(default_factory=dict)


def read_bgmax(data: bytes) -> BankFileContent:
    """Every section of the file, or `BankFileRefused` with everything that is wrong in it."""
    faults = FaultList()
    file = _Reader(faults).read(data)
    faults.raise_if_any()
    lines: list[BankFileLine] = []
    statements = []
    for section in file.sections:
        first = len(lines)
        for payment in section.payments:
            lines.append(_line_of(payment, section, position=len(lines) + 1))
        statements.append(
            BankFileStatement(
                account=section.bankgiro,
                currency=section.currency,
                identifier=section.deposit.serial if section.deposit else "",
                count=len(section.payments),
                total=sum_of(lines[first:]),
            )
        )
    wrong = (line for line in lines if not line.is_reference_valid)
    return BankFileContent(
        format=BankFileFormat.BGMAX,
        message_id=file.stamp,
        sender="",
        statements=tuple(statements),
        lines=tuple(lines),
        source=file,
        warnings=tuple(
            Fault(line.line, FaultCode.FIELD, {"field": "ocr", "found": line.reference, "first": 13, "last": 37})
            for line in wrong
        ),
    )


class _Reader:
    """Goes through the records in their order: start, sections, end."""

    def __init__(self, faults: FaultList) -> None:
        self.faults = faults
        self.file = BgmaxFile()
        self._section: BgmaxSection | None = None
        self._count = 0
        self._takers: dict[str, Callable[[Record], None]] = {
            "05": self._take_section,
            "20": self._take_payment,
            "21": self._take_payment,
            "22": self._take_extra,
            "23": self._take_extra,
            "25": self._take_text,
            "26": self._take_name,
            "27": self._take_address,
            "28": self._take_address,
            "29": self._take_payer_number,
            "15": self._take_deposit,
        }

    def read(self, data: bytes) -> BgmaxFile:
        """The file in its own terms."""
        records = self._records(data)
        self._take_start(records[0])
        for record in records[1:-1]:
            taker = self._takers.get(record.columns(1, 2))
            if taker is None:
                raise self._unexpected(record, "a record between start and end")
            taker(record)
        self._take_end(records[-1], len(records))
        return self.file

    def _records(self, data: bytes) -> list[Record]:
        records = []
        for number, text in enumerate(text_lines(data, self.faults), start=1):
            record = f"{text.rstrip(' '):<{RECORD_LENGTH}}"
            if len(record) != RECORD_LENGTH:
                raise self.faults.refuse(number, FaultCode.RECORD_LENGTH, length=len(record), expected=RECORD_LENGTH)
            records.append(Record(number, record))
        return records

    def _take_start(self, record: Record) -> None:
        if record.columns(1, 2) != "01" or record.columns(3, 22).strip() != LAYOUT:
            raise self._unexpected(record, "start of file")
        if record.columns(23, 24) != LAYOUT_VERSION:
            raise self.faults.refuse(record.line, FaultCode.UNKNOWN_MESSAGE, found=f"BGMAX {record.columns(23, 24)}")
        if record.columns(45, 45) == "T":
            raise self.faults.refuse(record.line, FaultCode.TEST_FILE)
        self.file.stamp = record.columns(25, 44).strip()

    def _take_section(self, record: Record) -> None:
        if self._section is not None:
            raise self._unexpected(record, "deposit")
        currency = record.columns(23, 25)
        if currency not in CURRENCIES:
            self.faults.add(record.line, FaultCode.CURRENCY, found=currency)
        bankgiro = self._digits(record, 3, 12, "bankgiro").lstrip("0")
        if not 7 <= len(bankgiro) <= 8:
            self.faults.add(record.line, FaultCode.ACCOUNT, found=bankgiro)
        self._section = BgmaxSection(line=record.line, bankgiro=bankgiro, currency=currency)

    def _take_payment(self, record: Record) -> None:
        section = self._open_section(record, "start of section")
        self._count += 1
        if self._count > LINES_MAX:
            raise self.faults.refuse(record.line, FaultCode.TOO_MANY_LINES, most=LINES_MAX)
        section.payments.append(
            BgmaxPayment(
                line=record.line,
                is_deduction=record.columns(1, 2) == "21",
                payer_bankgiro=record.columns(3, 12).strip().lstrip("0"),
                reference=record.columns(13, 37).strip(),
                minor=int(self._digits(record, 38, 55, "amount")),
                reference_code=record.columns(56, 56).strip(),
                channel=record.columns(57, 57).strip(),
                serial=record.columns(58, 69).strip(),
            )
        )

    def _take_extra(self, record: Record) -> None:
        minor = int(self._digits(record, 38, 55, "amount"))
        is_deduction = record.columns(1, 2) == "23"
        self._open_payment(record).extra.append((record.columns(13, 37).strip(), minor, is_deduction))

    def _take_text(self, record: Record) -> None:
        self._open_payment(record).texts.append(record.columns(3, 52).strip())

    def _take_name(self, record: Record) -> None:
        self._open_payment(record).payer = record.columns(3, 37).strip()

    def _take_address(self, record: Record) -> None:
        self._open_payment(record)  # an address is not kept; the customer has one

    def _take_payer_number(self, record: Record) -> None:
        self._open_payment(record).payer_number = record.columns(3, 14).strip()

    def _take_deposit(self, record: Record) -> None:
        section = self._open_section(record, "start of section")
        self._section = None
        section.deposit = BgmaxDeposit(
            day=self._day(record, 38, 45),
            serial=record.columns(46, 50).strip(),
            minor=int(self._digits(record, 51, 68, "sum")),
            currency=record.columns(69, 71),
            count=int(self._digits(record, 72, 79, "number of payments")),
        )
        self.file.sections.append(section)
        deposit, line = section.deposit, record.line
        if deposit.currency != section.currency:
            values = {"found": deposit.currency, "expected": section.currency}
            self.faults.add(line, FaultCode.CURRENCY_DIFFERS, **values)
        if deposit.minor != section.net:
            told, found = f"{amount_of(deposit.minor):f}", f"{amount_of(section.net):f}"
            self.faults.add(line, FaultCode.SUM_DIFFERS, told=told, found=found)
        self._check_count(line, "payments of the deposit", deposit.count, len(section.payments))

    def _take_end(self, record: Record, last: int) -> None:
        if record.columns(1, 2) != "70":
            raise self.faults.refuse(last, FaultCode.ENDS_EARLY, expected="end of file")
        if self._section is not None:
            raise self._unexpected(record, "deposit")
        payments = [payment for section in self.file.sections for payment in section.payments]
        deductions = sum(payment.is_deduction for payment in payments)
        found = {
            "payments": len(payments) - deductions,
            "deductions": deductions,
            "extra_refs": sum(len(payment.extra) for payment in payments),
            "deposits": len(self.file.sections),
        }
        for place, (what, count) in enumerate(found.items()):
            told = int(self._digits(record, 3 + 8 * place, 10 + 8 * place, what))
            self.file.told[what] = told
            self._check_count(record.line, what.replace("_refs", " references"), told, count)

    def _check_count(self, line: int, what: str, told: int, found: int) -> None:
        if told != found:
            self.faults.add(line, FaultCode.COUNT_DIFFERS, what=what, told=told, found=found)

    def _open_section(self, record: Record, expected: str) -> BgmaxSection:
        if self._section is None:
            raise self._unexpected(record, expected)
        return self._section

    def _open_payment(self, record: Record) -> BgmaxPayment:
        if self._section is None or not self._section.payments:
            raise self._unexpected(record, "payment")
        return self._section.payments[-1]

    def _unexpected(self, record: Record, expected: str) -> Exception:
        return self.faults.refuse(
            record.line, FaultCode.RECORD_UNEXPECTED, found=record.text[:8].strip(), expected=expected
        )

    def _digits(self, record: Record, first: int, last: int, name: str) -> str:
        text = record.columns(first, last)
        if _DIGITS.match(text):
            return text
        self.faults.add(record.line, FaultCode.FIELD, field=name, found=text.strip(), first=first, last=last)
        return "0"

    def _day(self, record: Record, first: int, last: int) -> date:
        text = record.columns(first, last)
        try:
            return date.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:]}")
        except ValueError:
            self.faults.add(record.line, FaultCode.DATE, found=text)
            return date.min


def _line_of(payment: BgmaxPayment, section: BgmaxSection, *, position: int) -> BankFileLine:
    is_reference = payment.reference_code in (REFERENCE_RIGHT, REFERENCE_WRONG) and payment.reference.isdecimal()
    return BankFileLine(
        position=position,
        line=payment.line,
        day=section.deposit.day if section.deposit else date.min,
        amount=amount_of(payment.minor),
        currency=section.currency,
        account=section.bankgiro,
        kind=LineKind.DEBIT if payment.is_deduction else LineKind.CREDIT,
        is_out=payment.is_deduction,
        reference=payment.reference,
        reference_kind=ReferenceKind.OCR if is_reference else None,
        is_reference_valid=not is_reference
        or (payment.reference_code == REFERENCE_RIGHT and is_valid_ocr(payment.reference)),
        other_references=tuple(reference for reference, _minor, _is_deduction in payment.extra),
        text=" ".join(payment.texts),
        payer_name=payment.payer,
        payer_account=payment.payer_bankgiro,
        payer_number=payment.payer_number.lstrip("0"),
        archive_reference=payment.serial if payment.serial.strip("0") else "",
        entry_reference=section.deposit.serial if section.deposit else "",
        bank_code=payment.reference_code,
    )
