"""The background doors of connecting: codes become tokens, lists are read, access is tried and given back."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounting_sync.actions import connections, lists, permits
from accounting_sync.lanes import LaneIsLost
from accounting_sync.models import Connection, ConnectionState, Permit
from accounting_sync.providers.base import Choice, ListKind, ProblemKind
from accounting_sync.providers.registry import adapters
from accounting_sync.providers.tokens import EntryRefused, NotSetUp, exchange_code, revoke
from accounting_sync.providers.transport import NoAnswer, NotSent
from accounting_sync.queries.connections import connections_to_refresh, get_connection
from accounting_sync.secrets import open_sealed
from accounting_sync.talking import Objection, Talk, talking_to
from foundation.encryption import open_seal
from foundation.transactions import read_only
from tenants import outbox
from tenants import queries as tenants
from tenants.context import organization_context
from tenants.models import Organization, OutboxRow
from tenants.sweeps import sweep_organizations

logger = logging.getLogger(__name__)

BUSY_PAUSE = timedelta(seconds=5)  # another worker has the lane
LISTED_PER_KIND_MAX = lists.LISTED_MAX
REFRESHED_AFTER = timedelta(hours=20)
LATER = frozenset({ProblemKind.TRANSIENT, ProblemKind.RATE_LIMITED, ProblemKind.ACCESS_EXPIRED, ProblemKind.UNKNOWN})


@contextmanager
def at_system(organization_id: str, outbox_id: str) -> Iterator[tuple[Organization, OutboxRow, Connection] | None]:
    """What every piece of work with an accounting system has around it: asking is tried again, what it says is told."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            yield None
            return
        with read_only():
            organization = tenants.get_open_organization(UUID(organization_id))
            connection = get_connection(organization, row.subject_id)
        try:
            with translation.override(organization.language):
                yield organization, row, connection
        except (NoAnswer, NotSent) as error:
            words = _("%(system)s did not answer.") % {"system": adapters()[connection.system].label}
            lists.note_problem(connection, words, now=timezone.now())
            outbox.fail(row, str(error), may_retry=True)
        except Objection as objection:
            if objection.problem.kind == ProblemKind.RATE_LIMITED:
                pause = timedelta(seconds=objection.problem.retry_after or 60)
                outbox.postpone(row, pause, "a limit lets nothing through")
                return
            lists.note_problem(connection, objection.problem.text or objection.problem.kind, now=timezone.now())
            outbox.fail(row, objection.problem.text, may_retry=objection.problem.kind in LATER)
        except LaneIsLost:
            outbox.postpone(row, BUSY_PAUSE, "another worker has the lane")
        except Exception as error:
            logger.exception("%s %s stumbled", row.kind, row.subject_id)
            outbox.fail(row, f"{type(error).__name__}: {error}", may_retry=True)
        else:
            outbox.finish(row)


@shared_task(name=permits.EXCHANGE, soft_time_limit=60, time_limit=90)
def exchange_permit(organization_id: str, outbox_id: str) -> None:
    """Make tokens of the code that came back; a code is good once, so what nobody answers is not tried again."""
    with at_system(organization_id, outbox_id) as work:
        if work is None:
            return
        organization, row, connection = work
        with read_only():
            permit = Permit.objects.of(organization).get(pk=UUID(row.payload["permit"]))
        if permit.code_sealed is None or connection.state == ConnectionState.CLOSED:
            return
        adapter = adapters()[connection.system]
        column = {"organization_id": organization.pk}
        try:
            grant = exchange_code(
                adapter,
                code=open_seal(permit.code_sealed, column=permits.CODE_COLUMN, **column),
                verifier=open_seal(permit.verifier_sealed, column=Permit.VERIFIER_COLUMN, **column),
                redirect=return_address(),
            )
        except (EntryRefused, NoAnswer, NotSetUp) as error:
            words = _("%(system)s has not let us in: %(error)s") % {"system": adapter.label, "error": str(error)[:200]}
            permits.note_not_exchanged(organization, permit.pk, words, now=timezone.now())
            return
        permits.keep_exchanged(organization, permit.pk, grant, now=timezone.now())


