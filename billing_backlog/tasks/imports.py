"""The background doors of files of work."""

from __future__ import annotations

from celery import shared_task

from billing_backlog.importing import running
from tenants import jobs


@shared_task(name="billing_backlog.rehearse_import", soft_time_limit=3300, time_limit=3600)
def rehearse_import(organization_id: str, outbox_id: str) -> None:
    """Say of every row of a file of work what would become of it."""
    jobs.run(organization_id, outbox_id, running.rehearse)


@shared_task(name="billing_backlog.take_import", soft_time_limit=3300, time_limit=3600)
def take_import(organization_id: str, outbox_id: str) -> None:
    """Take the rehearsed rows into the backlog."""
    jobs.run(organization_id, outbox_id, running.take)
