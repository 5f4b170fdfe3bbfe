"""The doors to imports and exports of customers and products: the file, its columns, the rehearsal, the import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.importing import exporting, running
from config.importing.columns import suggested
from config.importing.forms import ExportForm, MappingForm, UploadForm
from config.importing.planning import Existing, Kind, Outcome
from config.importing.running import ImportRequest
from config.importing.words import OUTCOMES, TITLES
from foundation import files
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import wants_fragment
from foundation.spreadsheet_reading import TableRead, read_table, sheet_names
from foundation.spreadsheets import FileFormat
from foundation.transactions import read_only
from tenants import jobs
from tenants.permissions import OrganizationRequest, Permission, organization_view
from tenants.queries import get_job

INVALID = 422
SAMPLE_ROWS = 3
HASH_LENGTH = 64


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.IMPORT_DATA)
def upload_import(request: OrganizationRequest, kind: str) -> HttpResponse:
    """First the file; it is kept under its hash and read at once, so that what is no table is refused here."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        content = upload.read()
        try:
            read_table(content)
        except DomainError as refusal:
            form.add_error("file", str(refusal))
        else:
            sha256 = files.store(str(request.organization.pk), content)
            address = reverse(f"map_{kind}", args=[request.organization.slug, sha256])
            return redirect(f"{address}?{urlencode({'name': upload.name[:100]})}")
    context = {"form": form, "kind": kind, "title": TITLES[kind], **_addresses(request, kind)}
    return render(request, "config/upload_import.html", context, status=INVALID if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.IMPORT_DATA)
def map_import(request: OrganizationRequest, kind: str, sha256: str) -> HttpResponse:
    """Which column fills what, as far as their names tell; sent, the rehearsal begins."""
    content = _stored(request, sha256)
    sheet = request.GET.get("sheet", "")
    with read_only():
        table = read_table(content, sheet=sheet)
        found = running.kind_of(request.organization, kind)
    if request.method != "POST":
        mapping = suggested(found.columns, table.header)
        form = MappingForm(kind=found, header=table.header, initial={"mapping": mapping})
        return _mapping_page(request, found, table, form, content)
    form = MappingForm(request.POST, kind=found, header=table.header)
    if not form.is_valid():
        return _mapping_page(request, found, table, form, content)
    asked = ImportRequest(
        kind=kind,
        file=sha256,
        name=request.GET.get("name", "")[:100],
        mapping=form.mapping(),
        existing=Existing(form.cleaned_data["existing"]),
        sheet=sheet,
    )
    try:
        job = running.start_rehearsal(
            request.organization, asked, actor=request.actor, key=form.cleaned_data["key"] or jobs.new_key()
        )
    except DomainError as refusal:
        show_refusal(form, refusal)
        return _mapping_page(request, found, table, form, content)
    return redirect("tenants:show_job", request.organization.slug, job.pk)


@require_safe
@organization_view(Permission.IMPORT_DATA)
def panel_rehearsal(request: OrganizationRequest, job_id: UUID) -> HttpResponse:
    """What a rehearsal found, and the button that imports it; the job's page for a plain link."""
    if not wants_fragment(request):
        return redirect("tenants:show_job", request.organization.slug, job_id)
    job = get_job(request.organization, job_id)
    if job.kind != running.REHEARSE:
        raise Http404
    counts: Mapping[str, int] = job.result.get("counts", {})
    context = {
        "job": job,
        "counts": [(OUTCOMES[outcome], counts.get(outcome.value, 0)) for outcome in Outcome],
        "refused": counts.get(Outcome.REFUSE.value, 0),
        "written": counts.get(Outcome.CREATE.value, 0) + counts.get(Outcome.CHANGE.value, 0),
    }
    return render(request, "config/_rehearsal.html", context)


@require_POST
@organization_view(Permission.IMPORT_DATA)
def start_import(request: OrganizationRequest, job_id: UUID) -> HttpResponse:
    """Import what was rehearsed, once."""
    try:
        job = running.start_import(
            request.organization,
            job_id,
            takes_good_rows=request.POST.get("rows") == "good",
            actor=request.actor,
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("tenants:show_job", request.organization.slug, job_id)
    return redirect("tenants:show_job", request.organization.slug, job.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EXPORT_DATA)
def export_records(request: OrganizationRequest, kind: str) -> HttpResponse:
    """All customers or products in one file, which an import reads back."""
    form = ExportForm(request.POST) if request.method == "POST" else ExportForm(initial={"key": jobs.new_key()})
    if request.method == "POST" and form.is_valid():
        job = exporting.start_export(
            request.organization,
            kind,
            FileFormat(form.cleaned_data["file_format"]),
            actor=request.actor,
            key=form.cleaned_data["key"] or jobs.new_key(),
        )
        return redirect("tenants:show_job", request.organization.slug, job.pk)
    context = {"form": form, "kind": kind, "title": TITLES[kind], **_addresses(request, kind)}
    with read_only():
        return render(request, "config/export_records.html", context, status=INVALID if form.is_bound else 200)


def _addresses(request: OrganizationRequest, kind: str) -> dict[str, str]:
    """Where the list, the import and the export of the kind are found."""
    slug = request.organization.slug
    return {
        "list_url": reverse(f"customers:list_{kind}", args=[slug]),
        "import_url": reverse(f"import_{kind}", args=[slug]),
        "export_url": reverse(f"export_{kind}", args=[slug]),
    }


def _stored(request: OrganizationRequest, sha256: str) -> bytes:
    """The uploaded file; only what lies in the organization's own space is found."""
    if len(sha256) != HASH_LENGTH or not sha256.isalnum():
        raise Http404
    try:
        return files.load(str(request.organization.pk), sha256)
    except files.FileIsDamaged as error:
        raise Http404 from error


def _mapping_page(
    request: OrganizationRequest, kind: Kind, table: TableRead, form: MappingForm, content: bytes
) -> HttpResponse:
    samples: list[dict[str, Any]] = [
        {"name": name, "cells": [row[place] for row in table.rows[:SAMPLE_ROWS]]}
        for place, name in enumerate(table.header)
    ]
    used = set(form.shown_mapping().values())
    context = {
        "form": form,
        "kind": kind.name,
        "title": TITLES[kind.name],
        **_addresses(request, kind.name),
        "rows_count": len(table.rows),
        "samples": samples,
        "unused": [name for place, name in enumerate(table.header) if place not in used],
        "sheet_choices": [(sheet, sheet) for sheet in sheet_names(content)],
        "sheet": request.GET.get("sheet", ""),
        "name": request.GET.get("name", ""),
    }
    with read_only():
        return render(request, "config/map_import.html", context, status=INVALID if form.is_bound else 200)
