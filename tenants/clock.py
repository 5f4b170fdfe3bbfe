"""The clock is read at the doors, in the organization's own zone."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone

from tenants.models import Organization


def local_today(organization: Organization) -> date:
    """Today's date where the organization is."""
    return timezone.localdate(timezone=ZoneInfo(organization.time_zone))
