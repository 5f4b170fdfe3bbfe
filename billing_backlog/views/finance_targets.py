"""The doors to the finance systems that invoice for the organization."""

from __future__ import annotations

from copy import copy
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing_backlog.actions import finance_targets as actions
from billing_backlog.forms.finance_targets import PostingStringForm, TargetForm
from billing_backlog.handing import try_place
from billing_backlog.models import FinanceTarget
from billing_backlog.queries import run_files as queries
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.transactions import read_only
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@require_safe
@organization_view(Permission.EDIT_BILLING)
def list_finance_targets(request: OrganizationRequest) -> HttpResponse:
    """The finance systems, those in use first."""
    context = {"targets": list(queries.list_targets(request.organization))}
    return render(request, "billing_backlog/list_finance_targets.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_BILLING)
def create_finance_target(request: OrganizationRequest) -> HttpResponse:
    """A form for a new finance system."""
    form = TargetForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            secret = form.cleaned_data["secret"]
            target = actions.create_target(
                request.organization, values=form.values(), secret=secret, actor=request.actor
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            return _saved(request, target.pk)
    return _page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_BILLING)
def update_finance_target(request: OrganizationRequest, target_id: UUID) -> HttpResponse:
    """The form of a finance system, with how lines are posted there."""
    with read_only():
        target = queries.get_target(request.organization, target_id)
    form = TargetForm(request.POST if request.method == "POST" else None, instance=copy(target))
    if form.is_bound and form.is_valid():
        version = request.POST.get("version", "")
        try:
            actions.update_target(
                request.organization,
                target_id,
                values=form.values(),
                secret=form.cleaned_data["secret"],
                version=int(version) if version.isdigit() else 0,
                actor=request.actor,
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            return _saved(request, target_id)
    return _page(request, form, target)


@require_POST
@organization_view(Permission.EDIT_BILLING)
def try_finance_target(request: OrganizationRequest, target_id: UUID) -> HttpResponse:
    """Sign in where files are handed over and look at the folder, without sending anything."""
    with read_only():
        target = queries.get_target(request.organization, target_id)
    try:
        try_place(target)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Files can be handed over there."))
    return redirect("billing_backlog:update_finance_target", request.organization.slug, target_id)


@require_POST
@organization_view(Permission.EDIT_BILLING)
def set_posting_string(request: OrganizationRequest, target_id: UUID) -> HttpResponse:
    """Say how a group of facilities is posted."""
    organization = request.organization
    with read_only():
        target = queries.get_target(organization, target_id)
        form = _posting_form(request, target)
    if form.is_valid():
        try:
            actions.set_posting_string(organization, target_id, values=form.values(), actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            return _saved(request, target_id)
    return _page(request, TargetForm(instance=copy(target)), target, posting_form=form)


@require_POST
@organization_view(Permission.EDIT_BILLING)
def remove_posting_string(request: OrganizationRequest, target_id: UUID, string_id: UUID) -> HttpResponse:
    """Take a posting string away."""
    actions.remove_posting_string(request.organization, target_id, string_id, actor=request.actor)
    return _saved(request, target_id)


def _posting_form(request: OrganizationRequest, target: FinanceTarget) -> PostingStringForm:
    groups = queries.facility_groups(request.organization)
    is_sent = request.method == "POST" and "article" in request.POST
    return PostingStringForm(request.POST if is_sent else None, target=target, groups=groups)


def _saved(request: OrganizationRequest, target_id: UUID) -> HttpResponse:
    messages.success(request, _("Saved"))
    return redirect("billing_backlog:update_finance_target", request.organization.slug, target_id)


def _page(
    request: OrganizationRequest,
    form: TargetForm,
    target: FinanceTarget | None = None,
    *,
    posting_form: forms.BaseForm | None = None,
) -> HttpResponse:
    with read_only():
        context: dict[str, Any] = {"form": form, "target": target}
        if target is not None:
            context["strings"] = queries.posting_strings(request.organization, target)
            context["posting_form"] = posting_form or _posting_form(request, target)
        is_refused = form.is_bound or posting_form is not None
        return render(
            request, "billing_backlog/edit_finance_target.html", context, status=INVALID if is_refused else 200
        )
