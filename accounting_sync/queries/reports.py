"""Questions about reports of months: which stands for a comparison, whether one is on its way, what it has to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models.functions import Coalesce
from django.http import Http404

from accounting_sync.models import Reconciliation, ReconciliationReport, StrayDocument, StrayState, SyncItem
from accounting_sync.queries.reconciling import last_day_of, next_month
from tenants.models import Organization, OutboxRow, OutboxState

LET_STAND_MAX = 500
# What a comparison found: the report of another one that found the same says the same.
FIGURES = (
    "vouchers",
    "agree",
    "differ",
    "untold",
    "absent",
    "left_out",
    "ours",
    "theirs",
    "accounts",
    "findings",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetStand:
    """Something that differs and that somebody lets stand."""

    item: str
    number: str
    kind: str  # of the voucher
    day: date
    code: str
    differences: Sequence[Sequence[str]]
    why: str
    by: str


def is_month_over(organization: Organization, month: date, moment: datetime) -> bool:
    """Whether the last day of the month lay behind the organization at the moment."""
    return moment.astimezone(ZoneInfo(organization.time_zone)).date() > last_day_of(month)


def report_of(organization: Organization, reconciliation: Reconciliation) -> ReconciliationReport | None:
    """The report that says what the comparison found: its own, else that of another one that found the same.

    What was read before the end of the month says nothing of the whole month.
    """
    reports = ReconciliationReport.objects.of(organization)
    own = reports.filter(reconciliation=reconciliation).first()
    if own is not None or reconciliation.ended_at is None:
        return own
    same = {f"reconciliation__{name}": getattr(reconciliation, name) for name in FIGURES}
    found = reports.filter(
        reconciliation__connection_id=reconciliation.connection_id,
        reconciliation__month=reconciliation.month,
        **same,
    )
    if is_month_over(organization, reconciliation.month, reconciliation.ended_at):
        found = found.filter(reconciliation__ended_at__gte=_first_moment_after(organization, reconciliation.month))
    return found.order_by("-id").first()


def get_report(organization: Organization, reconciliation_id: UUID) -> ReconciliationReport:
    """The report that stands for a comparison, or 404."""
    reconciliation = Reconciliation.objects.of(organization).filter(pk=reconciliation_id).first()
    found = report_of(organization, reconciliation) if reconciliation is not None else None
    if found is None:
        raise Http404
    return found


def writing_of(organization: Organization, reconciliation: Reconciliation, kind: str) -> str:
    """The state of the last piece of background work at a report; empty where nobody asked for one."""
    found = OutboxRow.objects.of(organization).filter(subject_id=reconciliation.pk, kind=kind)
    return found.order_by("-id").values_list("state", flat=True).first() or ""


def is_at_work(state: str) -> bool:
    """Whether a worker has still to do it, or does it now."""
    return state in (OutboxState.NEW, OutboxState.SENDING)


def let_stand(organization: Organization, reconciliation: Reconciliation) -> list[LetStand]:
    """Everything of the month that differs and was let stand, by day, with who did so and why."""
    days = {"at__gte": reconciliation.month, "at__lt": next_month(reconciliation.month)}
    items = (
        SyncItem.objects.of(organization)
        .filter(connection_id=reconciliation.connection_id, reason__has_key="accepted")
        .annotate(at=Coalesce("pushed_day", "day"))
        .filter(**days)
        .order_by("at", "id")
    )
    strays = (
        StrayDocument.objects.of(organization)
        .filter(connection_id=reconciliation.connection_id, state=StrayState.ACCEPTED)
        .annotate(at=Coalesce("item__pushed_day", "item__day"))
        .filter(**days)
        .select_related("item")
        .order_by("at", "id")
    )
    found = [_item(each) for each in items[:LET_STAND_MAX]] + [_stray(each) for each in strays[:LET_STAND_MAX]]
    return sorted(found, key=lambda each: (each.day, each.number))[:LET_STAND_MAX]


def _item(item: SyncItem) -> LetStand:
    why: dict[str, Any] = item.reason
    return LetStand(
        item=str(item.pk),
        number=item.number,
        kind=item.kind,
        day=item.pushed_day or item.day,
        code=str(why.get("code", "differs")),
        differences=why.get("differences", []),
        why=str(why["accepted"]),
        by=str(why.get("by", "")),
    )


def _stray(stray: StrayDocument) -> LetStand:
    item = stray.item
    return LetStand(
        item=str(item.pk),
        number=item.number,
        kind=item.kind,
        day=item.pushed_day or item.day,
        code="doubled",
        differences=[["id", "", stray.remote_id]],
        why=stray.why,
        by=stray.settled_by,
    )


def _first_moment_after(organization: Organization, month: date) -> datetime:
    return datetime.combine(next_month(month), time.min, ZoneInfo(organization.time_zone))
