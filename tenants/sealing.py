"""Chaining committed audit lines, so that no action waits for a chain lock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from foundation.canonical import chain, digest
from foundation.ids import uuid7
from tenants import queries
from tenants.context import organization_context
from tenants.models import AuditEntry, AuditErasure, AuditSeal, Organization

BATCH_SIZE = 500
ORGANIZATIONS_PER_ROUND = 500
ROUNDS_MAX = 200
UNSEALED_NAMED_MAX = 10
GENESIS = "0" * 64
ERASED_LINES = "erased_lines"
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


def erased_digests(organization_id: UUID, entry_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The hashes that lines were written with whose words are erased since; the chain goes on with these."""
    erasures = AuditErasure.objects.of(organization_id).filter(entry_id__in=list(entry_ids))
    return dict(erasures.values_list("entry_id", "digest"))


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
    entries = list(unsealed(organization_id)[:BATCH_SIZE])
    erased = erased_digests(organization_id, [entry.pk for entry in entries])
    for entry in entries:
        sequence += 1
        seal_row = AuditSeal(
            id=uuid7(),
            organization_id=organization_id,
            sequence=sequence,
            entry=entry,
            previous_hash=previous,
            sealed_at=now,
        )
        seal_row.hash = previous = seal_link(seal_row, erased.get(entry.pk) or entry_digest(entry))
        seals.append(seal_row)
    AuditSeal.objects.bulk_create(seals)
    return len(seals)


def seal_link(seal_row: AuditSeal, digest_of_entry: str) -> str:
    """The hash of one place in the chain: the seal's own columns and everything its line says."""
    return chain(
        seal_row.previous_hash,
        str(seal_row.sequence),
        digest([seal_row.id, seal_row.organization_id, seal_row.entry_id, seal_row.sealed_at]),
        digest_of_entry,
    )


def unsealed(organization_id: UUID) -> QuerySet[AuditEntry]:
    """Audit lines outside the chain, oldest first."""
    seals = AuditSeal.objects.of(organization_id).filter(entry_id=OuterRef("pk"))
    return AuditEntry.objects.of(organization_id).filter(~Exists(seals)).order_by("recorded_at", "id")


def audit_problems(organization: Organization, *, now: datetime) -> Iterator[str]:
    """Everything that is not as it should be in the audit trail of one organization."""
    expected, previous = 1, GENESIS
    for seal_row, entry, erasure in _sealed(organization):
        if seal_row.sequence != expected:
            yield f"Audit trail: line {expected} of the chain is missing before {seal_row.sequence} ({seal_row.pk})."
        if entry is None:
            yield f"Audit trail: line {seal_row.sequence} ({seal_row.entry_id}) is gone."
        elif (
            seal_row.previous_hash != previous
            or seal_row.hash != seal_link(seal_row, erasure.digest if erasure else entry_digest(entry))
            or (erasure and erasure.remaining_digest != entry_digest(entry))
        ):
            yield (
                f"Audit trail: line {seal_row.sequence} ({seal_row.entry_id}, {entry.verb}) "
                f"or its seal ({seal_row.pk}) has been changed."
            )
        expected, previous = seal_row.sequence + 1, seal_row.hash
    yield from _erasure_problems(organization)
    late = list(unsealed(organization.pk).filter(recorded_at__lt=now - MAY_STAY_UNSEALED)[:UNSEALED_NAMED_MAX])
    if late:
        names = ", ".join(f"{entry.pk} ({entry.verb})" for entry in late)
        yield f"Audit trail: lines have stood outside the chain for more than five minutes, the oldest {names}."


def erasures_digest(erasures: Iterable[AuditErasure]) -> str:
    """One hash of a set of erasures: the line that tells of them carries it into the chain."""
    return digest(sorted([str(each.entry_id), each.digest, each.remaining_digest] for each in erasures))


def _erasure_problems(organization: Organization) -> Iterator[str]:
    """Whether every erasure is one that a line of the chain tells of."""
    erasures = AuditErasure.objects.of(organization).select_related("erased_by").order_by("erased_by_id", "id")
    for _cause, group in groupby(erasures.iterator(chunk_size=BATCH_SIZE), attrgetter("erased_by_id")):
        told = list(group)
        if told[0].erased_by.facts.get(ERASED_LINES) != erasures_digest(told):
            yield f"Audit trail: what {told[0].erased_by_id} says that it erased is not what is marked as erased."


def _sealed(organization: Organization) -> Iterator[tuple[AuditSeal, AuditEntry | None, AuditErasure | None]]:
    """The chain in order with the lines it holds, a batch at a time; None for a line that is not there any more."""
    after = None
    while True:
        rows = AuditSeal.objects.of(organization).order_by("sequence")
        batch = list((rows if after is None else rows.filter(sequence__gt=after))[:BATCH_SIZE])
        if not batch:
            return
        entry_ids = [seal_row.entry_id for seal_row in batch]
        entries = AuditEntry.objects.of(organization).in_bulk(entry_ids)
        found = AuditErasure.objects.of(organization).filter(entry_id__in=entry_ids)
        erasures = {erasure.entry_id: erasure for erasure in found}
        for seal_row in batch:
            yield seal_row, entries.get(seal_row.entry_id), erasures.get(seal_row.entry_id)
        after = batch[-1].sequence


def head_problems(organization: Organization, published: Mapping[str, Any]) -> Iterator[str]:
    """Whether the chain still holds the head that was published outside the database: a cut tail shows against it."""
    sequence, link = published["sequence"], published["hash"]
    if sequence and not AuditSeal.objects.of(organization).filter(sequence=sequence, hash=link).exists():
        yield f"Audit trail: line {sequence}, the last when the heads were published, is not in the chain any more."


def chain_head(organization: Organization) -> tuple[int, str]:
    """The newest place and hash of the chain."""
    head = AuditSeal.objects.of(organization).order_by("-sequence").first()
    return (head.sequence, head.hash) if head else (0, GENESIS)
