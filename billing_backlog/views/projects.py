"""The doors to projects."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing_backlog.actions import projects as actions
from billing_backlog.forms.projects import ProjectForm
from billing_backlog.models import Project
from billing_backlog.queries.choosing import dimension_names, offered_customers
from billing_backlog.queries.contracts import contracts_of_project, project_numbers, whole_contracts
from billing_backlog.queries.documents import documents_of
from billing_backlog.queries.figures import Subject, figures_by
from billing_backlog.queries.people import list_managers
from billing_backlog.queries.projects import get_project
from billing_backlog.queries.projects import list_projects as projects_found
from billing_backlog.queries.summaries import write_offs_of
from billing_backlog.views.seeing import projects_of
from customers.queries import get_customer
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to, render_page_or_fragment
from foundation.keyset import Key, page_of
from foundation.text import search_words
from foundation.transactions import read_only
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

NUMBER_ORDER = (Key("number", str, is_descending=True), Key("id", UUID, is_descending=True))
INVALID = 422
WRITE_OFFS_SHOWN = 20
PANEL_PROJECTS = 20


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def list_projects(request: OrganizationRequest) -> HttpResponse:
    """Projects with what of their work is billed and what is not: the own ones, or all where the role says so."""
    words = search_words(request.GET.get("q", ""))
    is_closed = request.GET.get("show") == "closed"
    found = projects_found(projects_of(request), words=words, is_closed=is_closed)
    page = page_of(found, NUMBER_ORDER, request.GET)
    figures = figures_by(request.organization, Subject.PROJECT, [project.pk for project in page.rows])
    context = {
        "projects": [(project, figures.get(project.pk, [])) for project in page.rows],
        "pagination": page.pagination({"q": words, "show": "closed" if is_closed else ""}, target="#projects"),
        "words": words,
        "tab": "closed" if is_closed else "open",
        "may_edit": request.may(Permission.EDIT_CONTRACTS),
    }
    return render_page_or_fragment(
        request, "billing_backlog/list_projects.html", "billing_backlog/_projects.html", context
    )


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def show_project(request: OrganizationRequest, project_id: UUID) -> HttpResponse:
    """A project's contracts, what is unbilled, the documents that bill it and what was given up."""
    organization = request.organization
    project = get_project(projects_of(request), project_id)
    contracts = whole_contracts(organization, contracts_of_project(organization, project))
    by_contract = figures_by(organization, Subject.CONTRACT, [whole.contract.pk for whole in contracts])
    context = {
        "project": project,
        "figures": figures_by(organization, Subject.PROJECT, [project.pk]).get(project.pk, []),
        "contracts": [(whole, by_contract.get(whole.contract.pk, [])) for whole in contracts],
        "documents": documents_of(organization, Subject.PROJECT, project.pk, today=local_today(organization)),
        "write_offs": write_offs_of(organization, project.pk, most=WRITE_OFFS_SHOWN),
        "dimensions": [(name, value) for name, value in sorted(project.dimensions.items())],
        "may_edit": request.may(Permission.EDIT_CONTRACTS),
        "may_see_invoices": request.may(Permission.VIEW_INVOICES),
    }
    return render(request, "billing_backlog/show_project.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_CONTRACTS)
def create_project(request: OrganizationRequest) -> HttpResponse:
    """A new project under a number of its own."""
    organization = request.organization
    with read_only():
        form = _form(request, None)
        if request.method != "POST" or not form.is_valid():
            return _form_page(request, form, None)
    try:
        project = actions.create_project(organization, values=form.values(), actor=request.actor)
    except DomainError as refusal:
        show_refusal(form, refusal)
        return _form_page(request, form, None)
    messages.success(request, _("Project %(number)s is saved") % {"number": project.number})
    return HttpResponseRedirect(address_of(request, project.pk))


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_CONTRACTS)
def update_project(request: OrganizationRequest, project_id: UUID) -> HttpResponse:
    """Change a project; a save on an older version is refused and keeps what was typed."""
    with read_only():
        project = get_project(projects_of(request), project_id)
        form = _form(request, project)
        if request.method != "POST" or not form.is_valid():
            return _form_page(request, form, project)
    version = form.cleaned_data.get("version") or 0
    try:
        actions.update_project(
            request.organization, project_id, values=form.values(), version=version, actor=request.actor
        )
    except DomainError as refusal:
        show_refusal(form, refusal)
        return _form_page(request, form, project)
    messages.success(request, _("Saved"))
    return HttpResponseRedirect(address_of(request, project_id))


@require_POST
@organization_view(Permission.EDIT_CONTRACTS)
def close_project(request: OrganizationRequest, project_id: UUID) -> HttpResponse:
    """Take a project out of the list of open ones."""
    with read_only():
        project = get_project(projects_of(request), project_id)
    today = local_today(request.organization)
    actions.close_project(request.organization, project.pk, actor=request.actor, today=today)
    messages.success(request, _("%(project)s is closed") % {"project": project})
    return go_to(request, address_of(request, project.pk))


@require_POST
@organization_view(Permission.EDIT_CONTRACTS)
def reopen_project(request: OrganizationRequest, project_id: UUID) -> HttpResponse:
    """Open a closed project again."""
    with read_only():
        project = get_project(projects_of(request), project_id)
    actions.reopen_project(request.organization, project.pk, actor=request.actor)
    messages.success(request, _("%(project)s is open again") % {"project": project})
    return go_to(request, address_of(request, project.pk))


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def panel_customer_work(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """A customer's projects and what of the work for it is not billed, for the customer's page."""
    organization = request.organization
    customer = get_customer(organization, customer_id)
    projects = list(projects_of(request).filter(customer=customer).order_by("closed_on", "-number")[:PANEL_PROJECTS])
    figures = figures_by(organization, Subject.PROJECT, [project.pk for project in projects])
    sees_all = request.may(Permission.VIEW_ALL_PROJECTS)
    context = {
        "projects": [(project, figures.get(project.pk, [])) for project in projects],
        "figures": figures_by(organization, Subject.CUSTOMER, [customer.pk]).get(customer.pk, []) if sees_all else [],
    }
    return render(request, "billing_backlog/_customer_work.html", context)


def address_of(request: OrganizationRequest, project_id: UUID) -> str:
    """The project's page."""
    return reverse("billing_backlog:show_project", args=[request.organization.slug, project_id])


def _form(request: OrganizationRequest, project: Project | None) -> ProjectForm:
    organization = request.organization
    initial: dict[str, Any] = {}
    if project is None and request.method != "POST":
        initial = {"number": next_number(project_numbers(organization)), "manager": str(request.user.pk)}
        if key := _uuid(request.GET.get("customer", "")):
            initial["customer"] = get_customer(organization, key)
    return ProjectForm(
        request.POST if request.method == "POST" else None,
        organization=organization,
        managers=list_managers(organization),
        dimensions=dimension_names(organization),
        project=project,
        initial=initial,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def next_number(numbers: list[str]) -> str:
    """The number after the newest that ends in digits; 1 where there is none."""
    for number in numbers:
        if digits := re.search(r"\d{1,9}$", number, re.ASCII):
            following = str(int(digits[0]) + 1).rjust(len(digits[0]), "0")
            return f"{number[: digits.start()]}{following}"
    return "1001"


def _form_page(request: OrganizationRequest, form: ProjectForm, project: Project | None) -> HttpResponse:
    with read_only():
        context = {"form": form, "project": project, "offered": offered_customers(request.organization)}
        return render(request, "billing_backlog/edit_project.html", context, status=INVALID if form.is_bound else 200)
