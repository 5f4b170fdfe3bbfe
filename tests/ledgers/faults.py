"""What goes wrong between us and an accounting system, on order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from tests.ledgers.system import LedgerRequest

READING = ("GET", "HEAD")


class Fault(StrEnum):
    """One way in which a call goes wrong."""

    DROP_BEFORE = "drop_before"  # the line is cut before the system has heard anything
    DROP_ANSWER = "drop_answer"  # the work is done, the line is cut before the answer
    HALF = "half"  # the work is done, half an answer comes, then the line is cut
    BROKEN = "broken"  # an error of the system before it did anything
    BROKEN_AFTER = "broken_after"  # an error of the system after it has done the work
    TOO_MANY = "too_many"  # it is asked too often and has done nothing
    ACCESS_EXPIRED = "access_expired"  # the access token holds no longer
    CONFLICT = "conflict"  # somebody else is at it; nothing is done
    SLOW = "slow"  # it takes its time
    DUPLICATED = "duplicated"  # a proxy on the way sends it twice; the second answer comes


Condition = str | Callable[[LedgerRequest], bool]


@dataclass(slots=True)
class Order:
    """A fault that waits for its requests."""

    fault: Fault
    on: Condition
    left: int
    seconds: float | None

    def suits(self, request: LedgerRequest) -> bool:
        """Whether a request is one that it waits for."""
        if callable(self.on):
            return self.on(request)
        if not self.on:
            return request.method not in READING and not is_question(request)
        method, _, path = self.on.partition(" ")
        if not path:
            return fnmatchcase(f"{request.method} {request.path}", self.on)
        return fnmatchcase(request.method, method) and fnmatchcase(request.path, f"*{path}")


def is_question(request: LedgerRequest) -> bool:
    """Whether a request that looks like a writing one only asks: GraphQL sends everything by POST."""
    query = request.body.get("query") if isinstance(request.body, dict) else None
    return isinstance(query, str) and query.lstrip().startswith("query")


@dataclass(slots=True)
class Faults:
    """The plan of one server."""

    orders: list[Order] = field(default_factory=list)
    happened: list[tuple[Fault, str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, fault: Fault, on: Condition = "", *, times: int = 1, seconds: float | None = None) -> None:
        """Let the next requests go wrong: any writing one, those like "POST /sales*" (the end of a path), or chosen by
        a function. `seconds`: how slow it is, or what Retry-After says (None: no such header).
        """
        with self._lock:
            self.orders.append(Order(fault, on, times, seconds))

    def due(self, request: LedgerRequest, *, is_described: bool = True) -> Order | None:
        """The order that a request meets, used up by it. Token addresses meet only what names them."""
        with self._lock:
            for order in self.orders:
                if order.left > 0 and (order.on or is_described) and order.suits(request):
                    order.left -= 1
                    self.happened.append((order.fault, f"{request.method} {request.path}"))
                    return order
        return None

    @property
    def waiting(self) -> Iterator[Fault]:
        """What was ordered and did not happen."""
        return (order.fault for order in self.orders if order.left > 0)

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self.orders.clear()
            self.happened.clear()
