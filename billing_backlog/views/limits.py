"""The doors to not-to-exceed amounts: setting them, asking for higher ones, answering."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing_backlog.actions import limits as actions
from billing_backlog.forms.limits import AnswerForm, AskForm, LimitsForm
from billing_backlog.models import Contract, LimitDecision, LimitRequest
from billing_backlog.queries.contracts import whole_contract
from billing_backlog.queries.projects import get_contract
from billing_backlog.queries.requests import get_limit_request
from billing_backlog.queries.requests import list_limit_requests as requests_found
from billing_backlog.queries.summaries import summary_of
from billing_backlog.views.contracts import address_of
from billing_backlog.views.seeing import projects_of
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to
from foundation.transactions import read_only
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def list_limit_requests(request: OrganizationRequest) -> HttpResponse:
    """The requests for higher limits: those that wait, and what was answered."""
    found = requests_found(request.organization, projects_of(request))
    context = {"requests": found, "tab": "limits"}
    return render(request, "billing_backlog/list_limit_requests.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_CONTRACTS)
def set_limits(request: OrganizationRequest, contract_id: UUID) -> HttpResponse:
    """Every limit of a contract on one form; the work is checked anew when it is saved."""
    organization = request.organization
    with read_only():
        contract = get_contract(organization, contract_id, projects_of(request))
        whole = whole_contract(organization, contract)
        form = LimitsForm(request.POST if request.method == "POST" else None, whole=whole)
    if form.is_bound and form.is_valid():
        try:
            done = actions.set_limits(
                organization,
                contract.pk,
                form.amounts(),
                may_raise=request.may(Permission.VIEW_ALL_PROJECTS),
                actor=request.actor,
                now=timezone.now(),
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _said(done))
            return go_to(request, address_of(request, contract.pk))
    context = {"form": form, "contract": contract}
    return render(request, "billing_backlog/set_limits.html", context, status=422 if form.is_bound else 200)


def _said(done: actions.Evaluated) -> str:
    if done.freed:
        return ngettext(
            "The limits are saved: %(count)s item may be billed again",
            "The limits are saved: %(count)s items may be billed again",
            done.freed,
        ) % {"count": done.freed}
    if done.stopped:
        return ngettext(
            "The limits are saved: %(count)s item exceeds them",
            "The limits are saved: %(count)s items exceed them",
            done.stopped,
        ) % {"count": done.stopped}
    return _("The limits are saved")


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.MARK_READY)
def ask_limit(request: OrganizationRequest, contract_id: UUID) -> HttpResponse:
    """Ask for a higher limit; whoever decides is told."""
    organization = request.organization
    with read_only():
        contract = get_contract(organization, contract_id, projects_of(request))
        form = _ask_form(request, contract)
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        try:
            actions.ask_limit(
                organization,
                contract.pk,
                form.chosen(),
                amount=said["amount"],
                reason=said["reason"],
                asker=request.user,
                now=timezone.now(),
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Your request is sent"))
            return go_to(request, address_of(request, contract.pk))
    context = {"form": form, "contract": contract}
    return render(request, "billing_backlog/ask_limit.html", context, status=422 if form.is_bound else 200)


def _ask_form(request: OrganizationRequest, contract: Contract) -> AskForm:
    organization = request.organization
    summary = summary_of(organization, whole_contract(organization, contract), today=local_today(organization))
    over = next((str(place) for place, meter in enumerate(summary.meters) if meter.over), "0")
    return AskForm(
        request.POST if request.method == "POST" else None, meters=summary.meters, initial={"limit_on": over}
    )


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def show_limit_request(request: OrganizationRequest, request_id: UUID) -> HttpResponse:
    """One request, with the form of its answer for whoever decides."""
    asked = get_limit_request(request.organization, request_id, projects_of(request))
    return _request_page(request, asked, AnswerForm())


@require_POST
@organization_view(Permission.VIEW_ALL_PROJECTS)
def answer_limit(request: OrganizationRequest, request_id: UUID) -> HttpResponse:
    """Approve or refuse a higher limit, by somebody who also edits contracts."""
    organization = request.organization
    with read_only():
        asked = get_limit_request(organization, request_id, projects_of(request))
    if not _may_answer(request):
        raise PermissionDenied
    form = AnswerForm(request.POST)
    if form.is_valid():
        is_approved = form.cleaned_data["decision"] == LimitDecision.APPROVED
        answer = form.cleaned_data["answer"]
        try:
            actions.answer_limit(
                organization,
                asked.pk,
                is_approved=is_approved,
                answer=answer,
                actor=request.actor,
                now=timezone.now(),
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The limit is raised") if is_approved else _("The request is refused"))
            return go_to(request, reverse("billing_backlog:list_limit_requests", args=[organization.slug]))
    return _request_page(request, asked, form)


def _may_answer(request: OrganizationRequest) -> bool:
    return request.may(Permission.EDIT_CONTRACTS) and request.may(Permission.VIEW_ALL_PROJECTS)


def _request_page(request: OrganizationRequest, asked: LimitRequest, form: AnswerForm) -> HttpResponse:
    organization = request.organization
    with read_only():
        whole = whole_contract(organization, asked.contract)
        context = {
            "asked": asked,
            "contract": asked.contract,
            "summary": summary_of(organization, whole, today=local_today(organization)),
            "form": form,
            "may_answer": _may_answer(request),
        }
        status = 422 if form.is_bound else 200
        return render(request, "billing_backlog/show_limit_request.html", context, status=status)
