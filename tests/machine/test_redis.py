"""An embedded Redis is joined when it answers, and started again when it was killed."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from machine import redis
from machine.messages import MachineRefused
from machine.redis import RedisServer
from machine.server_binaries import ServerBinaries


@pytest.fixture
def server(binaries: ServerBinaries) -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory(prefix="bilag-test-") as folder:
        socket = Path(folder) / "redis.sock"
        made = RedisServer(program=binaries.redis, socket=socket, log=Path(folder) / "log", outlives_us=False)
        yield made
        redis.stop(made)


def test_it_is_started_joined_and_stopped(server: RedisServer) -> None:
    assert not redis.answers(server)
    redis.ensure_running(server)
    first = server.child
    redis.ensure_running(server)
    assert server.child is first
    assert redis.answers(server)
    assert server.socket.stat().st_mode & 0o077 == 0
    redis.stop(server)
    assert not redis.answers(server)


def test_a_killed_one_is_replaced(server: RedisServer) -> None:
    redis.ensure_running(server)
    assert server.child is not None
    server.child.kill()
    server.child.wait()
    redis.ensure_running(server)
    assert redis.answers(server)


def test_one_that_cannot_start_says_why(server: RedisServer) -> None:
    server.socket = Path("/nonexistent") / str(os.getpid()) / "redis.sock"
    with pytest.raises(MachineRefused, match="Redis did not start"):
        redis.ensure_running(server)
