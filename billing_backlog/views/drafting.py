"""The door to making drafts: which drafts what was chosen gives, and, confirmed, their making."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from billing_backlog.actions.choosing import MAKE, Choice, make_chosen
from billing_backlog.queries.proformas import Ready, ready_items
from billing_backlog.views.backlog import listed_ready
from billing_backlog.views.choosing import id_in, ids_in
from billing_backlog.views.previewing import preview_groups
from billing_backlog.views.seeing import projects_of
from foundation.errors import DomainError
from foundation.htmx import go_to
from foundation.transactions import read_only
from tenants import jobs, queries
from tenants.clock import local_today
from tenants.models import Job
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.MARK_READY)
def create_proformas(request: OrganizationRequest) -> HttpResponse:
    """The drafts that the chosen work, or all that is ready of a contract, project or customer, gives; then made."""
    organization, key = request.organization, request.POST.get("key", "")
    if request.method != "POST":
        return _show(request, _chosen(request, request.GET))
    with read_only():
        before = jobs.job_under_key(organization, MAKE, request.actor, key) if key else None
        chosen = _chosen(request, request.POST) if before is None else []
        if before is None and not request.POST.get("confirmed"):
            return _show(request, chosen)
    if before is not None:
        return _to_result(request, before)
    choice = Choice(item_ids=[each.item.pk for each in chosen], adds_to_open=request.POST.get("adds") != "0", key=key)
    try:
        job = make_chosen(
            organization, choice, actor=request.actor, today=local_today(organization), now=timezone.now()
        )
    except DomainError as refusal:
        with read_only():
            return _show(request, _chosen(request, request.POST), refusal=str(refusal))
    return _to_result(request, job)


def _chosen(request: OrganizationRequest, said: Any) -> list[Ready]:
    """The ready work that was ticked, or that belongs to what was named, of projects that the one who asks may see."""
    everything = request.may(Permission.VIEW_ALL_PROJECTS)
    visible = None if everything else projects_of(request)
    listed = said.get("listed")  # everything that is ready in the list of the backlog at that address
    ticked = ids_in(said.getlist("item")) if listed is None else listed_ready(request, listed)
    if ticked:
        return ready_items(request.organization, visible, ids=ticked)
    named = {
        name: key for name in ("contract", "project", "customer") if (key := id_in(said.get(name, ""))) is not None
    }
    if not named:
        return []
    about = Q(**{f"{name}_id": key for name, key in named.items()}, settled_at=None)
    return ready_items(request.organization, visible, about=about)


def _show(request: OrganizationRequest, chosen: list[Ready], *, refusal: str = "") -> HttpResponse:
    ticked: list[UUID] = ids_in((request.POST or request.GET).getlist("item"))
    context = {
        **preview_groups(request.organization, chosen),
        "chosen": chosen,
        "left_out": max(0, len(ticked) - len(chosen)),
        "key": jobs.new_key(),
        "refusal": refusal,
    }
    return render(request, "billing_backlog/create_proformas.html", context, status=INVALID if refusal else 200)


def _to_result(request: OrganizationRequest, job: Job) -> HttpResponse:
    """To the one draft, or to the drafts that were made, or to the job that still makes them."""
    slug = request.organization.slug
    with read_only():
        made = [item.subject_id for item in queries.list_job_items(job)] if job.is_finished else []
    if not job.is_finished:
        return go_to(request, reverse("tenants:show_job", args=[slug, job.pk]))
    if len(made) == 1:
        messages.success(request, _("The draft is made."))
        return go_to(request, reverse("invoicing:show_invoice", args=[slug, made[0]]))
    messages.success(request, _("%(count)s drafts are made.") % {"count": len(made)})
    return go_to(request, reverse("billing_backlog:list_proformas", args=[slug]))
