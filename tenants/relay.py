"""The relay: hands due outbox rows to the workers, round after round, and outlives the servers it depends on."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType

from django.db import InterfaceError, OperationalError, connections

from tenants import outbox

logger = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
BUSY_SECONDS = 0.05  # more may be due than one round claims
AWAY_SECONDS_MAX = 30.0


def run(stop: Event, *, hand_out: Callable[[], int] = outbox.hand_out_due_rows) -> int:
    """Hand out due rows until told to stop; returns how many. A database or broker that is away is waited for."""
    handed, failures = 0, 0
    while not stop.is_set():
        try:
            count = hand_out()
        except (OperationalError, InterfaceError, outbox.BrokerIsAway) as error:
            failures += 1
            pause = pause_after(failures)
            logger.warning("The relay waits %.0f s: %s", pause, error)
            _forget_connections()
        else:
            if failures:
                logger.info("The relay hands out again.")
            failures = 0
            handed += count
            pause = BUSY_SECONDS if count else IDLE_SECONDS
        stop.wait(pause)
    return handed


def pause_after(failures: int) -> float:
    """Twice as long after each failure in a row, up to half a minute."""
    return float(min(AWAY_SECONDS_MAX, 2.0 ** min(failures - 1, 10)))


@contextmanager
def stopping_on(*numbers: signal.Signals) -> Iterator[Event]:
    """An event that these signals set, so that a round is finished and no row is left claimed."""
    stop = Event()

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask_to_stop) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _forget_connections() -> None:
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
