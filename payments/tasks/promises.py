"""The background door to promises: those that were not kept end by themselves."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from foundation.transactions import read_only
from payments.broken_promises import broken_promises, end_broken_holds
from tenants.clock import local_today
from tenants.models import Organization
from tenants.sweeps import sweep_organizations


@shared_task(name="payments.end_broken_promises")
def end_broken_promises() -> int:
    """Release the holds of promises and plans that were not kept; returns how many."""
    return sweep_organizations("Ending broken promises", _sweep)


def _sweep(organization: Organization) -> int:
    today = local_today(organization)
    with read_only():
        if not broken_promises(organization, today=today):
            return 0
    return end_broken_holds(organization, today=today, now=timezone.now())
