"""The doors to what happens by itself when work is done: the company's way, and that of single customers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing_backlog.actions import automation as actions
from billing_backlog.automation import DEFAULT, Automation, settle
from billing_backlog.automation_words import sentence_of
from billing_backlog.forms.automation import AutomationForm, ChooseCustomerForm, OwnAutomationForm, initial_of
from billing_backlog.models import BillingAutomation
from billing_backlog.queries.automation import company_row, own_row, own_rows
from billing_backlog.queries.choosing import offered_customers
from customers.queries import get_customer
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to
from foundation.transactions import read_only
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
PAGE = "billing_backlog/automation.html"


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_BILLING)
def update_automation(request: OrganizationRequest) -> HttpResponse:
    """Posting, time and dispatch for every customer, and the customers with a way of their own."""
    with read_only():
        row = company_row(request.organization)
    form = AutomationForm(request.POST if request.method == "POST" else None, initial=initial_of(row))
    if form.is_bound and form.is_valid():
        version = form.cleaned_data["version"]
        try:
            actions.update_automation(request.organization, form.values(), version=version, actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved"))
            return go_to(request, _address(request))
    with read_only():
        context = _page_context(request, row, form, ChooseCustomerForm(organization=request.organization))
        return render(request, PAGE, context, status=INVALID if form.is_bound else 200)


@require_GET
@organization_view(Permission.EDIT_BILLING)
def choose_customer_automation(request: OrganizationRequest) -> HttpResponse:
    """Go to the customer whose number or name was typed, to decide for it alone."""
    chosen = ChooseCustomerForm(request.GET, organization=request.organization)
    if chosen.is_valid():
        customer = chosen.cleaned_data["customer"]
        return redirect("billing_backlog:update_customer_automation", request.organization.slug, customer.pk)
    row = company_row(request.organization)
    context = _page_context(request, row, AutomationForm(initial=initial_of(row)), chosen)
    return render(request, PAGE, context, status=INVALID)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_BILLING)
def update_customer_automation(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """What one customer decides for itself; what is left to the company follows it."""
    with read_only():
        customer = get_customer(request.organization, customer_id)
        stored = own_row(request.organization, customer_id)
        company = _way_of(company_row(request.organization))
    row = stored or BillingAutomation(organization=request.organization, customer=customer)
    typed = request.POST if request.method == "POST" else None
    form = OwnAutomationForm(typed, initial=initial_of(row), company=company)
    if form.is_bound and form.is_valid():
        told: dict[str, Any] = {"version": form.cleaned_data["version"], "actor": request.actor}
        try:
            actions.update_customer_automation(request.organization, customer_id, form.values(), **told)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved"))
            return go_to(request, _address(request))
    sentence = sentence_of(settle(row.decided, company))
    context = {"form": form, "customer": customer, "is_stored": stored is not None, "sentence": sentence}
    with read_only():
        return render(
            request, "billing_backlog/customer_automation.html", context, status=INVALID if form.is_bound else 200
        )


@require_POST
@organization_view(Permission.EDIT_BILLING)
def remove_customer_automation(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """Let the company's way hold for the customer again."""
    with read_only():
        customer = get_customer(request.organization, customer_id)
    actions.remove_customer_automation(request.organization, customer_id, actor=request.actor)
    messages.success(request, _("%(customer)s follows the company now.") % {"customer": customer.name})
    return go_to(request, _address(request))


@require_GET
@organization_view(Permission.VIEW_BACKLOG)
def panel_customer_automation(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """What holds for a customer when work is done, for the customer's page."""
    customer = get_customer(request.organization, customer_id)
    own = own_row(request.organization, customer_id)
    way = settle(own.decided if own else None, _way_of(company_row(request.organization)))
    context = {
        "customer": customer,
        "sentence": sentence_of(way),
        "is_own": own is not None,
        "may_edit": request.may(Permission.EDIT_BILLING),
    }
    return render(request, "billing_backlog/_panel_automation.html", context)


def _way_of(row: BillingAutomation) -> Automation:
    return settle(row.decided, DEFAULT)


def _page_context(
    request: OrganizationRequest, row: BillingAutomation, form: AutomationForm, chosen: ChooseCustomerForm
) -> dict[str, Any]:
    company = _way_of(row)
    own = own_rows(request.organization)
    return {
        "form": form,
        "chosen": chosen,
        "offered": offered_customers(request.organization),
        "sentence": sentence_of(company),
        "rows": [(each, each.decided, settle(each.decided, company)) for each in own],
    }


def _address(request: OrganizationRequest) -> str:
    return reverse("billing_backlog:update_automation", args=[request.organization.slug])
