"""Reading the trail for every address that listens: each event is written once, and once for each address."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection, transaction

from config.webhooks.kinds import News
from config.webhooks.reading import Happened, news_of, sealed_after
from tenants import outbox, sealing
from tenants.models import Organization, WebhookDelivery, WebhookEndpoint, WebhookEvent
from tenants.sweeps import sweep_organizations

DELIVER = "config.deliver_webhook"
LINES_AT_ONCE = 200
ROUNDS_MAX = 5
ORGANIZATIONS_MAX = 10_000


def tell_everywhere() -> int:
    """Look for news in every organization that has somebody to tell; returns how many deliveries were ordered."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT organization_id FROM organizations_with_webhooks(%s)", [ORGANIZATIONS_MAX])
        listening = {row[0] for row in cursor.fetchall()}
    return sweep_organizations("Telling programs", tell, among=listening)


def tell(organization: Organization) -> int:
    """Read on in the trail for each address that listens; returns how many deliveries were ordered."""
    sealing.seal(organization.pk)
    rows = WebhookEndpoint.objects.of(organization).filter(is_active=True, paused_at=None, removed_at=None)
    ordered = 0
    for endpoint_id in list(rows.order_by("id").values_list("pk", flat=True)):
        for _round in range(ROUNDS_MAX):
            count, is_behind = _read_on(organization, endpoint_id)
            ordered += count
            if not is_behind:
                break
    return ordered


@transaction.atomic
def _read_on(organization: Organization, endpoint_id: UUID) -> tuple[int, bool]:
    """The next lines for one address: how many deliveries, and whether there may be more to read."""
    locked = WebhookEndpoint.objects.of(organization).select_for_update(no_key=True, skip_locked=True)
    endpoint = locked.filter(pk=endpoint_id).first()
    if endpoint is None or not endpoint.is_listening:  # somebody else reads for it, or it has gone
        return 0, False
    seals = sealed_after(organization, endpoint.sequence, LINES_AT_ONCE)
    if not seals:
        return 0, False
    happened = news_of(organization, [seal.entry for seal in seals], frozenset(endpoint.events))
    ordered = order(organization, endpoint, happened)
    endpoint.sequence = seals[-1].sequence
    endpoint.save(update_fields=["sequence"])
    return ordered, len(seals) == LINES_AT_ONCE


def order(organization: Organization, endpoint: WebhookEndpoint, happened: Iterable[Happened]) -> int:
    """Write the events that are new and their way to the address, in the caller's transaction; returns how many."""
    by_key = {each.key: each for each in happened}
    WebhookEvent.objects.bulk_create(
        [
            WebhookEvent(
                organization=organization,
                kind=each.kind,
                key=each.key,
                subject_id=each.subject_id,
                content=each.content,
                occurred_at=each.occurred_at,
            )
            for each in by_key.values()
        ],
        ignore_conflicts=True,
    )
    events = WebhookEvent.objects.of(organization).filter(key__in=list(by_key))
    told = WebhookDelivery.objects.of(organization).filter(endpoint=endpoint, event__in=events)
    known = set(told.values_list("event_id", flat=True))
    fresh = [
        WebhookDelivery(organization=organization, endpoint=endpoint, event=event)
        for event in events.order_by("id")
        if event.pk not in known
    ]
    WebhookDelivery.objects.bulk_create(fresh)
    outbox.put_each(organization.pk, [outbox.Effect(DELIVER, each.pk, f"webhook:{each.pk}", {}) for each in fresh])
    return len(fresh)


def wanted_kinds() -> list[News]:
    """What an address can be told of."""
    return [kind for kind in News if kind != News.TEST]
