"""What a pack holds of each document: its records as they are hashed, its files, and what has come of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from foundation import files
from foundation.errors import DomainError
from invoicing.documents.ehf import has_ehf
from invoicing.frozen import INVOICE_COLUMNS, LATER_INVOICE_COLUMNS, LATER_LINE_COLUMNS, LINE_COLUMNS
from invoicing.models import Attachment, DocumentFile, FileKind, Invoice, InvoiceLine
from payments import queries as ledger
from payments.models import Posting, Voucher
from tenants.models import AuditEntry, AuditSeal, Organization
from tenants.sealing import erased_digests

HISTORY_MAX = 10_000  # lines of one document
MEMBERS = {FileKind.CORE_XML: "core.xml", FileKind.PDF: "invoice.pdf", FileKind.EHF: "ehf.xml"}
FILE_COLUMNS = (
    "id", "organization_id", "subject_kind", "subject_id", "kind", "sha256", "size_bytes", "versions", "made_at",
)  # fmt: skip
HEAD_COLUMNS = (
    "id", "organization_id", "year", "number", "day", "kind", "text", "source_kind", "source_id", "currency",
    "reverses_id", "posted_at", "transaction_id",
)  # fmt: skip
POSTING_COLUMNS = (
    "id", "position", "account_id", "amount", "currency_amount", "vat_code", "receivable_id", "dimensions",
)  # fmt: skip
ENTRY_COLUMNS = (
    "id", "organization_id", "recorded_at", "actor_kind", "actor_id", "actor_name", "verb", "subject_kind",
    "subject_id", "subject_label", "facts",
)  # fmt: skip
SEAL_COLUMNS = ("id", "organization_id", "entry_id", "sealed_at")


class FilesAreMissing(DomainError):
    """A document has no PDF or EHF yet, or its stored bytes are not what they were."""


@dataclass(frozen=True, slots=True)
class Told:
    """Everything there is to tell of a few documents, as it stood at one moment."""

    invoices: Sequence[Invoice]
    lines: dict[UUID, list[InvoiceLine]]
    files: dict[UUID, list[DocumentFile]]
    attachments: dict[UUID, list[Attachment]]
    vouchers: dict[UUID, list[Voucher]]
    history: dict[UUID, list[AuditEntry]]
    seals: dict[UUID, AuditSeal] = field(default_factory=dict)
    erased: dict[UUID, str] = field(default_factory=dict)  # the hashes of lines whose words are erased


def told_of(organization: Organization, invoices: Sequence[Invoice], moment: datetime) -> Told:
    """Fetch what there is of the documents, the same few questions for one as for many."""
    ids = [invoice.pk for invoice in invoices]
    files_by_document = _grouped(
        DocumentFile.objects.of(organization).filter(subject_id__in=ids, made_at__lte=moment), "subject_id"
    )
    attachments = Attachment.objects.of(organization).filter(invoice_id__in=ids).order_by("position", "id")
    entries = AuditEntry.objects.of(organization).filter(subject_id__in=ids, recorded_at__lte=moment)
    history = _grouped(entries.order_by("recorded_at", "id")[: HISTORY_MAX * len(ids)], "subject_id")
    entry_ids = [entry.pk for rows in history.values() for entry in rows]
    seals = AuditSeal.objects.of(organization).filter(entry_id__in=entry_ids, sealed_at__lte=moment)
    return Told(
        invoices=invoices,
        lines=_grouped(
            InvoiceLine.objects.of(organization).filter(invoice_id__in=ids).order_by("position", "id"), "invoice_id"
        ),
        files=files_by_document,
        attachments=_grouped(attachments, "invoice_id"),
        vouchers=_vouchers(organization, invoices, moment),
        history=history,
        seals={seal.entry_id: seal for seal in seals},
        erased=erased_digests(organization.pk, entry_ids),
    )


def _grouped(rows: Iterable[Any], name: str) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found


def _vouchers(organization: Organization, invoices: Sequence[Invoice], moment: datetime) -> dict[UUID, list[Voucher]]:
    """The vouchers that came of each document or touched its receivable."""
    owners: dict[UUID, set[UUID]] = defaultdict(set)
    by_receivable = {invoice.receivable_id: invoice.pk for invoice in invoices if invoice.receivable_id}
    touched = Posting.objects.of(organization).filter(receivable_id__in=list(by_receivable))
    for voucher_id, receivable_id in touched.values_list("voucher_id", "receivable_id").distinct():
        owners[voucher_id].add(by_receivable[receivable_id])
    for invoice in invoices:
        if invoice.voucher_id:
            owners[invoice.voucher_id].add(invoice.pk)
    found: dict[UUID, list[Voucher]] = defaultdict(list)
    for voucher in ledger.vouchers_by_id(organization, list(owners)):
        if voucher.posted_at <= moment:
            for invoice_id in owners[voucher.pk]:
                found[invoice_id].append(voucher)
    return found


def folder_of(invoice: Invoice) -> str:
    """Where a document's members lie: under its number, or its id where it has none."""
    return f"documents/{invoice.number or f'request-{invoice.pk}'}/"


