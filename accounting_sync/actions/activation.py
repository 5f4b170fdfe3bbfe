"""From when on vouchers are pushed and how: decided once everything that they need is mapped, changed afterwards."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounting_sync.actions.connections import lock_open, refuse_taken_name
from accounting_sync.models import Connection, ConnectionState
from accounting_sync.previewing import preview
from accounting_sync.queries.connections import adapter_of, mappings_of
from accounting_sync.terms import PushTerms
from accounting_sync.words import key_in_words
from foundation.errors import DomainError
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

START_BACK_MAX = timedelta(days=3 * 366)
START_AHEAD_MAX = timedelta(days=366)
NAMED_MAX = 8


class NotReadyToPush(DomainError):
    """Something is missing before vouchers can be pushed; the sentence names it."""


@transaction.atomic
def activate_connection(
    organization: Organization, connection_id: UUID, terms: PushTerms, *, actor: Actor, now: datetime, today: date
) -> Connection:
    """Push from the start date on; refused while anything that the newest vouchers need is not mapped."""
    row = lock_open(organization, connection_id)
    refuse_unready(organization, row)
    _refuse_start(terms.start_day, today)
    _write(row, terms)
    row.state, row.activated_at = ConnectionState.ACTIVE, row.activated_at or now
    row.save()
    audit.record(actor, "connection.activated", row, start_day=terms.start_day.isoformat(), opening=row.opening)
    return row


@transaction.atomic
def update_push_terms(
    organization: Organization, connection_id: UUID, terms: PushTerms, version: int, *, actor: Actor, today: date
) -> Connection:
    """Other terms of a connection that pushes; an earlier start takes in what was posted since."""
    row = lock_open(organization, connection_id)
    if row.version != version:
        raise NotReadyToPush(_("Somebody else has saved this meanwhile. Reload the page and try again."))
    _refuse_start(terms.start_day, today)
    before = _told(row)
    _write(row, terms)
    row.save()
    audit.record(actor, "connection.changed", row, changes=audit.changes(before, _told(row)))
    return row


def refuse_unready(organization: Organization, connection: Connection) -> None:
    """Raises NotReadyToPush with everything that must be mended before vouchers can go."""
    adapter = adapter_of(connection)
    if connection.secrets_sealed is None:
        raise NotReadyToPush(_("Connect first: %(system)s does not let us in yet.") % {"system": adapter.label})
    unset = [
        str(option.label)
        for option in adapter.options
        if option.is_required and adapter.mode in option.modes and not connection.options.get(option.name)
    ]
    if unset:
        raise NotReadyToPush(_("Choose first: %(what)s.") % {"what": ", ".join(unset)})
    missing = sorted({key for each in preview(organization, connection) for key in each.unmapped})
    if missing:
        named = ", ".join(key_in_words(key) for key in missing[:NAMED_MAX])
        raise NotReadyToPush(
            _("Not mapped yet, and needed by your newest vouchers: %(what)s. Map them first.") % {"what": named}
        )
    unseen = mappings_of(connection).filter(is_suggested=True, vanished_at=None).count()
    if unseen:
        raise NotReadyToPush(
            ngettext(
                "%(count)s mapping is a suggestion that nobody has looked at. Look at it and save it.",
                "%(count)s mappings are suggestions that nobody has looked at. Look at them and save them.",
                unseen,
            )
            % {"count": unseen}
        )


def _refuse_start(day: date, today: date) -> None:
    if not today - START_BACK_MAX <= day <= today + START_AHEAD_MAX:
        raise NotReadyToPush(_("Push from a day within the last three years or the coming one."), field="start_day")


def _write(row: Connection, terms: PushTerms) -> None:
    refuse_taken_name(row.organization, terms.name, but=row.pk)
    if row.start_day != terms.start_day:
        row.swept, row.swept_day = {}, None  # look through all vouchers once more
    for name, value in asdict(terms).items():
        setattr(row, name, value)
    row.version += 1


def _told(row: Connection) -> dict[str, object]:
    return {field.name: getattr(row, field.name) for field in fields(PushTerms)}
