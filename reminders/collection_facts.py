"""What is handed to a collection agency: debtor, claims, additions, interest and what was sent, as they were. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedParty:
    """A creditor, an agency or a debtor. A national id is never among the numbers."""

    name: str
    number: str = ""  # our client number at the agency, or the customer's number here
    organization_number: str = ""
    kind: str = ""  # of the debtor: consumer, business, public_body
    contact_name: str = ""
    street: str = ""
    street_2: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    language: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedReduction:
    """What has reduced a claim, and when; negative where it was undone."""

    day: date
    kind: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedAddition:
    """A fee, a compensation or interest that was asked for before."""

    number: str
    kind: str
    day: date
    amount: Decimal
    open: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedInterest:
    """Interest of some days at one rate on one balance."""

    first: date
    last: date
    days: int
    rate: Decimal
    principal: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SentReminder:
    """One step that was sent, with its deadline, and whether it is known to have arrived."""

    step: str
    day: date
    deadline: date | None
    channel: str
    arrived_at: datetime | None
    standing: str  # as the deliveries stand together
    fee: Decimal = ZERO
    compensation: Decimal = ZERO
    interest: Decimal = ZERO
    file: str = ""

    @property
    def reached(self) -> bool:
        """Whether somebody has it, as far as can be known: handed over and not come back."""
        return self.standing in {"handed_over", "arrived"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedClaim:
    """One claim with what reduced it, what was added to it, its interest through the day, and what was sent."""

    receivable_id: str
    number: str
    issue_date: date
    due_date: date
    original: Decimal
    open: Decimal
    kid: str = ""
    interest: Decimal = ZERO  # through the day, less what was asked for before
    reductions: tuple[HandedReduction, ...] = ()
    additions: tuple[HandedAddition, ...] = ()
    interest_parts: tuple[HandedInterest, ...] = ()
    reminders: tuple[SentReminder, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def added(self) -> Decimal:
        """What is open of fees, compensation and interest that were asked for before."""
        return sum((each.open for each in self.additions), ZERO)

    @property
    def total(self) -> Decimal:
        """All that is owed for it on the day."""
        return self.open + self.added + self.interest


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedCase:
    """The claims of one debtor in one currency, handed over on a day."""

    number: int
    day: date
    currency: str
    creditor: HandedParty
    agency: HandedParty
    debtor: HandedParty
    claims: tuple[HandedClaim, ...]

    @property
    def principal(self) -> Decimal:
        """What is open of the claims themselves."""
        return sum((claim.open for claim in self.claims), ZERO)

    @property
    def additions(self) -> Decimal:
        """What is open of what was added before."""
        return sum((claim.added for claim in self.claims), ZERO)

    @property
    def interest(self) -> Decimal:
        """Interest through the day that was not asked for before."""
        return sum((claim.interest for claim in self.claims), ZERO)

    @property
    def total(self) -> Decimal:
        """All that is handed over."""
        return self.principal + self.additions + self.interest


def to_json(value: Any) -> Any:
    """The facts as a row keeps them: decimals and days as text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [to_json(each) for each in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else value


def case_of(kept: Mapping[str, Any]) -> HandedCase:
    """The case that a row keeps."""
    found: HandedCase = _read(HandedCase, kept)
    return found


def _read(wanted: Any, kept: Any) -> Any:
    if get_origin(wanted) in {Union, UnionType}:
        return None if kept is None else _read(next(each for each in get_args(wanted) if each is not type(None)), kept)
    if get_origin(wanted) is tuple:
        return tuple(_read(get_args(wanted)[0], each) for each in kept)
    if dataclasses.is_dataclass(wanted):
        hints = get_type_hints(wanted)
        told = {field.name: _read(hints[field.name], kept[field.name]) for field in dataclasses.fields(wanted)}
        return wanted(**told)  # type: ignore[operator]  # it is a class
    if wanted in {date, datetime}:
        return wanted.fromisoformat(kept)
    return Decimal(kept) if wanted is Decimal else kept
