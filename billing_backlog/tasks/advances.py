"""The background door of retainers."""

from __future__ import annotations

from celery import shared_task

from billing_backlog.actions.advances import refill_retainers as refill
from tenants.audit import Actor
from tenants.clock import local_today
from tenants.sweeps import sweep_organizations


@shared_task(name="billing_backlog.refill_retainers")
def refill_retainers() -> int:
    """Draft a payment request for each retainer of which too little is left; how many were drafted."""
    return sweep_organizations(
        "Filling up retainers",
        lambda organization: refill(organization, actor=Actor.system(), today=local_today(organization)),
    )
