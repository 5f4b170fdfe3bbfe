"""Everything waits, with a reason, until somebody lets it go on."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from reminders.models import ReminderSettings
from reminders.queries.plans import lock_settings
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

REASON_LENGTH = 300
_PAUSE = ["paused_at", "paused_by", "paused_reason", "version"]


class ReasonIsMissing(DomainError):
    """Whoever reads it later must be told why."""


@transaction.atomic
def pause_all(organization: Organization, *, reason: str, actor: Actor, now: datetime) -> ReminderSettings:
    """Let nothing be decided or sent until it is resumed; pausing twice changes nothing."""
    if not reason.strip():
        raise ReasonIsMissing(_("Say why reminders wait."), field="reason")
    settings = lock_or_make_settings(organization)
    if settings.is_paused:
        return settings
    settings.paused_at, settings.paused_by, settings.paused_reason = now, actor.name, reason.strip()[:REASON_LENGTH]
    settings.version += 1
    settings.save(update_fields=_PAUSE)
    audit.record(actor, "reminders.paused", settings, reason=settings.paused_reason)
    return settings


@transaction.atomic
def resume_all(organization: Organization, *, actor: Actor, now: datetime) -> ReminderSettings:
    """Let reminders go on. What was passed over meanwhile is caught up once, each step at its distance."""
    settings = lock_or_make_settings(organization)
    if not settings.is_paused:
        return settings
    settings.paused_at, settings.paused_by, settings.paused_reason = None, "", ""
    settings.version += 1
    settings.save(update_fields=_PAUSE)
    audit.record(actor, "reminders.resumed", settings)
    return settings


def lock_or_make_settings(organization: Organization) -> ReminderSettings:
    """The organization's row, locked, made where there is none; in the caller's transaction."""
    settings = lock_settings(organization)
    if settings is None:
        ReminderSettings.objects.bulk_create([ReminderSettings(organization=organization)], ignore_conflicts=True)
        settings = lock_settings(organization)
    assert settings is not None
    return settings
