"""Which claim does a movement on the account pay, and why a person has to say it where that is not certain.

Pure: values in, decisions out. Only a reference that names one of our own documents is posted by itself; everything
else waits with its reason, and with suggestions that say why they may be right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from payments.reference import KidAgreement, ReferenceKind, is_valid_kid

NOTHING = Decimal("0.00")
MAY_SETTLE = frozenset({"credit", "card"})
REVERSAL = "reversal"
_NUMBER = re.compile(r"[0-9]{2,20}")


class Reason(StrEnum):
    """Why a movement was posted, or why it waits."""

    EXACT = "exact"
    PART = "part"
    OVER = "over"
    ALREADY_PAID = "already_paid"
    CREDITED = "credited"
    UNKNOWN_REFERENCE = "unknown_reference"
    WRONG_CHECK_DIGIT = "wrong_check_digit"
    NO_AGREEMENT = "no_agreement"
    NO_REFERENCE = "no_reference"
    LUMP_SUM = "lump_sum"
    MONEY_OUT = "money_out"
    REVERSAL = "reversal"
    OTHER_CURRENCY = "other_currency"
    NO_RATE = "no_rate"
    CLOSED_PERIOD = "closed_period"
    FUTURE_DAY = "future_day"
    ZERO = "zero"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What a bank told of one movement, as far as matching asks."""

    day: date
    amount: Decimal
    currency: str
    kind: str = "credit"
    is_out: bool = False
    is_lump_sum: bool = False
    reference: str = ""
    reference_kind: str = ""
    is_reference_valid: bool = True
    other_references: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    text: str = ""
    payer_name: str = ""
    payer_account: str = ""
    payer_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One of our claims, with what was open on it when it was asked for."""

    id: UUID
    customer_id: UUID
    number: str
    kid: str
    currency: str
    owed: Decimal
    due: date | None = None
    issued: date | None = None
    customer_name: str = ""
    is_credited: bool = False  # a credit note has reduced it


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What holds for a whole batch: the day, the closed period, currencies with a rate, what the banks agreed to."""

    today: date
    base_currency: str
    locked_through: date | None = None
    currencies_with_rate: frozenset[str] = frozenset()
    agreements: Sequence[KidAgreement] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a movement: a claim that it pays by itself, or only the reason why a person is asked."""

    reason: Reason
    claim: Claim | None = None
    posts: bool = False
    waits: bool = True
    values: Mapping[str, str] = field(default_factory=dict)


class References:
    """The claims by the references that their payers were given."""

    def __init__(self, claims: Iterable[Claim]) -> None:
        self._by_kid: dict[str, Claim] = {}
        self._by_number: dict[str, list[Claim]] = {}
        for claim in claims:
            if claim.kid:
                self._by_kid[claim.kid] = claim
            self._by_number.setdefault(claim.number, []).append(claim)

    def find(self, movement: Movement) -> Claim | None:
        """The one claim that the reference names, or None."""
        found = self._by_kid.get(plain_reference(movement.reference))
        if found is not None:
            return found
        number = number_in_reference(movement.reference, movement.reference_kind)
        named = self._by_number.get(number, []) if number and movement.is_reference_valid else []
        return named[0] if len(named) == 1 else None


def plain_reference(reference: str) -> str:
    """A reference as it is compared: without the blanks that people write in it."""
    return reference.replace(" ", "").upper()


def number_in_reference(reference: str, kind: str) -> str:
    """The document number that an RF reference, a Swedish OCR or a Danish payment line was made of; empty for a KID."""
    plain = plain_reference(reference)
    if kind == ReferenceKind.RF:
        return plain[4:].lstrip("0")
    if kind == ReferenceKind.OCR:
        return plain[:-1].lstrip("0")
    if kind == ReferenceKind.FIK:
        digits = plain.lstrip("+").removeprefix("71<").removeprefix("75<").split("+")[0].rstrip("<")
        return digits[:-1].lstrip("0")
    return ""


def keys_of(movement: Movement) -> tuple[str, str]:
    """What to look a movement's claim up by: the reference itself, and the document number in it."""
    if not movement.reference:
        return "", ""
    return plain_reference(movement.reference), number_in_reference(movement.reference, movement.reference_kind)


def decide(movement: Movement, references: References, open_now: dict[UUID, Decimal], books: Books) -> Decision:
    """What becomes of one movement; `open_now` is lowered by what it pays, so that the next one sees less."""
    if (refusal := _not_for_us(movement, books)) is not None:
        return refusal
    claim = references.find(movement)
    if claim is None:
        return _unknown(movement, books)
    values = {"number": claim.number}
    if movement.reference_kind == ReferenceKind.KID and not books.agreements:
        return Decision(Reason.NO_AGREEMENT, claim, values=values)
    if movement.currency != claim.currency:
        return Decision(Reason.OTHER_CURRENCY, claim, values={**values, "currency": claim.currency})
    owed = open_now.get(claim.id, claim.owed)
    if owed <= 0:
        reason = Reason.CREDITED if claim.is_credited else Reason.ALREADY_PAID
        return Decision(reason, claim, values=values)
    open_now[claim.id] = max(owed - movement.amount, NOTHING)
    difference = movement.amount - owed
    if difference > 0:  # the claim is paid; whose the rest is, a person says
        return Decision(Reason.OVER, claim, posts=True, values={**values, "rest": f"{difference:.2f}"})
    if difference < 0:
        return Decision(Reason.PART, claim, posts=True, waits=False, values={**values, "rest": f"{-difference:.2f}"})
    return Decision(Reason.EXACT, claim, posts=True, waits=False, values=values)


def _not_for_us(movement: Movement, books: Books) -> Decision | None:
    """What no reference can make right: the way the money went, its day and its currency."""
    if not movement.amount:
        return Decision(Reason.ZERO)
    if movement.kind == REVERSAL:
        return Decision(Reason.REVERSAL)
    if movement.is_out or movement.kind not in MAY_SETTLE:
        return Decision(Reason.MONEY_OUT)
    if movement.is_lump_sum:
        return Decision(Reason.LUMP_SUM)
    if movement.day > books.today:
        return Decision(Reason.FUTURE_DAY, values={"day": movement.day.isoformat()})
    if books.locked_through is not None and movement.day <= books.locked_through:
        return Decision(Reason.CLOSED_PERIOD, values={"through": books.locked_through.isoformat()})
    if movement.currency not in {books.base_currency, *books.currencies_with_rate}:
        return Decision(Reason.NO_RATE, values={"currency": movement.currency})
    return None


def _unknown(movement: Movement, books: Books) -> Decision:
    if not movement.reference:
        return Decision(Reason.NO_REFERENCE)
    values = {"reference": movement.reference[:60]}
    if movement.reference_kind == ReferenceKind.KID:
        if not books.agreements:
            return Decision(Reason.NO_AGREEMENT, values=values)
        is_valid = is_valid_kid(plain_reference(movement.reference), books.agreements)
    else:
        is_valid = movement.is_reference_valid
    return Decision(Reason.UNKNOWN_REFERENCE if is_valid else Reason.WRONG_CHECK_DIGIT, values=values)


def numbers_in(text: str) -> list[str]:
    """The numbers that a payer wrote, each once, without zeros in front."""
    return list(dict.fromkeys(found.lstrip("0") for found in _NUMBER.findall(text) if found.strip("0")))