@shared_task(name=connections.READ_LISTS, soft_time_limit=170, time_limit=200)
def read_lists(organization_id: str, outbox_id: str) -> None:
    """Read every list that options and mappings are chosen from; before the company is known, that of companies."""
    with at_system(organization_id, outbox_id) as work:
        if work is None or work[2].state == ConnectionState.CLOSED:
            return
        organization, row, connection = work
        with talking_to(organization, connection) as talk:
            if talk is None:
                raise LaneIsLost(str(connection.pk))
            talk.prepare()
            lists.keep_lists(organization, connection, talk.lane, _read(talk, row), now=timezone.now())


@shared_task(name=connections.TEST, soft_time_limit=60, time_limit=90)
def test_connection(organization_id: str, outbox_id: str) -> None:
    """Ask for the shortest of the lists: it tells whether we are let in."""
    with at_system(organization_id, outbox_id) as work:
        if work is None or work[2].state == ConnectionState.CLOSED:
            return
        organization, _row, connection = work
        with talking_to(organization, connection) as talk:
            if talk is None:
                raise LaneIsLost(str(connection.pk))
            talk.prepare()
            if talk.adapter.lists:
                talk.ask(talk.adapter.fetch(talk.adapter.lists[0]))
            lists.note_reached(connection, talk.lane, now=timezone.now())


@shared_task(name=connections.REVOKE, soft_time_limit=60, time_limit=90)
def revoke_access(organization_id: str, outbox_id: str) -> None:
    """Tell the accounting system that we do not come back; the keys are forgotten whatever it says."""
    with at_system(organization_id, outbox_id) as work:
        if work is None or "sealed" not in work[1].payload:
            return
        organization, row, connection = work
        secrets = open_sealed(connection, bytes.fromhex(row.payload["sealed"]))
        adapter = adapters()[connection.system]
        try:
            revoke(adapter(connection.options, adapter.modes[0]), secrets)
        except Exception as error:  # noqa: BLE001 - the connection is closed either way
            logger.warning("%s was not told that connection %s is closed: %s", adapter.label, connection.pk, error)
        connections.forget_sealed(organization, row.pk)


@shared_task(name="accounting_sync.refresh_lists", soft_time_limit=170, time_limit=200)
def refresh_lists() -> int:
    """Have the lists of every connection read that were last read yesterday; returns how many."""
    return sweep_organizations("Refreshing lists", _refresh)


def _refresh(organization: Organization) -> int:
    with read_only():
        stale = connections_to_refresh(organization, before=timezone.now() - REFRESHED_AFTER)
    return connections.ask_for_all(organization, [connection.pk for connection in stale])


def return_address() -> str:
    """Where accounting systems send people back to: one address for all, known to each of them."""
    return settings.BASE_URL + reverse("return_from_system")


def _read(talk: Talk, row: OutboxRow) -> dict[str, list[Choice]]:
    """The lists by their kinds; one that the accounting system does not have is left out."""
    adapter, found = talk.adapter, {}
    wanted = [*adapter.lists, *adapter.dimensions.values()]
    wanted += [option.choices for option in adapter.options if option.choices is not None]
    if ListKind.COMPANIES in wanted:
        found[str(ListKind.COMPANIES)] = _listed(talk, ListKind.COMPANIES)
        if not _knows_company(talk, found[ListKind.COMPANIES]):
            return found
    for kind in dict.fromkeys(wanted):
        if kind in found:
            continue
        outbox.renew(row)
        try:
            found[str(kind)] = _listed(talk, kind)
        except Objection as objection:
            if objection.problem.kind != ProblemKind.MISSING:
                raise
    return found


def _knows_company(talk: Talk, companies: list[Choice]) -> bool:
    """Whether a company is chosen; where the keys open one alone, it is that one."""
    option = next((one for one in talk.adapter.options if one.choices == ListKind.COMPANIES), None)
    if option is None or talk.adapter.options_chosen.get(option.name):
        return True
    if len(companies) != 1:
        return False
    lists.choose_only_company(talk.connection, talk.lane, option.name, companies[0])
    talk.adapter.options_chosen[option.name] = companies[0].id
    return True


def _listed(talk: Talk, kind: ListKind) -> list[Choice]:
    found: list[Choice] = []
    for _call, answer in talk.pages(talk.adapter.fetch(kind)):
        found += talk.adapter.listed(kind, answer)
        if len(found) >= LISTED_PER_KIND_MAX:
            break
    return found
