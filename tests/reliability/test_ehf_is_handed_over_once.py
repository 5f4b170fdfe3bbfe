"""A worker that is killed while it hands an EHF over leaves one document at the access point, and nobody in doubt."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from django.utils import timezone

from foundation.encryption import seal
from invoicing.actions import dispatch
from invoicing.dispatching.plain import Recipient, Sending
from invoicing.models import AccessPoint, Delivery, DeliveryEvent
from invoicing.tasks import deliveries
from tenants import outbox
from tenants.audit import Actor
from tenants.models import Organization, OutboxRow, OutboxState
from tests import builders
from tests.invoicing.peppol_servers import TOKEN, AccessPointSimulator, serving
from tests.reliability import processes
from tests.reliability.servers import OwnServer
from tests.reliability.world import caught_nudges, new_organization

TO = Recipient("ehf", f"0192:{builders.CUSTOMER_ORGANIZATION_NUMBER}")
END_LEASE = "UPDATE tenants_outboxrow SET lease_until = now() - interval '1 second' WHERE id = %s"
FORGET_OWNER = "DELETE FROM tenants_environment"
KIND = "invoicing.hand_over"


@pytest.mark.parametrize("point", ["marked", "accepted"])
def test_a_killed_worker_leaves_one_document(server: OwnServer, tmp_path: Path, point: str) -> None:
    with server.superuser() as session:
        session.execute(FORGET_OWNER)  # each test is an installation of its own, and only one of them may send
    organization = new_organization()
    simulator = AccessPointSimulator()
    with serving(simulator.answer) as address:
        row_id = _sent(organization, address)
        _kill_while_handing_over(server, organization, row_id, point, tmp_path)
        killed = _delivery(organization)
        assert (killed.state, len(simulator.documents)) == ("sending", 1 if point == "accepted" else 0)
        assert killed.handing_over_at is not None
        deliveries.hand_over(str(organization.pk), str(row_id))
        assert _delivery(organization).state == "sending", "the dead worker's lease still holds"

        with server.superuser() as session:
            session.execute(END_LEASE, [row_id])
        assert _handed_out(organization) == [row_id]
        for _time in range(2):
            deliveries.hand_over(str(organization.pk), str(row_id))

    delivery = _delivery(organization)
    assert (delivery.state, delivery.attempts) == ("sent", 2)
    assert list(simulator.documents) == [delivery.message_id]
    assert (simulator.submissions, simulator.questions) == (1, 1)
    with builders.in_organization(organization):
        assert DeliveryEvent.objects.of(organization).filter(state="sent").count() == 1
        assert OutboxRow.objects.of(organization).get(pk=row_id).state == OutboxState.SENT


def _sent(organization: Organization, address: str) -> UUID:
    """A document that a person has sent, and the row of the attempt at it."""
    invoice = builders.make_finalized_invoice(organization)
    sealed = seal(TOKEN, organization_id=organization.pk, column=AccessPoint.TOKEN_COLUMN)
    with builders.in_organization(organization):
        AccessPoint.objects.create(organization=organization, kind="phoss", address=address, token_sealed=sealed)
        dispatch.dispatch_document(
            organization, invoice.pk, Sending("first", "first", (TO,)), actor=Actor.system(), now=timezone.now()
        )
    [row_id] = _handed_out(organization)
    return row_id


def _handed_out(organization: Organization) -> list[UUID]:
    with caught_nudges() as nudges:
        while outbox.hand_out_due_rows():
            pass
    with builders.in_organization(organization):
        rows = OutboxRow.objects.of(organization).filter(kind=KIND, pk__in=nudges.of(organization))
        return [row.pk for row in rows]


def _kill_while_handing_over(
    server: OwnServer, organization: Organization, row_id: UUID, point: str, folder: Path
) -> None:
    reached, said = folder / point, folder / "said"
    environment = server.environment | {"BILAG_DATA_DIR": str(folder)}
    arguments = (str(organization.pk), str(row_id), point, str(reached))
    with processes.child("tests.reliability.handing_worker", *arguments, environment=environment, said=said) as worker:
        processes.wait_until_reached(reached, worker, said)
        processes.kill(worker)


def _delivery(organization: Organization) -> Delivery:
    with builders.in_organization(organization):
        return Delivery.objects.of(organization).get()
