"""manage.py run_relay: due rows reach the workers, and an outage loses nothing."""

from __future__ import annotations

import os
import signal
from io import StringIO
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from kombu.exceptions import OperationalError as BrokerError

from foundation.ids import uuid7
from tenants import outbox, relay
from tenants.models import Organization, OutboxRow, OutboxState
from tests import builders

KIND = "invoicing.render_documents"


def put(organization: Organization) -> UUID:
    with builders.in_organization(organization):
        [row_id] = outbox.put_each(organization.pk, [outbox.Effect(KIND, uuid7(), f"test:{uuid7()}", {})])
        return row_id


def row_of(organization: Organization, row_id: UUID) -> OutboxRow:
    with builders.in_organization(organization):
        return OutboxRow.objects.get(pk=row_id)


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What would have reached the workers."""
    messages: list[dict[str, Any]] = []
    monkeypatch.setattr(outbox, "start_task", lambda kind, **ids: messages.append({"kind": kind, **ids}))
    return messages


def test_one_round_hands_out_what_is_due(
    organization: Organization, other_organization: Organization, handed: list[dict[str, Any]]
) -> None:
    ids = {str(put(organization)), str(put(other_organization))}
    call_command("run_relay", "--once", stdout=(out := StringIO()))
    assert out.getvalue() == "Handed out: 2\n"
    assert {message["outbox_id"] for message in handed} == ids
    call_command("run_relay", "--once", stdout=(out := StringIO()))
    assert out.getvalue() == "Handed out: 0\n"


def test_a_broker_that_is_away_costs_no_attempt(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    row_ids = [put(organization), put(organization)]

    def refuse(_kind: str, **_ids: object) -> None:
        raise BrokerError("connection refused")

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "start_task", refuse)
        for _round in range(outbox.ATTEMPTS_MAX + 1):
            with pytest.raises(CommandError) as refusal:
                call_command("run_relay", "--once")
            assert refusal.value.returncode == 1
    for row_id in row_ids:
        row = row_of(organization, row_id)
        assert (row.state, row.attempts, row.lease_until) == (OutboxState.NEW, 0, None)


def test_waits_for_a_server_that_is_away_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = Event()
    pauses: list[float] = []
    outcomes: list[Exception | int] = [OperationalError("gone"), outbox.BrokerIsAway("gone"), 3, 0, 2]

    def hand_out() -> int:
        outcome = outcomes.pop(0)
        if not outcomes:
            stop.set()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(stop, "wait", pauses.append)
    assert relay.run(stop, hand_out=hand_out) == 5
    assert pauses == [1.0, 2.0, relay.BUSY_SECONDS, relay.IDLE_SECONDS, relay.BUSY_SECONDS]


def test_pauses_grow_up_to_half_a_minute() -> None:
    assert [relay.pause_after(failures) for failures in (1, 2, 3, 4, 5, 6, 1000)] == [1, 2, 4, 8, 16, 30, 30]


def test_an_unknown_error_is_loud() -> None:
    def hand_out() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        relay.run(Event(), hand_out=hand_out)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_after_the_round(number: signal.Signals) -> None:
    rounds = []

    def hand_out() -> int:
        os.kill(os.getpid(), number)
        rounds.append(number)
        return 1

    before = signal.getsignal(number)
    with relay.stopping_on(number) as stop:
        assert relay.run(stop, hand_out=hand_out) == 1
    assert rounds == [number]
    assert signal.getsignal(number) is before
