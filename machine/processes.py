"""Facts about processes, read from /proc: a bare machine has neither ps nor pgrep."""

import os
import shutil
import time
from pathlib import Path

POLL_SECONDS = 0.02


def dying_with_parent(*command: str, signal: str = "TERM") -> list[str]:
    """The command, sent the signal by the kernel when the process that started it is gone."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", signal, "--", *command] if setpriv else list(command)


def command_line(pid: int) -> list[str] | None:
    """The words a live process was started with; None when there is no such process."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return None
    # An ended child that nobody has waited for still has an entry, with no words in it.
    return [os.fsdecode(word) for word in words.split(b"\0")[:-1]] or None


def wait_until_gone(pid: int, *, seconds: float) -> bool:
    """Whether the process has ended within the given time."""
    deadline = time.monotonic() + seconds
    while command_line(pid) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
