"""What programs hold in an organization, for tests that need one of each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from config.webhooks import signing
from config.webhooks.kinds import News
from tenants.models import ApiCall, Membership, Organization, WebhookDelivery, WebhookEndpoint, WebhookEvent
from tests import builders
from tests.api.programs import make_token


def make_endpoint(organization: Organization, url: str = "http://127.0.0.1:9/", **changes: Any) -> WebhookEndpoint:
    """An address that is told of everything, with the secret "secret"; it listens from the beginning of the trail."""
    with builders.in_organization(organization):
        owner = Membership.objects.select_related("user").get(role="owner").user
        fields = {"events": [kind.value for kind in News if kind != News.TEST], "made_by": owner, **changes}
        endpoint = WebhookEndpoint(organization=organization, url=url, **fields)
        endpoint.secret_sealed = signing.sealed(endpoint, "secret")
        endpoint.save(force_insert=True)
        return endpoint


def machine_things(organization: Organization) -> dict[str, Any]:
    """A token with a call, an address, and an event on its way there."""
    token, _secret = make_token(organization)
    endpoint = make_endpoint(organization)
    with builders.in_organization(organization):
        event = WebhookEvent.objects.create(
            organization=organization, kind=News.TEST, key=f"test:{endpoint.pk}", occurred_at=datetime.now(UTC)
        )
        ApiCall.objects.create(
            organization=organization, token=token, key="1", operation="POST /", request_sha256="0" * 64, status=200
        )
        delivery = WebhookDelivery.objects.create(organization=organization, endpoint=endpoint, event=event)
    return {"api_token": token.pk, "webhook": endpoint.pk, "webhook_delivery": delivery.pk}
