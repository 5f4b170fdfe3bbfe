"""The door to whether and how reminders go out by themselves."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to
from foundation.transactions import read_only
from reminders.actions import settings as actions
from reminders.forms.settings import ReminderSettingsForm, initial_of
from reminders.law import current_law
from reminders.queries.due import look_ahead
from reminders.queries.plans import settings_of
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_REMINDER_PLANS)
def update_settings(request: OrganizationRequest) -> HttpResponse:
    """On or off, the hour, approval, one letter or many; what would go out tomorrow stands beside it."""
    organization = request.organization
    with read_only():
        settings = settings_of(organization)
    form = ReminderSettingsForm(request.POST if request.method == "POST" else None, initial=initial_of(settings))
    if form.is_bound and form.is_valid():
        version = form.cleaned_data["version"]
        try:
            actions.update_settings(organization, form.values(), version=version, actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved"))
            return go_to(request, reverse("reminders:update_settings", args=[organization.slug]))
    with read_only():
        tomorrow = local_today(organization) + timedelta(days=1)
        coming = [] if settings.is_on else look_ahead(organization, today=tomorrow, days=0, law=current_law())
        context = {"form": form, "settings": settings, "tomorrow": len(coming)}
        status = INVALID if form.is_bound else 200
        return render(request, "reminders/settings.html", context, status=status)
