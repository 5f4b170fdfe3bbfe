"""Proving that finalized documents are as they were finalized: numbers, chains, columns, snapshots and files."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from foundation import files
from foundation.canonical import digest
from invoicing.frozen import lines_digest
from invoicing.models import DocumentFile, FileKind, Invoice, InvoiceKind, InvoiceLine, InvoiceStatus, NumberSeries
from invoicing.numbering import document_hash
from tenants.models import Organization

CHUNK = 500


def series_problems(organization: Organization, series: NumberSeries) -> tuple[int, list[str]]:
    """How many documents a series holds, and a sentence for everything that is not as it should be."""
    problems: list[str] = []
    expected, head, last_moment = series.first_number, series.genesis_hash, None
    for invoice, lines in _documents(organization, series):
        if invoice.number != expected:
            problems.append(f"Series {series.code}: number {expected} is missing before {invoice.number}.")
        if invoice.previous_hash != head:
            problems.append(f"Document {invoice.number}: does not continue the chain of its predecessor.")
        problems += [f"Document {invoice.number}: {problem}" for problem in document_problems(invoice, lines)]
        if last_moment is not None and invoice.finalized_at is not None and invoice.finalized_at < last_moment:
            problems.append(f"Document {invoice.number}: was finalized before its predecessor.")
        expected, head, last_moment = (invoice.number or 0) + 1, invoice.hash, invoice.finalized_at
    problems += _end_problems(series, expected - 1, head, last_moment)
    return expected - series.first_number, problems


def _end_problems(series: NumberSeries, last_number: int, head: str, last_moment: object) -> Iterator[str]:
    if series.last_number != last_number:
        yield f"Series {series.code}: stands at {series.last_number}, but the last document is {last_number}."
    if series.head_hash != head:
        yield f"Series {series.code}: its head is not the hash of its last document."
    if series.moved_at != last_moment:
        yield f"Series {series.code}: moved at another time than its last document."
    if series.row_hash != series.content_hash():
        yield f"Series {series.code}: its row has been changed."


def document_problems(invoice: Invoice, lines: list[InvoiceLine]) -> list[str]:
    """What is not as it was finalized on one document."""
    problems = []
    if digest(invoice.snapshot) != invoice.body_hash:
        problems.append("its snapshot has been changed.")
    if document_hash(invoice, lines_digest(lines)) != invoice.hash:
        problems.append(_where(invoice, lines))
    return problems


def _where(invoice: Invoice, lines: list[InvoiceLine]) -> str:
    """Name the line that no longer says what the snapshot says, where that can be told."""
    stored = {line["id"]: line for line in (invoice.snapshot or {}).get("lines", [])}
    missing = set(stored) - {str(line.pk) for line in lines}
    if missing:
        return f"line {sorted(missing)[0]} is gone."
    for line in lines:
        said = stored.get(str(line.pk))
        if said is None:
            return f"line {line.pk} was added."
        now = (line.description, line.detail, str(line.quantity), str(line.unit_price), str(line.net_amount))
        was = (said["description"], said["detail"], said["quantity"], said["unit_price"], said["net_amount"])
        if now[:2] != was[:2] or any(_differ(a, b) for a, b in zip(now[2:], was[2:], strict=True)):
            return f"line {line.position} ({line.pk}) has been changed."
    return "the document's row or one of its lines has been changed."


def _differ(now: str, was: str) -> bool:
    from decimal import Decimal

    return Decimal(now) != Decimal(was)


def _documents(organization: Organization, series: NumberSeries) -> Iterator[tuple[Invoice, list[InvoiceLine]]]:
    """The numbered documents of a series in order, with their lines, a chunk at a time."""
    after = series.first_number - 1
    while True:
        chunk = list(
            Invoice.objects.of(organization)
            .filter(series=series, number__gt=after)
            .order_by("number")[:CHUNK]
        )
        if not chunk:
            return
        lines: dict[UUID, list[InvoiceLine]] = {invoice.pk: [] for invoice in chunk}
        for line in InvoiceLine.objects.of(organization).filter(invoice_id__in=list(lines)).order_by("position", "id"):
            lines[line.invoice_id].append(line)
        for invoice in chunk:
            yield invoice, lines[invoice.pk]
        after = chunk[-1].number or 0


def stray_number_problems(organization: Organization) -> Iterator[str]:
    """Finalized documents outside every series, which none of the series' own checks would see."""
    strays = Invoice.objects.of(organization).filter(
        status=InvoiceStatus.FINALIZED, series=None
    ).exclude(kind=InvoiceKind.PAYMENT_REQUEST)
    for invoice in strays.order_by("pk")[:CHUNK]:
        yield f"Document {invoice.number} ({invoice.pk}): belongs to no series."


def file_problems(organization: Organization) -> Iterator[str]:
    """Document files whose row or bytes were changed, and documents that lack a file."""
    space = str(organization.pk)
    rows = DocumentFile.objects.of(organization).order_by("pk")
    for row in rows.iterator(chunk_size=CHUNK):
        if row.row_hash != row.content_hash():
            yield f"File {row.kind} of {row.subject_id}: its row ({row.pk}) has been changed."
            continue
        try:
            content = files.load(space, row.sha256)
        except files.FileIsDamaged as error:
            yield f"File {row.kind} of {row.subject_id}: {error}"
            continue
        if len(content) != row.size_bytes:
            yield f"File {row.kind} of {row.subject_id}: has {len(content)} bytes, not {row.size_bytes}."


def missing_file_count(organization: Organization) -> int:
    """How many finalized documents still lack a file."""
    finalized = Invoice.objects.of(organization).filter(status=InvoiceStatus.FINALIZED)
    documents = finalized.exclude(kind=InvoiceKind.PAYMENT_REQUEST).count()
    files_made = DocumentFile.objects.of(organization).filter(subject_kind="invoice").count()
    return max(0, documents * len(FileKind) - files_made)
