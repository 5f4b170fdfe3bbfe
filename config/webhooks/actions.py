"""Every change of the addresses that are told what happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from config.webhooks import signing
from config.webhooks.kinds import News
from config.webhooks.reading import Happened
from config.webhooks.telling import DELIVER, order
from foundation.errors import DomainError
from foundation.ids import uuid7
from invoicing.delivery.peppol.door import refuse_address
from tenants import audit, outbox, sealing
from tenants.audit import Actor
from tenants.models import Organization, User, WebhookDelivery, WebhookEndpoint, WebhookState

ENDPOINTS_MAX = 20
WAITING_MAX = 1_000
SHOWN_MAX = 50
_M = TypeVar("_M", bound=Model)


class TooManyWebhooks(DomainError):
    """An organization has a bounded number of addresses that are told."""


class AddressIsRefused(DomainError):
    """Nothing is ever sent to such an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where to tell, and what of."""

    url: str
    description: str
    events: Sequence[str]
    is_active: bool = True


def list_endpoints(organization: Organization) -> QuerySet[WebhookEndpoint]:
    """The addresses that are told, in the order in which they were added."""
    return WebhookEndpoint.objects.of(organization).filter(removed_at=None).order_by("id")


def get_endpoint(organization: Organization, endpoint_id: UUID) -> WebhookEndpoint:
    """One address or 404."""
    return _first(list_endpoints(organization).filter(pk=endpoint_id))


def last_deliveries(organization: Organization, endpoint: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
    """What was sent there last, newest first."""
    rows = WebhookDelivery.objects.of(organization).filter(endpoint=endpoint).select_related("event")
    return rows.order_by("-created_at", "-id")[:SHOWN_MAX]


def create_endpoint(
    organization: Organization, wanted: Listening, *, user: User, actor: Actor
) -> tuple[WebhookEndpoint, str]:
    """A new address, told of what happens from now on, and the secret that it checks our news with."""
    _refuse_address(wanted.url)
    sealing.seal(organization.pk)  # what has happened before is none of its business
    with transaction.atomic():
        if list_endpoints(organization).count() >= ENDPOINTS_MAX:
            raise TooManyWebhooks(
                _("There are %(most)s addresses already. Remove one that is not in use.") % {"most": ENDPOINTS_MAX}
            )
        endpoint = WebhookEndpoint(organization=organization, made_by=user)
        _put(endpoint, wanted)
        endpoint.sequence, _link = sealing.chain_head(organization)
        secret = signing.new_secret()
        endpoint.secret_sealed = signing.sealed(endpoint, secret)
        endpoint.save(force_insert=True)
        audit.record(actor, "webhook.added", endpoint, events=endpoint.events)
    return endpoint, secret


def update_endpoint(
    organization: Organization, endpoint_id: UUID, wanted: Listening, *, actor: Actor
) -> WebhookEndpoint:
    """Another address or other events; what waits goes to where it is told to go then."""
    _refuse_address(wanted.url)
    with transaction.atomic():
        endpoint = _lock(organization, endpoint_id)
        before = _said(endpoint)
        was_active = endpoint.is_active
        _put(endpoint, wanted)
        if endpoint.is_active and not was_active:
            endpoint.sequence, _link = sealing.chain_head(organization)  # it did not want to know of the time between
            _order_waiting(organization, endpoint)
        if changes := audit.changes(before, _said(endpoint)):
            endpoint.save()
            audit.record(actor, "webhook.changed", endpoint, changes=changes)
    return endpoint


@transaction.atomic
def rotate_secret(organization: Organization, endpoint_id: UUID, *, actor: Actor, now: datetime) -> str:
    """A new secret, shown this once; the one before it signs beside it for a day."""
    endpoint = _lock(organization, endpoint_id)
    secret = signing.new_secret()
    endpoint.old_secret_sealed, endpoint.old_secret_until = endpoint.secret_sealed, now + signing.BOTH_SIGN_FOR
    endpoint.secret_sealed = signing.sealed(endpoint, secret)
    endpoint.save()
    audit.record(actor, "webhook.rotated", endpoint)
    return secret


@transaction.atomic
def resume_endpoint(organization: Organization, endpoint_id: UUID, *, actor: Actor) -> WebhookEndpoint:
    """Let an address that was left alone listen again; what has waited is sent, and what happened meanwhile."""
    endpoint = _lock(organization, endpoint_id)
    if endpoint.paused_at is not None:
        endpoint.paused_at, endpoint.failures = None, 0
        endpoint.save()
        _order_waiting(organization, endpoint)
        audit.record(actor, "webhook.resumed", endpoint)
    return endpoint


@transaction.atomic
def remove_endpoint(organization: Organization, endpoint_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Tell an address nothing any more; what it was told is kept as long as other deliveries."""
    endpoint = _lock(organization, endpoint_id)
    endpoint.removed_at = now
    endpoint.save(update_fields=["removed_at"])
    audit.record(actor, "webhook.removed", endpoint)


