"""What tests of reminders begin with: reminders turned on, claims of customers, mornings and payments."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from invoicing.actions import deliveries
from invoicing.actions.brake import ClaimHasChanged, refuse_what_changed
from invoicing.dispatching import states
from invoicing.dispatching.plain import Outcome
from invoicing.models import Delivery, Invoice
from reminders.actions.run import open_run
from reminders.actions.sending import Chunk, send_chunk
from reminders.models import DunningRun, Reminder, ReminderSettings
from reminders.queries.reminders import next_to_send
from tenants.audit import Actor
from tests import builders
from tests.builders import in_organization
from tests.payments import by_hand

ISSUED = date(2026, 3, 2)
DUE = date(2026, 3, 16)  # by the builders' fourteen days
ROBOT = Actor.system()


def at(day: date) -> datetime:
    """The morning of a day."""
    return datetime(day.year, day.month, day.day, 7, 0, tzinfo=UTC)


def turn_on(organization: Any, **changes: Any) -> ReminderSettings:
    """Reminders on, everything else by default."""
    with in_organization(organization):
        return ReminderSettings.objects.create(organization=organization, is_on=True, **changes)


def owing(organization: Any, *, kind: str = "consumer", amount: int = 2500, **changes: Any) -> Invoice:
    """An invoice of so much that falls due on DUE."""
    number = {"organization_number": ""} if kind == "consumer" else {}
    customer = changes.pop("customer", None) or builders.make_customer(
        organization, kind=kind, email="kari@example.com", **number, **changes
    )
    lines = [builders.line(quantity=Decimal(1), unit_price=Decimal(amount), vat_treatment="exempt")]
    return builders.make_finalized_invoice(organization, customer, lines, ISSUED)


def claim(invoice: Invoice) -> UUID:
    """The claim of an invoice."""
    assert invoice.receivable_id is not None
    return invoice.receivable_id


def decide(organization: Any, day: date) -> DunningRun | None:
    """The morning's decision."""
    with in_organization(organization):
        return open_run(organization, actor=ROBOT, today=day, now=at(day))


def send(organization: Any, day: date) -> Chunk:
    """Send everything that is planned through the day."""
    sent = withheld = 0
    with in_organization(organization):
        while ids := next_to_send(organization, through=day, most=50):
            chunk = send_chunk(organization, ids, actor=ROBOT, today=day, now=at(day))
            sent, withheld = sent + chunk.sent, withheld + chunk.withheld
    return Chunk(sent, withheld)


def morning(organization: Any, day: date) -> Chunk:
    """Decide and send."""
    decide(organization, day)
    return send(organization, day)


def walk(organization: Any, first: date, last: date) -> list[date]:
    """Every morning of these days; those on which something went out."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [day for day in days if morning(organization, day).sent]


def pay(organization: Any, invoice: Invoice, amount: str, *, day: date) -> None:
    """Money on the invoice."""
    by_hand.pay(organization, amount, invoice.receivable_id, day=day)


def hand_over(organization: Any, day: date) -> int:
    """What a worker does with the e-mails that wait, on a day of ours; how many left."""
    left = 0
    with in_organization(organization):
        waiting = list(Delivery.objects.filter(state=states.QUEUED, channel="email").order_by("id"))
        for delivery in waiting:
            parcel = deliveries.begin_delivery(organization, delivery.pk, now=at(day))
            assert parcel is not None
            try:
                refuse_what_changed(organization, parcel.stands_on, today=day)
            except ClaimHasChanged:
                outcome = Outcome(states.GIVEN_UP, reason_code=states.CLAIM_CHANGED)
            else:
                deliveries.mark_handing_over(organization, delivery.pk, now=at(day))
                outcome, left = Outcome(states.SENT, source="mail_server"), left + 1
            deliveries.settle_attempt(organization, delivery.pk, outcome, now=at(day))
    return left


def steps(organization: Any, receivable_id: UUID | None) -> list[Reminder]:
    """What was decided about a claim, in its order."""
    assert receivable_id is not None
    with in_organization(organization):
        return list(Reminder.objects.of(organization).filter(receivable_id=receivable_id).order_by("round", "position"))
