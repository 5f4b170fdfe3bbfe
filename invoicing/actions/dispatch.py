"""Sending a finalized document: once under its key, with a delivery for every recipient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from customers.channels import Channel
from foundation.errors import DomainError
from foundation.ids import uuid7
from invoicing import queries
from invoicing.actions.delivery_summary import refresh_summary
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import states
from invoicing.dispatching.plain import COPIES_MAX, Letter, Recipient, Sending
from invoicing.dispatching.plan import Plan
from invoicing.errors import NotFinalized
from invoicing.models import (
    Delivery,
    DeliveryEvent,
    DeliverySettings,
    DeliveryState,
    Dispatch,
    DispatchKind,
    EventSource,
)
from tenants import audit, outbox
from tenants.audit import Actor
from tenants.models import Organization

FIRST_KEY = "first"
HAND_OVER = "invoicing.hand_over"
AFTER_NO = "after_no"  # a step of the chain for when the network has said that the customer receives no EHF


class NobodyToSendTo(DomainError):
    """There is no channel by which the customer can be reached."""


class TooManyCopies(DomainError):
    """An e-mail goes to one recipient and a limited number of others."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is handed over, and the language that it is written in."""

    kind: str  # invoice (any document of the invoice's kind), or the kind of a paper
    id: UUID
    language: str


@transaction.atomic
def dispatch_document(
    organization: Organization, invoice_id: UUID, sending: Sending, *, actor: Actor, now: datetime
) -> Dispatch:
    """Write the act of sending and its deliveries, and have workers hand them over after the commit.

    Under one key a document is sent once: the second time the first act is returned and nothing is sent.
    """
    invoice = queries.lock_invoice(organization, invoice_id)
    if invoice.is_draft:
        raise NotFinalized(_("Finalize the document before it is sent."))
    earlier = sendings.dispatch_under_key(organization, invoice.pk, sending.key)
    if earlier is not None:
        return earlier
    subject = Subject("invoice", invoice.pk, invoice.language)
    copies = own_copy(organization, sending.recipients, sending.kind)
    dispatch, deliveries = write_dispatch(organization, subject, sending, copies, actor=actor, now=now)
    audit.record(
        actor,
        "invoice.dispatched",
        invoice,
        channels=sorted({delivery.channel for delivery in deliveries}),
        count=len(deliveries),
        sending=sending.kind,
    )
    refresh_summary(organization, invoice)
    return dispatch


def write_dispatch(
    organization: Organization,
    subject: Subject,
    sending: Sending,
    copies: Sequence[Recipient],
    *,
    actor: Actor,
    now: datetime,
) -> tuple[Dispatch, list[Delivery]]:
    """The act of sending and its deliveries, in the caller's transaction; `copies` are the company's own."""
    dispatch = act_of_sending(organization, subject, sending, actor=actor, now=now)
    dispatch.save(force_insert=True)
    return dispatch, make_deliveries(organization, dispatch, [*sending.recipients, *copies], now=now)


def act_of_sending(
    organization: Organization, subject: Subject, sending: Sending, *, actor: Actor, now: datetime
) -> Dispatch:
    """The act of sending, not stored yet; refused where it has nobody to go to."""
    _refuse_unsendable(sending)
    return Dispatch(
        organization=organization,
        subject_kind=subject.kind,
        subject_id=subject.id,
        kind=sending.kind,
        key=sending.key,
        language=subject.language,
        chain=_chain_of(sending),
        letter=sending.letter.to_json(),
        stands_on=[claim.to_json() for claim in sending.stands_on],
        made_by_id=actor.id,
        made_by=actor.name,
        made_at=now,
    )


def first_sending(plan: Plan, *, letter: Letter | None = None, key: str = FIRST_KEY, name: str = "") -> Sending:
    """The act that the plan asks for; refused where there is no channel at all."""
    if plan.first is None:
        raise NobodyToSendTo(
            _("There is no way to reach this customer. Enter an e-mail address, an electronic address or a postal one.")
        )
    first, *others = (Recipient(step.channel, step.recipient, name) for step in plan.steps)
    after_no = tuple(Recipient(step.channel, step.recipient, name) for step in plan.after_no)
    kind = DispatchKind.FIRST if key == FIRST_KEY else DispatchKind.AGAIN
    return Sending(kind.value, key, (first,), tuple(others), letter or Letter(), after_no)


