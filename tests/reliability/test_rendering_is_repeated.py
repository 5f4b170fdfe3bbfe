"""A worker that dies while it makes files leaves the document as it was, no half files, and work for the next."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from foundation import files
from invoicing import queries
from invoicing.actions.documents import bytes_of, document_of
from invoicing.models import FileKind, Invoice, InvoiceStatus
from invoicing.tasks import documents
from tenants import outbox
from tenants.context import organization_context
from tenants.models import Organization, OutboxRow, OutboxState
from tests import builders
from tests.reliability import processes
from tests.reliability.servers import OwnServer
from tests.reliability.world import caught_nudges, new_organization

END_LEASE = "UPDATE tenants_outboxrow SET lease_until = now() - interval '1 second' WHERE id = %s"


@pytest.mark.parametrize("point", ["drawing", "stored"])
def test_a_killed_worker_s_document_is_made_by_the_next(server: OwnServer, tmp_path: Path, point: str) -> None:
    organization = new_organization()
    invoice = builders.make_finalized_invoice(organization)
    row_id = _handed_out(organization)
    _kill_while_rendering(server, organization, row_id, point, tmp_path)
    assert builders.reload_invoice(organization, invoice).status == InvoiceStatus.FINALIZED
    assert _stored_files(organization, invoice) == {}
    assert _handed_out_again(organization) == []
    documents.render_documents(str(organization.pk), str(row_id))
    assert _stored_files(organization, invoice) == {}, "the dead worker's lease still holds"

    _end_lease(server, row_id)
    assert _handed_out_again(organization) == [row_id]
    documents.render_documents(str(organization.pk), str(row_id))
    made = _stored_files(organization, invoice)
    assert made == bytes_of(document_of(builders.reload_invoice(organization, invoice)), logo=None)
    assert _row(organization, row_id).state == OutboxState.SENT
    assert [path.name for path in tmp_path.rglob(".incoming-*")] == []


def test_making_twice_is_as_good_as_once(server: OwnServer) -> None:
    organization = new_organization()
    invoice = builders.make_finalized_invoice(organization)
    row_id = _handed_out(organization)
    documents.render_documents(str(organization.pk), str(row_id))
    made = _stored_files(organization, invoice)
    documents.render_documents(str(organization.pk), str(row_id))
    assert set(made) == set(FileKind)
    assert _stored_files(organization, invoice) == made
    assert _row(organization, row_id).attempts == 1


def test_a_worker_with_a_fast_clock_neither_takes_nor_keeps_a_lease_too_long(
    server: OwnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    true_now = timezone.now
    monkeypatch.setattr("django.utils.timezone.now", lambda: true_now() + timedelta(minutes=10))
    organization = new_organization()
    builders.make_finalized_invoice(organization)
    row_id = _handed_out(organization)
    with organization_context(organization.pk):
        row = outbox.begin(organization.pk, row_id)
        assert row is not None
        assert _lease_seconds(server, row_id) <= outbox.LEASE.total_seconds()
        assert outbox.give_up_exhausted(organization.pk) == 0
        outbox.fail(row, "the printer is on fire", may_retry=True)
    assert _seconds_until_due(server, row_id) <= 60


def _handed_out(organization: Organization) -> UUID:
    [row_id] = _handed_out_again(organization)
    return row_id


def _handed_out_again(organization: Organization) -> list[UUID]:
    with caught_nudges() as nudges:
        while outbox.hand_out_due_rows():
            pass
    return nudges.of(organization)


def _kill_while_rendering(
    server: OwnServer, organization: Organization, row_id: UUID, point: str, folder: Path
) -> None:
    reached, said = folder / point, folder / "said"
    environment = server.environment | {"BILAG_DATA_DIR": str(folder)}
    arguments = (str(organization.pk), str(row_id), point, str(reached))
    with processes.child(
        "tests.reliability.rendering_worker", *arguments, environment=environment, said=said
    ) as worker:
        processes.wait_until_reached(reached, worker, said)
        processes.kill(worker)


def _end_lease(server: OwnServer, row_id: UUID) -> None:
    with server.superuser() as session:
        session.execute(END_LEASE, [row_id])


def _lease_seconds(server: OwnServer, row_id: UUID) -> float:
    return _seconds(server, "lease_until", row_id)


def _seconds_until_due(server: OwnServer, row_id: UUID) -> float:
    return _seconds(server, "not_before", row_id)


def _seconds(server: OwnServer, column: str, row_id: UUID) -> float:
    with server.superuser() as session:
        query = f"SELECT extract(epoch FROM {column} - now()) FROM tenants_outboxrow WHERE id = %s"
        row = session.execute(query.encode(), [row_id]).fetchone()
    assert row is not None
    return float(str(row[0]))


def _row(organization: Organization, row_id: UUID) -> OutboxRow:
    with builders.in_organization(organization):
        return OutboxRow.objects.of(organization).get(pk=row_id)


def _stored_files(organization: Organization, invoice: Invoice) -> dict[str, Any]:
    with builders.in_organization(organization):
        rows = queries.files_of(organization, invoice.pk)
    return {kind: files.load(str(organization.pk), row.sha256) for kind, row in rows.items()}
