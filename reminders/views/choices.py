"""The doors to another plan, or none, for one customer and for one claim."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from customers.queries import get_customer
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to
from foundation.transactions import read_only
from payments import claim_queries
from payments.views.doing import address_of_claim
from reminders.actions import choices as actions
from reminders.forms.settings import ChoiceForm, CustomerChoiceForm, initial_of_choice
from reminders.policy.law import DebtorKind
from reminders.queries.plans import choice_for_claim, choice_for_customer, debtor_of, list_plans, plans_of
from reminders.step_words import plan_line
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_REMINDER_PLANS)
def choose_for_customer(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """Another plan for all claims of a customer, one letter or many, or no reminders at all."""
    organization = request.organization
    with read_only():
        customer = get_customer(organization, customer_id)
        choice = choice_for_customer(organization, customer_id)
        form = CustomerChoiceForm(
            request.POST if request.method == "POST" else None,
            initial=initial_of_choice(choice),
            plans=list_plans(organization),
            follows=_("As its country and kind decide"),
        )
    back = reverse("customers:show_customer", args=[organization.slug, customer.pk])

    def store() -> Any:
        return actions.choose_for_customer(organization, customer.pk, form.chosen(), **_doing(request))

    saved = _stored(request, form, store, back)
    if saved is not None:
        return saved
    with read_only():
        return _page(request, form, choice, customer, {"title": customer.name, "back": back})


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_REMINDER_PLANS)
def choose_for_claim(request: OrganizationRequest, receivable_id: UUID) -> HttpResponse:
    """Another plan for one claim, or no reminders of it."""
    organization = request.organization
    with read_only():
        claim = claim_queries.get_claim(organization, receivable_id).claim
        customer = get_customer(organization, claim.customer_id)
        choice = choice_for_claim(organization, receivable_id)
        form = ChoiceForm(
            request.POST if request.method == "POST" else None,
            initial=initial_of_choice(choice),
            plans=list_plans(organization),
            follows=_("As for the customer"),
        )
        back = address_of_claim(request, claim)

    def store() -> Any:
        return actions.choose_for_claim(organization, receivable_id, form.chosen(), **_doing(request))

    saved = _stored(request, form, store, back)
    if saved is not None:
        return saved
    with read_only():
        title = _("%(customer)s, invoice %(number)s") % {"customer": customer.name, "number": claim.document_number}
        return _page(request, form, choice, customer, {"title": title, "back": back})


def _doing(request: OrganizationRequest) -> dict[str, Any]:
    return {"actor": request.actor, "today": local_today(request.organization), "now": timezone.now()}


def _stored(request: OrganizationRequest, form: ChoiceForm, store: Callable[[], Any], back: str) -> HttpResponse | None:
    """Where to go when it was stored; None where the page is shown again."""
    if not form.is_bound or not form.is_valid():
        return None
    try:
        store()
    except DomainError as refusal:
        show_refusal(form, refusal)
        return None
    messages.success(request, _("Saved"))
    return go_to(request, back)


def _page(
    request: OrganizationRequest, form: ChoiceForm, choice: Any, customer: Any, more: dict[str, Any]
) -> HttpResponse:
    """The form, with the plan that holds now as a row of steps."""
    organization, debtor = request.organization, debtor_of(customer)
    of_customer = choice_for_customer(organization, customer.pk)
    chosen = (choice.plan_id if choice else None) or (of_customer.plan_id if of_customer else None)
    plan_id, plan = plans_of(organization).plan_for(chosen, customer.country, debtor or DebtorKind.BUSINESS)
    name = next((each.name for each in list_plans(organization) if each.pk == plan_id), "")
    context = {"form": form, "choice": choice, "steps": plan_line(plan), "plan_name": name, **more}
    return render(request, "reminders/choose.html", context, status=INVALID if form.is_bound else 200)
