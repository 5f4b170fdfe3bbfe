"""Measuring processor time of this process and of one database backend, and what a table of figures looks like."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Spent:
    """What a stretch of work cost, in seconds."""

    wall: float = 0.0
    client: float = 0.0
    server: float = 0.0
    parts: list[float] = field(default_factory=list)

    @property
    def processor(self) -> float:
        """Client and server together."""
        return self.client + self.server

    def percentile(self, share: float) -> float:
        """The wall time below which that share of the parts lay."""
        ordered = sorted(self.parts)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def own_processor_seconds() -> float:
    """User and system time of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def backend_processor_seconds(pid: int) -> float:
    """User and system time of a database backend on this machine."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def spending(backend_pid: int) -> Iterator[Spent]:
    """Measure what happens inside; `time_part` adds single wall times."""
    spent = Spent()
    client, server, wall = own_processor_seconds(), backend_processor_seconds(backend_pid), perf_counter()
    yield spent
    spent.wall = perf_counter() - wall
    spent.client = own_processor_seconds() - client
    spent.server = backend_processor_seconds(backend_pid) - server


def time_part(spent: Spent, work: Callable[[], Any]) -> Any:
    """Run the work and note its wall time."""
    start = perf_counter()
    answer = work()
    spent.parts.append(perf_counter() - start)
    return answer


def row(name: str, ours: float, floor: float, unit: str, *, bar: float, decimals: int = 3) -> dict[str, Any]:
    """One line of the table; the ratio is ours against the floor of the same run."""
    ratio = ours / floor if floor else 0.0
    return {
        "name": name,
        "ours": round(ours, decimals),
        "floor": round(floor, decimals),
        "unit": unit,
        "ratio": round(ratio, 2),
        "bar": bar,
        "ok": ratio <= bar,
    }


def limit_row(name: str, ours: float, limit: float, unit: str, *, decimals: int = 3) -> dict[str, Any]:
    """One line for a figure with a fixed limit: the limit is the floor, and the bar is 1."""
    return row(name, ours, limit, unit, bar=1.0, decimals=decimals)
