"""What was read, as plain values for JSON: each format in its own terms, amounts as text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from payments.bank_files.avtalegiro import Claim
from payments.bank_files.bgmax import BgmaxFile, BgmaxPayment, BgmaxSection
from payments.bank_files.camt_message import CamtEntry, CamtFile, CamtStatement, CamtTransaction
from payments.bank_files.lines import BankFileContent, BankFileLine, Mandate
from payments.bank_files.nets_files import NetsAssignment, NetsTransmission
from payments.bank_files.nets_records import amount_of
from payments.bank_files.ocr_giro import OcrPayment

Json = dict[str, Any]


def report(content: BankFileContent) -> Json:
    """The content of a file that was accepted."""
    source = content.source
    if isinstance(source, CamtFile):
        return _camt(source)
    if isinstance(source, BgmaxFile):
        return _bgmax(source)
    if isinstance(source, tuple):
        return _nets(content, source)
    return {"accept_file": True, "lines": [_line(line) for line in content.lines]}


def _nets(content: BankFileContent, transmissions: tuple[NetsTransmission, ...]) -> Json:
    assignments = [assignment for transmission in transmissions for assignment in transmission.assignments]
    heads = [{"number": sent.number, "sender": sent.sender, "recipient": sent.recipient} for sent in transmissions]
    parsed = {
        "accept_file": True,
        "transmission": heads[0],
        "assignments": [_assignment(assignment) for assignment in assignments],
        "control_totals_ok": True,  # else the file would have been refused
        "problems": [
            f"line {warning.line}: {warning.values['found']} is no KID with a right check digit"
            for warning in content.warnings
        ],
        "sum": _minor(sum(assignment.net for assignment in assignments)),
        "count": sum(assignment.count for assignment in assignments),
    }
    return parsed | ({"transmissions": heads} if len(heads) > 1 else {})


def _assignment(assignment: NetsAssignment) -> Json:
    return {
        "service": assignment.service,
        "type": assignment.assignment_type,
        "agreement": assignment.agreement,
        "number": assignment.number,
        "account": assignment.account,
        "transactions": [
            *(_ocr_payment(payment) for payment in assignment.payments),
            *(_claim(claim) for claim in assignment.claims),
            *(_mandate(number, mandate) for number, mandate in enumerate(assignment.mandates, start=1)),
        ],
        "sum": _minor(assignment.net),
        "count": assignment.count,
    }


def _ocr_payment(payment: OcrPayment) -> Json:
    told = {
        "no": payment.number,
        "type": payment.transaction_type,
        "date": payment.day.isoformat(),
        "amount": _minor(payment.minor),
        "kid": payment.kid or None,
        "archive_ref": payment.archive_reference,
        "debtor_account": payment.payer_account or None,
    }
    return told | ({"text": payment.text} if payment.text else {})


def _claim(claim: Claim) -> Json:
    return {
        "no": claim.number,
        "type": claim.claim_type,
        "date": claim.due_day.isoformat(),
        "amount": _minor(claim.minor),
        "kid": claim.kid or None,
        "short_name": claim.short_name,
    }


def _mandate(number: int, mandate: Mandate) -> Json:
    registration = "2" if mandate.is_deleted else "1" if mandate.is_new else "0"
    return {"no": number, "registration": registration, "kid": mandate.kid, "own_notice": mandate.wants_notice}


def _camt(file: CamtFile) -> Json:
    return {
        "accept_file": True,
        "schema": file.schema.name,
        "schema_valid": True,  # else the file would have been refused
        "message_id": file.message_id,
        "statements": [_camt_statement(statement) for statement in file.statements],
    }


def _camt_statement(statement: CamtStatement) -> Json:
    balances: dict[str, list[str]] = {}
    for code, money in statement.balances:
        balances.setdefault(code, []).append(f"{money.text} {money.currency}")
    return {
        "id": statement.identifier,
        "account": statement.account,
        "copy": statement.copy,
        "balances": balances,
        "entries": [_camt_entry(entry) for entry in statement.entries],
    }


def _camt_entry(entry: CamtEntry) -> Json:
    return {
        "ref": entry.reference,
        "amount": entry.money.text,
        "currency": entry.money.currency,
        "direction": entry.direction,
        "reversal": entry.is_reversal,
        "status": entry.status,
        "booking_date": entry.booking,
        "value_date": entry.value,
        "bank_code": entry.bank_code,
        "transactions": [_camt_transaction(transaction) for transaction in entry.transactions],
    }


def _camt_transaction(transaction: CamtTransaction) -> Json:
    return {
        "amount": transaction.money.text if transaction.money else None,
        "debtor": transaction.payer_name,
        "structured_refs": [
            {"type": told.kind, "issuer": told.issuer, "ref": told.reference} for told in transaction.references
        ],
        "documents": [{"type": kind, "number": number} for kind, number in transaction.documents],
        "text": list(transaction.texts),
    }


def _bgmax(file: BgmaxFile) -> Json:
    return {
        "sections": [_bgmax_section(section) for section in file.sections],
        "counts_ok": True,  # else the file would have been refused
        "end": file.told,
    }


def _bgmax_section(section: BgmaxSection) -> Json:
    deposit = section.deposit
    told = deposit and {
        "date": f"{deposit.day:%Y%m%d}",
        "serial": deposit.serial,
        "amount": _minor(deposit.minor),
        "currency": deposit.currency,
        "payments": deposit.count,
    }
    return {
        "bankgiro": section.bankgiro,
        "currency": section.currency,
        "payments": [_bgmax_payment(payment) for payment in section.payments],
        "deposit": told,
        "sum_ok": True,  # else the file would have been refused
    }


def _bgmax_payment(payment: BgmaxPayment) -> Json:
    return {
        "type": "deduction" if payment.is_deduction else "payment",
        "sender_bankgiro": payment.payer_bankgiro,
        "reference": payment.reference or None,
        "amount": _minor(-payment.minor if payment.is_deduction else payment.minor),
        "reference_code": payment.reference_code,
        "channel": payment.channel,
        "serial": payment.serial,
        "extra_refs": [
            {"ref": reference, "amount": _minor(minor), "negative": is_deduction}
            for reference, minor, is_deduction in payment.extra
        ],
        "texts": payment.texts,
        "payer": payment.payer,
        "payer_orgnr": payment.payer_number,
    }


def _line(line: BankFileLine) -> Json:
    return {
        "line": line.line,
        "date": line.day.isoformat(),
        "amount": _short(line.signed_amount),
        "currency": line.currency,
        "account": line.account,
        "reference": line.reference or None,
        "text": line.text,
        "payer": line.payer_name or None,
        "debtor_account": line.payer_account or None,
    }


def _minor(minor: int) -> str:
    return _short(amount_of(minor))


def _short(amount: Decimal) -> str:
    """Without zeros after the last decimal that says something."""
    return f"{amount:f}".rstrip("0").rstrip(".") if amount else "0"
