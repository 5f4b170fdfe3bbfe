"""AvtaleGiro, service 21: mandates from the bank, and claims and their cancellations to it, read and written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from payments.bank_files.faults import FaultCode
from payments.bank_files.lines import Mandate
from payments.bank_files.nets_records import RECORD_LENGTH, Cursor, Record

SERVICE = "21"
CLAIMS, MANDATES, CANCELLATIONS = "00", "24", "36"  # types of assignment
PAYEE_NOTIFIES, BANK_NOTIFIES, CANCELLED = "02", "21", "93"  # types of claim
NETS: Final = "00008080"
TEXT_LINES_MAX, TEXT_COLUMNS = 42, 2
TEXT_WIDTH = 40
AMOUNT_MINOR_MAX = 10**17 - 1

_REGISTRATIONS = {"0", "1", "2"}  # active, new or changed, deleted
_DIGITS = re.compile(r"[0-9]+\Z")
_ACCOUNT = re.compile(r"[0-9]{11}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim on one payer, or the cancellation of one; `texts` are lines of 80 characters for the bank's notice."""

    number: int
    claim_type: str
    due_day: date
    minor: int
    kid: str
    short_name: str = ""
    reference: str = ""
    texts: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAssignment:
    """Claims for one account, or cancellations for it, never both."""

    number: str
    account: str
    claims: tuple[Claim, ...]
    is_cancellation: bool = False


def read_mandate(cursor: Cursor, *, account: str) -> Mandate:
    """One mandate record."""
    record = cursor.take_kind(SERVICE, "70", "mandate")
    registration, notice = record.columns(16, 16), record.columns(42, 42)
    if registration not in _REGISTRATIONS:
        cursor.faults.add(record.line, FaultCode.FIELD, field="registration", found=registration, first=16, last=16)
    if notice not in {"J", "N"}:
        cursor.faults.add(record.line, FaultCode.FIELD, field="own notice", found=notice, first=42, last=42)
    kid = cursor.kid(record, 17, 41)
    if not kid:
        cursor.faults.add(record.line, FaultCode.FIELD, field="kid", found="", first=17, last=41)
    return Mandate(
        line=record.line,
        account=account,
        kid=kid,
        is_new=registration == "1",
        is_deleted=registration == "2",
        wants_notice=notice == "J",
    )


def read_claim(cursor: Cursor, *, is_cancellation: bool) -> Claim:
    """Amount posting 1 and 2, and the text for the payer."""
    first = cursor.take_kind(SERVICE, "30", "amount posting 1")
    allowed = {CANCELLED} if is_cancellation else {PAYEE_NOTIFIES, BANK_NOTIFIES}
    if first.subtype not in allowed:
        raise cursor.unexpected(first, "amount posting 1")
    second = cursor.take_kind(SERVICE, "31", "amount posting 2")
    if second.columns(9, 15) != first.columns(9, 15):
        raise cursor.unexpected(second, "amount posting 2")
    texts: dict[int, list[str]] = {}
    while cursor.peek("text or the next transaction").kind == "49":
        _take_text(cursor, first, texts)
    return Claim(
        line=first.line,
        number=cursor.number(first, 9, 15, "transaction number"),
        claim_type=first.subtype,
        due_day=cursor.day(first, 16, 21),
        minor=cursor.number(first, 33, 49, "amount"),
        kid=cursor.kid(first, 50, 74),
        short_name=second.columns(16, 25).strip(),
        reference=second.columns(51, 75).strip(),
        texts=tuple("".join(columns).rstrip() for _, columns in sorted(texts.items())),
    )


def _take_text(cursor: Cursor, first: Record, texts: dict[int, list[str]]) -> None:
    record = cursor.take_kind(SERVICE, "49", "text")
    number, column = cursor.number(record, 17, 19, "text line"), cursor.number(record, 20, 20, "text column")
    if (
        not 1 <= number <= TEXT_LINES_MAX
        or not 1 <= column <= TEXT_COLUMNS
        or record.columns(9, 15) != first.columns(9, 15)
    ):
        raise cursor.unexpected(record, "text")
    texts.setdefault(number, [" " * TEXT_WIDTH] * TEXT_COLUMNS)[column - 1] = record.columns(21, 60)


