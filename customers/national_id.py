"""National identity numbers: reading what is typed, and what may be shown of them.

Pure. Kept only of consumers, by organizations that have stated why (personopplysningsloven § 12).
"""

from __future__ import annotations

from datetime import date

from stdnum.dk import cpr
from stdnum.exceptions import ValidationError as NumberRefused
from stdnum.se import personnummer

FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
# From 2032 the first control digit may leave these remainders of 11; numbers given before leave 0.
FIRST_REMAINDERS = frozenset({0, 1, 2, 3})
D_NUMBER_DAY = 40  # D-numbers: the first digit is raised by 4
SYNTHETIC_MONTHS = (80, 40)  # test numbers of the tax administration and of NAV
LEAP_YEAR = 2000
SHOWN_DIGITS = 6


class NationalIdRefused(ValueError):
    """The digits cannot be a national identity number."""


def clean_national_id(country: str, typed: str) -> str:
    """The digits of a national identity number of the country; refuses what cannot be one."""
    digits = "".join(character for character in typed if not character.isspace() and character not in "-+.")
    if not (digits.isascii() and digits.isdigit()):
        raise NationalIdRefused("digits")
    if country == "NO":
        return _clean_norwegian(digits)
    try:
        if country == "DK":
            return str(cpr.validate(digits))
        if country == "SE":
            return personnummer.compact(personnummer.validate(typed.strip())).replace("-", "").replace("+", "")
    except NumberRefused as error:
        raise NationalIdRefused("check digit") from error
    raise NationalIdRefused("country")


def mask_national_id(number: str) -> str:
    """The number with its last digits hidden: enough to tell two people of one household apart, not to use it."""
    return number[:SHOWN_DIGITS] + "•" * (len(number) - SHOWN_DIGITS)


def _clean_norwegian(digits: str) -> str:
    if len(digits) != 11:
        raise NationalIdRefused("length")
    numbers = [int(digit) for digit in digits]
    first = sum(weight * number for weight, number in zip(FIRST_WEIGHTS, numbers, strict=False)) % 11
    second = sum(weight * number for weight, number in zip(SECOND_WEIGHTS, numbers, strict=True)) % 11
    if first not in FIRST_REMAINDERS or second != 0:
        raise NationalIdRefused("check digit")
    if not _is_day(int(digits[:2]), int(digits[2:4])):
        raise NationalIdRefused("date")
    return digits


def _is_day(day: int, month: int) -> bool:
    """Whether the first four digits are a day of the year, once the marks of D-numbers and test numbers are off."""
    day -= D_NUMBER_DAY if day > D_NUMBER_DAY else 0
    month -= next((raised for raised in SYNTHETIC_MONTHS if month > raised), 0)
    try:
        date(LEAP_YEAR, month, day)  # the century is not told by numbers of the 2032 series
    except ValueError:
        return False
    return True
