"""The background door to files of vouchers."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from accounting_sync.actions import export_writing
from tenants import jobs
from tenants.clock import local_today
from tenants.jobs import Work


@shared_task(name="accounting_sync.write_export", soft_time_limit=3300, time_limit=3600)
def write_export(organization_id: str, outbox_id: str) -> None:
    """Write vouchers into a file."""
    jobs.run(organization_id, outbox_id, _write_export)


def _write_export(work: Work) -> None:
    export_writing.write_export(work, today=local_today(work.job.organization), now=timezone.now())
