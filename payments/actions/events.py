"""What providers tell us is kept once and makes somebody ask; nothing in a message is believed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.ids import uuid7
from payments.models import ProviderEvent
from payments.online.secrets import hash_of
from payments.providers.base import Event
from tenants import outbox
from tenants.models import Organization

LOOK_AT_EVENT = "payments.look_at_event"


@transaction.atomic
def keep_events(organization: Organization, account_id: UUID, events: Sequence[Event], *, now: datetime) -> int:
    """Keep what has not been told before and have the provider asked about it; returns how many were new."""
    told = ProviderEvent.objects.of(organization).filter(account_id=account_id)
    known = set(told.filter(event_id__in=[event.id[:200] for event in events]).values_list("event_id", flat=True))
    fresh = [
        ProviderEvent(
            id=uuid7(),
            organization=organization,
            account_id=account_id,
            event_id=event.id[:200],
            kind=event.kind[:80],
            attempt_reference=event.attempt_key[:120],
            payment_reference=event.payment_reference[:120],
            occurred_at=event.occurred_at,
            received_at=now,
        )
        for event in events
        if event.id[:200] not in known
    ]
    ProviderEvent.objects.bulk_create(fresh, ignore_conflicts=True)
    # Two messages at once are one row; only the row that stands has something done for it.
    stored = set(told.filter(pk__in=[row.pk for row in fresh]).values_list("pk", flat=True))
    outbox.put_each(
        organization.pk,
        [
            outbox.Effect(LOOK_AT_EVENT, row.pk, f"event:{account_id}:{hash_of(row.event_id)}", {}, leaves_house=True)
            for row in fresh
            if row.pk in stored
        ],
    )
    return len(stored)
