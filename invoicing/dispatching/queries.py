"""Questions about sending: the organization's rules, how a customer is reached, and where deliveries stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from customers.channels import Channel
from customers.models import Customer
from foundation import rows
from invoicing.dispatching import states
from invoicing.dispatching.plan import Plan, Reach, Step, plan_of
from invoicing.documents.ehf import has_ehf
from invoicing.documents.endpoints import Endpoint, buyer_endpoint, seller_endpoint
from invoicing.documents.facts import DocumentBody
from invoicing.models import (
    Delivery,
    DeliveryEvent,
    DeliverySettings,
    DeliveryState,
    Dispatch,
    Invoice,
    Participant,
    Reachability,
)
from tenants.models import Organization

STUCK_MAX = 500
ONE = "WHERE organization_id = %s AND id = %s"


def settings_of(organization: Organization) -> DeliverySettings:
    """The organization's rules of sending; the defaults, unsaved, where none were ever stored."""
    stored = rows.load(DeliverySettings, "WHERE organization_id = %s", [organization.pk])
    return stored[0] if stored else DeliverySettings(organization=organization)


def deadlines_of(rules: DeliverySettings) -> states.Deadlines:
    """How long each channel has."""
    return states.Deadlines(rules.email_deadline_hours, rules.ehf_deadline_hours, rules.paper_deadline_hours)


def participant_of(organization: Organization, endpoint: Endpoint, now: datetime) -> Participant | None:
    """What the network answered of an address, as long as the answer holds."""
    rows = Participant.objects.of(organization).filter(scheme=endpoint.scheme, identifier=endpoint.identifier)
    return rows.filter(valid_until__gt=now).first()


def receiver_of(body: DocumentBody) -> Endpoint | None:
    """The buyer's address in the network; None where the buyer has none and the seller's own stands in the file."""
    endpoint = buyer_endpoint(body.buyer, body.seller)
    return None if endpoint == seller_endpoint(body.seller) else endpoint


def endpoint_of(invoice: Invoice) -> Endpoint | None:
    """Where the finalized document would go in the network; None where there is no address, or no EHF of it."""
    if invoice.snapshot is None or not has_ehf(invoice.kind):
        return None
    return receiver_of(DocumentBody.from_json(invoice.snapshot))


def last_answer(organization: Organization, endpoint: Endpoint) -> Participant | None:
    """The last thing that the network said of an address, also where it no longer holds."""
    rows = Participant.objects.of(organization).filter(scheme=endpoint.scheme, identifier=endpoint.identifier)
    return rows.first()


def _receives(answer: Participant, now: datetime) -> bool | None:
    """A yes stands until a no: neither its age nor a network that is silent since sends anybody a PDF instead.

    Before anything leaves, the worker asks anew. A no holds as long as it says.
    """
    if answer.answer == Reachability.NO:
        return False if answer.valid_until > now else None
    return True if answer.answer == Reachability.YES or answer.document_types else None


def reach_of(organization: Organization, invoice: Invoice, *, now: datetime) -> Reach:
    """How the document's customer can be reached: the network by what the document says, the rest as it is today."""
    if invoice.snapshot is None:
        raise ValueError("Only a finalized document is sent.")
    body = DocumentBody.from_json(invoice.snapshot)
    endpoint = receiver_of(body)
    answer = last_answer(organization, endpoint) if endpoint else None
    return Reach(
        endpoint=f"{endpoint.scheme}:{endpoint.identifier}" if endpoint else "",
        wants_ehf=invoice.customer.wants_ehf,
        receives_ehf=_receives(answer, now) if answer else None,
        is_asked_after=answer is not None and answer.answer == Reachability.UNKNOWN,
        email=invoice.customer.email,
        postal_address=postal_address_of(invoice.customer),
        is_structured=has_ehf(invoice.kind),
        name=invoice.customer.name,
    )


def postal_address_of(customer: Customer) -> str:
    """The address on one line, to the length that a recipient has; empty where a letter would not arrive."""
    if not (customer.street or customer.street_2) or not customer.city:
        return ""
    parts = (customer.street, customer.street_2, f"{customer.postal_code} {customer.city}".strip(), customer.country)
    return ", ".join(part for part in parts if part)[:254]


