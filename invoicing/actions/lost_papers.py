"""Receipts and statements that nobody got: sent once more as they were written, or let rest with a reason."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from customers import queries as customers
from customers.channels import Channel
from foundation.errors import DomainError
from invoicing.actions import deliveries, send
from invoicing.actions.dispatch import NobodyToSendTo, Subject, own_copy, write_dispatch
from invoicing.actions.send import NothingWaits, ReasonIsMissing
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import stuck
from invoicing.dispatching.plain import Letter, Recipient, Sending
from invoicing.models import Dispatch, DispatchKind
from invoicing.papers import queries as papers
from tenants import audit
from tenants.audit import Actor
from tenants.models import JobState, Organization

KEY_LENGTH_MAX = 60


@transaction.atomic
def send_paper_again(organization: Organization, paper_id: UUID, *, key: str, actor: Actor, now: datetime) -> Dispatch:
    """Send a paper once more in the words of its last e-mail, to the address of today; under one key once."""
    paper = papers.get_paper(organization, paper_id)
    customers.lock_customer(organization, paper.customer_id)
    own_key = f"again:{key[:KEY_LENGTH_MAX]}"
    earlier = sendings.dispatch_under_key(organization, paper.pk, own_key)
    if earlier is not None:
        return earlier
    to = paper.customer.email.strip()
    if not to:
        raise NobodyToSendTo(
            _("%(customer)s has no e-mail address. Enter one on the customer’s page, then try again.")
            % {"customer": paper.customer.name},
            field="to",
        )
    kind, recipient = DispatchKind.AGAIN.value, Recipient(Channel.EMAIL.value, to, paper.customer.name)
    sending = Sending(kind, own_key, (recipient,), letter=_last_letter(organization, paper.pk))
    subject = Subject(paper.kind, paper.pk, paper.language)
    copies = own_copy(organization, [recipient], kind)
    dispatch, made = write_dispatch(organization, subject, sending, copies, actor=actor, now=now)
    audit.record(actor, "paper.sent", paper, customer=paper.customer.name, count=len(made))
    return dispatch


@transaction.atomic
def let_paper_rest(organization: Organization, paper_id: UUID, *, reason: str, actor: Actor, now: datetime) -> None:
    """Take a paper that nobody got out of the queue: somebody has seen it, and says why nothing more is done."""
    paper = papers.get_paper(organization, paper_id)
    customers.lock_customer(organization, paper.customer_id)
    if not reason.strip():
        raise ReasonIsMissing(_("Write why nothing more is done."), field="reason")
    waiting = stuck.stuck_of_paper(organization, paper.pk, now)
    if not waiting:
        raise NothingWaits(_("Nothing of this document waits any more. Look at the list again."))
    for delivery in waiting:
        deliveries.settle_delivery(organization, delivery.pk, reason=reason.strip()[:500], actor=actor, now=now)


def send_again(organization: Organization, subject_id: UUID, *, key: str, actor: Actor, now: datetime) -> send.Sent:
    """Try one document or paper again, in a transaction of its own; a refusal is its result."""
    if papers.find_paper(organization, subject_id) is None:
        return send.send_again(organization, subject_id, key=key, actor=actor, now=now)
    try:
        send_paper_again(organization, subject_id, key=key, actor=actor, now=now)
    except DomainError as refusal:
        return send.Sent(JobState.FAILED, str(refusal))
    return send.Sent(JobState.COMPLETE)


def _last_letter(organization: Organization, paper_id: UUID) -> Letter:
    acts = [each.dispatch for each in sendings.deliveries_of(organization, paper_id)]
    return Letter.from_json(acts[0].letter) if acts else Letter()
