"""The files of a draft: taking them, ordering them, taking them away, and the bytes of one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseNotModified
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from foundation import files
from foundation.errors import DomainError
from foundation.htmx import go_to, swap_or_redirect, wants_fragment
from foundation.transactions import read_only
from invoicing import queries
from invoicing.actions import attachments
from invoicing.actions.drafts import refuse_finalized
from invoicing.attachable.kinds import FILE_BYTES_MAX
from invoicing.attachments import FILES_MAX, AttachmentRefused, ReadyFile, read_attachment
from invoicing.errors import InvoiceAlreadyFinalized
from invoicing.models import Invoice
from invoicing.views.files import StoredFileIsDamaged
from tenants.permissions import OrganizationRequest, Permission, organization_view

# A file of somebody else's is never a page of ours: without scripts, forms, frames or an origin of its own.
SANDBOX = "default-src 'none'; frame-ancestors 'none'; sandbox"
STEPS = {"up": -1, "down": 1}


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def attach_files(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Take the chosen or dropped files; those that are refused are named, the others are kept."""
    with read_only():
        draft = queries.get_invoice(request.organization, invoice_id)
        try:
            refuse_finalized(draft)
        except InvoiceAlreadyFinalized as refusal:
            return _to_document(request, invoice_id, refusal)
    ready, refused = _read_uploads(request)
    try:
        added = attachments.attach_files(request.organization, invoice_id, ready, actor=request.actor)
    except InvoiceAlreadyFinalized as refusal:
        return _to_document(request, invoice_id, refusal)
    except DomainError as refusal:
        return _show(request, invoice_id, before=draft.version, refused=[*refused, str(refusal)])
    if added:
        words = ngettext("%(count)s file is attached.", "%(count)s files are attached.", len(added))
        messages.success(request, words % {"count": len(added)})
    return _show(request, invoice_id, before=draft.version, refused=refused)


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def remove_attachment(request: OrganizationRequest, invoice_id: UUID, attachment_id: UUID) -> HttpResponse:
    """Take one file away from the draft."""
    with read_only():
        before = queries.get_invoice(request.organization, invoice_id).version
    try:
        attachments.remove_attachment(request.organization, invoice_id, attachment_id, actor=request.actor)
    except InvoiceAlreadyFinalized as refusal:
        return _to_document(request, invoice_id, refusal)
    messages.success(request, _("The file is taken away."))
    return _show(request, invoice_id, before=before)


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def move_attachment(request: OrganizationRequest, invoice_id: UUID, attachment_id: UUID) -> HttpResponse:
    """Move one file up or down."""
    step = STEPS.get(request.POST.get("to", ""), 0)
    with read_only():
        before = queries.get_invoice(request.organization, invoice_id).version
    try:
        attachments.move_attachment(request.organization, invoice_id, attachment_id, step=step, actor=request.actor)
    except InvoiceAlreadyFinalized as refusal:
        return _to_document(request, invoice_id, refusal)
    return _show(request, invoice_id, before=before)


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def download_attachment(request: OrganizationRequest, invoice_id: UUID, attachment_id: UUID) -> HttpResponse:
    """The bytes of one file, to be saved and never to be shown as a page."""
    row = queries.get_attachment(request.organization, invoice_id, attachment_id)
    tag = f'"{row.sha256}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    try:
        content = files.load(str(request.organization.pk), row.sha256)
    except files.FileIsDamaged as error:
        raise StoredFileIsDamaged(
            _("The stored file %(name)s is damaged. Restore it from the backup.") % {"name": row.name}
        ) from error
    response = HttpResponse(content, content_type=row.content_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, row.name) or "attachment"
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def attachments_context(request: OrganizationRequest, invoice_id: UUID) -> dict[str, Any]:
    """The files of a document and how many more it takes."""
    rows = queries.attachments_of(request.organization, invoice_id)
    return {
        "attachments": rows,
        "attachments_size": sum(row.size_bytes for row in rows),
        "attachments_left": FILES_MAX - len(rows),
        "attachments_refused": [],
    }


def _read_uploads(request: OrganizationRequest) -> tuple[list[ReadyFile], list[str]]:
    """Each upload written anew, and a sentence for each that is refused; more than a document carries are not read."""
    ready: list[ReadyFile] = []
    refused: list[str] = []
    uploads = request.FILES.getlist("files")
    for upload in uploads[:FILES_MAX]:
        try:
            # One byte more than is allowed is enough to refuse the rest unread.
            ready.append(read_attachment(upload.name or "", upload.read(FILE_BYTES_MAX + 1)))
        except AttachmentRefused as refusal:
            refused.append(str(refusal))
    if not uploads:
        refused.append(_("Choose a file first."))
    if len(uploads) > FILES_MAX:
        words = _("Only the first %(most)s files were read: a document carries no more.")
        refused.append(words % {"most": FILES_MAX})
    return ready, refused


def _show(
    request: OrganizationRequest, invoice_id: UUID, *, before: int, refused: list[str] | None = None
) -> HttpResponse:
    """The list of files, and the version that the form beside it builds on when nobody else has saved meanwhile."""
    if refused and not wants_fragment(request):
        for sentence in refused:
            messages.error(request, sentence)
    with read_only():
        draft = queries.get_invoice(request.organization, invoice_id)
        context = attachments_context(request, invoice_id) | {
            "draft": draft,
            "attachments_refused": refused or [],
            "is_swapped": True,
            "version": draft.version,
            "is_version_told": request.POST.get("version", "") == str(before) and draft.version - before in {0, 1},
        }
        response = swap_or_redirect(request, "invoicing/_attachments.html", context, to=_draft_url(request, draft))
    response.headers["HX-Trigger-After-Settle"] = "draft-saved"
    return response


def _draft_url(request: OrganizationRequest, draft: Invoice) -> str:
    name = "update_credit_note" if draft.is_credit_note else "update_draft"
    return reverse(f"invoicing:{name}", args=[request.organization.slug, draft.pk])


def _to_document(request: OrganizationRequest, invoice_id: UUID, refusal: InvoiceAlreadyFinalized) -> HttpResponse:
    messages.info(request, str(refusal))
    return go_to(request, reverse("invoicing:show_invoice", args=[request.organization.slug, invoice_id]))
