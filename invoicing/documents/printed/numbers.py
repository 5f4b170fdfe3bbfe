"""Numbers of companies and accounts as a person reads them, by the country that gave them."""

from __future__ import annotations

from foundation.templatetags.formatting import NO_BREAK_SPACE
from foundation.templatetags.formatting import account_number as norwegian_account
from foundation.templatetags.formatting import organization_number as grouped

BANKGIRO_LENGTHS = (7, 8)


def organization_number(number: str, country: str) -> str:
    """An organization number in the groups of its country; a foreign one is shown as it was written."""
    return grouped(number) if country in {"NO", "DK", "SE"} else number


def account_number(number: str, country: str) -> str:
    """An account as its country writes it: 1234 56 78903, 1234 1234567890, bankgiro 123-4567."""
    if not number.isdecimal():
        return number
    if country == "DK" and len(number) > 4:
        return f"{number[:4]}{NO_BREAK_SPACE}{number[4:]}"
    if country == "SE" and len(number) in BANKGIRO_LENGTHS:
        return f"{number[:-4]}-{number[-4:]}"
    return norwegian_account(number)
