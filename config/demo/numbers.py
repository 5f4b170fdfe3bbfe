"""Invented numbers whose check digits hold, in ranges that are kept for tests and examples where such exist. Pure."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from stdnum import ean
from stdnum.de import vat as german_vat
from stdnum.dk import cvr
from stdnum.fi import ytunnus
from stdnum.iso7064 import mod_97_10
from stdnum.no import kontonr, orgnr
from stdnum.se import orgnr as swedish_orgnr

TRIES_MAX = 10_000


def organization_number(chance: Random, country: str = "NO") -> str:
    """A company's number: Norwegian ones begin with 31, where the tax administration keeps its synthetic companies."""
    if country == "NO":
        return _invented(chance, "31", 9, orgnr.is_valid)
    if country == "DK":
        return _invented(chance, "99", 8, cvr.is_valid)
    if country == "SE":
        return _invented(chance, "5599", 10, swedish_orgnr.is_valid)
    return _invented(chance, "99", 8, ytunnus.is_valid)


def german_vat_number(chance: Random) -> str:
    """A German VAT number with its two letters."""
    return "DE" + _invented(chance, "99", 9, german_vat.is_valid)


def account_number(chance: Random) -> str:
    """A Norwegian account number of a bank that does not exist."""
    return _invented(chance, "0099", 11, kontonr.is_valid)


def iban_of(account: str) -> str:
    """The IBAN of a Norwegian account number."""
    digits = f"{mod_97_10.calc_check_digits(account + 'NO'):0>2}"
    return f"NO{digits}{account}"


def gtin(chance: Random) -> str:
    """An article number in the range 952, which GS1 keeps for examples."""
    return _invented(chance, "952", 13, ean.is_valid)


def _invented(chance: Random, prefix: str, length: int, holds: Callable[[str], bool]) -> str:
    for _try in range(TRIES_MAX):
        number = prefix + "".join(chance.choices("0123456789", k=length - len(prefix)))
        if holds(number):
            return number
    raise AssertionError(f"No number of {length} digits begins with {prefix}.")