def plan_for(organization: Organization, invoice: Invoice, *, now: datetime) -> Plan:
    """The channels by which this document reaches its customer, in the customer's order or the organization's."""
    rules = settings_of(organization)
    chosen = list(invoice.customer.channels)
    # An order that somebody chose for this very customer is a choice to leave EHF as well.
    return plan_of(
        reach_of(organization, invoice, now=now),
        chosen or rules.order,
        leaves_ehf=rules.leaves_ehf or bool(chosen),
    )


def ways_to(organization: Organization, invoice: Invoice, *, now: datetime) -> tuple[Step, ...]:
    """Every channel by which the customer can be reached, for a person to choose from."""
    return plan_of(reach_by_choice(organization, invoice, now=now), Channel.values, leaves_ehf=True).steps


def reach_by_choice(organization: Organization, invoice: Invoice, *, now: datetime) -> Reach:
    """The same for a person's own choice: EHF wherever the network may say yes, for the worker asks it first."""
    reach = reach_of(organization, invoice, now=now)
    return replace(reach, is_asked_after=reach.is_asked_after or bool(settings.PEPPOL_SML_ZONE))


def must_ask_first(organization: Organization, invoice: Invoice, *, now: datetime) -> bool:
    """Whether the document has an address in the network, and nothing that the network said of it holds any more."""
    endpoint = endpoint_of(invoice) if settings.PEPPOL_SML_ZONE else None
    return endpoint is not None and participant_of(organization, endpoint, now) is None


def get_delivery(organization: Organization, delivery_id: UUID) -> Delivery:
    """One delivery, or 404."""
    delivery = Delivery.objects.of(organization).select_related("dispatch").filter(pk=delivery_id).first()
    if delivery is None:
        raise Http404
    return delivery


