"""Payments with a KID as the bank sends them: OCR giro, service 09, transaction types 10 to 21."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from payments.bank_files.faults import FaultCode
from payments.bank_files.lines import BankFileLine, LineKind
from payments.bank_files.nets_records import Cursor, Record, amount_of, day_of
from payments.reference import ReferenceKind, is_valid_kid

SERVICE = "09"
CARD_PURCHASES = {"19", "21"}
CARD_REVERSALS = {"18", "20"}
WITH_TEXT = {"20", "21"}
TRANSACTION_TYPES = {f"{number}" for number in range(10, 22)}


@dataclass(frozen=True, slots=True, kw_only=True)
class OcrPayment:
    """One transaction in the terms of the file; the amount is in øre, negative where the sign says so."""

    line: int
    number: int
    transaction_type: str
    day: date
    minor: int
    kid: str
    archive_reference: str
    payer_account: str
    text: str


def read_payment(cursor: Cursor) -> OcrPayment:
    """Amount posting 1 and 2, and the text of a card payment."""
    first = cursor.take_kind(SERVICE, "30", "amount posting 1")
    if first.subtype not in TRANSACTION_TYPES:
        raise cursor.unexpected(first, "amount posting 1")
    number = cursor.number(first, 9, 15, "transaction number")
    second = _same_transaction(cursor, first, "31", "amount posting 2")
    text = ""
    if first.subtype in WITH_TEXT and _is_text_of(cursor, first):
        text = cursor.take("text").columns(16, 55).strip()
    order_day = second.columns(42, 47)
    if order_day.strip("0 ") and day_of(order_day) is None:
        cursor.faults.add(second.line, FaultCode.DATE, found=order_day)
    payer = cursor.digits(second, 48, 58, "payer account")
    return OcrPayment(
        line=first.line,
        number=number,
        transaction_type=first.subtype,
        day=cursor.day(first, 16, 21),
        minor=_signed_minor(cursor, first),
        kid=cursor.kid(first, 50, 74),
        archive_reference=second.columns(26, 34).strip(),
        payer_account=payer if payer.strip("0") else "",
        text=text,
    )


def _same_transaction(cursor: Cursor, first: Record, kind: str, expected: str) -> Record:
    record = cursor.take_kind(SERVICE, kind, expected)
    if record.subtype != first.subtype or record.columns(9, 15) != first.columns(9, 15):
        raise cursor.unexpected(record, expected)
    return record


def _is_text_of(cursor: Cursor, first: Record) -> bool:
    record = cursor.peek("text or the next transaction")
    return record.kind == "32" and record.text[2:6] == first.text[2:6] and record.columns(9, 15) == first.columns(9, 15)


def _signed_minor(cursor: Cursor, first: Record) -> int:
    minor = cursor.number(first, 33, 49, "amount")
    sign = first.columns(32, 32)
    if sign not in "0 -":
        cursor.faults.add(first.line, FaultCode.SIGN, found=sign)
    return -minor if sign == "-" else minor


def line_of(payment: OcrPayment, *, account: str, position: int) -> BankFileLine:
    """The payment as a bank line."""
    return BankFileLine(
        position=position,
        line=payment.line,
        day=payment.day,
        amount=amount_of(abs(payment.minor)),
        currency="NOK",
        account=account,
        kind=_kind_of(payment),
        is_out=payment.minor < 0 or payment.transaction_type in CARD_REVERSALS,
        reference=payment.kid,
        reference_kind=ReferenceKind.KID if payment.kid else None,
        is_reference_valid=not payment.kid or is_valid_kid(payment.kid),
        text=payment.text,
        payer_account=payment.payer_account,
        archive_reference=payment.archive_reference.strip("0") and payment.archive_reference,
        bank_code=payment.transaction_type,
    )


def _kind_of(payment: OcrPayment) -> LineKind:
    if payment.transaction_type in CARD_REVERSALS:
        return LineKind.REVERSAL
    if payment.minor < 0:
        return LineKind.DEBIT
    return LineKind.CARD if payment.transaction_type in CARD_PURCHASES else LineKind.CREDIT
