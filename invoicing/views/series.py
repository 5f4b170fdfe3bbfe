"""The number ledger: every number of every series, and whether anything is missing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from foundation.htmx import render_page_or_fragment
from foundation.keyset import Key, page_of
from invoicing import queries
from invoicing.actions.series import check_every_series
from invoicing.models import NumberSeries
from tenants.permissions import OrganizationRequest, Permission, organization_view

BY_NUMBER = (Key("number", int, is_descending=True),)


@require_GET
@organization_view(Permission.VIEW_LEDGER)
def number_ledger(request: OrganizationRequest) -> HttpResponse:
    """Each series with its range and last check, and the numbers of the chosen one."""
    organization = request.organization
    series = list(queries.list_series(organization))
    chosen = _chosen(series, request.GET.get("series", ""))
    context: dict[str, Any] = {"series": series, "chosen": chosen, "rows": [], "pagination": None, "check": None}
    if chosen is not None:
        page = page_of(queries.numbers_of_series(organization, chosen), BY_NUMBER, request.GET)
        parameters = {"series": str(chosen.pk)} if len(series) > 1 else {}
        context["rows"] = page.rows
        context["pagination"] = page.pagination(parameters, target="#numbers")
        context["check"] = queries.last_series_check(organization, chosen)
        context["count"] = chosen.last_number - chosen.first_number + 1
        context["has_new"] = context["check"] is not None and context["check"].last_number < chosen.last_number
    context["may_prove"] = request.may(Permission.TAKE_PROOF)
    return render_page_or_fragment(request, "invoicing/number_ledger.html", "invoicing/_numbers.html", context)


@require_POST
@organization_view(Permission.VIEW_LEDGER)
def check_series(request: OrganizationRequest) -> HttpResponse:
    """Look at every number and hash of every series now."""
    found = check_every_series(request.organization)
    if all(check.is_whole for check in found):
        messages.success(request, _("Every number is in place. Nothing is missing."))
    else:
        messages.error(request, _("Something is not as it was finalized. The problems are listed below."))
    return redirect("invoicing:number_ledger", request.organization.slug)


def _chosen(series: list[NumberSeries], wanted: str) -> NumberSeries | None:
    try:
        series_id = UUID(wanted)
    except ValueError:
        return next((row for row in series if row.is_default), series[0] if series else None)
    return next((row for row in series if row.pk == series_id), None)
