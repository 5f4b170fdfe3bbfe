"""A run whose invoices are issued elsewhere: exported, written in the receiver's layout, and handed over once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.db.models import F

from billing_backlog.actions import finance_targets, run_files, run_generating, run_transfers
from billing_backlog.errors import FileDoesNotFit, FileIsNotReady, FileIsOnItsWay, RunIsOver, SeriesIsUsedUp, WrongName
from billing_backlog.finance_files import gl07, lg04
from billing_backlog.models import BacklogItem, BillingRun, RunFile, RunFileRow, RunOrder, TransferAttempt
from billing_backlog.queries import run_files as queries
from billing_backlog.queries.rehearsing import rehearse_run
from billing_backlog.queries.standing import standing_of
from billing_backlog.tasks.runs import generate_file, tell_receiver, transfer_file
from tenants.context import organization_context
from tenants.models import AuditEntry, Organization, OutboxRow, OutboxState, User
from tests.billing_backlog.finance_world import LG04, NATIONAL_ID, NOW, FinanceWorld, folder_of, target_values
from tests.builders import in_organization, make_customer
from tests.foundation.sftp_server import serving

pytestmark = pytest.mark.django_db


def test_m_147_prepared_runs_become_one_file_with_an_order_for_each_customer(
    organization: Organization, case_worker: User
) -> None:
    """M-142, M-144, M-145, M-147, M-148, M-151, M-153, M-154, C5, C9."""
    world = FinanceWorld(organization, case_worker)
    club, person = world.club(), world.person()
    items = world.bookings(club) + world.bookings(person, 1)
    fee = world.bookings(
        club, 1, kind="fee", facility_id=None, text="Nøkkel", dimensions={"Ansvar": "9", "Prosjekt": "P1"}
    )
    world.set_string(group="", article="9000", values=["1", "", "P0"])
    first, second = world.export(world.open_run()), world.export(world.open_run("everything"))

    with in_organization(organization):
        standing = standing_of(organization, [*items, *fee])
        prepared = queries.prepared_runs(organization, world.target)
    assert {each.unbilled for each in standing.values()} == {Decimal(0)}
    assert [(each.lines, each.amount) for each in prepared] == [(1, Decimal(600)), (3, Decimal(1800))]
    [file] = world.generate(first, second)

    assert (file.name, file.orders, file.lines, file.amount) == ("26120201.txt", 2, 4, Decimal(2400))
    basis, faults = lg04.read(world.bytes_of(file.sha256))
    assert faults.found == ()
    assert {(order.number, order.customer.identifier) for order in basis.orders} == {
        ("38000001", "312345609"),
        ("38000002", NATIONAL_ID),
    }
    assert basis.header.system_code == "BO38"
    [of_club] = [order for order in basis.orders if order.customer.identifier == "312345609"]
    assert [(line.article, line.amount, line.dimensions) for line in of_club.lines if line.article == "4001"] == [
        ("4001", Decimal(600), ("724300", "38010", "P77"))
    ] * 2
    assert [line.dimensions for line in of_club.lines if line.article == "9000"] == [("9", "", "P1")]
    assert (of_club.head_text, of_club.extra_text) == ("Leie av haller", "Kultur")
    log = world.bytes_of(file.log_sha256).decode("iso-8859-1")
    assert "Kari Nordmann" in log
    assert NATIONAL_ID not in log
    with in_organization(organization):
        verbs = list(AuditEntry.objects.filter(verb="national_id.handed_out").values_list("facts", flat=True))
        assert verbs == [{"file": "26120201.txt"}]
        assert queries.prepared_runs(organization, world.target) == []
        with pytest.raises(DatabaseError, match="stays what it is"), transaction.atomic():
            RunFile.objects.filter(pk=file.pk).update(sha256="0" * 64)
        with pytest.raises(DatabaseError, match="stands on a document"), transaction.atomic():
            BacklogItem.objects.filter(pk=items[0].pk).update(quantity=Decimal(3))
        row = RunFileRow.objects.filter(item=items[0]).get()
        with pytest.raises(DatabaseError, match="more of backlog item"), transaction.atomic():
            RunFileRow.objects.create(
                organization=organization, run=second, item=items[0], customer=club, quantity=1, net_amount=1,
                vat_amount=0, vat_code="3",
            )  # fmt: skip
        with pytest.raises(DatabaseError, match="order_number_is_unique_per_series"), transaction.atomic():
            RunOrder.objects.create(
                organization=organization, file=file, target=world.target, customer=make_other(organization),
                number=row.order.number, amount=1,
            )  # fmt: skip


def make_other(organization: Organization) -> Any:
    return make_customer(organization, name="Fjellklang Kor")


def test_m_153_nothing_is_written_while_something_is_missing_and_all_of_it_is_named(
    organization: Organization, case_worker: User
) -> None:
    """M-139, M-146, M-148, M-151, M-153: the file fails with its reasons, no number is used and nothing is kept."""
    world = FinanceWorld(organization, case_worker, target_values(order_to=38000001))
    world.bookings(world.club(), 1)
    abroad = world.club("Utland GmbH", organization_number="", vat_number="DE811907980")
    world.bookings(abroad, 1)
    nobody = make_customer(organization, name="Privat 4417", kind="consumer", organization_number="")
    world.bookings(nobody, 1)
    run, other = world.open_run(), world.open_run("everything")
    with in_organization(organization):
        found = {each.row.customer for each in rehearse_run(organization, run).obstacles}
    assert found == {"Utland GmbH", "Privat 4417"}
    world.export(run)
    with organization_context(organization.pk), pytest.raises(FileIsNotReady, match="November 2026 everything"):
        world.generate(run)
    with organization_context(organization.pk):
        run_generating.undo_run(organization, other.pk, reason="Ikke nå", actor=world.actor, now=NOW)

    world.set_string(values=["724300", "38010", ""])
    with pytest.raises(FileDoesNotFit, match="Prosjekt"):
        world.generate(run)
    world.set_string(values=["724300", "38010 for lang", "P77"])
    with pytest.raises(FileDoesNotFit, match="Order 38000001, line 1"):
        world.generate(run)
    world.set_string()
    with organization_context(organization.pk), pytest.raises(WrongName, match="BO38"):
        run_files.start_file(organization, world.target.pk, [run.pk], typed_code="BO83", actor=world.actor, key="k")
    with in_organization(organization):
        assert not RunFile.objects.exists()
        assert queries.get_target(organization, world.target.pk).order_next == 38000001
    assert world.generate(run)[0].orders == 1
    late = world.bookings(world.club("Skyttarlaget Ørn"), 1)
    second = world.export(world.open_run("everything"))
    with pytest.raises(SeriesIsUsedUp, match="0 order numbers left"):
        world.generate(second)
    with in_organization(organization):
        assert standing_of(organization, late)[late[0].pk].unbilled == 0


def test_what_is_not_handed_over_is_taken_back_and_the_work_is_unbilled_again(
    organization: Organization, case_worker: User
) -> None:
    world = FinanceWorld(organization, case_worker)
    items = world.bookings(world.club())
    run = world.export(world.open_run())
    [file] = world.generate(run)
    with organization_context(organization.pk):
        with pytest.raises(RunIsOver, match=r"26120201\.txt"):
            run_generating.undo_run(organization, run.pk, reason="Feil", actor=world.actor, now=NOW)
        run_files.undo_file(organization, file.pk, reason="Feil måned", actor=world.actor, now=NOW)
        run_files.undo_file(organization, file.pk, reason="To ganger", actor=world.actor, now=NOW)
    [again] = world.generate(run)
    assert (again.name, again.lines) == ("26120202.txt", file.lines)
    assert lg04.read(world.bytes_of(again.sha256))[0].orders[0].number == "38000002"
    with organization_context(organization.pk):
        run_files.undo_file(organization, again.pk, reason="Feil måned", actor=world.actor, now=NOW)
        run_generating.undo_run(organization, run.pk, reason="Feil", actor=world.actor, now=NOW)
    with in_organization(organization):
        assert {each.unbilled for each in standing_of(organization, items).values()} == {Decimal(2)}
    [last] = world.generate(world.export(world.open_run()))
    with organization_context(organization.pk):
        run_transfers.start_transfer(organization, last.pk, actor=world.actor, now=NOW)
        with pytest.raises(FileIsOnItsWay, match="handed over"):
            run_files.undo_file(organization, last.pk, reason="For sent", actor=world.actor, now=NOW)
    with in_organization(organization), pytest.raises(DatabaseError, match="handed over"), transaction.atomic():
        RunFileRow.objects.filter(order__file=last).update(order=None, line=None)


def test_internal_customers_are_posted_in_a_file_of_their_own(organization: Organization, case_worker: User) -> None:
    world = FinanceWorld(
        organization, case_worker, target_values(posts_internal=True, income_account="16900", cost_account="11900")
    )
    world.bookings(world.club(), 1)
    school = world.club("Kulturskolen", kind="internal", organization_number="", resource_number="44100")
    world.bookings(school, 1)

    invoices, postings = world.generate(world.export(world.open_run()))

    assert (invoices.name, postings.name, postings.layout) == ("26120201.txt", "26120202.gl07.txt", "gl07")
    told, faults = gl07.read(world.bytes_of(postings.sha256))
    assert faults.found == ()
    assert [(each.account, each.amount) for each in told.postings] == [("3000", Decimal(-600)), ("11900", Decimal(600))]
    assert (postings.orders, postings.lines, postings.amount) == (1, 1, Decimal(600))


def attempt(organization: Organization, kind: str, task: Any) -> None:
    """What the relay and a worker do with what waits of that kind."""
    with organization_context(organization.pk):
        with transaction.atomic():
            OutboxRow.objects.of(organization).filter(kind=kind, state=OutboxState.NEW).update(
                state=OutboxState.SENDING, attempts=F("attempts") + 1
            )
            due = list(OutboxRow.objects.of(organization).filter(kind=kind, state=OutboxState.SENDING))
        for row in due:
            task(str(organization.pk), str(row.pk))


def test_m_149_a_file_is_laid_into_its_folder_once_and_the_receiver_is_told(
    organization: Organization, case_worker: User, settings: Any, tmp_path: Path
) -> None:
    settings.HANDOVER_DIR = tmp_path
    world = FinanceWorld(organization, case_worker, target_values(handing="folder", folder="agresso"))
    world.bookings(world.club())
    [file] = world.generate(world.export(world.open_run()))

    def start() -> None:
        with organization_context(organization.pk):
            run_transfers.start_transfer(organization, file.pk, actor=world.actor, now=NOW)

    start()
    attempt(organization, run_transfers.TRANSFER, transfer_file)  # the folder is not there yet
    folder = folder_of(organization, tmp_path, "agresso")
    for _time in range(2):
        start()
        attempt(organization, run_transfers.TRANSFER, transfer_file)
        attempt(organization, run_transfers.TELL, tell_receiver)

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {file.name: world.bytes_of(file.sha256)}
    with in_organization(organization):
        told = list(TransferAttempt.objects.order_by("made_at", "id").values_list("outcome", "reason"))
        assert queries.get_file(organization, file.pk).transferred_at is not None
    assert [(outcome, "agresso" in reason) for outcome, reason in told] == [("failed", True), ("sent", False)]
    [letter] = mail.outbox
    assert letter.to == ["regnskap@vestmark.example"]
    assert "26120201.txt" in letter.subject
    assert "1\xa0200,00" in letter.body


def test_m_149_a_file_goes_by_sftp_to_the_pinned_server_and_to_no_other(
    organization: Organization, case_worker: User, tmp_path: Path
) -> None:
    with serving(tmp_path) as server:
        place = server.place
        values = target_values(
            handing="sftp", host=place.host, port=place.port, username=place.user, fingerprint="SHA256:" + "A" * 43,
            folder="/in",
        )  # fmt: skip
        world = FinanceWorld(organization, case_worker, values, secret=place.password)
        with in_organization(organization):
            kept = bytes(queries.get_target(organization, world.target.pk).secret_sealed or b"")
        assert kept
        assert place.password.encode() not in kept
        world.bookings(world.club())
        [file] = world.generate(world.export(world.open_run()))
        with organization_context(organization.pk):
            run_transfers.start_transfer(organization, file.pk, actor=world.actor, now=NOW)
        attempt(organization, run_transfers.TRANSFER, transfer_file)
        assert list((server.root / "in").iterdir()) == []
        with organization_context(organization.pk):
            finance_targets.update_target(
                organization, world.target.pk, values={**values, "fingerprint": place.fingerprint}, secret="",
                version=1, actor=world.actor,
            )  # fmt: skip
            run_transfers.start_transfer(organization, file.pk, actor=world.actor, now=NOW)
        attempt(organization, run_transfers.TRANSFER, transfer_file)
        assert (server.root / "in" / file.name).read_bytes() == world.bytes_of(file.sha256)
    with in_organization(organization):
        told = list(TransferAttempt.objects.order_by("made_at", "id").values_list("outcome", "reason"))
    assert [outcome for outcome, _reason in told] == ["failed", "sent"]
    assert place.fingerprint in told[0][1]


def test_m_148_a_finance_system_is_registered_and_a_file_generated_on_the_pages(
    organization: Organization, owner: User, client_of: Any, django_assert_max_num_queries: Any
) -> None:
    browser, here = client_of(owner), f"/{organization.slug}"
    typed = {
        "name": "Agresso", "layout": "lg04", "system_code": "BO38", "order_from": "1", "order_to": "99",
        "person_id": "national_id", "handing": "sftp", "project_position": "1", "is_active": "on",
    }  # fmt: skip
    refused = browser.post(f"{here}/settings/finance-systems/new/", typed)
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {*LG04, "host", "username", "secret", "dimension_1"}
    right = {**typed, **LG04, "handing": "by_hand", "dimension_1": "Prosjekt", "demands_1": "on"}
    assert browser.post(f"{here}/settings/finance-systems/new/", right).status_code == 302
    with in_organization(organization):
        [target] = queries.list_targets(organization)
    string = {"group": "", "article": "4001", "value_0": "P77"}
    assert browser.post(f"{here}/settings/finance-systems/{target.pk}/posting/", string).status_code == 302

    world = FinanceWorld(organization, owner, target_values(name="Visma fra før"))
    world.target = target
    world.bookings(world.club())
    run = {"name": "November", "scope": "everything", "period_from": "01.11.2026", "until": "30.11.2026"}
    opened = browser.post(f"{here}/runs/new/", {**run, "change_percent": "10", "target": str(target.pk)})
    with in_organization(organization):
        found = BillingRun.objects.get(pk=opened["Location"].rstrip("/").rpartition("/")[2])
        assert found.target_id == target.pk
    world.export(found)
    page = browser.get(f"{here}/runs/files/")
    key = page.context["waiting"][0]["form"].initial["key"]
    asked = {"run": [str(found.pk)], "typed_code": "BO83", "key": key}
    assert browser.post(f"{here}/runs/files/for/{target.pk}/", asked).status_code == 422
    assert browser.post(f"{here}/runs/files/for/{target.pk}/", {**asked, "typed_code": "BO38"}).status_code == 302
    attempt(organization, "billing_backlog.generate_file", generate_file)
    with in_organization(organization):
        [file] = queries.list_files(organization)
    for address in (f"{here}/runs/files/", f"{here}/runs/files/{file.pk}/", f"{here}/runs/{found.pk}/"):
        with django_assert_max_num_queries(30):
            assert file.name in browser.get(address).content.decode()
    sent = browser.post(f"{here}/runs/files/{file.pk}/download/")
    assert sent.content == world.bytes_of(file.sha256)
    assert sent["Content-Disposition"] == f'attachment; filename="{file.name}"'
    assert browser.post(f"{here}/runs/files/{file.pk}/hand-over/").status_code == 302
    receipt = {"lines": "2", "amount": "1200,00", "received_by": "Rita Regnskap"}
    assert browser.post(f"{here}/runs/files/{file.pk}/receipt/", receipt).status_code == 302
    with in_organization(organization):
        assert queries.get_file(organization, file.pk).received_at is not None
    errors = {"errors_typed": "1; 1; Ukjent artikkel"}
    assert browser.post(f"{here}/runs/files/{file.pk}/errors/", errors).status_code == 302
    assert "Ukjent artikkel" in browser.get(f"{here}/runs/files/{file.pk}/").content.decode()
    with in_organization(organization):
        returned = queries.errors_of(organization, file)[0].row.item_id
    shown = browser.get(f"{here}/backlog/{returned}/").content.decode()
    assert file.name in shown
