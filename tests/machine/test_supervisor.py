"""Processes are kept: started again when they fall, given up when they keep falling, stopped with us."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from machine import supervisor as supervisors
from machine.messages import MachineRefused
from machine.processes import command_line
from machine.supervisor import FALLS_MAX, Supervisor

PATIENCE_SECONDS = 20.0


@pytest.fixture
def supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    monkeypatch.setattr(supervisors, "WATCH_SECONDS", 0.01)
    monkeypatch.setattr(supervisors, "STOP_SECONDS_MAX", 1.0)
    made = Supervisor(tmp_path, tmp_path, dict(os.environ))
    yield made
    made.stop()


def nothing() -> None:
    """Nothing to revive."""


def patiently(question: Callable[[], bool]) -> Callable[[], bool]:
    deadline = time.monotonic() + PATIENCE_SECONDS

    def ask() -> bool:
        assert time.monotonic() < deadline
        return question()

    return ask


def test_a_fallen_process_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    script = f"import pathlib; p = pathlib.Path({str(tmp_path / 'count')!r}); p.open('a').write('x'); "
    script += "import time; time.sleep(0 if len(p.read_text()) < 3 else 60)"
    supervisor.keep("count", [sys.executable, "-c", script])
    count = tmp_path / "count"
    supervisor.watch(until=patiently(lambda: count.exists() and count.read_text() == "xxx"), revive=nothing)
    assert len(supervisor.kept[0].falls) == 2


def test_a_process_that_keeps_falling_is_given_up_with_its_last_words(supervisor: Supervisor) -> None:
    supervisor.keep("broken", [sys.executable, "-c", "raise SystemExit('out of order')"])
    with pytest.raises(MachineRefused, match="out of order"):
        supervisor.watch(until=patiently(lambda: False), revive=nothing)
    assert len(supervisor.kept[0].falls) == FALLS_MAX


def test_a_process_that_ends_by_itself_is_seen_off(supervisor: Supervisor, capfd: pytest.CaptureFixture[str]) -> None:
    done: list[str] = []
    failing = [sys.executable, "-c", "print('half of it'); raise SystemExit(3)"]
    supervisor.run_beside("demo", failing, when_done=lambda: done.append("demo"))
    supervisor.run_beside("other", [sys.executable, "-c", ""], when_done=lambda: done.append("other"))
    supervisor.watch(until=patiently(lambda: not supervisor.passing), revive=nothing)
    said = capfd.readouterr()
    assert said.out == ""
    assert "half of it" in said.err
    assert "The demo process failed (3)" in said.err
    assert done == ["other"]


def test_a_process_that_will_not_stop_is_ended(supervisor: Supervisor, tmp_path: Path) -> None:
    script = "import signal, time, pathlib; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    script += f"pathlib.Path({str(tmp_path / 'ready')!r}).touch(); time.sleep(60)"
    supervisor.keep("deaf", [sys.executable, "-c", script])
    supervisor.watch(until=patiently((tmp_path / "ready").exists), revive=nothing)
    child = supervisor.kept[0].child
    assert child is not None
    supervisor.stop()
    assert child.returncode == -9
    assert command_line(child.pid) is None
