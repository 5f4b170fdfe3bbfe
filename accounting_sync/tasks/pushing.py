"""Choosing what is to be pushed, and pushing it lane by lane; a message is only a nudge, the items are the truth."""

from __future__ import annotations

import logging
import time
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone, translation

from accounting_sync.actions.passages import choose_items, note_reached, rest
from accounting_sync.actions.repairing import PUSH_NOW
from accounting_sync.carrying import carry
from accounting_sync.fetching.customers import send_customers
from accounting_sync.lanes import LaneIsLost
from accounting_sync.models import Connection
from accounting_sync.passage import LaneRests
from accounting_sync.providers.base import Problem, ProblemKind
from accounting_sync.providers.transport import NoAnswer, NotSent
from accounting_sync.queries.connections import active_connections, can_work, get_connection
from accounting_sync.queries.customer_changes import has_links_to_tell
from accounting_sync.queries.items import due_items, has_due_items
from accounting_sync.talking import Objection, Talk, talking_to
from foundation.background import start_task
from foundation.transactions import read_only
from tenants import environment, outbox
from tenants import queries as tenants
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import Organization
from tenants.sweeps import sweep_organizations

logger = logging.getLogger(__name__)

PUSH = "accounting_sync.push_connection"
BATCH = 50
CHOOSINGS_MAX = 20  # batches of choosing in one turn
SLICE_SECONDS = 100.0
REST_FIRST = timedelta(seconds=30)
REST_MAX = timedelta(hours=1)


@shared_task(name="accounting_sync.push_vouchers", soft_time_limit=170, time_limit=200)
def push_vouchers() -> int:
    """Choose what is new in every organization and nudge the lanes that have something to do; how many were nudged."""
    if environment.lock() is not environment.Lock.NONE:
        return 0  # a copy pushes nothing: the original does
    return sweep_organizations("Pushing vouchers", nudge_connections)


def nudge_connections(organization: Organization) -> int:
    """Choose for each connection, and hand those with something due to a worker."""
    now, today = timezone.now(), local_today(organization)
    hour = now.astimezone(ZoneInfo(organization.time_zone)).hour
    with read_only():
        connections = active_connections(organization)
    nudged = 0
    for connection in connections:
        choose_all(organization, connection, now=now, today=today, hour=hour)
        with read_only():
            has_work = has_due_items(connection, now) or has_links_to_tell(connection, now)
            is_due = has_work and can_work(connection, now)
        if is_due:
            start_task(PUSH, organization_id=str(organization.pk), connection_id=str(connection.pk))
            nudged += 1
    return nudged


def choose_all(organization: Organization, connection: Connection, *, now: datetime, today: date, hour: int) -> int:
    """Choose batch by batch until nothing is left, or the turn is over."""
    chosen = 0
    for _turn in range(CHOOSINGS_MAX):
        count = choose_items(organization, connection.pk, now=now, today=today, hour=hour)
        if not count:
            break
        chosen += count
    return chosen


@shared_task(name=PUSH, soft_time_limit=170, time_limit=200)
def push_connection(organization_id: str, connection_id: str) -> int:
    """Push what is due on one connection for one slice of time; returns how many items were carried."""
    with organization_context(UUID(organization_id)):
        with read_only():
            organization = tenants.get_open_organization(UUID(organization_id))
            connection = get_connection(organization, UUID(connection_id))
        if not can_work(connection, timezone.now()):
            return 0
        with translation.override(organization.language), talking_to(organization, connection) as talk:
            return push_due(talk) if talk is not None else 0


@shared_task(name=PUSH_NOW, soft_time_limit=170, time_limit=200)
def push_now(organization_id: str, outbox_id: str) -> None:
    """Choose what is new on one connection and push it, because somebody asked."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        with read_only():
            organization = tenants.get_open_organization(UUID(organization_id))
            connection = get_connection(organization, row.subject_id)
        choose_all(organization, connection, now=timezone.now(), today=local_today(organization), hour=23)
        with translation.override(organization.language), talking_to(organization, connection) as talk:
            if talk is not None and connection.is_active:
                push_due(talk)
        outbox.finish(row)


def push_due(talk: Talk, *, seconds: float = SLICE_SECONDS) -> int:
    """Tell what has changed of customers, then carry what is due, batch by batch.

    Until nothing is left, the slice is over, or the connection must rest.
    """
    began, carried = time.monotonic(), 0
    try:
        talk.prepare()
        told = send_customers(talk, now=timezone.now())
        while time.monotonic() - began < seconds:
            with read_only():
                items = due_items(talk.connection, timezone.now(), BATCH)
            if not items:
                break
            carried += carry(talk, items)
        if carried or told:
            note_reached(talk.lane, talk.connection, now=timezone.now())
    except LaneRests as stop:
        let_rest(talk, stop.problem)
    except Objection as objection:
        let_rest(talk, objection.problem)
    except (NoAnswer, NotSent) as error:
        let_rest(talk, Problem(ProblemKind.TRANSIENT, str(error)))
    except LaneIsLost:
        logger.info("The lane of %s is another worker's now", talk.connection.pk)
    except SoftTimeLimitExceeded:
        raise
    return carried


def let_rest(talk: Talk, problem: Problem) -> None:
    """Let the connection wait as told, else twice as long as the last time."""
    if problem.kind == ProblemKind.ACCESS_ENDED:
        return  # the connection has stopped until somebody connects again
    now = timezone.now()
    pause = min(REST_FIRST * (1 << min(talk.connection.failures, 10)), REST_MAX)
    if problem.retry_after is not None:
        pause = timedelta(seconds=problem.retry_after)
    rest(talk.lane, talk.connection, until=now + pause, problem=problem.text, now=now)
