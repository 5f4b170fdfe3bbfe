"""Many customers or products at once, as an import has planned them: a few statements for each batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext as _

from customers import queries
from customers.actions.erasure import refuse_erased
from customers.models import Contact, Customer, Product
from foundation.errors import DomainError
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

Record = TypeVar("Record", Customer, Product)


class RecordChangedMeanwhile(DomainError):
    """A record is not what it was when the row was planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One record to write: new, or a stored one with the version that it was planned on."""

    values: Mapping[str, Any]
    record_id: UUID | None = None
    version: int = 0
    changes: Mapping[str, list[str]] = field(default_factory=dict)
    contacts: Sequence[Mapping[str, str]] = ()  # people to add
    in_use: bool = True


@transaction.atomic
def import_customers(
    organization: Organization, incoming: Sequence[Incoming], *, actor: Actor, now: datetime
) -> list[Customer]:
    """Write new and changed customers, all of them or none; numbers that a file brings are kept where they are free."""
    series = queries.lock_number_series(organization)
    stored = _lock(Customer, organization, incoming)
    fresh, changed = [], []
    for item in incoming:
        customer = stored.get(item.record_id) if item.record_id else None
        if customer is None:
            customer = Customer(organization=organization, **item.values)
            if not customer.number:
                customer.number = series.last_number + 1
            series.last_number = max(series.last_number, customer.number)
            fresh.append(customer)
        else:
            refuse_erased(customer)
            _set(customer, item)
            changed.append((customer, item))
        customer.archived_at = None if item.in_use else customer.archived_at or now
    series.save(update_fields=["last_number"])
    Customer.objects.bulk_create(fresh, batch_size=500)
    _update(Customer, changed)
    written = [*fresh, *(customer for customer, _item in changed)]
    new = iter(fresh)
    records = [stored[item.record_id] if item.record_id else next(new) for item in incoming]
    Contact.objects.bulk_create(
        [
            Contact(organization=organization, customer=customer, **contact)
            for customer, item in zip(records, incoming, strict=True)
            for contact in item.contacts
        ],
        batch_size=500,
    )
    audit.record_each(actor, "customer.created", [(customer, {"number": customer.number}) for customer in fresh])
    audit.record_each(actor, "customer.changed", [(customer, {"changes": item.changes}) for customer, item in changed])
    return written


@transaction.atomic
def import_products(
    organization: Organization, incoming: Sequence[Incoming], *, actor: Actor, now: datetime
) -> list[Product]:
    """Write new and changed products, all of them or none."""
    stored = _lock(Product, organization, incoming)
    fresh, changed = [], []
    for item in incoming:
        product = stored.get(item.record_id) if item.record_id else None
        if product is None:
            product = Product(organization=organization, **item.values)
            fresh.append(product)
        else:
            _set(product, item)
            changed.append((product, item))
        product.archived_at = None if item.in_use else product.archived_at or now
    Product.objects.bulk_create(fresh, batch_size=500)
    _update(Product, changed)
    audit.record_each(actor, "product.created", [(product, {}) for product in fresh])
    audit.record_each(actor, "product.changed", [(product, {"changes": item.changes}) for product, item in changed])
    return [*fresh, *(product for product, _item in changed)]


def _lock(model: type[Record], organization: Organization, incoming: Sequence[Incoming]) -> dict[UUID, Record]:
    ids = [item.record_id for item in incoming if item.record_id]
    rows = model.objects.of(organization).select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    stored = {row.pk: row for row in rows}
    for item in incoming:
        row = stored.get(item.record_id) if item.record_id else None
        if item.record_id and (row is None or row.version != item.version):
            raise RecordChangedMeanwhile(_("Somebody changed a record meanwhile. Rehearse the import once more."))
    return stored


def _set(record: models.Model, item: Incoming) -> None:
    for name, value in item.values.items():
        setattr(record, name, value)
    record.version += 1  # type: ignore[attr-defined]


def _update(model: type[Record], changed: Sequence[tuple[Record, Incoming]]) -> None:
    names = sorted({name for _record, item in changed for name in item.values} | {"version", "archived_at"})
    if changed:
        model.objects.bulk_update([record for record, _item in changed], names, batch_size=250)
