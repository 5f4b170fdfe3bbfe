"""Taking what came back: a notification changes the one delivery that it speaks of, everything else is only kept."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from invoicing.actions.deliveries import tell_delivery
from invoicing.dispatching.returned_mail import Returned
from invoicing.models import Delivery, ReceivedMessage
from tenants.models import Organization

KIND = "dsn"


@transaction.atomic
def take_returned_mail(organization: Organization, returned: Returned, *, now: datetime) -> ReceivedMessage:
    """Keep the message and tell its delivery; the same message twice is one."""
    kept = ReceivedMessage.objects.of(organization).filter(kind=KIND, external_id=returned.external_id).first()
    if kept is not None:
        return kept
    delivery = _delivery_of(organization, returned)
    problem = returned.problem
    if not problem and delivery is None:
        problem = "It speaks of a mail that is not this company's."
    message, is_new = ReceivedMessage.objects.of(organization).get_or_create(
        kind=KIND,
        external_id=returned.external_id,
        defaults={
            "organization": organization,
            "sha256": returned.sha256,
            "delivery": delivery,
            "code": returned.status,
            "text": returned.words[:500],
            "problem": problem,
            "facts": {"action": returned.action, "recipient": returned.recipient},
            "received_at": now,
        },
    )
    if is_new and delivery is not None and not problem:
        tell_delivery(organization, delivery.pk, returned.news(), now=now)
    return message


def _delivery_of(organization: Organization, returned: Returned) -> Delivery | None:
    if returned.delivery_id is None:
        return None
    return Delivery.objects.of(organization).filter(pk=returned.delivery_id, channel="email").first()
