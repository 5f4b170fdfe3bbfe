"""Every change leaves a line that nobody can change, and the chain tells when somebody did."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from tenants import audit, sealing, tasks
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import AuditEntry, AuditSeal, BankAccount
from tests import databases
from tests.builders import in_organization, make_organization, scaled
from tests.committed_world import database_name, refusal_of

ACTOR = Actor.system("A test")
TABLES = ("tenants_auditentry", "tenants_auditseal")


@pytest.fixture
def company(transactional_db: None) -> Any:
    """A company whose lines are committed, as the sealer finds them."""
    return make_organization("nordlys", "Nordlys Rådgivning AS", owner_email="owner@nordlys.example")


def record(organization: Any, count: int = 1) -> None:
    """Write lines about the organization's account, a transaction each."""
    for number in range(count):
        with in_organization(organization):
            account = BankAccount.objects.get()
            audit.record(ACTOR, "bank_account.looked_at", account, number=number)


def problems(organization: Any) -> list[str]:
    with in_organization(organization):
        return list(sealing.audit_problems(organization, now=timezone.now()))


def as_superuser(*statements: str) -> None:
    """Change rows as only somebody with the server itself can: past every trigger."""
    with databases.superuser(database_name()) as session:
        session.execute("SET session_replication_role = replica")
        for statement in statements:
            session.execute(statement)


def test_a_line_says_who_did_what_to_which_thing(organization: Any) -> None:
    with in_organization(organization):
        account = BankAccount.objects.get()
        audit.record(ACTOR, "bank_account.looked_at", account, before="1", after="2")
        entry = AuditEntry.objects.get(verb="bank_account.looked_at")

    assert (entry.actor_kind, entry.actor_name, entry.actor_id) == ("system", "A test", None)
    assert (entry.subject_kind, entry.subject_id, entry.subject_label) == ("bankaccount", account.pk, str(account))
    assert entry.facts == {"before": "1", "after": "2"}


def test_an_action_that_fails_leaves_no_line(company: Any) -> None:
    def fail() -> None:
        with in_organization(company):
            audit.record(ACTOR, "bank_account.looked_at", BankAccount.objects.get())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    with in_organization(company):
        assert not AuditEntry.objects.filter(verb="bank_account.looked_at").exists()


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_application_cannot_change_a_line_or_a_seal(company: Any, table: str, statement: str) -> None:
    sealing.seal_everywhere()

    error = refusal_of(statement.format(table), {}, organization_id=company.pk)

    assert error is not None
    assert error.sqlstate == "42501"
    assert problems(company) == []


def test_the_object_mapper_cannot_change_a_line(company: Any) -> None:
    for change in (
        lambda: AuditEntry.objects.update(verb="nothing.happened"),
        lambda: AuditEntry.objects.filter(actor_kind="user").delete(),
        lambda: AuditEntry.objects.latest("id").save(),
    ):
        with pytest.raises(DatabaseError), in_organization(company):
            change()


def test_sealing_chains_every_line_once(company: Any) -> None:
    record(company, 5)

    first = sealing.seal(company.pk)
    assert sealing.seal(company.pk) == 0

    with in_organization(company):
        assert first == AuditEntry.objects.count() == AuditSeal.objects.count()
        assert list(AuditSeal.objects.order_by("sequence").values_list("sequence", flat=True)) == [*range(1, first + 1)]
    assert problems(company) == []


