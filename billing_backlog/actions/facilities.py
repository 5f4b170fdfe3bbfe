"""Registering and changing facilities, and taking them out of use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.errors import ItemIsUnclear, StaleRecord
from billing_backlog.models import Facility
from billing_backlog.queries.facilities import facility_with_number, lock_facility
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

COLUMNS = (
    "number", "name", "group", "case_worker_id", "is_billable", "takes_one_at_a_time", "revenue_account",
    "vat_treatment", "header_text", "contact_department",
)  # fmt: skip


@transaction.atomic
def create_facility(organization: Organization, *, values: Mapping[str, Any], actor: Actor) -> Facility:
    """Write a new facility under a number that no other has."""
    _refuse_taken_number(organization, values["number"], None)
    facility = Facility(organization=organization, **{name: values[name] for name in COLUMNS if name in values})
    facility.save(force_insert=True)
    audit.record(actor, "facility.created", facility)
    return facility


@transaction.atomic
def update_facility(
    organization: Organization, facility_id: UUID, *, values: Mapping[str, Any], version: int, actor: Actor
) -> Facility:
    """Change a facility; work that is taken in from now on follows it."""
    facility = lock_facility(organization, facility_id)
    if facility.version != version:
        raise StaleRecord(
            _("%(name)s was changed by somebody else meanwhile. Look at the page again, then save.")
            % {"name": facility}
        )
    _refuse_taken_number(organization, values["number"], facility)
    columns = {name: values[name] for name in COLUMNS}
    changes = audit.changes({name: getattr(facility, name) for name in columns}, columns)
    if changes:
        for name, value in columns.items():
            setattr(facility, name, value)
        facility.version += 1
        facility.save(update_fields=[*columns, "version"])
        audit.record(actor, "facility.changed", facility, changes=changes)
    return facility


@transaction.atomic
def archive_facility(organization: Organization, facility_id: UUID, *, actor: Actor, now: datetime) -> Facility:
    """Take a facility out of use: it stands in no new run; twice is as good as once."""
    facility = lock_facility(organization, facility_id)
    if facility.archived_at is None:
        facility.archived_at = now
        facility.save(update_fields=["archived_at"])
        audit.record(actor, "facility.archived", facility)
    return facility


def _refuse_taken_number(organization: Organization, number: str, own: Facility | None) -> None:
    found = facility_with_number(organization, number)
    if found is not None and found != own:
        raise ItemIsUnclear(
            _("%(facility)s has that number already. Choose another.") % {"facility": found}, field="number"
        )
