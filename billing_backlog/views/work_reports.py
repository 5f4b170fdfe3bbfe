"""The doors to the reports from work to invoice."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from billing_backlog.actions import reports as actions
from billing_backlog.forms.reports import PeriodForm, WorkExportForm
from billing_backlog.reports.answers import Answer
from billing_backlog.reports.asked import WorkAsked
from billing_backlog.reports.tables import WORK_REPORTS, WorkReport
from foundation.htmx import go_to
from foundation.spreadsheets import FileFormat
from tenants import jobs
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

ROWS_SHOWN = 60
PAGE_DIGITS_MAX = 4


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def list_work_reports(request: OrganizationRequest) -> HttpResponse:
    """Every report on the way from work to invoice, and what it answers."""
    context = {"reports": WORK_REPORTS.values(), "tab": "reports"}
    return render(request, "billing_backlog/list_work_reports.html", context)


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def show_work_report(request: OrganizationRequest, report: str) -> HttpResponse:
    """One report: its rows page by page, and the sums of all of them."""
    wanted = WORK_REPORTS[report]
    today = local_today(request.organization)
    form = PeriodForm(request.GET)
    asked = _asked(request, form)
    page = _page(request)
    rows, count, sums = _read(wanted, wanted.rows(request.organization, asked), page)
    days = {"first": asked.first.isoformat(), "last": asked.last.isoformat()} if wanted.has_period else {}
    context = {
        "report": wanted,
        "slug": report,
        "rows": rows,
        "count": count,
        "sums": sums,
        "asked": asked,
        "form": PeriodForm(initial={"first": asked.first, "last": asked.last}) if form.is_valid() else form,
        "today": today,
        "days": days,
        "key": jobs.new_key(),
        "pagination": _pagination(page, count, days),
        "tab": "reports",
    }
    status = 200 if form.is_valid() else 422
    return render(request, "billing_backlog/show_work_report.html", context, status=status)


@require_POST
@organization_view(Permission.VIEW_BACKLOG)
def export_work_report(request: OrganizationRequest) -> HttpResponse:
    """Begin the job that writes the report into a file, and show it."""
    organization = request.organization
    form, period = WorkExportForm(request.POST), PeriodForm(request.POST)
    if not form.is_valid() or not period.is_valid():
        return go_to(request, reverse("billing_backlog:list_work_reports", args=[organization.slug]))
    said = form.cleaned_data
    file_format = FileFormat(said["file_format"])
    job = actions.export_report(
        organization,
        said["report"],
        _asked(request, period),
        file_format=file_format,
        actor=request.actor,
        key=said["key"],
    )
    return go_to(request, reverse("tenants:show_job", args=[organization.slug, job.pk]))


def _asked(request: OrganizationRequest, form: PeriodForm) -> WorkAsked:
    today = local_today(request.organization)
    first, last = form.period(today)
    sees_all = request.may(Permission.VIEW_ALL_PROJECTS)
    return WorkAsked(today=today, first=first, last=last, user_id=request.user.pk, sees_all=sees_all)


def _page(request: OrganizationRequest) -> int:
    typed = request.GET.get("page", "1")
    is_number = typed.isascii() and typed.isdigit() and len(typed) <= PAGE_DIGITS_MAX
    return max(1, int(typed)) if is_number else 1


def _read(
    report: WorkReport, answers: Iterable[Answer], page: int
) -> tuple[list[dict[str, Any]], int, list[tuple[str, list[Any]]]]:
    """The rows of the page with their columns, how many there are in all, and the sums by currency."""
    shown, count, sums = [], 0, dict[str, list[Any]]()
    for answer in answers:
        count += 1
        if (page - 1) * ROWS_SHOWN < count <= page * ROWS_SHOWN:
            cells = list(zip(report.columns, answer.cells, strict=True))
            shown.append({"cells": cells, "project_id": answer.project_id, "contract_id": answer.contract_id})
        total = sums.setdefault(str(answer.cells[report.currency_place]), [None] * len(report.columns))
        for place, column in enumerate(report.columns):
            cell = answer.cells[place]
            if column.is_summed and isinstance(cell, Decimal):
                total[place] = (total[place] or Decimal("0.00")) + cell
    with_columns = [
        (currency, list(zip(report.columns, cells, strict=True))) for currency, cells in sorted(sums.items())
    ]
    return shown, count, with_columns if any(column.is_summed for column in report.columns) else []


def _pagination(page: int, count: int, days: dict[str, str]) -> dict[str, str] | None:
    if count <= ROWS_SHOWN:
        return None
    has_more = page * ROWS_SHOWN < count
    return {
        "summary": f"{(page - 1) * ROWS_SHOWN + 1}–{min(page * ROWS_SHOWN, count)} / {count}",
        "previous_url": f"?{urlencode({**days, 'page': page - 1})}" if page > 1 else "",
        "next_url": f"?{urlencode({**days, 'page': page + 1})}" if has_more else "",
        "target": "",
    }
