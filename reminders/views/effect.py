"""The doors to what reminders bring, and to trying another plan on the claims of the last year."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from foundation.htmx import go_to
from foundation.spreadsheets import FileFormat
from payments.reports import pictures
from reminders.actions import effect as actions
from reminders.effect_pictures import steps_picture
from reminders.forms.effect import EffectExportForm, SpanForm, TryForm
from reminders.queries import effect, trying
from tenants import jobs
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def show_effect(request: OrganizationRequest) -> HttpResponse:
    """What was paid after which step, how long sales wait, what was added and paid of it, and what reached nobody."""
    organization, today = request.organization, local_today(request.organization)
    form = SpanForm(request.GET)
    days = form.span()
    shares = effect.paid_after_step(organization, today=today, days=days)
    waited = effect.waiting_days(organization, today=today)
    context = {
        "field": SpanForm(initial={"days": days})["days"],
        "days": days,
        "shares": shares,
        "picture": steps_picture(shares),
        "waited": waited,
        "waiting": pictures.days_picture(waited.months),
        "added": effect.additions_in(organization, today=today, days=days),
        "steps": effect.steps_in(organization, today=today, days=days),
        "withdrawn": effect.withdrawn_in(organization, today=today, days=days),
        "key": jobs.new_key(),
    }
    return render(request, "reminders/effect.html", context)


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def simulate_plan(request: OrganizationRequest) -> HttpResponse:
    """Another plan on the claims of the last year, beside the plans of today."""
    organization, today = request.organization, local_today(request.organization)
    candidates = trying.list_candidates(organization)
    form = TryForm(request.GET or None, candidates=candidates)
    context: dict[str, Any] = {"form": form, "key": jobs.new_key()}
    if form.is_bound and form.is_valid():
        [candidate] = [each for each in candidates if each.key == form.cleaned_data["plan"]]
        tried = trying.try_plan(organization, candidate, today=today, most=trying.CLAIMS_SHOWN)
        context |= {"tried": tried, "steps": trying.steps_beside(tried)}
    status = INVALID if form.is_bound and not form.is_valid() else 200
    return render(request, "reminders/effect_simulation.html", context, status=status)


@require_POST
@organization_view(Permission.EXPORT_DATA)
def export_effect(request: OrganizationRequest) -> HttpResponse:
    """Begin the job that writes one of the tables into a file, and show it."""
    organization = request.organization
    form = EffectExportForm(request.POST)
    if not form.is_valid():
        return go_to(request, reverse("reminders:show_effect", args=[organization.slug]))
    said = form.cleaned_data
    job = actions.export_effect(
        organization,
        said["report"],
        actions.EffectAsked(local_today(organization), said["plan"]),
        file_format=FileFormat(said["file_format"]),
        actor=request.actor,
        key=said["key"],
    )
    return go_to(request, reverse("tenants:show_job", args=[organization.slug, job.pk]))
