"""Asking accounting systems what has changed there: payments that were booked, customers that were changed.

At most four hours pass until it is known here: each connection is asked about every hour.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from celery import shared_task
from django.utils import timezone, translation

from accounting_sync.actions.passages import note_changes_read
from accounting_sync.fetching.customers import read_customers
from accounting_sync.fetching.payments import read_payments
from accounting_sync.lanes import LaneIsLost
from accounting_sync.models import Connection
from accounting_sync.providers.base import Problem, ProblemKind
from accounting_sync.providers.registry import adapters
from accounting_sync.providers.transport import NoAnswer, NotSent
from accounting_sync.queries.connections import active_connections, can_work, get_connection
from accounting_sync.talking import Objection, Talk, talking_to
from accounting_sync.tasks.pushing import let_rest
from foundation.background import start_task
from foundation.transactions import read_only
from tenants import environment
from tenants import queries as tenants
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import Organization
from tenants.sweeps import sweep_organizations

logger = logging.getLogger(__name__)

FETCH = "accounting_sync.fetch_connection"
ASKED_AGAIN_AFTER = timedelta(minutes=55)


@shared_task(name="accounting_sync.fetch_changes", soft_time_limit=170, time_limit=200)
def fetch_changes() -> int:
    """Have every connection asked that was not asked for an hour; returns how many were handed to a worker."""
    if environment.lock() is not environment.Lock.NONE:
        return 0  # a copy registers nothing: the original does
    return sweep_organizations("Fetching changes", nudge_stale_connections)


def nudge_stale_connections(organization: Organization) -> int:
    """Hand the organization's connections that are to be asked to a worker; returns how many."""
    now = timezone.now()
    with read_only():
        stale = [each for each in active_connections(organization) if can_work(each, now) and is_stale(each, now)]
    for connection in stale:
        start_task(FETCH, organization_id=str(organization.pk), connection_id=str(connection.pk))
    return len(stale)


def is_stale(connection: Connection, now: datetime) -> bool:
    """Whether its system tells anything, and was not asked for an hour."""
    adapter = adapters()[connection.system]
    if not (adapter.tells_payments or adapter.tells_customers):
        return False
    return connection.changes_read_at is None or connection.changes_read_at <= now - ASKED_AGAIN_AFTER


@shared_task(name=FETCH, soft_time_limit=570, time_limit=600)
def fetch_connection(organization_id: str, connection_id: str) -> int:
    """Ask one connection's system what has changed there; returns how much was found."""
    if environment.lock() is not environment.Lock.NONE:
        return 0
    with organization_context(UUID(organization_id)):
        with read_only():
            organization = tenants.get_open_organization(UUID(organization_id))
            connection = get_connection(organization, UUID(connection_id))
        now = timezone.now()
        if not can_work(connection, now) or not is_stale(connection, now):
            return 0  # a second message, or somebody has paused it meanwhile
        with translation.override(organization.language), talking_to(organization, connection) as talk:
            return read_changes(talk) if talk is not None else 0


def read_changes(talk: Talk) -> int:
    """Read what has changed within the lane, and note that it was read; a system that fails lets the lane rest."""
    found = 0
    try:
        talk.prepare()
        now = timezone.now()
        if talk.adapter.tells_payments:
            found += read_payments(talk, today=local_today(talk.organization), now=now)
        found += read_customers(talk, now=now)
        note_changes_read(talk.lane, talk.connection, now=now)
    except Objection as objection:
        let_rest(talk, objection.problem)
    except (NoAnswer, NotSent) as error:
        let_rest(talk, Problem(ProblemKind.TRANSIENT, str(error)))
    except LaneIsLost:
        logger.info("The lane of %s is another worker's now", talk.connection.pk)
    return found
