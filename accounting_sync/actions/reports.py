"""Reports of months are asked for, made and kept: one for a comparison, none for one that found the same again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounting_sync.models import Reconciliation, ReconciliationReport, ReconciliationState
from accounting_sync.providers.registry import adapters
from accounting_sync.queries.reconciling import FINDINGS_MAX, get_reconciliation, lock_reconciliation
from accounting_sync.queries.reports import is_month_over, let_stand, report_of
from accounting_sync.report_paper import Said, render_report, report_versions
from foundation import files
from foundation.errors import DomainError
from foundation.ids import uuid7
from foundation.transactions import read_only
from tenants import audit, outbox
from tenants.audit import Actor
from tenants.models import Organization

WRITE = "accounting_sync.write_report"


class ReconciliationIsNotDone(DomainError):
    """A report is made of a comparison that has come to its end."""


def put_report_of_month(organization: Organization, reconciliation: Reconciliation, *, now: datetime) -> None:
    """Have the report of a month that is over made by a worker after the commit, unless it says nothing new."""
    if not is_month_over(organization, reconciliation.month, now) or report_of(organization, reconciliation):
        return
    _put(reconciliation)


@transaction.atomic
def ask_for_report(organization: Organization, reconciliation_id: UUID, *, actor: Actor) -> bool:
    """Have the report of a comparison made; whether there was none yet and nobody was at it."""
    row = lock_reconciliation(organization, reconciliation_id)
    if row.state != ReconciliationState.DONE:
        raise ReconciliationIsNotDone(_("The month must be compared to the end first."))
    if report_of(organization, row) or outbox.make_due_of(organization.pk, WRITE, row.pk):
        return False
    _put(row)
    audit.record(actor, "reconciliation.report_asked", row)
    return True


def _put(row: Reconciliation) -> None:
    key = f"{WRITE}:{row.pk}:{uuid7()}"
    outbox.put_each(row.organization_id, [outbox.Effect(WRITE, row.pk, key, {}, leaves_house=False)])


def write_report(
    organization: Organization, reconciliation_id: UUID, *, actor: Actor, now: datetime
) -> ReconciliationReport:
    """Make and keep the report of a comparison; where one stands that says the same, it is left as it is."""
    with read_only():
        row = get_reconciliation(organization, reconciliation_id)
        standing = report_of(organization, row)
        said = said_of(organization, row)
    if standing is not None:
        return standing
    content = render_report(said)
    sha256 = files.store(str(organization.pk), content)
    return _keep(said, sha256, len(content), actor=actor, now=now)


def said_of(organization: Organization, row: Reconciliation) -> Said:
    """Everything that the report of a comparison says, as it stands now."""
    assert row.ended_at is not None
    return Said(
        organization=organization,
        reconciliation=row,
        adapter=adapters()[row.connection.system],
        let_stand=let_stand(organization, row),
        is_month_over=is_month_over(organization, row.month, row.ended_at),
        is_cut=len(row.findings) >= FINDINGS_MAX,
    )


@transaction.atomic
def _keep(said: Said, sha256: str, size: int, *, actor: Actor, now: datetime) -> ReconciliationReport:
    organization = said.organization
    row = lock_reconciliation(organization, said.reconciliation.pk)
    standing = report_of(organization, row)
    if standing is not None:
        return standing  # another worker was here meanwhile
    report = ReconciliationReport.objects.create(
        organization=organization,
        reconciliation=row,
        name=_name(said),
        sha256=sha256,
        size_bytes=size,
        versions=report_versions(),
        made_at=now,
    )
    audit.record(actor, "reconciliation.reported", row, sha256=sha256)
    return report


def _name(said: Said) -> str:
    """Whose file it is, what it is, of which connection and month."""
    organization, row = said.organization, said.reconciliation
    with translation.override(organization.language):
        what = slugify(_("Reconciliation"))
    who = slugify(organization.name)[:60] or organization.slug
    return f"{who}-{what}-{slugify(row.connection.name)[:40]}-{row.month:%Y-%m}.pdf"
