"""Days and amounts as old systems write them. Pure: what is not understood for certain is refused."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

AMOUNT_DIGITS_MAX = 15
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?\Z")
_DAYS = (
    re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})\Z"),
    re.compile(r"(?P<day>[0-9]{1,2})[./-](?P<month>[0-9]{1,2})[./-](?P<year>[0-9]{4})\Z"),
    re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})\Z"),
)
_TIME = re.compile(r"[ T]00:00(:00)?\Z")
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-"})


def read_day(cell: str) -> date | None:
    """2026-11-21, 21.11.2026, 21/11/2026, 21-11-2026 or 20261121; None for anything else."""
    text = _TIME.sub("", cell.strip())
    for form in _DAYS:
        found = form.match(text)
        if found:
            try:
                return date(int(found["year"]), int(found["month"]), int(found["day"]))
            except ValueError:
                return None
    return None


def read_amount(cell: str, decimal_mark: str) -> Decimal | None:
    """A figure with any grouping of thousands that leaves no doubt; None for anything else.

    Where both marks stand in it, the last one parts the decimals. The other mark alone, before three digits, might
    group thousands or part decimals: that is not guessed.
    """
    text = re.sub(r"[\s\u00a0\u202f']", "", cell).translate(_MINUS)
    if text.endswith("-"):  # 100,00- is how some systems write a credit
        text = f"-{text[:-1]}"
    if "," in text and "." in text:
        decimal_mark = max(",.", key=text.rfind)
        text = text.replace("," if decimal_mark == "." else ".", "")
    elif "," in text or "." in text:
        used = "," if "," in text else "."
        if used != decimal_mark and re.search(rf"{re.escape(used)}[0-9]{{3}}(\D|\Z)", text):
            return None
        decimal_mark = used
    text = text.replace(decimal_mark, ".")
    if not _NUMBER.match(text) or len(text.lstrip("+-").partition(".")[0]) > AMOUNT_DIGITS_MAX:
        return None
    return Decimal(text)


def has_decimals(amount: Decimal, most: int) -> bool:
    """Whether it has no more decimals than this, trailing zeros not counted."""
    return amount == amount.quantize(Decimal(1).scaleb(-most))
