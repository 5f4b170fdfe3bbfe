"""What the use of a facility costs by the price lists, and in which words a missing price is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from billing_backlog.errors import NoPriceFound
from billing_backlog.models import Facility, TargetGroup
from billing_backlog.price_lists import Missing, NoPrice, PriceRule, Use, rule_for
from billing_backlog.queries.price_lists import price_rules
from customers.units import unit_name
from foundation.templatetags.formatting import format_day, language_of_page
from tenants.models import Organization


def prices_on(
    organization: Organization, facility: Facility, target_group: TargetGroup, unit_code: str, days: Sequence[date]
) -> dict[date, PriceRule | NoPrice]:
    """For each day the price that holds, or what is missing: one statement for a whole series."""
    rules = price_rules(organization, min(days), max(days))
    found: dict[date, PriceRule | NoPrice] = {}
    for day in days:
        use = Use(
            facility_id=facility.pk,
            facility_group=facility.group,
            target_group_id=target_group.pk,
            day=day,
            unit_code=unit_code,
        )
        try:
            found[day] = rule_for(rules, use)
        except NoPrice as missing:
            found[day] = missing
    return found


def refusal_of(missing: NoPrice, facility: Facility, target_group: TargetGroup, day: date) -> NoPriceFound:
    """What is missing in the price lists, and the way out."""
    language = language_of_page()
    words = {
        "facility": facility,
        "group": target_group,
        "day": format_day(day, language),
        "units": ", ".join(unit_name(unit, language) for unit in missing.units),
    }
    if missing.missing == Missing.LIST:
        return NoPriceFound(
            _("No price list is valid on %(day)s. Make one, or write the price with a reason.") % words, field="day"
        )
    if missing.missing == Missing.FACILITY:
        return NoPriceFound(
            _("%(facility)s has no price on %(day)s. Add it to the price list, or write the price with a reason.")
            % words,
            field="facility",
        )
    if missing.missing == Missing.TARGET_GROUP:
        return NoPriceFound(
            _("%(facility)s has no price for %(group)s. Add it to the price list, or write the price with a reason.")
            % words,
            field="target_group",
        )
    return NoPriceFound(
        _("%(facility)s has no price for that unit, only for: %(units)s. Choose another unit.") % words,
        field="unit_code",
    )


def rule_words(rule: PriceRule, target_group: TargetGroup) -> str:
    """The price rule as invoices and bookings name it."""
    return f"{rule.list_name}, {target_group.name}"[:120]
