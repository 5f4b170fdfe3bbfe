"""The door to how the organization bills its work."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from billing_backlog.actions.settings import update_billing as update
from billing_backlog.forms.approvals import BillingForm, initial_of
from billing_backlog.queries.intake import backlog_settings
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to
from foundation.transactions import read_only
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_BILLING)
def update_billing(request: OrganizationRequest) -> HttpResponse:
    """The journal, own approval, confirmation, what becomes of what is taken off, notices and dimensions."""
    with read_only():
        settings = backlog_settings(request.organization)
    form = BillingForm(request.POST if request.method == "POST" else None, initial=initial_of(settings))
    if form.is_valid():
        try:
            update(request.organization, **form.cleaned_data, actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved"))
            return go_to(request, reverse("billing_backlog:update_billing", args=[request.organization.slug]))
    with read_only():
        context = {"form": form}
        return render(request, "billing_backlog/settings.html", context, status=INVALID if form.is_bound else 200)
