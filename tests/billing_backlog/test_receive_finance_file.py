"""What comes back for a finance file: the receipt must agree, and returned errors go through the same steps again."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from billing_backlog.actions import run_receipts, run_transfers
from billing_backlog.actions.ready import mark_ready
from billing_backlog.errors import FileIsNotReady
from billing_backlog.finance_files import lg04
from billing_backlog.finance_files.answers import ToldError, ToldReceipt, read_errors, read_receipt
from billing_backlog.finance_files.faults import FileRefused
from billing_backlog.models import BacklogItem, FileReceipt, ReturnedError, RunFile
from billing_backlog.queries import run_files as queries
from billing_backlog.queries.standing import standing_of
from tenants.context import organization_context
from tenants.models import Organization, User
from tests.billing_backlog.finance_world import NOW, FinanceWorld
from tests.builders import in_organization


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("Fil;Antall;Sum\n26120201.txt;3;1800,00\n", ToldReceipt(3, Decimal(1800))),
        ("Lines\t3\tTotal\t1 800,00", ToldReceipt(3, Decimal(1800))),
        ("\ufeff12,1800.50", ToldReceipt(12, Decimal("1800.50"))),
        ("3;-1.800,00", ToldReceipt(3, Decimal(-1800))),
    ],
)
def test_a_receipt_is_read_however_it_is_set(data: str, told: ToldReceipt) -> None:
    assert read_receipt(data.encode()) == told


def test_an_error_list_names_orders_and_lines() -> None:
    data = "Ordre;Linje;Feil\n38000001;2;Ukjent artikkel\n038000002;;Ukjent kunde;312\n".encode("iso-8859-1")
    assert read_errors(data) == [
        ToldError(38000001, 2, "Ukjent artikkel"),
        ToldError(38000002, 0, "Ukjent kunde 312"),
    ]
    for unread in (b"", b"\x00", b"no orders here", b"38000001;2;"):
        with pytest.raises(FileRefused):
            read_errors(unread)
    with pytest.raises(FileRefused):
        read_receipt(b"three lines")


@pytest.mark.django_db
def test_m_150_a_receipt_that_differs_leaves_the_file_open(organization: Organization, case_worker: User) -> None:
    world = FinanceWorld(organization, case_worker)
    world.bookings(world.club(), 3)
    [file] = world.generate(world.export(world.open_run()))

    def receive(lines: int, amount: str) -> FileReceipt:
        with organization_context(organization.pk):
            return run_receipts.receive_file(
                organization, file.pk, lines=lines, amount=Decimal(amount), received_by="Rita Regnskap",
                actor=world.actor, now=NOW,
            )  # fmt: skip

    with pytest.raises(FileIsNotReady, match="not handed over"):
        receive(3, "1800.00")
    with organization_context(organization.pk):
        run_transfers.start_transfer(organization, file.pk, actor=world.actor, now=NOW)
    for lines, amount, agrees in ((2, "1800.00", False), (3, "1800.01", False), (3, "1800.00", True)):
        assert receive(lines, amount).agrees is agrees
        with in_organization(organization):
            assert (queries.get_file(organization, file.pk).received_at is not None) is agrees
    with in_organization(organization):
        assert len(queries.receipts_of(organization, file)) == 3
        with pytest.raises(DatabaseError), transaction.atomic():
            FileReceipt.objects.update(agrees=True)
        with pytest.raises(DatabaseError, match="taken once"), transaction.atomic():
            RunFile.objects.update(received_at=None)


@pytest.mark.django_db
def test_m_152_returned_rows_are_corrected_and_go_through_the_same_steps_again(
    organization: Organization, case_worker: User
) -> None:
    world = FinanceWorld(organization, case_worker)
    items = world.bookings(world.club(), 3)
    run = world.export(world.open_run())
    [file] = world.generate(run)
    with organization_context(organization.pk):
        run_transfers.start_transfer(organization, file.pk, actor=world.actor, now=NOW)
        told = [ToldError(38000001, 2, "Ukjent artikkel"), ToldError(38000001, 9, "?")]
        with pytest.raises(FileIsNotReady, match="no order 38000001 with a line 9"):
            run_receipts.return_errors(organization, file.pk, told, actor=world.actor, now=NOW)
        for _time in range(2):
            run_receipts.return_errors(organization, file.pk, told[:1], actor=world.actor, now=NOW)
    with in_organization(organization):
        [error] = queries.errors_of(organization, file)
        returned = BacklogItem.objects.get(pk=error.row.item_id)
        standing = standing_of(organization, items)
        assert queries.open_errors_of(organization, file) == 1
    assert (error.text, error.row.line, returned.ready_at) == ("Ukjent artikkel", 2, None)
    assert {key: each.unbilled for key, each in standing.items()} == {
        item.pk: Decimal(2) if item.pk == returned.pk else Decimal(0) for item in items
    }

    later = world.bookings(world.club("Skyttarlaget Ørn"), 1)
    with organization_context(organization.pk):
        mark_ready(organization, [returned.pk], actor=world.actor, now=NOW)
        correction = run_receipts.open_correction(organization, file.pk, actor=world.actor, now=NOW)
        assert run_receipts.open_correction(organization, file.pk, actor=world.actor, now=NOW) == correction
    world.set_string(article="4002")
    [second] = world.generate(world.export(correction))

    assert world.ids(correction) == {returned.pk}
    [order] = lg04.read(world.bytes_of(second.sha256))[0].orders
    assert (order.number, [line.article for line in order.lines]) == ("38000002", ["4002"])
    with in_organization(organization):
        assert queries.open_errors_of(organization, file) == 0
        assert [each.row.item_id for each in queries.errors_of(organization, file)] == [returned.pk]
        assert standing_of(organization, later)[later[0].pk].unbilled == Decimal(2)
        with pytest.raises(DatabaseError), transaction.atomic():
            ReturnedError.objects.update(text="Intet")
