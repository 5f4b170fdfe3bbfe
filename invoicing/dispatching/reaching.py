"""Questions about the Peppol network: the way into it, whom it reaches, and to which delivery an answer belongs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q

from customers.models import Customer
from invoicing.dispatching.envelopes import parse_endpoint
from invoicing.dispatching.responses import MLS_KIND, RESPONSE_KIND
from invoicing.documents.endpoints import Endpoint, buyer_endpoint, seller_endpoint
from invoicing.models import AccessPoint, Delivery, DeliveryState, Invoice, Participant, ReceivedMessage
from invoicing.parties import buyer_of, seller_of
from tenants.models import Organization, OutboxRow, OutboxState

ASKED_AFTER_DAYS = 7  # how long an access point is asked about what it may have taken


def access_point_of(organization: Organization) -> AccessPoint | None:
    """The organization's way into Peppol; None where files are put into the installation's folder."""
    return AccessPoint.objects.of(organization).first()


def lock_access_point(organization: Organization) -> AccessPoint | None:
    """The same row, locked."""
    return AccessPoint.objects.of(organization).select_for_update(no_key=True).first()


def organization_of_hook(sha256: str) -> UUID | None:
    """Whose answers come in under the secret with this hash; asked before any organization is open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id FROM resolve_access_point_hook(%s)", [sha256])
        row = cursor.fetchone()
    return row[0] if row else None


def endpoint_of_customer(organization: Organization, customer: Customer) -> Endpoint | None:
    """The customer's address in the network as it stands today; None where there is none."""
    seller = seller_of(organization, Invoice(), footer="")
    endpoint = buyer_endpoint(buyer_of(customer), seller)
    return None if endpoint == seller_endpoint(seller) or not endpoint.identifier else endpoint


def find_customer(organization: Organization, customer_id: UUID) -> Customer | None:
    """One customer, also one who is gone by the time that a worker comes to it."""
    return Customer.objects.of(organization).filter(pk=customer_id).first()


def is_waiting(organization: Organization, subject_id: UUID, kind: str) -> bool:
    """Whether a worker was asked to do this with the subject and has not come to it yet."""
    rows = OutboxRow.objects.of(organization).filter(subject_id=subject_id, kind=kind)
    return rows.filter(state__in=[OutboxState.NEW, OutboxState.SENDING]).exists()


def was_asked_since(organization: Organization, subject_id: UUID, kind: str, since: datetime) -> bool:
    """Whether a worker was asked to do this with the subject in this time and has not come to it yet."""
    rows = OutboxRow.objects.of(organization).filter(subject_id=subject_id, kind=kind, created_at__gte=since)
    return rows.filter(state__in=[OutboxState.NEW, OutboxState.SENDING]).exists()


def is_under_key(organization: Organization, key: str) -> bool:
    """Whether a worker was ever asked for something under this key."""
    return OutboxRow.objects.of(organization).filter(key=key).exists()


def customers_with_addresses(organization: Organization, limit: int) -> list[Customer]:
    """Customers in use that may have an address in the network, by name."""
    rows = Customer.objects.of(organization).filter(archived_at=None, erased_at=None)
    rows = rows.exclude(endpoint_id="", organization_number="", vat_number="")
    return list(rows.order_by("name", "id")[:limit])


def customers_never_looked_up(organization: Organization, limit: int) -> list[Customer]:
    """Customers whose number or address nobody has asked the network about yet."""
    asked = Participant.objects.of(organization).values("identifier")
    rows = Customer.objects.of(organization).filter(archived_at=None, erased_at=None).exclude(kind="consumer")
    by_address = ~Q(endpoint_id="") & ~Q(endpoint_scheme="EM") & ~Q(endpoint_id__in=asked)
    by_number = Q(endpoint_id="") & ~Q(organization_number="") & ~Q(organization_number__in=asked)
    return list(rows.filter(by_address | by_number).order_by("-created_at", "id")[:limit])


def deliveries_to_ask_about(organization: Organization, now: datetime, limit: int) -> list[Delivery]:
    """EHF that an access point has, or may have, taken and of which it has not said the last word.

    More than fit into one round take turns.
    """
    since = now - timedelta(days=ASKED_AFTER_DAYS)
    rows = Delivery.objects.of(organization).filter(
        channel="ehf",
        state__in=[DeliveryState.SENT, DeliveryState.UNKNOWN],
        settled_at=None,
        made_at__gt=since,
        handing_over_at__isnull=False,
    )
    count = rows.count()
    turn = int(now.timestamp() // 300) % -(-count // limit) if count > limit else 0
    return list(rows.order_by("id")[turn * limit : (turn + 1) * limit])


def delivery_of_instance(organization: Organization, instance_id: str) -> Delivery | None:
    """The EHF that travelled under this id."""
    rows = Delivery.objects.of(organization).filter(message_id=instance_id, channel="ehf")
    return rows.first() if instance_id else None


def delivery_of_document(organization: Organization, number: str, sender: Endpoint) -> Delivery | None:
    """The last EHF of the document with this number that went to this very address."""
    if not number.isascii() or not number.isdecimal() or len(number) > 12:
        return None
    invoice = Invoice.objects.of(organization).filter(number=int(number)).order_by("-finalized_at").first()
    if invoice is None:
        return None
    rows = Delivery.objects.of(organization).filter(subject_id=invoice.pk, channel="ehf").order_by("-made_at", "-id")
    return next((row for row in rows if _same(parse_endpoint(row.recipient), sender)), None)


def _same(one: Endpoint, other: Endpoint) -> bool:
    return (one.scheme, one.identifier.lower()) == (other.scheme, other.identifier.lower())


def received_message(organization: Organization, kind: str, external_id: str) -> ReceivedMessage | None:
    """The message that came under this id, if it has come."""
    return ReceivedMessage.objects.of(organization).filter(kind=kind, external_id=external_id).first()


def own_endpoints(organization: Organization) -> Sequence[Endpoint]:
    """The organization's own addresses, to which answers of buyers are written."""
    return (seller_endpoint(seller_of(organization, Invoice(), footer="")),)


def unplaced_messages(organization: Organization, limit: int) -> list[ReceivedMessage]:
    """What came back through the network and led to nothing, the newest first."""
    kinds = (MLS_KIND, RESPONSE_KIND, "unread")
    rows = ReceivedMessage.objects.of(organization).filter(kind__in=kinds).exclude(problem="")
    return list(rows.order_by("-received_at", "-id")[:limit])


def counts_of_answers(organization: Organization) -> dict[str, int]:
    """How many addresses the network has answered for, by its answer."""
    rows = Participant.objects.of(organization).values_list("answer").annotate(count=Count("id")).order_by()
    return {str(answer): count for answer, count in rows}
