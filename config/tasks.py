"""The background doors of what is composed of all rooms."""

from __future__ import annotations

from celery import shared_task

from config.importing import exporting, running
from tenants import jobs


@shared_task(name="config.rehearse_import", soft_time_limit=3300, time_limit=3600)
def rehearse_import(organization_id: str, outbox_id: str) -> None:
    """Say of every row of a file what an import would do."""
    jobs.run(organization_id, outbox_id, running.rehearse)


@shared_task(name="config.import_records", soft_time_limit=3300, time_limit=3600)
def import_records(organization_id: str, outbox_id: str) -> None:
    """Import what was rehearsed."""
    jobs.run(organization_id, outbox_id, running.import_records)


@shared_task(name="config.export_records", soft_time_limit=3300, time_limit=3600)
def export_records(organization_id: str, outbox_id: str) -> None:
    """Write all customers or products into a file."""
    jobs.run(organization_id, outbox_id, exporting.export_records)
