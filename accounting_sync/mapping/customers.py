"""Where the accounting system knows a customer otherwise than we do; what it stores differently is no difference.

Compared are the fields that it tells and that are not empty there. A value that it has told before is no news: either
somebody has decided about it, or we have changed ours and this system does not take that.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from accounting_sync.mapping.entries import Party

FIELDS = ("name", "organization_number", "email", "street", "postal_code", "city", "country")
KEPT_MAX = 200  # letters of a value; no field of ours is longer
# What is at least so long and begins ours is ours, cut off where the system's own field ends.
CUT_FROM = 40
CUT_POSTAL_CODES_FROM = 9
SEPARATORS = re.compile(r"[\s,:]+")  # some put several lines on one, some take no colons
COUNTRY_CODE = re.compile(r"[A-Za-z]{2}", re.ASCII)


def told_of(values: Mapping[str, str], *, is_business: bool) -> dict[str, str]:
    """What a system says of a customer, as text that can be kept and shown; without what says nothing.

    Of a private person no organization number: there it could only be a national id, which is not ours to read.
    """
    found = {name: plain(values.get(name) or "")[:KEPT_MAX] for name in FIELDS}
    if not COUNTRY_CODE.fullmatch(found["country"]):
        del found["country"]  # some keep it in words of their own
    if not is_business:
        del found["organization_number"]
    return {name: value for name, value in found.items() if value}


def told_by_us(party: Party) -> dict[str, str]:
    """The same of ours, as a system knows it right after it was told."""
    return told_of({name: getattr(party, name) for name in FIELDS}, is_business=party.is_business)


def plain(text: str) -> str:
    """One line of characters that can be shown."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def differences(
    party: Party, there: Mapping[str, str], before: Mapping[str, str], open_fields: Collection[str]
) -> dict[str, list[str]]:
    """Each field that is news: ours and theirs. `before` is what they said the last time."""
    found: dict[str, list[str]] = {}
    for name, theirs in there.items():
        is_known = name in before and before[name] == theirs and name not in open_fields
        if not is_known and not is_same(party, name, theirs):
            found[name] = [getattr(party, name), theirs]
    return found


def is_same(party: Party, name: str, theirs: str) -> bool:
    """Whether this is what we know, whatever its case, spaces and separators."""
    ours = getattr(party, name)
    if name == "organization_number":
        told = {_digits(number) for number in (ours, party.vat_number) if number}  # some have one place for both
        return (_digits(theirs) or theirs) in told
    if name == "email":
        return bool(ours.casefold() == theirs.casefold())
    also = {
        "name": (f"{ours} ({party.number})",),  # where names are unique
        "street": (f"{ours} {party.street_2}",),  # where there is one line
    }
    shortest = CUT_POSTAL_CODES_FROM if name == "postal_code" else CUT_FROM
    return any(_fits(_folded(each), _folded(theirs), shortest) for each in (ours, *also.get(name, ())))


def _fits(ours: str, theirs: str, shortest: int) -> bool:
    return ours == theirs or (len(theirs) >= shortest and ours.startswith(theirs))


def _folded(text: str) -> str:
    return SEPARATORS.sub(" ", text).strip().casefold()


def _digits(number: str) -> str:
    return "".join(letter for letter in number if letter.isdigit())
