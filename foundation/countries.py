"""Countries and currencies to choose from, by name in the reader's language."""

from __future__ import annotations

from functools import cache

from babel import Locale

from foundation.alphabet import sort_key
from foundation.templatetags.formatting import language_of_page

NEAREST = ("NO", "SE", "DK", "FI", "IS")
# Currencies with two decimals, as the arithmetic and the EHF have them.
CURRENCIES = ("NOK", "SEK", "DKK", "EUR", "USD", "GBP", "CHF", "PLN", "CZK", "CAD", "AUD", "NZD", "SGD", "HKD", "CNY")
NOT_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"})


@cache
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    names = {str(code): str(name) for code, name in Locale.parse(language).territories.items()}
    codes = {code for code in names if len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES}
    others = sorted(codes - set(NEAREST), key=lambda code: sort_key(names[code], language))
    return tuple((code, names[code]) for code in [*NEAREST, *others])


def country_choices() -> list[tuple[str, str]]:
    """Every country by its ISO 3166 code and its name; the Nordic ones first."""
    return list(_countries(language_of_page()))


def currency_choices() -> list[tuple[str, str]]:
    """The currencies that a document may be written in."""
    return [(code, code) for code in CURRENCIES]


def country_name(code: str) -> str:
    """The country's name in the reader's language; an unknown code stands for itself."""
    return dict(_countries(language_of_page())).get(code, code)
