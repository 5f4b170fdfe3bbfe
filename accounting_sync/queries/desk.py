"""What stands on the desk: how many vouchers are where, those that need somebody, and the newest of all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from accounting_sync.models import STOPPED, UNDER_WAY, Connection, ConnectionState, SyncItem, SyncState
from tenants.models import Organization

NEWEST = 8
# What each list shows.
GROUPS: dict[str, tuple[str, ...]] = {
    "all": tuple(SyncState.values),
    "queue": tuple(UNDER_WAY),
    "stopped": tuple(STOPPED),
    "left_out": (SyncState.LEFT_OUT.value,),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How many vouchers of an organization are where."""

    chosen_this_month: int
    posted_this_month: int
    queued: int
    next_at: datetime | None
    stopped: int
    stopped_since: datetime | None


def standing_of(organization: Organization, *, today: date) -> Standing:
    """Counts over all connections that are not closed; one statement."""
    month = Q(day__gte=today.replace(day=1))
    told = _open_items(organization).aggregate(
        chosen=Count("id", filter=month & ~Q(state=SyncState.LEFT_OUT)),
        posted=Count("id", filter=month & Q(state=SyncState.CONFIRMED)),
        queued=Count("id", filter=Q(state__in=UNDER_WAY)),
        next_at=Min("next_at", filter=Q(state__in=UNDER_WAY)),
        stopped=Count("id", filter=Q(state__in=STOPPED)),
        since=Min("changed_at", filter=Q(state__in=STOPPED)),
    )
    return Standing(
        chosen_this_month=told["chosen"],
        posted_this_month=told["posted"],
        queued=told["queued"],
        next_at=told["next_at"],
        stopped=told["stopped"],
        stopped_since=told["since"],
    )


def stopped_items(organization: Organization) -> QuerySet[SyncItem]:
    """The vouchers that need somebody: their number stands beside the place in the navigation."""
    return _open_items(organization).filter(state__in=STOPPED)


def list_items(organization: Organization, group: str, *, connection_id: UUID | None = None) -> QuerySet[SyncItem]:
    """The items of a list with what is shown of them."""
    items = SyncItem.objects.of(organization).filter(state__in=GROUPS[group]).select_related("connection", "customer")
    return items.filter(connection_id=connection_id) if connection_id else items


def newest_items(organization: Organization) -> list[SyncItem]:
    """The newest items of all connections, those that need somebody first."""
    stopped = list(list_items(organization, "stopped").order_by("-id")[:NEWEST])
    seen = {item.pk for item in stopped}
    others = list_items(organization, "all").order_by("-id")[:NEWEST]
    return [*stopped, *(item for item in others if item.pk not in seen)][:NEWEST]


def items_of_voucher(organization: Organization, voucher_id: UUID) -> list[SyncItem]:
    """Where one voucher stands in each accounting system."""
    return list(list_items(organization, "all").filter(voucher_id=voucher_id).order_by("id"))


def last_answers(organization: Organization) -> dict[UUID, tuple[int, int]]:
    """For each connection how many vouchers wait and how many stopped."""
    rows = (
        _open_items(organization)
        .values("connection_id")
        .annotate(
            queued=Count("id", filter=Q(state__in=UNDER_WAY)),
            stopped=Count("id", filter=Q(state__in=STOPPED)),
        )
    )
    return {row["connection_id"]: (row["queued"], row["stopped"]) for row in rows}


def has_connections(organization: Organization) -> bool:
    """Whether anything is connected, or was."""
    return Connection.objects.of(organization).exists()


def _open_items(organization: Organization) -> QuerySet[SyncItem]:
    closed = Connection.objects.of(organization).filter(state=ConnectionState.CLOSED)
    return SyncItem.objects.of(organization).exclude(connection__in=closed)
