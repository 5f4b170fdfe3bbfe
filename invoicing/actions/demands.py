"""Keeping and sending reminders and other demands, many at once with as many statements as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from customers.channels import Channel
from invoicing.actions.dispatch import Subject, act_of_sending, make_each_delivery, own_copy_by
from invoicing.actions.papers import RENDER
from invoicing.dispatching import queries as sendings
from invoicing.dispatching.plain import Recipient, Sending, StandsOn
from invoicing.models import CustomerPaper, Dispatch, DispatchKind
from invoicing.models.papers import hash_of_words
from invoicing.papers import demand_queries
from invoicing.papers.demand import Demand
from tenants import audit, outbox
from tenants.audit import Actor
from tenants.models import Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDemand:
    """One letter that is to be sent: the id of its paper, chosen by the caller, and what it stands on."""

    id: UUID
    kind: str
    customer_id: UUID
    demand: Demand
    key: str
    recipients: Sequence[Recipient]
    chain: Sequence[Recipient] = ()  # channels that come after the first
    stands_on: Sequence[StandsOn] = ()


@dataclass(frozen=True, slots=True)
class SentDemand:
    """A letter that is kept and on its way."""

    paper_id: UUID
    dispatch_id: UUID


def send_demands(
    organization: Organization, demands: Sequence[NewDemand], *, actor: Actor, now: datetime
) -> list[SentDemand]:
    """Keep the letters and have workers hand them over, all in the caller's transaction.

    Under one key a letter is sent once: the second time the first act is returned and nothing is sent.
    """
    ids = [new.id for new in demands]
    done = demand_queries.dispatches_among(organization, ids, [new.key for new in demands])
    fresh = [new for new in demands if (new.id, new.key) not in done]
    if fresh:
        _keep(organization, fresh, actor=actor, now=now)
        done |= _send(organization, fresh, actor=actor, now=now)
    return [SentDemand(new.id, done[new.id, new.key]) for new in demands]


def _keep(organization: Organization, demands: Sequence[NewDemand], *, actor: Actor, now: datetime) -> None:
    """The papers that are not kept yet; who gets none by e-mail has its PDF made for the printer."""
    kept = demand_queries.papers_among(organization, [new.id for new in demands])
    fresh = [new for new in demands if new.id not in kept]
    papers = CustomerPaper.objects.bulk_create([_paper(organization, new, actor, now) for new in fresh])
    facts = [(paper, {"customer": new.demand.buyer.name}) for paper, new in zip(papers, fresh, strict=True)]
    audit.record_each(actor, "paper.made", facts, now=now)
    # Whoever hands an e-mail over makes its PDF first: asked for here as well, it would be made twice at once.
    on_paper = [new for new in fresh if all(one.channel == Channel.PAPER for one in new.recipients)]
    effects = [outbox.Effect(RENDER, new.id, f"paper:{new.id}", {}, leaves_house=False) for new in on_paper]
    outbox.put_each(organization.pk, effects)


def _paper(organization: Organization, new: NewDemand, actor: Actor, now: datetime) -> CustomerPaper:
    snapshot = new.demand.to_json()
    return CustomerPaper(
        id=new.id,
        organization=organization,
        kind=new.kind,
        customer_id=new.customer_id,
        day=new.demand.day,
        language=new.demand.language,
        snapshot=snapshot,
        snapshot_sha256=hash_of_words(snapshot, str(new.id)),
        made_by=actor.name[:120],
        made_at=now,
    )


def _send(
    organization: Organization, demands: Sequence[NewDemand], *, actor: Actor, now: datetime
) -> dict[tuple[UUID, str], UUID]:
    rules = sendings.settings_of(organization)
    acts = []
    for new in demands:
        sending = Sending(
            DispatchKind.FIRST.value,
            new.key,
            tuple(new.recipients),
            tuple(new.chain),
            stands_on=tuple(new.stands_on),
        )
        subject = Subject(new.kind, new.id, new.demand.language)
        dispatch = act_of_sending(organization, subject, sending, actor=actor, now=now)
        copies = own_copy_by(rules, organization, new.recipients, sending.kind)
        acts.append((dispatch, [*new.recipients, *copies]))
    Dispatch.objects.bulk_create([dispatch for dispatch, _to in acts])
    make_each_delivery(organization, acts, rules, now=now)
    told = [
        (
            CustomerPaper(id=new.id, organization=organization, kind=new.kind, day=new.demand.day),
            {"customer": new.demand.buyer.name, "count": len(to)},
        )
        for new, (_dispatch, to) in zip(demands, acts, strict=True)
    ]
    audit.record_each(actor, "paper.sent", told, now=now)
    return {(dispatch.subject_id, dispatch.key): dispatch.pk for dispatch, _to in acts}
