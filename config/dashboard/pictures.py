"""The figures of the start page with their pictures, as its templates show them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from config.dashboard import figures
from foundation import charts
from foundation.templatetags.formatting import format_amount, language_of_page
from tenants.models import Organization

LAG_LIMIT = figures.LATE_AFTER_DAYS


def pictures(organization: Organization, today: date) -> dict[str, Any]:
    """Ageing, cash to come, what was issued and how soon, each with its chart and the rows behind it."""
    days = figures.open_days(organization)
    months = figures.issued_months(organization, today)
    has_late = any(day.due_date is not None and day.due_date < today for day in days)
    return {
        "ageing": _ageing(figures.ageing_of(days, today)),
        "expected": _expected(figures.expected_of(days, today)),
        "overdue_customers": figures.overdue_customers(organization, today) if has_late else [],
        "issued": _issued(months),
        "lag": _lag(months),
    }


def _ageing(ageing: figures.Ageing) -> dict[str, Any]:
    names = [_("Not due"), _("1–30 days"), _("31–60 days"), _("61–90 days"), _("Over 90 days")]
    rows = list(zip(names, ageing.buckets, strict=True))
    return {
        "rows": rows,
        "credit": ageing.credit,
        "total": ageing.total,
        "bars": charts.bars([(name, sums.amount) for name, sums in rows]),
        "words": "; ".join(f"{name} {_whole(sums.amount)}" for name, sums in rows),
    }


def _expected(expected: figures.Expected) -> dict[str, Any]:
    values = [(_week_name(place, week), week.sums.amount) for place, week in enumerate(expected.weeks)]
    return {
        "overdue": expected.overdue,
        "weeks": list(zip((name for name, _amount in values), expected.weeks, strict=True)),
        "later": expected.later,
        "chart": charts.columns(values, named_every=2, at_edges=True),
        "words": "; ".join(f"{name} {_whole(value)}" for name, value in values),
    }


def _week_name(place: int, week: figures.Week) -> str:
    return _("This week") if place == 0 else _("w %(number)s") % {"number": week.number}


def _issued(months: list[figures.Month]) -> dict[str, Any]:
    values = [(_month_name(month.first), month.net_amount) for month in months]
    return {
        "months": list(zip((name for name, _amount in values), months, strict=True)),
        "chart": charts.columns(values, named_every=2),
        "words": "; ".join(f"{name} {_whole(value)}" for name, value in values),
    }


def _lag(months: list[figures.Month]) -> dict[str, Any]:
    measured = [month for month in months if month.measured]
    values = [(_month_name(month.first), Decimal(max(0, month.median_lag or 0))) for month in measured]
    chart = charts.columns(values, named_every=2, at_edges=True)
    return {
        "months": [(_month_name(month.first), month) for month in measured],
        "last": measured[-1] if measured else None,
        "chart": chart,
        "limit": LAG_LIMIT,
        "words": "; ".join(
            _("%(month)s: %(days)s days") % {"month": name, "days": month.median_lag}
            for (name, _value), month in zip(values, measured, strict=True)
        ),
    }


def _month_name(first: date) -> str:
    return date_format(first, "M")


def _whole(value: Decimal) -> str:
    return format_amount(value, language_of_page())
