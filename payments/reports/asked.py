"""What a report is asked for: days, and what of the ledger is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from foundation.dates import Period, PeriodLength, period_of, periods_between

PAGE_ROWS = 50
# How long an ordinary term of VAT is, by country.
VAT_TERMS = {"NO": PeriodLength.TWO_MONTHS, "DK": PeriodLength.QUARTER, "SE": PeriodLength.QUARTER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question to the ledger: as of a day, or for the days from first to last, both included."""

    day: date
    first: date
    last: date
    customer_id: UUID | None = None
    account_id: UUID | None = None
    age: str = ""
    currency: str = ""
    vat_code: str = ""
    side: str = ""
    method: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain values, for a job."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Asked:
        """The question that a job was given."""
        days: dict[str, Any] = {name: date.fromisoformat(stored[name]) for name in ("day", "first", "last")}
        ids = {name: UUID(stored[name]) if stored[name] else None for name in ("customer_id", "account_id")}
        texts = {name: stored[name] for name in ("age", "currency", "vat_code", "side", "method")}
        return cls(**{**days, **ids, **texts})


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def this_year(today: date) -> Asked:
    """What is asked where nothing is chosen: as of today, and the year until today."""
    return Asked(day=today, first=today.replace(month=1, day=1), last=today)


def vat_terms(country: str, year: int) -> list[Period]:
    """The terms of VAT of a year."""
    return list(periods_between(date(year, 1, 1), date(year, 12, 31), VAT_TERMS[country]))


def vat_term_of(country: str, day: date) -> Period:
    """The term of VAT that a day lies in."""
    return period_of(day, VAT_TERMS[country])