def test_more_lines_than_a_batch_holds_are_all_sealed(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH_SIZE", 3)
    record(company, 7)

    sealing.seal(company.pk)

    with in_organization(company):
        assert AuditSeal.objects.count() == AuditEntry.objects.count()
    assert problems(company) == []


def test_a_line_that_is_not_committed_is_not_sealed_and_comes_into_the_chain_later(company: Any) -> None:
    sealing.seal(company.pk)
    sealed: list[int] = []

    def seal_beside() -> None:
        try:
            sealed.append(sealing.seal(company.pk))
        finally:
            connection.close()

    with in_organization(company):
        audit.record(ACTOR, "bank_account.looked_at", BankAccount.objects.get())
        beside = threading.Thread(target=seal_beside)
        beside.start()
        beside.join()

    assert sealed == [0]
    assert sealing.seal(company.pk) == 1
    assert problems(company) == []


def test_four_writers_and_two_sealers_make_one_whole_chain(company: Any) -> None:
    lines = scaled(50, 12)
    writing = threading.Barrier(6)
    done = threading.Event()
    failures: list[Exception] = []

    def write() -> None:
        try:
            writing.wait(timeout=10)
            record(company, lines)
        except (DatabaseError, threading.BrokenBarrierError) as error:
            failures.append(error)
        finally:
            connection.close()

    def seal() -> None:
        try:
            writing.wait(timeout=10)
            while not done.is_set():
                sealing.seal_everywhere()
        except (DatabaseError, threading.BrokenBarrierError) as error:
            failures.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _ in range(4)]
    sealers = [threading.Thread(target=seal) for _ in range(2)]
    for thread in writers + sealers:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in sealers:
        thread.join()
    sealing.seal_everywhere()

    assert failures == []
    with in_organization(company):
        entries = AuditEntry.objects.count()
        sequences = list(AuditSeal.objects.order_by("sequence").values_list("sequence", flat=True))
    assert entries >= 4 * lines
    assert sequences == [*range(1, entries + 1)]
    assert problems(company) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("UPDATE tenants_auditentry SET actor_name = 'Somebody else'", "has been changed"),
        ("UPDATE tenants_auditentry SET facts = '{\"number\": 99}' WHERE verb LIKE 'bank%'", "has been changed"),
        ("UPDATE tenants_auditentry SET recorded_at = recorded_at - interval '1 day'", "has been changed"),
        ("UPDATE tenants_auditseal SET hash = repeat('0', 64) WHERE sequence = 2", "has been changed"),
        ("UPDATE tenants_auditseal SET sequence = sequence + 10 WHERE sequence > 2", "is missing"),
        ("DELETE FROM tenants_auditseal WHERE sequence = 2", "is missing"),
    ],
)
def test_the_chain_tells_what_a_superuser_changed(company: Any, change: str, says: str) -> None:
    record(company, 3)
    sealing.seal_everywhere()
    assert problems(company) == []

    as_superuser(change)

    assert any(says in problem for problem in problems(company))


def test_lines_that_stand_outside_the_chain_for_long_are_told(company: Any) -> None:
    sealing.seal_everywhere()
    record(company)
    assert problems(company) == []

    as_superuser("UPDATE tenants_auditentry SET recorded_at = now() - interval '6 minutes' WHERE verb LIKE 'bank%'")

    assert any("outside the chain" in problem for problem in problems(company))


def test_a_line_that_waited_for_days_is_sealed_before_the_heads_are_published(company: Any) -> None:
    sealing.seal_everywhere()
    record(company)
    as_superuser("UPDATE tenants_auditentry SET recorded_at = now() - interval '3 days' WHERE verb LIKE 'bank%'")

    tasks.publish_audit_heads()

    with in_organization(company):
        assert AuditSeal.objects.count() == AuditEntry.objects.count()
    assert problems(company) == []


def test_a_cut_tail_shows_against_the_published_head(company: Any) -> None:
    record(company, 3)
    sealing.seal_everywhere()
    published = json.loads(Path(tasks.publish_audit_heads()).read_text(encoding="utf-8"))[str(company.pk)]
    with in_organization(company):
        assert published["sequence"] == AuditSeal.objects.count()
        assert list(sealing.head_problems(company, published)) == []

    as_superuser(
        "DELETE FROM tenants_auditentry e USING tenants_auditseal s WHERE s.entry_id = e.id"
        f" AND s.sequence = {published['sequence']}",
        f"DELETE FROM tenants_auditseal WHERE sequence = {published['sequence']}",
    )

    assert problems(company) == []  # the chain alone does not know how long it was
    with in_organization(company):
        [problem] = sealing.head_problems(company, published)
    assert str(published["sequence"]) in problem


def test_a_head_stays_in_the_chain_when_more_lines_come(company: Any) -> None:
    sealing.seal_everywhere()
    published = json.loads(Path(tasks.publish_audit_heads()).read_text(encoding="utf-8"))[str(company.pk)]
    record(company, 2)
    sealing.seal_everywhere()

    with in_organization(company):
        assert list(sealing.head_problems(company, published)) == []


def test_the_chain_of_one_organization_holds_no_line_of_another(company: Any) -> None:
    other = make_organization("fremmed", "Fremmed Drift AS", owner_email="stranger@fremmed.example")
    record(company, 2)
    record(other, 1)
    sealing.seal_everywhere()

    for organization in (company, other):
        with in_organization(organization):
            assert AuditSeal.objects.count() == AuditEntry.objects.count()
        assert problems(organization) == []


def test_nothing_is_recorded_outside_an_organization(company: Any) -> None:
    with organization_context(company.pk), transaction.atomic():
        account = BankAccount.objects.get()

    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        audit.record(ACTOR, "bank_account.looked_at", account)


def test_lines_are_kept_in_the_order_of_their_moments(company: Any) -> None:
    record(company, 3)
    sealing.seal_everywhere()

    with in_organization(company):
        moments = [seal.entry.recorded_at for seal in AuditSeal.objects.select_related("entry").order_by("sequence")]
    assert moments == sorted(moments)
    assert timezone.now() - moments[-1] < timedelta(minutes=5)
