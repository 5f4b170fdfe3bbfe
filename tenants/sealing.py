"""Chaining committed audit lines, so that no action waits for a chain lock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from foundation.canonical import chain, digest
from foundation.ids import uuid7
from tenants import queries
from tenants.context import organization_context
from tenants.models import AuditEntry, AuditSeal, Organization

BATCH_SIZE = 500
ORGANIZATIONS_PER_ROUND = 500
ROUNDS_MAX = 200
GENESIS = "0" * 64
MAY_STAY_UNSEALED = timedelta(minutes=5)


def entry_digest(entry: AuditEntry) -> str:
    """The hash of everything an audit line says."""
    return digest(
        [
            entry.id,
            entry.organization_id,
            entry.recorded_at,
            entry.actor_kind,
            entry.actor_id,
            entry.actor_name,
            entry.verb,
            entry.subject_kind,
            entry.subject_id,
            entry.subject_label,
            entry.facts,
        ]
    )


def seal_everywhere() -> int:
    """Seal what stands outside the chains of all organizations; returns how many lines."""
    with transaction.atomic():
        organization_ids = queries.organizations_with_unsealed_audit(ORGANIZATIONS_PER_ROUND)
    return sum(seal(organization_id) for organization_id in organization_ids)


def seal(organization_id: UUID) -> int:
    """Seal the lines of one organization, a batch at a time, oldest first; returns how many."""
    sealed = 0
    with organization_context(organization_id):
        for _round in range(ROUNDS_MAX):
            count = _seal_batch(organization_id)
            sealed += count
            if count < BATCH_SIZE:
                break
    return sealed


@transaction.atomic
def _seal_batch(organization_id: UUID) -> int:
    # The organization's row is the queue: two sealers at once would fork the chain.
    queries.lock_organization(organization_id)
    head = AuditSeal.objects.of(organization_id).order_by("-sequence").first()
    sequence, previous = (head.sequence, head.hash) if head else (0, GENESIS)
    seals = []
    now = timezone.now()
    for entry in unsealed(organization_id)[:BATCH_SIZE]:
        sequence += 1
        link = chain(previous, str(sequence), entry_digest(entry))
        seals.append(
            AuditSeal(
                id=uuid7(),
                organization_id=organization_id,
                sequence=sequence,
                entry=entry,
                previous_hash=previous,
                hash=link,
                sealed_at=now,
            )
        )
        previous = link
    AuditSeal.objects.bulk_create(seals)
    return len(seals)


def unsealed(organization_id: UUID) -> QuerySet[AuditEntry]:
    """Audit lines outside the chain, oldest first."""
    seals = AuditSeal.objects.of(organization_id).filter(entry_id=OuterRef("pk"))
    return AuditEntry.objects.of(organization_id).filter(~Exists(seals)).order_by("recorded_at", "id")


def audit_problems(organization: Organization) -> Iterator[str]:
    """Everything that is not as it should be in the audit trail of one organization."""
    expected, previous = 1, GENESIS
    seals = AuditSeal.objects.of(organization).select_related("entry").order_by("sequence")
    for seal_row in seals.iterator(chunk_size=BATCH_SIZE):
        if seal_row.sequence != expected:
            yield f"Audit trail: line {expected} of the chain is missing."
        link = chain(seal_row.previous_hash, str(seal_row.sequence), entry_digest(seal_row.entry))
        if seal_row.previous_hash != previous or seal_row.hash != link:
            yield f"Audit trail: line {seal_row.sequence} ({seal_row.entry_id}, {seal_row.entry.verb}) has been changed."
        expected, previous = seal_row.sequence + 1, seal_row.hash
    old = timezone.now() - MAY_STAY_UNSEALED
    late = unsealed(organization.pk).filter(recorded_at__lt=old).count()
    if late:
        yield f"Audit trail: {late} lines have stood outside the chain for more than five minutes."


def chain_head(organization: Organization) -> tuple[int, str]:
    """The newest place and hash of the chain."""
    head = AuditSeal.objects.of(organization).order_by("-sequence").first()
    return (head.sequence, head.hash) if head else (0, GENESIS)
