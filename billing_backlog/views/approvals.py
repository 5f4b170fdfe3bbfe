"""The doors to what waits for approval, and to who stands in for whom."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing_backlog.actions import approving
from billing_backlog.actions.deputies import end_deputy as end
from billing_backlog.actions.deputies import make_deputy
from billing_backlog.forms.approvals import DeputyForm
from billing_backlog.models import Deputy, WorkKind
from billing_backlog.queries.work import Approver, deputised, waiting_for, waiting_work
from billing_backlog.queries.work import list_deputies as deputies_of
from billing_backlog.views.work import ids_sent
from customers.units import unit_word
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to, render_page_or_fragment, swap_or_redirect
from foundation.templatetags.formatting import language_of_page
from foundation.transactions import read_only
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, may, organization_view
from tenants.queries import list_memberships

INVALID = 422
SHOWN_MAX = 200
PAGE, FRAGMENT = "billing_backlog/list_waiting_work.html", "billing_backlog/_waiting_work.html"


@require_safe
@organization_view(Permission.APPROVE_WORK)
def list_waiting_work(request: OrganizationRequest) -> HttpResponse:
    """What waits for the one who asks, by person and project; all that waits, where the role sees every project."""
    return render_page_or_fragment(request, PAGE, FRAGMENT, _waiting(request))


@require_POST
@organization_view(Permission.APPROVE_WORK)
def approve_work(request: OrganizationRequest) -> HttpResponse:
    """Approve the chosen entries; each that cannot be is named with its reason."""
    refused: list[str] = []
    ids = ids_sent(request)
    if not ids:
        return _answer(request, [_("Choose what to approve first.")])
    try:
        answer = approving.approve_work(
            request.organization, _approver(request), ids, actor=request.actor, now=timezone.now()
        )
    except DomainError as refusal:
        return _answer(request, [str(refusal)])
    refused += [str(reason) for _entry, reason in answer.refused]
    count = len(answer.done)
    if count:
        words = ngettext("%(count)s entry is approved", "%(count)s entries are approved", count)
        messages.success(request, words % {"count": count})
    return _answer(request, refused)


@require_POST
@organization_view(Permission.APPROVE_WORK)
def return_work(request: OrganizationRequest) -> HttpResponse:
    """Hand the chosen entries back with a reason."""
    ids = ids_sent(request)
    if not ids:
        return _answer(request, [_("Choose what to return first.")])
    try:
        returned = approving.return_work(
            request.organization,
            _approver(request),
            ids,
            reason=request.POST.get("reason", ""),
            actor=request.actor,
            now=timezone.now(),
        )
    except DomainError as refusal:
        return _answer(request, [str(refusal)])
    words = ngettext("%(count)s entry is returned", "%(count)s entries are returned", len(returned))
    messages.success(request, words % {"count": len(returned)})
    return _answer(request, [])


def _approver(request: OrganizationRequest) -> Approver:
    may_see_all = request.may(Permission.VIEW_ALL_PROJECTS)
    return Approver(request.user, may_see_all, local_today(request.organization))


def _answer(request: OrganizationRequest, refused: list[str]) -> HttpResponse:
    for sentence in dict.fromkeys(refused):
        messages.error(request, sentence)
    address = reverse("billing_backlog:list_waiting_work", args=[request.organization.slug])
    to = f"{address}?show=all" if request.POST.get("show") == "all" else address
    with read_only():
        return swap_or_redirect(request, FRAGMENT, _waiting(request), to=to)


def _waiting(request: OrganizationRequest) -> dict[str, Any]:
    organization, approver = request.organization, _approver(request)
    shows_all = approver.may_see_all and (request.POST.get("show") or request.GET.get("show")) == "all"
    found = waiting_work(organization, approver)
    if not shows_all:
        found = waiting_for(organization, approver)
    ordered = found.order_by("performed_by__name", "performed_by_id", "project__number", "day", "created_at", "id")
    entries = list(ordered[: SHOWN_MAX + 1])
    shown, language = entries[:SHOWN_MAX], language_of_page()
    in_place_of = deputised(organization, request.user, approver.today)
    groups = []
    for (person, project), found_of in groupby(shown, key=lambda entry: (entry.performed_by, entry.project)):
        of_both = list(found_of)
        hours = sum((entry.quantity for entry in of_both if entry.kind == WorkKind.TIME), Decimal(0))
        rows = [(entry, unit_word(entry.unit_code, entry.quantity, language)) for entry in of_both]
        groups.append((person, project, rows, hours))
    return {
        "groups": groups,
        "count": len(shown),
        "has_more": len(entries) > SHOWN_MAX,
        "most": SHOWN_MAX,
        "in_place_of": sorted({str(each.project.manager) for each in shown if each.project.manager_id in in_place_of}),
        "shows_all": shows_all,
        "sees_all": approver.may_see_all,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.APPROVE_WORK)
def list_deputies(request: OrganizationRequest) -> HttpResponse:
    """Who approves for whom now and later, and somebody more."""
    with read_only():
        form = _deputy_form(request)
    if form.is_valid():
        try:
            made = make_deputy(request.organization, **form.cleaned_data, actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            words = _("%(deputy)s approves for %(person)s") % {"deputy": made.deputy, "person": made.person}
            messages.success(request, words)
            return go_to(request, reverse("billing_backlog:list_deputies", args=[request.organization.slug]))
    with read_only():
        today = local_today(request.organization)
        context = {
            "deputies": _standing(request, today),
            "form": form,
            "today": today,
            "sees_all": request.may(Permission.VIEW_ALL_PROJECTS),
        }
        return render(request, "billing_backlog/deputies.html", context, status=INVALID if form.is_bound else 200)


def _standing(request: OrganizationRequest, today: date) -> list[tuple[Deputy, bool]]:
    """The deputies that the one who asks may see, and whether that person may end each."""
    may_end_all = request.may(Permission.EDIT_BILLING)
    found = deputies_of(request.organization, today, person=None if may_end_all else request.user)
    return [(row, may_end_all or row.person_id == request.user.pk) for row in found]


def _deputy_form(request: OrganizationRequest) -> DeputyForm:
    """Everybody says who stands in for oneself; those who decide how work is billed say it for everybody."""
    members = list(list_memberships(request.organization))
    people = [member.user for member in members if may(member.role, Permission.APPROVE_WORK)]
    away = people if request.may(Permission.EDIT_BILLING) else [request.user]
    today = local_today(request.organization)
    initial = {"person": str(request.user.pk), "first_day": today, "last_day": today}
    return DeputyForm(request.POST if request.method == "POST" else None, people=people, away=away, initial=initial)


@require_POST
@organization_view(Permission.APPROVE_WORK)
def end_deputy(request: OrganizationRequest, deputy_id: UUID) -> HttpResponse:
    """Let a deputy stand in no longer."""
    whose = None if request.may(Permission.EDIT_BILLING) else request.user
    row = end(request.organization, deputy_id, actor=request.actor, now=timezone.now(), whose=whose)
    words = _("%(deputy)s no longer approves for %(person)s")
    messages.success(request, words % {"deputy": row.deputy, "person": row.person})
    return go_to(request, reverse("billing_backlog:list_deputies", args=[request.organization.slug]))
