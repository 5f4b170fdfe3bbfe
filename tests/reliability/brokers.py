"""A Redis of a test's own, to be stopped and emptied at will."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from machine import redis
from machine.checkout import ROOT, Checkout
from machine.redis import RedisServer
from machine.server_binaries import ensure_server_binaries
from machine.system_user import server_account


@dataclass(frozen=True, slots=True)
class OwnBroker:
    """A Redis that may be away."""

    server: RedisServer

    @property
    def url(self) -> str:
        """The address, whether anybody answers there or not."""
        return f"unix://{self.server.socket}"

    def start(self) -> None:
        """Serve, with nothing inside."""
        redis.ensure_running(self.server)

    def stop(self) -> None:
        """Go away with everything inside."""
        redis.stop(self.server)

    def flush(self) -> None:
        """Lose everything and go on."""
        assert redis.ask(self.server, b"FLUSHALL\r\n").startswith(b"+OK")

    def refuse_more(self) -> None:
        """Have no memory left for anything new (maxmemory-policy noeviction)."""
        assert redis.ask(self.server, b"CONFIG SET maxmemory 1\r\n").startswith(b"+OK")

    def count(self, queue: str) -> int:
        """How many messages wait in a queue."""
        answer = redis.ask(self.server, f"LLEN {queue}\r\n".encode())
        return int(answer.strip().removeprefix(b":") or 0)


@contextmanager
def own_broker() -> Iterator[OwnBroker]:
    """A Redis that is not started yet; stopped and removed afterwards."""
    data = Path(os.environ["BILAG_DATA_DIR"]).parents[1]
    binaries = ensure_server_binaries(Checkout(root=ROOT, data=data), account=server_account())
    with tempfile.TemporaryDirectory(prefix="bilag-fire-") as folder:
        place = Path(folder)
        made = RedisServer(program=binaries.redis, socket=place / "redis.sock", log=place / "log", outlives_us=False)
        try:
            yield OwnBroker(made)
        finally:
            redis.stop(made)
