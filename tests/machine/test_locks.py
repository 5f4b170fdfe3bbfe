"""The lease counts live users only."""

import os
import subprocess
import sys
from pathlib import Path

from machine.locks import Lease, locked

HOLD = """
import sys
from pathlib import Path
from machine.locks import Lease
with Lease(Path(sys.argv[1])).held(start=lambda: None, stop=lambda: None):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold_elsewhere(folder: Path) -> "subprocess.Popen[str]":
    root = Path(__file__).resolve().parents[2]
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def use(folder: Path) -> list[str]:
    events: list[str] = []
    with Lease(folder).held(start=lambda: events.append("start"), stop=lambda: events.append("stop")):
        events.append("use")
    return events


def test_the_only_user_starts_and_stops(tmp_path: Path) -> None:
    assert use(tmp_path) == ["start", "use", "stop"]


def test_a_user_who_leaves_others_behind_does_not_stop_the_service(tmp_path: Path) -> None:
    holder = hold_elsewhere(tmp_path)
    try:
        assert use(tmp_path) == ["start", "use"]
    finally:
        holder.communicate()
    assert use(tmp_path) == ["start", "use", "stop"]


def test_a_killed_user_is_not_counted(tmp_path: Path) -> None:
    holder = hold_elsewhere(tmp_path)
    holder.kill()
    holder.communicate()
    assert use(tmp_path) == ["start", "use", "stop"]


def test_what_was_half_started_is_stopped(tmp_path: Path) -> None:
    events: list[str] = []

    def start() -> None:
        events.append("start")
        raise RuntimeError("half way")

    try:
        with Lease(tmp_path).held(start=start, stop=lambda: events.append("stop")):
            events.append("use")
    except RuntimeError:
        events.append("refused")
    assert events == ["start", "stop", "refused"]


def test_a_lock_is_free_again_after_an_error(tmp_path: Path) -> None:
    try:
        with locked(tmp_path / "lock"):
            raise RuntimeError("inside")
    except RuntimeError:
        pass
    with locked(tmp_path / "lock", while_waiting="never said"):
        assert (tmp_path / "lock").exists()
