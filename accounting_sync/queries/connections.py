"""Questions about connections, their mappings and links."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from accounting_sync.mapping.entries import Party, Target
from accounting_sync.mapping.facts import Dictionary
from accounting_sync.models import (
    AccountMapping,
    Connection,
    ConnectionState,
    CustomerLink,
    LinkState,
    MappingKind,
    RemoteChoice,
)
from accounting_sync.providers.base import Adapter, ListKind, Mode, Option
from accounting_sync.providers.registry import adapters
from customers.models import Customer, CustomerKind
from tenants.models import Organization


def adapter_of(connection: Connection) -> Adapter:
    """The adapter of a connection, with its options."""
    return adapters()[connection.system](connection.options, Mode(connection.mode))


def names_company(option: Option) -> bool:
    """Whether an option says to whom vouchers go, which stays as it is once any were pushed."""
    return option.choices == ListKind.COMPANIES or (option.choices is None and option.is_required)


def list_connections(organization: Organization, *, with_closed: bool = False) -> QuerySet[Connection]:
    """The organization's connections by name."""
    found = Connection.objects.of(organization).order_by("name", "id")
    return found if with_closed else found.exclude(state=ConnectionState.CLOSED)


def get_connection(organization: Organization, connection_id: UUID) -> Connection:
    """One connection, or 404."""
    found = Connection.objects.of(organization).filter(pk=connection_id).first()
    if found is None:
        raise Http404
    return found


def lock_connection(organization: Organization, connection_id: UUID) -> Connection:
    """One connection under its row lock, or 404."""
    found = Connection.objects.of(organization).select_for_update().filter(pk=connection_id).first()
    if found is None:
        raise Http404
    return found


def active_connections(organization: Organization) -> list[Connection]:
    """Those whose vouchers are pushed."""
    return list(Connection.objects.of(organization).filter(state=ConnectionState.ACTIVE).order_by("created_at", "id"))


def connections_to_refresh(organization: Organization, *, before: datetime) -> list[Connection]:
    """Those whose lists were read before a moment, and that can be asked."""
    states = (ConnectionState.ACTIVE, ConnectionState.PAUSED, ConnectionState.SETTING_UP)
    found = Connection.objects.of(organization).filter(state__in=states, secrets_sealed__isnull=False)
    return list(found.filter(Q(lists_read_at=None) | Q(lists_read_at__lt=before)).order_by("created_at", "id"))


def choices_of(connection: Connection, kind: str) -> QuerySet[RemoteChoice]:
    """One of the accounting system's lists, as it was last read, without what has vanished."""
    return (
        RemoteChoice.objects.of(connection.organization_id)
        .filter(connection=connection, kind=kind, vanished_at=None)
        .order_by("code", "label", "id")
    )


def mappings_of(connection: Connection) -> QuerySet[AccountMapping]:
    """All mappings of a connection."""
    return AccountMapping.objects.of(connection.organization_id).filter(connection=connection)


def links_of(connection: Connection, customer_ids: Collection[UUID]) -> dict[UUID, CustomerLink]:
    """The links of these customers."""
    found = CustomerLink.objects.of(connection.organization_id).filter(
        connection=connection, customer_id__in=list(customer_ids)
    )
    return {link.customer_id: link for link in found}


def unlinked(organization: Organization, customer_ids: Collection[UUID]) -> list[Customer]:
    """These customers in the order of their numbers, to be looked for one after the other."""
    return list(Customer.objects.of(organization).filter(pk__in=list(customer_ids)).order_by("number"))


def parties_of(connection: Connection, customer_ids: Collection[UUID]) -> dict[str, Party]:
    """Customers as the adapter needs them, linked where they are."""
    links = links_of(connection, customer_ids)
    customers = Customer.objects.of(connection.organization_id).filter(pk__in=list(customer_ids))
    return {str(customer.pk): party_of(customer, links.get(customer.pk)) for customer in customers}


def party_of(customer: Customer, link: CustomerLink | None) -> Party:
    """One customer as an adapter needs it."""
    is_linked = link is not None and link.state == LinkState.LINKED
    return Party(
        number=str(customer.number),
        name=customer.name,
        is_business=customer.kind != CustomerKind.CONSUMER,
        is_public=customer.kind == CustomerKind.PUBLIC_BODY,
        organization_number=customer.organization_number,
        vat_number=customer.vat_number,
        email=customer.email,
        phone=customer.phone,
        contact_name=customer.contact_name,
        street=customer.street,
        street_2=customer.street_2,
        postal_code=customer.postal_code,
        city=customer.city,
        country=customer.country,
        language=customer.language,
        currency=customer.currency,
        payment_terms_days=customer.payment_terms_days if customer.payment_terms_days is not None else 14,
        remote_id=link.remote_id if is_linked and link else "",
        remote_number=link.remote_number if is_linked and link else "",
        facts=link.facts if is_linked and link else {},
    )


def dictionary_of(organization: Organization, connection: Connection, customer_ids: Collection[UUID]) -> Dictionary:
    """Everything that the connection calls differently, for vouchers about these customers."""
    accounts: dict[str, Target] = {}
    vat: dict[str, Target] = {}
    dimensions: dict[str, Target] = {}
    accounts_of: dict[str, dict[str, Target]] = {}
    vat_of: dict[str, dict[str, Target]] = {}
    wanted = Q(customer=None) | Q(customer_id__in=list(customer_ids))
    for row in mappings_of(connection).filter(wanted, vanished_at=None):
        target = Target(row.remote_id, row.remote_code, row.remote_label, row.facts)
        own = str(row.customer_id) if row.customer_id else ""
        if row.kind == MappingKind.DIMENSION:
            dimensions[row.local_key] = target
        elif row.kind == MappingKind.ACCOUNT:
            (accounts_of.setdefault(own, {}) if own else accounts)[row.local_key] = target
        else:
            (vat_of.setdefault(own, {}) if own else vat)[row.local_key] = target
    return Dictionary(
        country=organization.country,
        accounts=accounts,
        vat=vat,
        dimensions=dimensions,
        accounts_of=accounts_of,
        vat_of=vat_of,
        parties=parties_of(connection, customer_ids),
    )


def can_work(connection: Connection, now: datetime) -> bool:
    """Whether its lane may be taken now: active, awake, and nobody else's."""
    if not connection.is_active or (connection.sleeps_until is not None and connection.sleeps_until > now):
        return False
    return connection.lane_until is None or connection.lane_until <= now
