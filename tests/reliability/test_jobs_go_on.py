"""A worker that is killed in the middle of a long job leaves nothing undone and does nothing twice (cases 19, 40)."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from invoicing.actions import many
from invoicing.actions.series import check_every_series
from invoicing.models import Invoice
from invoicing.tasks import documents as tasks
from tenants import outbox
from tenants.context import organization_context
from tenants.models import AuditEntry, Job, JobItem, JobState, Organization, OutboxRow, OutboxState
from tests import builders
from tests.reliability import processes
from tests.reliability.servers import OwnServer
from tests.reliability.world import caught_nudges, new_organization

DRAFTS = 12
BATCH = 4
END_LEASE = "UPDATE tenants_outboxrow SET lease_until = now() - interval '1 second' WHERE id = %s"


def test_a_job_whose_worker_is_killed_twice_does_every_item_exactly_once(server: OwnServer, tmp_path: Path) -> None:
    organization = new_organization()
    job = _start(organization)
    row_id = _handed_out(organization)
    for turn, point in enumerate(["finalized", "marked"]):
        _kill_at(server, organization, row_id, point, tmp_path / f"{turn}-{point}")
        assert _handed_out_again(organization) == [], "the dead worker's lease still holds"
        _end_lease(server, row_id)
        assert _handed_out_again(organization) == [row_id]
    tasks.finalize_many(str(organization.pk), str(row_id))
    tasks.finalize_many(str(organization.pk), str(row_id))  # a message that came twice

    with builders.in_organization(organization):
        stored = Job.objects.get(pk=job.pk)
        items = list(JobItem.objects.of(organization).order_by("position"))
        numbers = list(Invoice.objects.of(organization).order_by("number").values_list("number", flat=True))
        lines = AuditEntry.objects.of(organization).filter(verb="invoice.finalized").count()
        row = OutboxRow.objects.of(organization).get(pk=row_id)
    assert (stored.state, stored.total, stored.done, stored.failed) == (JobState.COMPLETE, DRAFTS, DRAFTS, 0)
    assert {item.state for item in items} == {JobState.COMPLETE}
    assert numbers == list(range(10001, 10001 + DRAFTS))
    assert lines == DRAFTS
    assert row.state == OutboxState.SENT
    told = {item.subject_id: item.reason for item in items}
    with builders.in_organization(organization):
        assert all(str(invoice.number) in told[invoice.pk] for invoice in Invoice.objects.of(organization))
    with organization_context(organization.pk):
        assert all(check.is_whole for check in check_every_series(organization))


def _start(organization: Organization) -> Job:
    customer = builders.make_customer(organization)
    drafts = [builders.make_draft(organization, customer) for _each in range(DRAFTS)]
    actor = builders.actor_of(organization)
    with organization_context(organization.pk):
        return many.start_finalizing(organization, drafts, actor=actor, key="once")


def _handed_out(organization: Organization) -> UUID:
    [row_id] = _handed_out_again(organization)
    return row_id


def _handed_out_again(organization: Organization) -> list[UUID]:
    """The job's row, when the relay hands it on; the documents' rows are left alone here."""
    with caught_nudges() as nudges:
        while outbox.hand_out_due_rows():
            pass
    return [row for kind, owner, row in nudges if kind == many.FINALIZE and owner == organization.pk]


def _kill_at(server: OwnServer, organization: Organization, row_id: UUID, point: str, folder: Path) -> None:
    folder.mkdir()
    reached, said = folder / point, folder / "said"
    environment = server.environment | {"BILAG_DATA_DIR": str(folder)}
    arguments = (str(organization.pk), str(row_id), point, str(BATCH), str(reached))
    with processes.child("tests.reliability.job_worker", *arguments, environment=environment, said=said) as worker:
        processes.wait_until_reached(reached, worker, said)
        processes.kill(worker)


def _end_lease(server: OwnServer, row_id: UUID) -> None:
    with server.superuser() as session:
        session.execute(END_LEASE, [row_id])
