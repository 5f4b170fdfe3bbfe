"""Customers that are known otherwise in the accounting system: what was found, and what a person decides about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounting_sync.actions.links import lose_links, restore_links
from accounting_sync.mapping.customers import FIELDS, differences, plain, told_of
from accounting_sync.models import CustomerChange, CustomerChangeState, CustomerLink, LinkState
from accounting_sync.providers.base import RemoteCustomer
from accounting_sync.queries.connections import party_of
from accounting_sync.queries.customer_changes import (
    get_change,
    lock_change,
    lock_changes_of,
    lock_link_of,
    lock_links_there,
)
from accounting_sync.talking import Talk
from customers.actions.customers import update_customer
from foundation.errors import DomainError
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

LINK_FIELDS = ("there", "facts", "remote_number", "remote_name")
CHANGE_FIELDS = ("fields", "state", "found_at", "settled_at", "settled_by")


class ChangeIsSettled(DomainError):
    """Somebody has decided about the change, or the accounting system says something else by now."""


class NothingIsChosen(DomainError):
    """Nothing of a change was chosen to be taken over."""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What of a change becomes ours, and what whoever decided has looked at."""

    names: Collection[str]  # of the fields that were chosen
    values: Mapping[str, Any]  # as the customer's form has cleaned them, with what follows from them
    version: int  # of the customer
    seen: str  # the moment at which the change was found, as the page has shown it


@transaction.atomic
def keep_told(talk: Talk, remotes: Mapping[str, RemoteCustomer], *, now: datetime) -> tuple[set[str], int]:
    """Compare customers as they stand there with ours, and write down what is news; a few statements for a page.

    Returns which of them are linked, and how many changes are new. Customers whose change here is on its way are
    compared once it has arrived.
    """
    talk.lane.refuse_if_lost()
    links = lock_links_there(talk.connection, remotes)
    gone = [link for link in links if link.state == LinkState.LINKED and not remotes[link.remote_id].is_active]
    back = [link for link in links if link.state == LinkState.MISSING and remotes[link.remote_id].is_active]
    here = [link for link in links if remotes[link.remote_id].is_active and not link.customer.is_erased]
    known = lock_changes_of(talk.connection, [link.customer_id for link in here])
    lose_links(talk, gone, now=now)
    restore_links(talk, back)
    takes_ours = talk.adapter.updates_customers and talk.connection.sends_customers
    learned: list[CustomerLink] = []
    fresh: list[CustomerChange] = []
    changed: list[CustomerChange] = []
    news = 0
    for link in here:
        if takes_ours and link.customer.version > link.pushed_version:
            continue
        change = known.get(link.customer_id) or CustomerChange(
            organization_id=link.organization_id,
            connection=talk.connection,
            customer=link.customer,
            state=CustomerChangeState.GONE,
        )
        was_open = change.state == CustomerChangeState.OPEN
        found = _found(link, remotes[link.remote_id], change)
        if _learn(link, remotes[link.remote_id]):
            learned.append(link)
        if _decide(change, found, now=now):
            (changed if link.customer_id in known else fresh).append(change)
            news += change.state == CustomerChangeState.OPEN and not was_open
    CustomerLink.objects.bulk_update(learned, LINK_FIELDS, batch_size=500)
    CustomerChange.objects.bulk_create(fresh, batch_size=500)
    CustomerChange.objects.bulk_update(changed, CHANGE_FIELDS, batch_size=500)
    return {link.remote_id for link in links}, news


def _found(link: CustomerLink, remote: RemoteCustomer, change: CustomerChange) -> dict[str, list[str]]:
    """What is news of a customer; what is open stays so while it differs."""
    is_open = change.state == CustomerChangeState.OPEN
    return differences(party_of(link.customer, link), _said(link, remote), link.there, change.fields if is_open else ())


