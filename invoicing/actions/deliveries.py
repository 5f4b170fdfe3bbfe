"""What becomes of deliveries: handed over by a worker, told by somebody outside, ended by a person or by time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from foundation import rows
from foundation.errors import DomainError
from invoicing import queries
from invoicing.actions.delivery_summary import mark_unreachable, refresh_summary
from invoicing.actions.dispatch import AFTER_NO, make_deliveries, own_copy
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import states
from invoicing.dispatching.plain import Letter, News, Outcome, Parcel, Recipient, StandsOn
from invoicing.models import CustomerPaper, Delivery, DeliveryEvent, EventSource, Invoice
from invoicing.papers import queries as papers
from tenants import audit, notices
from tenants.audit import Actor
from tenants.models import Organization

TIME_IS_UP = "time_is_up"
DIED_AFTERWARDS = "died_after_handing_over"
TOLD = (  # what news may change of a delivery
    "state",
    "state_since",
    "due_at",
    "reason",
    "reason_code",
    "external_id",
    "handing_over_at",
    "handed_over_at",
)
_HANDING_OVER = "UPDATE invoicing_delivery SET handing_over_at = %s WHERE organization_id = %s AND id = %s"
NOT_RECEIVED = frozenset({"not_in_network", "kind_not_received"})  # the network's clear no


class NothingToGiveUp(DomainError):
    """The delivery has reached somebody, or was given up already."""


# The steps of an attempt join the worker's own transaction without savepoints: what fails there fails whole.
@transaction.atomic(savepoint=False)
def begin_delivery(organization: Organization, delivery_id: UUID, *, now: datetime) -> Parcel | None:
    """Take a queued delivery for one attempt; None where nothing is left to hand over."""
    delivery = sendings.lock_delivery(organization, delivery_id)
    is_interrupted = delivery.state == states.SENDING
    if delivery.state not in states.UNDER_WAY:
        return None
    delivery.attempts += 1
    if not is_interrupted:
        _enter(organization, delivery, states.SENDING, now)
    rows.update(organization.pk, [delivery], ["attempts", "state", "state_since", "due_at"])
    named = sendings.recipients_of_dispatch(organization, delivery)
    return Parcel(
        organization_id=organization.pk,
        delivery_id=delivery.pk,
        subject_kind=delivery.subject_kind,
        subject_id=delivery.subject_id,
        channel=delivery.channel,
        recipient=delivery.recipient,
        recipient_name=delivery.recipient_name,
        is_copy=delivery.is_copy,
        language=delivery.dispatch.language,
        message_id=delivery.message_id,
        attempt=delivery.attempts,
        is_test=delivery.dispatch.kind == "test",
        may_have_been_handed_over=is_interrupted and delivery.handing_over_at is not None,
        letter=Letter.from_json(delivery.dispatch.letter),
        visible_to=tuple(recipient for recipient, is_copy in named if not is_copy),
        visible_cc=tuple(recipient for recipient, is_copy in named if is_copy),
        stands_on=tuple(StandsOn.from_json(kept) for kept in delivery.dispatch.stands_on),
    )


@transaction.atomic(savepoint=False)
def mark_handing_over(organization: Organization, delivery_id: UUID, *, now: datetime) -> None:
    """Write down, before it is taken, that the step that cannot be taken back is next."""
    if not rows.execute(_HANDING_OVER, [now, organization.pk, delivery_id]):
        raise Http404


@transaction.atomic(savepoint=False)
def settle_attempt(organization: Organization, delivery_id: UUID, outcome: Outcome, *, now: datetime) -> Delivery:
    """Write down what became of an attempt; a delivery that goes back to the queue is tried again later."""
    news = News(
        state=outcome.state,
        source=outcome.source,
        reason=outcome.reason,
        reason_code=outcome.reason_code,
        external_id=outcome.external_id,
        facts=outcome.facts,
    )
    delivery = sendings.lock_delivery(organization, delivery_id)
    if outcome.state == states.QUEUED:
        delivery.handing_over_at = None  # refused for now: nothing has left us
    return _tell(organization, delivery, news, now)


@transaction.atomic
def tell_delivery(organization: Organization, delivery_id: UUID, news: News, *, now: datetime) -> Delivery:
    """Write down what somebody outside said of a delivery: the same news twice is one, and no other one changes."""
    return _tell(organization, sendings.lock_delivery(organization, delivery_id), news, now)


@transaction.atomic(savepoint=False)
def withhold_delivery(organization: Organization, delivery_id: UUID, *, now: datetime) -> bool:
    """Give up a delivery that waits, because what its letter demands has changed; whether it still waited."""
    delivery = sendings.lock_delivery(organization, delivery_id)
    if delivery.state != states.QUEUED:
        return False
    _tell(organization, delivery, News(states.GIVEN_UP, "system", reason_code=states.CLAIM_CHANGED), now)
    return True


@transaction.atomic
def end_overdue(organization: Organization, delivery_id: UUID, *, now: datetime) -> Delivery:
    """A state whose time is up becomes what a person sees, and the next channel is tried where there is one.

    A letter that nobody has printed stays in the print queue, where it is seen as overdue.
    """
    delivery = sendings.lock_delivery(organization, delivery_id)
    if delivery.due_at is None or delivery.due_at >= now or delivery.channel == "paper":
        return delivery
    news = News(states.after_time_limit(delivery.state), EventSource.SYSTEM.value, reason_code=TIME_IS_UP)
    return _tell(organization, delivery, news, now)


@transaction.atomic
def settle_delivery(organization: Organization, delivery_id: UUID, *, reason: str, actor: Actor, now: datetime) -> None:
    """Let a delivery that nobody got rest: somebody has seen it, and says why nothing more is done."""
    delivery = sendings.lock_delivery(organization, delivery_id)
    if delivery.settled_at is not None:
        return
    if delivery.state in states.ARRIVED:
        raise NothingToGiveUp(_("This delivery has reached somebody."))
    _tell(organization, delivery, News(states.GIVEN_UP, EventSource.PERSON.value, reason=reason), now)
    delivery.settled_at = now
    delivery.save(update_fields=["settled_at"])
    subject = _subject_of(organization, delivery)
    audit.record(actor, "delivery.settled", subject, channel=delivery.channel, reason=reason)
    if isinstance(subject, Invoice):
        refresh_summary(organization, subject)


def _tell(organization: Organization, delivery: Delivery, news: News, now: datetime) -> Delivery:
    if news.key and _is_known(organization, delivery, news):
        return delivery
    changes = bool(news.state) and states.may_follow(delivery.state, news.state)
    event = rows.fresh(
        DeliveryEvent,
        organization_id=organization.pk,
        delivery_id=delivery.pk,
        state=news.state if changes else "",
        reason=news.reason[:500],
        reason_code=news.reason_code,
        source=news.source,
        key=news.key[:200],
        facts=dict(news.facts),
        happened_at=now,
    )
    rows.insert(organization.pk, [event])
    if news.external_id:
        delivery.external_id = news.external_id[:200]
    if changes:
        delivery.reason, delivery.reason_code = news.reason[:500], news.reason_code
        if news.state in states.HANDED_OVER and delivery.handed_over_at is None:
            delivery.handed_over_at = now
        _enter(organization, delivery, news.state, now)
    rows.update(organization.pk, [delivery], TOLD)
    if changes:
        _after(organization, delivery, now)
    return delivery


def _is_known(organization: Organization, delivery: Delivery, news: News) -> bool:
    events = DeliveryEvent.objects.of(organization).filter(delivery_id=delivery.pk, source=news.source)
    return events.filter(key=news.key[:200]).exists()


def _enter(organization: Organization, delivery: Delivery, state: str, now: datetime) -> None:
    deadlines = sendings.deadlines_of(sendings.settings_of(organization))
    # What goes back to the queue has the time that is left, not the whole of it anew.
    since = delivery.made_at if state == states.QUEUED else now
    delivery.state = state
    delivery.state_since = now
    delivery.due_at = states.due_at(state, delivery.channel, since, deadlines)


def _after(organization: Organization, delivery: Delivery, now: datetime) -> None:
    """What follows from a new state: the next channel, news for the document's owner, the document's own summary."""
    if delivery.dispatch.kind == "test" or delivery.state in {states.SENDING, states.QUEUED}:
        return
    if delivery.reason_code == states.CLAIM_CHANGED:
        _give_up_with_it(organization, delivery, now)
    subject = _subject_of(organization, delivery)
    follower = _next_channel(organization, delivery, now) if delivery.state in states.LOST else None
    audit.record(
        Actor.system(),
        f"delivery.{delivery.state}",
        subject,
        channel=delivery.channel,
        reason=delivery.reason_code or delivery.reason[:120],
    )
    if delivery.state in states.LOST | {states.UNKNOWN} and follower is None and not delivery.is_copy:
        _tell_owner(organization, subject, delivery)
    if isinstance(subject, Invoice):
        refresh_summary(organization, subject)


def _give_up_with_it(organization: Organization, delivery: Delivery, now: datetime) -> None:
    """What waits of the same act of sending demands the same, and is given up with it."""
    for other_id in sendings.waiting_beside(organization, delivery):
        withhold_delivery(organization, other_id, now=now)


def _subject_of(organization: Organization, delivery: Delivery) -> Invoice | CustomerPaper:
    if delivery.subject_kind == "invoice":
        return queries.get_invoice_alone(organization, delivery.subject_id)
    return papers.get_paper(organization, delivery.subject_id)


def _next_channel(organization: Organization, delivery: Delivery, now: datetime) -> Delivery | None:
    """The next channel of the chain that was not tried yet; a copy and a buyer's own refusal lead nowhere."""
    if delivery.is_copy or delivery.reason_code == states.BUYER_REFUSED:
        return None
    tried = {one.channel for one in sendings.deliveries_of_dispatch(organization, delivery.dispatch)}
    has_no = delivery.reason_code in NOT_RECEIVED
    steps = (step for step in delivery.dispatch.chain if has_no or step.get("only") != AFTER_NO)
    step = next((step for step in steps if step["channel"] not in tried), None)
    if step is None:
        return None
    recipient = Recipient(step["channel"], step["recipient"], delivery.recipient_name)
    recipients = [recipient, *own_copy(organization, [recipient], delivery.dispatch.kind)]
    return make_deliveries(organization, delivery.dispatch, recipients, now=now, follows=delivery)[0]


