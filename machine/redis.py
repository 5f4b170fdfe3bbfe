"""An embedded Redis on a socket: a broker and a cache that may be lost, since every truth is a database row."""

import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from machine.messages import MachineRefused, last_lines
from machine.processes import POLL_SECONDS, dying_with_parent

START_SECONDS_MAX = 10.0
STOP_SECONDS_MAX = 10.0
ANSWER_SECONDS_MAX = 2.0


@dataclass(slots=True, kw_only=True)
class RedisServer:
    """One Redis on one socket."""

    program: Path
    socket: Path
    log: Path
    outlives_us: bool
    child: "subprocess.Popen[bytes] | None" = field(default=None)


def ensure_running(server: RedisServer) -> None:
    """Start Redis unless one answers on its socket."""
    if server.child is not None:
        server.child.poll()
    if answers(server):
        return
    command = [
        str(server.program),
        *("--port", "0", "--unixsocket", str(server.socket), "--unixsocketperm", "700"),
        *("--save", "", "--appendonly", "no", "--dir", str(server.socket.parent)),
    ]
    if not server.outlives_us:
        command = dying_with_parent(*command)
    with server.log.open("wb") as log:
        server.child = subprocess.Popen(
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    deadline = time.monotonic() + START_SECONDS_MAX
    while not answers(server):
        if server.child.poll() is not None or time.monotonic() > deadline:
            raise MachineRefused(f"Redis did not start. The end of {server.log}:\n{last_lines(server.log)}")
        time.sleep(POLL_SECONDS)


def answers(server: RedisServer) -> bool:
    """Whether a Redis says PONG on the socket."""
    return ask(server, b"PING\r\n").startswith(b"+PONG")


def ask(server: RedisServer, command: bytes) -> bytes:
    """The first bytes of the answer to one command; none when nobody answers."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(ANSWER_SECONDS_MAX)
        try:
            connection.connect(str(server.socket))
            connection.sendall(command)
            return connection.recv(64)
        except OSError:
            return b""


def stop(server: RedisServer) -> None:
    """Stop Redis, which keeps nothing."""
    ask(server, b"SHUTDOWN NOSAVE\r\n")
    if server.child is None:
        return
    try:
        server.child.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        server.child.kill()
        server.child.wait()
