"""The background doors of sending: first sendings, attempts at handing over, and states whose time is up."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from uuid import UUID

from celery import shared_task
from django.db import transaction
from django.utils import timezone, translation

from customers.channels import Channel
from foundation.transactions import read_only
from invoicing import queries
from invoicing.actions import deliveries, dispatch
from invoicing.actions.access_points import pause_access_point
from invoicing.actions.documents import render_documents
from invoicing.actions.links import forget_unsent_links, make_link, make_statement_link
from invoicing.actions.papers import render_paper_file
from invoicing.delivery.handing import hand_over as hand
from invoicing.delivery.peppol.wordings import ACCESS_REFUSED
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import states
from invoicing.dispatching.envelopes import parse_endpoint
from invoicing.dispatching.plain import Outcome, Parcel
from invoicing.tasks.network import find_out, find_out_about
from tenants import outbox
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import Organization, OutboxRow

logger = logging.getLogger(__name__)

SWEEP_SIZE = 50
STUMBLED = "stumbled"
# What a recipient gets an own page of; a receipt is its file alone.
LINKS = {"invoice": make_link, "statement": make_statement_link}


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
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        with read_only():
            organization = tenants.get_open_organization(UUID(organization_id))
        parcel = deliveries.begin_delivery(organization, row.subject_id, now=timezone.now())
        if parcel is None:
            outbox.finish(row)
            return
        outcome = _attempt(organization, parcel)
        if outcome.reason_code == ACCESS_REFUSED:
            pause_access_point(organization, outcome.reason)
        _close(row, deliveries.settle_attempt(organization, parcel.delivery_id, outcome, now=timezone.now()).state)


def _attempt(organization: Organization, parcel: Parcel) -> Outcome:
    """Hand it over; an error that nobody expected is tried again as long as nothing can have left us."""
    handed = []

    def about_to() -> None:
        deliveries.mark_handing_over(organization, parcel.delivery_id, now=timezone.now())
        handed.append(True)

    try:
        if parcel.subject_kind == "invoice":
            render_documents(organization, parcel.subject_id, actor=Actor.system())
        else:
            render_paper_file(organization, parcel.subject_id, actor=Actor.system())
        if parcel.channel == Channel.EHF:
            find_out(organization, parse_endpoint(parcel.recipient))
        return hand(_with_link(organization, parcel), about_to=about_to)
    except Exception as error:
        logger.exception("Could not hand over delivery %s", parcel.delivery_id)
        state = states.UNKNOWN if handed else states.QUEUED
        return Outcome(state, reason=f"{type(error).__name__}: {error}", reason_code=STUMBLED)


def _with_link(organization: Organization, parcel: Parcel) -> Parcel:
    """The parcel with its recipient's own link, where there will be a letter to write it into."""
    make = LINKS.get(parcel.subject_kind)
    if make is None or parcel.channel != Channel.EMAIL or parcel.may_have_been_handed_over:
        return parcel
    if parcel.attempt > 1:
        forget_unsent_links(organization, parcel.delivery_id)
    link = make(
        organization,
        parcel.subject_id,
        delivery=parcel.delivery_id,
        recipient=parcel.recipient,
        actor=Actor.system(),
        now=timezone.now(),
    )
    return replace(parcel, link=link)


def _close(row: OutboxRow, state: str) -> None:
    if state == states.QUEUED:
        outbox.fail(row, "tried again later", may_retry=True)
    else:
        outbox.finish(row)


@shared_task(name="invoicing.end_overdue_deliveries")
def end_overdue_deliveries() -> int:
    """Deliveries whose state has lasted too long become what a person sees; returns how many were looked at."""
    ended = 0
    for organization_id in tenants.all_organization_ids():
        try:
            with organization_context(organization_id):
                ended += _end_overdue(organization_id)
        except Exception:  # one organization's trouble does not keep the others waiting
            logger.exception("Could not end the overdue deliveries of %s", organization_id)
    return ended


def _end_overdue(organization_id: UUID) -> int:
    now = timezone.now()
    with transaction.atomic():
        organization = tenants.get_open_organization(organization_id)
        overdue = sendings.overdue_deliveries(organization, now, SWEEP_SIZE)
    end = partial(deliveries.end_overdue, organization, now=now)
    for delivery_id in overdue:
        end(delivery_id)
    return len(overdue)
