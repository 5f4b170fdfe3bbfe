"""One event to one address: sent by a worker, tried again for three days, with a pause for who refuses too often.

The call goes through the door that speaks to public addresses only: the name is resolved once, the connection goes to
the address that was looked at, no redirect is followed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from config.webhooks.signing import HEADER, secrets_of, signature
from foundation.canonical import canonical_bytes
from foundation.transactions import read_only
from invoicing.delivery.peppol.door import Call, ask
from invoicing.delivery.peppol.port import NoAnswer, Unreachable
from tenants import audit, notices, outbox
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.models import Organization, OutboxRow, Role, WebhookDelivery, WebhookEndpoint, WebhookState

TRIED_FOR = timedelta(days=3)
PAUSES = (30, 120, 600, 1_800, 3_600, 7_200, 14_400)  # seconds; the last one from then on
FAILURES_MAX = 30  # in a row
READ_SECONDS = 15.0
ANSWER_BYTES_MAX = 64 * 1024
ANSWER_SHOWN = 300
SETTINGS_PATH = "settings/api/"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one attempt; no status where nobody answered."""

    status: int | None
    answer: str

    @property
    def is_taken(self) -> bool:
        """Whether the address has it."""
        return self.status is not None and 200 <= self.status < 300


def deliver(row: OutboxRow, *, now: datetime) -> None:
    """Make one attempt without an open transaction, and write down what came of it."""
    with read_only():
        delivery = find_delivery(row.organization_id, row.subject_id)
        organization = tenants.get_open_organization(row.organization_id)
    if delivery is None or delivery.state != WebhookState.WAITING or not delivery.endpoint.is_listening:
        outbox.finish(row)  # what waits for an address that is paused is ordered anew when that listens again
        return
    tried = attempt(organization, delivery, now)
    pause = _keep(row, delivery.pk, tried, now=now)
    if pause is None:
        outbox.finish(row)
    else:
        outbox.postpone(row, pause, f"{tried.status or ''} {tried.answer}".strip())


def find_delivery(organization_id: UUID, delivery_id: UUID) -> WebhookDelivery | None:
    """One delivery with its event and its address."""
    rows = WebhookDelivery.objects.of(organization_id).select_related("event", "endpoint")
    return rows.filter(pk=delivery_id).first()


def attempt(organization: Organization, delivery: WebhookDelivery, now: datetime) -> Tried:
    """Send the event once, signed."""
    event, endpoint = delivery.event, delivery.endpoint
    told = {
        "id": str(event.pk),
        "type": event.kind,
        "occurred_at": event.occurred_at.isoformat(),
        "organization": organization.slug,
        "data": event.content,
    }
    body = canonical_bytes(told)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Bilag",
        "Bilag-Event": event.kind,
        "Bilag-Event-Id": str(event.pk),
        HEADER: signature(body, int(now.timestamp()), secrets_of(endpoint, now)),
    }
    call = Call("POST", endpoint.url, headers, body, read_seconds=READ_SECONDS, bytes_max=ANSWER_BYTES_MAX)
    try:
        reply = ask(call)
    except (NoAnswer, Unreachable) as error:
        return Tried(None, str(error)[:ANSWER_SHOWN])
    return Tried(reply.status, reply.words[:ANSWER_SHOWN])


@transaction.atomic
def _keep(row: OutboxRow, delivery_id: UUID, tried: Tried, *, now: datetime) -> timedelta | None:
    """Write down the attempt on the delivery and its address; the pause before the next one, None where none comes."""
    outbox.hold(row)
    delivery = WebhookDelivery.objects.of(row.organization_id).select_for_update(no_key=True).get(pk=delivery_id)
    delivery.attempts += 1
    delivery.last_status, delivery.last_answer, delivery.last_tried_at = tried.status, tried.answer, now
    pause = None
    if tried.is_taken:
        delivery.state = WebhookState.DELIVERED
    elif now - delivery.created_at >= TRIED_FOR:
        delivery.state = WebhookState.GIVEN_UP
    else:
        pause = timedelta(seconds=PAUSES[min(delivery.attempts, len(PAUSES)) - 1])
    delivery.save()
    endpoint = (
        WebhookEndpoint.objects.of(row.organization_id).select_for_update(no_key=True).get(pk=delivery.endpoint_id)
    )
    endpoint.last_status, endpoint.last_answer, endpoint.last_tried_at = tried.status, tried.answer, now
    endpoint.failures = 0 if tried.is_taken else endpoint.failures + 1
    if endpoint.failures >= FAILURES_MAX and endpoint.paused_at is None:
        _pause(endpoint, now)
    endpoint.save()
    return pause


def _pause(endpoint: WebhookEndpoint, now: datetime) -> None:
    """Leave the address alone until somebody has looked; the owners are told."""
    endpoint.paused_at = now
    audit.record(Actor.system(), "webhook.paused", endpoint, failures=endpoint.failures, reason=endpoint.last_answer)
    organization = tenants.get_open_organization(endpoint.organization_id)
    facts = {"address": endpoint.url[:120], "reason": endpoint.last_answer[:200]}
    key = f"webhook:{endpoint.pk}:{now.isoformat()}"
    notices.tell(
        organization.pk,
        [
            notices.News(membership.user_id, "webhook.paused", facts, SETTINGS_PATH, key)
            for membership in tenants.list_memberships(organization)
            if membership.role == Role.OWNER
        ],
    )
