"""What happens by itself when work is done: decided for the company, and for a customer that has its own way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

EVENING = 18  # from this hour, where the organization is, tomorrow's visits are billed
NOON = 12  # until this hour today's are caught up with; later ones are billed when they are done


class Posting(StrEnum):
    """What is made of work (M-123)."""

    NONE = "none"  # M-125
    COLLECT = "collect"  # M-126
    FINALIZE = "finalize"  # M-127


class Timing(StrEnum):
    """When it is made."""

    DONE = "done"  # M-128
    NIGHT_BEFORE = "night_before"  # M-129


class Period(StrEnum):
    """How long one draft collects."""

    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Automation:
    """What is decided, with nothing left open."""

    posting: Posting = Posting.NONE
    timing: Timing = Timing.DONE
    sends: bool = True
    period: Period = Period.MONTH

    @property
    def bills(self) -> bool:
        """Whether anything is made by itself."""
        return self.posting != Posting.NONE

    @property
    def bills_beforehand(self) -> bool:
        """Whether documents are formed the night before the planned day."""
        return self.bills and self.timing == Timing.NIGHT_BEFORE


@dataclass(frozen=True, slots=True)
class OwnAutomation:
    """What one customer has decided for itself; what is None follows the company."""

    posting: Posting | None = None
    timing: Timing | None = None
    sends: bool | None = None
    period: Period | None = None


DEFAULT = Automation()


def settle(own: OwnAutomation | None, company: Automation | None) -> Automation:
    """What holds for a customer: its own decisions win, each by itself, over those of the company (M-124)."""
    company = company or DEFAULT
    if own is None:
        return company
    return Automation(
        posting=company.posting if own.posting is None else own.posting,
        timing=company.timing if own.timing is None else own.timing,
        sends=company.sends if own.sends is None else own.sends,
        period=company.period if own.period is None else own.period,
    )


def end_of_period(day: date, period: Period) -> date:
    """The last day of the week or the month that a day lies in: what one draft collects through (M-126)."""
    if period == Period.WEEK:
        return day + timedelta(days=6 - day.weekday())
    first_of_next = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    return first_of_next - timedelta(days=1)


def days_to_bill_beforehand(local: datetime) -> list[date]:
    """The days whose visits are billed beforehand at this moment of the organization's own clock (M-129).

    Tomorrow's from the evening on. Until noon also today's: what a night without power has missed.
    """
    days = [local.date()] if local.hour < NOON else []
    return [*days, local.date() + timedelta(days=1)] if local.hour >= EVENING else days
