"""Verifying that what was finalized, posted and recorded is still what it was: every proof in one report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.conf import settings

from billing_backlog.proof import run_problems
from config.database_guards import guard_problems
from invoicing import file_proof, proof, queries
from invoicing.models import DocumentFile, Invoice, InvoiceStatus
from payments.models import Voucher
from payments.proof import ledger_problems
from tenants import sealing
from tenants.context import organization_context
from tenants.database.routing import reading_through
from tenants.models import AuditSeal, Organization

BACKUP = "backup"
PROBLEMS_MAX = 1000  # of one organization: after these, more say nothing new


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationReport:
    """What was looked at in one organization and what is not as it should be."""

    slug: str
    name: str
    documents: int
    vouchers: int
    audit_lines: int
    files: int
    problems: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing was found."""
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        return {
            "slug": self.slug,
            "name": self.name,
            "whole": self.is_whole,
            "documents": self.documents,
            "vouchers": self.vouchers,
            "audit_lines": self.audit_lines,
            "files": self.files,
            "problems": list(self.problems),
        }


def database_problems() -> list[str]:
    """What is wrong with the database's own guards."""
    with reading_through(BACKUP):
        return guard_problems(BACKUP)


def verify_organization(organization_id: UUID, *, now: datetime) -> OrganizationReport:
    """Look at every number, hash, sum and file of one organization, as they stand at one moment."""
    with organization_context(organization_id), reading_through(BACKUP):
        organization = Organization.objects.get(pk=organization_id)
        problems = tuple(islice(organization_problems(organization, now=now), PROBLEMS_MAX))
        return OrganizationReport(
            slug=organization.slug,
            name=organization.name,
            documents=Invoice.objects.of(organization).filter(status=InvoiceStatus.FINALIZED).count(),
            vouchers=Voucher.objects.of(organization).count(),
            audit_lines=AuditSeal.objects.of(organization).count(),
            files=DocumentFile.objects.of(organization).count(),
            problems=problems,
        )


def organization_problems(organization: Organization, *, now: datetime) -> Iterator[str]:
    """Everything that is not as it should be in the open organization, floor by floor."""
    for series in queries.list_series(organization):
        yield from proof.series_problems(organization, series)[1]
    yield from proof.stray_problems(organization)
    yield from proof.receivable_problems(organization)
    yield from ledger_problems(organization)
    yield from run_problems(organization)
    yield from sealing.audit_problems(organization, now=now)
    head = published_heads().get(str(organization.pk))
    if head is not None:
        yield from sealing.head_problems(organization, head)
    yield from file_proof.file_problems(organization, now=now)


def published_heads() -> dict[str, dict[str, Any]]:
    """The newest heads of the audit chains that were written outside the database, by organization."""
    published = sorted((settings.DATA_DIR / "audit-heads").glob("*.json"))
    if not published:
        return {}
    heads: dict[str, dict[str, Any]] = json.loads(published[-1].read_text(encoding="utf-8"))
    return heads
