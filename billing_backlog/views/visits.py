"""The doors to visits: the list of a day or a week, one visit, and the form that plans or changes it."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from billing_backlog.actions import visits as actions
from billing_backlog.errors import ItemIsUnclear
from billing_backlog.forms.visits import MoveForm, ReportForm, VisitForm
from billing_backlog.hours import monday_of
from billing_backlog.listing.visits import LABELS, STATES, visit_rows
from billing_backlog.models import Visit
from billing_backlog.queries import visits as queries
from billing_backlog.queries.choosing import offered_customers
from billing_backlog.queries.explaining import history_of
from billing_backlog.views.seeing import projects_of
from billing_backlog.visiting import VisitPlan
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to, render_page_or_fragment
from foundation.keyset import Key, page_of
from foundation.transactions import read_only
from tenants.audit_words import line_of
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
DAY, WEEK = timedelta(days=1), timedelta(days=7)
PAGE, FRAGMENT = "billing_backlog/list_visits.html", "billing_backlog/_visits.html"
BY_TIME = (Key("planned_on", date.fromisoformat), Key("begins", queries.read_time), Key("id", UUID))


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def list_visits(request: OrganizationRequest) -> HttpResponse:
    """The visits of a day or a week, each with where it stands and the document that bills it."""
    return render_page_or_fragment(request, PAGE, FRAGMENT, listed(request))


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def show_visit(request: OrganizationRequest, visit_id: UUID) -> HttpResponse:
    """One visit: what was planned, what became of it, and the documents that bill it."""
    return render(request, "billing_backlog/show_visit.html", shown(request, visit_id))


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.MARK_READY)
def plan_visit(request: OrganizationRequest) -> HttpResponse:
    """A form for a visit, or for a series of them."""
    form = _form(request, None)
    if form.is_valid():
        try:
            plan = _visible(request, form.plan())
            every, until = form.series()
            visits = actions.plan_series(
                request.organization, plan, every=every, until=until, actor=request.actor, now=timezone.now()
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            words = ngettext("%(count)s visit is planned", "%(count)s visits are planned", len(visits))
            messages.success(request, words % {"count": len(visits)})
            return go_to(request, address_of_day(request, plan.planned_on))
    return _page(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.MARK_READY)
def change_visit(request: OrganizationRequest, visit_id: UUID) -> HttpResponse:
    """The form of a planned visit."""
    with read_only():
        visit = queries.get_visit(queries.visible_visits(reader_of(request)), visit_id)
    form = _form(request, visit)
    if form.is_valid():
        version = request.POST.get("version", "")
        try:
            plan = _visible(request, form.plan())
            actions.change_visit(
                request.organization,
                visit_id,
                plan,
                version=int(version) if version.isdecimal() else 0,
                actor=request.actor,
                now=timezone.now(),
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved"))
            return go_to(request, reverse("billing_backlog:show_visit", args=[request.organization.slug, visit_id]))
    return _page(request, form, visit)


def reader_of(request: OrganizationRequest) -> queries.VisitReader:
    """Who asks for visits."""
    organization = request.organization
    may_see_all = request.may(Permission.VIEW_ALL_PROJECTS)
    return queries.VisitReader(organization, request.user, may_see_all, local_today(organization))


def address_of_day(request: OrganizationRequest, day: date) -> str:
    """Where the visits of a day are listed."""
    address = reverse("billing_backlog:list_visits", args=[request.organization.slug])
    return f"{address}?{urlencode({'day': day.isoformat()})}"


def day_asked(request: OrganizationRequest) -> date:
    """The day that is asked for; today where none is."""
    try:
        return date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return local_today(request.organization)


def listed(request: OrganizationRequest) -> dict[str, Any]:
    """What the list shows."""
    organization, reader, day = request.organization, reader_of(request), day_asked(request)
    is_week = request.GET.get("span") == "week"
    first = monday_of(day) if is_week else day
    step = WEEK if is_week else DAY
    state, worker = request.GET.get("state", ""), request.GET.get("worker", "")
    workers = queries.list_workers(organization)
    search = queries.VisitSearch(
        first=first,
        last=first + step - DAY,
        worker_id=next((user.pk for user in workers if str(user.pk) == worker), None),
        words=request.GET.get("q", ""),
        state=state if state in STATES else "",
    )
    page = page_of(queries.find_visits(queries.visible_visits(reader), search), BY_TIME, request.GET)
    rows = visit_rows(organization, page.rows, today=reader.today)
    asked = {"q": search.words, "worker": worker, "state": search.state, "span": "week" if is_week else ""}
    may_plan, may_report = request.may(Permission.MARK_READY), request.may(Permission.ENTER_WORK)
    planned = [visit for visit in page.rows if visit.is_planned]
    choosable = {visit.pk for visit in planned if may_plan or (may_report and visit.worker_id == request.user.pk)}
    return {
        "days": [(each, list(of_day)) for each, of_day in groupby(rows, key=lambda row: row.visit.planned_on)],
        "day": day,
        "first": first,
        "last": first + step - DAY,
        "is_week": is_week,
        "before": _query({**asked, "day": (first - step).isoformat()}),
        "after": _query({**asked, "day": (first + step).isoformat()}),
        "as_day": _query({**asked, "day": day.isoformat(), "span": ""}),
        "as_week": _query({**asked, "day": day.isoformat(), "span": "week"}),
        "today_query": _query({**asked, "day": reader.today.isoformat()}),
        "here": _query({**asked, "day": day.isoformat()})[1:],
        "today": reader.today,
        "asked": asked,
        "is_narrowed": any((search.words, search.worker_id, search.state)),
        "states": [(each.value, LABELS[each]) for each in STATES],
        "workers": workers,
        "pagination": page.pagination({**asked, "day": day.isoformat()}, target="#visits"),
        "may_plan": may_plan,
        "may_choose": may_report and bool(choosable),
        "choosable": choosable,
    }


def shown(request: OrganizationRequest, visit_id: UUID, **more: Any) -> dict[str, Any]:
    """What the page of one visit shows."""
    organization, reader = request.organization, reader_of(request)
    visit = queries.get_visit(queries.visible_visits(reader), visit_id)
    [row] = visit_rows(organization, [visit], today=reader.today)
    may_plan = request.may(Permission.MARK_READY)
    is_own = visit.worker_id == request.user.pk
    done_on = min(visit.planned_on, reader.today)
    return {
        "visit": visit,
        "row": row,
        "history": [line_of(entry) for entry in history_of(organization, visit.pk)],
        "may_plan": may_plan,
        "may_report": may_plan or (is_own and request.may(Permission.ENTER_WORK)),
        "report": ReportForm(initial={"done_on": done_on, "quantity": visit.quantity.normalize()}),
        "move": MoveForm(initial={"day": visit.planned_on}),
        **more,
    }


def _visible(request: OrganizationRequest, plan: VisitPlan) -> VisitPlan:
    """The plan, unless its visit would be one that whoever plans it may not see."""
    if request.may(Permission.VIEW_ALL_PROJECTS) or plan.worker_id == request.user.pk:
        return plan
    with read_only():
        is_seen = plan.line_id is not None and projects_of(request).filter(contracts__lines=plan.line_id).exists()
    if not is_seen:
        raise ItemIsUnclear(
            _("Choose a contract line of one of your projects, or yourself as the one who goes there."), field="line"
        )
    return plan


def _form(request: OrganizationRequest, visit: Visit | None) -> VisitForm:
    with read_only():
        day = visit.planned_on if visit else day_asked(request)
        lines = queries.visit_lines(request.organization, day)
        if not request.may(Permission.VIEW_ALL_PROJECTS):
            seen = set(projects_of(request).values_list("pk", flat=True))
            lines = [line for line in lines if line.contract.project_id in seen]
        form = VisitForm(
            request.POST if request.method == "POST" else None,
            organization=request.organization,
            lines=lines,
            workers=queries.list_workers(request.organization),
            visit=visit,
            initial=None if visit else {"planned_on": day},
        )
        form.is_valid()  # looks customer and product up: inside the reading
        return form


def _page(request: OrganizationRequest, form: VisitForm, visit: Visit | None) -> HttpResponse:
    with read_only():
        context = {"form": form, "visit": visit, "offered": offered_customers(request.organization)}
        status = INVALID if form.is_bound else 200
        return render(request, "billing_backlog/edit_visit.html", context, status=status)


def _query(values: dict[str, str]) -> str:
    return "?" + urlencode({name: value for name, value in values.items() if value})
