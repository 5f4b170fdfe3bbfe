"""The doors to billing runs: the list, one run with what to look at, and each step of it."""

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

from billing_backlog.actions import run_generating, runs
from billing_backlog.control_paper import render_control_sheet
from billing_backlog.errors import RunIsNotReady
from billing_backlog.forms.runs import AnswerForm, ApprovalForm, ControlForm, HoldForm, ReasonForm, ReturnForm, RunForm
from billing_backlog.models import BillingRun
from billing_backlog.queries import runs as queries
from billing_backlog.queries.run_files import active_targets, has_targets
from billing_backlog.views.run_page import first_values, run_page
from customers.queries import get_customer
from foundation import files
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.transactions import read_only
from invoicing.actions import many
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
RUNS_SHOWN = 100


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def list_runs(request: OrganizationRequest) -> HttpResponse:
    """The runs of the organization, the newest first."""
    found = list(queries.list_runs(request.organization)[:RUNS_SHOWN])
    context = {
        "runs": found,
        "may_prepare": request.may(Permission.PREPARE_RUNS),
        "has_files": has_targets(request.organization),
    }
    return render(request, "billing_backlog/list_runs.html", context)


@organization_view(Permission.PREPARE_RUNS)
def open_run(request: OrganizationRequest) -> HttpResponse:
    """A form for a new run; the same work through the same day has one run."""
    organization = request.organization
    with read_only():
        targets = list(active_targets(organization))
    form = RunForm(initial=first_values(local_today(organization)), targets=targets)
    if request.method == "POST":
        form = RunForm(request.POST, targets=targets)
        if form.is_valid():
            run = form.save(commit=False)
            run.target = form.target
            run = runs.open_run(organization, run, actor=request.actor, now=timezone.now())
            return redirect("billing_backlog:show_run", organization.slug, run.pk)
    with read_only():
        status = INVALID if form.is_bound else 200
        return render(request, "billing_backlog/open_run.html", {"form": form}, status=status)


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def show_run(request: OrganizationRequest, run_id: UUID) -> HttpResponse:
    """One run: who has prepared what, what is otherwise than last time, and the next step."""
    return render(request, "billing_backlog/show_run.html", run_page(request, run_id))


@require_POST
@organization_view(Permission.PREPARE_RUNS)
def take_facility(request: OrganizationRequest, run_id: UUID, facility_id: UUID) -> HttpResponse:
    """Take a facility to prepare it."""
    return _act(
        request,
        run_id,
        lambda: runs.take_facility(request.organization, run_id, facility_id, actor=request.actor, now=timezone.now()),
        said=_("You have taken it. Finish it with the booking list’s count and sum."),
    )


@require_POST
@organization_view(Permission.PREPARE_RUNS)
def finish_facility(request: OrganizationRequest, run_id: UUID, facility_id: UUID) -> HttpResponse:
    """Finish a facility with its control total."""
    form = ControlForm(request.POST)
    with read_only():
        queries.get_facility_of_run(request.organization, run_id, facility_id)
    return _act(
        request,
        run_id,
        lambda: runs.finish_facility(
            request.organization, run_id, facility_id, control=form.control, actor=request.actor, now=timezone.now()
        ),
        form=form,
        said=_("Finished: the control total agrees."),
        at=str(facility_id),
    )


@require_POST
@organization_view(Permission.PREPARE_RUNS)
def return_facility(request: OrganizationRequest, run_id: UUID) -> HttpResponse:
    """Give a finished facility back to whoever prepares it."""
    with read_only():
        form = ReturnForm(request.POST, places=run_page(request, run_id)["finished_places"])
    return _act(
        request,
        run_id,
        lambda: runs.return_facility(
            request.organization,
            run_id,
            UUID(form.cleaned_data["facility"]),
            reason=form.cleaned_data["reason"],
            actor=request.actor,
        ),
        form=form,
        said=_("It went back."),
        at="back",
    )


@require_POST
@organization_view(Permission.PREPARE_RUNS)
def hold_customer(request: OrganizationRequest, run_id: UUID) -> HttpResponse:
    """Leave a customer out of the run."""
    with read_only():
        form = HoldForm(request.POST, customers=run_page(request, run_id)["billed_customers"])

    def hold() -> None:
        with read_only():
            customer = get_customer(request.organization, UUID(form.cleaned_data["customer"]))
        reason = form.cleaned_data["reason"]
        runs.hold_customer(request.organization, run_id, customer, reason=reason, actor=request.actor)

    return _act(request, run_id, hold, form=form, said=_("The customer is held back."), at="hold")


@require_POST
@organization_view(Permission.PREPARE_RUNS)
def release_customer(request: OrganizationRequest, run_id: UUID, customer_id: UUID) -> HttpResponse:
    """Let a customer into the run again."""
    with read_only():
        customer = get_customer(request.organization, customer_id)
    return _act(
        request,
        run_id,
        lambda: runs.release_customer(request.organization, run_id, customer, actor=request.actor),
        said=_("%(name)s is in the run again.") % {"name": customer.name},
    )


