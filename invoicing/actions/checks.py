"""Checking drafts before they are finalized: the law's demands and the receiver's rules, kept with what was checked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from foundation.ids import uuid7
from foundation.transactions import read_only
from invoicing.drafting.checking import ReadDraft, look_at, read_draft
from invoicing.models import DraftCheck
from tenants.models import Organization


def check_drafts(organization: Organization, invoice_ids: Sequence[UUID], *, today: date) -> list[DraftCheck]:
    """Check each draft as it stands and keep the findings under the hash of what was checked."""
    checks = []
    for invoice_id in invoice_ids:
        with read_only():
            draft = read_draft(organization, invoice_id, today=today)
        checks.append(_judge(draft))
    with transaction.atomic():
        return _keep(checks)


def check_within(organization: Organization, invoice_ids: Sequence[UUID], *, today: date) -> list[DraftCheck]:
    """Check drafts that the caller's transaction has just made: nobody else can see them yet."""
    return _keep([_judge(read_draft(organization, invoice_id, today=today)) for invoice_id in invoice_ids])


def _keep(checks: list[DraftCheck]) -> list[DraftCheck]:
    DraftCheck.objects.bulk_create(
        checks,
        update_conflicts=True,
        unique_fields=["organization", "invoice"],
        update_fields=["content_hash", "findings", "rules_version", "checked_at"],
    )
    return checks


def _judge(draft: ReadDraft) -> DraftCheck:
    look = look_at(draft)
    return DraftCheck(
        id=uuid7(),
        organization_id=draft.invoice.organization_id,
        invoice_id=draft.invoice.pk,
        content_hash=look.content_hash,
        findings=look.findings,
        rules_version=look.rules_version[:80],
        checked_at=timezone.now(),
    )
