"""Making the files of a finalized document: once, after commit, by a worker."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from foundation import files
from foundation.ids import uuid7
from foundation.transactions import read_only
from invoicing import queries
from invoicing.documents.ehf import core_xml, ehf_xml, has_ehf
from invoicing.documents.facts import Document, DocumentBody
from invoicing.documents.pdf import render_pdf, renderer_versions
from invoicing.errors import NotFinalized
from invoicing.models import DocumentFile, FileKind, Invoice
from tenants import audit, outbox
from tenants.audit import Actor
from tenants.models import Organization


def document_of(invoice: Invoice) -> Document:
    """What a finalized document says, read from its snapshot and number alone."""
    if invoice.snapshot is None or invoice.finalized_at is None:
        raise NotFinalized("Only a finalized document has files.")
    return Document(
        number=str(invoice.number),
        kid=invoice.kid,
        finalized_at=invoice.finalized_at,
        body=DocumentBody.from_json(invoice.snapshot),
    )


def bytes_of(
    document: Document, *, logo: bytes | None, attached: Mapping[str, bytes] | None = None
) -> dict[str, bytes]:
    """The files in the order in which they are made: core XML, PDF with it inside, EHF with PDF and attached files."""
    if not has_ehf(document.body.kind):
        return {FileKind.PDF: render_pdf(document, core_xml=None, logo=logo)}
    core = core_xml(document)
    pdf = render_pdf(document, core_xml=core, logo=logo)
    return {FileKind.CORE_XML: core, FileKind.PDF: pdf, FileKind.EHF: ehf_xml(document, pdf=pdf, files=attached)}


def render_documents(organization: Organization, invoice_id: UUID, *, actor: Actor) -> list[DocumentFile]:
    """Make and keep the files of a finalized document; where they stand already they are left as they are."""
    with read_only():
        if queries.has_all_files(organization, invoice_id):
            return []
        invoice = queries.get_invoice(organization, invoice_id)
    document = document_of(invoice)
    logo_sha256 = document.body.seller.logo_sha256
    space = str(organization.pk)
    attached = {file.sha256: files.load(space, file.sha256) for file in document.body.attachments}
    made = bytes_of(document, logo=files.load(space, logo_sha256) if logo_sha256 else None, attached=attached)
    kept = {kind: (files.store(space, content), len(content)) for kind, content in made.items()}
    return _keep(organization, invoice, kept, actor)


@transaction.atomic
def retry_documents(organization: Organization, invoice_id: UUID, *, actor: Actor) -> int:
    """Make the files due again after the last attempt has failed; returns how many attempts were waiting for it."""
    invoice = queries.get_invoice(organization, invoice_id)
    count = outbox.retry(organization.pk, invoice.pk, "invoicing.render_documents")
    if count:
        audit.record(actor, "documents.retried", invoice)
    return count


@transaction.atomic
def _keep(
    organization: Organization, invoice: Invoice, kept: dict[str, tuple[str, int]], actor: Actor
) -> list[DocumentFile]:
    stored = queries.files_of(organization, invoice.pk)
    rows = []
    for kind, (sha256, size) in kept.items():
        if kind in stored:
            continue
        row = DocumentFile(
            id=uuid7(),
            organization=organization,
            subject_kind="invoice",
            subject_id=invoice.pk,
            kind=kind,
            sha256=sha256,
            size_bytes=size,
            versions=renderer_versions() if kind == FileKind.PDF else {},
            made_at=timezone.now(),
        )
        row.row_hash = row.content_hash()
        rows.append(row)
    DocumentFile.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        audit.record(actor, "documents.made", invoice, **{row.kind: row.sha256 for row in rows})
    return rows
