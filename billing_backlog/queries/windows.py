"""Billing runs whose window is about to close, and who is missing in them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from billing_backlog.models import BillingRun, RunFacility
from tenants.models import Organization, Role
from tenants.permissions import Permission, granted
from tenants.queries import list_memberships


def closing_runs(organization: Organization, days: Collection[date]) -> list[BillingRun]:
    """The runs that are still prepared and whose window closes on one of these days."""
    found = BillingRun.objects.of(organization).filter(frozen_at=None, undone_at=None, closes_on__in=list(days))
    return list(found.order_by("closes_on", "id"))


def unfinished_places(organization: Organization, runs: Collection[BillingRun]) -> dict[UUID, list[RunFacility]]:
    """The facilities of each run that nobody has finished, by number."""
    found = RunFacility.objects.of(organization).filter(run_id__in=[run.pk for run in runs], finished_at=None)
    places: dict[UUID, list[RunFacility]] = {}
    for place in found.select_related("facility__case_worker", "taken_by").order_by("facility__number"):
        places.setdefault(place.run_id, []).append(place)
    return places


def members_of(organization: Organization) -> set[UUID]:
    """Everybody who is a member."""
    return set(list_memberships(organization).values_list("user_id", flat=True))


def run_leaders(organization: Organization) -> set[UUID]:
    """Everybody whose role approves runs."""
    roles = [role for role in Role if Permission.APPROVE_RUNS in granted(role)]
    return set(list_memberships(organization).filter(role__in=roles).values_list("user_id", flat=True))
