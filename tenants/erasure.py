"""Forgetting what was kept of a person beside the person's own records: versions, audit words, jobs, notices.

Everything happens in the caller's transaction. Audit lines keep their moment, actor, verb and subject, and the chain
keeps the hash that they were written with; only their words go.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from foundation.ids import uuid7
from tenants import audit
from tenants.audit import Actor, Subject
from tenants.models import (
    AuditEntry,
    AuditErasure,
    Job,
    JobItem,
    JobState,
    Notice,
    Organization,
    OutboxRow,
    OutboxState,
    RecordVersion,
)
from tenants.sealing import ERASED_LINES, entry_digest, erasures_digest

BATCH_SIZE = 500
WORD_LENGTH_MIN = 3  # shorter ones stand in every other word
# What an audit line may still say when its words are gone: numbers, amounts and hashes of documents that remain.
KEPT_FACTS = frozenset({"number", "payable", "hash", "pdf", "ehf", "core_xml", "sha256", "credit_note", "replacement"})


def mentioning(column: str, words: Collection[str], *, is_json: bool = False) -> Q:
    """Rows whose text holds one of the words; JSON is compared as the server writes it."""
    condition = Q()
    for word in words:
        spelled = json.dumps(word, ensure_ascii=False)[1:-1] if is_json else word
        condition |= Q(**{f"{column}__icontains": spelled})
    return condition if words else Q(pk__in=[])


def versions_of(organization: Organization, subject_ids: Collection[UUID]) -> QuerySet[RecordVersion]:
    """What these customers and contacts said earlier, and the contacts that a customer had earlier."""
    former = Q(subject_kind="contact", content__customer_id__in=[str(subject) for subject in subject_ids])
    rows = RecordVersion.objects.of(organization).filter(subject_kind__in=["customer", "contact"])
    return rows.filter(Q(subject_id__in=list(subject_ids)) | former).order_by("recorded_at", "id")


def forget_versions(versions: QuerySet[RecordVersion]) -> int:
    """Remove what records of people said earlier; the application itself may not delete these rows."""
    ids = list(versions.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("SELECT erase_record_versions(%s::uuid[])", [ids])
        return int(cursor.fetchone()[0])


def lines_mentioning(organization: Organization, words: Collection[str]) -> QuerySet[AuditEntry]:
    """Audit lines whose label or facts hold one of the words."""
    rows = AuditEntry.objects.of(organization).annotate(said=Cast("facts", TextField()))
    return rows.filter(mentioning("said", words, is_json=True) | mentioning("subject_label", words))


def blank_lines(
    organization: Organization, line_ids: Iterable[UUID], *, actor: Actor, verb: str, subject: Subject, **facts: Any
) -> int:
    """Take the words out of audit lines and write the line that tells of it; returns how many were blanked."""
    done = AuditErasure.objects.of(organization).filter(entry_id__in=(ids := sorted(line_ids)))
    fresh = sorted(set(ids) - set(done.values_list("entry_id", flat=True)))
    erasures: list[AuditErasure] = []
    blanks: list[dict[str, Any]] = []
    for start in range(0, len(fresh), BATCH_SIZE):
        for entry in AuditEntry.objects.of(organization).filter(pk__in=fresh[start : start + BATCH_SIZE]):
            erasure = AuditErasure(id=uuid7(), organization=organization, entry=entry, digest=entry_digest(entry))
            entry.subject_label, entry.facts = "", _kept(entry.facts)
            erasure.remaining_digest = entry_digest(entry)
            erasures.append(erasure)
            blanks.append({"id": str(entry.pk), "facts": entry.facts})
    told = {**facts, "lines": len(erasures), ERASED_LINES: erasures_digest(erasures)}
    cause = audit.record(actor, verb, subject, **told)
    for erasure in erasures:
        erasure.erased_by = cause
    AuditErasure.objects.bulk_create(erasures, batch_size=BATCH_SIZE)
    return _blank(blanks)


def _kept(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name in KEPT_FACTS and isinstance(value, str | int)}


def _blank(blanks: Sequence[dict[str, Any]]) -> int:
    blanked = 0
    with connection.cursor() as cursor:
        for start in range(0, len(blanks), BATCH_SIZE):
            cursor.execute("SELECT blank_audit_lines(%s::jsonb)", [json.dumps(blanks[start : start + BATCH_SIZE])])
            blanked += int(cursor.fetchone()[0])
    return blanked


def forget_in_background(organization: Organization, subject_ids: Collection[UUID], words: Collection[str]) -> None:
    """Take a person out of what jobs, notices and effects have said; the jobs and their counts remain."""
    about = Q(subject_id__in=list(subject_ids))
    items = JobItem.objects.of(organization).filter(
        about | mentioning("label", words) | mentioning("reason", words), ~Q(label="", reason="")
    )
    items.update(label="", reason="")
    jobs = Job.objects.of(organization).annotate(asked=Cast("parameters", TextField()))
    over = [JobState.COMPLETE, JobState.FAILED, JobState.CANCELLED]
    jobs.filter(mentioning("problem", words)).update(problem="")
    jobs.filter(mentioning("asked", words, is_json=True), state__in=over).update(parameters={})
    told = Notice.objects.of(organization).annotate(said=Cast("facts", TextField()))
    told.filter(mentioning("said", words, is_json=True)).delete()
    effects = OutboxRow.objects.of(organization).annotate(said=Cast("payload", TextField()))
    effects.filter(mentioning("last_error", words)).update(last_error="")
    ended = [OutboxState.SENT, OutboxState.CANCELLED]
    effects.filter(mentioning("said", words, is_json=True), state__in=ended).update(payload={})
