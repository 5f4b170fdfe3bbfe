"""The doors to files of work: the file, how it is read, the rehearsal, and the taking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing_backlog.forms.imports import ReadingForm, WorkFileForm
from billing_backlog.importing import running
from billing_backlog.importing.outcomes import found_of
from billing_backlog.importing.reading import ImportRequest, SourceFormat, format_of
from billing_backlog.queries.imports import get_import, list_imports, list_refused, taken_of
from billing_backlog.source_files import columns
from foundation import files
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import wants_fragment
from foundation.spreadsheet_reading import TableRead, read_table, sheet_names
from foundation.transactions import read_only
from tenants import jobs
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
HASH_LENGTH = 64
SAMPLE_ROWS = 3
REFUSED_ROWS = 50
SYSTEMS = {SourceFormat.LG04: "LG04", SourceFormat.VISMA_FL: "Visma FL"}


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.PREPARE_RUNS)
def upload_work_file(request: OrganizationRequest) -> HttpResponse:
    """First the file; it is kept under its hash and looked at once, so that what cannot be read is refused here."""
    form = WorkFileForm(request.POST, request.FILES) if request.method == "POST" else WorkFileForm()
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        content = upload.read()
        try:
            _table_of(content, "")
        except DomainError as refusal:
            form.add_error("file", str(refusal))
        else:
            sha256 = files.store(str(request.organization.pk), content)
            address = reverse("billing_backlog:map_work_file", args=[request.organization.slug, sha256])
            return redirect(f"{address}?{urlencode({'name': upload.name[:100]})}")
    with read_only():
        context = {"form": form, "imports": list_imports(request.organization)}
        status = INVALID if form.is_bound else 200
        return render(request, "billing_backlog/upload_work_file.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.PREPARE_RUNS)
def map_work_file(request: OrganizationRequest, sha256: str) -> HttpResponse:
    """How the file is read, as far as it tells by itself; sent, the rehearsal begins."""
    content = _stored(request, sha256)
    found, table = format_of(content), _table_of(content, request.GET.get("sheet", ""))
    header = table.header if table else ()
    if request.method != "POST":
        initial = {
            "mapping": columns.suggested(header),
            "system": SYSTEMS.get(found, ""),
            "kind": "booking" if found in SYSTEMS else "time",
        }
        return _mapping_page(request, ReadingForm(found=found, header=header, initial=initial), content, table)
    form = ReadingForm(request.POST, found=found, header=header)
    if not form.is_valid():
        return _mapping_page(request, form, content, table)
    asked = _asked(request, sha256, form)
    try:
        key = form.cleaned_data["key"] or jobs.new_key()
        job = running.start_rehearsal(request.organization, asked, actor=request.actor, key=key)
    except DomainError as refusal:
        show_refusal(form, refusal)
        return _mapping_page(request, form, content, table)
    return redirect("billing_backlog:show_work_import", request.organization.slug, job.pk)


@require_safe
@organization_view(Permission.PREPARE_RUNS)
def show_work_import(request: OrganizationRequest, import_id: UUID) -> HttpResponse:
    """A rehearsal with its sums and refused rows, or the taking; while it works the page asks again by itself."""
    job = get_import(request.organization, import_id)
    context: dict[str, Any] = {"job": job, "is_taking": job.kind == running.TAKE}
    context["may_edit_customers"] = request.may(Permission.EDIT_CUSTOMERS)
    if job.is_finished:
        context |= found_of(job.result)
        context["refused"] = list_refused(request.organization, job, REFUSED_ROWS)
        context["taking"] = None if context["is_taking"] else taken_of(request.organization, job)
    name = "_work_import" if wants_fragment(request) else "show_work_import"
    return render(request, f"billing_backlog/{name}.html", context)


@require_POST
@organization_view(Permission.PREPARE_RUNS)
def take_work_file(request: OrganizationRequest, import_id: UUID) -> HttpResponse:
    """Take what was rehearsed, once."""
    try:
        job = running.start_taking(request.organization, import_id, actor=request.actor)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("billing_backlog:show_work_import", request.organization.slug, import_id)
    return redirect("billing_backlog:show_work_import", request.organization.slug, job.pk)


def _stored(request: OrganizationRequest, sha256: str) -> bytes:
    """The uploaded file; only what lies in the organization's own space is found."""
    if len(sha256) != HASH_LENGTH or not sha256.isalnum():
        raise Http404
    try:
        return files.load(str(request.organization.pk), sha256)
    except files.FileIsDamaged as error:
        raise Http404 from error


def _table_of(content: bytes, sheet: str) -> TableRead | None:
    return read_table(content, sheet=sheet) if format_of(content) is SourceFormat.TABLE else None


def _asked(request: OrganizationRequest, sha256: str, form: ReadingForm) -> ImportRequest:
    told: Mapping[str, Any] = form.cleaned_data
    return ImportRequest(
        file=sha256,
        name=request.GET.get("name", "")[:100],
        system=told["system"],
        kind=told["kind"],
        mapping=form.mapping(),
        sheet=request.GET.get("sheet", ""),
        price_includes_vat=told.get("price_includes_vat", False),
        quantity_has_decimals=told.get("quantity_has_decimals", True),
    )


def _mapping_page(
    request: OrganizationRequest, form: ReadingForm, content: bytes, table: TableRead | None
) -> HttpResponse:
    used = {str(field.value()) for field in form.main}
    header = table.header if table else ()
    context = {
        "form": form,
        "is_table": table is not None,
        "rows_count": len(table.rows) if table else content.count(b"\n"),
        "samples": [
            {"name": name, "cells": [row[place] for row in table.rows[:SAMPLE_ROWS]] if table else []}
            for place, name in enumerate(header)
        ],
        "unused": [name for place, name in enumerate(header) if str(place) not in used],
        "sheet_choices": [(sheet, sheet) for sheet in sheet_names(content)],
        "sheet": request.GET.get("sheet", ""),
        "name": request.GET.get("name", ""),
        "format": SYSTEMS.get(form.found, ""),
    }
    with read_only():
        status = INVALID if form.is_bound else 200
        return render(request, "billing_backlog/map_work_file.html", context, status=status)
