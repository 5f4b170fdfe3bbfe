"""Two relays hand each row out once; two sealers make one chain."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.utils import timezone

from foundation.background import UnknownTask
from foundation.ids import uuid7
from tenants import audit, outbox, sealing
from tenants.context import organization_context
from tenants.models import AuditSeal, Organization, OutboxRow, OutboxState
from tests import builders
from tests.reliability.servers import OwnServer
from tests.reliability.world import caught_nudges, new_organization

ROWS = builders.scaled(2_000, 160)
TOGETHER = 3


def together(work: Callable[[], object]) -> None:
    """The same work in several threads that begin at once."""
    barrier = threading.Barrier(TOGETHER)
    failures: list[Exception] = []

    def run() -> None:
        barrier.wait()
        try:
            work()
        except Exception as error:  # noqa: BLE001 - told by the thread that asked
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(TOGETHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_each_row_is_handed_out_once(server: OwnServer) -> None:
    organization = new_organization()
    _put(organization, ROWS)

    def drain() -> None:
        idle = 0
        while idle < 2:
            idle = 0 if outbox.hand_out_due_rows() else idle + 1

    with caught_nudges() as nudges:
        together(drain)
    handed = Counter(nudges.of(organization))
    assert len(handed) == ROWS
    assert set(handed.values()) == {1}


def test_a_row_is_begun_by_one_worker(server: OwnServer) -> None:
    organization = new_organization()
    _put(organization, 1)
    with caught_nudges() as nudges:
        outbox.hand_out_due_rows()
    [row_id] = nudges.of(organization)
    begun: list[OutboxRow | None] = []

    def begin() -> None:
        with organization_context(organization.pk):
            begun.append(outbox.begin(organization.pk, row_id))

    together(begin)
    assert sum(row is not None for row in begun) == 1


def test_two_sealers_make_one_chain(server: OwnServer) -> None:
    organization = new_organization()
    with builders.in_organization(organization):
        for _ in range(ROWS):
            audit.record(builders.actor_of(organization), "rehearsed", Rehearsal(organization))
    together(lambda: sealing.seal(organization.pk))
    with builders.in_organization(organization):
        sequences = list(AuditSeal.objects.of(organization).order_by("sequence").values_list("sequence", flat=True))
        assert sequences == list(range(1, len(sequences) + 1))
        assert len(sequences) >= ROWS
        assert list(sealing.audit_problems(organization, now=timezone.now())) == []


def test_an_unknown_task_is_refused_before_it_is_written(server: OwnServer) -> None:
    organization = new_organization()
    effect = outbox.Effect("invoicing.no_such_task", uuid7(), "never", {})
    with pytest.raises((LookupError, UnknownTask)), builders.in_organization(organization):
        outbox.put_each(organization.pk, [effect])
    with builders.in_organization(organization):
        assert OutboxRow.objects.of(organization).filter(state=OutboxState.NEW).count() == 0


class Rehearsal:
    """What the audit lines here are about: the organization itself."""

    def __init__(self, organization: Organization) -> None:
        self.pk = organization.pk
        self.organization_id = organization.pk


def _put(organization: Organization, count: int) -> None:
    kind = "invoicing.render_documents"
    effects = [outbox.Effect(kind, uuid7(), f"rehearsal:{place}", {}, leaves_house=False) for place in range(count)]
    with builders.in_organization(organization), transaction.atomic():
        outbox.put_each(organization.pk, effects)
