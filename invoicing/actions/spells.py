"""Editing spells: one person's autosaves of a draft are told in the audit trail as one line (one spell, one change)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from invoicing import queries
from invoicing.drafting.content import changes_between, content_of
from invoicing.models import DraftVersion, EditingSpell, Invoice, InvoiceLine
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

IDLE = timedelta(minutes=30)
SWEEP_SIZE = 50


def keep_spell(invoice: Invoice, before: Mapping[str, Any], *, actor: Actor, now: datetime) -> None:
    """Count this autosave into the person's open spell, or begin one with what the draft said until now."""
    open_spell = EditingSpell.objects.of(invoice.organization_id).filter(invoice_id=invoice.pk)
    if not open_spell.update(saved_at=now, saves=F("saves") + 1):
        EditingSpell.objects.create(
            organization_id=invoice.organization_id,
            invoice=invoice,
            actor_id=actor.id,
            actor_name=actor.name,
            before=dict(before),
            begun_at=now,
            saved_at=now,
        )


def close_spells(
    organization: Organization,
    invoices: Sequence[Invoice],
    *,
    lines_of: Mapping[UUID, Sequence[InvoiceLine]] | None = None,
    unless_by: Actor | None = None,
) -> None:
    """Write one audit line for each open spell of these locked drafts, in the name of who typed, and end it."""
    spells = queries.open_spells(organization, [invoice.pk for invoice in invoices])
    if unless_by is not None:
        spells = {key: spell for key, spell in spells.items() if spell.actor_id != unless_by.id}
    typed_on = [invoice for invoice in invoices if invoice.pk in spells]
    if not typed_on:
        return
    if lines_of is None:
        lines_of = queries.lines_by_invoice(organization, spells)
    versions = []
    for invoice in typed_on:
        spell = spells[invoice.pk]
        content = content_of(invoice, lines_of[invoice.pk])
        changes = changes_between(spell.before, content)
        if changes:
            audit.record(actor_of(spell), "draft.changed", invoice, changes=changes, saves=spell.saves)
            versions.append(version_of(invoice, content, spell.actor_name))
    keep_versions(versions)
    end_spells(spells.values())


def keep_first(drafts: Iterable[tuple[Invoice, Sequence[InvoiceLine]]], *, actor: Actor) -> None:
    """Keep what drafts say when they are made, so that looking back reaches to their beginning."""
    keep_versions(version_of(invoice, content_of(invoice, lines), actor.name) for invoice, lines in drafts)


def actor_of(spell: EditingSpell) -> Actor:
    """Who typed."""
    return Actor("user" if spell.actor_id else "system", spell.actor_id, spell.actor_name)


def version_of(invoice: Invoice, content: Mapping[str, Any], actor_name: str) -> DraftVersion:
    """What the draft says now, to be kept for looking back."""
    return DraftVersion(
        organization_id=invoice.organization_id,
        invoice_id=invoice.pk,
        version=invoice.version,
        content=dict(content),
        actor_name=actor_name,
    )


def keep_versions(versions: Iterable[DraftVersion]) -> None:
    """Store versions for looking back; one that is kept already stays as it is."""
    DraftVersion.objects.bulk_create(versions, ignore_conflicts=True)


def end_spells(spells: Iterable[EditingSpell]) -> None:
    """Forget spells whose line is written."""
    ended = list(spells)
    if ended:
        rows = EditingSpell.objects.of(ended[0].organization_id)
        rows.filter(pk__in=[spell.pk for spell in ended]).delete()


@transaction.atomic
def close_idle_spells(organization: Organization, *, now: datetime) -> int:
    """Close the spells in which nothing was typed for half an hour, at most fifty; returns how many."""
    idle = queries.idle_spells(organization, saved_before=now - IDLE, limit=SWEEP_SIZE)
    invoices = queries.lock_idle_drafts(organization, idle)
    close_spells(organization, invoices)
    return len(invoices)
