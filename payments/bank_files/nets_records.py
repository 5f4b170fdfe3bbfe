"""The 80-character records that OCR giro and AvtaleGiro share: fields by column, and a cursor over them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from payments.bank_files.faults import FaultCode, FaultList

RECORD_LENGTH = 80
CENTURY_TURN = 70  # two-digit years from here on are of the last century

_DIGITS = re.compile(r"[0-9]+\Z")
_KID = re.compile(r"(?:[0-9]+-?)?\Z")
_ACCOUNT = re.compile(r"[0-9]{11}\Z")


@dataclass(frozen=True, slots=True)
class Record:
    """One record and the line that it stands on."""

    line: int
    text: str

    def columns(self, first: int, last: int) -> str:
        """What stands in these columns, counted from 1 as the banks count them."""
        return self.text[first - 1 : last]

    @property
    def service(self) -> str:
        """09 payments, 21 AvtaleGiro, 00 the transmission itself."""
        return self.text[2:4]

    @property
    def subtype(self) -> str:
        """The type of the transaction or of the assignment."""
        return self.text[4:6]

    @property
    def kind(self) -> str:
        """10 and 89 transmission, 20 and 88 assignment, 30 and up within it."""
        return self.text[6:8]


def text_lines(data: bytes, faults: FaultList) -> list[str]:
    """The lines of a file in ISO 8859-1, without line breaks and without empty lines at the end."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")) or b"\x00" in data:
        raise faults.refuse(1, FaultCode.ENCODING, expected="ISO 8859-1")
    lines = [line.removesuffix("\r") for line in data.decode("iso-8859-1").split("\n")]
    while lines and not lines[-1].strip(" \x1a\r"):
        lines.pop()
    if not lines:
        raise faults.refuse(0, FaultCode.EMPTY)
    return lines


def read_records(data: bytes, faults: FaultList) -> list[Record]:
    """Every line as a record of 80 characters that begins with NY."""
    records = []
    for number, text in enumerate(text_lines(data, faults), start=1):
        record = text[:RECORD_LENGTH] if not text[RECORD_LENGTH:].strip(" ") else text
        if len(record) != RECORD_LENGTH:
            raise faults.refuse(number, FaultCode.RECORD_LENGTH, length=len(record), expected=RECORD_LENGTH)
        if not record.startswith("NY") or not record[2:8].isdecimal():
            raise faults.refuse(number, FaultCode.RECORD_UNKNOWN, start=record[:8])
        records.append(Record(number, record))
    return records


class Cursor:
    """Walks over the records; notes faults of fields and stops at faults of order."""

    def __init__(self, records: list[Record], faults: FaultList) -> None:
        self._records = records
        self._place = 0
        self.faults = faults

    @property
    def is_done(self) -> bool:
        """Is nothing left?"""
        return self._place == len(self._records)

    @property
    def place(self) -> int:
        """How many records were taken."""
        return self._place

    def peek(self, expected: str) -> Record:
        """The next record; refuses a file that ends before it."""
        if self.is_done:
            raise self.faults.refuse(len(self._records), FaultCode.ENDS_EARLY, expected=expected)
        return self._records[self._place]

    def take(self, expected: str) -> Record:
        """The next record, whatever it is."""
        record = self.peek(expected)
        self._place += 1
        return record

    def take_kind(self, service: str, kind: str, expected: str) -> Record:
        """The next record, which has to be of this service and kind."""
        record = self.peek(expected)
        if (record.service, record.kind) != (service, kind):
            raise self.unexpected(record, expected)
        self._place += 1
        return record

    def unexpected(self, record: Record, expected: str) -> Exception:
        """The refusal of a record in a place where another one belongs."""
        return self.faults.refuse(record.line, FaultCode.RECORD_UNEXPECTED, found=record.text[:8], expected=expected)

    def digits(self, record: Record, first: int, last: int, field: str) -> str:
        """Digits only; anything else is a fault."""
        text = record.columns(first, last)
        if _DIGITS.match(text):
            return text
        self.faults.add(record.line, FaultCode.FIELD, field=field, found=text.strip(), first=first, last=last)
        return "0"

    def number(self, record: Record, first: int, last: int, field: str) -> int:
        """A whole number."""
        return int(self.digits(record, first, last, field))

    def account(self, record: Record, first: int, last: int) -> str:
        """An account number of eleven digits, not all zero."""
        text = record.columns(first, last)
        if not _ACCOUNT.match(text) or not text.strip("0"):
            self.faults.add(record.line, FaultCode.ACCOUNT, found=text.strip())
        return text

    def kid(self, record: Record, first: int, last: int) -> str:
        """A KID without the blanks before it; nothing at all is allowed."""
        text = record.columns(first, last).strip(" ")
        if not _KID.match(text):
            self.faults.add(record.line, FaultCode.FIELD, field="kid", found=text, first=first, last=last)
        return text

    def day(self, record: Record, first: int, last: int) -> date:
        """A day as DDMMYY; anything else is a fault."""
        text = record.columns(first, last)
        found = day_of(text)
        if found is None:
            self.faults.add(record.line, FaultCode.DATE, found=text)
            return date.min
        return found


@lru_cache(maxsize=1024)
def day_of(text: str) -> date | None:
    """A day from DDMMYY; None when it is none."""
    if not _DIGITS.match(text) or len(text) != 6:
        return None
    day, month, year = int(text[:2]), int(text[2:4]), int(text[4:])
    try:
        return date(year + (1900 if year >= CENTURY_TURN else 2000), month, day)
    except ValueError:
        return None


def amount_of(minor: int) -> Decimal:
    """An amount with two decimals from øre or öre."""
    return Decimal(minor).scaleb(-2)
