"""The sentences for what is wrong in a bank file: what stands there, and what to do."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.bank_files.faults import Fault, FaultCode

SENTENCES: dict[FaultCode, Promise] = {
    FaultCode.EMPTY: gettext_lazy("The file is empty. Fetch it from the bank again."),
    FaultCode.TOO_LARGE: gettext_lazy(
        "The file is larger than %(most)s MB and is not read. Ask the bank for shorter periods."
    ),
    FaultCode.TOO_MANY_LINES: gettext_lazy(
        "The file has more than %(most)s payments. Ask the bank for shorter periods."
    ),
    FaultCode.UNKNOWN_FORMAT: gettext_lazy(
        "This is no bank file that is read here. Choose OCR giro, camt.053, camt.054, BGMAX or CSV."
    ),
    FaultCode.ENCODING: gettext_lazy(
        "The letters of the file are not written in %(expected)s. Fetch the file from the bank again and do "
        "not open it in between."
    ),
    FaultCode.DOCUMENT_TYPE: gettext_lazy(
        "The XML file has a document type declaration, which a bank never writes. Fetch the file from the bank itself."
    ),
    FaultCode.MALFORMED_XML: gettext_lazy(
        "The XML file breaks off or is damaged here (%(reason)s). Fetch it from the bank again."
    ),
    FaultCode.UNKNOWN_MESSAGE: gettext_lazy(
        "%(found)s is no message that is read here. Ask the bank for camt.053 or camt.054 in version 02 or "
        "08, or for BGMAX 01."
    ),
    FaultCode.SCHEMA: gettext_lazy(
        "The file is not what %(schema)s prescribes: %(reason)s Fetch it from the bank again."
    ),
    FaultCode.RECORD_LENGTH: gettext_lazy(
        "The record has %(length)s characters and must have %(expected)s. Fetch the file from the bank again "
        "and do not open it in between."
    ),
    FaultCode.RECORD_UNKNOWN: gettext_lazy("No record begins with “%(start)s”. Fetch the file from the bank again."),
    FaultCode.RECORD_UNEXPECTED: gettext_lazy(
        "Here stands “%(found)s” where “%(expected)s” belongs: a record is missing or too many. Fetch the "
        "file from the bank again."
    ),
    FaultCode.ENDS_EARLY: gettext_lazy(
        "The file ends before “%(expected)s”. It was cut off: fetch it from the bank again."
    ),
    FaultCode.TEST_FILE: gettext_lazy("The bank marks this as a test file. Choose one with real payments."),
    FaultCode.FIELD: gettext_lazy("“%(found)s” cannot be the %(field)s. Fetch the file from the bank again."),
    FaultCode.DATE: gettext_lazy(
        "“%(found)s” is no date. Check the date format, or fetch the file from the bank again."
    ),
    FaultCode.SIGN: gettext_lazy(
        "“%(found)s” is no sign that an amount may have here. Fetch the file from the bank again."
    ),
    FaultCode.ACCOUNT: gettext_lazy("“%(found)s” cannot be an account number. Fetch the file from the bank again."),
    FaultCode.CURRENCY: gettext_lazy("“%(found)s” is no currency that this file can be in."),
    FaultCode.CURRENCY_DIFFERS: gettext_lazy("The currency is %(found)s and the account is in %(expected)s."),
    FaultCode.DECIMALS: gettext_lazy(
        "%(found)s %(currency)s has more decimals than the %(allowed)s that the currency has."
    ),
    FaultCode.COUNT_DIFFERS: gettext_lazy(
        "The file says %(told)s %(what)s and holds %(found)s. Something is missing or was changed: fetch it "
        "from the bank again."
    ),
    FaultCode.SUM_DIFFERS: gettext_lazy(
        "The file says that the sum is %(told)s, and its amounts come to %(found)s. Fetch it from the bank again."
    ),
    FaultCode.BALANCE_DIFFERS: gettext_lazy(
        "The closing balance is %(told)s, and the opening balance with all entries comes to %(found)s. "
        "Fetch the statement from the bank again."
    ),
    FaultCode.COLUMN_MISSING: gettext_lazy("The file has no column “%(column)s”. Choose which column is which again."),
    FaultCode.CELLS_DIFFER: gettext_lazy(
        "The line has %(found)s cells and the header %(told)s. Is a delimiter missing its quotation marks?"
    ),
    FaultCode.QUOTATION: gettext_lazy("A quotation mark is not closed, or stands in the middle of a cell."),
    FaultCode.NO_LINES: gettext_lazy("The file has a header and no payments. Choose another period at the bank."),
    FaultCode.MAPPING_MISSING: gettext_lazy("Choose first which column of the CSV file is which."),
    FaultCode.ACCOUNT_IS_NOT_OURS: gettext_lazy(
        "The account %(account)s is none of the company’s bank accounts. "
        "Add it under Settings, or choose the right company."
    ),
    FaultCode.OTHER_SOURCE: gettext_lazy(
        "Payments on %(account)s are read from %(expected)s, and %(found)s would count them twice. "
        "Import the other kind of file, or change the source under Settings, Bank accounts."
    ),
}
FIELDS: dict[str, Promise] = {
    "amount": gettext_lazy("amount"),
    "sum": gettext_lazy("sum"),
    "kid": gettext_lazy("KID"),
    "ocr": gettext_lazy("OCR reference"),
    "payer account": gettext_lazy("account of the payer"),
    "sender": gettext_lazy("sender"),
    "agreement": gettext_lazy("agreement number"),
    "bankgiro": gettext_lazy("bankgiro number"),
    "registration": gettext_lazy("kind of registration"),
    "own notice": gettext_lazy("mark for own notice"),
    "transaction number": gettext_lazy("transaction number"),
    "transmission number": gettext_lazy("transmission number"),
    "assignment number": gettext_lazy("assignment number"),
    "number of transactions": gettext_lazy("number of transactions"),
    "number of records": gettext_lazy("number of records"),
    "number of payments": gettext_lazy("number of payments"),
    "text line": gettext_lazy("number of the text line"),
    "text column": gettext_lazy("column of the text line"),
    "transactions": gettext_lazy("transactions"),
    "records": gettext_lazy("records"),
    "entries": gettext_lazy("entries"),
    "payments": gettext_lazy("payments"),
    "deductions": gettext_lazy("deductions"),
    "extra references": gettext_lazy("extra references"),
    "deposits": gettext_lazy("deposits"),
    "payments of the entry": gettext_lazy("payments of the entry"),
    "payments of the deposit": gettext_lazy("payments of the deposit"),
    "amount posting 1": gettext_lazy("amount posting 1"),
    "amount posting 2": gettext_lazy("amount posting 2"),
    "mandate": gettext_lazy("mandate"),
    "text": gettext_lazy("text"),
    "payment": gettext_lazy("payment"),
    "deposit": gettext_lazy("deposit"),
    "text or the next transaction": gettext_lazy("text or the next transaction"),
    "start of file": gettext_lazy("start of file"),
    "end of file": gettext_lazy("end of file"),
    "start of section": gettext_lazy("start of section"),
    "start of transmission": gettext_lazy("start of transmission"),
    "end of transmission": gettext_lazy("end of transmission"),
    "start of assignment": gettext_lazy("start of assignment"),
    "end of assignment": gettext_lazy("end of assignment"),
    "a record between start and end": gettext_lazy("a record between start and end"),
}
_NAMED = {"field", "what", "expected"}


def sentence_of(fault: Fault) -> str:
    """What is wrong, without the line."""
    values = {name: FIELDS.get(str(value), value) if name in _NAMED else value for name, value in fault.values.items()}
    return str(SENTENCES[fault.code]) % values


def warning_of(fault: Fault) -> str:
    """What to know of a file that is taken in: a reference that a payer mistyped is no fault of the bank."""
    if fault.code != FaultCode.FIELD or fault.values.get("field") not in {"kid", "ocr"}:
        return sentence_with_line(fault)
    return _("Line %(line)s: “%(found)s” is no valid reference, so the movement waits to be matched by hand.") % {
        "line": fault.line,
        "found": fault.values.get("found", ""),
    }


def sentence_with_line(fault: Fault) -> str:
    """What is wrong and on which line of the file."""
    if not fault.line:
        return sentence_of(fault)
    return _("Line %(line)s: %(sentence)s") % {"line": fault.line, "sentence": sentence_of(fault)}