def _tell_owner(organization: Organization, subject: Invoice | CustomerPaper, delivery: Delivery) -> None:
    if isinstance(subject, Invoice):
        _tell_owner_of_invoice(organization, subject, delivery)
    elif delivery.dispatch.made_by_id is not None:
        facts = {"kind": subject.kind, "customer": subject.customer.name, "state": delivery.state}
        key = f"delivery:{delivery.pk}:{delivery.state}"
        news = notices.News(delivery.dispatch.made_by_id, "paper.lost", facts, papers.place_of(subject), key)
        notices.tell(organization.pk, [news])


def _tell_owner_of_invoice(organization: Organization, invoice: Invoice, delivery: Delivery) -> None:
    follow_up = queries.follow_up_of(organization, invoice.pk)
    person = (follow_up.owner_id if follow_up else None) or delivery.dispatch.made_by_id
    if person is None:
        return
    facts = {"number": invoice.number, "channel": delivery.channel, "state": delivery.state}
    kind = "delivery.refused" if delivery.reason_code == states.BUYER_REFUSED else "delivery.lost"
    news = notices.News(person, kind, facts, f"invoices/{invoice.pk}/", f"delivery:{delivery.pk}:{delivery.state}")
    notices.tell(organization.pk, [news])


@transaction.atomic
def note_unreachable(organization: Organization, invoice_id: UUID, *, reason: str) -> None:
    """A document that was to be sent and whom nothing can reach is nobody's yet, and its owner is told."""
    invoice = queries.lock_invoice(organization, invoice_id)
    audit.record(Actor.system(), "invoice.unreachable", invoice, reason=reason)
    mark_unreachable(organization, invoice)
    follow_up = queries.follow_up_of(organization, invoice.pk)
    if follow_up is not None and follow_up.owner_id is not None:
        facts = {"number": invoice.number, "state": "unreachable"}
        news = notices.News(
            follow_up.owner_id, "delivery.lost", facts, f"invoices/{invoice.pk}/", f"unreachable:{invoice.pk}"
        )
        notices.tell(organization.pk, [news])
