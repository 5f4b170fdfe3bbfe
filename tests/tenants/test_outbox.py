"""Outside effects are rows: none is lost, none is worked on by two, and none stays where nobody sees it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from celery import Task
from django.db import IntegrityError, connection, transaction
from kombu.exceptions import OperationalError

from config.celery import app as celery_app
from foundation.ids import uuid7
from tenants import outbox, tasks
from tenants.context import organization_context
from tenants.models import OutboxRow, OutboxState
from tests.builders import in_organization, make_draft, make_organization, run_background
from tests.committed_world import app_session

PROBE = "tests.note_down"
UNREACHABLE = "tests.broker_is_away"
FINAL = {OutboxState.SENT, OutboxState.CANCELLED}


class BrokerAwayTask(Task):  # type: ignore[type-arg]
    """A task whose broker refuses every message."""

    name = UNREACHABLE

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        raise OperationalError("connection refused")


@pytest.fixture
def noted() -> Iterator[list[tuple[str, str]]]:
    """What the tasks of this test were handed: a stand-in for the world outside."""
    handed: list[tuple[str, str]] = []

    def note_down(organization_id: str, outbox_id: str) -> None:
        handed.append((organization_id, outbox_id))

    celery_app.task(name=PROBE)(note_down)
    celery_app.register_task(BrokerAwayTask())
    yield handed
    celery_app.tasks.unregister(PROBE)
    celery_app.tasks.unregister(UNREACHABLE)


@pytest.fixture
def company(transactional_db: None) -> Any:
    """A company whose rows are committed, as a relay finds them."""
    return make_organization("nordlys", "Nordlys Rådgivning AS", owner_email="owner@nordlys.example")


def effect(kind: str = PROBE, key: str = "") -> outbox.Effect:
    return outbox.Effect(kind, uuid7(), key or f"test:{uuid7()}", {"a": 1})


def put(organization: Any, count: int = 1, kind: str = PROBE) -> list[UUID]:
    with in_organization(organization):
        return outbox.put_each(organization.pk, [effect(kind) for _ in range(count)])


def row_of(organization: Any, row_id: UUID) -> OutboxRow:
    with in_organization(organization):
        return OutboxRow.objects.get(pk=row_id)


def claim(organization: Any, limit: int = 50) -> list[UUID]:
    with organization_context(organization.pk):
        return [row_id for row_id, _kind in outbox._claim(organization.pk, limit)]


def begin(organization: Any, row_id: UUID) -> OutboxRow | None:
    with organization_context(organization.pk):
        return outbox.begin(organization.pk, row_id)


def set_row(organization: Any, row_id: UUID, assignments: str) -> None:
    """Let time pass for a row, by the database's own clock."""
    with in_organization(organization), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE tenants_outboxrow SET {assignments} WHERE organization_id = %s AND id = %s",
            [organization.pk, row_id],
        )


def end_lease(organization: Any, row_id: UUID) -> None:
    set_row(organization, row_id, "lease_until = now() - interval '1 second'")


def test_a_row_is_handed_to_its_task_by_name_with_ids_alone(company: Any, noted: list[tuple[str, str]]) -> None:
    [row_id] = put(company)

    assert run_background(rounds=1) == 1

    assert noted == [(str(company.pk), str(row_id))]
    assert row_of(company, row_id).state == OutboxState.SENDING


def test_a_finished_row_is_not_handed_out_again(company: Any, noted: list[tuple[str, str]]) -> None:
    [row_id] = put(company)
    run_background(rounds=1)
    row = begin(company, row_id)
    assert row is not None

    with organization_context(company.pk):
        outbox.finish(row)

    stored = row_of(company, row_id)
    assert (stored.state, stored.lease_until) == (OutboxState.SENT, None)
    assert stored.finished_at is not None
    assert run_background(rounds=1) == 0


def test_a_business_transaction_that_fails_leaves_no_effect(company: Any, noted: list[tuple[str, str]]) -> None:
    def fail() -> None:
        with in_organization(company):
            outbox.put_each(company.pk, [effect()])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert run_background() == 0
    assert noted == []


def test_an_unknown_task_name_fails_in_the_business_transaction(company: Any) -> None:
    with pytest.raises(LookupError, match=r"invoicing\.misspelt"), in_organization(company):
        outbox.put_each(company.pk, [effect("invoicing.misspelt")])

    with in_organization(company):
        assert not OutboxRow.objects.exists()


