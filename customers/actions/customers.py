"""Every change of customers and the people at them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from customers import queries
from customers.actions.erasure import refuse_erased
from customers.models import Contact, Customer, CustomerKind, PropertySubject
from customers.own_values import named_changes
from foundation.errors import DomainError
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

CONTACTS_MAX = 100
OWN = "custom_properties"


class CustomerChangedMeanwhile(DomainError):
    """Somebody saved the customer after it was read."""


class TooManyContacts(DomainError):
    """A customer has a bounded number of contacts."""


class NationalIdStandsInTheWay(DomainError):
    """Only consumers have national ids: it must be erased before the kind changes."""


@transaction.atomic
def create_customer(organization: Organization, *, values: Mapping[str, Any], actor: Actor) -> Customer:
    """Write a new customer under the organization's next customer number."""
    series = queries.lock_number_series(organization)
    series.last_number += 1
    series.save(update_fields=["last_number"])
    customer = Customer(organization=organization, number=series.last_number, **values)
    customer.save(force_insert=True)
    audit.record(actor, "customer.created", customer, number=customer.number)
    return customer


@transaction.atomic
def update_customer(
    organization: Organization, customer_id: UUID, *, values: Mapping[str, Any], version: int, actor: Actor
) -> Customer:
    """Change what we know of a customer; documents that are finalized keep what they were finalized with."""
    customer = queries.lock_customer(organization, customer_id)
    refuse_erased(customer)
    if customer.version != version:
        raise CustomerChangedMeanwhile(
            _("%(name)s was changed by somebody else meanwhile. Compare with the values below and save again.")
            % {"name": customer.name}
        )
    if customer.has_national_id and values.get("kind", customer.kind) != CustomerKind.CONSUMER:
        raise NationalIdStandsInTheWay(
            _("Only consumers have national ids. Erase the national id before you change the kind."), field="kind"
        )
    changes = _changes(organization, customer, values)
    if not changes:
        return customer
    for name, value in values.items():
        setattr(customer, name, value)
    customer.version += 1
    customer.save(update_fields=[*values, "version"])
    audit.record(actor, "customer.changed", customer, changes=changes)
    return customer


def _changes(organization: Organization, customer: Customer, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is new in the values; own properties by their names."""
    columns = {name: value for name, value in values.items() if name != OWN}
    changes = audit.changes({name: getattr(customer, name) for name in columns}, columns)
    if OWN not in values:
        return changes
    definitions = queries.list_properties(organization, PropertySubject.CUSTOMER)
    return changes | named_changes(definitions, customer.custom_properties, values[OWN])


@transaction.atomic
def archive_customer(organization: Organization, customer_id: UUID, *, actor: Actor, now: datetime) -> Customer:
    """Take a customer out of use; documents and numbers remain."""
    customer = queries.lock_customer(organization, customer_id)
    if not customer.is_archived:
        customer.archived_at = now
        customer.save(update_fields=["archived_at"])
        audit.record(actor, "customer.archived", customer)
    return customer


@transaction.atomic
def restore_customer(organization: Organization, customer_id: UUID, *, actor: Actor) -> Customer:
    """Take a customer into use again."""
    customer = queries.lock_customer(organization, customer_id)
    refuse_erased(customer)
    if customer.is_archived:
        customer.archived_at = None
        customer.save(update_fields=["archived_at"])
        audit.record(actor, "customer.restored", customer)
    return customer


@transaction.atomic
def add_contact(organization: Organization, customer_id: UUID, *, values: Mapping[str, Any], actor: Actor) -> Contact:
    """Write down a person at a customer."""
    customer = queries.lock_customer(organization, customer_id)
    refuse_erased(customer)
    if queries.list_contacts(organization, customer).count() >= CONTACTS_MAX:
        raise TooManyContacts(
            _("A customer has at most %(most)s contacts. Remove one that is not in use.") % {"most": CONTACTS_MAX}
        )
    contact = Contact(organization=organization, customer=customer, **values)
    contact.save(force_insert=True)
    audit.record(actor, "contact.added", customer, name=contact.name)
    return contact


@transaction.atomic
def remove_contact(organization: Organization, customer_id: UUID, contact_id: UUID, *, actor: Actor) -> None:
    """Forget a person at a customer."""
    customer = queries.lock_customer(organization, customer_id)
    contact = queries.get_contact(organization, customer_id, contact_id)
    audit.record(actor, "contact.removed", customer, name=contact.name)
    contact.delete()
