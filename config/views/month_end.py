"""The door to the end of a month."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from config.month_end import month_end
from config.queries import COUNT_MAX
from foundation.dates import PeriodLength, add_months, period_of
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

YEARS = range(1990, 2100)


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def show_month_end(request: OrganizationRequest) -> HttpResponse:
    """What must be equal, what is missing and what belongs to later months; last month unless another is asked for."""
    today = local_today(request.organization)
    month = _asked_for(request.GET.get("month", "")) or add_months(today.replace(day=1), -1)
    period = period_of(month, PeriodLength.MONTH)
    context = {
        "report": "month_end",
        "month": month_end(request.organization, (period.first, period.last), now=timezone.now()),
        "before": add_months(period.first, -1),
        "after": add_months(period.first, 1),
        "is_over": period.last < today,
        "count_max": COUNT_MAX,
        "may_close": request.may(Permission.CLOSE_PERIODS),
    }
    return render(request, "config/month_end.html", context)


def _asked_for(typed: str) -> date | None:
    """The month as a browser writes it, 2026-11; None for anything else."""
    try:
        month = date.fromisoformat(f"{typed}-01")
    except ValueError:
        return None
    return month if month.year in YEARS else None
