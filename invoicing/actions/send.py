"""Sending by a person's choice: as the plan says, once more, or by a channel of the sender's own choosing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from customers.channels import Channel
from foundation.errors import DomainError
from invoicing import queries
from invoicing.actions import deliveries
from invoicing.actions.delivery_summary import refresh_summary
from invoicing.actions.dispatch import FIRST_KEY, NobodyToSendTo, dispatch_document, first_sending
from invoicing.actions.finalize import DISPATCH_FIRST
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import reaching, stuck
from invoicing.dispatching.plain import Recipient, Sending
from invoicing.dispatching.plan import Missing, Plan, plan_of
from invoicing.dispatching.wording import channel_word, sentence_of, way_out_of
from invoicing.errors import NotFinalized
from invoicing.models import Dispatch, DispatchKind, Invoice
from invoicing.papers import queries as papers
from tenants import audit, jobs, outbox
from tenants.audit import Actor
from tenants.models import Job, JobState, Organization

SEND_AGAIN = "invoicing.send_again"
KEY_LENGTH_MAX = 60


class NothingWaits(DomainError):
    """Nothing of this document waits for anybody."""


class ReasonIsMissing(DomainError):
    """Whoever lets a delivery rest says why."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one document that was to be sent again."""

    state: JobState
    reason: str = ""


@transaction.atomic
def send_document(
    organization: Organization, invoice_id: UUID, *, channel: str = "", key: str, actor: Actor, now: datetime
) -> Dispatch | None:
    """Send a document as its customer's plan says, or by the channel that somebody chose; under one key once.

    The first sending has a key of its own, so that two people who press the button at once send it once. None where a
    worker asks the network first: nobody gets a PDF alone because of an answer that is old, or was never asked for.
    """
    invoice = queries.lock_invoice(organization, invoice_id)
    if invoice.is_draft:
        raise NotFinalized(_("Finalize the document before it is sent."))
    is_first = not channel and sendings.dispatch_under_key(organization, invoice.pk, FIRST_KEY) is None
    own_key = FIRST_KEY if is_first else f"{'channel' if channel else 'again'}:{key[:KEY_LENGTH_MAX]}"
    if channel:
        sending = _by_channel(organization, invoice, channel, own_key, now)
    else:
        plan = sendings.plan_for(organization, invoice, now=now)
        if _leaves_ehf_unasked(organization, invoice, plan, now):
            _ask_first(organization, invoice, own_key, key, actor)
            return None
        sending = first_sending(plan, key=own_key, name=invoice.customer.name)
    return dispatch_document(organization, invoice.pk, sending, actor=actor, now=now)


def _leaves_ehf_unasked(organization: Organization, invoice: Invoice, plan: Plan, now: datetime) -> bool:
    """Whether the document would go by another channel though the network has not been heard about it."""
    return Channel.EHF in plan.left_out and sendings.must_ask_first(organization, invoice, now=now)


def _ask_first(organization: Organization, invoice: Invoice, own_key: str, key: str, actor: Actor) -> None:
    effect_key = f"dispatch:{invoice.pk}:{key[:KEY_LENGTH_MAX]}"
    if reaching.is_under_key(organization, effect_key):
        return
    payload = {"actor_id": actor.id, "actor_name": actor.name, "actor_kind": actor.kind, "key": own_key}
    outbox.put_each(organization.pk, [outbox.Effect(DISPATCH_FIRST, invoice.pk, effect_key, payload)])


def _by_channel(organization: Organization, invoice: Invoice, channel: str, key: str, now: datetime) -> Sending:
    """To the customer by this channel alone; nothing follows by itself from a person's choice."""
    if channel not in Channel.values:
        raise NobodyToSendTo(_("Choose one of the channels."), field="channel")
    plan = plan_of(sendings.reach_by_choice(organization, invoice, now=now), [channel], leaves_ehf=True)
    if plan.first is None:
        missing = plan.left_out.get(channel, Missing.NO_AGREEMENT)
        raise NobodyToSendTo(
            _("It cannot be sent by %(channel)s. %(why)s %(way_out)s")
            % {"channel": channel_word(channel), "why": sentence_of(missing), "way_out": way_out_of(missing)},
            field="channel",
        )
    recipient = Recipient(channel, plan.first.recipient, invoice.customer.name)
    return Sending(DispatchKind.REPLACED_CHANNEL.value, key, (recipient,))


@transaction.atomic
def let_rest(organization: Organization, invoice_id: UUID, *, reason: str, actor: Actor, now: datetime) -> None:
    """Take a document that nobody got out of the queue: somebody has seen it, and says why nothing more is done."""
    invoice = queries.lock_invoice(organization, invoice_id)
    if not reason.strip():
        raise ReasonIsMissing(_("Write why nothing more is done."), field="reason")
    waiting = stuck.stuck_of(organization, invoice.pk, now)
    for delivery in waiting:
        deliveries.settle_delivery(organization, delivery.pk, reason=reason.strip()[:500], actor=actor, now=now)
    if waiting:
        return
    if not stuck.is_unreachable(organization, invoice.pk):
        raise NothingWaits(_("Nothing of this document waits any more. Look at the list again."))
    audit.record(actor, "delivery.settled", invoice, reason=reason.strip()[:500])
    refresh_summary(organization, invoice)


@transaction.atomic
def start_sending_again(organization: Organization, subject_ids: Sequence[UUID], *, actor: Actor, key: str) -> Job:
    """Begin the job that tries documents and papers again that nobody got; under one key it is begun once."""
    invoices = queries.invoices_by_id(organization, subject_ids)
    labels = {pk: f"{invoice.number} {invoice.customer.name}" for pk, invoice in invoices.items()}
    for pk, paper in papers.papers_by_id(organization, subject_ids).items():
        labels[pk] = f"{paper.get_kind_display()} {paper.customer.name}"
    items = [(pk, labels[pk]) for pk in subject_ids if pk in labels]
    return jobs.start(organization, SEND_AGAIN, actor=actor, parameters={}, items=items, key=key)


def send_again(organization: Organization, invoice_id: UUID, *, key: str, actor: Actor, now: datetime) -> Sent:
    """Try one document again as its plan says, in a transaction of its own; a refusal is its result."""
    try:
        send_document(organization, invoice_id, key=key, actor=actor, now=now)
    except DomainError as refusal:
        return Sent(JobState.FAILED, str(refusal))
    return Sent(JobState.COMPLETE)
