"""The doors to milestones and to progress."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from billing_backlog.actions import milestones as actions
from billing_backlog.actions import progress
from billing_backlog.forms.milestones import BLANK_ROWS, PlanSheet, ProgressForm
from billing_backlog.models import ContractLine
from billing_backlog.queries.contracts import (
    items_of_milestones,
    live_milestones,
    milestone_states,
    progress_items,
    whole_contract,
)
from billing_backlog.queries.projects import get_line
from billing_backlog.views.contracts import address_of
from billing_backlog.views.seeing import projects_of
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to
from foundation.transactions import read_only
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

VERSION_DIGITS_MAX = 9


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_CONTRACTS)
def plan_milestones(request: OrganizationRequest, contract_line_id: UUID) -> HttpResponse:
    """The plan of a fixed price; one that does not make up the amount is stored and says so until it is mended."""
    organization = request.organization
    with read_only():
        line = get_line(organization, contract_line_id, projects_of(request))
        stored = list(live_milestones(organization, [line.pk]))
        sheet = PlanSheet(data=request.POST if request.method == "POST" else None, stored=stored)
        if request.method != "POST" or request.POST.get("add") or not sheet.is_valid():
            if request.POST.get("add"):
                sheet.add(BLANK_ROWS)
            return _plan_page(request, line, sheet)
    try:
        actions.plan_milestones(
            organization, line.pk, sheet.terms(), version=_version(request), actor=request.actor, now=timezone.now()
        )
    except DomainError as refusal:
        sheet.show(refusal)
        return _plan_page(request, line, sheet)
    messages.success(request, _("The plan of %(line)s is saved") % {"line": line.name})
    return go_to(request, address_of(request, line.contract_id))


def _version(request: OrganizationRequest) -> int:
    typed = request.POST.get("version", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= VERSION_DIGITS_MAX else 0


def _plan_page(request: OrganizationRequest, line: ContractLine, sheet: PlanSheet) -> HttpResponse:
    organization = request.organization
    with read_only():
        stored = list(live_milestones(organization, [line.pk]))
        items = items_of_milestones(organization, [milestone.pk for milestone in stored])
        states = milestone_states(organization, items)
        whole = whole_contract(organization, line.contract)
        context = {
            "line": line,
            "contract": line.contract,
            "sheet": sheet,
            "states": [(milestone, states.get(milestone.pk), items.get(milestone.pk, [])) for milestone in stored],
            "missing": whole.missing_of(line),
            "is_split": len(whole.shares) > 1,
        }
        return render(request, "billing_backlog/plan_milestones.html", context, status=sheet.status)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_CONTRACTS)
def bill_progress(request: OrganizationRequest, contract_line_id: UUID) -> HttpResponse:
    """Make the next part of a fixed price billable, by per cent done or by an amount."""
    organization = request.organization
    with read_only():
        line = get_line(organization, contract_line_id, projects_of(request))
        form = _progress_form(request, line)
        if request.method != "POST" or not form.is_valid():
            return _progress_page(request, line, form)
    try:
        progress.bill_progress(
            organization, line.pk, progress.NextPart(**form.cleaned_data), actor=request.actor, now=timezone.now()
        )
    except DomainError as refusal:
        show_refusal(form, refusal)
        return _progress_page(request, line, form)
    messages.success(request, _("The next part of %(line)s stands in the backlog") % {"line": line.name})
    return go_to(request, address_of(request, line.contract_id))


def _progress_form(request: OrganizationRequest, line: ContractLine) -> ProgressForm:
    if request.method == "POST":
        return ProgressForm(request.POST)
    number = progress.next_number(progress_items(request.organization, line))
    text = _("%(line)s, part %(number)s") % {"line": line.name, "number": number}
    return ProgressForm(initial={"number": number, "day": local_today(request.organization), "text": text})


def _progress_page(request: OrganizationRequest, line: ContractLine, form: ProgressForm) -> HttpResponse:
    with read_only():
        items = progress_items(request.organization, line)
        taken = progress.taken_of(items)
        context: dict[str, Any] = {
            "line": line,
            "contract": line.contract,
            "form": form,
            "items": items,
            "taken": taken,
            "left": (line.amount or taken) - taken,
        }
        status = 422 if form.is_bound and form.errors else 200
        return render(request, "billing_backlog/bill_progress.html", context, status=status)
