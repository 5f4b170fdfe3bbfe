"""Deciding whether and how reminders go out by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from reminders.actions.pausing import lock_or_make_settings
from reminders.models import ReminderSettings
from reminders.queries.plans import lock_settings
from tenants import audit
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.models import Organization

SETTINGS = ("is_on", "hour", "needs_approval", "consolidates", "minimum", "bank_days_max")


class SettingsChangedMeanwhile(DomainError):
    """Somebody else has saved the settings since they were opened."""


@transaction.atomic
def update_settings(
    organization: Organization, values: Mapping[str, Any], *, version: int, actor: Actor
) -> ReminderSettings:
    """Store how reminders go out; the row is made when it is saved first."""
    tenants.lock_organization(organization.pk)
    stored = lock_settings(organization)
    if version != (stored.version if stored else 0):
        raise SettingsChangedMeanwhile(
            _("Somebody has saved these settings meanwhile. Look at them again before you save.")
        )
    settings = stored or lock_or_make_settings(organization)
    before = {name: getattr(settings, name) for name in SETTINGS}
    changes = audit.changes(before, {name: values[name] for name in SETTINGS})
    if changes:
        for name in SETTINGS:
            setattr(settings, name, values[name])
        settings.version += 1
        settings.save(update_fields=[*SETTINGS, "version"])
        audit.record(actor, "reminder_settings.changed", settings, changes=changes)
    return settings
