"""The doors by which visits are done, moved, cancelled and opened again."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from billing_backlog.actions import visits_done as actions
from billing_backlog.actions.visits import move_visits as move
from billing_backlog.forms.visits import MoveForm, ReportForm
from billing_backlog.models import Visit
from billing_backlog.queries import visits as queries
from billing_backlog.views.visits import INVALID, reader_of, shown
from billing_backlog.views.work import ids_sent
from foundation.errors import DomainError
from foundation.htmx import go_to
from foundation.transactions import read_only
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

QUERY_MAX = 500


@require_POST
@organization_view(Permission.ENTER_WORK)
def complete_visits(request: OrganizationRequest) -> HttpResponse:
    """Say that the chosen visits are done as they were planned: one's own, or anybody's where the role plans them."""
    only = request.POST.get("only")
    ids = _ids(only) if only else ids_sent(request)
    if not ids:
        messages.error(request, _("Choose visits first."))
        return go_to(request, _back(request))
    visits, today = _reported(request, ids), local_today(request.organization)
    reports = [actions.Report(visit.pk, min(visit.planned_on, today)) for visit in visits]
    completed = actions.complete_visits(
        request.organization, reports, actor=request.actor, today=today, now=timezone.now()
    )
    _tell(request, completed)
    return go_to(request, _back(request))


@require_POST
@organization_view(Permission.ENTER_WORK)
def complete_visit(request: OrganizationRequest, visit_id: UUID) -> HttpResponse:
    """Say that one visit is done, on which day and how much it was."""
    [visit] = _reported(request, [visit_id])
    form = ReportForm(request.POST)
    if form.is_valid():
        report = actions.Report(visit.pk, form.cleaned_data["done_on"], form.cleaned_data["quantity"])
        today = local_today(request.organization)
        completed = actions.complete_visits(
            request.organization, [report], actor=request.actor, today=today, now=timezone.now()
        )
        if not completed.refused:
            _tell(request, completed)
            return go_to(request, _address(request, visit_id))
        for _visit, refusal in completed.refused:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    return _again(request, visit_id, report=form)


@require_POST
@organization_view(Permission.MARK_READY)
def cancel_visit(request: OrganizationRequest, visit_id: UUID) -> HttpResponse:
    """Say that a visit will not take place; what was billed beforehand is taken back."""
    _seen(request, [visit_id])
    try:
        actions.cancel_visits(
            request.organization,
            [visit_id],
            reason=request.POST.get("reason", ""),
            actor=request.actor,
            today=local_today(request.organization),
            now=timezone.now(),
        )
    except DomainError as refusal:
        return _again(request, visit_id, cancel_fault=str(refusal), reason=request.POST.get("reason", "")[:300])
    messages.success(request, _("The visit is cancelled"))
    return go_to(request, _address(request, visit_id))


@require_POST
@organization_view(Permission.MARK_READY)
def move_visits(request: OrganizationRequest) -> HttpResponse:
    """Move the chosen visits to another day."""
    ids = ids_sent(request)
    form = MoveForm(request.POST)
    if not ids or not form.is_valid():
        messages.error(request, _("Choose visits and a day first."))
        return go_to(request, _back(request))
    _seen(request, ids)
    try:
        moved = move(request.organization, ids, day=form.cleaned_data["day"], actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        words = ngettext("%(count)s visit is moved", "%(count)s visits are moved", len(moved))
        messages.success(request, words % {"count": len(moved)})
    return go_to(request, _back(request))


@require_POST
@organization_view(Permission.ENTER_WORK)
def reopen_visit(request: OrganizationRequest, visit_id: UUID) -> HttpResponse:
    """Take back that a visit is done, while no document bills it."""
    _reported(request, [visit_id])
    try:
        actions.reopen_visit(request.organization, visit_id, actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The visit is planned again"))
    return go_to(request, _address(request, visit_id))


def _seen(request: OrganizationRequest, ids: list[UUID]) -> list[Visit]:
    """These visits, where whoever asks may see every one of them; else 404."""
    with read_only():
        visits = list(queries.visible_visits(reader_of(request)).filter(pk__in=ids))
    if len(visits) != len(set(ids)):
        raise Http404
    return visits


def _reported(request: OrganizationRequest, ids: list[UUID]) -> list[Visit]:
    """These visits, where whoever asks may say of them that they are done: the own ones, or as a planner."""
    visits = _seen(request, ids)
    if not request.may(Permission.MARK_READY) and any(visit.worker_id != request.user.pk for visit in visits):
        raise Http404
    return visits


def _tell(request: OrganizationRequest, completed: actions.Completed) -> None:
    count = len(completed.done) + len(completed.known)
    if count:
        words = ngettext("%(count)s visit is done", "%(count)s visits are done", count)
        messages.success(request, words % {"count": count})
    for sentence in dict.fromkeys(str(refusal) for _visit, refusal in completed.refused):
        messages.error(request, sentence)


def _again(request: OrganizationRequest, visit_id: UUID, **more: object) -> HttpResponse:
    with read_only():
        context = shown(request, visit_id, **more)
        return render(request, "billing_backlog/show_visit.html", context, status=INVALID)


def _ids(text: str) -> list[UUID]:
    try:
        return [UUID(text)]
    except ValueError:
        raise Http404 from None


def _address(request: OrganizationRequest, visit_id: UUID) -> str:
    return reverse("billing_backlog:show_visit", args=[request.organization.slug, visit_id])


def _back(request: OrganizationRequest) -> str:
    """The list as it was asked for."""
    address = reverse("billing_backlog:list_visits", args=[request.organization.slug])
    query = QueryDict(request.POST.get("query", "")[:QUERY_MAX]).urlencode()
    return f"{address}?{query}" if query else address
