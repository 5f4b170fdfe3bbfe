"""The background door of work that waits for approval."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from billing_backlog.actions.waiting_news import tell_approvers as tell
from tenants.sweeps import sweep_organizations


@shared_task(name="billing_backlog.tell_approvers")
def tell_approvers() -> int:
    """Tell everybody once a day that work waits for their approval; how many are told or were told today."""
    return sweep_organizations(
        "Telling of work that waits", lambda organization: tell(organization, now=timezone.now())
    )
