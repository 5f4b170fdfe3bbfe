"""Taking proof: the pack of one document at once, that of a period by a job."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST

from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.transactions import read_only
from invoicing.actions import proof
from invoicing.forms.proof import PeriodForm
from tenants import jobs
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@require_POST
@organization_view(Permission.TAKE_PROOF)
def take_proof(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """One zip with the document, everything that proves it, and a checker that needs only Python."""
    taken = proof.take_proof(
        request.organization, invoice_id, actor=request.actor, language=_language(), clock=timezone.now
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{taken.name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(taken.content, content_type="application/zip", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.TAKE_PROOF)
def start_proof(request: OrganizationRequest) -> HttpResponse:
    """Choose a period; a job packs every document in it."""
    if request.method != "POST":
        last = local_today(request.organization).replace(day=1) - timedelta(days=1)
        initial = {"first_day": last.replace(day=1), "last_day": last, "key": jobs.new_key()}
        return _show(request, PeriodForm(initial=initial))
    form = PeriodForm(request.POST)
    if form.is_valid():
        values: dict[str, Any] = form.cleaned_data
        try:
            job = proof.start_proof(
                request.organization, actor=request.actor, language=_language(), now=timezone.now(), **values
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            return redirect("tenants:show_job", request.organization.slug, job.pk)
    return _show(request, form, status=INVALID)


def _show(request: OrganizationRequest, form: PeriodForm, *, status: int = 200) -> HttpResponse:
    with read_only():
        return render(request, "invoicing/start_proof.html", {"form": form}, status=status)


def _language() -> str:
    return (get_language() or "nb").split("-")[0]
