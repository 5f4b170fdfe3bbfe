"""Children of a test: told where to work, seen to reach a point, and killed there."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from machine import application_processes
from machine.checkout import ROOT

REACHED_SECONDS_MAX = 60.0
# A worker otherwise asks for a second who else is there, and is alone.
ALONE = ("--without-mingle", "--without-gossip")


@contextmanager
def child(
    module: str, *arguments: str, environment: Mapping[str, str], said: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A Python module of these tests as a process of its own; killed when the block ends."""
    with program([sys.executable, "-m", module, *arguments], environment=environment, said=said) as process:
        yield process


def worker_alone() -> list[str]:
    """The command of a worker that works on one task at a time."""
    name, *arguments = application_processes.worker(pool=application_processes.SOLO)
    return [str(Path(sys.executable).with_name(name)), *arguments, *ALONE]


@contextmanager
def program(command: list[str], *, environment: Mapping[str, str], said: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own whose words are kept; killed when the block ends."""
    with said.open("ab") as output:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=output, stderr=output)
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9, by its number, and wait until it is gone."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait()


def wait_until_reached(point: Path, process: subprocess.Popen[bytes], said: Path) -> None:
    """Wait for the file by which a child says that it has come to its point."""
    give_up = time.monotonic() + REACHED_SECONDS_MAX
    while not point.exists():
        if process.poll() is not None or time.monotonic() > give_up:
            raise AssertionError(f"The child did not come to {point.name}:\n{said.read_text()}")
        time.sleep(0.01)


def stand_still(point: Path) -> None:
    """Called in a child: say that the point is reached, and wait there to be killed."""
    point.touch()
    while True:
        time.sleep(1)
