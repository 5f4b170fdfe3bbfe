"""The morning's decision, the sending of what is planned, and the look at what became of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone, translation

from foundation.transactions import read_only
from reminders.actions.figures import tell_missing_figures
from reminders.actions.run import open_run
from reminders.actions.sending import CHUNK, hold_stumbled, send_chunk
from reminders.actions.withdrawing import settle_letters
from reminders.queries.plans import settings_of, waits_for_bank
from reminders.queries.reminders import next_to_send
from tenants import outbox
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import Organization
from tenants.sweeps import sweep_organizations

logger = logging.getLogger(__name__)

SLICE_SECONDS = 20.0


@shared_task(name="reminders.run_dunning")
def run_dunning() -> int:
    """Decide each organization's day once its hour has come, send what is planned, and settle what was sent."""
    return sweep_organizations("Reminders", run_day)


def run_day(organization: Organization) -> int:
    """One organization's turn; safe to call as often as one likes. How many reminders went out or were held back."""
    now, today = timezone.now(), local_today(organization)
    with read_only():
        settings = settings_of(organization)
    actor = Actor.system()
    with translation.override(organization.language):
        settle_letters(organization, actor=actor, today=today, now=now)
    if settings.is_paused:
        return 0
    has_come = now.astimezone(ZoneInfo(organization.time_zone)).hour >= settings.hour
    is_new = settings.is_on and has_come and open_run(organization, actor=actor, today=today, now=now) is not None
    if is_new:
        tell_missing_figures(organization, today=today)
    return send_planned(organization)


def send_planned(organization: Organization) -> int:
    """Send what is planned through today for one slice of time; how many went out or were held back.

    Where reminders are off, or wait for the bank to be read, only what somebody sends by hand goes.
    """
    with read_only():
        settings = settings_of(organization)
        waits = waits_for_bank(organization, settings, today=local_today(organization))
    began, done = time.monotonic(), 0
    while time.monotonic() - began < SLICE_SECONDS:
        today = local_today(organization)
        with read_only():
            ids = next_to_send(organization, through=today, most=CHUNK, by_hand_only=waits or not settings.is_on)
        if not ids:
            break
        count = _send_or_hold(organization, ids, today)
        if not count:
            break  # another worker has them in hand, or everything was paused meanwhile
        done += count
    return done


def _send_or_hold(organization: Organization, ids: Sequence[UUID], today: date) -> int:
    """Send them together; where that stumbles, one by one, and what stumbles alone is held back and logged."""
    try:
        chunk = send_chunk(organization, ids, actor=Actor.system(), today=today, now=timezone.now())
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        if len(ids) > 1:
            return sum(_send_or_hold(organization, [reminder_id], today) for reminder_id in ids)
        logger.exception("The reminder %s could not be sent", ids[0])
        return hold_stumbled(organization, ids, now=timezone.now())
    return chunk.sent + chunk.withheld


@shared_task(name="reminders.send_planned", soft_time_limit=120, time_limit=150)
def send_planned_now(organization_id: str, outbox_id: str) -> None:
    """Send what somebody has approved or asked for; what is left goes on with the next turn of the day's task."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        with read_only():
            organization = tenants.get_open_organization(UUID(organization_id))
        send_planned(organization)
        outbox.finish(row)
