"""The doors to paying online for staff: accounts at providers, saved methods, charging them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers.queries import get_customer
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to, render_page_or_fragment, swap_or_redirect
from foundation.transactions import read_only
from payments.actions import provider_accounts, saved_methods
from payments.forms.online import ProviderForm
from payments.models import ProviderKind
from payments.online import queries
from payments.online.accounts import NEEDED
from tenants import jobs
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
PAGE, STATE = "payments/online_payments.html", "payments/_provider_state.html"
METHODS = "payments/_saved_methods.html"
OFFERED = (ProviderKind.STRIPE, ProviderKind.VIPPS)


@require_safe
@organization_view(Permission.VIEW_SETTINGS)
def show_online_payments(request: OrganizationRequest) -> HttpResponse:
    """Through whom customers pay online; for HTMX how one connection stands, while a worker makes it."""
    context = _context(request)
    wanted = next((row for row in context["rows"] if row["provider"] == request.GET.get("provider")), None)
    if wanted is None:
        return render(request, PAGE, context)
    return render_page_or_fragment(request, PAGE, STATE, {**context, "row": wanted})


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def update_provider(request: OrganizationRequest) -> HttpResponse:
    """Save the account at one provider."""
    provider = request.POST.get("provider", "")
    with read_only():
        stored = queries.find_account(request.organization, provider)
    if provider not in NEEDED or (provider not in OFFERED and stored is None):
        raise Http404
    form = ProviderForm(request.POST, provider=provider, stored=stored)
    if form.is_valid():
        try:
            provider_accounts.update_provider_account(request.organization, form.terms(), actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved"))
            return redirect("payments:show_online_payments", request.organization.slug)
    with read_only():
        return render(request, PAGE, _context(request, form), status=INVALID)


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def connect_provider(request: OrganizationRequest) -> HttpResponse:
    """Have the connection made once more."""
    provider = request.POST.get("provider", "")
    provider_accounts.connect_again(request.organization, provider, actor=request.actor)
    with read_only():
        row = next(row for row in _rows(request) if row["provider"] == provider)
        to = reverse("payments:show_online_payments", args=[request.organization.slug])
        return swap_or_redirect(request, STATE, {**_context(request), "row": row}, to=to)


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def panel_saved_methods(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """A customer's saved cards, on the customer's page."""
    customer = get_customer(request.organization, customer_id)
    return render(request, METHODS, _methods(request, customer.pk))


@require_POST
@organization_view(Permission.CHARGE_METHODS)
def revoke_method(request: OrganizationRequest, method_id: UUID) -> HttpResponse:
    """Never charge a saved card again."""
    method = saved_methods.revoke_method(request.organization, method_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The card is removed and is never charged again."))
    with read_only():
        context = _methods(request, method.customer_id)
        to = reverse("customers:show_customer", args=[request.organization.slug, method.customer_id])
        return swap_or_redirect(request, METHODS, context, to=to)


@require_safe
@organization_view(Permission.CHARGE_METHODS)
def choose_charges(request: OrganizationRequest) -> HttpResponse:
    """Open invoices whose customers have a saved card, to charge one or many of them."""
    return render(request, "payments/charge_methods.html", _chargeable(request))


@require_POST
@organization_view(Permission.CHARGE_METHODS)
def charge_methods(request: OrganizationRequest) -> HttpResponse:
    """Charge the chosen ones in a job, which tells what became of each."""
    chosen = [UUID(text) for text in request.POST.getlist("claim") if _is_id(text)]
    key = request.POST.get("key", "")[: jobs.KEY_LENGTH_MAX] or jobs.new_key()
    job = saved_methods.charge_many(
        request.organization, chosen, actor=request.actor, key=key, today=local_today(request.organization)
    )
    return go_to(request, reverse("tenants:show_job", args=[request.organization.slug, job.pk]))


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _chargeable(request: OrganizationRequest) -> dict[str, Any]:
    wanted = request.GET.get("customer", "")
    customer_id = UUID(wanted) if _is_id(wanted) else None
    return {
        "claims": queries.chargeable_claims(request.organization, customer_id, today=local_today(request.organization)),
        "customer_id": customer_id,
        "key": jobs.new_key(),
    }


def _methods(request: OrganizationRequest, customer_id: UUID) -> dict[str, Any]:
    return {
        "methods": queries.methods_of(request.organization, customer_id),
        "customer_id": customer_id,
        "may_charge": request.may(Permission.CHARGE_METHODS),
    }


def _context(request: OrganizationRequest, form: ProviderForm | None = None) -> dict[str, Any]:
    return {
        "rows": _rows(request, form),
        "form": form,
        "may_edit": request.may(Permission.EDIT_SETTINGS),
    }


def _rows(request: OrganizationRequest, form: ProviderForm | None = None) -> list[dict[str, Any]]:
    """Each provider that is offered or in use, with its form and how it stands."""
    stored = {account.provider: account for account in queries.accounts_of(request.organization)}
    waiting = queries.subjects_waiting(request.organization, provider_accounts.CONNECT)
    shown = [*OFFERED, *(name for name in stored if name not in OFFERED)]
    return [
        {
            "provider": str(name),
            "label": ProviderKind(name).label,
            "account": stored.get(name),
            "is_connecting": name in stored and stored[name].pk in waiting,
            "form": form
            if form is not None and form.provider == name
            else ProviderForm(provider=name, stored=stored.get(name)),
        }
        for name in shown
    ]
