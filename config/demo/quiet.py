"""What half a year without trouble leaves behind: documents that were sent long ago and have arrived."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta

from customers.channels import Channel
from foundation.ids import uuid7
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import states
from invoicing.dispatching.plain import Letter
from invoicing.models import Delivery, DeliveryEvent, Dispatch, EventSource, Invoice, InvoiceFollowUp
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

OPENED_OF_THREE = 2  # e-mails whose link was opened; a mail server has taken the third, and no more is known of it


def send_quietly(organization: Organization, invoices: Sequence[Invoice], *, actor: Actor) -> None:
    """Write that each was sent on its day and reached its customer, in a few statements for all of them."""
    deliveries = [_delivery(organization, invoice, place, actor) for place, invoice in enumerate(invoices)]
    Dispatch.objects.bulk_create([delivery.dispatch for delivery in deliveries])
    Delivery.objects.bulk_create(deliveries)
    DeliveryEvent.objects.bulk_create([event for delivery in deliveries for event in _events(delivery)])
    for state, summary in (
        (states.SENT, states.Standing.HANDED_OVER),
        (states.DELIVERED, states.Standing.ARRIVED),
        (states.OPENED, states.Standing.ARRIVED),
    ):
        reached = [delivery.subject_id for delivery in deliveries if delivery.state == state]
        rows = InvoiceFollowUp.objects.of(organization).filter(invoice_id__in=reached)
        rows.update(delivery_summary=summary.value)
    facts = [{"channels": [delivery.channel], "count": 1, "sending": "first"} for delivery in deliveries]
    audit.record_each(actor, "invoice.dispatched", list(zip(invoices, facts, strict=True)))


def _delivery(organization: Organization, invoice: Invoice, place: int, actor: Actor) -> Delivery:
    moment = datetime.combine(invoice.issue_date or invoice.created_at.date(), time(9, place % 60), tzinfo=UTC)
    endpoint = sendings.endpoint_of(invoice) if invoice.customer.wants_ehf else None
    pk = uuid7()
    state = states.DELIVERED if endpoint else states.OPENED if place % 3 < OPENED_OF_THREE else states.SENT
    return Delivery(
        id=pk,
        organization=organization,
        dispatch=Dispatch(
            id=uuid7(),
            organization=organization,
            subject_id=invoice.pk,
            key="first",
            language=invoice.language,
            letter=Letter().to_json(),
            made_by_id=actor.id,
            made_by=actor.name,
            made_at=moment,
        ),
        subject_id=invoice.pk,
        channel=Channel.EHF if endpoint else Channel.EMAIL,
        recipient=f"{endpoint.scheme}:{endpoint.identifier}" if endpoint else invoice.customer.email,
        recipient_name=invoice.customer.name[:160],
        state=state,
        state_since=moment + timedelta(hours=2),
        attempts=1,
        message_id=str(pk),
        handing_over_at=moment,
        handed_over_at=moment,
        made_at=moment,
    )


def _events(delivery: Delivery) -> Iterator[DeliveryEvent]:
    """Asked for, taken over, and what came after it."""
    told = [(states.QUEUED, EventSource.PERSON, delivery.made_at)]
    road = EventSource.ACCESS_POINT if delivery.channel == Channel.EHF else EventSource.MAIL_SERVER
    told.append((states.SENT, road, delivery.made_at + timedelta(minutes=2)))
    if delivery.state != states.SENT:
        last = EventSource.PAGE if delivery.state == states.OPENED else road
        told.append((delivery.state, last, delivery.state_since))
    for state, source, moment in told:
        yield DeliveryEvent(
            organization_id=delivery.organization_id,
            delivery=delivery,
            state=state,
            source=source,
            happened_at=moment,
        )
