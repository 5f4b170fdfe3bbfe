"""Customers as the accounting system knows them: links that were found or made, and those that a person must choose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounting_sync.actions.passages import release_customers
from accounting_sync.models import Connection, CustomerLink, LinkState
from accounting_sync.providers.base import RemoteCustomer
from accounting_sync.talking import Talk
from customers.models import Customer
from foundation.errors import DomainError
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

BY_ITSELF = "Bilag"


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
            "pushed_version": customer.version if is_made else 0,
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
