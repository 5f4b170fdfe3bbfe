"""What every bank file comes to: statements of accounts and lines of money, whatever the format."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import BinaryIO

from payments.bank_files.faults import BankFileRefused, Fault, FaultCode
from payments.reference import ReferenceKind

BYTES_MAX = 100 * 1024 * 1024  # a camt.054 of 50,000 payments, written with line breaks, has about 65 MB
LINES_MAX = 200_000
CHUNK_BYTES = 1 << 20


class BankFileFormat(StrEnum):
    """The formats that are read."""

    OCR_GIRO = "ocr_giro"
    AVTALEGIRO = "avtalegiro"
    CAMT053 = "camt.053"
    CAMT054 = "camt.054"
    BGMAX = "bgmax"
    CSV = "csv"


class LineKind(StrEnum):
    """Which way the money went, and whether it may settle anything by itself: only CREDIT and CARD may."""

    CREDIT = "credit"
    CARD = "card"  # money in, paid by card
    DEBIT = "debit"  # money out, or a deduction
    REVERSAL = "reversal"  # something earlier taken back, whichever way
    NOT_BOOKED = "not_booked"  # announced by the bank, not yet on the account


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFileLine:
    """One movement as the bank tells it; the amount is positive, `is_out` says which way."""

    position: int  # in the file, from 1
    line: int  # of the file, where a person would look
    day: date
    amount: Decimal
    currency: str
    account: str
    kind: LineKind
    is_out: bool = False
    value_day: date | None = None
    reference: str = ""
    reference_kind: ReferenceKind | None = None
    is_reference_valid: bool = True  # the check digit is right; says nothing when there is no reference
    other_references: tuple[str, ...] = ()
    documents: tuple[tuple[str, str], ...] = ()  # what the payer says it settles: ("CINV", "1008")
    text: str = ""
    payer_name: str = ""
    payer_account: str = ""
    payer_number: str = ""  # organization number, where the bank tells it
    archive_reference: str = ""
    entry_reference: str = ""  # of the entry on the account that this is a part of
    bank_code: str = ""
    is_lump_sum: bool = False  # an entry whose payments stand in another file

    @property
    def signed_amount(self) -> Decimal:
        """Positive for money in, negative for money out."""
        return -self.amount if self.is_out else self.amount

    @property
    def may_settle(self) -> bool:
        """Is it money in of which the bank says whose it is, so that matching may post it by itself?"""
        return self.kind in (LineKind.CREDIT, LineKind.CARD) and not self.is_lump_sum

    @property
    def fingerprint_fields(self) -> tuple[str, ...]:
        """What makes a movement the same in a copy or in an overlapping file.

        The bank's own reference says more than words, which one bank cuts differently in its two messages.
        """
        fields = (self.account, self.day.isoformat(), f"{self.signed_amount:f}", self.currency, self.reference)
        if self.archive_reference:
            return (*fields, self.archive_reference)
        return (*fields, "", self.payer_account, self.payer_name, self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFileStatement:
    """What a file says of one account."""

    account: str
    currency: str
    identifier: str = ""
    opening: Decimal | None = None
    closing: Decimal | None = None
    is_copy: bool = False
    count: int = 0
    total: Decimal = Decimal("0.00")  # money in less money out


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """What the bank tells of one AvtaleGiro mandate."""

    line: int
    account: str
    kid: str
    is_new: bool  # new or changed; else part of a list of all that are active
    is_deleted: bool
    wants_notice: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFileContent:
    """A file that was read whole and holds together."""

    format: BankFileFormat
    message_id: str
    sender: str
    statements: tuple[BankFileStatement, ...]
    lines: tuple[BankFileLine, ...]
    mandates: tuple[Mandate, ...] = ()
    source: object = None  # the file in its own terms, for `report`
    warnings: tuple[Fault, ...] = ()  # what the file is not refused for

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that the file tells of, each once."""
        return tuple(dict.fromkeys(statement.account for statement in self.statements))


def fingerprints(lines: Sequence[BankFileLine]) -> list[str]:
    """One fingerprint per line, the same in every copy; equal lines of one file are told apart by their order."""
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for line in lines:
        fields = line.fingerprint_fields
        seen[fields] += 1
        found.append(hashlib.sha256("\x1f".join((*fields, str(seen[fields]))).encode()).hexdigest())
    return found


def read_bounded(stream: BinaryIO, *, bytes_max: int = BYTES_MAX) -> bytes:
    """The bytes of a stream; a larger one is refused after so many bytes, never read whole."""
    chunks: list[bytes] = []
    size = 0
    while chunk := stream.read(min(CHUNK_BYTES, bytes_max + 1 - size)):
        chunks.append(chunk)
        size += len(chunk)
        if size > bytes_max:
            raise BankFileRefused([Fault(0, FaultCode.TOO_LARGE, {"most": bytes_max // (1024 * 1024)})])
    return b"".join(chunks)


def sum_of(lines: Iterable[BankFileLine]) -> Decimal:
    """Money in less money out."""
    return sum((line.signed_amount for line in lines), start=Decimal("0.00"))
