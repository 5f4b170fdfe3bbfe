"""How an organization bills its work."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.errors import StaleRecord
from billing_backlog.models import BacklogSettings
from foundation import rows
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

FIELDS = (
    "uses_journal", "reduced_rest", "notice_days", "confirms_proformas", "own_approval_by", "dimension_names",
    "attaches_timesheet", "hides_names", "bills_projects", "bills_bookings", "bills_visits", "bills_subscriptions",
)  # fmt: skip


@transaction.atomic
def update_billing(organization: Organization, *, version: int, actor: Actor, **values: Any) -> BacklogSettings:
    """Store the organization's ways with its backlog; refused when somebody has saved them meanwhile."""
    BacklogSettings.objects.bulk_create([BacklogSettings(organization=organization)], ignore_conflicts=True)
    settings = BacklogSettings.objects.of(organization).select_for_update(no_key=True).get()
    if settings.version != version:
        raise StaleRecord(_("Somebody has saved these settings meanwhile. Look at them again before you save."))
    before = {name: getattr(settings, name) for name in FIELDS}
    changes = audit.changes(before, {name: values[name] for name in FIELDS})
    if changes:
        for name in FIELDS:
            setattr(settings, name, values[name])
        settings.version += 1
        rows.update(organization.pk, [settings], [*FIELDS, "version"])
        audit.record(actor, "billing_settings.changed", settings, changes=changes)
    return settings
