"""What a booking would cost while it is being written, and which reasons its price asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, Protocol

from billing_backlog.booking_terms import SERIES_MAX
from billing_backlog.booking_times import minutes_between, quantity_of, weekly_days
from billing_backlog.models import Facility, TargetGroup
from billing_backlog.price_lists import HOUR, NoPrice, PriceRule
from billing_backlog.queries.booking_prices import prices_on, refusal_of, rule_words
from customers.units import unit_name
from foundation.money import round_amount
from foundation.templatetags.formatting import language_of_page
from tenants.models import Organization


class Offers(Protocol):
    """What the form offers: facilities and target groups by their ids."""

    places: dict[str, Facility]
    groups: dict[str, TargetGroup]


@dataclass(frozen=True, slots=True)
class PricedDays:
    """The days of a booking that have one price."""

    first: date
    count: int
    unit_price: Decimal
    amount: Decimal  # of all of them
    rule: str
    includes_vat: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What the price list says, day by day of one price, or what is missing; and what must be explained."""

    parts: Sequence[PricedDays] = ()
    missing: str = ""
    quantity: Decimal = Decimal(1)
    unit: str = ""
    is_free: bool = False
    is_free_place: bool = False  # the facility's use is not billed
    is_other_price: bool = False

    @property
    def amount(self) -> Decimal:
        """What all days come to by the price list."""
        return sum((part.amount for part in self.parts), Decimal(0))

    @property
    def is_known(self) -> bool:
        """Whether enough is written to look for a price."""
        return bool(self.parts or self.missing)


def preview_of(organization: Organization, told: Mapping[str, Any], offers: Offers) -> Preview:
    """The preview of what is typed so far; with too little typed it says nothing yet."""
    facility = offers.places.get(str(told.get("facility") or ""))
    group = offers.groups.get(str(told.get("target_group") or ""))
    day, unit_code = told.get("day"), str(told.get("unit_code") or HOUR)
    typed = told.get("unit_price")
    free_place = facility is not None and not facility.is_billable and typed is None
    bare = Preview(
        is_free=bool(told.get("is_free")) and not free_place,
        is_free_place=free_place,
        is_other_price=typed is not None,
    )
    if facility is None or group is None or not isinstance(day, date):
        return bare
    starts_at, ends_at = told.get("starts_at"), told.get("ends_at")
    if unit_code == HOUR and not (starts_at and ends_at and minutes_between(starts_at, ends_at) > 0):
        return bare
    quantity = quantity_of(unit_code, starts_at, ends_at)
    days = weekly_days(day, told.get("until"), told.get("without") or ())[:SERIES_MAX] or [day]
    prices = prices_on(organization, facility, group, unit_code, days)
    missing = next(((each, found) for each, found in prices.items() if isinstance(found, NoPrice)), None)
    rules = [(each, found) for each, found in prices.items() if isinstance(found, PriceRule)]
    return replace(
        bare,
        parts=_parts(rules, quantity, group),
        missing=str(refusal_of(missing[1], facility, group, missing[0])) if missing else "",
        quantity=quantity,
        unit=unit_name(unit_code, language_of_page()),
        is_other_price=typed is not None and (not rules or any(rule.unit_price != typed for _day, rule in rules)),
    )


def _parts(rules: Sequence[tuple[date, PriceRule]], quantity: Decimal, target_group: TargetGroup) -> list[PricedDays]:
    parts = []
    for _rule_id, found in groupby(rules, key=lambda pair: pair[1].id):
        days = list(found)
        rule = days[0][1]
        amount = round_amount(quantity * rule.unit_price) * len(days)
        parts.append(
            PricedDays(
                days[0][0], len(days), rule.unit_price, amount, rule_words(rule, target_group), rule.price_includes_vat
            )
        )
    return parts
