"""Facilities of an organization, fetched and locked."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from billing_backlog.models import Facility
from tenants.models import Organization


def list_facilities(organization: Organization) -> QuerySet[Facility]:
    """The facilities in use, by number."""
    return Facility.objects.of(organization).filter(archived_at=None).select_related("case_worker").order_by("number")


def get_facility(organization: Organization, facility_id: UUID) -> Facility:
    """One facility, or 404."""
    found = Facility.objects.of(organization).select_related("case_worker").filter(pk=facility_id).first()
    if found is None:
        raise Http404
    return found


def lock_facility(organization: Organization, facility_id: UUID) -> Facility:
    """One facility, locked, or 404."""
    found = Facility.objects.of(organization).select_for_update().filter(pk=facility_id).first()
    if found is None:
        raise Http404
    return found


def facility_with_number(organization: Organization, number: str) -> Facility | None:
    """Whichever has the number."""
    return Facility.objects.of(organization).filter(number=number).first()
