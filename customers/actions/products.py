"""Every change of products."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from customers import queries
from customers.models import Product
from foundation.errors import DomainError
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


class ProductNumberIsTaken(DomainError):
    """Another product has that number."""


class ProductChangedMeanwhile(DomainError):
    """Somebody saved the product after it was read."""


@transaction.atomic
def create_product(organization: Organization, *, values: Mapping[str, Any], actor: Actor) -> Product:
    """Write a new product under its own number."""
    product = Product(organization=organization, **values)
    _save(product, force_insert=True)
    audit.record(actor, "product.created", product)
    return product


@transaction.atomic
def update_product(
    organization: Organization, product_id: UUID, *, values: Mapping[str, Any], version: int, actor: Actor
) -> Product:
    """Change a product; lines that are written already keep what they were written with."""
    product = queries.lock_product(organization, product_id)
    if product.version != version:
        raise ProductChangedMeanwhile(
            _("%(name)s was changed by somebody else meanwhile. Compare with the values below and save again.")
            % {"name": product.name}
        )
    changes = audit.changes({name: getattr(product, name) for name in values}, values)
    if not changes:
        return product
    for name, value in values.items():
        setattr(product, name, value)
    product.version += 1
    _save(product, update_fields=[*values, "version"])
    audit.record(actor, "product.changed", product, changes=changes)
    return product


@transaction.atomic
def archive_product(organization: Organization, product_id: UUID, *, actor: Actor, now: datetime) -> Product:
    """Take a product out of use; lines keep it."""
    product = queries.lock_product(organization, product_id)
    if not product.is_archived:
        product.archived_at = now
        product.save(update_fields=["archived_at"])
        audit.record(actor, "product.archived", product)
    return product


@transaction.atomic
def restore_product(organization: Organization, product_id: UUID, *, actor: Actor) -> Product:
    """Take a product into use again."""
    product = queries.lock_product(organization, product_id)
    if product.is_archived:
        product.archived_at = None
        product.save(update_fields=["archived_at"])
        audit.record(actor, "product.restored", product)
    return product


def _save(product: Product, **options: Any) -> None:
    try:
        with transaction.atomic():
            product.save(**options)
    except IntegrityError as error:
        raise ProductNumberIsTaken(
            _("Another product has the number %(number)s. Choose a free one.") % {"number": product.number},
            field="number",
        ) from error
