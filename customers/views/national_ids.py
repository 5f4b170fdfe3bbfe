"""The doors to national identity numbers: every one a POST, so that no number stands in an address or a log."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from customers import queries
from customers.actions import national_ids as actions
from customers.forms.customers import NationalIdForm
from customers.views.customers import INVALID, page_context
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.transactions import read_only
from tenants.permissions import OrganizationRequest, Permission, organization_view


@sensitive_post_parameters("national_id")
@require_POST
@organization_view(Permission.EDIT_CUSTOMERS)
def keep_national_id(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """Seal the typed national id on a consumer."""
    form = NationalIdForm(request.POST)
    if form.is_valid():
        try:
            typed = form.cleaned_data["national_id"]
            actions.keep_national_id(request.organization, customer_id, typed=typed, actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The national id is kept, sealed"))
            return HttpResponseRedirect(_address_of(request, customer_id))
    blank = NationalIdForm()  # what was typed does not come back on the page
    with read_only():
        customer = queries.get_customer(request.organization, customer_id)
        context = {
            **page_context(request, customer),
            "national_id_form": blank,
            "national_id_refusals": [error for errors in form.errors.values() for error in errors],
        }
        return render(request, "customers/show_customer.html", context, status=INVALID)


@require_POST
@organization_view(Permission.REVEAL_NATIONAL_ID)
def reveal_national_id(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """Show the whole national id once; the look is written down before the digits are shown."""
    number = actions.reveal_national_id(request.organization, customer_id, actor=request.actor)
    with read_only():
        customer = queries.get_customer(request.organization, customer_id)
        context = {**page_context(request, customer), "revealed_national_id": number}
        return render(request, "customers/show_customer.html", context)


@require_POST
@organization_view(Permission.EDIT_CUSTOMERS)
def erase_national_id(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """Forget the national id."""
    actions.erase_national_id(request.organization, customer_id, actor=request.actor)
    messages.success(request, _("The national id is erased"))
    return HttpResponseRedirect(_address_of(request, customer_id))


def _address_of(request: OrganizationRequest, customer_id: UUID) -> str:
    return reverse("customers:show_customer", args=[request.organization.slug, customer_id])