def _learn(link: CustomerLink, remote: RemoteCustomer) -> bool:
    """What the system says by now stands on the link; whether that is anything else than before."""
    before = [getattr(link, name) for name in LINK_FIELDS]
    link.there = _said(link, remote)
    link.facts = {**link.facts, **remote.facts}
    link.remote_number = plain(remote.number)[:60] or link.remote_number
    link.remote_name = plain(remote.name)[:200] or link.remote_name
    return before != [getattr(link, name) for name in LINK_FIELDS]


def _said(link: CustomerLink, remote: RemoteCustomer) -> dict[str, str]:
    said = {name: getattr(remote, name) for name in FIELDS}
    return told_of(said, is_business=party_of(link.customer, link).is_business)


def _decide(change: CustomerChange, found: Mapping[str, Sequence[str]], *, now: datetime) -> bool:
    """Where the change stands after what was found; whether that is to be written."""
    if not found:
        if change.state != CustomerChangeState.OPEN:
            return False
        change.state, change.settled_at, change.settled_by = CustomerChangeState.GONE, now, ""
        return True
    if change.state == CustomerChangeState.OPEN and change.fields == found:
        return False
    change.state, change.fields, change.found_at = CustomerChangeState.OPEN, dict(found), now
    change.settled_at, change.settled_by = None, ""
    return True


@transaction.atomic
def note_absent(talk: Talk, links: Sequence[CustomerLink], *, now: datetime) -> None:
    """Customers that are not there any more: what is pushed for them waits until somebody has looked."""
    talk.lane.refuse_if_lost()
    lose_links(talk, links, now=now)


@transaction.atomic
def take_customer_change(
    organization: Organization, change_id: UUID, taken: TakenOver, *, actor: Actor, now: datetime
) -> CustomerChange:
    """Make ours what the accounting system says, as if a person had typed it; it is not told back to where it is from.

    What was not chosen stays as it is on both sides.
    """
    asked = get_change(organization, change_id)
    link = lock_link_of(organization, asked.connection_id, asked.customer_id)
    change = lock_change(organization, change_id)
    _refuse_settled(change, taken.seen)
    if not taken.names:
        raise NothingIsChosen(_("Choose at least one field to take over."))
    if not set(taken.names) <= set(change.fields):
        raise _settled(change)
    customer = update_customer(
        organization, change.customer_id, values=taken.values, version=taken.version, actor=actor
    )
    if link is not None and link.pushed_version >= taken.version:
        link.pushed_version = customer.version  # it stands there already
        link.save(update_fields=["pushed_version"])
    _settle(change, CustomerChangeState.TAKEN, actor=actor, now=now)
    named = ", ".join(sorted(taken.names))
    audit.record(actor, "customer_change.taken", customer, connection=change.connection.name, fields=named)
    return change


@transaction.atomic
def ignore_customer_change(
    organization: Organization, change_id: UUID, *, seen: str, actor: Actor, now: datetime
) -> CustomerChange:
    """Keep ours: it is shown again only when the accounting system says something else."""
    change = lock_change(organization, change_id)
    _refuse_settled(change, seen)
    _settle(change, CustomerChangeState.IGNORED, actor=actor, now=now)
    named = ", ".join(sorted(change.fields))
    audit.record(actor, "customer_change.ignored", change.customer, connection=change.connection.name, fields=named)
    return change


def _refuse_settled(change: CustomerChange, seen: str) -> None:
    if change.state != CustomerChangeState.OPEN or change.found_at.isoformat() != seen:
        raise _settled(change)


def _settled(change: CustomerChange) -> ChangeIsSettled:
    return ChangeIsSettled(
        _("What is known of %(name)s has changed meanwhile. Reload the page and look again.")
        % {"name": change.customer.name}
    )


def _settle(change: CustomerChange, state: CustomerChangeState, *, actor: Actor, now: datetime) -> None:
    change.state, change.settled_at, change.settled_by = state, now, actor.name[:120]
    change.save(update_fields=["state", "settled_at", "settled_by"])
