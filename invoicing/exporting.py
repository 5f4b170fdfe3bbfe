"""Handing out every finalized document with its files as they were made; nothing is rendered here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from foundation import files
from foundation.errors import DomainError
from invoicing.models import DocumentFile, FileKind, Invoice, InvoiceStatus
from invoicing.models.invoices import ABOUT_ADVANCES
from tenants.models import Organization

CHUNK = 200
NUMBERS_NAMED_MAX = 10
MANIFEST = "manifest.json"
EXPORTED = {FileKind.PDF: "pdf", FileKind.EHF: "xml"}


class FilesAreMissing(DomainError):
    """A document has no PDF or EHF yet, or its stored bytes are not what they were."""


def export_documents(organization: Organization, folder: Path) -> list[dict[str, Any]]:
    """Write <number>.pdf and <number>.xml of every finalized document, and a manifest with their hashes.

    Refuses before the first file when one is missing; the manifest is written last: with it the folder is whole.
    """
    _refuse_missing(organization)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    entries = [
        _write(organization, folder, invoice, rows)
        for invoices, found in _documents(organization)
        for invoice, rows in ((invoice, found[invoice.pk]) for invoice in invoices)
    ]
    manifest = {
        "organization": {
            "slug": organization.slug,
            "name": organization.name,
            "organization_number": organization.organization_number,
        },
        "documents": entries,
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return entries


def _refuse_missing(organization: Organization) -> None:
    missing = [
        str(invoice.number)
        for invoices, found in _documents(organization)
        for invoice in invoices
        if not set(EXPORTED) <= set(found[invoice.pk])
    ]
    if missing:
        raise FilesAreMissing(
            _("%(count)s documents have no PDF or EHF yet (%(numbers)s). Wait until they are made and try again.")
            % {"count": len(missing), "numbers": ", ".join(missing[:NUMBERS_NAMED_MAX])}
        )


def _documents(organization: Organization) -> Iterator[tuple[list[Invoice], dict[UUID, dict[str, DocumentFile]]]]:
    """The finalized documents in the order of their numbers with their files by kind, a chunk at a time."""
    after = 0
    while True:
        rows = Invoice.objects.of(organization).filter(status=InvoiceStatus.FINALIZED, number__gt=after)
        rows = rows.exclude(kind__in=ABOUT_ADVANCES).defer("snapshot")
        invoices = list(rows.order_by("number")[:CHUNK])
        if not invoices:
            return
        found: dict[UUID, dict[str, DocumentFile]] = {invoice.pk: {} for invoice in invoices}
        for row in DocumentFile.objects.of(organization).filter(subject_id__in=list(found)):
            found[row.subject_id][row.kind] = row
        yield invoices, found
        after = invoices[-1].number or 0


def _write(organization: Organization, folder: Path, invoice: Invoice, rows: dict[str, DocumentFile]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "number": str(invoice.number),
        "kind": invoice.kind,
        "issue_date": invoice.issue_date.isoformat() if invoice.issue_date else None,
        "currency": invoice.currency,
        "payable": str(invoice.payable_amount),
        "hash": invoice.hash,
    }
    for kind, ending in EXPORTED.items():
        row = rows[kind]
        name = f"{invoice.number}.{ending}"
        try:
            content = files.load(str(organization.pk), row.sha256)
        except files.FileIsDamaged as damage:
            raise FilesAreMissing(
                _("The file %(name)s is not what was made. Restore it from the backup and try again.") % {"name": name}
            ) from damage
        (folder / name).write_bytes(content)
        entry[ending] = {"file": name, "sha256": row.sha256, "size": len(content)}
    return entry
