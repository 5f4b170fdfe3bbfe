"""Payment references and their check digits: KID, Swedish OCR, Danish FIK and the international RF reference.

The same functions make the printed reference and check the one that comes back from the bank. Pure: no Django, no
database, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from stdnum import iso11649, luhn
from stdnum.iso7064 import mod_97_10

KID_LENGTH_MIN, KID_LENGTH_MAX = 4, 25
KID_LENGTH_ACCEPTED_MIN = 2  # the banks' guides differ: 2, 3 or 4 digits and up
OCR_LENGTH_MIN, OCR_LENGTH_MAX = 2, 25
RF_REFERENCE_LENGTH_MAX = 21
FIK_LENGTHS = {"71": 15, "75": 16}

_DIGITS = re.compile(r"[0-9]+\Z")
_KID = re.compile(r"[0-9]+[0-9-]\Z")
_FIK = re.compile(r"\+?(71|75)<([0-9]+)(?:\+8[0-9]{7}<)?\Z")
_CREDITOR = re.compile(r"8[0-9]{7}\Z")


class ReferenceKind(StrEnum):
    """Which reference a payer of a country types."""

    KID = "kid"
    OCR = "ocr"
    FIK = "fik"
    RF = "rf"


class KidAlgorithm(StrEnum):
    """How the check digit of a KID is found; the bank agreement says which."""

    MOD10 = "MOD10"
    MOD11 = "MOD11"


@dataclass(frozen=True, slots=True)
class KidAgreement:
    """What the bank was told of one account: KIDs have this length and this check digit; up to three such pairs."""

    length: int
    algorithm: KidAlgorithm = KidAlgorithm.MOD10

    def __post_init__(self) -> None:
        if not KID_LENGTH_MIN <= self.length <= KID_LENGTH_MAX:
            raise ValueError(f"A KID has {KID_LENGTH_MIN} to {KID_LENGTH_MAX} digits.")

    @property
    def number_digits_max(self) -> int:
        """The longest document number that fits; MOD11 keeps one leading digit of padding for itself."""
        return self.length - (2 if self.algorithm == KidAlgorithm.MOD11 else 1)


def reference_kind(country: str, currency: str) -> ReferenceKind:
    """The kind of reference for an account in this country and a claim in this currency: abroad it is RF."""
    return _KINDS.get((country, currency), ReferenceKind.RF)


_KINDS = {
    ("NO", "NOK"): ReferenceKind.KID,
    ("SE", "SEK"): ReferenceKind.OCR,
    ("DK", "DKK"): ReferenceKind.FIK,
}


def make_kid(number: str, agreement: KidAgreement) -> str:
    """The KID of a document number: padded to the agreed length, check digit last, another one for every number.

    Where MOD11 has no check digit for the number (remainder 1), the leading pad digit is counted up until there is one.
    That digit belongs to no number, so that two numbers never share a KID. ValueError when the number does not fit.
    """
    _refuse_unfit(number, agreement.number_digits_max)
    payload = number.zfill(agreement.length - 1)
    if agreement.algorithm == KidAlgorithm.MOD10:
        return payload + str(luhn.calc_check_digit(payload))
    for leading in "0123456789":
        check_digit = _mod11_check_digit(leading + payload[1:])
        if check_digit != "-":
            return leading + payload[1:] + check_digit
    raise AssertionError("The weight of the leading digit is prime to 11, so that two digits never both fail.")


def is_valid_kid(kid: str, agreements: Sequence[KidAgreement] = ()) -> bool:
    """Is it a KID with a right check digit, of one of the agreed lengths when agreements are given?

    A MOD11 check digit may be "-", as the banks accept it from others.
    """
    if not _KID.match(kid) or not KID_LENGTH_ACCEPTED_MIN <= len(kid) <= KID_LENGTH_MAX:
        return False
    algorithms = (
        [agreement.algorithm for agreement in agreements if agreement.length == len(kid)]
        if agreements
        else list(KidAlgorithm)
    )
    return any(_check_digit(kid[:-1], algorithm) == kid[-1] for algorithm in algorithms)


def _check_digit(payload: str, algorithm: KidAlgorithm) -> str:
    if algorithm == KidAlgorithm.MOD11:
        return _mod11_check_digit(payload)
    return str(luhn.calc_check_digit(payload))


def _mod11_check_digit(payload: str) -> str:
    """The digit that makes the weighted sum (2 to 7 from the right, again and again) a multiple of 11; "-" for ten."""
    weighted = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(payload)))
    check = -weighted % 11
    return "-" if check == 10 else str(check)


def make_ocr(number: str, *, length: int | None = None, with_length_digit: bool = False) -> str:
    """The Swedish OCR reference of a number, check digit last; padded to the length where bankgiro agreed to one.

    With a length digit the digit before the check digit is the whole length modulo ten.
    """
    extra = 2 if with_length_digit else 1
    longest = OCR_LENGTH_MAX if length is None else length
    if not OCR_LENGTH_MIN <= longest <= OCR_LENGTH_MAX:
        raise ValueError(f"An OCR reference has {OCR_LENGTH_MIN} to {OCR_LENGTH_MAX} digits.")
    _refuse_unfit(number, longest - extra)
    payload = number if length is None else number.zfill(length - extra)
    if with_length_digit:
        payload += str((len(payload) + 2) % 10)
    return payload + str(luhn.calc_check_digit(payload))


def is_valid_ocr(reference: str, *, length: int | None = None, with_length_digit: bool = False) -> bool:
    """Is it an OCR reference with a right check digit and, where asked for, the right length and length digit?"""
    if not _DIGITS.match(reference) or not OCR_LENGTH_MIN <= len(reference) <= OCR_LENGTH_MAX:
        return False
    if length is not None and len(reference) != length:
        return False
    if with_length_digit and int(reference[-2]) != len(reference) % 10:
        return False
    return bool(luhn.is_valid(reference))


def make_fik(number: str, *, creditor_number: str, card_type: str = "71") -> str:
    """The Danish payment line of a number, such as +71<000000000000018+81234567<."""
    if card_type not in FIK_LENGTHS:
        raise ValueError("A payment line with a reference is of card type 71 or 75.")
    if not _CREDITOR.match(creditor_number):
        raise ValueError("A creditor number has eight digits and begins with 8.")
    length = FIK_LENGTHS[card_type]
    _refuse_unfit(number, length - 1)
    payload = number.zfill(length - 1)
    return f"+{card_type}<{payload}{luhn.calc_check_digit(payload)}+{creditor_number}<"


def is_valid_fik(line: str) -> bool:
    """Is it a Danish payment line of type 71 or 75 with the right length and check digit?"""
    match = _FIK.match(line.replace(" ", ""))
    return bool(match and len(match[2]) == FIK_LENGTHS[match[1]] and luhn.is_valid(match[2]))


def make_rf(number: str) -> str:
    """The international creditor reference (ISO 11649) of a number: RF, two check digits, the number."""
    _refuse_unfit(number, RF_REFERENCE_LENGTH_MAX)
    return f"RF{mod_97_10.calc_check_digits(number + 'RF')}{number}"


def is_valid_rf(reference: str) -> bool:
    """Is it an RF reference with right check digits, printed with blanks or without?"""
    return bool(iso11649.is_valid(reference))


def _refuse_unfit(number: str, digits_max: int) -> None:
    """Digits only, none in front that padding would swallow: else two numbers could share a reference."""
    if not _DIGITS.match(number):
        raise ValueError(f"A payment reference is made of digits; {number!r} is not.")
    if number.startswith("0"):
        raise ValueError(f"The number {number} begins with zero and cannot be told from the one without it.")
    if len(number) > digits_max:
        raise ValueError(f"The number {number} has more than the {digits_max} digits that the reference has room for.")