def write_claims(
    assignments: Sequence[ClaimAssignment], *, sender: str, transmission: str, recipient: str = NETS
) -> bytes:
    """One transmission for the bank, with its control totals; the same claims give the same bytes.

    ValueError names what has no room in the layout. Sender is the customer unit of the agreement, eight digits.
    """
    if not assignments or any(not assignment.claims for assignment in assignments):
        raise ValueError("There is nothing to claim.")
    _refuse_long(sender, 8, "The customer unit")
    _refuse_long(transmission, 7, "The transmission number")
    records = [_filled(f"NY000010{sender:0>8}{transmission:0>7}{recipient:0>8}")]
    for assignment in assignments:
        records += _assignment_records(assignment)
    claims = [claim for assignment in assignments for claim in assignment.claims]
    total = sum(claim.minor for claim in claims)
    first_due = min(claim.due_day for claim in claims)
    records.append(_filled(f"NY000089{len(claims):08d}{len(records) + 1:08d}{total:017d}{first_due:%d%m%y}"))
    return "".join(f"{record}\r\n" for record in records).encode("iso-8859-1")


def _assignment_records(assignment: ClaimAssignment) -> list[str]:
    _refuse_long(assignment.number, 7, "The assignment number")
    if not _ACCOUNT.match(assignment.account):
        raise ValueError(f"{assignment.account} is not an account number of eleven digits.")
    subtype = CANCELLATIONS if assignment.is_cancellation else CLAIMS
    body = [record for claim in assignment.claims for record in _claim_records(claim, assignment)]
    days = [claim.due_day for claim in assignment.claims]
    counts = f"{len(assignment.claims):08d}{len(body) + 2:08d}{sum(claim.minor for claim in assignment.claims):017d}"
    return [
        _filled(f"NY21{subtype}20{0:09d}{assignment.number:0>7}{assignment.account}"),
        *body,
        _filled(f"NY21{subtype}88{counts}{min(days):%d%m%y}{max(days):%d%m%y}"),
    ]


def _claim_records(claim: Claim, assignment: ClaimAssignment) -> list[str]:
    subtype = CANCELLED if assignment.is_cancellation else claim.claim_type
    if not assignment.is_cancellation and subtype not in {PAYEE_NOTIFIES, BANK_NOTIFIES}:
        raise ValueError(f"{subtype} is not a type of claim.")
    if not 0 < claim.minor <= AMOUNT_MINOR_MAX:
        raise ValueError("A claim is for more than nothing.")
    _refuse_long(claim.kid.removesuffix("-") or "-", 25, "The KID")
    head = f"{claim.number:07d}"
    name, reference = _printable(claim.short_name, 10), _printable(claim.reference, 25)
    return [
        f"NY21{subtype}30{head}{claim.due_day:%d%m%y}{'':11}{claim.minor:017d}{claim.kid:>25}000000",
        f"NY21{subtype}31{head}{name}{'':25}{reference}00000",
        *_text_records(claim, subtype),
    ]


def _text_records(claim: Claim, subtype: str) -> list[str]:
    if len(claim.texts) > TEXT_LINES_MAX:
        raise ValueError(f"The bank's notice has room for {TEXT_LINES_MAX} lines.")
    return [
        _filled(f"NY21{subtype}49{claim.number:07d}4{line:03d}{column + 1}{_printable(part, TEXT_WIDTH)}")
        for line, text in enumerate(claim.texts, start=1)
        for column, part in enumerate((text[:TEXT_WIDTH], text[TEXT_WIDTH : 2 * TEXT_WIDTH]))
        if part.strip() or column == 0
    ]


def _printable(text: str, width: int) -> str:
    """Cut and padded, in letters that ISO 8859-1 has; a line break would begin a record of its own."""
    flat = "".join(character if character.isprintable() else " " for character in text)
    return f"{flat.encode('iso-8859-1', 'replace').decode('iso-8859-1')[:width]:<{width}}"


def _refuse_long(digits: str, length: int, what: str) -> None:
    if not _DIGITS.match(digits) or len(digits) > length:
        raise ValueError(f"{what} has at most {length} digits; {digits!r} has no room.")


def _filled(record: str) -> str:
    return record.ljust(RECORD_LENGTH, "0")
