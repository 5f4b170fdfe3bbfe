"""The background doors of tenants."""

from __future__ import annotations

import json

from celery import shared_task
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.utils import timezone

from tenants import outbox, queries, sealing
from tenants.context import organization_context


@shared_task(name="tenants.seal_audit_everywhere")
def seal_audit_everywhere() -> int:
    """Chain the audit lines that have been committed since the last round."""
    return sealing.seal_everywhere()


@shared_task(name="tenants.wake_outbox")
def wake_outbox() -> int:
    """One more round of the relay, in case none is running."""
    for organization_id in queries.all_organization_ids():
        with organization_context(organization_id):
            outbox.give_up_exhausted(organization_id)
    return outbox.hand_out_due_rows()


@shared_task(name="tenants.publish_audit_heads")
def publish_audit_heads() -> str:
    """Write the head of every audit chain to a file outside the database: a cut tail shows against it."""
    heads = {}
    for organization_id in queries.all_organization_ids():
        with organization_context(organization_id), transaction.atomic():
            organization = queries.get_open_organization(organization_id)
            sequence, link = sealing.chain_head(organization)
            heads[str(organization_id)] = {"sequence": sequence, "hash": link}
    folder = settings.DATA_DIR / "audit-heads"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{timezone.localdate().isoformat()}.json"
    path.write_text(json.dumps(heads, indent=1, sort_keys=True), encoding="utf-8")
    return str(path)


@shared_task(name="tenants.clear_expired_sessions")
def clear_expired_sessions() -> None:
    """Remove sessions that have run out."""
    SessionStore.clear_expired()
