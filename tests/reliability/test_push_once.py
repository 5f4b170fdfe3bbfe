"""Workers that push vouchers are killed at every step, the broker forgets, and one document stands there (case 4)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounting_sync.models import Connection, SyncItem, SyncState
from accounting_sync.providers.registry import adapters
from accounting_sync.tasks.pushing import push_connection
from tenants.models import BankAccount, Organization
from tests import builders
from tests.accounting_sync.adapter_suite import module_of
from tests.accounting_sync.connected import choose, connect, items
from tests.ledgers.server import LedgerServer
from tests.ledgers.system import Targets
from tests.reliability import processes
from tests.reliability.push_crew import LATER_POINTS, POINTS
from tests.reliability.servers import OwnServer
from tests.reliability.world import new_organization

ROUNDS_MAX = 6
IBAN = "NO9386011117947"
END_LEASE = "UPDATE accounting_sync_connection SET lane_until = now() - interval '1 second' WHERE id = %s"
# One that offers no key of its own against doubles; with all counts also those that do, and one of each kind of mode.
SLUGS = builders.scaled(4, 1)
SYSTEMS = ("fiken", "tripletex", "e-conomic", "xero")[:SLUGS]


@dataclass(slots=True)
class World:
    """A company of its own in an accounting system of its own, with one invoice to be pushed."""

    ledger: LedgerServer
    organization: Organization
    connection: Connection


@pytest.mark.parametrize("slug", SYSTEMS)
def test_a_push_killed_at_every_step_leaves_one_document_and_the_truth(
    server: OwnServer, tmp_path: Path, settings: Any, shared: object, slug: str
) -> None:
    system = import_module(module_of(slug)).Ledger
    settings.LEDGER_CLIENTS = {adapters()[slug].slug: {"id": "bilag", "secret": "of-bilag"}}
    with ExitStack() as stack:
        points = (*POINTS, *LATER_POINTS.get(slug, ()))
        worlds = {point: _world(stack.enter_context(LedgerServer(system())), settings) for point in points}
        _run_crew(server, worlds, tmp_path, settings)
        for point, world in worlds.items():
            settings.LEDGER_HOSTS = world.ledger.hosts
            place = str(world.organization.pk), str(world.connection.pk)
            assert push_connection(*place) == 0, "the dead worker's lane still holds"
            with server.superuser() as session:
                session.execute(END_LEASE, [world.connection.pk])
            _push_until_done(world)
            _check(world, point)


def _world(ledger: LedgerServer, settings: Any) -> World:
    settings.LEDGER_HOSTS = ledger.hosts
    targets = ledger.system.targets
    organization = _company(targets)
    builders.make_finalized_invoice(organization, currency=targets.base_currency)
    connection = connect(organization, ledger)
    choose(organization, connection)
    return World(ledger, organization, connection)


def _company(targets: Targets) -> Organization:
    """A company of the country whose VAT codes the accounting system has, with an account in its currency."""
    organization = new_organization(country=targets.country, base_currency=targets.base_currency)
    if targets.base_currency != "NOK":
        with builders.in_organization(organization):
            BankAccount.objects.create(organization=organization, currency=targets.base_currency, iban=IBAN)
    return organization


def _run_crew(server: OwnServer, worlds: Mapping[str, World], folder: Path, settings: Any) -> None:
    plan = [
        {
            "organization": str(world.organization.pk),
            "connection": str(world.connection.pk),
            "point": point,
            "hosts": world.ledger.hosts,
        }
        for point, world in worlds.items()
    ]
    file, said = folder / "plan.json", folder / "said"
    file.write_text(json.dumps(plan))
    environment = server.environment | {
        "BILAG_DATA_DIR": str(folder),
        "LEDGER_CLIENTS": json.dumps(settings.LEDGER_CLIENTS),
    }
    with processes.child("tests.reliability.push_crew", str(file), environment=environment, said=said) as crew:
        assert crew.wait(timeout=120) == 0, f"Not every worker died at its point:\n{said.read_text()}"


def _push_until_done(world: World) -> None:
    """Every nudge is lost; the sweep's own way, with what waits for a later moment due at once."""
    for _round in range(ROUNDS_MAX):
        with builders.in_organization(world.organization):
            Connection.objects.of(world.organization).update(sleeps_until=None)
            due = SyncItem.objects.of(world.organization).exclude(state=SyncState.CONFIRMED)
            if not due.update(next_at=timezone.now()):
                return
        push_connection(str(world.organization.pk), str(world.connection.pk))


def _check(world: World, point: str) -> None:
    [item] = items(world.organization, world.connection)
    assert item.state == SyncState.CONFIRMED, (point, item.state, item.reason)
    [held] = world.ledger.system.documents()
    assert (held.id, abs(held.total)) == (item.remote_id, item.amount), point
    assert len(world.ledger.system.customers()) == 1, point
    world.ledger.assert_obeyed()
