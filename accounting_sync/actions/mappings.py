"""What of ours is called how in the accounting system: chosen by people, proposed where nobody has chosen yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounting_sync.actions.connections import lock_open
from accounting_sync.actions.passages import release_unmapped
from accounting_sync.mapping.entries import Target
from accounting_sync.models import AccountMapping, Connection
from accounting_sync.queries.connections import adapter_of
from accounting_sync.queries.mappings import list_own_rows, lock_mappings, read_choices, suggestion_for
from foundation import rows
from foundation.errors import DomainError
from foundation.ids import uuid7
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

TOLD_MAX = 100  # changes in one audit line
SUGGESTED_BY = "Bilag"
EXCEPTIONS_KEPT_MAX = 200


class MappingRefused(DomainError):
    """What somebody chose is nothing that the accounting system has."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is mapped: one of ours, for all customers or for one."""

    kind: str
    local_key: str
    customer_id: UUID | None = None

    @property
    def need(self) -> str:
        """How vouchers that are stopped name it."""
        return f"{self.kind}:{self.local_key}"


@transaction.atomic
def save_mappings(
    organization: Organization,
    connection_id: UUID,
    wanted: Mapping[Place, Target | None],
    *,
    actor: Actor,
    now: datetime,
) -> int:
    """Map as wanted, None for not at all; vouchers that were stopped for want of these go on. How many changed."""
    row = lock_open(organization, connection_id)
    stored = lock_mappings(row)
    made: list[AccountMapping] = []
    changed: list[AccountMapping] = []
    gone: list[AccountMapping] = []
    told: dict[str, list[str]] = {}
    for place, target in wanted.items():
        standing = stored.get((place.kind, place.local_key, place.customer_id))
        if target is None:
            if standing is not None:
                gone.append(standing)
                told[place.need] = [_named(standing), ""]
            continue
        if standing is not None and _is_same(standing, target):
            continue
        mapping = standing or _new(row, place)
        told[place.need] = ["" if standing is None else _named(mapping), _shown(target)]
        _point(mapping, target, actor.name, now)
        (made if standing is None else changed).append(mapping)
    _refuse_too_many(stored, made)
    rows.insert(organization.pk, made)
    AccountMapping.objects.bulk_update(changed, POINTED)
    AccountMapping.objects.of(organization).filter(pk__in=[mapping.pk for mapping in gone]).delete()
    if told:
        kept = dict(list(told.items())[:TOLD_MAX])
        audit.record(actor, "mapping.changed", row, changes=kept, count=len(told))
        release_unmapped(organization, row, list(told))
    return len(told)


def suggest_missing(organization: Organization, connection: Connection, *, now: datetime, today: date) -> int:
    """Propose for everything that is not mapped what it probably is, in the caller's transaction; how many.

    A proposal is marked as one until somebody has saved it. Where vouchers are pushed already, nothing is proposed
    behind people's backs: they would go by it.
    """
    if connection.activated_at is not None:
        return 0
    adapter, choices = adapter_of(connection), read_choices(connection)
    made = []
    for own in list_own_rows(organization, connection, adapter, today):
        if own.mapping is not None:
            continue
        target = suggestion_for(adapter, own, choices)
        if target is None:
            continue
        mapping = _new(connection, Place(own.kind, own.local_key))
        _point(mapping, target, SUGGESTED_BY, now)
        mapping.is_suggested = True
        made.append(mapping)
    rows.insert(organization.pk, made)
    if made:
        audit.record(Actor.system(), "mapping.suggested", connection, count=len(made))
    return len(made)


def _new(connection: Connection, place: Place) -> AccountMapping:
    return AccountMapping(
        id=uuid7(),
        organization_id=connection.organization_id,
        connection_id=connection.pk,
        kind=place.kind,
        local_key=place.local_key,
        customer_id=place.customer_id,
    )


POINTED = (
    "remote_id", "remote_code", "remote_label", "facts", "is_suggested", "vanished_at", "changed_by", "changed_at",
)  # fmt: skip


def _point(mapping: AccountMapping, target: Target, by: str, now: datetime) -> None:
    mapping.remote_id, mapping.remote_code, mapping.remote_label = target.id, target.code, target.label
    mapping.facts = dict(target.facts)
    mapping.is_suggested, mapping.vanished_at = False, None
    mapping.changed_by, mapping.changed_at = by, now


def _is_same(mapping: AccountMapping, target: Target) -> bool:
    """Whether it points there already, and somebody has said so."""
    return mapping.remote_id == target.id and not mapping.is_suggested and mapping.vanished_at is None


def _named(mapping: AccountMapping) -> str:
    return f"{mapping.remote_code} {mapping.remote_label}".strip() or mapping.remote_id


def _shown(target: Target) -> str:
    return f"{target.code} {target.label}".strip() or target.id


def _refuse_too_many(stored: Mapping[tuple[str, str, UUID | None], AccountMapping], made: list[AccountMapping]) -> None:
    exceptions = sum(key[2] is not None for key in stored) + sum(each.customer_id is not None for each in made)
    if exceptions > EXCEPTIONS_KEPT_MAX:
        raise MappingRefused(
            _("There are %(most)s exceptions already. Remove those that are not used.") % {"most": EXCEPTIONS_KEPT_MAX}
        )
