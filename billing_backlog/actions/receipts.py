"""The receipts of expenses go with the draft that bills them, where their maker chose so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from billing_backlog.models import BacklogItem, WorkEntry
from foundation import files
from foundation.ids import uuid7
from invoicing.attachments import FILES_MAX, TOTAL_BYTES_MAX, name_beside
from invoicing.models import Attachment, Invoice
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


def attach_receipts(
    organization: Organization, drafts: Iterable[tuple[Invoice, Sequence[BacklogItem]]], *, actor: Actor
) -> list[Attachment]:
    """Put the chosen receipts with the fresh drafts, in the caller's transaction; the same bytes once on each.

    What no document can carry any more is left out, and the draft's history says so.
    """
    found = list(drafts)
    ids = {item.entry_id for _draft, items in found for item in items if item.entry_id is not None}
    if not ids:
        return []
    chosen = WorkEntry.objects.of(organization).filter(pk__in=ids, sends_receipt=True).exclude(receipt_sha256="")
    entries = {entry.pk: entry for entry in chosen}
    fresh: list[Attachment] = []
    for draft, items in found if entries else []:
        mine = [entries[item.entry_id] for item in items if item.entry_id in entries]
        fresh += _of_draft(organization, draft, mine, actor=actor)
    Attachment.objects.bulk_create(fresh)
    facts = [(row.invoice, {"file": row.name, "sha256": row.sha256, "origin": "receipt"}) for row in fresh]
    audit.record_each(actor, "attachment.added", facts)
    return fresh


def _of_draft(
    organization: Organization, draft: Invoice, entries: Sequence[WorkEntry], *, actor: Actor
) -> list[Attachment]:
    attached: list[Attachment] = []
    names: set[str] = set()
    room, left_out = TOTAL_BYTES_MAX, 0
    for entry in {entry.receipt_sha256: entry for entry in entries}.values():
        size = files.path_of(str(organization.pk), entry.receipt_sha256).stat().st_size
        if len(attached) == FILES_MAX or size > room:
            left_out += 1
            continue
        name = name_beside(entry.receipt_name, names)
        names.add(name.casefold())
        room -= size
        attached.append(
            Attachment(
                id=uuid7(),
                organization=organization,
                invoice=draft,
                position=len(attached) + 1,
                name=name,
                content_type=entry.receipt_media_type,
                sha256=entry.receipt_sha256,
                size_bytes=size,
                added_by=str(entry.performed_by),
            )
        )
    if left_out:
        audit.record(actor, "attachment.left_out", draft, count=left_out)
    return attached
