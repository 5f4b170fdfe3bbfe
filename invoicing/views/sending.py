"""The doors to how an organization sends: order of channels, deadlines, copies, envelopes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from customers.channels import words_of_order
from customers.queries import list_customers_with_channels
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.transactions import read_only
from invoicing.actions import delivery_rules
from invoicing.dispatching.queries import settings_of
from invoicing.forms.sending import SendingForm
from invoicing.models import DeliverySettings
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
CUSTOMERS_SHOWN_MAX = 50


@require_GET
@organization_view(Permission.VIEW_SETTINGS)
def show_sending(request: OrganizationRequest) -> HttpResponse:
    """How documents are sent unless a customer's own order says otherwise."""
    return _page(request, SendingForm(rules=settings_of(request.organization)))


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def update_sending(request: OrganizationRequest) -> HttpResponse:
    """Change how documents are sent from now on."""
    with read_only():
        form = SendingForm(request.POST, rules=settings_of(request.organization))
    if form.is_valid():
        version = form.cleaned_data["version"]
        try:
            delivery_rules.update_sending(request.organization, form.values(), version=version, actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved"))
            return HttpResponseRedirect(reverse("invoicing:show_sending", args=[request.organization.slug]))
    return _page(request, form, status=INVALID)


def _page(request: OrganizationRequest, form: SendingForm, *, status: int = 200) -> HttpResponse:
    with read_only():
        stored = settings_of(request.organization)
        is_stale = form.is_bound and form.cleaned_data.get("version") not in {None, stored.version}
        customers = list_customers_with_channels(request.organization)[: CUSTOMERS_SHOWN_MAX + 1]
        context = {
            "form": form,
            # Once both versions have been shown, saving again replaces what is stored now.
            "version": stored.version,
            "differences": _differences(form, stored) if is_stale else [],
            "may_edit": request.may(Permission.EDIT_SETTINGS),
            "may_edit_customer": request.may(Permission.EDIT_CUSTOMERS),
            "customers": [
                {"customer": customer, "order": words_of_order(customer.channels)}
                for customer in customers[:CUSTOMERS_SHOWN_MAX]
            ],
            "has_more": len(customers) > CUSTOMERS_SHOWN_MAX,
        }
        return render(request, "invoicing/sending.html", context, status=status)


def _differences(form: SendingForm, stored: DeliverySettings) -> list[dict[str, str]]:
    """Where the typed rules differ from what somebody else has saved meanwhile."""
    found = []
    for name in form.Meta.fields:
        typed, saved = form.cleaned_data.get(name), getattr(stored, name)
        if typed != saved:
            found.append({"label": str(form[name].label), "typed": _told(typed), "saved": _told(saved)})
    order = form.cleaned_data.get("channels", [])
    if order != stored.order:
        label = _("Order of channels")
        found.append({"label": label, "typed": words_of_order(order), "saved": words_of_order(stored.order)})
    return found


def _told(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "" if value is None else str(value)
