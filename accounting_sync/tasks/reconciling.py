"""The background doors of comparing: every night for the newest months, and whenever somebody asks."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from celery import shared_task
from django.utils import timezone
from django.utils.translation import gettext as _

from accounting_sync.actions.reconciling import RECONCILE, ConnectionIsClosed, ask_for_months, note_failed
from accounting_sync.lanes import LaneIsLost
from accounting_sync.models import Connection, ConnectionState
from accounting_sync.queries.connections import active_connections
from accounting_sync.queries.reconciling import get_reconciliation, months_due
from accounting_sync.reconciling import reconcile
from accounting_sync.talking import Objection, talking_to
from accounting_sync.tasks.connecting import LATER, at_system
from foundation.transactions import read_only
from tenants import environment, outbox
from tenants.audit import Actor
from tenants.clock import local_today
from tenants.models import Organization
from tenants.sweeps import sweep_organizations


@shared_task(name="accounting_sync.reconcile_everywhere", soft_time_limit=170, time_limit=200)
def reconcile_everywhere() -> int:
    """Have the months of every active connection compared that the night compares; returns how many were asked for."""
    if environment.lock() is not environment.Lock.NONE:
        return 0  # a copy compares nothing: the original does
    return sweep_organizations("Comparing with accounting systems", ask_for_the_night)


def ask_for_the_night(organization: Organization) -> int:
    """Ask for the months that are due on each of the organization's connections."""
    with read_only():
        due = [
            (connection, months_due(connection, local_today(organization)))
            for connection in active_connections(organization)
        ]
    return sum(_ask(organization, connection, months) for connection, months in due if months)


def _ask(organization: Organization, connection: Connection, months: list[date]) -> int:
    now, today = timezone.now(), local_today(organization)
    try:
        return len(ask_for_months(organization, connection.pk, months, actor=Actor.system(), today=today, now=now))
    except ConnectionIsClosed:
        return 0  # meanwhile


@shared_task(name=RECONCILE, soft_time_limit=1700, time_limit=1800)
def reconcile_month(organization_id: str, outbox_id: str) -> None:
    """Compare one month of one connection."""
    with at_system(organization_id, outbox_id) as work:
        if work is None:
            return
        organization, row, connection = work
        with read_only():
            reconciliation = get_reconciliation(organization, UUID(row.payload["reconciliation"]))
        if reconciliation.is_over:
            return
        if not connection.is_active and connection.state != ConnectionState.PAUSED:
            problem = _("%(name)s is not connected: nothing can be compared.") % {"name": connection.name}
            note_failed(organization, reconciliation.pk, problem, now=timezone.now())
            return
        try:
            with talking_to(organization, connection) as talk:
                if talk is None:
                    raise LaneIsLost(str(connection.pk))
                talk.prepare()
                reconcile(talk, reconciliation, keep=lambda: outbox.renew(row))
        except Objection as objection:
            if objection.problem.kind not in LATER:
                note_failed(organization, reconciliation.pk, objection.problem.text, now=timezone.now())
            raise
