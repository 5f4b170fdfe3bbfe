"""An organization that is connected to an invented accounting system, with everything mapped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.utils import timezone

from accounting_sync.actions.passages import choose_items
from accounting_sync.actions.reconciling import ask_for_months
from accounting_sync.mapping.entries import Target
from accounting_sync.mapping.facts import vat_key
from accounting_sync.models import AccountMapping, Connection, ConnectionState, MappingKind, Reconciliation, SyncItem
from accounting_sync.providers.registry import adapters
from accounting_sync.queries.reconciling import months_due
from accounting_sync.reconciling import reconcile
from accounting_sync.secrets import seal_secrets
from accounting_sync.talking import Talk, talking_to
from accounting_sync.tasks.pushing import push_due
from tenants.audit import Actor
from tenants.models import Organization
from tests import builders
from tests.ledgers.driving import adapter_for, driving
from tests.ledgers.server import LedgerServer
from tests.ledgers.system import System, Targets

START = date(2026, 1, 1)


@contextmanager
def served(server: LedgerServer, settings: Any) -> Iterator[LedgerServer]:
    """Calls reach the server instead of the real system."""
    settings.LEDGER_HOSTS = server.hosts
    settings.LEDGER_CLIENTS = {slug: {"id": "bilag", "secret": "of-bilag"} for slug in adapters()}
    yield server


def connect(organization: Organization, server: LedgerServer, *, mode: str = "", **changes: Any) -> Connection:
    """An active connection to the system of the server, mapped as its targets say."""
    adapter = adapter_for(adapters()[server.system.slug], server)
    with driving(adapter, server) as driver:
        targets = driver.mapped()
    return connect_by(organization, type(server.system), server.system.secrets(), targets=targets, mode=mode, **changes)


def connect_by(
    organization: Organization,
    system: type[System],
    secrets: Mapping[str, str],
    *,
    targets: Targets | None = None,
    mode: str = "",
    **changes: Any,
) -> Connection:
    """An active connection to a system wherever it runs, with these keys."""
    adapter = adapters()[system.slug]
    values = {
        "system": system.slug,
        "name": adapter.label,
        "mode": mode or adapter.modes[0].value,
        "state": ConnectionState.ACTIVE,
        "options": dict(system.options),
        "start_day": START,
        "created_by": "Test",
        "attaches_files": False,
        "activated_at": timezone.now(),
    }
    with builders.in_organization(organization):
        connection = Connection(organization=organization, **values | changes)
        connection.secrets_sealed = seal_secrets(connection, secrets)
        connection.save()
        AccountMapping.objects.bulk_create(_mappings(connection, targets or system.targets))
    return connection


def _mappings(connection: Connection, targets: Targets) -> list[AccountMapping]:
    accounts = {**targets.accounts, **targets.money}
    vat = {vat_key(treatment, rate, targets.country): target for (treatment, rate), target in targets.vat.items()}
    dimensions = {
        f"{kind}:{value}": target for kind, values in targets.dimensions.items() for value, target in values.items()
    }
    return [
        _mapping(connection, kind, key, target)
        for kind, found in (
            (MappingKind.ACCOUNT, accounts),
            (MappingKind.VAT, vat),
            (MappingKind.DIMENSION, dimensions),
        )
        for key, target in found.items()
    ]


def _mapping(connection: Connection, kind: MappingKind, key: str, target: Target) -> AccountMapping:
    return AccountMapping(
        organization_id=connection.organization_id,
        connection=connection,
        kind=kind,
        local_key=key,
        remote_id=target.id,
        remote_code=target.code,
        remote_label=target.label,
        facts=dict(target.facts),
        changed_by="Test",
    )


def choose(organization: Organization, connection: Connection) -> int:
    """Choose everything that is new, as the sweep does."""
    chosen = 0
    with builders.in_organization(organization):
        while True:
            now = timezone.now()
            count = choose_items(organization, connection.pk, now=now, today=now.date(), hour=23)
            if not count:
                return chosen
            chosen += count


def push(organization: Organization, connection: Connection, *, rounds: int = 1) -> list[SyncItem]:
    """Choose and push what is due, as often as asked; what waits for a later moment is due at once. The items."""
    for _round in range(rounds):
        choose(organization, connection)
        with builders.in_organization(organization):
            Connection.objects.of(organization).filter(pk=connection.pk).update(sleeps_until=None)
            SyncItem.objects.of(organization).filter(connection=connection).update(next_at=timezone.now())
        with talk(organization, connection) as opened:
            push_due(opened)
    return items(organization, connection)


def compare(organization: Organization, connection: Connection) -> list[Reconciliation]:
    """Every month of a connection compared, as the night does it; the newest last."""
    with builders.in_organization(organization):
        months = months_due(connection, builders.TODAY)
        asking: dict[str, Any] = {"actor": Actor.system(), "today": builders.TODAY, "now": timezone.now()}
        asked = ask_for_months(organization, connection.pk, months, **asking)
    with talk(organization, connection) as opened:
        return [reconcile(opened, row) for row in asked]


@contextmanager
def talk(organization: Organization, connection: Connection) -> Iterator[Talk]:
    """A conversation on the connection's lane."""
    with builders.in_organization(organization), talking_to(organization, connection) as opened:
        assert opened is not None, "the lane is somebody else's"
        yield opened


def items(organization: Organization, connection: Connection) -> list[SyncItem]:
    """All items of a connection in the order of posting."""
    with builders.in_organization(organization):
        return list(SyncItem.objects.of(organization).filter(connection=connection).order_by("id"))


def told(item: SyncItem) -> tuple[str, str]:
    """State and reason of an item."""
    return item.state, str(item.reason.get("code", ""))
