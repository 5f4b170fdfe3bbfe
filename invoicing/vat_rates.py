"""Which VAT rate a line has: by its treatment and the date of its delivery. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from customers.vat import rule_of


@dataclass(frozen=True, slots=True)
class DatedPercent:
    """A rate of one class with the days it holds; valid_to is exclusive."""

    rate_class: str
    percent: Decimal
    valid_from: date
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        """Whether the rate is in force on the day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class RateTable:
    """The dated rates of one country, asked by treatment and day."""

    def __init__(self, rates: Sequence[DatedPercent]) -> None:
        self._by_class: dict[str, list[DatedPercent]] = {}
        for rate in sorted(rates, key=lambda rate: rate.valid_from, reverse=True):
            self._by_class.setdefault(rate.rate_class, []).append(rate)

    def percent(self, treatment: str, day: date) -> Decimal | None:
        """The rate in force on the day of delivery; 0 without VAT, None where no figure holds for the day."""
        rate_class = rule_of(treatment).rate_class
        if rate_class is None:
            return Decimal(0)
        for rate in self._by_class.get(rate_class, ()):
            if rate.holds_on(day):
                return rate.percent
        return None

    def crosses_change(self, treatment: str, first: date, last: date) -> bool:
        """Whether a period holds two rates, so that it must be split into two lines."""
        return self.percent(treatment, first) != self.percent(treatment, last)