def sent_among(organization: Organization, subject_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the documents that somebody has sent; tests of the sender do not count."""
    rows = Dispatch.objects.of(organization).filter(subject_id__in=list(subject_ids)).exclude(kind="test")
    return set(rows.values_list("subject_id", flat=True))


def has_delivery(organization: Organization, delivery_id: UUID) -> bool:
    """Whether a delivery is this organization's."""
    return Delivery.objects.of(organization).filter(pk=delivery_id).exists()


def is_recipient(organization: Organization, subject_id: UUID, address: str) -> bool:
    """Whether a document was sent to this e-mail address."""
    rows = Delivery.objects.of(organization).filter(subject_id=subject_id, channel=Channel.EMAIL)
    return rows.filter(recipient__iexact=address).exclude(dispatch__kind="test").exists()


def organization_of_mail_hook(secret_sha256: str) -> UUID | None:
    """Whose returned mail comes to the address with this secret; asked before any organization is known."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id FROM resolve_mail_hook(%s)", [secret_sha256])
        row = cursor.fetchone()
    return row[0] if row else None


def lock_delivery(organization: Organization, delivery_id: UUID) -> Delivery:
    """One delivery with its act of sending, locked; 404 when it is not there."""
    found = rows.load(Delivery, f"{ONE} FOR NO KEY UPDATE", [organization.pk, delivery_id])
    if not found:
        raise Http404
    [delivery] = found
    [delivery.dispatch] = rows.load(Dispatch, ONE, [organization.pk, delivery.dispatch_id])
    return delivery


def dispatch_under_key(organization: Organization, subject_id: UUID, key: str) -> Dispatch | None:
    """The act of sending that was done under this key, if any."""
    return Dispatch.objects.of(organization).filter(subject_id=subject_id, key=key).first()


def deliveries_of(organization: Organization, subject_id: UUID) -> list[Delivery]:
    """Every delivery of a document with its act of sending, the newest first."""
    rows = Delivery.objects.of(organization).filter(subject_id=subject_id).select_related("dispatch")
    return list(rows.order_by("-made_at", "-id"))


def deliveries_of_dispatch(organization: Organization, dispatch: Dispatch) -> list[Delivery]:
    """The deliveries of one act of sending in the order in which they were made."""
    return list(Delivery.objects.of(organization).filter(dispatch_id=dispatch.pk).order_by("made_at", "id"))


def waiting_beside(organization: Organization, delivery: Delivery) -> list[UUID]:
    """The other deliveries of the same act of sending that nobody has begun with, in the order of their ids."""
    rows = Delivery.objects.of(organization).filter(dispatch_id=delivery.dispatch_id, state=DeliveryState.QUEUED)
    return list(rows.exclude(pk=delivery.pk).order_by("id").values_list("pk", flat=True))


def recipients_of_dispatch(organization: Organization, delivery: Delivery) -> list[tuple[str, bool]]:
    """Whom the same act of sending reaches by the same channel, in their order, and whether each is a copy."""
    question = """SELECT recipient, is_copy FROM invoicing_delivery
                  WHERE organization_id = %s AND dispatch_id = %s AND channel = %s ORDER BY made_at, id"""
    return rows.fetch_all(question, [organization.pk, delivery.dispatch_id, delivery.channel])


def events_of(organization: Organization, delivery_ids: Sequence[UUID]) -> dict[UUID, list[DeliveryEvent]]:
    """What happened to each delivery, the newest first."""
    found: dict[UUID, list[DeliveryEvent]] = {pk: [] for pk in delivery_ids}
    rows = DeliveryEvent.objects.of(organization).filter(delivery_id__in=delivery_ids)
    for event in rows.order_by("-happened_at", "-id"):
        found[event.delivery_id].append(event)
    return found


def standing_of(deliveries: Iterable[Delivery]) -> states.Standing:
    """How the deliveries of a document stand together; tests of the sender do not count."""
    return states.standing_of(
        states.Told(one.state, one.is_copy, one.reason_code == states.BUYER_REFUSED)
        for one in deliveries
        if one.dispatch.kind != "test"
    )


def standing_of_subject(organization: Organization, subject_id: UUID) -> states.Standing:
    """The same for one document, asked each time that one of its deliveries moves on, however many there are."""
    question = """SELECT DISTINCT d.state, d.is_copy, d.reason_code = %s
                  FROM invoicing_delivery d
                  JOIN invoicing_dispatch a ON a.organization_id = d.organization_id AND a.id = d.dispatch_id
                  WHERE d.organization_id = %s AND d.subject_id = %s AND a.kind <> 'test'"""
    told = rows.fetch_all(question, [states.BUYER_REFUSED, organization.pk, subject_id])
    return states.standing_of(states.Told(*one) for one in told)


def overdue_deliveries(organization: Organization, now: datetime, limit: int) -> list[UUID]:
    """Deliveries whose state has lasted too long."""
    rows = Delivery.objects.of(organization).filter(due_at__lt=now, settled_at=None)
    return list(rows.order_by("due_at").values_list("pk", flat=True)[:limit])


def stuck_deliveries(organization: Organization, now: datetime) -> QuerySet[Delivery]:
    """What nobody got: lost, unknown or overdue, not a copy, with no other way under way and nobody who let it rest."""
    lost = [DeliveryState.REJECTED, DeliveryState.BOUNCED, DeliveryState.FAILED, DeliveryState.UNKNOWN]
    other = Delivery.objects.of(organization).filter(subject_id=OuterRef("subject_id"), is_copy=False)
    better = other.filter(
        Q(state__in=states.HANDED_OVER) | Q(state__in=states.UNDER_WAY, made_at__gt=OuterRef("made_at"))
    ).exclude(pk=OuterRef("pk"))
    return (
        Delivery.objects.of(organization)
        .filter(is_copy=False, settled_at=None)
        .exclude(dispatch__kind="test")
        .filter(Q(state__in=lost) | Q(state=DeliveryState.QUEUED, channel="paper", due_at__lt=now))
        .exclude(Exists(better), ~Q(reason_code=states.BUYER_REFUSED))
        .select_related("dispatch")
        .order_by("state_since", "id")
    )