@require_POST
@organization_view(Permission.PREPARE_RUNS)
def answer_differences(request: OrganizationRequest, run_id: UUID) -> HttpResponse:
    """Accept or explain the chosen differences."""
    form, keys = AnswerForm(request.POST), request.POST.getlist("key")
    return _act(
        request,
        run_id,
        lambda: runs.answer_differences(
            request.organization, run_id, keys, explanation=form.cleaned_data["explanation"], actor=request.actor
        ),
        form=form,
        said=_("Noted."),
    )


@require_POST
@organization_view(Permission.PREPARE_RUNS)
def freeze_run(request: OrganizationRequest, run_id: UUID) -> HttpResponse:
    """Freeze the basis with its control sheet."""
    return _act(
        request,
        run_id,
        lambda: runs.freeze_run(request.organization, run_id, actor=request.actor, now=timezone.now()),
        said=_("The basis is frozen. The control sheet can be downloaded."),
    )


@require_POST
@organization_view(Permission.APPROVE_RUNS)
def approve_run(request: OrganizationRequest, run_id: UUID) -> HttpResponse:
    """Approve the frozen basis by the run's name, and begin to generate its drafts."""
    organization, form = request.organization, ApprovalForm(request.POST)

    def approve() -> None:
        name = form.cleaned_data["typed_name"]
        runs.approve_run(organization, run_id, typed_name=name, actor=request.actor, now=timezone.now())
        run_generating.start_generating(organization, run_id, actor=request.actor)

    with read_only():
        is_for_file = queries.get_run(organization, run_id).target_id is not None
    said = _("Approved. The basis is being exported.") if is_for_file else _("Approved. The drafts are being made.")
    return _act(request, run_id, approve, form=form, said=said, at="approve")


@require_POST
@organization_view(Permission.APPROVE_RUNS)
def generate_run(request: OrganizationRequest, run_id: UUID) -> HttpResponse:
    """Go on with generating where it stopped."""
    return _act(
        request,
        run_id,
        lambda: run_generating.start_generating(request.organization, run_id, actor=request.actor),
        said=_("The drafts are being made."),
    )


@require_POST
@organization_view(Permission.FINALIZE_INVOICES)
def finalize_run(request: OrganizationRequest, run_id: UUID) -> HttpResponse:
    """Finalize every draft of the run as a job, in batches; one that is incomplete stops none of the others."""
    organization = request.organization
    with read_only():
        run = queries.get_run(organization, run_id)
        drafts = [each for each in queries.documents_of(organization, run) if each.is_draft]
    sends = request.POST.get("sends") == "on"
    job = many.start_finalizing(
        organization, drafts, actor=request.actor, key=f"run:{run.pk}:{len(drafts)}", sends=sends
    )
    return redirect("tenants:show_job", organization.slug, job.pk)


@require_POST
@organization_view(Permission.APPROVE_RUNS)
def undo_run(request: OrganizationRequest, run_id: UUID) -> HttpResponse:
    """Take the run back: its drafts go, its work is unbilled again."""
    form = ReasonForm(request.POST)
    return _act(
        request,
        run_id,
        lambda: run_generating.undo_run(
            request.organization,
            run_id,
            reason=form.cleaned_data["reason"],
            actor=request.actor,
            now=timezone.now(),
        ),
        form=form,
        said=_("The run is undone. Its work is in the backlog again."),
        at="undo",
    )


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def download_control_sheet(request: OrganizationRequest, run_id: UUID) -> HttpResponse:
    """The control sheet of a frozen run as a PDF."""
    run = _frozen(request, run_id)
    return _file(
        render_control_sheet(request.organization, run), "application/pdf", f"{run.until:%Y-%m-%d}-control.pdf"
    )


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def download_manifest(request: OrganizationRequest, run_id: UUID) -> HttpResponse:
    """The manifest of a generated run, byte for byte as it was written."""
    run = _frozen(request, run_id)
    if not run.manifest_sha256:
        raise RunIsNotReady(_("The manifest is written when the run is generated."))
    content = files.load(str(request.organization.pk), run.manifest_sha256)
    return _file(content, "application/octet-stream", f"{run.until:%Y-%m-%d}-manifest.json")


def _frozen(request: OrganizationRequest, run_id: UUID) -> BillingRun:
    run = queries.get_run(request.organization, run_id)
    if not run.is_frozen:
        raise RunIsNotReady(_("The control sheet is made when the basis is frozen."))
    return run


def _file(content: bytes, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _act(
    request: OrganizationRequest,
    run_id: UUID,
    act: Callable[[], Any],
    *,
    form: forms.BaseForm | None = None,
    said: str,
    at: str = "",
) -> HttpResponse:
    """Take one step; where it is refused, the run's page says why beside the form that asked for it."""
    asked = form if form is not None else forms.Form({})
    if asked.is_valid():
        try:
            act()
        except DomainError as refusal:
            show_refusal(asked, refusal)
        else:
            messages.success(request, said)
            return redirect("billing_backlog:show_run", request.organization.slug, run_id)
    with read_only():
        context = run_page(request, run_id, refused=asked, at=at)
        return render(request, "billing_backlog/show_run.html", context, status=INVALID)
