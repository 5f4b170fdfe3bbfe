"""The doors to collection agencies, and to the files in which they tell of cases."""

from __future__ import annotations

from copy import copy
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to
from foundation.transactions import read_only
from reminders.actions import collection_agencies as actions
from reminders.actions import collection_news
from reminders.forms.collection import AgencyForm, StatusFileForm
from reminders.models import CaseState, CollectionAgency
from reminders.queries import collection as queries
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
ROWS_SHOWN = 200


@require_safe
@organization_view(Permission.HAND_TO_COLLECTION)
def list_collection_agencies(request: OrganizationRequest) -> HttpResponse:
    """The agencies, those in use first."""
    context = {"agencies": queries.list_agencies(request.organization)}
    return render(request, "reminders/collection_agencies.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.HAND_TO_COLLECTION)
def create_collection_agency(request: OrganizationRequest) -> HttpResponse:
    """A form for a new agency."""
    form = AgencyForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            actions.create_agency(
                request.organization, values=form.values(), secret=form.cleaned_data["secret"], actor=request.actor
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            return _saved(request)
    return _agency_page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.HAND_TO_COLLECTION)
def update_collection_agency(request: OrganizationRequest, agency_id: UUID) -> HttpResponse:
    """The form of an agency."""
    with read_only():
        agency = queries.get_agency(request.organization, agency_id)
    form = AgencyForm(request.POST if request.method == "POST" else None, instance=copy(agency))
    if form.is_bound and form.is_valid():
        version = request.POST.get("version", "")
        try:
            actions.update_agency(
                request.organization,
                agency_id,
                values=form.values(),
                secret=form.cleaned_data["secret"],
                version=int(version) if version.isdigit() else 0,
                actor=request.actor,
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            return _saved(request)
    return _agency_page(request, form, agency)


def _saved(request: OrganizationRequest) -> HttpResponse:
    messages.success(request, _("Saved"))
    return go_to(request, reverse("reminders:list_collection_agencies", args=[request.organization.slug]))


def _agency_page(
    request: OrganizationRequest, form: AgencyForm, agency: CollectionAgency | None = None
) -> HttpResponse:
    with read_only():
        context = {"form": form, "agency": agency}
        return render(request, "reminders/collection_agency.html", context, status=INVALID if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.HAND_TO_COLLECTION)
def upload_status_file(request: OrganizationRequest) -> HttpResponse:
    """Choose a file in which an agency tells of cases; it is rehearsed first."""
    organization = request.organization
    form = StatusFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload: Any = form.cleaned_data["file"]
        try:
            file = collection_news.keep_status_file(
                organization,
                upload.name or "",
                upload.read(),
                actor=request.actor,
                today=local_today(organization),
                now=timezone.now(),
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            return go_to(request, reverse("reminders:show_status_file", args=[organization.slug, file.pk]))
    with read_only():
        context = {"form": form}
        return render(request, "reminders/collection_upload.html", context, status=INVALID if form.is_bound else 200)


@require_safe
@organization_view(Permission.HAND_TO_COLLECTION)
def show_status_file(request: OrganizationRequest, status_file_id: UUID) -> HttpResponse:
    """What would become of each row of the file, the faulty ones first."""
    organization = request.organization
    file = queries.status_file(organization, status_file_id)
    rows = collection_news.rehearse_status_file(organization, file, today=local_today(organization))
    rows.sort(key=lambda each: (each.outcome != "fault", each.row.line))
    labels = dict(CaseState.choices)
    context = {
        "file": file,
        "rows": [(each, labels.get(each.row.state, "")) for each in rows[:ROWS_SHOWN]],
        "left_out": max(len(rows) - ROWS_SHOWN, 0),
        "fresh": sum(each.outcome == "new" for each in rows),
        "known": sum(each.outcome == "known" for each in rows),
        "faulty": sum(each.outcome == "fault" for each in rows),
    }
    return render(request, "reminders/collection_status_file.html", context)


@require_POST
@organization_view(Permission.HAND_TO_COLLECTION)
def take_status_file(request: OrganizationRequest, status_file_id: UUID) -> HttpResponse:
    """Take the good rows of the file."""
    organization = request.organization
    taken = collection_news.take_status_file(
        organization,
        status_file_id,
        actor=request.actor,
        today=local_today(organization),
        now=timezone.now(),
    )
    said = ngettext("%(count)s row is taken.", "%(count)s rows are taken.", taken.taken) % {"count": taken.taken}
    messages.success(request, said)
    return go_to(request, reverse("reminders:show_status_file", args=[organization.slug, status_file_id]))
