"""What every script of bin/ shares: a refusal is one sentence and exit code 1, a signal to stop an orderly end."""

import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType

from machine.messages import MachineRefused, tell

INTERRUPTED = 130


def run_script(main: Callable[[list[str]], int]) -> int:
    """Run a script's work and give its exit code."""
    end_in_order_on((signal.SIGTERM, signal.SIGHUP))
    try:
        return main(sys.argv[1:])
    except MachineRefused as refusal:
        tell(str(refusal))
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def end_in_order_on(signals: Sequence[signal.Signals], *, code: int | None = None) -> None:
    """End by an exception, so that what was started is stopped on the way out; a second signal changes nothing."""

    def end(number: int, frame: FrameType | None) -> None:
        for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(other, take_no_notice)
        raise SystemExit(128 + number if code is None else code)

    for number in signals:
        # Who starts us with nohup wants us to live on when the terminal goes.
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)


def take_no_notice(number: int, frame: FrameType | None) -> None:
    """Unlike a signal that is ignored, one that is handled so is not ignored by the programs that we start."""


def run_in_foreground(command: Sequence[str], *, environment: Mapping[str, str], folder: Path | None = None) -> int:
    """Run a command that owns the terminal while it runs, and give its exit code."""
    # Ctrl-C reaches the command by itself, and it decides what that means.
    before = signal.signal(signal.SIGINT, take_no_notice)
    child = subprocess.Popen(command, env=environment, cwd=folder)
    try:
        code = child.wait()
    finally:
        signal.signal(signal.SIGINT, before)
        if child.poll() is None:
            child.terminate()
            child.wait()
    return code if code >= 0 else 128 - code
