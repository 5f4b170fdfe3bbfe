"""The doors to contracts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing_backlog.actions import contract_drafts as drafting
from billing_backlog.actions import contracts as actions
from billing_backlog.actions.splits import resplit_work as resplit
from billing_backlog.forms.contracts import ContractSheet, EndForm, new_key
from billing_backlog.models import Contract, Project
from billing_backlog.queries.advances import list_advances, stood
from billing_backlog.queries.choosing import account_choices, offered_customers
from billing_backlog.queries.contracts import (
    contract_numbers,
    items_of_milestones,
    milestone_states,
    whole_contract,
)
from billing_backlog.queries.documents import documents_of
from billing_backlog.queries.figures import Subject
from billing_backlog.queries.projects import get_contract, get_project
from billing_backlog.queries.requests import list_limit_requests
from billing_backlog.queries.summaries import ContractSummary, summary_of
from billing_backlog.views.seeing import projects_of
from foundation.errors import DomainError
from foundation.htmx import go_to
from foundation.transactions import read_only
from invoicing.queries import get_invoice
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

ADVANCES_SHOWN = 50


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def show_contract(request: OrganizationRequest, contract_id: UUID) -> HttpResponse:
    """A contract with its summary, lines, milestones, limits and documents."""
    return _contract_page(request, contract_id)


def _contract_page(request: OrganizationRequest, contract_id: UUID, **more: Any) -> HttpResponse:
    organization, today = request.organization, local_today(request.organization)
    contract = get_contract(organization, contract_id, projects_of(request))
    summary = summary_of(organization, whole_contract(organization, contract), today=today)
    context = {
        "contract": contract,
        "project": contract.project,
        "summary": summary,
        "lines": _lines(request, summary),
        "documents": documents_of(organization, Subject.CONTRACT, contract.pk, today=today),
        "requests": list_limit_requests(organization, projects_of(request), contract=contract),
        "advances": stood(organization, list(list_advances(organization, contract_id=contract.pk)[:ADVANCES_SHOWN])),
        "may_ask_advance": request.may(Permission.EDIT_DRAFTS),
        "end_form": EndForm(initial={"last_day": contract.ends_on or today}),
        "may_edit": request.may(Permission.EDIT_CONTRACTS),
        "may_ask": request.may(Permission.MARK_READY),
        "may_draft": request.may(Permission.EDIT_DRAFTS),
        **more,
    }
    return render(request, "billing_backlog/show_contract.html", context, status=422 if more else 200)


def _lines(request: OrganizationRequest, summary: ContractSummary) -> list[dict[str, Any]]:
    """Each line with its figures, its milestones with their customers' shares, and what they lack."""
    organization, whole = request.organization, summary.whole
    milestones = [each for found in whole.milestones.values() for each in found]
    items = items_of_milestones(organization, [each.pk for each in milestones])
    states = milestone_states(organization, items)
    return [
        {
            "line": line,
            "figures": summary.by_line[line.pk],
            "missing": whole.missing_of(line),
            "milestones": [
                (each, states.get(each.pk), items.get(each.pk, [])) for each in whole.milestones.get(line.pk, [])
            ],
        }
        for line in whole.lines
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_CONTRACTS)
def create_contract(request: OrganizationRequest, project_id: UUID) -> HttpResponse:
    """A new contract of a project: terms, shares and lines on one form."""
    with read_only():
        project = get_project(projects_of(request), project_id)
        sheet = _sheet(request, project, None)
        if not _is_sent(request, sheet):
            return _sheet_page(request, sheet, project, None)
    try:
        contract = actions.create_contract(
            request.organization, project.pk, sheet.terms(), actor=request.actor, now=timezone.now()
        )
    except DomainError as refusal:
        sheet.show(refusal)
        return _sheet_page(request, sheet, project, None)
    messages.success(request, _("Contract %(number)s is saved") % {"number": contract.number})
    return HttpResponseRedirect(address_of(request, contract.pk))


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_CONTRACTS)
def update_contract(request: OrganizationRequest, contract_id: UUID) -> HttpResponse:
    """Change a contract; work in the backlog keeps its price and customers."""
    with read_only():
        contract = get_contract(request.organization, contract_id, projects_of(request))
        sheet = _sheet(request, contract.project, contract)
        if not _is_sent(request, sheet):
            return _sheet_page(request, sheet, contract.project, contract)
    try:
        actions.update_contract(
            request.organization,
            contract.pk,
            sheet.terms(),
            version=sheet.head.cleaned_data.get("version") or 0,
            may_raise_limits=request.may(Permission.VIEW_ALL_PROJECTS),
            actor=request.actor,
            now=timezone.now(),
        )
    except DomainError as refusal:
        sheet.show(refusal)
        return _sheet_page(request, sheet, contract.project, contract)
    messages.success(request, _("Saved. New shares hold for work that is taken in from now on."))
    return HttpResponseRedirect(address_of(request, contract.pk))


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def draft_for_contract(request: OrganizationRequest, contract_id: UUID) -> HttpResponse:
    """A new draft for the contract, to be written in the editor."""
    with read_only():
        contract = get_contract(request.organization, contract_id, projects_of(request))
    today = local_today(request.organization)
    draft = drafting.draft_for_contract(request.organization, contract.pk, actor=request.actor, today=today)
    return go_to(request, reverse("invoicing:update_draft", args=[request.organization.slug, draft.pk]))