def test_the_same_effect_never_stands_twice(company: Any, noted: list[tuple[str, str]]) -> None:
    with in_organization(company):
        outbox.put_each(company.pk, [effect(key="invoice:1:documents")])
    with pytest.raises(IntegrityError, match="outbox_key_is_unique"), in_organization(company):
        outbox.put_each(company.pk, [effect(key="invoice:1:documents")])


def test_a_row_that_is_not_due_yet_waits(company: Any, noted: list[tuple[str, str]]) -> None:
    [row_id] = put(company)
    set_row(company, row_id, "not_before = now() + interval '1 hour'")
    assert claim(company) == []

    set_row(company, row_id, "not_before = now() - interval '1 second'")
    assert claim(company) == [row_id]


def test_a_doubled_message_is_worked_on_once(company: Any, noted: list[tuple[str, str]]) -> None:
    [row_id] = put(company)
    claim(company)

    assert begin(company, row_id) is not None
    assert begin(company, row_id) is None


def test_a_relay_killed_before_its_message_leaves_the_row_to_the_next_lease(
    company: Any, noted: list[tuple[str, str]]
) -> None:
    [row_id] = put(company)
    assert claim(company) == [row_id]
    assert claim(company) == []  # the lease holds

    end_lease(company, row_id)
    assert claim(company) == [row_id]
    row = begin(company, row_id)
    assert row is not None
    assert row.attempts == 2


def test_a_worker_killed_in_the_middle_loses_its_lease_and_its_late_mark_changes_nothing(
    company: Any, noted: list[tuple[str, str]]
) -> None:
    [row_id] = put(company)
    claim(company)
    slow = begin(company, row_id)
    assert slow is not None
    end_lease(company, row_id)
    assert claim(company) == [row_id]

    with organization_context(company.pk):
        outbox.fail(slow, "too late", may_retry=False)

    assert row_of(company, row_id).state == OutboxState.SENDING
    assert begin(company, row_id) is not None


def test_a_lease_that_a_worker_began_lasts_from_then_on(company: Any, noted: list[tuple[str, str]]) -> None:
    [row_id] = put(company)
    claim(company)
    set_row(company, row_id, "lease_until = now() + interval '1 second'")
    assert begin(company, row_id) is not None

    with in_organization(company), connection.cursor() as cursor:
        cursor.execute(
            "SELECT lease_until > now() + interval '4 minutes' FROM tenants_outboxrow WHERE id = %s", [row_id]
        )
        assert cursor.fetchone() == (True,)


def test_a_relay_passes_by_the_rows_that_another_holds(company: Any, noted: list[tuple[str, str]]) -> None:
    rows = sorted(put(company, 6))
    with app_session() as other_relay:
        other_relay.execute(f"SET LOCAL app.organization_id = '{company.pk}'")
        held = other_relay.execute("SELECT id FROM tenants_outboxrow ORDER BY id LIMIT 4 FOR UPDATE").fetchall()

        assert sorted(claim(company)) == rows[4:]
        assert [row[0] for row in held] == rows[:4]
        other_relay.rollback()
    assert sorted(claim(company)) == rows[:4]


