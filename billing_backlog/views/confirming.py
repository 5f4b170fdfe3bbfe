"""The doors to confirming drafts and giving them back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing_backlog.actions.confirming import Decisions
from billing_backlog.actions.confirming_many import CONFIRM, start_confirming
from billing_backlog.actions.returning import return_proforma as give_back
from billing_backlog.actions.timesheets import hand_over
from billing_backlog.queries.proformas import in_state, proformas_chosen
from billing_backlog.views.choosing import id_in, ids_in
from billing_backlog.views.proforma_context import proforma_of, visible_to
from billing_backlog.views.proformas import proforma_page
from foundation.errors import DomainError
from foundation.htmx import go_to
from foundation.transactions import read_only
from invoicing.errors import InvoiceAlreadyFinalized
from tenants import jobs
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@require_POST
@organization_view(Permission.CONFIRM_PROFORMAS)
def confirm_draft(request: OrganizationRequest, proforma_id: UUID) -> HttpResponse:
    """Confirm the work on one draft as it was read, with what becomes of the rests and of typed lines."""
    with read_only():
        proforma = proforma_of(request, proforma_id)
    try:
        hand_over(
            request.organization,
            proforma.invoice_id,
            decisions=_decisions(request),
            actor=request.actor,
            today=local_today(request.organization),
            now=timezone.now(),
        )
    except InvoiceAlreadyFinalized as refusal:
        messages.info(request, str(refusal))
    except DomainError as refusal:
        return _refused(request, proforma_id, str(refusal))
    else:
        messages.success(request, _("The draft is confirmed and handed over to accounting."))
    return go_to(request, reverse("billing_backlog:list_proformas", args=[request.organization.slug]))


def _decisions(request: OrganizationRequest) -> Decisions:
    rests, kinds = {}, {}
    for name, value in request.POST.items():
        what, _dash, line = name.partition("-")
        key = id_in(line)
        if key is not None and what == "rest":
            rests[key] = str(value)
        elif key is not None and what == "kind":
            kinds[key] = str(value)
    version = request.POST.get("version", "")
    is_number = version.isascii() and version.isdecimal() and len(version) <= 9
    return Decisions(rests=rests, kinds=kinds, version=int(version) if is_number else 0)


def _refused(request: OrganizationRequest, proforma_id: UUID, sentence: str, **more: str) -> HttpResponse:
    with read_only():
        context = proforma_page(request, proforma_of(request, proforma_id), refusal=sentence, **more)
        return render(request, "billing_backlog/show_proforma.html", context, status=INVALID)


@require_POST
@organization_view(Permission.FINALIZE_INVOICES)
def return_proforma(request: OrganizationRequest, proforma_id: UUID) -> HttpResponse:
    """Give a confirmed draft back to its project manager with the reason."""
    with read_only():
        proforma = proforma_of(request, proforma_id)
    reason = request.POST.get("reason", "")
    try:
        give_back(request.organization, proforma.invoice_id, reason=reason, actor=request.actor, now=timezone.now())
    except InvoiceAlreadyFinalized as refusal:
        messages.info(request, str(refusal))
    except DomainError as refusal:
        return _refused(request, proforma_id, str(refusal), reason=reason)
    else:
        messages.success(request, _("The draft is given back. Its project manager is told why."))
    return go_to(request, reverse("billing_backlog:show_proforma", args=[request.organization.slug, proforma_id]))


@require_POST
@organization_view(Permission.CONFIRM_PROFORMAS)
def confirm_many(request: OrganizationRequest) -> HttpResponse:
    """Begin the job that confirms the ticked drafts."""
    organization, key = request.organization, request.POST.get("key", "")
    with read_only():
        job = jobs.job_under_key(organization, CONFIRM, request.actor, key) if key else None
        chosen = proformas_chosen(in_state(visible_to(request), "waiting"), ids_in(request.POST.getlist("id")))
    try:
        job = job or start_confirming(organization, chosen, actor=request.actor, key=key)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return go_to(request, reverse("billing_backlog:list_proformas", args=[organization.slug]))
    return go_to(request, reverse("tenants:show_job", args=[organization.slug, job.pk]))
