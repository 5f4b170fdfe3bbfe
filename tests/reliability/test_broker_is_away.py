"""Redis may be away, full or emptied: nothing is lost, pages work, and what waited is done once it is back."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import Client

from invoicing import queries
from invoicing.models import FileKind, Invoice
from machine.checkout import ROOT
from tenants.models import Organization, OutboxRow, OutboxState
from tests import builders
from tests.reliability import processes
from tests.reliability.brokers import OwnBroker, own_broker
from tests.reliability.servers import OwnServer
from tests.reliability.world import new_organization

END_LEASES = "UPDATE tenants_outboxrow SET lease_until = now() - interval '1 second' WHERE organization_id = %s"
RELAY_SECONDS_MAX = 60
MADE_SECONDS_MAX = 90


@pytest.fixture
def broker() -> Iterator[OwnBroker]:
    with own_broker() as made:
        yield made


def relay_once(server: OwnServer, broker: OwnBroker) -> subprocess.CompletedProcess[str]:
    """One round of the relay as the process that it is."""
    command = [sys.executable, str(ROOT / "manage.py"), "run_relay", "--once"]
    environment = server.environment | {"REDIS_URL": broker.url}
    return subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=RELAY_SECONDS_MAX
    )


def row_of(organization: Organization, invoice: Invoice) -> OutboxRow:
    with builders.in_organization(organization):
        return OutboxRow.objects.of(organization).get(subject_id=invoice.pk)


def test_a_dead_broker_costs_no_attempt_and_the_row_goes_out_when_it_is_back(
    server: OwnServer, broker: OwnBroker
) -> None:
    organization = new_organization()
    invoice = builders.make_finalized_invoice(organization)
    refused = relay_once(server, broker)
    assert refused.returncode != 0
    assert "Could not hand out" in refused.stderr
    row = row_of(organization, invoice)
    assert (row.state, row.attempts, row.lease_until) == (OutboxState.NEW, 0, None)

    broker.start()
    assert relay_once(server, broker).returncode == 0
    row = row_of(organization, invoice)
    assert (row.state, row.attempts) == (OutboxState.SENDING, 1)
    assert broker.count("pdf") >= 1


def test_a_full_broker_is_an_absent_one(server: OwnServer, broker: OwnBroker) -> None:
    broker.start()
    broker.refuse_more()
    organization = new_organization()
    invoice = builders.make_finalized_invoice(organization)
    refused = relay_once(server, broker)
    assert "Could not hand out" in refused.stderr
    row = row_of(organization, invoice)
    assert (row.state, row.attempts, row.lease_until) == (OutboxState.NEW, 0, None)


def test_an_emptied_broker_loses_messages_and_no_documents(
    server: OwnServer, broker: OwnBroker, tmp_path: Path
) -> None:
    broker.start()
    organization = new_organization()
    invoice = builders.make_finalized_invoice(organization)
    assert relay_once(server, broker).returncode == 0
    broker.flush()
    assert broker.count("pdf") == 0
    with server.superuser() as session:
        session.execute(END_LEASES, [organization.pk])
    assert relay_once(server, broker).returncode == 0

    environment = server.environment | {"REDIS_URL": broker.url, "BILAG_DATA_DIR": str(tmp_path)}
    with processes.program(processes.worker_alone(), environment=environment, said=tmp_path / "said") as worker:
        made = _wait_for_files(organization, invoice.pk, is_living=lambda: worker.poll() is None)
    assert made == set(FileKind), (tmp_path / "said").read_text()
    row = row_of(organization, invoice)
    assert (row.state, row.attempts) == (OutboxState.SENT, 2)


def test_pages_of_people_who_are_signed_in_work_without_it(
    server: OwnServer, broker: OwnBroker, settings: Any, client_of: Callable[[Any], Client]
) -> None:
    organization = new_organization()
    invoice = builders.make_finalized_invoice(organization)
    location = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"{broker.url}?db=1"}
    client = client_of(builders.user_of(f"owner@{organization.slug}.example"))
    settings.CACHES = {"default": location}
    with pytest.raises(Exception, match=r"(?i)connect|no such file"):
        cache.get("anything")
    for path in ("", "invoices/", f"invoices/{invoice.pk}/", "customers/", "products/"):
        assert client.get(f"/{organization.slug}/{path}").status_code == 200, path
    assert client.get("/accounts/email/").status_code == 200


def _wait_for_files(organization: Organization, invoice_id: UUID, *, is_living: Callable[[], bool]) -> set[str]:
    give_up = time.monotonic() + MADE_SECONDS_MAX
    made: set[str] = set()
    while len(made) < len(FileKind) and time.monotonic() < give_up and is_living():
        time.sleep(0.1)
        with builders.in_organization(organization):
            made = set(queries.files_of(organization, invoice_id))
    return made
