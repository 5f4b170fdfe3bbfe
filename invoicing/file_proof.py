"""Proving that the files of documents are the bytes that were made: rows, contents and none that is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, OuterRef

from foundation import files
from invoicing.models import DEMANDS, Attachment, CustomerPaper, DocumentFile, Invoice, InvoiceStatus
from invoicing.models.documents import files_made_of
from invoicing.models.papers import hash_of_words
from tenants.models import Organization, OutboxRow, OutboxState

CHUNK = 500
STRAYS_NAMED_MAX = 100
MAY_STAY_UNMADE = timedelta(minutes=10)
MAY_STAY_IN_LINE = timedelta(hours=1)  # behind many others, such as after a large run


def file_problems(organization: Organization, *, now: datetime) -> Iterator[str]:
    """Document files whose row or bytes were changed, and documents that lack a file."""
    space = str(organization.pk)
    rows = DocumentFile.objects.of(organization).order_by("pk")
    for row in rows.iterator(chunk_size=CHUNK):
        problem = _problem_of(space, row)
        if problem:
            yield f"File {row.kind} of {row.subject_kind} {row.subject_id}: {problem}"
    yield from _attachment_problems(organization)
    yield from _missing_problems(organization, now)
    yield from _stray_problems(organization)
    yield from _paper_problems(organization)


def _problem_of(space: str, row: DocumentFile) -> str:
    if row.row_hash != row.content_hash():
        return f"its row ({row.pk}) has been changed."
    return _problem_of_bytes(space, row.sha256, row.size_bytes)


def _problem_of_bytes(space: str, sha256: str, size: int) -> str:
    try:
        content = files.load(space, sha256)
    except files.FileIsDamaged as damage:
        return str(damage)
    if len(content) != size:
        return f"it has {len(content)} bytes, not {size}."
    return ""


def _paper_problems(organization: Organization) -> Iterator[str]:
    """Receipts, statements and demands that no longer say what they said."""
    rows = CustomerPaper.objects.of(organization).order_by("pk")
    for paper in rows.iterator(chunk_size=CHUNK):
        key = str(paper.pk) if paper.kind in DEMANDS else ""  # the same may be demanded twice
        if hash_of_words(paper.snapshot, key) != paper.snapshot_sha256:
            yield f"Paper {paper.kind} {paper.pk}: what it says has been changed."


def _attachment_problems(organization: Organization) -> Iterator[str]:
    """Files that a frozen document names: their rows stand as they were frozen, and their bytes under their hash."""
    space = str(organization.pk)
    documents = Invoice.objects.of(organization).filter(status=InvoiceStatus.FINALIZED, snapshot__has_key="attachments")
    told = documents.order_by("pk").values_list("pk", "number", "snapshot__attachments")
    for pk, number, attachments in told.iterator(chunk_size=CHUNK):
        rows = Attachment.objects.of(organization).filter(invoice_id=pk).order_by("position", "id")
        if [(row.name, row.sha256) for row in rows] != [(file["name"], file["sha256"]) for file in attachments]:
            yield f"Document {number} ({pk}): its attachments are not those that were frozen with it."
        for file in attachments:
            problem = _problem_of_bytes(space, file["sha256"], file["size_bytes"])
            if problem:
                yield f"Attachment {file['name']} of document {number} ({pk}): {problem}"


def _missing_problems(organization: Organization, now: datetime) -> Iterator[str]:
    """The files of a document are kept in one transaction: some without the others are a loss, however young."""
    after: UUID | None = None
    while True:
        rows = Invoice.objects.of(organization).filter(status=InvoiceStatus.FINALIZED).order_by("pk")
        if after is not None:
            rows = rows.filter(pk__gt=after)
        chunk = list(rows.values_list("pk", "number", "finalized_at", "kind")[:CHUNK])
        if not chunk:
            return
        ids = [pk for pk, _number, _moment, _kind in chunk]
        made, in_line = _made(organization, ids), _in_line(organization, ids)
        for pk, number, finalized_at, kind in chunk:
            count = made.get(pk, 0)
            patience = MAY_STAY_IN_LINE if pk in in_line else MAY_STAY_UNMADE
            is_late = finalized_at is not None and finalized_at < now - patience
            wanted = len(files_made_of(kind))
            if count != wanted and (count or is_late):
                yield f"Document {number} ({pk}): has {count} of its {wanted} files."
        after = chunk[-1][0]


def _made(organization: Organization, invoice_ids: list[UUID]) -> dict[UUID, int]:
    rows = (
        DocumentFile.objects.of(organization)
        .filter(subject_kind="invoice", subject_id__in=invoice_ids)
        .values_list("subject_id")
        .annotate(Count("kind", distinct=True))
        .order_by()
    )
    return dict(rows)


def _in_line(organization: Organization, invoice_ids: list[UUID]) -> set[UUID]:
    rows = OutboxRow.objects.of(organization).filter(
        subject_id__in=invoice_ids, state__in=[OutboxState.NEW, OutboxState.SENDING]
    )
    return set(rows.values_list("subject_id", flat=True))


def _stray_problems(organization: Organization) -> Iterator[str]:
    documents = Invoice.objects.of(organization).filter(pk=OuterRef("subject_id"))
    strays = DocumentFile.objects.of(organization).filter(~Exists(documents), subject_kind="invoice")
    for row in strays.order_by("pk")[:STRAYS_NAMED_MAX]:
        yield f"File {row.kind} ({row.pk}): belongs to no document ({row.subject_id})."
