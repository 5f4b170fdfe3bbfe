"""The files of a document for its customer: always saved, never shown as a page of ours."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from foundation import files
from invoicing import queries
from invoicing.actions.documents import document_of
from invoicing.models import FileKind
from invoicing.views.files import CONTENT_TYPES, ENDINGS
from invoicing.views.public.door import Visit, link_view, nothing_here

# A file of somebody else's is never a page of ours: without scripts, forms, frames or an origin of its own.
SANDBOX = "default-src 'none'; frame-ancestors 'none'; sandbox"


@link_view()
@require_safe
def download_pdf(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The PDF as it was made once."""
    return _made(request, visit, FileKind.PDF)


@link_view()
@require_safe
def download_ehf(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The EHF as it was made once."""
    return _made(request, visit, FileKind.EHF)


@link_view()
@require_safe
def download_file(request: HttpRequest, visit: Visit, place: int) -> HttpResponse:
    """One of the files that the seller attached."""
    attached = document_of(visit.invoice).body.attachments
    if place >= len(attached):
        return nothing_here(request)
    file = attached[place]
    return _file(visit, file.sha256, file.name, file.content_type)


def _made(request: HttpRequest, visit: Visit, kind: FileKind) -> HttpResponse:
    row = queries.files_of(visit.organization, visit.invoice.pk).get(kind)
    if row is None:
        return nothing_here(request)
    name = f"{visit.invoice.kind}-{visit.invoice.number}.{ENDINGS[kind]}".replace("_", "-")
    return _file(visit, row.sha256, name, CONTENT_TYPES[kind])


def _file(visit: Visit, sha256: str, name: str, content_type: str) -> HttpResponse:
    content = files.load(str(visit.organization.pk), sha256)
    response = HttpResponse(content, content_type=content_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
