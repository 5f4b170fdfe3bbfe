"""Questions about customers that are known on both sides: who changed here, who changed there, who needs somebody."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.http import Http404

from accounting_sync.models import (
    Connection,
    ConnectionState,
    CustomerChange,
    CustomerChangeState,
    CustomerLink,
    LinkState,
)
from accounting_sync.providers.registry import adapters
from tenants.models import Organization


@dataclass(frozen=True, slots=True)
class CustomersStanding:
    """Whether there is anything to say about customers on both sides, and how much of it waits for somebody."""

    is_told: bool  # some accounting system tells customers
    waiting: int

    @property
    def is_shown(self) -> bool:
        """Whether the page has a tab."""
        return self.is_told or self.waiting > 0


def customers_standing(organization: Organization) -> CustomersStanding:
    """What the tab says of the connections that are not closed; three small statements."""
    systems = set(_open_connections(organization).values_list("system", flat=True))
    is_told = any(adapters()[system].tells_customers for system in systems)
    if not systems:
        return CustomersStanding(is_told=False, waiting=0)
    return CustomersStanding(is_told, open_changes(organization).count() + links_to_settle(organization).count())


def open_changes(organization: Organization) -> QuerySet[CustomerChange]:
    """Customers that are known otherwise there, and about whom nobody has decided yet."""
    found = CustomerChange.objects.of(organization).filter(
        state=CustomerChangeState.OPEN, connection__in=_open_connections(organization)
    )
    return found.select_related("customer", "connection")


def links_to_settle(organization: Organization) -> QuerySet[CustomerLink]:
    """Links that a person must look at: several fit, nobody is there any more, or our change was refused."""
    found = CustomerLink.objects.of(organization).filter(
        ~Q(state=LinkState.LINKED) | ~Q(refused=""), connection__in=_open_connections(organization)
    )
    return found.select_related("customer", "connection")


def _open_connections(organization: Organization) -> QuerySet[Connection]:
    return Connection.objects.of(organization).exclude(state=ConnectionState.CLOSED)


def get_change(organization: Organization, change_id: UUID) -> CustomerChange:
    """One change with its customer, or 404."""
    found = CustomerChange.objects.of(organization).select_related("customer", "connection").filter(pk=change_id)
    change = found.first()
    if change is None:
        raise Http404
    return change


def lock_change(organization: Organization, change_id: UUID) -> CustomerChange:
    """One change under its row lock, or 404."""
    found = CustomerChange.objects.of(organization).select_for_update(of=("self",)).filter(pk=change_id)
    change = found.select_related("customer", "connection").first()
    if change is None:
        raise Http404
    return change


def get_link(organization: Organization, link_id: UUID) -> CustomerLink:
    """One link with its customer, or 404."""
    found = CustomerLink.objects.of(organization).select_related("customer", "connection").filter(pk=link_id)
    link = found.first()
    if link is None:
        raise Http404
    return link


def lock_link(organization: Organization, link_id: UUID) -> CustomerLink:
    """One link under its row lock, or 404."""
    found = CustomerLink.objects.of(organization).select_for_update(of=("self",)).filter(pk=link_id)
    link = found.select_related("customer", "connection").first()
    if link is None:
        raise Http404
    return link


def lock_link_of(organization: Organization, connection_id: UUID, customer_id: UUID) -> CustomerLink | None:
    """How a connection knows a customer, under its row lock; None where it does not."""
    found = CustomerLink.objects.of(organization).filter(connection_id=connection_id, customer_id=customer_id)
    return found.select_for_update(of=("self",)).first()


def lock_links_there(connection: Connection, remote_ids: Collection[str]) -> list[CustomerLink]:
    """The links to these customers there, linked or missing until now, under their row locks; nobody is guessed."""
    found = CustomerLink.objects.of(connection.organization_id).filter(
        connection=connection, remote_id__in=list(remote_ids), state__in=[LinkState.LINKED, LinkState.MISSING]
    )
    return list(found.select_related("customer").select_for_update(of=("self",)).order_by("pk"))


def lock_changes_of(connection: Connection, customer_ids: Collection[UUID]) -> dict[UUID, CustomerChange]:
    """What is known of changes of these customers there, under the row locks."""
    found = CustomerChange.objects.of(connection.organization_id).filter(
        connection=connection, customer_id__in=list(customer_ids)
    )
    return {row.customer_id: row for row in found.select_for_update(of=("self",)).order_by("pk")}


def links_beyond(connection: Connection, remote_ids: Collection[str], *, before: datetime) -> QuerySet[CustomerLink]:
    """Links since before a moment to customers that are not among these."""
    found = CustomerLink.objects.of(connection.organization_id).filter(
        connection=connection, state=LinkState.LINKED, linked_at__lt=before
    )
    return found.exclude(remote_id__in=list(remote_ids)).select_related("customer").order_by("pk")


def links_to_tell(connection: Connection, now: datetime) -> QuerySet[CustomerLink]:
    """Links whose customer has changed here since it was last told; who is erased here stays there as it is."""
    found = CustomerLink.objects.of(connection.organization_id).filter(
        Q(next_at=None) | Q(next_at__lte=now),
        connection=connection,
        state=LinkState.LINKED,
        customer__version__gt=F("pushed_version"),
        customer__erased_at=None,
    )
    return found.select_related("customer").order_by("pk")


def has_links_to_tell(connection: Connection, now: datetime) -> bool:
    """Whether the connection is to be told of any change."""
    is_sent = adapters()[connection.system].updates_customers and connection.sends_customers
    return is_sent and links_to_tell(connection, now).exists()
