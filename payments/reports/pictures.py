"""Reports as pictures: the numbers of their SVG, and the same in words for those who do not see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format

from foundation import charts
from foundation.dates import PeriodLength, periods_between
from foundation.templatetags.formatting import format_amount, format_day, format_quantity, language_of_page
from payments.reports.ageing import AGE_NAMES, Ageing
from payments.reports.asked import Asked
from payments.reports.received import ReceivedPayments
from payments.reports.sales_days import SalesDays
from payments.reports.words import AGE_LABELS

DAYS_SHOWN_MAX = 31
MONTHS_SHOWN_MAX = 24
LABELS_MAX = 8


def ageing_picture(ageing: Ageing) -> dict[str, Any]:
    """The ages as lying bars; credits have no age and are no bar."""
    values = [
        (AGE_LABELS[name], amount) for name, amount in zip(AGE_NAMES[:-1], ageing.books.amounts[:-1], strict=True)
    ]
    return {"bars": charts.bars(values), "words": _words(values)}


def received_picture(found: ReceivedPayments, asked: Asked) -> dict[str, Any] | None:
    """What came in each day of a short period, or each month of a longer one; None where there is too much to draw."""
    span = (asked.last - asked.first).days + 1
    by_day = {each.key: each.base_amount for each in found.by_day}
    if not by_day:
        return None
    if span <= DAYS_SHOWN_MAX:
        days = [date.fromordinal(asked.first.toordinal() + place) for place in range(span)]
        values: list[tuple[Any, Decimal]] = [(str(day.day), by_day.get(day, Decimal(0))) for day in days]
        told: list[tuple[Any, Decimal]] = [(format_day(day, language_of_page()), by_day[day]) for day in sorted(by_day)]
    else:
        periods = list(periods_between(asked.first, asked.last, PeriodLength.MONTH))
        if len(periods) > MONTHS_SHOWN_MAX:
            return None
        sums = [sum((amount for day, amount in by_day.items() if day in period), Decimal(0)) for period in periods]
        values = [(date_format(period.first, "M"), amount) for period, amount in zip(periods, sums, strict=True)]
        told = values
    every = -(-len(values) // LABELS_MAX)
    return {"chart": charts.columns(values, named_every=every), "words": _words(told)}


def days_picture(months: Sequence[SalesDays]) -> dict[str, Any] | None:
    """Days sales outstanding as a line, for the months that have sales; None where fewer than two have."""
    values: list[tuple[Any, Decimal]] = [
        (date_format(month.first, "M"), month.days) for month in months if month.days is not None
    ]
    if len(values) < 2:
        return None
    language = language_of_page()
    words = "; ".join(f"{name} {format_quantity(days, language)}" for name, days in values)
    return {"chart": charts.columns(values, named_every=2, at_edges=True), "words": words}


def _words(values: Sequence[tuple[Any, Decimal]]) -> str:
    return "; ".join(f"{name} {format_amount(amount, language_of_page())}" for name, amount in values)
