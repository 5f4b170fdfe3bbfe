"""Price lists and target groups of an organization, fetched and locked."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.http import Http404

from billing_backlog.models import Booking, Facility, PriceList, PriceListRow, TargetGroup
from billing_backlog.price_lists import PriceRule
from tenants.models import Organization


def list_target_groups(organization: Organization) -> QuerySet[TargetGroup]:
    """The target groups in use, in the order in which they were made."""
    return TargetGroup.objects.of(organization).filter(archived_at=None).order_by("id")


def get_target_group(organization: Organization, group_id: UUID) -> TargetGroup:
    """One target group, or 404."""
    found = TargetGroup.objects.of(organization).filter(pk=group_id).first()
    if found is None:
        raise Http404
    return found


def list_price_lists(organization: Organization) -> QuerySet[PriceList]:
    """The price lists, the newest first."""
    return PriceList.objects.of(organization).order_by("-valid_from", "name", "id")


def get_price_list(organization: Organization, list_id: UUID) -> PriceList:
    """One price list, or 404."""
    found = PriceList.objects.of(organization).filter(pk=list_id).first()
    if found is None:
        raise Http404
    return found


def lock_price_list(organization: Organization, list_id: UUID) -> PriceList:
    """One price list, locked, or 404."""
    found = PriceList.objects.of(organization).select_for_update().filter(pk=list_id).first()
    if found is None:
        raise Http404
    return found


def rows_of_lists(organization: Organization, list_ids: Collection[UUID]) -> list[PriceListRow]:
    """The prices of these lists: facilities by number, then groups by name."""
    found = PriceListRow.objects.of(organization).filter(price_list_id__in=list(list_ids))
    ordered = found.order_by(F("facility__number").asc(nulls_last=True), "facility_group", "unit_code", "id")
    return list(ordered.select_related("facility"))


def rows_in_use(organization: Organization, row_ids: Collection[UUID]) -> set[UUID]:
    """Which of these prices bookings name."""
    found = Booking.objects.of(organization).filter(price_row_id__in=list(row_ids))
    return set(found.values_list("price_row_id", flat=True).distinct())


def price_rules(organization: Organization, first: date, last: date) -> list[PriceRule]:
    """Every price of a list that is valid somewhere between the two days."""
    found = (
        PriceListRow.objects.of(organization)
        .filter(price_list__valid_from__lte=last)
        .filter(Q(price_list__valid_through=None) | Q(price_list__valid_through__gte=first))
        .select_related("price_list")
    )
    return [
        PriceRule(
            id=row.pk,
            list_id=row.price_list_id,
            list_name=row.price_list.name,
            valid_from=row.price_list.valid_from,
            valid_through=row.price_list.valid_through,
            facility_id=row.facility_id,
            facility_group=row.facility_group,
            target_group_id=row.target_group_id,
            unit_code=row.unit_code,
            unit_price=row.unit_price,
            price_includes_vat=row.price_includes_vat,
        )
        for row in found
    ]


def facility_groups(organization: Organization) -> list[str]:
    """The groups that facilities in use belong to."""
    found = Facility.objects.of(organization).filter(archived_at=None).exclude(group="")
    return sorted(set(found.values_list("group", flat=True)))
