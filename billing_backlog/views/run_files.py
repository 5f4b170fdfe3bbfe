"""The doors to finance files: what is ready for one, each file with its way, and what comes back for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing_backlog.actions import run_files, run_receipts, run_transfers
from billing_backlog.forms.run_files import ErrorsForm, ReceiptForm
from billing_backlog.forms.runs import ReasonForm
from billing_backlog.queries import run_files as queries
from billing_backlog.views.run_file_page import file_page, files_page, generate_form
from foundation import files
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.templatetags.formatting import format_amount, language_of_page
from foundation.transactions import read_only
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def list_run_files(request: OrganizationRequest) -> HttpResponse:
    """What is ready for generation, and the files, the newest first."""
    return render(request, "billing_backlog/list_run_files.html", files_page(request))


@require_POST
@organization_view(Permission.APPROVE_RUNS)
def generate_run_file(request: OrganizationRequest, target_id: UUID) -> HttpResponse:
    """Begin to write the chosen runs into one file."""
    organization = request.organization
    with read_only():
        target = queries.get_target(organization, target_id)
        form = generate_form(target, queries.prepared_runs(organization, target), request.POST)
    if form.is_valid():
        said = form.cleaned_data
        runs = [UUID(key) for key in said["run"]]
        try:
            job = run_files.start_file(
                organization, target_id, runs, typed_code=said["typed_code"], actor=request.actor, key=said["key"]
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            return redirect("tenants:show_job", organization.slug, job.pk)
    with read_only():
        context = files_page(request, refused=form, at=str(target_id))
        return render(request, "billing_backlog/list_run_files.html", context, status=INVALID)


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def show_run_file(request: OrganizationRequest, run_file_id: UUID) -> HttpResponse:
    """One file with its stage, its way and what came back for it."""
    return render(request, "billing_backlog/show_run_file.html", file_page(request, run_file_id))


@require_POST
@organization_view(Permission.APPROVE_RUNS)
def download_run_file(request: OrganizationRequest, run_file_id: UUID) -> HttpResponse:
    """The file, byte for byte as it was written; it may hold national ids, and so each download is written down."""
    with read_only():
        file = queries.get_file(request.organization, run_file_id)
    content = files.load(str(request.organization.pk), file.sha256)
    run_files.note_download(request.organization, run_file_id, actor=request.actor)
    return _attached(content, file.name)


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def download_run_log(request: OrganizationRequest, run_file_id: UUID) -> HttpResponse:
    """The log beside the file, which tells no national id."""
    file = queries.get_file(request.organization, run_file_id)
    return _attached(files.load(str(request.organization.pk), file.log_sha256), f"{file.name}.log.csv")


def _attached(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@organization_view(Permission.APPROVE_RUNS)
def transfer_run_file(request: OrganizationRequest, run_file_id: UUID) -> HttpResponse:
    """Let the file be handed over."""
    return _act(
        request,
        run_file_id,
        lambda: run_transfers.start_transfer(
            request.organization, run_file_id, actor=request.actor, now=timezone.now()
        ),
        said=lambda _file: _("It is on its way. What came of it stands below."),
    )


@require_POST
@organization_view(Permission.PREPARE_RUNS)
def receive_run_file(request: OrganizationRequest, run_file_id: UUID) -> HttpResponse:
    """Note what the receiver confirms."""
    form = ReceiptForm(request.POST, request.FILES)
    return _act(
        request,
        run_file_id,
        lambda: run_receipts.receive_file(
            request.organization,
            run_file_id,
            lines=form.cleaned_data["lines"],
            amount=form.cleaned_data["amount"],
            received_by=form.cleaned_data["received_by"],
            actor=request.actor,
            now=timezone.now(),
        ),
        form=form,
        said=_received,
        at="receipt",
    )


def _received(receipt: Any) -> str:
    if receipt.agrees:
        return _("Received: count and sum are what was sent.")
    language = language_of_page()
    return _("The receipt differs: %(lines)s lines and %(amount)s. The file stays open.") % {
        "lines": receipt.lines,
        "amount": format_amount(receipt.amount, language),
    }


@require_POST
@organization_view(Permission.PREPARE_RUNS)
def return_run_errors(request: OrganizationRequest, run_file_id: UUID) -> HttpResponse:
    """Note what the receiver could not invoice: it is in the backlog again."""
    form = ErrorsForm(request.POST, request.FILES)
    return _act(
        request,
        run_file_id,
        lambda: run_receipts.return_errors(
            request.organization, run_file_id, form.told, actor=request.actor, now=timezone.now()
        ),
        form=form,
        said=lambda _errors: _("Noted. The lines are in the backlog again, to be corrected."),
        at="errors",
    )


@require_POST
@organization_view(Permission.PREPARE_RUNS)
def correct_run_file(request: OrganizationRequest, run_file_id: UUID) -> HttpResponse:
    """Open a run that sends again what was returned."""
    organization = request.organization
    try:
        run = run_receipts.open_correction(organization, run_file_id, actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("billing_backlog:show_run_file", organization.slug, run_file_id)
    return redirect("billing_backlog:show_run", organization.slug, run.pk)


@require_POST
@organization_view(Permission.APPROVE_RUNS)
def undo_run_file(request: OrganizationRequest, run_file_id: UUID) -> HttpResponse:
    """Take back a file that was not handed over."""
    form = ReasonForm(request.POST)
    return _act(
        request,
        run_file_id,
        lambda: run_files.undo_file(
            request.organization,
            run_file_id,
            reason=form.cleaned_data["reason"],
            actor=request.actor,
            now=timezone.now(),
        ),
        form=form,
        said=lambda _file: _("The file is taken back. Its runs are ready for generation again."),
        at="undo",
    )


def _act(
    request: OrganizationRequest,
    run_file_id: UUID,
    act: Callable[[], Any],
    *,
    said: Callable[[Any], str],
    form: forms.BaseForm | None = None,
    at: str = "",
) -> HttpResponse:
    """Take one step; where it is refused, the file's page says why beside the form that asked for it."""
    asked = form if form is not None else forms.Form({})
    if asked.is_valid():
        try:
            done = act()
        except DomainError as refusal:
            show_refusal(asked, refusal)
        else:
            messages.success(request, said(done))
            return redirect("billing_backlog:show_run_file", request.organization.slug, run_file_id)
    with read_only():
        context = file_page(request, run_file_id, refused=asked, at=at)
        return render(request, "billing_backlog/show_run_file.html", context, status=INVALID)
