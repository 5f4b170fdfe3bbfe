"""The payment box: all that a payer types, once, in the order in which a bank asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from foundation.templatetags.formatting import format_amount, format_day, iban
from invoicing.documents.facts import Document
from invoicing.documents.printed.numbers import account_number
from invoicing.documents.words import word_for_country

LONG_CHARACTERS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentField:
    """One thing to type."""

    label: str
    value: str
    is_long: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentBox:
    """The fields side by side, and the small print beneath them."""

    fields: tuple[PaymentField, ...]
    sentences: tuple[str, ...]


def payment_box(document: Document, word: Mapping[str, str]) -> PaymentBox | None:
    """How to pay; none on a credit note, and none where nothing is left to pay."""
    body = document.body
    if body.takes_back or body.totals.payable <= 0:
        return None
    payment, country, language = body.payment, body.seller.address.country, body.language
    fields = []
    if payment.account_number:
        label = word_for_country(word, "account", country)
        fields.append(_field(label, account_number(payment.account_number, country)))
    elif payment.iban:
        fields.append(_field(word["iban"], iban(payment.iban)))
    if document.kid:
        fields.append(_field(word_for_country(word, "kid", country), document.kid))
    elif document.number:
        fields.append(_field(word["message"], document.number))
    if body.due_date:
        fields.append(_field(word["due_date"], format_day(body.due_date, language)))
    amount = format_amount(body.totals.payable, language)
    fields.append(_field(word["amount_in"].format(currency=body.currency), amount))
    return PaymentBox(fields=tuple(fields), sentences=tuple(_sentences(document, word)))


def _field(label: str, value: str) -> PaymentField:
    return PaymentField(label=label, value=value, is_long=len(value) > LONG_CHARACTERS)


def _sentences(document: Document, word: Mapping[str, str]) -> list[str]:
    body, payment = document.body, document.body.payment
    iban_code = f"IBAN {iban(payment.iban)}" if payment.iban and payment.account_number else ""
    bic_code = f"BIC {payment.bic}" if payment.bic else ""
    codes = ", ".join(filter(None, (iban_code, bic_code)))
    sentences = []
    if codes:
        # Beside an account number the codes are for payers abroad; without one the IBAN above is for everybody.
        sentences.append(word["from_abroad"].format(codes=codes) if payment.account_number else f"{codes}.")
    if body.due_date and body.kind == "invoice":
        sentences.append(word["late_interest"])
    return sentences
