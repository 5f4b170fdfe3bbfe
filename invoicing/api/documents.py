"""Finalized documents for programs: list, fetch with lines and what is open, and their files."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.utils.translation import gettext as _
from ninja import Query, Router

from foundation import files
from foundation.api.pages import page_after
from foundation.api.problems import CallRefused
from foundation.keyset import Key
from invoicing import document_queries, queries
from invoicing.api.schemas import DocumentPage, DocumentsAsked, DocumentTold
from invoicing.api.telling import DOCUMENT, DOCUMENT_ROW, told_document, told_row
from invoicing.document_queries import DocumentSearch
from invoicing.models import FileKind, InvoiceKind, InvoiceStatus
from tenants.api.door import ApiRequest
from tenants.api.operations import Says, operation
from tenants.clock import local_today
from tenants.permissions import Permission

router = Router(tags=["Documents"])
NEWEST = (Key("id", UUID, is_descending=True),)
CONTENT_TYPES = {FileKind.PDF: "application/pdf", FileKind.EHF: "application/xml"}
ENDINGS = {FileKind.PDF: "pdf", FileKind.EHF: "xml"}
LATER_SECONDS = "5"


@operation(
    router,
    "GET",
    "/documents",
    Permission.VIEW_INVOICES,
    Says(answer=DocumentPage, told={"items": [DOCUMENT_ROW], "next": ""}),
)
def list_documents(request: ApiRequest, asked: Query[DocumentsAsked]) -> DocumentPage:
    """List invoices, credit notes and payment requests, those that were begun last first."""
    search = DocumentSearch(
        status=InvoiceStatus.FINALIZED,
        kind=asked.kind,
        customer_id=asked.customer_id,
        number=asked.number,
        first=asked.issued_from,
        last=asked.issued_through,
    )
    page = page_after(document_queries.list_documents(request.organization, search), NEWEST, asked)
    today = local_today(request.organization)
    return DocumentPage(items=[told_row(row, today) for row in page.rows], next=page.after)


@operation(
    router,
    "GET",
    "/documents/{uuid:document_id}",
    Permission.VIEW_INVOICES,
    Says(answer=DocumentTold, told=DOCUMENT, refuses=(404,)),
)
def get_document(request: ApiRequest, document_id: UUID) -> DocumentTold:
    """Fetch one document with its lines and what is open on it."""
    invoice = document_queries.get_document_with_amounts(request.organization, document_id)
    if invoice.is_draft:
        raise Http404
    return told_document(invoice, queries.list_lines(invoice), local_today(request.organization))


@operation(
    router,
    "GET",
    "/documents/{uuid:document_id}/pdf",
    Permission.VIEW_INVOICES,
    Says(answer=None, refuses=(404, 409), content_type=CONTENT_TYPES[FileKind.PDF]),
)
def get_pdf(request: ApiRequest, document_id: UUID) -> HttpResponse:
    """Fetch the PDF as it was made once; 409 while it is being made."""
    return _file(request, document_id, FileKind.PDF)


@operation(
    router,
    "GET",
    "/documents/{uuid:document_id}/ehf",
    Permission.VIEW_INVOICES,
    Says(answer=None, refuses=(404, 409), content_type=CONTENT_TYPES[FileKind.EHF]),
)
def get_ehf(request: ApiRequest, document_id: UUID) -> HttpResponse:
    """Fetch the EHF as it was made once; 404 where the document has none, 409 while it is being made."""
    return _file(request, document_id, FileKind.EHF)


def _file(request: ApiRequest, document_id: UUID, kind: FileKind) -> HttpResponse:
    invoice = queries.get_invoice_alone(request.organization, document_id)
    if invoice.is_draft:
        raise Http404
    row = queries.files_of(request.organization, invoice.pk).get(kind)
    if row is None:
        if kind == FileKind.EHF and invoice.kind == InvoiceKind.PAYMENT_REQUEST:
            raise Http404
        sentence = _("The file is not made yet. Ask again in a few seconds.")
        raise CallRefused(409, "not_made_yet", sentence, headers={"Retry-After": LATER_SECONDS})
    tag = f'"{row.sha256}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    name = f"{invoice.kind}-{invoice.number}.{ENDINGS[kind]}".replace("_", "-")
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "ETag": tag,
        "Cache-Control": "private, no-cache",
    }
    content = files.load(str(request.organization.pk), row.sha256)
    return HttpResponse(content, content_type=CONTENT_TYPES[kind], headers=headers)
