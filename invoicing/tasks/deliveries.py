"""The background doors of sending: first sendings, attempts at handing over, and states whose time is up."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from celery import shared_task
from django.db import transaction
from django.utils import timezone, translation

from customers.channels import Channel
from foundation.transactions import read_only
from invoicing import queries
from invoicing.actions import deliveries, dispatch, links
from invoicing.actions.access_points import pause_access_point
from invoicing.actions.brake import ClaimHasChanged, refuse_what_changed
from invoicing.actions.documents import render_documents
from invoicing.actions.papers import render_paper_file
from invoicing.delivery.handing import hand_over as hand
from invoicing.delivery.peppol.wordings import ACCESS_REFUSED
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import states
from invoicing.dispatching.envelopes import parse_endpoint
from invoicing.dispatching.plain import Outcome, Parcel
from invoicing.models import DEMANDS
from invoicing.tasks.network import find_out, find_out_about
from tenants import outbox
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import Organization, OutboxRow
from tenants.sweeps import sweep_organizations

logger = logging.getLogger(__name__)

SWEEP_SIZE = 50
STUMBLED = "stumbled"
# What a recipient gets an own page of; a receipt is its file alone.
LINKS = {
    "invoice": links.make_link,
    "statement": links.make_statement_link,
    **dict.fromkeys(DEMANDS, links.make_demand_link),
}


@dataclass(frozen=True, slots=True)
class _Work:
    """What a worker has taken in hand."""

    organization: Organization
    row: OutboxRow
    parcel: Parcel
    is_rendered: bool


@shared_task(name="invoicing.dispatch_first")
def dispatch_first(organization_id: str, outbox_id: str) -> None:
    """Send a document that was finalized to be sent; one whom nothing can reach waits for a person."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        actor = Actor(row.payload["actor_kind"], _id_of(row.payload["actor_id"]), row.payload["actor_name"])
        with read_only():
            organization = tenants.get_open_organization(UUID(organization_id))
        find_out_about(organization, row.subject_id)
        now = timezone.now()
        with read_only():
            invoice = queries.get_invoice(organization, row.subject_id)
            plan = sendings.plan_for(organization, invoice, now=now)
        try:
            with translation.override(organization.language):
                key = row.payload.get("key", dispatch.FIRST_KEY)
                sending = dispatch.first_sending(plan, key=key, name=invoice.customer.name)
                dispatch.dispatch_document(organization, invoice.pk, sending, actor=actor, now=now)
        except dispatch.NobodyToSendTo as refusal:
            deliveries.note_unreachable(organization, invoice.pk, reason=str(refusal))
        outbox.finish(row)


def _id_of(text: str | None) -> UUID | None:
    return UUID(text) if text else None


@shared_task(name="invoicing.hand_over", soft_time_limit=150, time_limit=200)
def hand_over(organization_id: str, outbox_id: str) -> None:
    """One attempt at handing one delivery to its recipient."""
    with organization_context(UUID(organization_id)):
        work = _take(UUID(organization_id), UUID(outbox_id))
        if work is None:
            return
        outcome = _attempt(work)
        if outcome.reason_code == ACCESS_REFUSED:
            pause_access_point(work.organization, outcome.reason)
        _settle(work, outcome)


@transaction.atomic
def _take(organization_id: UUID, outbox_id: UUID) -> _Work | None:
    """The row and its delivery taken in hand in one step; None where there is nothing to do."""
    row = outbox.begin(organization_id, outbox_id)
    if row is None:
        return None
    organization = tenants.get_open_organization(organization_id)
    parcel = deliveries.begin_delivery(organization, row.subject_id, now=timezone.now())
    if parcel is None:
        outbox.finish(row)
        return None
    is_rendered = parcel.subject_kind == "invoice" and queries.has_all_files(organization, parcel.subject_id)
    return _Work(organization, row, parcel, is_rendered)


@transaction.atomic
def _settle(work: _Work, outcome: Outcome) -> None:
    """What became of the attempt, on the delivery and on the row that asked for it: both or neither."""
    outbox.hold(work.row)
    settled = deliveries.settle_attempt(work.organization, work.parcel.delivery_id, outcome, now=timezone.now())
    if settled.state == states.QUEUED:
        outbox.fail(work.row, "tried again later", may_retry=True)
    else:
        outbox.finish(work.row)


def _attempt(work: _Work) -> Outcome:
    """Hand it over; an error that nobody expected is tried again as long as nothing can have left us."""
    organization, parcel = work.organization, work.parcel
    token = links.new_token() if _has_link(parcel) else ""
    handed = []

    def about_to() -> None:
        _let_go(organization, parcel, token)
        handed.append(True)

    try:
        if parcel.subject_kind != "invoice":
            render_paper_file(organization, parcel.subject_id, actor=Actor.system())
        elif not work.is_rendered:
            render_documents(organization, parcel.subject_id, actor=Actor.system())
        if parcel.channel == Channel.EHF:
            find_out(organization, parse_endpoint(parcel.recipient))
        return hand(replace(parcel, link=links.address_of(token) if token else ""), about_to=about_to)
    except ClaimHasChanged:
        return Outcome(states.GIVEN_UP, reason_code=states.CLAIM_CHANGED)
    except Exception as error:
        logger.exception("Could not hand over delivery %s", parcel.delivery_id)
        state = states.UNKNOWN if handed else states.QUEUED
        return Outcome(state, reason=f"{type(error).__name__}: {error}", reason_code=STUMBLED)


def _has_link(parcel: Parcel) -> bool:
    """Whether there will be a letter into which the recipient's own link is written."""
    is_letter = parcel.channel == Channel.EMAIL and not parcel.may_have_been_handed_over
    return is_letter and parcel.subject_kind in LINKS


@transaction.atomic
def _let_go(organization: Organization, parcel: Parcel, token: str) -> None:
    """Write down, before the step that cannot be taken back, that it is next, and keep the link that goes with it.

    What the letter demands is looked at once more under lock: whoever has paid meanwhile gets nothing.
    """
    now = timezone.now()
    refuse_what_changed(organization, parcel.stands_on, today=local_today(organization))
    if token:
        if parcel.attempt > 1:
            links.forget_unsent_links(organization, parcel.delivery_id)
        LINKS[parcel.subject_kind](
            organization,
            parcel.subject_id,
            delivery=parcel.delivery_id,
            recipient=parcel.recipient,
            actor=Actor.system(),
            now=now,
            token=token,
        )
    deliveries.mark_handing_over(organization, parcel.delivery_id, now=now)


@shared_task(name="invoicing.end_overdue_deliveries")
def end_overdue_deliveries() -> int:
    """Deliveries whose state has lasted too long become what a person sees; returns how many were looked at."""
    return sweep_organizations("Ending overdue deliveries", _end_overdue)


def _end_overdue(organization: Organization) -> int:
    now = timezone.now()
    with read_only():
        overdue = sendings.overdue_deliveries(organization, now, SWEEP_SIZE)
    end = partial(deliveries.end_overdue, organization, now=now)
    for delivery_id in overdue:
        end(delivery_id)
    return len(overdue)
