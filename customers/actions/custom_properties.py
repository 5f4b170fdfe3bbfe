"""Every change of the organization's own properties; their values stay when a property goes out of use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from customers import queries
from customers.models import CustomProperty, PropertyKind
from foundation.errors import DomainError
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

PROPERTIES_MAX = 50


class PropertyNameIsTaken(DomainError):
    """Two properties in use on the same thing have different names."""


class TooManyProperties(DomainError):
    """An organization has a bounded number of own properties."""


class ChoiceNeedsWords(DomainError):
    """A choice offers something to choose."""


@transaction.atomic
def create_property(
    organization: Organization, *, subject: str, name: str, kind: str, choices: Sequence[str], actor: Actor
) -> CustomProperty:
    """Define a property that stands on every document or customer from now on, empty at first."""
    others = queries.lock_properties(organization, subject)
    if len(others) >= PROPERTIES_MAX:
        raise TooManyProperties(
            _("There are %(most)s properties in use. Take one out of use first.") % {"most": PROPERTIES_MAX}
        )
    _refuse_taken(others, name)
    row = CustomProperty(
        organization=organization,
        subject=subject,
        name=name,
        kind=kind,
        choices=list(choices) if kind == PropertyKind.CHOICE else [],
        position=max((other.position for other in others), default=0) + 1,
    )
    row.save(force_insert=True)
    audit.record(actor, "property.created", row, name=name)
    return row


@transaction.atomic
def change_property(
    organization: Organization, property_id: UUID, *, name: str, choices: Sequence[str], actor: Actor
) -> CustomProperty:
    """Rename a property or change the words of a choice; what stands on documents and customers stays."""
    row = queries.lock_property(organization, property_id)
    if not row.is_archived:
        _refuse_taken([each for each in queries.lock_properties(organization, row.subject) if each != row], name)
    is_choice = row.kind == PropertyKind.CHOICE
    if is_choice and not choices:
        raise ChoiceNeedsWords(_("Write the words to choose from, one a line."), field="words")
    words = list(choices) if is_choice else []
    changes = audit.changes(
        {"name": row.name, "choices": ", ".join(row.choices)}, {"name": name, "choices": ", ".join(words)}
    )
    if changes:
        row.name, row.choices = name, words
        row.save(update_fields=["name", "choices"])
        audit.record(actor, "property.changed", row, changes=changes)
    return row


@transaction.atomic
def move_property(organization: Organization, property_id: UUID, *, is_up: bool, actor: Actor) -> None:
    """Change places with the neighbour among the properties of the same thing."""
    row = queries.lock_property(organization, property_id)
    rows = queries.lock_properties(organization, row.subject)
    at = next((place for place, each in enumerate(rows) if each == row), None)
    to = None if at is None else at - 1 if is_up else at + 1
    if at is None or to is None or not 0 <= to < len(rows):
        return
    rows[at], rows[to] = rows[to], rows[at]
    for position, each in enumerate(rows, start=1):
        each.position = position
    CustomProperty.objects.bulk_update(rows, ["position"])
    audit.record(actor, "property.moved", row, name=row.name)


@transaction.atomic
def archive_property(organization: Organization, property_id: UUID, *, actor: Actor, now: datetime) -> CustomProperty:
    """Take a property out of use: no field, no filter, no column; its values are kept."""
    row = queries.lock_property(organization, property_id)
    if not row.is_archived:
        row.archived_at = now
        row.save(update_fields=["archived_at"])
        audit.record(actor, "property.archived", row, name=row.name)
    return row


@transaction.atomic
def restore_property(organization: Organization, property_id: UUID, *, actor: Actor) -> CustomProperty:
    """Take a property into use again, with the values that it had."""
    row = queries.lock_property(organization, property_id)
    if row.is_archived:
        _refuse_taken(queries.lock_properties(organization, row.subject), row.name)
        row.archived_at = None
        row.save(update_fields=["archived_at"])
        audit.record(actor, "property.restored", row, name=row.name)
    return row


def _refuse_taken(others: Sequence[CustomProperty], name: str) -> None:
    if any(other.name.casefold() == name.casefold() for other in others):
        raise PropertyNameIsTaken(
            _("There is a property called %(name)s already. Choose another name.") % {"name": name}, field="name"
        )
