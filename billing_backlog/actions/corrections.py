"""Correcting what was approved: by another entry, never by changing it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.errors import WorkIsUnclear
from billing_backlog.models import WorkEntry, WorkKind
from billing_backlog.queries.work import corrections_of, lock_own_work, lock_worker
from billing_backlog.working import refuse_hours
from foundation import rows
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization, User

QUANTITY_MAX = Decimal(1_000_000)
REASON_MAX = 300


@transaction.atomic
def correct_work(
    organization: Organization,
    worker: User,
    entry_id: UUID,
    *,
    right: Decimal,
    reason: str,
    actor: Actor,
    now: datetime,
) -> WorkEntry:
    """Write the difference to the right quantity as an entry of its own, and hand it in for approval.

    At the price of what it corrects, on its day; what is not approved is changed where it stands.
    """
    lock_worker(organization, worker)
    [entry] = lock_own_work(organization, worker, [entry_id])
    _refuse(entry, right, reason)
    stands = quantity_of(organization, entry)
    if right == stands:
        raise WorkIsUnclear(_("That is what stands already. Write another quantity."), field="right")
    correction = WorkEntry(
        organization=organization,
        corrects=entry,
        quantity=right - stands,
        internal_text=reason.strip()[:REASON_MAX],
        submitted_at=now,
        created_at=now,
        **{name: getattr(entry, name) for name in _KEPT},
    )
    rows.insert(organization.pk, [correction])
    facts = {"entry": str(entry.pk), "before": str(stands.normalize()), "after": str(right.normalize())}
    audit.record(actor, "work.corrected", correction, **facts, reason=correction.internal_text)
    return correction


_KEPT = (
    "project", "line", "product", "kind", "day", "performed_by", "unit_code", "unit_price", "markup_percent",
    "price_reason", "text", "is_billable",
)  # fmt: skip


def quantity_of(organization: Organization, entry: WorkEntry) -> Decimal:
    """What an entry comes to with what corrects it."""
    return entry.quantity + sum((row.quantity for row in corrections_of(organization, entry.pk)), Decimal(0))


def _refuse(entry: WorkEntry, right: Decimal, reason: str) -> None:
    if entry.corrects_id is not None:
        raise WorkIsUnclear(_("This corrects another entry. Correct that one again."))
    if not entry.is_approved:
        raise WorkIsUnclear(_("Only approved work is corrected. Change this one where it stands."))
    if not reason.strip():
        raise WorkIsUnclear(_("Write why it is corrected."), field="reason")
    if right < 0 or right > QUANTITY_MAX:
        raise WorkIsUnclear(_("Write the right quantity: 0 or more."), field="right")
    if entry.kind == WorkKind.TIME:
        refuse_hours(right)
