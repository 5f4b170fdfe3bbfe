"""How long the law has bookkeeping kept, by country; dated, so that a change of law is one more row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class KeepingRule:
    """So many years after the end of the accounting year, from the day on which the rule holds."""

    country: str
    valid_from: date
    years: int
    source: str


RULES = (
    KeepingRule("NO", date(2014, 2, 1), 5, "bokføringsloven § 13"),
    KeepingRule("DK", date(2022, 7, 1), 5, "bogføringsloven § 12"),
    KeepingRule("SE", date(2011, 1, 1), 7, "bokföringslagen 7 kap. 2 §"),
)


def rule_of(country: str, today: date) -> KeepingRule:
    """The rule that holds in a country."""
    rules = [rule for rule in RULES if rule.country == country and rule.valid_from <= today]
    return max(rules, key=lambda rule: rule.valid_from)


def kept_until(rule: KeepingRule, day: date) -> date:
    """The last day on which a document of this day must be kept; accounting years are calendar years."""
    return date(day.year + rule.years, 12, 31)
