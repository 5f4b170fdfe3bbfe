"""The background door to reports on work."""

from __future__ import annotations

from celery import shared_task

from billing_backlog.actions import reports
from tenants import jobs


@shared_task(name="billing_backlog.export_report", soft_time_limit=3300, time_limit=3600)
def export_report(organization_id: str, outbox_id: str) -> None:
    """Write a report on work into a file."""
    jobs.run(organization_id, outbox_id, reports.write_report)
