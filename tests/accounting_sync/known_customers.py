"""Customers whom both sides know, changed here and there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.utils import timezone

from accounting_sync.fetching.customers import read_customers
from accounting_sync.linking import link_customers
from accounting_sync.models import Connection, CustomerChange, CustomerLink
from customers.actions.customers import update_customer
from customers.models import Customer
from tenants.models import Organization
from tests import builders
from tests.accounting_sync.connected import connect, talk
from tests.ledgers.server import LedgerServer

ADDRESSED = {
    "name": "Fjordbygg: Sønner & Døtre AS",
    "email": "Faktura@fjordbygg.example",
    "street": "Storgata 1",
    "street_2": "Bakgården",
    "postal_code": "0155",
    "city": "Oslo",
}


def known(organization: Organization, server: LedgerServer, **changes: Any) -> tuple[Connection, Customer]:
    """A customer whom both sides know, as after the first voucher."""
    customer = builders.make_customer(organization, **ADDRESSED | changes)
    connection = connect(organization, server)
    link(organization, connection, customer)
    return connection, customer


def link(organization: Organization, connection: Connection, customer: Customer) -> CustomerLink:
    """Find or make the customer there, as the first voucher does."""
    with talk(organization, connection) as opened:
        opened.prepare()
        assert not link_customers(opened, {customer.pk})
    return link_of(organization, customer)


def change(organization: Organization, customer: Customer, **values: Any) -> Customer:
    """Somebody changes the customer here."""
    with builders.in_organization(organization):
        version = Customer.objects.of(organization).get(pk=customer.pk).version
        return update_customer(
            organization, customer.pk, values=values, version=version, actor=builders.actor_of(organization)
        )


def read(organization: Organization, connection: Connection, *, now: datetime | None = None) -> int:
    """Read customers back, as the hourly task does."""
    moment = now or timezone.now()
    with talk(organization, connection) as opened:
        opened.prepare()
        found = read_customers(opened, now=moment)
        Connection.objects.of(organization).filter(pk=connection.pk).update(changes_read_at=moment)
    return found


def read_all(organization: Organization, connection: Connection) -> int:
    """Read all customers back, as once a day."""
    with builders.in_organization(organization):
        Connection.objects.of(organization).filter(pk=connection.pk).update(changes_read_at=None)
    return read(organization, connection)


def link_of(organization: Organization, customer: Customer) -> CustomerLink:
    """How the accounting system knows the customer."""
    with builders.in_organization(organization):
        return CustomerLink.objects.of(organization).get(customer=customer)


def stored(organization: Organization, customer: Customer) -> Customer:
    """The customer as it stands here by now."""
    with builders.in_organization(organization):
        return Customer.objects.of(organization).get(pk=customer.pk)


def changes_of(organization: Organization) -> list[tuple[str, dict[str, Any]]]:
    """All changes that were found, with where they stand."""
    with builders.in_organization(organization):
        rows = CustomerChange.objects.of(organization).order_by("id")
        return [(row.state, row.fields) for row in rows]


def open_change(organization: Organization) -> CustomerChange:
    """The only change that waits for somebody."""
    with builders.in_organization(organization):
        return CustomerChange.objects.of(organization).get(state="open")


def changes_told(server: LedgerServer) -> int:
    """How often a customer there was changed by us."""
    return len([call for call in server.calls if call.method == "PUT" and "/contacts/" in call.path])


@contextmanager
def row_there(server: LedgerServer, customer: CustomerLink) -> Iterator[dict[str, Any]]:
    """What stands there of a customer, to be changed behind our back."""
    with server.system.lock:
        party = server.system.parties[customer.remote_id]
        yield party.get("row") or party["body"]
