"""The background door to reports of months."""

from __future__ import annotations

import logging
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from accounting_sync.actions import reports
from foundation.transactions import read_only
from tenants import outbox
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.context import organization_context

logger = logging.getLogger(__name__)


@shared_task(name=reports.WRITE, soft_time_limit=120, time_limit=180)
def write_report(organization_id: str, outbox_id: str) -> None:
    """Make the PDF of a comparison."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        try:
            with read_only():
                organization = tenants.get_open_organization(row.organization_id)
            reports.write_report(organization, row.subject_id, actor=Actor.system(), now=timezone.now())
        except Exception as error:
            logger.exception("Could not make the report of %s", row.subject_id)
            outbox.fail(row, f"{type(error).__name__}: {error}", may_retry=True)
        else:
            outbox.finish(row)
