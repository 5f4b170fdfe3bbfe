"""The background doors to reports and SAF-T files."""

from __future__ import annotations

from celery import shared_task

from payments.actions import reports
from tenants import jobs
from tenants.clock import local_today
from tenants.jobs import Work


@shared_task(name="payments.export_report", soft_time_limit=3300, time_limit=3600)
def export_report(organization_id: str, outbox_id: str) -> None:
    """Write a report into a file."""
    jobs.run(organization_id, outbox_id, reports.write_report)


@shared_task(name="payments.write_saft", soft_time_limit=3300, time_limit=3600)
def write_saft(organization_id: str, outbox_id: str) -> None:
    """Write the ledger of a period as SAF-T."""
    jobs.run(organization_id, outbox_id, _write_saft)


def _write_saft(work: Work) -> None:
    reports.write_saft_file(work, today=local_today(work.job.organization))
