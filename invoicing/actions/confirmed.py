"""Lines that a room above has made: signed by whoever confirmed them, and what happens when they change after that."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone

from foundation import rows
from invoicing import queries
from invoicing.actions import spells
from invoicing.actions.draft_lines import AMOUNT_FIELDS, new_line, store_lines, total_draft
from invoicing.actions.drafts import refuse_finalized, refuse_stale
from invoicing.drafting.arranging import lay_out
from invoicing.drafting.content import changes_between, content_of
from invoicing.frozen import line_content
from invoicing.layouts import Layout
from invoicing.models import Invoice, InvoiceLine
from tenants import audit
from tenants.audit import Actor

PLACED = ("position", "section", *AMOUNT_FIELDS)


@dataclass(frozen=True, slots=True)
class Signature:
    """What a line says of where it comes from, and by which thing of the rooms above it is meant."""

    source: Mapping[str, Any]
    source_id: UUID | None
    locked_fields: Sequence[str]


def append_lines(
    invoice: Invoice, contents: Sequence[Mapping[str, Any]], *, version: int | None, actor: Actor, today: date
) -> list[InvoiceLine]:
    """Put lines behind those of a locked draft, in the caller's transaction, and lay it out as it is laid out.

    Refuses a version that somebody has saved over; without one, the draft is taken as it stands.
    """
    refuse_finalized(invoice)
    if version is not None:
        refuse_stale(invoice, version)
    organization = invoice.organization
    spells.close_spells(organization, [invoice])
    stored = queries.list_lines(invoice)
    before = content_of(invoice, stored)
    first = max((line.position for line in stored), default=0) + 1
    fresh = [new_line(invoice, position, content) for position, content in enumerate(contents, start=first)]
    lines = [*stored, *fresh]
    total_draft(invoice, lines, organization, today)
    layout = Layout.from_json(invoice.layout)
    lines = lay_out(invoice, lines, layout) if layout != Layout() else lines
    InvoiceLine.objects.bulk_create(fresh)
    rows.update(organization.pk, stored, PLACED)
    invoice.version += 1
    invoice.updated_at = timezone.now()
    invoice.save()
    after = content_of(invoice, lines)
    audit.record(actor, "draft.changed", invoice, changes=changes_between(before, after))
    spells.keep_versions([spells.version_of(invoice, after, actor.name)])
    return fresh


def remove_lines(invoice: Invoice, line_ids: Collection[UUID], *, actor: Actor, today: date) -> list[InvoiceLine]:
    """Take lines off a locked draft, in the caller's transaction, and number the others anew; returns those."""
    refuse_finalized(invoice)
    spells.close_spells(invoice.organization, [invoice])
    stored = queries.list_lines(invoice)
    before = content_of(invoice, stored)
    contents = {line.pk: line_content(line) for line in stored}
    kept = [line for line in stored if line.pk not in line_ids]
    for position, line in enumerate(kept, start=1):
        line.position = position
    total_draft(invoice, kept, invoice.organization, today)
    store_lines(invoice, contents, kept)
    invoice.version += 1
    invoice.updated_at = timezone.now()
    invoice.save()
    after = content_of(invoice, kept)
    audit.record(actor, "draft.changed", invoice, changes=changes_between(before, after))
    spells.keep_versions([spells.version_of(invoice, after, actor.name)])
    return kept


def sign_lines(invoice: Invoice, lines: Iterable[InvoiceLine], signatures: Mapping[UUID, Signature]) -> None:
    """Say on the lines of a locked draft where they come from, in the caller's transaction; the draft moves on."""
    signed = []
    for line in lines:
        said = signatures.get(line.pk)
        if said is not None:
            line.source, line.source_id = dict(said.source), said.source_id
            line.locked_fields = list(said.locked_fields)
            signed.append(line)
    rows.update(invoice.organization_id, signed, ("source", "source_id", "locked_fields"))
    invoice.version += 1
    invoice.updated_at = timezone.now()
    rows.update(invoice.organization_id, [invoice], ("version", "updated_at"))
