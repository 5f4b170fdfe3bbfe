"""The doors to one's own hours: the grid of a week, and one day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from billing_backlog.actions.week import Saved, WeekOf, save_week
from billing_backlog.actions.work import enter_work
from billing_backlog.errors import StaleRecord
from billing_backlog.forms.week import Typed, read_grid, show_rows, targets_named, text_of
from billing_backlog.forms.work import TargetField, WorkForm, targets_between
from billing_backlog.hours import days_of, monday_of, name_of_week, read_week, write_hours
from billing_backlog.models import WorkEntry, WorkKind
from billing_backlog.queries.work import hours_between
from billing_backlog.week import ROWS_MAX, TypedCell, TypedRow, is_open, rows_of, sums_by_day
from foundation.errors import DomainError, Refusals
from foundation.forms import show_refusal
from foundation.htmx import go_to, render_page_or_fragment, swap_or_redirect
from foundation.templatetags.formatting import language_of_page
from foundation.text import clean_line
from foundation.transactions import read_only
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
WEEK = timedelta(days=7)
PAGE, FRAGMENT = "billing_backlog/week.html", "billing_backlog/_week.html"


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.ENTER_WORK)
def update_week(request: OrganizationRequest) -> HttpResponse:
    """The own hours of a week: typed, saved and handed in as one."""
    monday = _monday(request)
    if request.method != "POST":
        return render_page_or_fragment(request, PAGE, FRAGMENT, _week(request, monday, None))
    with read_only():
        typed = read_grid(request.POST, request.organization, days_of(monday))
    what = request.POST.get("do", "save")
    if what in {"add", "copy"} and not typed.faults:
        with read_only():
            _add_rows(request, typed, monday, copies=what == "copy")
            return render_page_or_fragment(request, PAGE, FRAGMENT, _week(request, monday, typed))
    saved = _save(request, typed, monday, submits=what == "submit") if not typed.faults else None
    with read_only():
        if saved is None:
            context = _week(request, monday, typed)
            return render_page_or_fragment(request, PAGE, FRAGMENT, context, status=INVALID)
        messages.success(request, _told(saved))
        address = reverse("billing_backlog:update_week", args=[request.organization.slug])
        to = f"{address}?week={name_of_week(monday)}"
        return swap_or_redirect(request, FRAGMENT, _week(request, monday, None), to=to)


def _monday(request: OrganizationRequest) -> date:
    asked = request.POST.get("week", "") or request.GET.get("week", "")
    try:
        return read_week(asked)
    except ValueError:
        return monday_of(local_today(request.organization))


def _save(request: OrganizationRequest, typed: Typed, monday: date, *, submits: bool) -> Saved | None:
    """What was saved; None where it was refused, and then the faults stand beside their cells."""
    week = WeekOf(request.user, monday, monday + WEEK - timedelta(days=1))
    try:
        return save_week(
            request.organization,
            week,
            typed.rows,
            submits=submits,
            actor=request.actor,
            now=timezone.now(),
            today=local_today(request.organization),
        )
    except DomainError as refusal:
        for part in refusal.refusals if isinstance(refusal, Refusals) else (refusal,):
            typed.faults[part.field] = str(part)
            if isinstance(part, StaleRecord):
                typed.stale.add(part.field)
        return None


def _told(saved: Saved) -> str:
    if saved.submitted:
        count = len(saved.submitted)
        words = ngettext("%(count)s entry is handed in", "%(count)s entries are handed in", count)
        return words % {"count": count}
    return _("The week is saved")


def _add_rows(request: OrganizationRequest, typed: Typed, monday: date, *, copies: bool) -> None:
    """Put empty rows under what is typed: the chosen line, or everything that was worked on the week before."""
    organization, days = request.organization, days_of(monday)
    if copies:
        before = hours_between(organization, request.user, monday - WEEK, monday - timedelta(days=1))
        wanted = [(row.project, row.line, row.text) for row in rows_of(before, days_of(monday - WEEK))]
    else:
        key = request.POST.get("new-target", "")
        target = targets_named(organization, [key]).get(key)
        if target is None:
            typed.faults["new-target"] = _("Choose a project and a contract line first.")
            return
        wanted = [(*target, clean_line(request.POST.get("new-text", ""))[:500] or text_of(target))]
    known = {(row.project.pk, row.line.pk if row.line else None, row.text) for row in typed.rows}
    for project, line, text in wanted:
        if (project.pk, line.pk if line else None, text) not in known and len(typed.rows) < ROWS_MAX:
            cells = [TypedCell(day, None, "", "", f"new{len(typed.rows)}-{place}") for place, day in enumerate(days)]
            typed.rows.append(TypedRow(project, line, text, tuple(cells)))


def _week(request: OrganizationRequest, monday: date, typed: Typed | None) -> dict[str, Any]:
    organization, days, language = request.organization, days_of(monday), language_of_page()
    entries = hours_between(organization, request.user, days[0], days[-1])
    stored = rows_of(entries, days)
    rows = show_rows(stored, typed)
    sums = sums_by_day(stored, days)
    today = local_today(organization)
    new_target = TargetField(required=False)
    new_target.offer(targets_between(organization, days[0], days[-1]))
    return {
        "monday": monday,
        "week": name_of_week(monday),
        "number": monday.isocalendar().week,
        "days": [(day, write_hours(total, language) if total else "") for day, total in zip(days, sums, strict=True)],
        "today": today,
        "rows": rows,
        "total": write_hours(sum(sums, Decimal(0)), language),
        "open_count": sum(is_open(entry) for entry in entries),
        "choices": new_target.choices,
        "fault": (typed.faults.get("new-target") or typed.faults.get("")) if typed else "",
        "has_stale": bool(typed and typed.stale),
        "returned": [entry for entry in entries if is_open(entry) and entry.returned_reason],
        "before": name_of_week(monday - WEEK),
        "after": name_of_week(monday + WEEK),
        "this_week": name_of_week(monday_of(today)),
        "added": typed.rows[-1].text if typed and request.POST.get("do") == "add" and typed.rows else "",
    }


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.ENTER_WORK)
def show_day(request: OrganizationRequest) -> HttpResponse:
    """The own hours of one day, and one more: made for a phone."""
    day = _day(request)
    with read_only():
        targets = targets_between(request.organization, day, day)
    data = {**request.POST.dict(), "day": day.isoformat()} if request.method == "POST" else None
    initial = {"day": day, "is_billable": True}
    form = WorkForm(data, organization=request.organization, kind=WorkKind.TIME, targets=targets, initial=initial)
    if form.is_valid():
        try:
            _enter(request, form)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The hours are written down"))
            address = reverse("billing_backlog:show_day", args=[request.organization.slug])
            return go_to(request, f"{address}?day={day.isoformat()}")
    with read_only():
        status = INVALID if form.is_bound else 200
        return render(request, "billing_backlog/day.html", _day_context(request, day, form), status=status)


def _enter(request: OrganizationRequest, form: WorkForm) -> WorkEntry:
    organization = request.organization
    today, now = local_today(organization), timezone.now()
    return enter_work(organization, request.user, form.written(), actor=request.actor, today=today, now=now)


def _day(request: OrganizationRequest) -> date:
    try:
        day = date.fromisoformat(request.POST.get("day", "") or request.GET.get("day", ""))
        read_week(day.isoformat())
    except ValueError:
        return local_today(request.organization)
    return day


def _day_context(request: OrganizationRequest, day: date, form: WorkForm) -> dict[str, Any]:
    days, language = days_of(monday_of(day)), language_of_page()
    entries = hours_between(request.organization, request.user, days[0], days[-1])
    of_day: dict[date, Decimal] = dict.fromkeys(days, Decimal(0))
    for entry in entries:
        of_day[entry.day] += entry.quantity
    return {
        "day": day,
        "today": local_today(request.organization),
        "days": [(each, write_hours(hours, language) if hours else "") for each, hours in of_day.items()],
        "entries": [(entry, write_hours(entry.quantity, language)) for entry in entries if entry.day == day],
        "hours": write_hours(of_day[day], language),
        "week": name_of_week(monday_of(day)),
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "form": form,
    }
