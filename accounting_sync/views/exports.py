"""The doors to files of vouchers: what is new, the files that were made, and how GBAT10 is written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounting_sync.actions import exports as actions
from accounting_sync.forms.exports import ExportForm, ExportSettingsForm
from accounting_sync.models import ExportFormat, ExportRun, ExportScope
from accounting_sync.queries import exports as queries
from accounting_sync.queries.customer_changes import customers_standing
from accounting_sync.queries.proposals import standing_proposals
from foundation import files
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to, render_page_or_fragment
from foundation.keyset import Key, page_of
from foundation.transactions import read_only
from payments.reports.vat_codes import label_of
from tenants import jobs
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
NUMBER_ORDER = (Key("number", int, is_descending=True),)


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def list_exports(request: OrganizationRequest) -> HttpResponse:
    """What is new for each format, and the files that were made, the newest first."""
    return render_page_or_fragment(
        request, "accounting_sync/exports.html", "accounting_sync/_exports.html", _page(request, None)
    )


@require_POST
@organization_view(Permission.EXPORT_DATA)
def start_export(request: OrganizationRequest) -> HttpResponse:
    """Begin the job that writes vouchers into a file, and show it; for those who may see the ledger."""
    organization = request.organization
    if not request.may(Permission.VIEW_LEDGER):
        raise PermissionDenied
    form = ExportForm(request.POST, may_push=request.may(Permission.SYNC_VOUCHERS))
    if form.is_valid():
        try:
            job = actions.start_export(organization, form.asked(), actor=request.actor, key=form.cleaned_data["key"])
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            return go_to(request, reverse("tenants:show_job", args=[organization.slug, job.pk]))
    with read_only():
        return render(request, "accounting_sync/exports.html", _page(request, form), status=INVALID)


def _page(request: OrganizationRequest, form: ExportForm | None) -> dict[str, Any]:
    organization, today = request.organization, local_today(request.organization)
    page = page_of(queries.list_exports(organization), NUMBER_ORDER, request.GET)
    standings = queries.standings(organization, today)
    may_push = request.may(Permission.SYNC_VOUCHERS)
    used = max(
        (each for each in standings if each.latest), key=lambda each: cast(ExportRun, each.latest).number, default=None
    )
    usual = {
        "format": used.format if used else ExportFormat.JOURNAL_CSV,
        "scope": ExportScope.NEW if may_push else ExportScope.PERIOD,
        "last": today,
        "key": jobs.new_key(),
    }
    return {
        "form": form or ExportForm(may_push=may_push, initial=usual),
        "standings": standings,
        "exports": page.rows,
        "pagination": page.pagination({}, target="#exports"),
        "pushed": queries.pushed_systems(organization),
        "proposals": standing_proposals(organization),
        "customers": customers_standing(organization),
        "may_export": request.may(Permission.EXPORT_DATA),
        "may_set": request.may(Permission.CONNECT_ACCOUNTING),
        "currency": organization.base_currency,
    }


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def show_export(request: OrganizationRequest, export_id: UUID) -> HttpResponse:
    """One file with its control totals."""
    run = queries.get_export(request.organization, export_id)
    accounts = [
        {**each, "debit": Decimal(each["debit"]), "credit": Decimal(each["credit"])} for each in run.totals["accounts"]
    ]
    codes = [
        {**each, "label": label_of(each["code"]), "base": Decimal(each["base"]), "vat": Decimal(each["vat"])}
        for each in run.totals["codes"]
    ]
    context = {
        "run": run,
        "accounts": accounts,
        "codes": codes,
        "odd_lines": run.totals.get("odd_lines"),
        "currency": request.organization.base_currency,
    }
    return render(request, "accounting_sync/export.html", context)


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def download_export(request: OrganizationRequest, export_id: UUID) -> HttpResponse:
    """The file, byte for byte as it was made."""
    run = queries.get_export(request.organization, export_id)
    content = files.open_checked(str(request.organization.pk), run.sha256)
    response = FileResponse(content, content_type=run.content_type)
    # Named by RFC 6266 in a form that no name, however odd, can break out of.
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(run.name, safe='')}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return cast(HttpResponse, response)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.CONNECT_ACCOUNTING)
def update_export_settings(request: OrganizationRequest) -> HttpResponse:
    """What the receiver of GBAT10 files calls our codes and kinds."""
    organization = request.organization
    with read_only():
        settings = queries.get_export_settings(organization)
    form = ExportSettingsForm(request.POST if request.method == "POST" else None, settings)
    if form.is_bound and form.is_valid():
        try:
            actions.update_export_settings(
                organization, form.values(), version=form.cleaned_data["version"], actor=request.actor
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved. The next GBAT10 file is written this way."))
            return redirect("accounting_sync:list_exports", organization.slug)
    with read_only():
        status = INVALID if form.is_bound else 200
        return render(request, "accounting_sync/export_settings.html", {"form": form}, status=status)
