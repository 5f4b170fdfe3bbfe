"""The files of a finalized document: whether they are made, and the bytes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from foundation import files
from foundation.errors import DomainError
from invoicing import queries
from invoicing.actions import documents
from invoicing.models import FileKind, Invoice
from tenants.models import Organization
from tenants.permissions import OrganizationRequest, Permission, organization_view

CONTENT_TYPES = {FileKind.PDF: "application/pdf", FileKind.EHF: "application/xml"}
ENDINGS = {FileKind.PDF: "pdf", FileKind.EHF: "xml"}


class StoredFileIsDamaged(DomainError):
    """The stored bytes are not those that were stored."""


def documents_context(organization: Organization, invoice: Invoice) -> dict[str, Any]:
    """The files there are, and what became of the making of those that are missing."""
    made = queries.files_of(organization, invoice.pk)
    wanted = [made[kind] for kind in (FileKind.PDF, FileKind.EHF) if kind in made]
    attempt = None if FileKind.PDF in made else queries.attempt_at_documents(organization, invoice.pk)
    return {
        "files": wanted,
        "is_making": FileKind.PDF not in made and (attempt is None or attempt.state != "failed"),
        "failure": attempt if attempt is not None and attempt.state == "failed" else None,
        "attachments": queries.attachments_of(organization, invoice.pk),
        "has_pdf": FileKind.PDF in made,
        "has_ehf": FileKind.EHF in made,
    }


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def list_documents(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """The files of a document; asked again every few seconds while they are being made."""
    invoice = queries.get_invoice(request.organization, invoice_id)
    context = {"invoice": invoice, "may_retry": request.may(Permission.FINALIZE_INVOICES), "is_swapped": True}
    return render(request, "invoicing/_documents.html", context | documents_context(request.organization, invoice))


@require_POST
@organization_view(Permission.FINALIZE_INVOICES)
def retry_documents(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Try again to make the files."""
    if documents.retry_documents(request.organization, invoice_id, actor=request.actor):
        messages.info(request, _("The PDF and the EHF are being made."))
    return redirect("invoicing:show_invoice", request.organization.slug, invoice_id)


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def download_pdf(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """The PDF as it was made once."""
    return _download(request, invoice_id, FileKind.PDF)


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def download_ehf(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """The EHF as it was made once."""
    return _download(request, invoice_id, FileKind.EHF)


def _download(request: OrganizationRequest, invoice_id: UUID, kind: FileKind) -> HttpResponse:
    invoice = queries.get_invoice(request.organization, invoice_id)
    row = queries.files_of(request.organization, invoice.pk).get(kind)
    if row is None:
        messages.info(request, _("The file is not made yet."))
        return redirect("invoicing:show_invoice", request.organization.slug, invoice_id)
    tag = f'"{row.sha256}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    try:
        content = files.load(str(request.organization.pk), row.sha256)
    except files.FileIsDamaged as error:
        raise StoredFileIsDamaged(
            _("The stored file of %(number)s is damaged. Restore it from the backup.") % {"number": invoice.number}
        ) from error
    name = f"{invoice.kind}-{invoice.number}.{ENDINGS[kind]}".replace("_", "-")
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "ETag": tag,
        "Cache-Control": "private, no-cache",
    }
    return HttpResponse(content, content_type=CONTENT_TYPES[kind], headers=headers)
