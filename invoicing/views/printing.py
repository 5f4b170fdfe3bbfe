"""The doors to paper: the print queue, the file of a batch, marking it printed, the sheet that tests the window."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from foundation import files
from foundation.errors import DomainError
from foundation.htmx import go_to
from foundation.transactions import read_only
from invoicing.actions import printing as actions
from invoicing.dispatching import printing
from invoicing.dispatching.queries import settings_of
from invoicing.documents.print_file import Window, render_test_sheet
from invoicing.views.slices import slice_of
from invoicing.views.undelivered import chosen_ids
from tenants import jobs
from tenants.models import Job
from tenants.permissions import OrganizationRequest, Permission, organization_view

ROWS_SHOWN = 60


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def list_letters(request: OrganizationRequest) -> HttpResponse:
    """The letters that wait for the printer, in the order of the envelopes, and the batches made of earlier ones."""
    now = timezone.now()
    waiting = printing.waiting_letters(request.organization)
    shown, pagination = slice_of(waiting, ROWS_SHOWN, request.GET)
    context = {
        "waiting": [{"letter": letter, "is_late": letter.is_late(now)} for letter in shown],
        "count": len(waiting),
        "pagination": pagination,
        "most": printing.LETTERS_MAX,
        "batches": printing.batches(request.organization),
        "may_send": request.may(Permission.SEND_INVOICES),
        "may_see_settings": request.may(Permission.VIEW_SETTINGS),
        "key": jobs.new_key(),
    }
    return render(request, "invoicing/list_letters.html", context)


@require_POST
@organization_view(Permission.SEND_INVOICES)
def make_print_batch(request: OrganizationRequest) -> HttpResponse:
    """Put the chosen letters together into one file."""
    key = request.POST.get("key", "")
    if request.POST.get("all"):
        with read_only():
            chosen = [letter.delivery.pk for letter in printing.waiting_letters(request.organization)]
    else:
        chosen = chosen_ids(request)
    job = actions.make_print_batch(request.organization, chosen, actor=request.actor, key=key or jobs.new_key())
    return _to_job(request, job)


@require_POST
@organization_view(Permission.SEND_INVOICES)
def remake_print_file(request: OrganizationRequest, batch_id: UUID) -> HttpResponse:
    """Put the file of a batch together once more."""
    key = request.POST.get("key", "")
    job = actions.remake_print_file(request.organization, batch_id, actor=request.actor, key=key or jobs.new_key())
    return _to_job(request, job)


@require_GET
@organization_view(Permission.SEND_INVOICES)
def download_print_file(request: OrganizationRequest, batch_id: UUID) -> HttpResponse:
    """The file of a batch, to be printed."""
    batch = printing.get_batch(request.organization, batch_id)
    if not batch.sha256:
        raise Http404
    try:
        content = files.open_checked(str(request.organization.pk), batch.sha256)
    except files.FileIsDamaged as error:
        raise PrintFileIsGone(_("This file is not kept any more. Put it together again.")) from error
    response = FileResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="letters-{batch.number}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return cast(HttpResponse, response)


@require_POST
@organization_view(Permission.SEND_INVOICES)
def mark_printed(request: OrganizationRequest, batch_id: UUID) -> HttpResponse:
    """Say that a batch is printed and in the post."""
    actions.mark_printed(request.organization, batch_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The letters are marked as printed."))
    return redirect("invoicing:list_letters", request.organization.slug)


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def download_test_sheet(request: OrganizationRequest) -> HttpResponse:
    """A sheet with our own address in the frame of the window."""
    organization = request.organization
    rules = settings_of(organization)
    lines = [organization.name, organization.street, f"{organization.postal_code} {organization.city}".strip()]
    content = render_test_sheet(
        [line for line in lines if line],
        Window(rules.window_left_mm, rules.window_top_mm),
        get_language() or organization.language,
    )
    headers = {"Content-Disposition": 'attachment; filename="window.pdf"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


class PrintFileIsGone(DomainError):
    """The file of a batch was removed after its time."""


def _to_job(request: OrganizationRequest, job: Job) -> HttpResponse:
    return go_to(request, reverse("tenants:show_job", args=[request.organization.slug, job.pk]))
