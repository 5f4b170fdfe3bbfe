"""How work becomes what is billed, method by method: values in, values out.

Sources of the rules: billing methods (M-023), splits (M-037), limits (M-042), progress (M-054), milestones (M-055),
schedules (M-035).
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum

from foundation.money import round_amount, split_amount

ZERO = Decimal("0.00")
HUNDRED = Decimal(100)
QUANTITY_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Work:
    """A quantity at a price, and what it comes to without VAT."""

    quantity: Decimal
    unit_price: Decimal

    @property
    def amount(self) -> Decimal:
        """Rounded once, as the line of an invoice is."""
        return round_amount(self.quantity * self.unit_price)


def split_work(work: Work, shares: Sequence[Decimal]) -> list[Work]:
    """The work of several customers by their per cent: the parts' quantities sum to the quantity exactly.

    Raises ValueError unless the shares sum to 100.
    """
    if sum(shares) != HUNDRED:
        raise ValueError(f"The shares sum to {sum(shares)} %, not to 100 %.")
    quantities = split_amount(work.quantity, list(shares), decimals=QUANTITY_DECIMALS)
    return [Work(quantity, work.unit_price) for quantity in quantities]


def split_fixed(work: Work, shares: Sequence[Decimal]) -> list[Work]:
    """A fixed amount of several customers by their per cent: one piece each, whose amounts make up the whole exactly.

    What was agreed as an amount is split as an amount: quantities of six decimals could lose an øre on the way.
    Raises ValueError unless the shares sum to 100.
    """
    if sum(shares) != HUNDRED:
        raise ValueError(f"The shares sum to {sum(shares)} %, not to 100 %.")
    sign = Decimal(-1 if work.amount < 0 else 1)
    return [Work(sign if part else ZERO, abs(part)) for part in split_amount(work.amount, list(shares))]


def split_rate_change(first: date, last: date, changes: Sequence[date]) -> list[tuple[date, date]]:
    """The stretches of a period between days at which something changes; both ends belong to their stretch."""
    starts = [first, *sorted({day for day in changes if first < day <= last})]
    ends = [*(day - timedelta(days=1) for day in starts[1:]), last]
    return list(zip(starts, ends, strict=True))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a fixed price has been billed, and what is billed next."""

    billed: Decimal
    next_amount: Decimal
    remaining: Decimal


def next_progress(
    agreed: Decimal, billed: Decimal, *, done_percent: Decimal | None = None, amount: Decimal | None = None
) -> Progress:
    """The next part of a fixed price, by how much of it is done in all or by an amount (M-054).

    Raises ValueError when neither or both are given, when nothing is left, or when it would bill more than is agreed.
    """
    if (done_percent is None) == (amount is None):
        raise ValueError("Give either how much is done, in per cent, or the next amount.")
    if done_percent is not None:
        if not ZERO <= done_percent <= HUNDRED:
            raise ValueError("What is done lies between 0 and 100 %.")
        part = round_amount(agreed * done_percent / HUNDRED) - billed
    else:
        assert amount is not None
        part = amount
    if part <= 0:
        raise ValueError("Nothing is left to bill at this progress.")
    if billed + part > agreed:
        raise ValueError("That is more than is left of the agreed amount.")
    return Progress(billed, part, agreed - billed - part)


def missing_of_milestones(agreed: Decimal, milestones: Sequence[Decimal]) -> Decimal:
    """What the milestones lack of the agreed amount; negative when they are more. Nothing may be missing (M-055)."""
    return agreed - sum(milestones, ZERO)


class MilestoneState(Enum):
    """How far a milestone of several customers has come (M-037)."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class SplitState:
    """How far one customer's share of a milestone has come."""

    is_begun: bool  # ready, on a draft or billed
    is_done: bool  # nothing is left to bill, and something was billed or given up


def milestone_state(splits: Sequence[SplitState]) -> MilestoneState:
    """The state of the whole: completed when every share is, begun when one is (M-037)."""
    if splits and all(split.is_done for split in splits):
        return MilestoneState.COMPLETED
    if any(split.is_begun or split.is_done for split in splits):
        return MilestoneState.IN_PROGRESS
    return MilestoneState.NOT_STARTED


class LimitScope(Enum):
    """What a not-to-exceed amount is set on (M-042)."""

    CONTRACT = "contract"
    CUSTOMER = "customer"
    LINE = "line"
    LINE_CUSTOMER = "line_customer"


@dataclass(frozen=True, slots=True)
class Limit:
    """A not-to-exceed amount without VAT, and what of it is taken: invoiced to date, and ready or on a draft."""

    scope: LimitScope
    amount: Decimal
    taken: Decimal

    @property
    def left(self) -> Decimal:
        """What may still be billed; negative when the limit is exceeded already."""
        return self.amount - self.taken


def broken_limits(amount: Decimal, limits: Sequence[Limit]) -> list[Limit]:
    """The limits that an item of this amount does not keep; a credit keeps every limit."""
    return [] if amount <= 0 else [limit for limit in limits if amount > limit.left]


def run_dates(frequency: str, day: int, *, starts_on: date, until: date, runs_per_month: int = 1) -> Iterator[date]:
    """The days on which a schedule runs, from its start through a day (M-035).

    Weekly and every second week: the weekday (1 Monday to 7 Sunday), the first on or after the start. Monthly: the day
    of the month, the last day where the month has no such day; several runs a month lie evenly before it.
    """
    if frequency in ("weekly", "biweekly"):
        step = timedelta(weeks=1 if frequency == "weekly" else 2)
        moment = starts_on + timedelta(days=(day - starts_on.isoweekday()) % 7)
        while moment <= until:
            yield moment
            moment += step
        return
    if frequency != "monthly":
        raise ValueError(f"{frequency!r} is no frequency.")
    year, month = starts_on.year, starts_on.month
    while date(year, month, 1) <= until:
        yield from (each for each in _runs_of_month(year, month, day, runs_per_month) if starts_on <= each <= until)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def _runs_of_month(year: int, month: int, day: int, runs: int) -> list[date]:
    length = calendar.monthrange(year, month)[1]
    last = min(day, length)
    return sorted({date(year, month, max(1, last * place // runs)) for place in range(1, runs + 1)})


def cut_off(run_date: date) -> date:
    """The last day whose work a run bills: the day before (M-035)."""
    return run_date - timedelta(days=1)