@transaction.atomic
def test_endpoint(organization: Organization, endpoint_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Send an event that says nothing, so that somebody sees whether the address takes it."""
    endpoint = _lock(organization, endpoint_id)
    content = {"message": "Bilag"}
    order(organization, endpoint, [Happened(News.TEST, f"{News.TEST}:{uuid7()}", endpoint.pk, content, now)])
    audit.record(actor, "webhook.tested", endpoint)


@transaction.atomic
def send_again(organization: Organization, delivery_id: UUID, *, actor: Actor, now: datetime) -> WebhookDelivery:
    """Send an event once more under its own id, whether it had arrived or was given up."""
    rows = WebhookDelivery.objects.of(organization).select_for_update(no_key=True, of=("self",))
    delivery = _first(rows.select_related("endpoint").filter(pk=delivery_id, endpoint__removed_at=None))
    if delivery.state == WebhookState.WAITING and outbox.make_due_of(organization.pk, DELIVER, delivery.pk):
        return delivery
    delivery.state, delivery.created_at = WebhookState.WAITING, now  # tried for three days from here
    delivery.save(update_fields=["state", "created_at"])
    _order_anew(organization, [delivery])
    audit.record(actor, "webhook.sent_again", delivery.endpoint)
    return delivery


def _order_waiting(organization: Organization, endpoint: WebhookEndpoint) -> None:
    waiting = WebhookDelivery.objects.of(organization).filter(endpoint=endpoint, state=WebhookState.WAITING)
    _order_anew(organization, list(waiting.order_by("id")[:WAITING_MAX]))


def _order_anew(organization: Organization, deliveries: Sequence[WebhookDelivery]) -> None:
    effects = [outbox.Effect(DELIVER, each.pk, f"webhook:{each.pk}:{uuid7()}", {}) for each in deliveries]
    outbox.put_each(organization.pk, effects)


def _refuse_address(url: str) -> None:
    if problem := refuse_address(url):
        raise AddressIsRefused(
            _("Nothing can be sent there: %(problem)s. Write a public https address.") % {"problem": problem},
            field="url",
        )


def _put(endpoint: WebhookEndpoint, wanted: Listening) -> None:
    endpoint.url, endpoint.description = wanted.url, wanted.description
    endpoint.events, endpoint.is_active = sorted(wanted.events), wanted.is_active


def _said(endpoint: WebhookEndpoint) -> dict[str, object]:
    return {name: getattr(endpoint, name) for name in ("url", "description", "events", "is_active")}


def _lock(organization: Organization, endpoint_id: UUID) -> WebhookEndpoint:
    return _first(list_endpoints(organization).select_for_update(no_key=True).filter(pk=endpoint_id))


def _first(rows: QuerySet[_M]) -> _M:
    found = rows.first()
    if found is None:
        raise Http404
    return found