def test_two_relays_at_once_claim_every_row_once(company: Any, noted: list[tuple[str, str]]) -> None:
    rows = set(put(company, 40))
    claimed: list[UUID] = []
    together = threading.Barrier(2)

    def relay() -> None:
        try:
            together.wait(timeout=10)
            for _round in range(20):
                claimed.extend(claim(company, limit=3))
        finally:
            connection.close()

    threads = [threading.Thread(target=relay) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(claimed) == len(rows)
    assert set(claimed) == rows


def test_nothing_is_lost_and_no_attempt_counted_while_the_broker_is_away(
    company: Any, noted: list[tuple[str, str]]
) -> None:
    rows = put(company, 3, kind=UNREACHABLE)

    for _round in range(outbox.ATTEMPTS_MAX + 1):
        with pytest.raises(outbox.BrokerIsAway):
            outbox.hand_out_due_rows()

    for row_id in rows:
        stored = row_of(company, row_id)
        assert (stored.state, stored.attempts) == (OutboxState.NEW, 0)
    assert sorted(claim(company)) == sorted(rows)


def test_a_name_that_this_release_does_not_know_is_kept_for_one_that_does(
    company: Any, noted: list[tuple[str, str]]
) -> None:
    [row_id] = put(company)
    set_row(company, row_id, "kind = 'later.release'")

    assert run_background(rounds=1) == 0

    assert row_of(company, row_id).state == OutboxState.SENDING
    set_row(company, row_id, f"kind = '{PROBE}', lease_until = now() - interval '1 second'")
    assert run_background(rounds=1) == 1


def test_a_failure_is_tried_again_after_a_pause_that_grows(company: Any, noted: list[tuple[str, str]]) -> None:
    [row_id] = put(company)
    pauses = []
    for attempt in range(1, 4):
        set_row(company, row_id, "not_before = now() - interval '1 second'")
        claim(company)
        row = begin(company, row_id)
        assert row is not None
        assert row.attempts == attempt
        with organization_context(company.pk):
            outbox.fail(row, "no answer", may_retry=True)
        stored = row_of(company, row_id)
        assert (stored.state, stored.last_error) == (OutboxState.NEW, "no answer")
        with in_organization(company), connection.cursor() as cursor:
            cursor.execute(
                "SELECT extract(epoch FROM not_before - now()) FROM tenants_outboxrow WHERE id = %s", [row_id]
            )
            pauses.append(float(cursor.fetchone()[0]))

    assert pauses[0] < pauses[1] < pauses[2]
    assert pauses[0] > 20


def test_what_fails_for_good_is_shown_and_can_be_tried_again_at_once(
    company: Any, noted: list[tuple[str, str]]
) -> None:
    [row_id] = put(company)
    claim(company)
    row = begin(company, row_id)
    assert row is not None
    with organization_context(company.pk):
        outbox.fail(row, "refused", may_retry=False)
    assert row_of(company, row_id).state == OutboxState.FAILED
    assert claim(company) == []

    with in_organization(company):
        assert outbox.retry(company.pk, row.subject_id, PROBE) == 1
    assert claim(company) == [row_id]
    again = begin(company, row_id)
    assert again is not None
    assert again.payload["a"] == 1


def test_the_last_attempt_is_the_last(company: Any, noted: list[tuple[str, str]]) -> None:
    [row_id] = put(company)
    set_row(company, row_id, f"attempts = {outbox.ATTEMPTS_MAX - 1}")
    claim(company)
    row = begin(company, row_id)
    assert row is not None
    with organization_context(company.pk):
        outbox.fail(row, "no answer", may_retry=True)

    assert row_of(company, row_id).state == OutboxState.FAILED


def test_a_row_that_kills_its_worker_each_time_is_given_up_and_shown(
    company: Any, noted: list[tuple[str, str]]
) -> None:
    [row_id] = put(company)
    claim(company)
    set_row(company, row_id, f"attempts = {outbox.ATTEMPTS_MAX}, lease_until = now() - interval '1 second'")

    assert claim(company) == []  # the relay, which comes round each second, does not take it up again
    tasks.wake_outbox()

    assert row_of(company, row_id).state == OutboxState.FAILED


@pytest.mark.parametrize("state", [state for state in OutboxState if state != OutboxState.SENDING])
def test_only_a_claimed_row_is_worked_on(company: Any, noted: list[tuple[str, str]], state: OutboxState) -> None:
    [row_id] = put(company)
    claim(company)
    set_row(company, row_id, f"state = '{state.value}'")

    assert begin(company, row_id) is None


def test_a_state_that_nobody_knows_is_refused(company: Any, noted: list[tuple[str, str]]) -> None:
    [row_id] = put(company)

    with pytest.raises(IntegrityError, match="outbox_state_is_known"):
        set_row(company, row_id, "state = 'lost'")


def test_a_row_of_another_organization_is_not_begun(company: Any, noted: list[tuple[str, str]]) -> None:
    other = make_organization("fremmed", "Fremmed Drift AS", owner_email="stranger@fremmed.example")
    [row_id] = put(company)
    claim(company)

    assert begin(other, row_id) is None
    assert begin(company, row_id) is not None


def test_one_organizations_backlog_does_not_keep_another_waiting(company: Any, noted: list[tuple[str, str]]) -> None:
    other = make_organization("fremmed", "Fremmed Drift AS", owner_email="stranger@fremmed.example")
    put(company, outbox.CLAIM_SIZE + 5)
    [row_id] = put(other)

    run_background(rounds=1)

    assert (str(other.pk), str(row_id)) in noted
    assert len(noted) == outbox.CLAIM_SIZE + 1


def test_a_draft_alone_asks_for_nothing_outside(company: Any) -> None:
    make_draft(company)

    with in_organization(company):
        assert not OutboxRow.objects.exists()


def test_handing_out_needs_no_open_transaction(company: Any, noted: list[tuple[str, str]]) -> None:
    put(company)
    assert not connection.in_atomic_block

    run_background(rounds=1)

    with transaction.atomic():
        assert not OutboxRow.objects.exists()  # outside every organization nothing is seen
