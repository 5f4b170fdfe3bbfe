"""Putting files with a draft, taking them away and ordering them; finalizing freezes them with the document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from foundation import files, rows
from foundation.ids import uuid7
from invoicing import queries
from invoicing.actions.drafts import refuse_finalized
from invoicing.attachments import ReadyFile, name_beside, refuse_too_many
from invoicing.models import Attachment, Invoice
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


def attach_files(
    organization: Organization, invoice_id: UUID, ready: Sequence[ReadyFile], *, actor: Actor
) -> list[Attachment]:
    """Put the files with the draft, after those that are there; the same bytes are not attached twice."""
    return attach_to_drafts(organization, {invoice_id: ready}, actor=actor)


def attach_to_drafts(
    organization: Organization, ready: Mapping[UUID, Sequence[ReadyFile]], *, actor: Actor
) -> list[Attachment]:
    """Put files with many drafts, by the drafts' ids: all or none, in as many statements as one draft takes."""
    # Stored before the transaction: bytes that nothing names are swept away, rows without bytes never are.
    hashes = {
        invoice_id: [files.store(str(organization.pk), file.content) for file in of_draft]
        for invoice_id, of_draft in ready.items()
    }
    with transaction.atomic():
        invoices = queries.lock_drafts(organization, list(ready))
        for invoice in invoices:
            refuse_finalized(invoice)
        stored = queries.attachments_by_invoice(organization, [invoice.pk for invoice in invoices])
        fresh: list[Attachment] = []
        for invoice in invoices:
            pairs = zip(ready[invoice.pk], hashes[invoice.pk], strict=True)
            fresh += _fresh(invoice, stored[invoice.pk], list(pairs), actor)
        Attachment.objects.bulk_create(fresh)
        _touch([invoice for invoice in invoices if any(row.invoice_id == invoice.pk for row in fresh)])
        facts = [(row.invoice, {"file": row.name, "sha256": row.sha256}) for row in fresh]
        audit.record_each(actor, "attachment.added", facts)
    return fresh


def _fresh(
    invoice: Invoice, stored: Sequence[Attachment], ready: Sequence[tuple[ReadyFile, str]], actor: Actor
) -> list[Attachment]:
    """What one draft does not carry yet, after what it carries; refuses more than a document holds."""
    hashes = {row.sha256 for row in stored}
    names = {row.name.casefold() for row in stored}
    fresh: list[Attachment] = []
    for file, sha256 in ready:
        if sha256 in hashes:
            continue
        name = name_beside(file.name, names)
        hashes.add(sha256)
        names.add(name.casefold())
        fresh.append(
            Attachment(
                id=uuid7(),
                organization_id=invoice.organization_id,
                invoice=invoice,
                position=len(stored) + len(fresh) + 1,
                name=name,
                content_type=file.content_type,
                sha256=sha256,
                size_bytes=len(file.content),
                added_by=actor.name,
            )
        )
        refuse_too_many([row.size_bytes for row in (*stored, *fresh)])
    return fresh


def carry_over(original: Invoice, replacement: Invoice, *, actor: Actor) -> list[Attachment]:
    """Put the files of a document with the draft that replaces it, in the caller's transaction; the bytes are one."""
    carried = [
        Attachment(
            id=uuid7(),
            organization_id=replacement.organization_id,
            invoice=replacement,
            position=row.position,
            name=row.name,
            content_type=row.content_type,
            sha256=row.sha256,
            size_bytes=row.size_bytes,
            added_by=row.added_by,
            added_at=row.added_at,
        )
        for row in queries.attachments_of(replacement.organization, original.pk)
    ]
    Attachment.objects.bulk_create(carried)
    facts = [(replacement, {"file": row.name, "sha256": row.sha256, "origin": "correction"}) for row in carried]
    audit.record_each(actor, "attachment.added", facts)
    return carried


@transaction.atomic
def remove_attachment(organization: Organization, invoice_id: UUID, attachment_id: UUID, *, actor: Actor) -> None:
    """Take a file away from the draft; the others close the gap."""
    invoice = _lock_draft(organization, invoice_id)
    attached = queries.attachments_of(organization, invoice_id)
    gone = _one_of(attached, attachment_id)
    Attachment.objects.of(organization).filter(pk=gone.pk).delete()
    _place(organization, [row for row in attached if row.pk != attachment_id])
    _touch([invoice])
    audit.record(actor, "attachment.removed", invoice, file=gone.name, sha256=gone.sha256)


@transaction.atomic
def move_attachment(
    organization: Organization, invoice_id: UUID, attachment_id: UUID, *, step: int, actor: Actor
) -> None:
    """Move a file up (-1) or down (1) among the others; at the end it stays."""
    invoice = _lock_draft(organization, invoice_id)
    attached = queries.attachments_of(organization, invoice_id)
    moved = _one_of(attached, attachment_id)
    place = attached.index(moved)
    to = max(0, min(len(attached) - 1, place + step))
    if to == place:
        return
    attached.insert(to, attached.pop(place))
    _place(organization, attached)
    _touch([invoice])
    audit.record(actor, "attachment.moved", invoice, file=moved.name)


def _lock_draft(organization: Organization, invoice_id: UUID) -> Invoice:
    invoice = queries.lock_invoice(organization, invoice_id)
    refuse_finalized(invoice)
    return invoice


def _one_of(attached: Sequence[Attachment], attachment_id: UUID) -> Attachment:
    found = next((row for row in attached if row.pk == attachment_id), None)
    if found is None:
        raise Http404
    return found


def _place(organization: Organization, attached: Sequence[Attachment]) -> None:
    moved = []
    for position, row in enumerate(attached, start=1):
        if row.position != position:
            row.position = position
            moved.append(row)
    if moved:
        Attachment.objects.of(organization).bulk_update(moved, ["position"])


def _touch(invoices: Sequence[Invoice]) -> None:
    """The drafts say something else now: a check, an approval or a save begun before it no longer holds."""
    for invoice in invoices:
        invoice.version += 1
        invoice.updated_at = timezone.now()
    if invoices:
        rows.update(invoices[0].organization_id, invoices, ["version", "updated_at"])
