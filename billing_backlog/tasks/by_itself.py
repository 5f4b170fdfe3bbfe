"""The background doors of billing by itself: the night before, and the file that is printed to be brought along."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from billing_backlog.actions.billing_beforehand import bill_beforehand
from billing_backlog.actions.billing_told_visits import bill_told_visits as bill_told
from billing_backlog.actions.bringing_along import write_bring_along
from tenants import jobs
from tenants.clock import local_today
from tenants.models import Organization
from tenants.sweeps import sweep_organizations


@shared_task(name="billing_backlog.bill_night_before", soft_time_limit=3300, time_limit=3600)
def bill_night_before() -> int:
    """Begin the day and bill tomorrow's visits, by each organization's own clock; how many documents."""
    return sweep_organizations(
        "Billing the night before", lambda organization: bill_beforehand(organization, now=timezone.now())
    )


@shared_task(name="billing_backlog.bill_told_visits", soft_time_limit=3300, time_limit=3600)
def bill_told_visits() -> int:
    """Bill the visits that planning systems have told of, as their customers are billed; how many visits."""

    def bill(organization: Organization) -> int:
        return bill_told(organization, today=local_today(organization), now=timezone.now())

    return sweep_organizations("Billing what was told of", bill)


@shared_task(name="billing_backlog.print_bring_along", soft_time_limit=1700, time_limit=1800)
def print_bring_along(organization_id: str, outbox_id: str) -> None:
    """Put the documents of a day together; the file is whole or begun anew."""
    jobs.run(organization_id, outbox_id, write_bring_along)
