"""The background doors of what is composed of all rooms."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from config import retention
from config.importing import exporting, running
from config.moving_in import rehearsing, switching
from config.webhooks import delivering, telling
from tenants import jobs, outbox
from tenants.context import organization_context
from tenants.sweeps import sweep_organizations


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


@shared_task(name="config.rehearse_move_in", soft_time_limit=3300, time_limit=3600)
def rehearse_move_in(organization_id: str, outbox_id: str) -> None:
    """Say of every row of the old system's files what would become of it here."""
    jobs.run(organization_id, outbox_id, rehearsing.rehearse)


@shared_task(name="config.move_in", soft_time_limit=3300, time_limit=3600)
def move_in(organization_id: str, outbox_id: str) -> None:
    """Move in what was rehearsed, all of it or nothing."""
    jobs.run(organization_id, outbox_id, switching.switch)


@shared_task(name="config.tell_webhooks")
def tell_webhooks() -> int:
    """Find what programs want to be told; returns how many deliveries were ordered."""
    return telling.tell_everywhere()


@shared_task(name="config.deliver_webhook")
def deliver_webhook(organization_id: str, outbox_id: str) -> None:
    """Send one event to one address."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is not None:
            delivering.deliver(row, now=timezone.now())


@shared_task(name="config.remove_old", soft_time_limit=3300, time_limit=3600)
def remove_old() -> int:
    """Remove what is kept no longer, organization by organization; returns how many things went."""
    return sweep_organizations(
        "Removing what is old",
        lambda organization: sum(retention.remove_old(organization.pk, now=timezone.now()).values()),
    )