def members_of(organization: Organization, told: Told, invoice: Invoice) -> Iterator[tuple[str, bytes | Any]]:
    """Every member of one document: bytes as they were kept, all else as values."""
    folder = folder_of(invoice)
    rows = {row.kind: row for row in told.files[invoice.pk]}
    attachments = told.attachments[invoice.pk]
    names = [_attachment_name(attachment) for attachment in attachments]
    yield (
        folder + "document.json",
        _document(invoice, told.lines[invoice.pk], rows, list(zip(names, attachments, strict=True))),
    )
    for kind, member in MEMBERS.items():
        if kind in rows:
            yield folder + member, _kept_bytes(organization, rows[kind].sha256, folder + member)
        elif kind == FileKind.PDF or has_ehf(invoice.kind):
            raise FilesAreMissing(
                _("%(document)s has no PDF or EHF yet. Wait until they are made and try again.")
                % {"document": invoice.number or invoice.get_kind_display()}
            )
    for name, attachment in zip(names, attachments, strict=True):
        yield folder + name, _kept_bytes(organization, attachment.sha256, folder + name)
    yield folder + "sources.json", [_source(line) for line in told.lines[invoice.pk]]
    yield folder + "vouchers.json", [voucher_value(voucher) for voucher in told.vouchers[invoice.pk]]
    yield (
        folder + "history.json",
        [
            _audit_value(entry, told.seals.get(entry.pk), told.erased.get(entry.pk))
            for entry in told.history[invoice.pk][:HISTORY_MAX]
        ],
    )


def _document(
    invoice: Invoice,
    lines: list[InvoiceLine],
    rows: dict[str, DocumentFile],
    attachments: list[tuple[str, Attachment]],
) -> dict[str, Any]:
    return {
        "number": None if invoice.number is None else str(invoice.number),
        "columns": _columns(invoice, INVOICE_COLUMNS),
        "later": _later(invoice, LATER_INVOICE_COLUMNS),
        "lines": [_line(line) for line in lines],
        "snapshot": invoice.snapshot,
        "body_hash": invoice.body_hash,
        "previous_hash": invoice.previous_hash,
        "hash": invoice.hash,
        "files": [
            {"member": MEMBERS[FileKind(row.kind)], "row": _columns(row, FILE_COLUMNS), "row_hash": row.row_hash}
            for _kind, row in sorted(rows.items())
        ],
        "attachments": [
            {
                "member": name,
                "name": attachment.name,
                "content_type": attachment.content_type,
                "sha256": attachment.sha256,
                "size_bytes": attachment.size_bytes,
                "added_by": attachment.added_by,
                "added_at": attachment.added_at,
            }
            for name, attachment in attachments
        ],
    }


def _line(line: InvoiceLine) -> dict[str, Any]:
    return {"columns": _columns(line, LINE_COLUMNS), "later": _later(line, LATER_LINE_COLUMNS)}


def _later(row: Any, names: Sequence[str]) -> dict[str, Any]:
    """The columns that came after the first documents were frozen, where they say something."""
    return {name: getattr(row, name) for name in names if getattr(row, name)}


def _source(line: InvoiceLine) -> dict[str, Any]:
    return {"line": line.pk, "position": line.position, "description": line.description, "source": line.source}


def voucher_value(voucher: Voucher) -> dict[str, Any]:
    """A voucher with its postings as they are hashed, and the names of its accounts."""
    postings = sorted(voucher.postings.all(), key=attrgetter("position"))
    return {
        "label": voucher.label,
        "head": _columns(voucher, HEAD_COLUMNS),
        "postings": [_columns(posting, POSTING_COLUMNS) for posting in postings],
        "accounts": {str(posting.account_id): str(posting.account) for posting in postings},
        "previous_hash": voucher.previous_hash,
        "hash": voucher.hash,
    }


def _audit_value(entry: AuditEntry, seal: AuditSeal | None, erased: str | None) -> dict[str, Any]:
    told = {"entry": _columns(entry, ENTRY_COLUMNS), "seal": None, **({"erased": erased} if erased else {})}
    if seal is None:
        return told
    links = {"sequence": seal.sequence, "previous_hash": seal.previous_hash, "hash": seal.hash}
    return {**told, "seal": {"row": _columns(seal, SEAL_COLUMNS), **links}}


def _columns(row: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _attachment_name(attachment: Attachment) -> str:
    safe = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in attachment.name)
    return f"attachments/{attachment.position:02}-{safe}"


def _kept_bytes(organization: Organization, sha256: str, name: str) -> bytes:
    try:
        return files.load(str(organization.pk), sha256)
    except files.FileIsDamaged as damage:
        raise FilesAreMissing(
            _("The file %(name)s is not what was made. Restore it from the backup and try again.") % {"name": name}
        ) from damage
