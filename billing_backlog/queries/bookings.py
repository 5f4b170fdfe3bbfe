"""Bookings of an organization, fetched, found and locked, and what became of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Sum, When
from django.http import Http404

from billing_backlog.models import BacklogItem, Booking
from billing_backlog.queries.standing import standing_of
from invoicing.models import InvoiceLine, InvoiceStatus
from invoicing.models.invoices import TAKING_BACK
from tenants.models import Organization

WITH = ("facility", "customer", "payer", "target_group", "item__customer")


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingSearch:
    """Which bookings are wanted; what is empty narrows nothing."""

    facility_id: UUID | str | None = None
    first: date | None = None
    last: date | None = None
    user: str = ""  # part of a name
    payer: str = ""
    state: str = ""
    by_price: bool = False  # the highest first, to look at the large ones (M-138)


@dataclass(frozen=True, slots=True)
class Became:
    """How far one booking has come, and the numbers of the invoices that it stands on."""

    state: str  # planned, free, cancelled, not_ready, ready, on_draft, invoiced, written_off
    documents: tuple[tuple[UUID, int], ...] = ()


def get_booking(organization: Organization, booking_id: UUID) -> Booking:
    """One booking with what it belongs to, or 404."""
    found = Booking.objects.of(organization).select_related(*WITH).filter(pk=booking_id).first()
    if found is None:
        raise Http404
    return found


def lock_bookings(organization: Organization, booking_ids: Collection[UUID]) -> list[Booking]:
    """These bookings, locked in the order of their ids; 404 when one is not here."""
    found = list(
        Booking.objects.of(organization)
        .select_related(*WITH, "facility__case_worker")
        .filter(pk__in=list(booking_ids))
        .order_by("id")
        .select_for_update(of=("self",), no_key=True)
    )
    if len(found) != len(set(booking_ids)):
        raise Http404
    return found


def bookings_by_id(organization: Organization, booking_ids: Collection[UUID]) -> list[Booking]:
    """These bookings in the order of their days; ids that are not here are left out."""
    found = Booking.objects.of(organization).select_related(*WITH).filter(pk__in=list(booking_ids))
    return list(found.order_by("day", "starts_at", "id"))


def known_booking(organization: Organization, system: str, order: str, line: str) -> Booking | None:
    """The booking that was told of before in these words."""
    found = Booking.objects.of(organization).exclude(source_system="")
    return found.filter(source_system=system, source_order=order, source_line=line).first()


def rest_of_series(organization: Organization, booking: Booking, first: date) -> list[UUID]:
    """The uncancelled bookings of the same series from a day on."""
    if booking.series is None:
        return [booking.pk]
    found = Booking.objects.of(organization).filter(series=booking.series, day__gte=first, cancelled_at=None)
    return list(found.order_by("day").values_list("pk", flat=True))


def bookings_on(
    organization: Organization, facility_id: UUID, days: Collection[date], *, without: UUID | None = None
) -> list[Booking]:
    """The uncancelled bookings of a facility on these days, but for one."""
    found = Booking.objects.of(organization).filter(facility_id=facility_id, day__in=list(days), cancelled_at=None)
    found = found.exclude(pk=without) if without else found
    return list(found.select_related("customer", "facility"))


def days_of_series(organization: Organization, booking: Booking) -> list[Booking]:
    """The other bookings that were made at once with this one, by day."""
    if booking.series is None:
        return []
    found = Booking.objects.of(organization).filter(series=booking.series).exclude(pk=booking.pk)
    return list(found.select_related("facility").order_by("day"))


def items_told(organization: Organization, booking_id: UUID) -> int:
    """How many items a booking has had: one, and one more each time that it became billed again."""
    found = BacklogItem.objects.of(organization).exclude(source_system="")
    return found.filter(source_system="bookings", source_order=str(booking_id)).count()


def find_bookings(organization: Organization, search: BookingSearch, *, today: date) -> QuerySet[Booking]:
    """The bookings that are asked for, each with what it belongs to."""
    found = Booking.objects.of(organization).select_related(*WITH)
    if search.facility_id:
        found = found.filter(facility_id=search.facility_id)
    if search.first:
        found = found.filter(day__gte=search.first)
    if search.last:
        found = found.filter(day__lte=search.last)
    if search.user:
        found = found.filter(customer__name__icontains=search.user)
    if search.payer:
        found = found.filter(payer__name__icontains=search.payer)
    return _in_state(organization, found, search.state, today)


def _in_state(organization: Organization, found: QuerySet[Booking], state: str, today: date) -> QuerySet[Booking]:
    live = Q(cancelled_at=None, is_billable=True)
    lines = InvoiceLine.objects.of(organization).filter(source_id=OuterRef("item_id"))
    finalized = lines.filter(invoice__status=InvoiceStatus.FINALIZED).order_by().values("source_id")
    signed = Case(When(invoice__kind__in=TAKING_BACK, then=-F("quantity")), default=F("quantity"))
    billed = Exists(finalized.annotate(left=Sum(signed)).exclude(left=0))
    drafted = Exists(
        lines.filter(invoice__status=InvoiceStatus.DRAFT)
        .exclude(invoice__kind__in=TAKING_BACK)
        .exclude(source__has_key="replaces")
    )
    wanted: dict[str, Q] = {
        "cancelled": Q(cancelled_at__isnull=False),
        "free": Q(cancelled_at=None, is_billable=False),
        "open": live & ~Q(billed) & ~Q(drafted),
        "planned": live & Q(day__gt=today) & ~Q(billed) & ~Q(drafted),
        "not_ready": live & Q(day__lte=today, item__ready_at=None) & ~Q(billed) & ~Q(drafted),
        "ready": live & Q(day__lte=today, item__ready_at__isnull=False) & ~Q(billed) & ~Q(drafted),
        "on_draft": live & Q(drafted),
        "invoiced": live & Q(billed) & ~Q(drafted),
    }
    return found.filter(wanted[state]) if state in wanted else found


def totals_of(found: QuerySet[Booking]) -> tuple[int, Decimal]:
    """How many of the bookings found are billed for, and what they come to: the control total of the list (M-141)."""
    sums: dict[str, Any] = found.filter(is_billable=True, cancelled_at=None).aggregate(
        count=Count("pk"), amount=Sum("amount")
    )
    return sums["count"], sums["amount"] or Decimal(0)


def became_of(organization: Organization, bookings: Sequence[Booking], *, today: date) -> dict[UUID, Became]:
    """What became of each of these bookings, in two statements: asked of the documents that name their items."""
    items = {booking.item_id: booking.item for booking in bookings if booking.item is not None}
    standing = standing_of(organization, list(items.values()))
    documents: dict[UUID, list[tuple[UUID, int]]] = {}
    if items:
        lines = (
            InvoiceLine.objects.of(organization)
            .filter(source_id__in=list(items), invoice__status=InvoiceStatus.FINALIZED)
            .exclude(invoice__kind__in=TAKING_BACK)
        )
        named = lines.order_by("invoice__issue_date", "invoice_id")
        for item_id, invoice_id, number in named.values_list("source_id", "invoice_id", "invoice__number"):
            if item_id is not None and number is not None:
                documents.setdefault(item_id, []).append((invoice_id, number))
    became = {}
    for booking in bookings:
        state = _state_of(booking, today)
        stands = standing.get(booking.item_id) if booking.item_id else None
        if stands is not None and not booking.is_cancelled and (stands.on_draft or stands.billed):
            state = "on_draft" if stands.on_draft else "invoiced"
        elif stands is not None and not booking.is_cancelled and not stands.unbilled:
            state = "written_off"
        numbers = documents.get(booking.item_id, []) if state == "invoiced" and booking.item_id else []
        became[booking.pk] = Became(state, tuple(numbers))
    return became


def _state_of(booking: Booking, today: date) -> str:
    """What the booking says of itself, as long as no document names its item."""
    if booking.is_cancelled:
        return "cancelled"
    if not booking.is_billable:
        return "free"
    if booking.day > today:
        return "planned"
    return "ready" if booking.item is not None and booking.item.is_ready else "not_ready"
