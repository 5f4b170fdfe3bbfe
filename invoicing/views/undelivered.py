"""The doors to what nobody got: the list, and trying many of them again."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from foundation.errors import DomainError
from foundation.htmx import go_to
from foundation.transactions import read_only
from invoicing import queries
from invoicing.actions import lost_papers, send
from invoicing.dispatching import printing, stuck
from invoicing.dispatching.queries import STUCK_MAX
from invoicing.views.slices import slice_of
from tenants import jobs
from tenants.permissions import OrganizationRequest, Permission, organization_view

ROWS_SHOWN = 25


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def list_undelivered(request: OrganizationRequest) -> HttpResponse:
    """Every document and paper that nobody got: why, since when, and the way out of each."""
    found = stuck.everything_stuck(request.organization, timezone.now())
    shown, pagination = slice_of(found, ROWS_SHOWN, request.GET)
    context = {
        "found": shown,
        "count": len(found),
        "pagination": pagination,
        "sums": queries.sums_by_currency([each.invoice for each in found if isinstance(each, stuck.Stuck)]),
        "most": STUCK_MAX,
        "letters": printing.count_waiting(request.organization, printing.LETTERS_MAX),
        "may_send": request.may(Permission.SEND_INVOICES),
        "may_edit_customer": request.may(Permission.EDIT_CUSTOMERS),
        "key": jobs.new_key(),
    }
    return render(request, "invoicing/list_undelivered.html", context)


@require_POST
@organization_view(Permission.SEND_INVOICES)
def send_again_many(request: OrganizationRequest) -> HttpResponse:
    """Try the chosen documents again, each with a result of its own."""
    if request.POST.get("all"):
        with read_only():
            found = stuck.everything_stuck(request.organization, timezone.now())
        chosen = [subject_id(each) for each in found if not each.is_late_letter]
    else:
        chosen = chosen_ids(request)
    if not chosen:
        messages.error(request, _("No document is chosen. Tick some rows and try again."))
        return redirect("invoicing:list_undelivered", request.organization.slug)
    key = request.POST.get("key", "")
    job = send.start_sending_again(request.organization, chosen, actor=request.actor, key=key)
    return go_to(request, reverse("tenants:show_job", args=[request.organization.slug, job.pk]))


@require_POST
@organization_view(Permission.SEND_INVOICES)
def send_paper_again(request: OrganizationRequest, paper_id: UUID) -> HttpResponse:
    """Try a receipt or a statement that nobody got once more."""
    now, key = timezone.now(), request.POST.get("key", "") or jobs.new_key()
    try:
        lost_papers.send_paper_again(request.organization, paper_id, key=key, actor=request.actor, now=now)
        messages.success(request, _("On its way. What becomes of it is shown beside the paper."))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("invoicing:list_undelivered", request.organization.slug)


@require_POST
@organization_view(Permission.SEND_INVOICES)
def settle_paper(request: OrganizationRequest, paper_id: UUID) -> HttpResponse:
    """Let a receipt or a statement that nobody got rest, with a reason."""
    now, reason = timezone.now(), request.POST.get("reason", "")
    try:
        lost_papers.let_paper_rest(request.organization, paper_id, reason=reason, actor=request.actor, now=now)
        messages.success(request, _("It rests. The reason stands in the document’s history."))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("invoicing:list_undelivered", request.organization.slug)


def subject_id(lost: stuck.Stuck | stuck.StuckPaper) -> UUID:
    """Which document or paper it is."""
    return lost.invoice.pk if isinstance(lost, stuck.Stuck) else lost.paper.pk


def chosen_ids(request: OrganizationRequest) -> list[UUID]:
    """The ticked rows; what is no id is none of ours."""
    found = []
    for text in request.POST.getlist("id")[:STUCK_MAX]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return list(dict.fromkeys(found))
