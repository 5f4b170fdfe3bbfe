"""The daily mail to the owners about what nobody got: once a local day, and only when there is something."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from invoicing.dispatching import stuck
from tenants import outbox
from tenants import queries as tenants
from tenants.models import Organization, OutboxRow, Role

MAIL_UNDELIVERED = "invoicing.mail_undelivered"
FIRST_HOUR = 7  # where the organization is: read with the first coffee


@transaction.atomic
def tell_owners(organization: Organization, *, now: datetime) -> int:
    """Put a mail to every owner where something waits and none was put today; returns how many."""
    local = now.astimezone(ZoneInfo(organization.time_zone))
    if local.hour < FIRST_HOUR or not stuck.count_stuck(organization, now, 1):
        return 0
    tenants.lock_organization(organization.pk)  # two rounds at once put one mail
    day = f"undelivered:{local.date().isoformat()}"
    if OutboxRow.objects.of(organization).filter(kind=MAIL_UNDELIVERED, key__startswith=f"{day}:").exists():
        return 0
    owners = [member.user_id for member in tenants.list_memberships(organization) if member.role == Role.OWNER]
    effects = [
        outbox.Effect(MAIL_UNDELIVERED, organization.pk, f"{day}:{user_id}", {"user_id": str(user_id)})
        for user_id in owners
    ]
    return len(outbox.put_each(organization.pk, effects))
