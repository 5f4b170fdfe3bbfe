"""Questions to the network and to access points, each with an answer that can be written down."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from invoicing.delivery.peppol import lookup
from invoicing.delivery.peppol.carriers import carrier_of
from invoicing.delivery.peppol.port import CannotTell, NoAnswer, Unreachable
from invoicing.delivery.peppol.wordings import ALTERED
from invoicing.dispatching import states
from invoicing.dispatching.plain import Finding, News
from invoicing.documents.endpoints import Endpoint
from invoicing.models import AccessPoint, Delivery

NEVER_HEARD_OF = "never_heard_of"
SURE_AFTER = timedelta(hours=1)  # an access point that had taken it would know it by then


def ask_about(endpoint: Endpoint, now: datetime) -> Finding | None:
    """What the network says of an address; None where this installation does not ask."""
    if not lookup.is_asked():
        return None
    return lookup.look_up(endpoint, now)


def ask_point(
    organization_id: UUID, access_point: AccessPoint | None, delivery: Delivery, now: datetime
) -> News | None:
    """What an access point says of a delivery that it has, or may have; None where that is nothing new."""
    if delivery.reason_code == ALTERED:
        return None  # that another document arrived is no good news
    try:
        told = carrier_of(organization_id, access_point).status(delivery.message_id, delivery.external_id)
    except (Unreachable, NoAnswer, CannotTell):
        return None
    if told is None:
        return _never_heard_of(delivery, now)
    if told.state == delivery.state:
        return None
    return News(
        told.state,
        told.source,
        told.reason,
        told.reason_code,
        key=f"status:{told.state}:{told.reason_code}",
        external_id=told.external_id,
        facts=told.facts,
    )


def _never_heard_of(delivery: Delivery, now: datetime) -> News | None:
    """What may have left us and was never taken has not been sent; what was taken once is only forgotten there."""
    if delivery.state != states.UNKNOWN or now - delivery.state_since < SURE_AFTER:
        return None
    return News(states.FAILED, "access_point", reason_code=NEVER_HEARD_OF, key=f"status:{NEVER_HEARD_OF}")


def greet_point(organization_id: UUID, access_point: AccessPoint | None) -> str:
    """Whether the access point knows us: empty, or what is wrong."""
    try:
        return carrier_of(organization_id, access_point).greet()
    except (Unreachable, NoAnswer) as error:
        return str(error)
