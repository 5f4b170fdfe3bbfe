"""What goes wrong at a provider, told to it before it happens."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

DELAY, DROP, ERROR_AFTER, CONFLICT, BUSY, ERROR_BEFORE = "delay", "drop", "500 after", "409", "429", "500 before"


@dataclass(slots=True)
class Answer:
    """A status and what is said."""

    status: int
    body: Any


@dataclass(slots=True)
class Faults:
    """For each operation the faults of its next calls, the first first; every call is counted."""

    waiting: dict[str, list[str]] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.6
    lock: threading.RLock = field(default_factory=threading.RLock)

    def expect(self, operation: str, *faults: str) -> None:
        """These faults, one for each of the next calls."""
        self.waiting.setdefault(operation, []).extend(faults)

    def around(self, operation: str, work: Callable[[], Answer], error: Callable[[int], Answer]) -> Answer | None:
        """Do the work with whatever goes wrong; None hangs up without a word."""
        with self.lock:
            self.calls[operation] = self.calls.get(operation, 0) + 1
            told = self.waiting.get(operation)
            fault = told.pop(0) if told else ""
            if fault in {CONFLICT, BUSY}:
                return error(int(fault))
            if fault == ERROR_BEFORE:
                return error(500)
            answer = work()
        if fault == DELAY:
            time.sleep(self.seconds)
        if fault == DROP:
            return None
        return error(500) if fault == ERROR_AFTER else answer
