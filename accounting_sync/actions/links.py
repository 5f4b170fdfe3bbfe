"""Customers as the accounting system knows them: links that were found or made, and those that a person must choose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounting_sync.actions.passages import ATTEMPTS_MAX, release_customers
from accounting_sync.mapping.customers import plain, told_by_us
from accounting_sync.models import Connection, CustomerChange, CustomerChangeState, CustomerLink, LinkState
from accounting_sync.providers.base import RemoteCustomer
from accounting_sync.queries.connections import party_of
from accounting_sync.queries.customer_changes import lock_link
from accounting_sync.talking import Talk
from customers.models import Customer
from foundation.errors import DomainError
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

BY_ITSELF = "Bilag"
DELAY_FIRST = timedelta(minutes=10)
DELAY_MAX = timedelta(hours=6)


class CandidateIsGone(DomainError):
    """Whom somebody chose is not among those that the accounting system named."""


@transaction.atomic
def keep_link(talk: Talk, customer: Customer, remote: RemoteCustomer, *, now: datetime, is_made: bool) -> None:
    """A customer is known there from now on."""
    talk.lane.refuse_if_lost()
    link, _is_new = CustomerLink.objects.of(talk.organization).update_or_create(
        organization=talk.organization,
        connection=talk.connection,
        customer=customer,
        defaults={
            "state": LinkState.LINKED,
            "remote_id": remote.id[:100],
            "remote_number": remote.number[:60],
            "remote_name": (remote.name or customer.name)[:200],
            "facts": dict(remote.facts),
            "candidates": [],
            # What was found there is not overwritten: only what is changed here from now on is told.
            "pushed_version": customer.version,
            "there": told_by_us(party_of(customer, None)) if is_made else {},
            "refused": "",
            "failures": 0,
            "next_at": None,
            "linked_by": BY_ITSELF,
            "linked_at": now,
        },
    )
    verb = "customer_link.made" if is_made else "customer_link.found"
    audit.record(Actor.system(), verb, customer, connection=talk.connection.name, number=link.remote_number)


@transaction.atomic
def keep_conflict(talk: Talk, customer: Customer, fitting: Sequence[RemoteCustomer], *, now: datetime) -> None:
    """Several fit: nobody is chosen until a person has looked."""
    talk.lane.refuse_if_lost()
    told = [
        {
            "id": each.id,
            "number": each.number,
            "name": each.name,
            "organization_number": each.organization_number,
            "facts": dict(each.facts),
        }
        for each in fitting
    ]
    CustomerLink.objects.of(talk.organization).update_or_create(
        organization=talk.organization,
        connection=talk.connection,
        customer=customer,
        defaults={"state": LinkState.CONFLICT, "candidates": told, "linked_by": BY_ITSELF, "linked_at": now},
    )


@transaction.atomic
def choose_link(
    organization: Organization,
    connection: Connection,
    customer_id: UUID,
    remote_id: str,
    *,
    actor: Actor,
    now: datetime,
) -> CustomerLink:
    """Say whom the accounting system means; what waited for it goes on."""
    link = (
        CustomerLink.objects.of(organization)
        .select_for_update(of=("self",))
        .select_related("customer")
        .get(connection=connection, customer_id=customer_id)
    )
    chosen = next((each for each in link.candidates if each["id"] == remote_id), None)
    if chosen is None:
        raise CandidateIsGone(_("Choose one of the customers that are shown."), field="remote_id")
    link.state, link.remote_id, link.remote_number = LinkState.LINKED, chosen["id"], chosen["number"]
    link.remote_name, link.facts, link.candidates = chosen["name"], chosen.get("facts", {}), []
    link.pushed_version, link.there = link.customer.version, {}
    link.linked_by, link.linked_at = actor.name[:120], now
    link.save()
    audit.record(actor, "customer_link.chosen", link.customer, connection=connection.name, number=link.remote_number)
    release_customers(organization, connection, [customer_id])
    return link


@transaction.atomic
def forget_link(organization: Organization, connection: Connection, customer_id: UUID, *, actor: Actor) -> int:
    """Drop a link that points at somebody wrong or gone: the next push finds or makes the customer anew."""
    found = CustomerLink.objects.of(organization).filter(connection=connection, customer_id=customer_id)
    link = found.select_related("customer").select_for_update(of=("self",)).first()
    if link is None:
        return 0
    audit.record(actor, "customer_link.forgotten", link.customer, connection=connection.name, number=link.remote_number)
    link.delete()
    return release_customers(organization, connection, [customer_id])


@transaction.atomic
def note_told(talk: Talk, link: CustomerLink) -> None:
    """The accounting system knows the customer as it stood when it was told."""
    customer = link.customer
    _note(talk, link, pushed_version=customer.version, remote_name=customer.name, refused="", failures=0, next_at=None)


@transaction.atomic
def note_refused(talk: Talk, link: CustomerLink, text: str) -> None:
    """Our change was not taken, and would not be: it is told again when the customer changes, or somebody says so."""
    why = plain(text)[:500] or _("The accounting system refused it.")
    _note(talk, link, pushed_version=link.customer.version, refused=why, failures=0, next_at=None)


@transaction.atomic
def note_delayed(talk: Talk, link: CustomerLink, text: str, *, now: datetime) -> None:
    """It may be taken later: told again after a pause, each twice as long, so that it holds up nobody else."""
    if link.failures + 1 >= ATTEMPTS_MAX:
        note_refused(talk, link, text)
        return
    pause = min(DELAY_FIRST * (1 << link.failures), DELAY_MAX)
    _note(talk, link, failures=link.failures + 1, next_at=now + pause)


def _note(talk: Talk, link: CustomerLink, **values: Any) -> None:
    """Write it where the link still points at whom the change was told of."""
    talk.lane.refuse_if_lost()
    CustomerLink.objects.of(talk.organization).filter(pk=link.pk, remote_id=link.remote_id).update(**values)


def lose_links(talk: Talk, links: Sequence[CustomerLink], *, now: datetime) -> None:
    """Nobody is there any more: vouchers for these wait for a person. Within the caller's transaction."""
    if not links:
        return
    for link in links:
        link.state, link.refused, link.failures, link.next_at = LinkState.MISSING, "", 0, None
    CustomerLink.objects.bulk_update(links, ["state", "refused", "failures", "next_at"], batch_size=500)
    changes = CustomerChange.objects.of(talk.organization).filter(
        connection=talk.connection,
        customer_id__in=[link.customer_id for link in links],
        state=CustomerChangeState.OPEN,
    )
    changes.update(state=CustomerChangeState.GONE, settled_at=now, settled_by="")
    _audit(talk, "customer_link.missing", links)


def restore_links(talk: Talk, links: Sequence[CustomerLink]) -> None:
    """They are there again: what waited for them goes on. Within the caller's transaction."""
    if not links:
        return
    for link in links:
        link.state = LinkState.LINKED
    CustomerLink.objects.bulk_update(links, ["state"], batch_size=500)
    _audit(talk, "customer_link.found", links)
    release_customers(talk.organization, talk.connection, [link.customer_id for link in links])


def _audit(talk: Talk, verb: str, links: Sequence[CustomerLink]) -> None:
    told = [(link.customer, {"connection": talk.connection.name, "number": link.remote_number}) for link in links]
    audit.record_each(Actor.system(), verb, told)


@transaction.atomic
def tell_again(organization: Organization, link_id: UUID, *, actor: Actor) -> CustomerLink:
    """Somebody has mended what our change was refused for: it is told once more within a minute."""
    link = lock_link(organization, link_id)
    if link.refused:
        link.pushed_version, link.refused = max(link.customer.version - 1, 0), ""
        link.save(update_fields=["pushed_version", "refused"])
        audit.record(actor, "customer_link.told_again", link.customer, connection=link.connection.name)
    return link
