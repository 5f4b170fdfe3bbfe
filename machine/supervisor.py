"""Keeps the application's processes: starts them, starts them again when they fall, and stops them with us."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL, SIGTERM

from machine.messages import MachineRefused, last_lines, tell
from machine.processes import dying_with_parent

WATCH_SECONDS = 0.5
STOP_SECONDS_MAX = 20.0
LOG_BYTES_MAX = 10 * 1024 * 1024
# A process that falls this often within the window is broken, and starting it again would only hide that.
FALLS_MAX = 5
FALL_WINDOW_SECONDS = 60.0


@dataclass(slots=True)
class Kept:
    """One process that shall run for as long as we do."""

    name: str
    command: Sequence[str]
    log: Path
    child: "subprocess.Popen[bytes] | None" = None
    falls: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Passing:
    """One process that ends by itself, and what follows when it ends well."""

    name: str
    child: "subprocess.Popen[bytes]"
    when_done: Callable[[], None] | None


@dataclass(slots=True)
class Supervisor:
    """The processes of one bin/up."""

    root: Path
    logs: Path
    environment: Mapping[str, str]
    kept: list[Kept] = field(default_factory=list)
    passing: list[Passing] = field(default_factory=list)

    def keep(self, name: str, command: Sequence[str]) -> None:
        """Start a process and keep it running; its output goes to a log file."""
        process = Kept(name, command, self.logs / f"{name}.log")
        self.kept.append(process)
        self._start(process)

    def run_beside(self, name: str, command: Sequence[str], *, when_done: Callable[[], None] | None = None) -> None:
        """Start a process that ends by itself; its output is for the person at the terminal."""
        child = subprocess.Popen(
            dying_with_parent(*command),
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=2,  # our own standard output says nothing but when we are ready
            start_new_session=True,
        )
        self.passing.append(Passing(name, child, when_done))

    def watch(self, *, until: Callable[[], bool], revive: Callable[[], None]) -> None:
        """Stand by until the question is answered yes; refuses to go on with a process that keeps falling."""
        while not until():
            revive()
            for process in self.kept:
                if process.child is not None and process.child.poll() is not None:
                    self._pick_up(process, process.child.returncode)
            self._see_off()
            time.sleep(WATCH_SECONDS)

    def stop(self) -> None:
        """Ask every process to finish what it does, all at once, and end those that do not."""
        children = [process.child for process in self.passing] + [
            kept.child for kept in self.kept if kept.child is not None
        ]
        for child in children:
            signal_group(child, SIGTERM, whole_group=False)
        deadline = time.monotonic() + STOP_SECONDS_MAX
        for child in children:
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                signal_group(child, SIGKILL, whole_group=True)
                child.wait()

    def _start(self, process: Kept) -> None:
        if process.log.exists() and process.log.stat().st_size > LOG_BYTES_MAX:
            process.log.replace(process.log.with_name(process.log.name + ".1"))
        with process.log.open("ab") as log:
            process.child = subprocess.Popen(
                dying_with_parent(*process.command),
                cwd=self.root,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _pick_up(self, process: Kept, code: int) -> None:
        now = time.monotonic()
        process.falls = [fall for fall in process.falls if now - fall < FALL_WINDOW_SECONDS] + [now]
        if len(process.falls) >= FALLS_MAX:
            report = last_lines(process.log)
            raise MachineRefused(
                f"The {process.name} process keeps ending ({code}). The end of {process.log}:\n{report}"
            )
        tell(f"The {process.name} process ended ({code}); starting it again. Its log: {process.log}")
        self._start(process)

    def _see_off(self) -> None:
        for process in list(self.passing):
            code = process.child.poll()
            if code is None:
                continue
            self.passing.remove(process)
            if code == 0 and process.when_done is not None:
                process.when_done()
            elif code != 0:
                tell(f"The {process.name} process failed ({code}); what it would have made is missing.")


def signal_group(child: "subprocess.Popen[bytes]", signal: int, *, whole_group: bool) -> None:
    """Send a signal to a child, or to it and all that it has started."""
    if child.poll() is not None:
        return
    try:
        if whole_group:
            os.killpg(child.pid, signal)
        else:
            child.send_signal(signal)
    except ProcessLookupError:
        pass
