"""Speaking with one accounting system within its lane: tokens, limits, and what a silence means."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounting_sync.actions.access import end_access, keep_grant
from accounting_sync.lanes import LEASE_SECONDS, Lane, take_lane
from accounting_sync.models import Connection
from accounting_sync.providers.base import Adapter, Answer, Call, Problem, ProblemKind
from accounting_sync.providers.pace import Pace
from accounting_sync.providers.tokens import EntryRefused, headers_of, needs_token, renew
from accounting_sync.providers.transport import Carrier
from accounting_sync.queries.connections import adapter_of
from accounting_sync.secrets import open_secrets
from foundation.transactions import read_only
from tenants.clock import local_today
from tenants.models import Organization

RENEWED_BEFORE = timedelta(minutes=5)
WAITED_MAX_SECONDS = 5.0  # longer waits are slept through by the connection, not by a worker
RENEWAL_SECONDS = 30.0
PAGES_MAX = 1_000


class Objection(RuntimeError):
    """The accounting system did not do what was asked."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


@dataclass(slots=True)
class Talk:
    """One worker's conversation with one accounting system."""

    organization: Organization
    connection: Connection
    adapter: Adapter
    lane: Lane
    carrier: Carrier
    secrets: Mapping[str, str]
    pace: Pace
    kept_at: float = field(default_factory=time.monotonic)
    calls_made: int = 0
    last_milliseconds: int = 0

    def ask(self, call: Call) -> Answer:
        """The answer to a call that succeeded.

        Raises Objection, NoAnswer or NotSent as the call went, Objection too before a call that a limit forbids, and
        LaneIsLost.
        """
        answer = self._send(call)
        problem = self.adapter.problem(call, answer)
        if problem is not None and problem.kind == ProblemKind.ACCESS_EXPIRED:
            self._renew()
            answer = self._send(call)
            problem = self.adapter.problem(call, answer)
            if problem is not None and problem.kind == ProblemKind.ACCESS_EXPIRED:
                problem = Problem(ProblemKind.ACCESS_ENDED, problem.text, problem.code)
        if problem is None:
            return answer
        if problem.kind == ProblemKind.ACCESS_ENDED:
            end_access(self.organization, self.connection, self.lane, problem.text, now=timezone.now())
        raise Objection(problem)

    def pages(self, call: Call) -> Iterator[tuple[Call, Answer]]:
        """A list page by page, with the call that each page answers."""
        following: Call | None = call
        for _page in range(PAGES_MAX):
            if following is None:
                return
            answer = self.ask(following)
            yield following, answer
            following = self.adapter.next_page(following, answer)

    def prepare(self) -> None:
        """Make sure of a token that outlives the next calls; raises Objection where we are not let in."""
        expires = self.connection.token_expires_at
        is_old = expires is not None and expires - RENEWED_BEFORE <= timezone.now()
        if needs_token(self.adapter, self.secrets) or is_old:
            self._renew()

    def _send(self, call: Call) -> Answer:
        self._wait()
        self._keep_lane()
        self.pace.note(time.time())
        self.calls_made += 1
        began = time.monotonic()
        try:
            return self.carrier.send(call, headers_of(self.adapter, self.secrets))
        finally:
            self.last_milliseconds = int((time.monotonic() - began) * 1000)

    def _wait(self) -> None:
        seconds = self.pace.wait(time.time())
        if seconds > WAITED_MAX_SECONDS:
            raise Objection(Problem(ProblemKind.RATE_LIMITED, retry_after=seconds))
        if seconds > 0:
            time.sleep(seconds)

    def _keep_lane(self) -> None:
        """A call begins only where the lane outlasts it."""
        if time.monotonic() - self.kept_at < RENEWAL_SECONDS:
            return
        self.lane.keep(self.pace.kept())
        self.kept_at = time.monotonic()

    def _renew(self) -> None:
        try:
            grant = renew(self.adapter, self.secrets, today=local_today(self.organization))
        except EntryRefused as refusal:
            if refusal.problem.kind == ProblemKind.ACCESS_ENDED:
                end_access(self.organization, self.connection, self.lane, refusal.problem.text, now=timezone.now())
            raise Objection(refusal.problem) from refusal
        # Written and committed before it is used: the old token may be dead from now on.
        keep_grant(self.organization, self.connection, self.lane, grant, now=timezone.now())
        self.secrets = grant.secrets


@contextmanager
def talking_to(organization: Organization, connection: Connection) -> Iterator[Talk | None]:
    """A conversation within the connection's lane; None where another worker has the lane. No transaction is open."""
    lane = take_lane(connection)
    if lane is None:
        yield None
        return
    with read_only():
        connection.refresh_from_db()
    adapter = adapter_of(connection)
    pace = Pace.since(adapter.limits, connection.calls)
    try:
        with Carrier(adapter) as carrier:
            yield Talk(organization, connection, adapter, lane, carrier, open_secrets(connection), pace)
    finally:
        lane.leave(pace.kept())


def in_lane(talk: Talk, write: Callable[[], None]) -> None:
    """Write what was learned, in one transaction, unless the lane was lost meanwhile."""
    with transaction.atomic():
        talk.lane.refuse_if_lost()
        write()


assert LEASE_SECONDS > RENEWAL_SECONDS * 2
