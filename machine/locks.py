"""Locks between processes: one at a time, and a lease that tells the last user of a service."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from machine.messages import tell


@contextmanager
def locked(path: Path, *, while_waiting: str = "") -> Iterator[None]:
    """Hold the file alone; the kernel frees it when the process ends, however it ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if while_waiting:
                tell(while_waiting)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Lease:
    """Counts the users of a service by a shared lock, so that a killed user is never counted."""

    folder: Path

    @contextmanager
    def held(self, *, start: Callable[[], None], stop: Callable[[], None]) -> Iterator[None]:
        """Start or join the service, and stop it on leaving when nobody else uses it."""
        descriptor = os.open(self.folder / "lease.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with self.gate():
                fcntl.flock(descriptor, fcntl.LOCK_SH)
                start()
            yield
        finally:
            try:
                with self.gate():
                    if self._is_last(descriptor):
                        stop()
            finally:
                os.close(descriptor)

    def gate(self) -> AbstractContextManager[None]:
        """Coming and going happens one at a time."""
        return locked(self.folder / "gate.lock")

    def _is_last(self, descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
