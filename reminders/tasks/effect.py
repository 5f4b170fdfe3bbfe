"""The background door to the files about the effect of reminders."""

from __future__ import annotations

from celery import shared_task

from reminders.actions import effect
from tenants import jobs


@shared_task(name="reminders.export_effect", soft_time_limit=1700, time_limit=1800)
def export_effect(organization_id: str, outbox_id: str) -> None:
    """Write what reminders brought, or would have brought by another plan, into a file."""
    jobs.run(organization_id, outbox_id, effect.write_effect)