def make_deliveries(
    organization: Organization,
    dispatch: Dispatch,
    recipients: Sequence[Recipient],
    *,
    now: datetime,
    follows: Delivery | None = None,
) -> list[Delivery]:
    """One delivery per recipient, queued, in the caller's transaction; letters wait for the printer instead."""
    rules = sendings.settings_of(organization)
    return make_each_delivery(organization, [(dispatch, recipients)], rules, now=now, follows=follows)


def make_each_delivery(
    organization: Organization,
    acts: Sequence[tuple[Dispatch, Sequence[Recipient]]],
    rules: DeliverySettings,
    *,
    now: datetime,
    follows: Delivery | None = None,
) -> list[Delivery]:
    """The deliveries of many acts of sending, with as many statements as for one."""
    deadlines = sendings.deadlines_of(rules)
    made = [
        Delivery(
            id=uuid7(),
            organization=organization,
            dispatch=dispatch,
            subject_kind=dispatch.subject_kind,
            subject_id=dispatch.subject_id,
            channel=recipient.channel,
            recipient=recipient.address,
            recipient_name=recipient.name[:160],
            is_copy=recipient.is_copy,
            state=DeliveryState.QUEUED,
            state_since=now,
            due_at=states.due_at(states.QUEUED, recipient.channel, now, deadlines),
            follows=follows,
            made_at=now,
        )
        for dispatch, recipients in acts
        for recipient in recipients
    ]
    for delivery in made:
        # The same over all attempts, so that whoever gets it twice can tell.
        delivery.message_id = f"{delivery.pk}"
    Delivery.objects.bulk_create(made)
    DeliveryEvent.objects.bulk_create(
        [
            DeliveryEvent(
                organization=organization,
                delivery=delivery,
                state=DeliveryState.QUEUED,
                source=EventSource.PERSON if delivery.dispatch.made_by_id and not follows else EventSource.SYSTEM,
                reason_code="next_channel" if follows else "",
                happened_at=now,
            )
            for delivery in made
        ]
    )
    outbox.put_each(
        organization.pk,
        [
            outbox.Effect(HAND_OVER, delivery.pk, f"delivery:{delivery.pk}", {})
            for delivery in made
            if delivery.channel != Channel.PAPER
        ],
    )
    return made


def _chain_of(sending: Sending) -> list[dict[str, str]]:
    """The channels that come next, as they are kept: those that only a clear no of the network leads to say so."""
    chain = [{"channel": step.channel, "recipient": step.address} for step in sending.chain]
    after = [{"channel": step.channel, "recipient": step.address, "only": AFTER_NO} for step in sending.chain_after_no]
    return chain + after


def own_copy(organization: Organization, recipients: Sequence[Recipient], kind: str) -> list[Recipient]:
    """The company's own copy of every e-mail, where it wants one; not of tests, which nobody else gets either."""
    return own_copy_by(sendings.settings_of(organization), organization, recipients, kind)


def own_copy_by(
    rules: DeliverySettings, organization: Organization, recipients: Sequence[Recipient], kind: str
) -> list[Recipient]:
    """The same by rules that are read already."""
    address = rules.copy_to
    mails = [one for one in recipients if one.channel == Channel.EMAIL]
    is_among = any(one.address.casefold() == address.casefold() for one in mails)
    if not address or not mails or is_among or kind == DispatchKind.TEST:
        return []
    return [Recipient(Channel.EMAIL.value, address, organization.name, is_copy=True)]


def _refuse_unsendable(sending: Sending) -> None:
    if not sending.recipients:
        raise NobodyToSendTo(_("Enter whom it is sent to."), field="to")
    if sum(recipient.is_copy for recipient in sending.recipients) > COPIES_MAX:
        raise TooManyCopies(
            _("An e-mail can have up to %(most)s copies. Take some away.") % {"most": COPIES_MAX}, field="cc"
        )
