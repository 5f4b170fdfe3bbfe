"""What the pages of reconciliation show: the sums of all months, what needs somebody, and how each month stands."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Max, Min, QuerySet, Sum
from django.http import Http404

from accounting_sync.models import (
    Connection,
    ConnectionState,
    Reconciliation,
    StrayDocument,
    SyncItem,
    SyncState,
)
from accounting_sync.queries.desk import stopped_items
from accounting_sync.queries.reconciling import Balance, latest_months
from tenants.models import Organization

MONTHS_SHOWN = 12
COMPARISONS_SHOWN = 10
TOLD_AT_LENGTH = ("accounts", "findings")  # long, and shown on the page of one comparison only


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The last comparison of each month, summed; without a balance nothing was compared yet."""

    vouchers: int
    agree: int
    differ: int
    untold: int
    absent: int
    balance: Balance | None


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a connection: its newest comparison, and the newest one that was finished, where there is one."""

    newest: Reconciliation
    done: Reconciliation | None


@dataclass(frozen=True, slots=True)
class MonthPage:
    """The months of one page, the newest first, and the month before which the next page begins."""

    months: list[Month]
    older: date | None


def figures_of(organization: Organization) -> Figures:
    """Over all connections that are not closed; one statement."""
    names = ("vouchers", "agree", "differ", "untold", "absent", "ours", "theirs")
    told = (
        latest_months(organization)
        .exclude(connection__state=ConnectionState.CLOSED)
        .order_by()
        .aggregate(read_at=Max("ended_at"), **{name: Sum(name, default=0) for name in names})
    )
    read_at = told["read_at"]
    return Figures(
        vouchers=told["vouchers"],
        agree=told["agree"],
        differ=told["differ"],
        untold=told["untold"],
        absent=told["absent"],
        balance=Balance(told["ours"], told["theirs"], read_at) if read_at is not None else None,
    )


def items_that_differ(organization: Organization) -> QuerySet[SyncItem]:
    """Vouchers that stand there otherwise than they were pushed, or not any more, the newest first."""
    found = stopped_items(organization).filter(state=SyncState.DIFFERS)
    return found.select_related("connection", "customer").order_by("-id")


def list_months(organization: Organization, *, before: date | None) -> MonthPage:
    """The newest months that were compared or are being compared, on every connection; three statements."""
    every = Reconciliation.objects.of(organization)
    older = every.filter(month__lt=before) if before else every
    found = list(older.order_by("-month").values_list("month", flat=True).distinct()[: MONTHS_SHOWN + 1])
    shown = found[:MONTHS_SHOWN]
    newest = (
        every.filter(month__in=shown)
        .order_by("connection_id", "month", "-id")
        .distinct("connection_id", "month")
        .select_related("connection")
        .defer(*TOLD_AT_LENGTH)
    )
    finished = latest_months(organization).filter(month__in=shown).defer(*TOLD_AT_LENGTH)
    done = {(row.connection_id, row.month): row for row in finished}
    months = [Month(row, done.get((row.connection_id, row.month))) for row in newest]
    months.sort(key=lambda each: (each.newest.connection.name, each.newest.connection_id))
    months.sort(key=lambda each: each.newest.month, reverse=True)
    return MonthPage(months, shown[-1] if len(found) > MONTHS_SHOWN else None)


def comparisons_of(organization: Organization, connection_id: UUID, month: date) -> list[Reconciliation]:
    """The comparisons of one month of a connection, the newest first."""
    found = Reconciliation.objects.of(organization).filter(connection_id=connection_id, month=month)
    return list(found.defer(*TOLD_AT_LENGTH).order_by("-id")[:COMPARISONS_SHOWN])


def last_compared(organization: Organization, connection: Connection) -> Reconciliation | None:
    """The last comparison of the newest month of a connection."""
    return latest_months(organization, connection=connection).defer(*TOLD_AT_LENGTH).first()


def get_stray(organization: Organization, stray_id: UUID) -> StrayDocument:
    """One document that stands there and should not, with its connection and voucher, or 404."""
    strays = StrayDocument.objects.of(organization).select_related("connection", "item")
    found = strays.filter(pk=stray_id).first()
    if found is None:
        raise Http404
    return found


def oldest_day(organization: Organization, connections: Collection[Connection]) -> date | None:
    """The day of the oldest voucher that was chosen on any of these connections."""
    found = SyncItem.objects.of(organization).filter(connection__in=connections).aggregate(oldest=Min("day"))
    oldest: date | None = found["oldest"]
    return oldest
