"""Registering and changing the agencies that collect for the organization, and bringing cases to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from reminders.handing import sealed_secret, words_of
from reminders.models import CollectionAgency, CollectionCase
from reminders.models.collection import AGENCY_COLUMNS as COLUMNS
from reminders.queries import collection as queries
from tenants import audit, outbox
from tenants.audit import Actor
from tenants.models import Organization

TRANSFER = "reminders.transfer_case"
FAULT_LENGTH = 500


class AgencyIsUnclear(DomainError):
    """What was written of the agency cannot stand."""


class AgencyChanged(DomainError):
    """Somebody else has saved the same agency since it was opened."""


@transaction.atomic
def create_agency(
    organization: Organization, *, values: Mapping[str, Any], secret: str, actor: Actor
) -> CollectionAgency:
    """Register an agency under a name that no other has."""
    _refuse_taken_name(organization, values["name"], None)
    agency = CollectionAgency(organization=organization, **{name: values[name] for name in COLUMNS})
    if secret:
        agency.secret_sealed = sealed_secret(agency, secret)
    agency.save(force_insert=True)
    audit.record(actor, "collection_agency.created", agency)
    return agency


@transaction.atomic
def update_agency(
    organization: Organization,
    agency_id: UUID,
    *,
    values: Mapping[str, Any],
    secret: str,
    version: int,
    actor: Actor,
) -> CollectionAgency:
    """Change an agency; an empty secret leaves the one that is kept. Cases that it has stay as they are."""
    agency = queries.lock_agency(organization, agency_id)
    if agency.version != version:
        raise AgencyChanged(
            _("%(name)s was changed by somebody else meanwhile. Look at the page again, then save.") % {"name": agency}
        )
    _refuse_taken_name(organization, values["name"], agency)
    columns = {name: values[name] for name in COLUMNS}
    changes = audit.changes({name: getattr(agency, name) for name in columns}, columns)
    if secret:
        agency.secret_sealed = sealed_secret(agency, secret)
        changes["secret"] = ["•", "•"]
    if not changes:
        return agency
    for name, value in columns.items():
        setattr(agency, name, value)
    agency.version += 1
    agency.save(update_fields=[*columns, "secret_sealed", "version"])
    audit.record(actor, "collection_agency.changed", agency, changes=changes)
    return agency


def _refuse_taken_name(organization: Organization, name: str, own: CollectionAgency | None) -> None:
    found = queries.agency_named(organization, name)
    if found is not None and found != own:
        raise AgencyIsUnclear(_("Another agency has that name. Choose another."), field="name")


@transaction.atomic
def start_transfer(organization: Organization, case_id: UUID, *, actor: Actor, now: datetime) -> CollectionCase:
    """Let the files be brought to the agency; what goes by hand is noted as handed over at once.

    Twice is as good as once: what is there is not sent again.
    """
    case = queries.lock_case(organization, case_id)
    if case.transferred_at is not None:
        return case
    if case.agency.is_by_hand:
        return settle_transfer(organization, case_id, fault="", actor=actor, now=now)
    if outbox.make_due_of(organization.pk, TRANSFER, case.pk):
        return case
    payload = {"actor_kind": actor.kind, "actor_id": str(actor.id or ""), "actor_name": actor.name}
    key = f"collection_case:{case.pk}:{now.isoformat()}"
    outbox.put_each(organization.pk, [outbox.Effect(TRANSFER, case.pk, key, payload)])
    audit.record(actor, "collection.transfer_started", case, place=words_of(case.agency))
    return case


@transaction.atomic
def settle_transfer(
    organization: Organization, case_id: UUID, *, fault: str, actor: Actor, now: datetime
) -> CollectionCase:
    """Write down what an attempt at bringing the files there came to."""
    case = queries.lock_case(organization, case_id)
    if case.transferred_at is not None:
        return case
    case.transfer_fault = fault[:FAULT_LENGTH]
    if fault:
        audit.record(actor, "collection.transfer_failed", case, reason=fault[:300])
    else:
        case.transferred_at = now
        audit.record(actor, "collection.transferred", case, place=words_of(case.agency))
    case.save(update_fields=["transferred_at", "transfer_fault"])
    return case