@require_POST
@organization_view(Permission.EDIT_CONTRACTS)
def end_contract(request: OrganizationRequest, contract_id: UUID) -> HttpResponse:
    """End a contract on a day."""
    with read_only():
        contract = get_contract(request.organization, contract_id, projects_of(request))
    form = EndForm(request.POST)
    if form.is_valid():
        last_day = form.cleaned_data["last_day"]
        try:
            actions.end_contract(request.organization, contract.pk, last_day=last_day, actor=request.actor)
        except DomainError as refusal:
            form.add_error("last_day", str(refusal))
        else:
            messages.success(request, _("The contract takes no work after that day"))
            return go_to(request, address_of(request, contract.pk))
    with read_only():
        return _contract_page(request, contract_id, end_form=form)


@require_POST
@organization_view(Permission.EDIT_CONTRACTS)
def resplit_work(request: OrganizationRequest, contract_id: UUID) -> HttpResponse:
    """Split unbilled work by the shares as they are now."""
    with read_only():
        contract = get_contract(request.organization, contract_id, projects_of(request))
    done = resplit(request.organization, contract.pk, actor=request.actor, now=timezone.now())
    told = ngettext("%(count)s piece of work is split anew", "%(count)s pieces of work are split anew", done.split) % {
        "count": done.split
    }
    messages.success(request, told)
    return go_to(request, address_of(request, contract.pk))


@require_safe
@organization_view(Permission.EDIT_CONTRACTS)
def new_contract_row(request: OrganizationRequest) -> HttpResponse:
    """One more empty row of the contract's form."""
    sheet = ContractSheet(request.organization, account_choices(request.organization))
    if request.GET.get("kind") == "line":
        return render(request, "billing_backlog/_contract_line.html", {"row": sheet.line_form(new_key())})
    return render(request, "billing_backlog/_share_row.html", {"row": sheet.share_form(new_key())})


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def panel_contract_summary(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """What the contract behind a draft comes to, with this draft and without it, for the draft's page (M-060)."""
    organization = request.organization
    invoice = get_invoice(organization, invoice_id)
    proforma = invoice.proformas.filter(contract__project__in=projects_of(request).order_by().values("pk")).first()
    if proforma is None or proforma.contract_id is None:
        return HttpResponse("")  # of no contract, or of a project that only others see
    contract = get_contract(organization, proforma.contract_id, projects_of(request))
    summary = summary_of(organization, whole_contract(organization, contract), today=local_today(organization))
    context = {"contract": contract, "summary": summary, "invoice": invoice}
    return render(request, "billing_backlog/_contract_summary.html", context)


def address_of(request: OrganizationRequest, contract_id: UUID) -> str:
    """The contract's page."""
    return reverse("billing_backlog:show_contract", args=[request.organization.slug, contract_id])


def _sheet(request: OrganizationRequest, project: Project, contract: Contract | None) -> ContractSheet:
    organization = request.organization
    numbers = contract_numbers(organization, project)
    initial = {
        "number": f"K-{project.number}" if not numbers else f"K-{project.number}-{len(numbers) + 1}",
        "currency": project.customer.currency,
        "starts_on": local_today(organization),
        "customer": project.customer,
    }
    return ContractSheet(
        organization,
        account_choices(organization),
        data=request.POST if request.method == "POST" else None,
        whole=whole_contract(organization, contract) if contract and request.method != "POST" else None,
        initial=initial,
    )


def _is_sent(request: OrganizationRequest, sheet: ContractSheet) -> bool:
    """Whether the form is to be stored: sent, not only to add a row, and readable."""
    if request.method != "POST":
        return False
    if kind := request.POST.get("add", ""):
        sheet.add(kind)
        return False
    return sheet.is_valid()


def _sheet_page(
    request: OrganizationRequest, sheet: ContractSheet, project: Project, contract: Contract | None
) -> HttpResponse:
    with read_only():
        is_adding = bool(request.POST.get("add"))
        context = {
            "sheet": sheet,
            "project": project,
            "contract": contract,
            "errors": [] if is_adding else sheet.row_errors,
            "offered": offered_customers(request.organization),
        }
        status = 200 if is_adding else sheet.status
        return render(request, "billing_backlog/edit_contract.html", context, status=status)
