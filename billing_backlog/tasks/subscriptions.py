"""The background door of what is charged period by period."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from billing_backlog.actions.charging import charge_subscriptions as charge
from billing_backlog.actions.recurring import charge_recurring_lines
from tenants.clock import local_today
from tenants.models import Organization
from tenants.sweeps import sweep_organizations


@shared_task(name="billing_backlog.charge_subscriptions", soft_time_limit=3300, time_limit=3600)
def charge_subscriptions() -> int:
    """Charge subscriptions and recurring contract lines, in each organization's own day; how many charges."""
    return sweep_organizations("Charging subscriptions", _charge)


def _charge(organization: Organization) -> int:
    today, now = local_today(organization), timezone.now()
    made = charge(organization, today=today, now=now)
    return made + charge_recurring_lines(organization, today=today, now=now)
