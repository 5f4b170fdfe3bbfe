"""By which kind of transfer an amount is to be paid, and to what. Pure: values in, values out.

The countries disagree about the code. Between two parties in Denmark a plain credit transfer is refused (DK-R-005),
and whichever code stands instead asks for the bank as well as the account (DK-R-006).
"""

from __future__ import annotations

from typing import NamedTuple

from invoicing.documents.facts import DocumentBody, PaymentAccount

# UNCL4461. Danish systems read 31 as a transfer to an IBAN at a BIC, 42 as one to an account at a registration number.
CREDIT_TRANSFER = "30"
IBAN_TRANSFER = "31"
BANK_ACCOUNT_TRANSFER = "42"
SEPA_TRANSFER = "58"
REGISTRATION_NUMBER_LENGTH = 4
IBAN_HEAD_LENGTH = 4  # the country and two check digits


class CreditTransfer(NamedTuple):
    """What the payer's bank needs: the kind of transfer, the account, and the bank that has it."""

    code: str
    account: str
    bank: str


def credit_transfer(body: DocumentBody) -> CreditTransfer:
    """How the document is paid; the account is empty where none was entered."""
    payment = body.payment
    if body.shared_country == "DK":
        return _within_denmark(payment, body.currency)
    # A Norwegian account number says nothing to a foreign bank, nor a foreign one to a Norwegian bank.
    is_domestic = (
        body.seller.address.country.upper() == "NO"
        and body.buyer.address.country.upper() in ("", "NO")
        and body.currency == "NOK"
    )
    if payment.iban and not (is_domestic and payment.account_number):
        return CreditTransfer(CREDIT_TRANSFER, payment.iban, payment.bic)
    # A branch beside a domestic account number would be read as a foreign clearing number.
    return CreditTransfer(CREDIT_TRANSFER, payment.account_number, "")


def _within_denmark(payment: PaymentAccount, currency: str) -> CreditTransfer:
    """The account number in Danish kroner, else the IBAN; one without a BIC is read as the number that is in it."""
    if payment.account_number and (currency == "DKK" or not payment.iban):
        return _to_danish_account(payment.account_number)
    if payment.iban and currency == "EUR":
        return CreditTransfer(SEPA_TRANSFER, payment.iban, payment.bic)
    if payment.iban.startswith("DK") and not payment.bic:
        return _to_danish_account(payment.iban[IBAN_HEAD_LENGTH:])
    return CreditTransfer(IBAN_TRANSFER, payment.iban, payment.bic)


def _to_danish_account(number: str) -> CreditTransfer:
    registration_number, account = number[:REGISTRATION_NUMBER_LENGTH], number[REGISTRATION_NUMBER_LENGTH:]
    return CreditTransfer(BANK_ACCOUNT_TRANSFER, account, registration_number)
